"""The first sheet of a workbook: what to do, what the colours mean, and what each sheet is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gridprio.exchange.workbook_style import styled
from gridprio.inputs.schema import TABLES
from gridprio.inputs.table_rules import REQUIRED_TABLES, STATION_TABLES
from gridprio.text import Language, Text, both, column_text, say

WORDS_PER_LINE = 100
"""Letters that the column with what a sheet is for holds, a few less for words that do not break."""
NAMES = {"nl": "leesmij", "en": "readme"}


def write_readme(sheet: Any, tables: Sequence[str], language: Language, *, is_example: bool) -> None:
    sheet.title = NAMES[language]
    sheet.sheet_view.showGridLines = False
    for letter, width in (("A", 24), ("B", 14), ("C", 96)):
        sheet.column_dimensions[letter].width = width
    styled(sheet.cell(1, 1, say("workbook.title")[language]), "title")
    sheet.row_dimensions[1].height = 28
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    at = 3
    steps = [say("workbook.step_example")] if is_example else []
    steps += [
        say("workbook.step_fill"),
        say("workbook.step_check"),
        say("workbook.step_run"),
        say("workbook.step_more"),
    ]
    for number, step in enumerate(steps, start=1):
        at = _line(sheet, at, f"{number}.", step[language])
    at = _heading(sheet, at + 1, say("workbook.colours")[language])
    legend = [("required", say("workbook.colour_required")), ("optional", say("workbook.colour_optional"))]
    legend += [("example", say("workbook.colour_example"))] if is_example else []
    for style, words in legend:
        styled(sheet.cell(at, 1, "abc"), style)
        sheet.cell(at, 3, words[language])
        at += 1
    at = _heading(sheet, at + 1, say("workbook.sheets")[language])
    for name in tables:
        styled(sheet.cell(at, 1, name), "link").hyperlink = f"#'{name}'!A1"
        need = name in (*REQUIRED_TABLES, *STATION_TABLES)
        styled(sheet.cell(at, 2, say("workbook.required" if need else "workbook.optional")[language]), "text")
        use = table_words(name)[language]
        styled(sheet.cell(at, 3, use), "text")
        sheet.row_dimensions[at].height = 15 * (1 + len(use) // WORDS_PER_LINE)
        at += 1


def table_words(name: str) -> Text:
    """What a table is for."""
    english = " ".join((TABLES[name].__doc__ or name).split("\n\n")[0].split())
    return both(lambda language: column_text("tables", name, english)[language].replace("`", ""))


def _heading(sheet: Any, at: int, words: str) -> int:
    styled(sheet.cell(at, 1, words), "heading")
    return at + 1


def _line(sheet: Any, at: int, mark: str, words: str) -> int:
    styled(sheet.cell(at, 1, f"{mark} {words}"), "text")
    sheet.merge_cells(start_row=at, end_row=at, start_column=1, end_column=3)
    sheet.row_dimensions[at].height = 15 * (1 + len(words) // 125) + 4
    return at + 1
