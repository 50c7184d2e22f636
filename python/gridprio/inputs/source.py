"""Readers of CSV, Parquet and workbooks: cells as they stand, with the row a person sees; no meaning yet."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from gridprio.errors import Problem
from gridprio.inputs.limits import PROFILES_MAX_ROWS, ROWS_MEND, TABLE_MAX_ROWS, check_width, too_large
from gridprio.inputs.parquet import read_parquet
from gridprio.inputs.values import is_blank

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


def clean_header(cell: object) -> str:
    """Lower case, blanks and line breaks inside become one underscore."""
    return re.sub(r"\s+", "_", str("" if cell is None else cell).strip()).lower()


def decode(content: bytes, file: str, problems: list[Problem]) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        problems.append(
            Problem(
                file,
                row,
                None,
                "not UTF-8 text",
                found=f"byte 0x{content[error.start]:02x}",
                mend="Save it as 'CSV UTF-8'.",
            )
        )
        return None


def delimiter_of(text: str) -> str:
    """`;` or `,`, from the header line."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return ";" if header.count(";") > header.count(",") else ","


def read_csv_table(name: str, file: str, content: bytes, problems: list[Problem]) -> RawTable | None:
    text = decode(content, file, problems)
    if text is None:
        return None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    try:
        grid: list[list[Any]] = []
        for row in reader:
            check_width(file, len(row))
            grid.append(row)
    except csv.Error as error:
        problems.append(Problem(file, reader.line_num, None, f"not readable as CSV: {error}"))
        return None
    return table_from_grid(name, file, grid, problems)


def read_parquet_table(name: str, file: str, content: bytes, problems: list[Problem]) -> RawTable | None:
    table = read_parquet(file, content, TABLE_MAX_ROWS)
    columns = [column.to_pylist() for column in table.columns]
    grid = [list(table.column_names), *([_listed(cell) for cell in row] for row in zip(*columns, strict=True))]
    return table_from_grid(name, file, grid, problems)


def _listed(cell: Any) -> Any:
    return ";".join(str(entry) for entry in cell) if isinstance(cell, list) else cell


def table_from_grid(name: str, file: str, grid: list[list[Any]], problems: list[Problem]) -> RawTable | None:
    """Find the header (first row that is not blank), drop blank rows and nameless blank columns."""
    header_at = next((at for at, row in enumerate(grid) if not all(is_blank(cell) for cell in row)), None)
    if header_at is None:
        problems.append(Problem(file, None, None, "is empty", expected="a header row", mend="Fill it or remove it."))
        return None
    most = PROFILES_MAX_ROWS if name == PROFILES else TABLE_MAX_ROWS
    if len(grid) > most:
        raise too_large(file, "the table has too many rows", len(grid), most, ROWS_MEND)
    check_width(file, len(grid[header_at]))
    header = [clean_header(cell) for cell in grid[header_at]]
    header_row = header_at + 1
    for column, count in Counter(column for column in header if column).items():
        if count > 1:
            problems.append(Problem(file, header_row, column, f"column stands {count} times", mend="Keep one."))
    named = [at for at, column in enumerate(header) if column]
    cells: list[tuple[Any, ...]] = []
    numbers: list[int] = []
    for at, row in enumerate(grid[header_at + 1 :], start=header_row + 1):
        if all(is_blank(cell) for cell in row):
            continue
        stray = [
            cell for place, cell in enumerate(row) if not is_blank(cell) and not (header[place : place + 1] or [""])[0]
        ]
        if stray:
            problems.append(
                Problem(
                    file,
                    at,
                    None,
                    "cells without a column name above them",
                    found=", ".join(repr(cell) for cell in stray[:3]),
                    mend="Name the column, or put quotes around a value that holds the separator.",
                )
            )
        cells.append(tuple(row[place] if place < len(row) else None for place in named))
        numbers.append(at)
    return RawTable(name, file, header_row, tuple(header[place] for place in named), cells, tuple(numbers))
