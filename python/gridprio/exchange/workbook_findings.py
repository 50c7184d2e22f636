"""What a check found, as coloured cells with notes in a copy of the workbook that a person filled in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from gridprio.errors import InputError, Problem
from gridprio.exchange.workbook_style import note, styled
from gridprio.inputs.files import CHECKED
from gridprio.inputs.limits import content_of
from gridprio.inputs.packed import check_workbook
from gridprio.inputs.spreadsheet import read_sheets
from gridprio.store.whole import writing
from gridprio.text import Language, in_language, say

_LIST_NAMES = {"nl": ("opmerkingen", "toelichtingen", "uitleg"), "en": ("notes", "toelichtingen", "uitleg")}
"""Of the sheet that lists all findings: names of sheets that are not read."""


def workbook_of(study: Path) -> Path | None:
    """The workbook that a study stands in; None where it has none, or several."""
    if study.suffix.lower() == ".xlsx":
        return study
    found = [path for path in sorted(study.glob("*.xlsx")) if not path.name.endswith(CHECKED)]
    return found[0] if len(found) == 1 else None


def write_findings(
    workbook: Path, problems: Sequence[Problem], warnings: Sequence[Problem], language: Language
) -> Path | None:
    """Write the copy beside the workbook; None, and no older copy left, where nothing was found in its sheets.

    A workbook that is refused as a whole has no copy. Values, formulas and formats of cells are kept, drawings and
    pictures are not. StoreError where it cannot be written.
    """
    place = workbook.with_name(workbook.stem + CHECKED)
    found = [(problem, style) for style, those in (("problem", problems), ("warning", warnings)) for problem in those]
    found = [(problem, style) for problem, style in found if _sheet_of(workbook, problem)]
    if not found or not _is_readable(workbook):
        with writing(place):
            place.unlink(missing_ok=True)
        return None
    book = load_workbook(workbook)
    for sheet in book.worksheets:
        _resize_notes(sheet)
    for problem, style in reversed(found):  # so that a cell with both has the colour of its problem
        if problem.cell and _sheet_of(workbook, problem) in book.sheetnames:
            _mark(book[_sheet_of(workbook, problem)][problem.cell], words_of(problem, language), style)
    _list(book, workbook, found, language)
    with writing(place):
        book.save(place)
    return place


def _is_readable(workbook: Path) -> bool:
    """Whether it is within the bounds of a workbook; one that is refused as a whole has no cells to colour."""
    try:
        content = content_of(workbook, workbook.parent)
        check_workbook(workbook.name, content)
        read_sheets(workbook.name, content)
    except InputError:
        return False
    return True


def words_of(problem: Problem, language: Language) -> str:
    """What is wrong, found against expected, and how to mend it."""
    said = [in_language(problem.what, language)]
    for title, text in ((say("problem_list.found"), problem.found), (say("problem_list.expected"), problem.expected)):
        if text:
            said.append(f"{title[language]}: {in_language(text, language)}")
    return "\n".join([*said, in_language(problem.mend, language)]).strip()


def _sheet_of(workbook: Path, problem: Problem) -> str:
    """Of a problem in the workbook; empty for one of another file."""
    start = f"{workbook.name} ["
    return problem.file[len(start) : -1] if problem.file.startswith(start) else ""


def _resize_notes(sheet: Any) -> None:
    """Sizes of notes are lost in reading."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment is not None:
                cell.comment = note(cell.comment.text)


def _mark(cell: Any, words: str, style: str) -> None:
    before = f"\n\n{cell.comment.text}" if cell.comment is not None else ""
    styled(cell, style).comment = note(words + before)


def _list(book: Any, workbook: Path, found: Sequence[tuple[Problem, str]], language: Language) -> None:
    """All findings in a sheet of their own, the first one, each with a link to its cell."""
    name = next(name for name in _LIST_NAMES[language] if name not in book.sheetnames)
    sheet = book.create_sheet(name, 0)
    book.active = 0
    heads = (
        (say("workbook.list_sheet"), 22),
        (say("workbook.list_cell"), 10),
        (say("workbook.list_column"), 22),
        (say("workbook.list_finding"), 110),
    )
    for at, (title, width) in enumerate(heads, start=1):
        styled(sheet.cell(1, at, title[language]), "required")
        sheet.column_dimensions["ABCD"[at - 1]].width = width
    for row, (problem, style) in enumerate(found, start=2):
        where = _sheet_of(workbook, problem)
        styled(sheet.cell(row, 1, where), style)
        link = styled(sheet.cell(row, 2, problem.cell or "-"), "link")
        link.hyperlink = f"#'{where}'!{problem.cell or 'A1'}"
        sheet.cell(row, 3, problem.column)
        words = styled(sheet.cell(row, 4), "text")
        words.value, words.data_type = words_of(problem, language), "s"
    sheet.freeze_panes = "A2"
