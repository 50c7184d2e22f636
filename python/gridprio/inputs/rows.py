"""Raw tables and key-value sections into pydantic models, with every problem of every cell."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from gridprio.errors import Problem
from gridprio.inputs.columns import Row
from gridprio.inputs.known import ANY_ID
from gridprio.inputs.limits import PROBLEMS_PER_CHECK
from gridprio.inputs.months import DATE_PATTERN
from gridprio.inputs.number_style import NumberStyle, number_style
from gridprio.inputs.schema import TABLES
from gridprio.inputs.settings import Settings, StudyHead
from gridprio.inputs.source import RawTable
from gridprio.inputs.table_rules import TABLE_KEYS
from gridprio.inputs.values import (
    FAULTY,
    NotThisType,
    Percent,
    as_seen,
    constraints_of,
    convert,
    expected_of,
    is_blank,
    kind_of,
    takes_percent,
)
from gridprio.text import both, column_text, sentence

R = TypeVar("R", bound=Row)
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, eq=False)
class ParsedTable(Generic[R]):
    """The rows that are valid, where they stand, and the ids of all rows (so that one bad cell is one problem)."""

    file: str
    rows: tuple[R, ...] = field(repr=False)
    row_numbers: tuple[int, ...] = field(repr=False)
    ids: frozenset[str] = field(repr=False)
    is_partial: bool
    """Whether rows are left out"""


TOTALS = frozenset({"totaal", "totalen", "subtotaal", "eindtotaal", "total", "totals", "subtotal", "grand total"})
"""First cells of rows that sum the others."""
COMPARED_NAMES = 1000
"""Comparing with more takes longer than looking."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """'Did you mean ...?' or the list of what exists, as one sentence."""
    known = list(known)
    if len(known) > COMPARED_NAMES:
        return sentence("remedy.many_names", n=len(known))
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    if close:
        return sentence("remedy.did_you_mean", name=repr(close[0]))
    listed = ", ".join(known[:40]) + (", ..." if len(known) > 40 else "")
    return sentence("remedy.known_names", names=listed) if known else ""


def parse_table(raw: RawTable, model: type[R], problems: list[Problem]) -> ParsedTable[R]:
    """Validate all rows; a row with a problem is left out and its id remembered."""
    fields = model.model_fields
    problems.extend(
        Problem(
            raw.file,
            raw.header_row,
            column,
            sentence("problem.unknown_column"),
            found=repr(column),
            expected=sentence("expected.known_column", table=raw.name),
            mend=suggestion(column, fields),
        )
        for column in raw.columns
        if column not in fields
    )
    absent = [name for name, spec in fields.items() if spec.is_required() and name not in raw.columns]
    problems.extend(
        Problem(
            raw.file,
            raw.header_row,
            name,
            sentence("problem.column_missing"),
            found=sentence("found.nothing"),
            expected=_expected(model, name),
            mend=sentence("remedy.add_column", column=repr(name)),
        )
        for name in absent
    )
    rows: list[R] = []
    numbers: list[int] = []
    ids: set[str] = set()
    most = len(problems) + PROBLEMS_PER_CHECK
    id_column = TABLE_KEYS[raw.name][0]
    style = _style_of(raw, model)
    for cells, number in zip(raw.cells, raw.row_numbers, strict=True):
        written = {
            column: cell
            for column, cell in zip(raw.columns, cells, strict=True)
            if column in fields and not is_blank(cell)
        }
        if id_column in written and not isinstance(written[id_column], Percent | type(FAULTY)):
            ids.add(convert(written[id_column], str))
        if len(problems) > most:
            continue
        found = list(_row_problems(raw, model, written, number, style, set(absent)))
        problems.extend(problem for problem in found if isinstance(problem, Problem))
        row = next((entry for entry in found if not isinstance(entry, Problem)), None)
        if row is not None:
            rows.append(row)
            numbers.append(number)
    known = ANY_ID if id_column in absent else frozenset(ids)
    return ParsedTable(raw.file, tuple(rows), tuple(numbers), known, len(rows) < len(raw.cells))


def _style_of(raw: RawTable, model: type[Row]) -> NumberStyle:
    """How the table writes its numbers, from all its columns of numbers together."""
    numeric = [
        at
        for at, column in enumerate(raw.columns)
        if column in model.model_fields and kind_of(model.model_fields[column].annotation) == "float"
    ]
    return number_style(row[at] for row in raw.cells for at in numeric)


def _row_problems(
    raw: RawTable, model: type[R], written: Mapping[str, Any], number: int, style: NumberStyle, absent: set[str]
) -> Iterable[Problem | R]:
    """Every problem of one row, or the row itself; of a row of totals only that it is one."""
    first = next(iter(written.values()), None)
    if isinstance(first, str) and first.strip(" :").casefold() in TOTALS:
        what, mend = sentence("problem.row_of_totals"), sentence("remedy.remove_totals")
        yield Problem(
            raw.file, number, next(iter(written)), what, as_seen(first), sentence("expected.one_per_row"), mend
        )
        return
    values: dict[str, Any] = {}
    unreadable: set[str] = set()
    for column, cell in written.items():
        if cell is FAULTY:
            unreadable.add(column)
            continue
        try:
            values[column] = _cell_value(cell, column, model.model_fields[column], style)
        except NotThisType as error:
            unreadable.add(column)
            yield _not_readable(raw.file, number, column, cell, error)
    try:
        row = model.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        lists = {str(detail["loc"][0]) for detail in details if len(detail["loc"]) > 1}  # an entry of it is wrong
        for detail in details:
            name = str(detail["loc"][0]) if detail["loc"] else ""
            if name in unreadable or (detail["type"] == "missing" and name in absent):
                continue
            if detail["type"] == "too_short" and name in lists:  # entries that are wrong are not counted
                continue
            yield problem_from(detail, model, raw.file, number, written)
        return
    if not unreadable:
        yield row


def _cell_value(cell: object, column: str, spec: FieldInfo, style: NumberStyle) -> Any:
    """A date in a column of ids is one that a spreadsheet made of something else, such as 3-1."""
    if column.endswith("_id") and isinstance(cell, dt.date):
        raise NotThisType(sentence("expected.id"), sentence("remedy.format_as_text"))
    return convert(cell, spec.annotation, style, percent=takes_percent(spec))


def _not_readable(file: str, row: int | None, column: str, cell: object, error: NotThisType) -> Problem:
    what = sentence("problem.not_readable")
    remedy = error.remedy or sentence("remedy.as_expected")
    return Problem(file, row, column, what, as_seen(cell), error.expected, remedy)


def problem_from(
    detail: ErrorDetails, model: type[BaseModel], file: str, row: int | None, written: Mapping[str, Any]
) -> Problem:
    """A pydantic error as a Problem; an error of the whole row carries its columns in its own text."""
    column = ".".join(part for part in detail["loc"] if isinstance(part, str)) or None  # without places in a list
    name = str(detail["loc"][0]) if detail["loc"] else ""
    if detail["type"] == "missing":
        nothing, remedy = sentence("found.nothing"), sentence("remedy.fill_cell")
        return Problem(file, row, name, sentence("problem.required_blank"), nothing, _expected(model, name), remedy)
    if detail["type"] == "extra_forbidden":
        what, takes = sentence("problem.unknown_setting"), sentence("expected.known_setting")
        return Problem(file, row, column, what, repr(column), takes, suggestion(name, model.model_fields))
    seen = as_seen(written[name] if name in written else detail["input"])
    is_said = detail["type"] == "value_error"
    what = detail["ctx"]["error"].args[0] if is_said else sentence("problem.not_allowed")
    return Problem(file, row, column, what, seen, _bound(detail, model, name), sentence("remedy.as_expected"))


_TABLE_OF: dict[type[BaseModel], str] = {
    StudyHead: "study",
    Settings: "settings",
    **{model: name for name, model in TABLES.items()},
}
_BOUNDS = {
    "greater_than_equal": ("expected.at_least", "ge"),
    "less_than_equal": ("expected.at_most", "le"),
    "greater_than": ("expected.more_than", "gt"),
    "less_than": ("expected.less_than", "lt"),
}
"""Sentence of a bound and its name in the context, by the type of a pydantic error."""


def _bound(detail: ErrorDetails, model: type[BaseModel], name: str) -> str:
    limit = detail.get("ctx", {})
    if detail["type"] in _BOUNDS:
        code, key = _BOUNDS[detail["type"]]
        return _described(sentence(code, limit=limit[key]), model, name)
    if detail["type"] == "string_too_long":
        return sentence("expected.at_most_characters", n=limit["max_length"])
    if detail["type"] == "too_long":
        return sentence("expected.at_most_entries", n=limit["max_length"])
    if detail["type"] == "string_pattern_mismatch" or (name in model.model_fields and _is_month(model, name)):
        return sentence("expected.month")
    if detail["type"] == "literal_error":
        return sentence("expected.choice", choices=str(detail["ctx"]["expected"]).replace(" or ", ", "))
    return _expected(model, name) if name in model.model_fields else detail["msg"]


def _is_month(model: type[BaseModel], name: str) -> bool:
    return any(getattr(entry, "pattern", None) == DATE_PATTERN for entry in constraints_of(model.model_fields[name]))


def _expected(model: type[BaseModel], name: str) -> str:
    return _described(expected_of(model.model_fields[name].annotation), model, name)


def _described(expected: str, model: type[BaseModel], name: str) -> str:
    """What a column takes with its description, which names the unit."""
    spec = model.model_fields.get(name)
    words = column_text(_TABLE_OF.get(model, ""), name, (spec.description if spec is not None else "") or "")
    what = both(lambda language: f" ({words[language]})" if words[language] else "")
    return sentence("expected.described", kind=expected, what=what)


def parse_section(
    values: Mapping[str, Any],
    model: type[M],
    section: str,
    lines: Mapping[str, tuple[str, int | None]],
    problems: list[Problem],
) -> M | None:
    """One section of study.toml (or a key-value sheet); None when it is not valid. `lines`: file and row per key."""
    yes_no = [key for key, value in values.items() if isinstance(value, bool) and _is_number(model, key)]
    for key in yes_no:
        file, row = lines.get(key, lines[""])
        error = NotThisType(_expected(model, key))
        problems.append(_not_readable(file, row, f"[{section}] {key}", values[key], error))
    if yes_no:
        return None
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            key = str(detail["loc"][0]) if detail["loc"] else ""
            file, row = lines.get(key, lines[""])
            problem = problem_from(detail, model, file, row, values)
            column = f"[{section}] {problem.column}" if problem.column else f"[{section}]"
            problems.append(replace(problem, column=column))
        return None


def _is_number(model: type[BaseModel], name: str) -> bool:
    return name in model.model_fields and kind_of(model.model_fields[name].annotation) in ("int", "float")


def parse_texts(
    texts: Mapping[str, Any],
    model: type[BaseModel],
    section: str,
    lines: Mapping[str, tuple[str, int | None]],
    problems: list[Problem],
) -> dict[str, Any]:
    """Values written as text or cells (sheets, --set) to what the fields ask; `a.b` is entry b of mapping a."""
    values: dict[str, Any] = {}
    for key, cell in texts.items():
        name, _, entry = key.partition(".")
        spec = model.model_fields.get(name)
        if spec is None:
            values[name] = cell
            continue
        try:
            if entry and kind_of(spec.annotation) == "mapping":
                values.setdefault(name, {})[entry] = convert(cell, float, percent=True)
            else:
                values[key] = () if is_blank(cell) else convert(cell, spec.annotation, percent=takes_percent(spec))
        except NotThisType as error:
            file, row = lines.get(key, lines[""])
            problems.append(_not_readable(file, row, f"[{section}] {key}", cell, error))
    return values
