"""Sheets of an .xlsx file as openpyxl knows them: values, and what a person does not see or may not mean.

A cell that holds something is never given as blank: a formula without a stored result, an error and merged cells are
problems of the sheet.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from gridprio.errors import InputError, Problem
from gridprio.inputs.values import FAULTY, Percent
from gridprio.text import sentence

MAX_CELLS = 1_500_000
"""Rows times columns up to the last cell of a sheet."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet: its cells, what is wrong with them and what is hidden."""

    name: str
    rows: list[list[Any]] = field(repr=False)
    """[row][column], row 1 first"""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def read_sheets(file: str, content: bytes) -> list[Sheet]:
    """Every sheet with cells; raises whatever openpyxl and zipfile raise on a file that is damaged."""
    written = _book(file, content, results=False)
    with_formulas = any(
        cell.data_type == "f" for sheet in written.worksheets if _fits(sheet) for row in sheet for cell in row
    )
    results = _book(file, content, results=True) if with_formulas else written
    return [
        _sheet(f"{file} [{sheet.title}]", sheet, results[sheet.title])
        if _fits(sheet)
        else Sheet(sheet.title, [], (_too_far(f"{file} [{sheet.title}]", sheet),))
        for sheet in written.worksheets
    ]


def _book(file: str, content: bytes, *, results: bool) -> Any:
    """InputError where the file holds sheets that openpyxl passes over, because nothing leads to them any more."""
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.xml.constants import WORKSHEET_TYPE

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on parts of the file that hold no cells
        reader = ExcelReader(io.BytesIO(content), data_only=results, keep_links=False)
        reader.read()
    held, found = len(list(reader.package.findall(WORKSHEET_TYPE))), len(reader.wb.worksheets)
    if found < held:
        counted = sentence("found.sheets_of", n=found, of=held)
        what, remedy = sentence("problem.sheets_not_found"), sentence("remedy.save_as_xlsx")
        raise InputError([Problem(file, None, None, what, counted, sentence("expected.whole_file"), remedy)])
    return reader.wb


def _fits(sheet: Any) -> bool:
    return bool(sheet.max_row * sheet.max_column <= MAX_CELLS)


def _too_far(file: str, sheet: Any) -> Problem:
    return Problem(
        file,
        None,
        None,
        sentence("problem.sheet_too_large"),
        found=sentence("found.rows_and_columns", rows=sheet.max_row, columns=sheet.max_column),
        expected=sentence("expected.at_most_cells", n=MAX_CELLS),
        mend=sentence("remedy.delete_empty_area"),
    )


def _sheet(file: str, written: Any, results: Any) -> Sheet:
    from openpyxl.cell import MergedCell

    problems = [_merged(file, area) for area in written.merged_cells.ranges]
    rows: list[list[Any]] = []
    for cells, values in zip(written.iter_rows(), results.iter_rows(), strict=True):
        rows.append([])
        for cell, result in zip(cells, values, strict=True):
            fault = _fault(file, cell, result)
            problems += fault
            rows[-1].append(FAULTY if fault or isinstance(cell, MergedCell) else _value(result))
    return Sheet(written.title, rows, tuple(problems), tuple(_hidden(file, written)))


def _fault(file: str, cell: Any, result: Any) -> list[Problem]:
    """A cell that holds something of which the value is not known."""
    if cell.data_type == "f" and result.value is None and result.data_type != "str":
        return [_formula_without_result(file, cell)]
    return [_error(file, cell, result)] if result.data_type == "e" else []


def _value(cell: Any) -> Any:
    value = cell.value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Percent(value) if is_number and "%" in cell.number_format else value


def _merged(file: str, area: Any) -> Problem:
    return Problem(
        file,
        area.min_row,
        None,
        sentence("problem.merged_cells"),
        found=area.coord,
        expected=sentence("expected.own_value"),
        mend=sentence("remedy.unmerge"),
        cell=area.start_cell.coordinate,
    )


def _formula_without_result(file: str, cell: Any) -> Problem:
    formula = getattr(cell.value, "text", cell.value)
    return Problem(
        file,
        cell.row,
        None,
        sentence("problem.formula_without_result"),
        found=f"{cell.coordinate} {str(formula)[:80]}",
        expected=sentence("expected.stored_result"),
        mend=sentence("remedy.open_and_save"),
        cell=cell.coordinate,
    )


def _error(file: str, cell: Any, result: Any) -> Problem:
    return Problem(
        file,
        cell.row,
        None,
        sentence("problem.error_cell"),
        found=sentence("found.value_in_cell", value=str(result.value), cell=cell.coordinate),
        expected=sentence("expected.typed_value"),
        mend=sentence("remedy.write_value"),
        cell=cell.coordinate,
    )


def _hidden(file: str, sheet: Any) -> Iterable[Problem]:
    """What is read though nobody sees it."""
    if sheet.sheet_state != "visible":
        yield _unseen(file, None, sentence("problem.hidden_sheet"), sheet.sheet_state)
    rows = sorted(row for row, shown in sheet.row_dimensions.items() if shown.hidden and row <= sheet.max_row)
    if rows:
        yield _unseen(file, rows[0], sentence("problem.hidden_rows", n=len(rows)), _runs(rows))
    columns = [letter for letter, shown in sheet.column_dimensions.items() if shown.hidden]
    if columns:
        yield _unseen(file, None, sentence("problem.hidden_columns", n=len(columns)), ", ".join(columns))


def _unseen(file: str, row: int | None, what: str, found: str) -> Problem:
    return Problem(file, row, None, what, found, sentence("expected.visible"), sentence("remedy.unhide_or_delete"))


def _runs(rows: list[int]) -> str:
    """3-5, 9: numbers that follow each other as one run."""
    groups = [[row for _, row in group] for _, group in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in groups)
