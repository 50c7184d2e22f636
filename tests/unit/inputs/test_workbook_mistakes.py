"""What goes wrong in workbooks: read as it is meant, or named with sheet, cell, found, expected and remedy."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gridprio.inputs import inspect_study, read_study
from gridprio.inputs.plausibility import implausible
from tests.external import SHARED_CASES

from .conftest import assert_all_words
from .test_read import excel_study

SHARED = SHARED_CASES / "inputs" / "workbook"
Edit = Callable[[Any, Any], None]
"""Changes a sheet of a book that openpyxl has opened."""


def _edited(tmp_path: Path, edits: dict[str, Edit]) -> Path:
    """The small study as a workbook, with sheets changed; `edits` by sheet."""
    path = tmp_path / "book.xlsx"
    excel_study(path, lambda *_: None)
    book = openpyxl.load_workbook(path)
    for name, edit in edits.items():
        edit(book, book[name] if name in book.sheetnames else book.create_sheet(name))
    book.save(path)
    return path


def _cell(place: str, value: object, number_format: str = "General") -> Edit:
    def edit(_: Any, sheet: Any) -> None:
        sheet[place] = value
        sheet[place].number_format = number_format

    return edit


def _rows(*rows: list[object]) -> Edit:
    def edit(_: Any, sheet: Any) -> None:
        for row in rows:
            sheet.append(row)

    return edit


def _insert_title(_: Any, sheet: Any) -> None:
    sheet.insert_rows(1)
    sheet["A1"] = "Budgetten, stand januari"
    sheet.merge_cells("A1:C1")


MISTAKES: dict[str, tuple[dict[str, Edit], tuple[str, int | None, str | None, str, str]]] = {
    "merged cells with one value": (
        {"projects": lambda _, sheet: sheet.merge_cells("G2:G3")},
        ("projects", 2, None, "merged cells", "G2:G3"),
    ),
    "merged blank cells": (
        {"projects": lambda _, sheet: sheet.merge_cells("D3:D4")},
        ("projects", 3, None, "merged cells", "Unmerge the cells"),
    ),
    "cells merged in a row": (
        {"budgets": lambda _, sheet: sheet.merge_cells("B2:C2")},
        ("budgets", 2, None, "merged cells", "B2:C2"),
    ),
    "a formula without a result": (
        {"budgets": _cell("C2", "=2*6")},
        ("budgets", 2, None, "a formula whose result is not stored", "C2 =2*6"),
    ),
    "a formula without a result in a text column": (
        {"projects": _cell("B3", '="Ca"&"ble"')},
        ("projects", 3, None, "a formula whose result is not stored", "B3"),
    ),
    "a formula without a result in the header": (
        {"projects": _cell("D1", '="region"')},
        ("projects", 1, None, "a formula whose result is not stored", "D1"),
    ),
    "an error cell": (
        {"budgets": _cell("C2", "#DIV/0!")},
        ("budgets", 2, None, "holds an error of the spreadsheet", "#DIV/0! in C2"),
    ),
    "an error cell where a blank is allowed": (
        {"projects": _cell("D3", "#REF!")},
        ("projects", 3, None, "holds an error of the spreadsheet", "#REF! in D3"),
    ),
    "a percentage for megawatts": (
        {"loads": _cell("E2", 0.2, "0%")},
        ("loads", 2, "p_mw", "not readable", "found 20%"),
    ),
    "a percentage for a factor": (
        {"growth": _cell("D3", 1.2, "0.0%")},
        ("growth", 3, "factor", "not readable", "found 120%"),
    ),
    "a date for a number": (
        {"loads": _cell("E2", dt.datetime(2026, 5, 1), "d-m-yyyy")},
        ("loads", 2, "p_mw", "not readable", "2026-05-01"),
    ),
    "a date for a whole number": (
        {"project_phases": _cell("C2", dt.datetime(1900, 1, 12), "d-m-yyyy")},
        ("project_phases", 2, "duration_months", "not readable", "1900-01-12"),
    ),
    "an id that became a date": (
        {"loads": _cell("B3", dt.datetime(2026, 3, 1), "d-mmm")},
        ("loads", 3, "station_id", "not readable", "Format the cell as text"),
    ),
    "a number with its unit": (
        {"loads": _cell("E2", "20,5 MW")},
        ("loads", 2, "p_mw", "not readable", "leave out MW"),
    ),
    "thousands as text": (
        {"loads": _cell("E2", "1.200")},
        ("loads", 2, "p_mw", "not readable", "Write 1200 or 1.2000"),
    ),
    "a column in another unit": (
        {"loads": _cell("E1", "p_mw (kW)")},
        ("loads", 1, "p_mw", "another unit", "'p_mw (kW)'"),
    ),
    "a column twice": (
        {"budgets": _cell("D1", "Jaar")},
        ("budgets", 1, "year", "column stands 2 times", "'Jaar'"),
    ),
    "a title above the header": (
        {"budgets": _insert_title},
        ("budgets", 1, None, "something stands above the column names, which are in row 2", "stand januari"),
    ),
    "a sum below the table": (
        {"budgets": _rows(["totaal", None, 12])},
        ("budgets", 3, "operator_id", "a row of totals", "Remove the row"),
    ),
    "a note beside the table": (
        {"budgets": _cell("F2", "zie begroting")},
        ("budgets", 2, None, "cells without a column name", "'zie begroting'"),
    ),
    "a sheet of another name": (
        {"projectenlijst": _rows(["project_id"], ["p1"])},
        ("projectenlijst", None, None, "unknown sheet", "expected a sheet named as a table"),
    ),
    "a sheet twice by a synonym": (
        {"begroting": _rows(["operator_id", "year", "budget_meur"], ["west", 2027, 3])},
        ("begroting", None, None, "table budgets is also in book.xlsx [budgets]", "Keep one."),
    ),
    "a value without a key": (
        {"study": _cell("B4", "losse waarde")},
        ("study", 4, None, "not a key with a value", "'losse waarde'"),
    ),
    "a third cell beside a key": (
        {"study": _cell("C1", "de naam")},
        ("study", 1, "name", "not a key with a value", "under the header key, value, notes"),
    ),
    "a key twice": ({"study": _rows(["name", "other"])}, ("study", 3, "name", "the key stands twice", "'other'")),
    "a setting in percent that is no share": (
        {"settings": _rows(["loading_limit_percent", "80%"])},
        ("settings", 1, "[settings] loading_limit_percent", "not readable", "'80%'"),
    ),
    "a cell far away": (
        {"budgets": _cell("CV20000", "x")},
        ("budgets", None, None, "the sheet reaches too far", "20,000 rows and 100 columns"),
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_problem_with_all_its_words(tmp_path, case):
    edits, (sheet, row, column, what, words) = MISTAKES[case]
    _, problems = inspect_study(_edited(tmp_path, edits))
    problems = [problem for problem in problems if problem.file != "profiles"]
    assert_all_words(problems)
    (problem,) = problems
    assert (problem.file, problem.row, problem.column) == (f"book.xlsx [{sheet}]", row, column)
    assert what in problem.what and words in str(problem), problem


def _same(_: Any, __: Any) -> None:
    """Nothing changes."""


READ_RIGHT: dict[str, dict[str, Edit]] = {
    "blank rows in the middle": {"budgets": lambda _, sheet: sheet.insert_rows(2, 3)},
    "a number as text": {"budgets": _cell("C2", " 12 ")},
    "a year as a date": {"budgets": _cell("B2", dt.datetime(2026, 1, 1), "yyyy")},
    "a sheet of notes": {"Toelichting": _rows(["Dit is uitleg"], [None, "#N/A"])},
    "an empty sheet": {"Blad1": _same},
    "a column of notes": {"budgets": lambda _, sheet: [sheet.cell(at, 4, "opmerking") for at in (1, 2)]},
    "a unit in the header": {"budgets": _cell("C1", "Budget [mln euro]")},
    "blanks that do not break": {"budgets": _cell("A2", "west\u00a0")},
    "colours and widths": {
        "budgets": lambda _, sheet: sheet.column_dimensions.__getitem__("A").__setattr__("width", 40)
    },
}


@pytest.mark.parametrize("case", READ_RIGHT)
def test_it_is_read_as_it_is_meant(tmp_path, case):
    study, problems = inspect_study(_edited(tmp_path, READ_RIGHT[case]))
    assert problems == [] and study is not None
    assert [(row.operator_id, row.year, row.budget_meur) for row in study.budgets] == [("west", 2026, 12.0)]


def test_a_share_may_be_a_percentage(tmp_path):
    def shares(_: Any, sheet: Any) -> None:
        for at, value in enumerate(("share_taken", 0.25, 0), start=1):
            sheet.cell(at, 4, value).number_format = "0%"

    assert read_study(_edited(tmp_path, {"crews": shares})).crews[0].share_taken == 0.25


def test_a_sentence_among_the_sources_stays_whole(tmp_path):
    sentences = "CBS, bewerkt door de provincie; Netbeheerder 2025, brief van 3 mei"
    study = read_study(_edited(tmp_path, {"study": _rows(["sources", sentences])}))
    assert study.head.sources == ("CBS, bewerkt door de provincie", "Netbeheerder 2025, brief van 3 mei")


def test_notes_may_stand_beside_keys_under_a_header(tmp_path):
    def edit(_: Any, sheet: Any) -> None:
        sheet.insert_rows(1)
        for at, value in enumerate(("sleutel", "waarde", "toelichting"), start=1):
            sheet.cell(1, at, value)
        sheet["C2"] = "de naam van de studie"

    assert read_study(_edited(tmp_path, {"study": edit})).head.name == "small"


def test_a_formula_whose_result_is_no_text_is_blank(tmp_path):
    path = _edited(tmp_path, {"projects": _cell("D4", 987654)})
    _with_text(path, '<c r="D4" t="n"><v>987654</v></c>', '<c r="D4" t="str"><f>A1</f><v></v></c>')
    assert read_study(path).projects[2].region == ""


def _hide(book: Any, sheet: Any) -> None:
    sheet.row_dimensions[2].hidden = sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True


@pytest.mark.parametrize(
    ("edits", "row", "what", "found"),
    [
        ({"projects": _hide}, 2, "2 rows are hidden and are read", "2-3"),
        ({"projects": _hide}, None, "1 column or group is hidden", "B"),
        ({"budgets": lambda _, sheet: setattr(sheet, "sheet_state", "hidden")}, None, "the sheet is hidden", "hidden"),
        (
            {"budgets": lambda _, sheet: setattr(sheet, "sheet_state", "veryHidden")},
            None,
            "sheet is hidden",
            "veryHidden",
        ),
    ],
)
def test_what_is_hidden_is_read_and_named(tmp_path, edits, row, what, found):
    study, problems = inspect_study(_edited(tmp_path, edits))
    assert problems == [] and study is not None and study.budgets and len(study.projects) == 3
    warnings = [warning for warning in implausible(study) if what in warning.what]
    assert [(warning.row, warning.found) for warning in warnings] == [(row, found)]
    assert_all_words(warnings)


def _with_text(path: Path, old: str, new: str, where: str = "worksheets/") -> Path:
    """The workbook with a text of its sheets replaced, or of other parts."""
    parts = {}
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(old.encode(), new.encode()) if where in name else content)
    return path


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="C2" t="e"><v>#N/A</v></c>',
        '<c t="e" r="C2"><v>#N/A</v></c>',
        "<c t='e'  s='0' r='C2' ><v>#N/A</v></c>",
        '<c r="C2" t="e"><f>A1/0</f><v>#N/A</v></c>',
        '<c\n  t="e"\n  r="C2"><v>#N/A</v></c>',
    ],
)
def test_an_error_is_found_however_it_is_written(tmp_path, cell):
    path = _edited(tmp_path, {"budgets": _cell("C2", 987654)})
    _with_text(path, '<c r="C2" t="n"><v>987654</v></c>', cell)
    problems = [problem for problem in inspect_study(path)[1] if problem.file == "book.xlsx [budgets]"]
    assert [problem.found for problem in problems] == ["#N/A in C2"]


@pytest.mark.parametrize("content", [b"no", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b""])
def test_what_is_no_workbook_is_named(tmp_path, content):
    (tmp_path / "book.xlsx").write_bytes(content)
    _, problems = inspect_study(tmp_path / "book.xlsx")
    assert [problem.file for problem in problems] == ["book.xlsx"] and "not readable" in problems[0].what
    assert_all_words(problems)


def test_a_damaged_sheet_is_named(tmp_path):
    path = _with_text(_edited(tmp_path, {}), "</row>", "")
    _, problems = inspect_study(path)
    assert problems[0].file == "book.xlsx"


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("workbook.xml.rels", 'Target="/xl/worksheets/sheet1.xml"', 'Taget="/xl/worksheets/sheet1.xml"'),
        ("workbook.xml.rels", "/xl/worksheets/sheet1.xml", "/xl/worksheets/sheet99.xml"),
        ("xl/workbook.xml", 'r:id="rId1"', 'r:id=""'),
    ],
)
def test_a_sheet_that_nothing_leads_to_is_missed(tmp_path, part, old, new):
    path = _with_text(_edited(tmp_path, {}), old, new, part)
    (problem,) = inspect_study(path)[1]
    assert problem.file == "book.xlsx"
    assert_all_words([problem])


def test_a_workbook_that_unpacks_to_much_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(40_000_000))
    _, problems = inspect_study(tmp_path / "book.xlsx")
    (problem,) = problems
    assert problem.found == "40 MB unpacked" and "larger than a study can be" in problem.what
    assert_all_words(problems)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared workbooks are not on this machine")
@pytest.mark.parametrize(
    ("file", "cell"),
    [("merged_status", "H2:H3"), ("formula_without_result", "G2 =2*5"), ("error_cell_other_xml", "#N/A in G2")],
)
def test_reported_workbooks_are_refused_at_the_cell(file, cell):
    _, problems = inspect_study(SHARED / f"{file}.xlsx")
    (problem,) = [problem for problem in problems if problem.file == f"{file}.xlsx [projects]"]
    assert problem.found == cell and problem.row == 2


def test_there_are_enough_kinds():
    assert len(MISTAKES) >= 25
