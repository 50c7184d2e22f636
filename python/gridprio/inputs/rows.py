"""Raw tables and key-value sections into pydantic models, with every problem of every cell."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gridprio.errors import Problem
from gridprio.inputs.columns import Row
from gridprio.inputs.limits import PROBLEMS_PER_CHECK
from gridprio.inputs.months import DATE_WORDS
from gridprio.inputs.source import RawTable
from gridprio.inputs.table_rules import TABLE_KEYS
from gridprio.inputs.values import NotThisType, as_seen, convert, expected_of, has_decimal_comma, is_blank, kind_of

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


COMPARED_NAMES = 1000
"""Comparing with more takes longer than looking."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """'Did you mean ...?' or the list of what exists, as one sentence."""
    known = list(known)
    if len(known) > COMPARED_NAMES:
        return f"There are {len(known):,} names."
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]!r}?"
    listed = ", ".join(known[:40]) + (", ..." if len(known) > 40 else "")
    return f"Known: {listed}." if known else ""


def parse_table(raw: RawTable, model: type[R], problems: list[Problem]) -> ParsedTable[R]:
    """Validate all rows; a row with a problem is left out and its id remembered."""
    fields = model.model_fields
    problems.extend(
        Problem(raw.file, raw.header_row, column, "unknown column", mend=suggestion(column, fields))
        for column in raw.columns
        if column not in fields
    )
    absent = [name for name, spec in fields.items() if spec.is_required() and name not in raw.columns]
    problems.extend(
        Problem(raw.file, raw.header_row, name, "required column is missing", expected=_expected(model, name))
        for name in absent
    )
    rows: list[R] = []
    numbers: list[int] = []
    ids: set[str] = set()
    most = len(problems) + PROBLEMS_PER_CHECK
    id_column = TABLE_KEYS[raw.name][0]
    commas = _comma_table(raw, model)
    for cells, number in zip(raw.cells, raw.row_numbers, strict=True):
        written = {
            column: cell
            for column, cell in zip(raw.columns, cells, strict=True)
            if column in fields and not is_blank(cell)
        }
        if id_column in written:
            ids.add(str(convert(written[id_column], str)))
        if len(problems) > most:
            continue
        found = list(_row_problems(raw, model, written, number, commas, set(absent)))
        problems.extend(problem for problem in found if isinstance(problem, Problem))
        row = next((entry for entry in found if not isinstance(entry, Problem)), None)
        if row is not None:
            rows.append(row)
            numbers.append(number)
    return ParsedTable(raw.file, tuple(rows), tuple(numbers), frozenset(ids), len(rows) < len(raw.cells))


def _comma_table(raw: RawTable, model: type[Row]) -> bool:
    """Whether any number of the table is written with a decimal comma."""
    numeric = [
        at
        for at, column in enumerate(raw.columns)
        if column in model.model_fields and kind_of(model.model_fields[column].annotation) == "float"
    ]
    return any(has_decimal_comma(row[at]) for row in raw.cells for at in numeric)


def _row_problems(
    raw: RawTable, model: type[R], written: Mapping[str, Any], number: int, commas: bool, absent: set[str]
) -> Iterable[Problem | R]:
    """Every problem of one row, or the row itself."""
    values: dict[str, Any] = {}
    unreadable: set[str] = set()
    for column, cell in written.items():
        try:
            values[column] = convert(cell, model.model_fields[column].annotation, decimal_comma=commas)
        except NotThisType as error:
            unreadable.add(column)
            yield Problem(raw.file, number, column, "not readable", found=as_seen(cell), expected=str(error))
    try:
        row = model.model_validate(values)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            name = str(detail["loc"][0]) if detail["loc"] else ""
            if name in unreadable or (detail["type"] == "missing" and name in absent):
                continue
            yield problem_from(detail, model, raw.file, number, written)
        return
    if not unreadable:
        yield row


def problem_from(
    detail: ErrorDetails, model: type[BaseModel], file: str, row: int | None, written: Mapping[str, Any]
) -> Problem:
    """A pydantic error as a Problem; an error of the whole row carries its columns in its own text."""
    column = ".".join(str(part) for part in detail["loc"]) or None
    name = str(detail["loc"][0]) if detail["loc"] else ""
    if detail["type"] == "missing":
        return Problem(file, row, name, "required value is blank", expected=_expected(model, name))
    if detail["type"] == "extra_forbidden":
        return Problem(file, row, column, "unknown name", mend=suggestion(name, model.model_fields))
    if detail["type"] == "value_error":
        what = str(detail["ctx"]["error"])
        return Problem(file, row, column, what, found=as_seen(written[name]) if name in written else "")
    seen = as_seen(written[name]) if name in written else as_seen(detail["input"])
    return Problem(file, row, column, "value not allowed", found=seen, expected=_bound(detail, model, name))


def _bound(detail: ErrorDetails, model: type[BaseModel], name: str) -> str:
    bounds = {
        "greater_than_equal": "ge",
        "less_than_equal": "le",
        "greater_than": "gt",
        "less_than": "lt",
    }
    if detail["type"] in ("string_too_long", "too_long"):
        unit = "characters" if detail["type"] == "string_too_long" else "entries"
        return f"at most {detail['ctx']['max_length']} {unit}"
    words = {"ge": "at least", "le": "at most", "gt": "more than", "lt": "less than"}
    key = bounds.get(detail["type"])
    if key:
        return f"{words[key]} {detail['ctx'][key]}"
    if detail["type"] == "string_pattern_mismatch":
        return DATE_WORDS
    if detail["type"] == "literal_error":
        return "one of " + str(detail["ctx"]["expected"]).replace(" or ", ", ")
    return _expected(model, name) if name in model.model_fields else detail["msg"]


def _expected(model: type[BaseModel], name: str) -> str:
    spec = model.model_fields[name]
    text = expected_of(spec.annotation)
    return f"{text} ({spec.description})" if spec.description else text


def parse_section(
    values: Mapping[str, Any],
    model: type[M],
    section: str,
    lines: Mapping[str, tuple[str, int | None]],
    problems: list[Problem],
) -> M | None:
    """One section of study.toml (or a key-value sheet); None when it is not valid. `lines`: file and row per key."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            key = str(detail["loc"][0]) if detail["loc"] else ""
            file, row = lines.get(key, lines[""])
            problem = problem_from(detail, model, file, row, values)
            column = f"[{section}] {problem.column}" if problem.column else f"[{section}]"
            what = "unknown setting" if detail["type"] == "extra_forbidden" else problem.what
            problems.append(Problem(file, row, column, what, problem.found, problem.expected, problem.mend))
        return None


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
                values.setdefault(name, {})[entry] = convert(cell, float)
            else:
                values[key] = () if is_blank(cell) else convert(cell, spec.annotation)
        except NotThisType as error:
            file, row = lines.get(key, lines[""])
            problems.append(
                Problem(file, row, f"[{section}] {key}", "not readable", found=as_seen(cell), expected=str(error))
            )
    return values
