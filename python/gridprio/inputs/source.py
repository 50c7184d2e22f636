"""Tables as they stand: cells with the row that a person sees, under columns that are known; no meaning yet."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from gridprio.errors import Problem
from gridprio.inputs.csv_text import read_csv_grid
from gridprio.inputs.door import reading
from gridprio.inputs.headers import NOTE, clean_header, known_columns, resolve_header
from gridprio.inputs.limits import PROFILES_MAX_ROWS, TABLE_MAX_ROWS, check_lines, check_size
from gridprio.inputs.parquet import read_parquet
from gridprio.inputs.synonyms import NOTE_NAMES
from gridprio.inputs.values import FAULTY, as_seen, is_blank
from gridprio.text import Sentence, sentence

SPREADSHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
    | {"#N/B", "#VERW!", "#NAAM?", "#WAARDE!", "#DEEL/0!", "#GETAL!", "#LEEG!"}
)
"""What a formula leaves that failed, in English and in Dutch."""
_ROWS_BEFORE_HEADER = 20
"""Rows in which a header is looked for below a title."""
_LISTED = 3
"""Problems of one kind that are named one by one; more of them have one cause."""
_TYPES = (str, bool, int, float, Decimal, dt.date, dt.time, dt.timedelta)


PROFILES = "profiles"


@dataclass(frozen=True, eq=False)
class RawTable:
    """One table before validation."""

    name: str
    file: str
    """File name, or `workbook.xlsx [sheet]`"""
    header_row: int
    columns: tuple[str, ...]
    cells: list[tuple[Any, ...]] = field(repr=False)
    """[row][column], blank rows left out"""
    row_numbers: tuple[int, ...] = field(repr=False)
    """[row], as seen in the file; the header is row 1 unless blank rows stand above it"""
    places: tuple[int, ...] = field(repr=False, default=())
    """[column], its place in the file, 0 first"""


def read_csv_table(
    name: str, file: str, content: bytes, columns: Collection[str], problems: list[Problem]
) -> RawTable | None:
    check_lines(file, content, most_rows(name))
    grid = read_csv_grid(file, content, columns, problems)
    return None if grid is None else table_from_grid(name, file, grid, columns, problems)


def read_parquet_table(
    name: str, file: str, content: bytes, columns: Collection[str], problems: list[Problem]
) -> RawTable | None:
    with reading(file, problems, sentence("problem.not_parquet"), sentence("remedy.write_parquet")):
        table = read_parquet(file, content, most_rows(name))
        cells = [column.to_pylist() for column in table.columns]
        grid = [list(table.column_names), *([_listed(cell) for cell in row] for row in zip(*cells, strict=True))]
        return table_from_grid(name, file, grid, columns, problems)
    return None


def most_rows(table: str) -> int:
    """Bound on the rows of a table, blank ones too."""
    return PROFILES_MAX_ROWS if table == PROFILES else TABLE_MAX_ROWS


def _listed(cell: Any) -> Any:
    return ";".join(str(entry) for entry in cell) if isinstance(cell, list) else cell


def table_from_grid(
    name: str, file: str, grid: Sequence[Sequence[Any]], columns: Collection[str], problems: list[Problem]
) -> RawTable | None:
    """Find the header, drop blank rows, nameless blank columns and notes; None when the table as a whole is at fault.

    `columns`: of the table; none where any name may stand.
    """
    check_size(file, len(grid), max(map(len, grid), default=0), most_rows(name))
    filled = [(at, row) for at, row in enumerate(grid, start=1) if not all(is_blank(cell) for cell in row)]
    if len(filled) > 1 and columns and _is_for_people(filled[0][1], filled[1][1], columns):
        del filled[0]
    if not filled:
        problems.append(
            Problem(
                file,
                None,
                None,
                sentence("problem.empty"),
                found=sentence("found.nothing"),
                expected=sentence("expected.header"),
                mend=sentence("remedy.fill_or_remove"),
            )
        )
        return None
    header_row, written = filled[0]
    if columns and not known_columns(written, columns):
        problems.append(_no_header(file, filled, columns))
        return None
    header = resolve_header(written, columns, file, header_row, problems)
    named = [at for at, column in enumerate(header) if column not in ("", NOTE)]
    stray: list[Problem] = []
    cells: list[tuple[Any, ...]] = []
    for number, row in filled[1:]:
        stray += _stray_cells(file, number, row, header)
        taken = [row[place] if place < len(row) else None for place in named]
        for at, (place, cell) in enumerate(zip(named, taken, strict=True)):
            if what := fault_of_cell(cell):
                problems.append(
                    Problem(
                        file,
                        number,
                        header[place],
                        what,
                        found=as_seen(cell),
                        expected=sentence("expected.typed_value"),
                        mend=sentence("remedy.write_value"),
                    )
                )
                taken[at] = FAULTY
        cells.append(tuple(tidy(cell) for cell in taken))
    if len(stray) > _LISTED:
        problems.append(_once(stray, len(filled) - 1))
        return None
    problems.extend(stray)
    numbers = tuple(number for number, _ in filled[1:])
    return RawTable(name, file, header_row, tuple(header[place] for place in named), cells, numbers, tuple(named))


def _is_for_people(row: Sequence[Any], below: Sequence[Any], columns: Collection[str]) -> bool:
    """Whether a row is called as notes are, and the header stands below it."""
    first = next((cell for cell in row if not is_blank(cell)), None)
    return clean_header(first) in NOTE_NAMES and known_columns(row, columns) < known_columns(below, columns)


def _no_header(file: str, filled: Sequence[tuple[int, Sequence[Any]]], columns: Collection[str]) -> Problem:
    """The first row names no column: a title stands above the header, or the separator is another, or it is absent."""
    number, first = filled[0]
    found = ", ".join(repr(str(cell)) for cell in first if not is_blank(cell))[:120]
    for below, row in filled[1:_ROWS_BEFORE_HEADER]:
        if known_columns(row, columns) >= min(2, len(columns)):
            return Problem(
                file,
                number,
                None,
                sentence("problem.title_above_header", row=below),
                found=found,
                expected=sentence("expected.header"),
                mend=sentence("remedy.remove_rows_above", row=below),
            )
    return Problem(
        file,
        number,
        None,
        sentence("problem.no_header"),
        found=found,
        expected=sentence("expected.columns", columns=", ".join(list(columns)[:8])),
        mend=sentence("remedy.write_header"),
    )


def _stray_cells(file: str, number: int, row: Sequence[Any], header: Sequence[str]) -> list[Problem]:
    stray = [
        cell
        for at, cell in enumerate(row)
        if not (is_blank(cell) or cell is FAULTY) and (at >= len(header) or not header[at])
    ]
    if not stray:
        return []
    return [
        Problem(
            file,
            number,
            None,
            sentence("problem.cells_without_column"),
            found=", ".join(repr(cell) for cell in stray[:3]),
            expected=sentence("expected.cells_below_names", n=len(header)),
            mend=sentence("remedy.name_column_or_quote"),
        )
    ]


def _once(problems: list[Problem], rows: int) -> Problem:
    """The first of many that have one cause; it says how many rows there are."""
    first = problems[0]
    return replace(first, what=sentence("problem.in_rows", what=first.what, n=len(problems), rows=rows))


def fault_of_cell(cell: Any) -> Sentence | None:
    """What is wrong with a cell whatever its column takes."""
    if isinstance(cell, str):
        return sentence("problem.error_cell") if cell.strip() in SPREADSHEET_ERRORS else None
    return None if cell is None or cell is FAULTY or isinstance(cell, _TYPES) else sentence("problem.no_cell_value")


def _is_plain(cell: str) -> bool:
    """What most cells are, told at once."""
    return cell.isascii() and cell.isprintable()


def tidy(cell: Any) -> Any:
    """Composed letters (NFC) and plain blanks, so that what looks the same is the same."""
    if not isinstance(cell, str) or _is_plain(cell):
        return cell
    return re.sub(r"[^\S\n]", " ", unicodedata.normalize("NFC", cell))
