"""Every table with rows of every kind of column, written as CSV and as a workbook: what is read back is what was meant,
and a row that cannot be meant is a problem of its own.
"""

from __future__ import annotations

import csv
import io
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from gridprio.errors import Problem
from gridprio.inputs.columns import Row
from gridprio.inputs.rows import ParsedTable, parse_table
from gridprio.inputs.schema import TABLES
from gridprio.inputs.source import read_csv_table
from gridprio.inputs.values import base_type, choices_of, constraints_of, kind_of
from tests.effort import fuzzed

from .test_table_fuzz import book_of, in_words, read_sheet

WORDS = st.text("abcxyz019_", min_size=1, max_size=6).map("k{}".format)
UNITS = ("", "hv:2", "hv:1.5 civil:1")
ODD = st.sampled_from(["#N/A", "50%", "10 MW", "\u200b", "=1", "1e999", "2026-13", "maybe", "9" * 400, "-", "1.200"])
MODELS = st.sampled_from(sorted(TABLES))


def bound(spec: FieldInfo, name: str) -> Any:
    return next(found for entry in constraints_of(spec) if (found := getattr(entry, name, None)) is not None)


def values_of(spec: FieldInfo) -> st.SearchStrategy[Any]:
    """Anything that the column may hold, within its bounds."""
    kind = kind_of(spec.annotation)
    if kind == "choice":
        return st.sampled_from(choices_of(spec.annotation))
    if kind == "bool":
        return st.booleans()
    if kind == "int":
        return st.integers(bound(spec, "ge"), bound(spec, "le"))
    if kind == "float":
        return st.floats(bound(spec, "ge"), bound(spec, "le")).map(lambda number: round(number, 6) + 0.0)
    if kind == "list":
        entry = get_args(base_type(spec.annotation))[0]
        one = entries_of(entry)
        return st.lists(one, max_size=3).map(tuple)
    if any(getattr(entry, "pattern", None) for entry in constraints_of(spec)):
        return st.sampled_from(["2026-03", "2030-12-31", "1999-01"])
    return st.sampled_from(UNITS) if "units_checked" in repr(constraints_of(spec)) else WORDS


def entries_of(entry: Any) -> st.SearchStrategy[Any]:
    kind = kind_of(entry)
    if kind == "choice":
        return st.sampled_from(choices_of(entry))
    return st.integers(1, 12) if kind == "int" else WORDS


COLUMNS = {
    name: {column: values_of(spec) for column, spec in model.model_fields.items()} for name, model in TABLES.items()
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    """A table and its rows, all with the same columns: the required ones and up to three others."""
    name = draw(MODELS)
    fields = TABLES[name].model_fields
    required = [column for column, spec in fields.items() if spec.is_required()]
    others = st.lists(st.sampled_from([column for column in fields if column not in required] or required), max_size=3)
    columns = dict.fromkeys([*draw(others), *required])
    return name, [{column: draw(COLUMNS[name][column]) for column in columns} for _ in range(draw(st.integers(1, 3)))]


def written(value: Any) -> str:
    """As a person writes it; numbers with six decimals, so that a point is no sign of thousands."""
    if isinstance(value, tuple):
        return " ".join(written(entry) for entry in value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def csv_of(grid: list[list[str]], delimiter: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(grid)
    return text.getvalue().encode()


def texts_of(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Header and cells."""
    return [list(rows[0]), *([written(value) for value in row.values()] for row in rows)]


def read(name: str, content: bytes) -> tuple[tuple[Row, ...], list[Problem]]:
    problems: list[Problem] = []
    raw = read_csv_table(name, f"{name}.csv", content, TABLES[name].model_fields, problems)
    table: ParsedTable[Row] | None = None if raw is None else parse_table(raw, TABLES[name], problems)
    assert table is not None or problems
    return (() if table is None else table.rows), problems


def meant(name: str, rows: list[dict[str, Any]]) -> tuple[list[Row], int]:
    """The rows that hold together, and how many do not; a blank cell takes its default."""
    found: list[Row] = []
    for row in rows:
        filled = {column: value for column, value in row.items() if written(value)}
        try:
            found.append(TABLES[name].model_validate(filled))
        except ValidationError:
            continue
    return found, len(rows) - len(found)


def assert_as_meant(name: str, rows: list[dict[str, Any]], found: tuple[Row, ...], problems: list[Problem]) -> None:
    whole, wrong = meant(name, rows)
    assert list(found) == whole
    assert in_words(problems) and bool(problems) == bool(wrong)


@fuzzed(60, 50_000)
@given(tables(), st.sampled_from(",;\t|"))
def test_a_table_of_csv_is_read_as_it_is_meant(table: tuple[str, list[dict[str, Any]]], delimiter: str) -> None:
    name, rows = table
    assert_as_meant(name, rows, *read(name, csv_of(texts_of(rows), delimiter)))


@fuzzed(20, 20_000)
@given(tables())
def test_a_sheet_is_read_as_it_is_meant(table: tuple[str, list[dict[str, Any]]]) -> None:
    """Numbers and truths stand in cells as such, lists as texts."""
    name, rows = table
    cells = [[written(value) if isinstance(value, tuple) else value for value in row.values()] for row in rows]
    assert_as_meant(name, rows, *read_sheet(name, book_of([list(rows[0]), *cells], name)))


@fuzzed(60, 50_000)
@given(tables(), ODD, st.data())
def test_a_spoilt_cell_is_read_or_a_problem_and_the_other_rows_stay(
    table: tuple[str, list[dict[str, Any]]], odd: str, data: st.DataObject
) -> None:
    name, rows = table
    grid = texts_of(rows)
    at = data.draw(st.integers(1, len(rows)))
    grid[at][data.draw(st.integers(0, len(grid[0]) - 1))] = odd
    found, problems = read(name, csv_of(grid, ","))
    assert in_words(problems)
    whole, _ = meant(name, rows[: at - 1] + rows[at:])
    assert [row for row in found if row in whole] == whole
    assert len(found) == len(rows) or problems
