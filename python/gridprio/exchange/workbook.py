"""A study as an Excel workbook: a sheet per table in the order of the work, made from the definitions of the tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from pydantic import BaseModel

from gridprio.exchange.study_cells import written_cells, written_entries
from gridprio.exchange.workbook_columns import SheetColumn, sheet_columns
from gridprio.exchange.workbook_readme import write_readme
from gridprio.exchange.workbook_style import TEXT_CELL, note, styled
from gridprio.inputs.schema import TABLES
from gridprio.inputs.source import PROFILES
from gridprio.inputs.study import Study
from gridprio.store.whole import writing
from gridprio.text import Language, say

ORDER = (
    *("areas", "station_capacity", "stations", "loads", "projects", "project_phases", "project_capacity"),
    *("project_changes", "seasonal_ratings", "temperature_ratings", "group_limits", "security_rules"),
    "outage_actions",
    *("spatial_plans", "key_figures", "developments", "queue_rules", "scenarios", "growth", "crews", "budgets"),
    *("deliveries", "drivers", "assumptions", "criteria", "scores", "principles", "measurements"),
)
"""Tables in the order of the work: where there is room, what is built, who waits, what may come."""
MINIMAL = (
    *("areas", "station_capacity", "stations", "projects", "project_phases", "project_capacity"),
    *("spatial_plans", "key_figures", "scenarios", "crews"),
)
"""Tables with which a province without a grid gets a first answer."""
SETTINGS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "study": ("name", "mode", "title_nl", "title_en", "fictional", "sources"),
        "settings": (
            *("start_year", "end_year", "order_basis", "bindingness", "status_from", "draws", "max_draws"),
            *("sensitivity", "discount_rate", "price_year", "scenarios", "drivers", "language"),
        ),
    }
)
"""What is asked for beside what the study has."""
WORDS_ROW, HEADER_ROW, FIRST_ROW = 1, 2, 3
LASTING = ("key_figures",)
"""Tables of the example whose rows a study of one's own goes on with."""
ROWS_TO_FILL = 300
"""Rows with drop-down lists below the header, more where the study has more."""
_TAB_COLOURS = {"study": "1F3A5F", "settings": "1F3A5F"}
_WIDTHS = {"name": 30, "note": 44, "source": 30}


@dataclass(frozen=True)
class Layout:
    """Which sheets and columns a workbook has."""

    language: Language
    tables: Collection[str] = ()
    """that are there without rows too"""
    all_columns: bool = False
    """also optional ones that no row uses"""
    is_example: bool = False
    """whether the rows are an invented example that is to be deleted"""


def write_workbook(path: Path, study: Study, layout: Layout) -> None:
    """Write `study`, as it stands in its files (`inspect_as_written`); StoreError where the system cannot."""
    book = Workbook()
    book.properties.creator = "gridprio"
    tables = [name for name in ORDER if name in layout.tables or getattr(study, name)]
    write_readme(book.active, tables, layout.language, is_example=layout.is_example)
    _write_section(book.create_sheet("study"), "study", study.head, layout)
    _write_section(book.create_sheet("settings"), "settings", study.settings, layout)
    for name in tables:
        _write_table(book.create_sheet(name), name, study, layout)
    if study.profiles is not None:
        sheet = book.create_sheet(PROFILES)
        sheet.append([str(name) for name in study.profiles.columns])
        for at, row in enumerate(study.profiles.itertuples(index=False), start=2):
            for column, value in enumerate(row, start=1):
                _put(sheet.cell(at, column), float(value))
        sheet.freeze_panes = "A2"
    with writing(path):
        book.save(path)


def _write_table(sheet: Any, name: str, study: Study, layout: Layout) -> None:
    rows = [written_cells(row, layout.language) for row in getattr(study, name)]
    used = {column for row in rows for column in row}
    columns = [
        column
        for column in sheet_columns(name, TABLES[name])
        if column.is_required or layout.all_columns or column.name in used or column.name == "note"
    ]
    styled(sheet.cell(WORDS_ROW, 1, say("workbook.words")[layout.language]), "words")
    styled(sheet.cell(HEADER_ROW, 1, say("workbook.remarks")[layout.language]), "optional")
    sheet.column_dimensions["A"].width = 22
    last = max(FIRST_ROW + ROWS_TO_FILL, FIRST_ROW + len(rows) + ROWS_TO_FILL // 3)
    widths = [_width(column, rows) for column in columns]
    for at, (column, width) in enumerate(zip(columns, widths, strict=True), start=2):
        sheet.column_dimensions[get_column_letter(at)].width = width
        _write_column(sheet, at, column, last, layout.language)
    is_example = layout.is_example and name not in LASTING
    for number, row in enumerate(rows, start=FIRST_ROW):
        if is_example:
            styled(sheet.cell(number, 1, say("workbook.example")[layout.language]), "example")
        for at, column in enumerate(columns, start=2):
            cell = styled(sheet.cell(number, at), "example" if is_example else "cell")
            if column.name in row:
                _put(cell, row[column.name])
            if column.is_text:
                cell.number_format, cell.alignment = "@", TEXT_CELL
        lines = max(_lines(row.get(column.name), width) for column, width in zip(columns, widths, strict=True))
        if lines > 1:
            sheet.row_dimensions[number].height = 15 * lines
    sheet.row_dimensions[WORDS_ROW].height = 12 * max(
        1 + len(column.seen(layout.language)) // int(width * 1.1) for column, width in zip(columns, widths, strict=True)
    )
    sheet.freeze_panes = sheet.cell(FIRST_ROW, 3)
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{get_column_letter(len(columns) + 1)}{FIRST_ROW + max(len(rows), 1) - 1}"
    sheet.sheet_properties.tabColor = "2F855A" if layout.is_example else "2B6CB0"
    _print_wide(sheet, HEADER_ROW)


def _write_column(sheet: Any, at: int, column: SheetColumn, last: int, language: Language) -> None:
    letter = get_column_letter(at)
    styled(sheet.cell(WORDS_ROW, at, column.seen(language)), "words")
    head = styled(sheet.cell(HEADER_ROW, at, column.name), "required" if column.is_required else "optional")
    head.comment = note(column.note(language))
    if column.is_text:
        sheet.column_dimensions[letter].number_format = "@"
    _validate(sheet, column, f"{letter}{FIRST_ROW}:{letter}{last}", language)


def _width(column: SheetColumn, rows: Sequence[Mapping[str, Any]]) -> int:
    """Of its name and its longest cell, up to the width of a note."""
    longest = max((len(str(row[column.name])) for row in rows if column.name in row), default=0)
    return max(_WIDTHS.get(column.name, 14), len(column.name) + 4, min(longest + 3, _WIDTHS["note"]))


def _lines(cell: Any, width: int) -> int:
    """That a text takes in a column, a little less wide for the words that do not break."""
    return sum(1 + len(line) // (width - 6) for line in cell.splitlines()) if isinstance(cell, str) else 1


def _put(cell: Any, value: Any) -> None:
    """Write a value so that it is read the same: numbers with all their digits, text never as a formula."""
    cell.value = repr(value) if isinstance(value, float) else value
    cell.data_type = "n" if isinstance(value, int | float) else "s"


def _write_section(sheet: Any, name: str, section: BaseModel, layout: Layout) -> None:
    """Keys, values and what each means; a third cell is a note to the reader because its head says so."""
    entries = dict(written_entries(section, layout.language))
    columns = {column.name: column for column in sheet_columns(name, type(section))}
    keys = [*(key for key in columns if key in SETTINGS[name] or key in entries), *entries]
    head = ("key", "value", say("workbook.remarks")[layout.language])
    for at, title in enumerate(head, start=1):
        styled(sheet.cell(1, at, title), "required")
    for at, key in enumerate(dict.fromkeys(keys), start=2):
        column = columns.get(key)
        sheet.cell(at, 1, key)
        value = styled(sheet.cell(at, 2), "text")
        if key in entries:
            _put(value, entries[key])
        if column is not None:
            styled(sheet.cell(at, 3, column.words[layout.language]), "words")
            styled(sheet.cell(at, 1), "required" if column.is_required else "optional").comment = note(
                column.note(layout.language)
            )
            _validate(sheet, column, f"B{at}", layout.language)
            if column.is_text:
                value.number_format = "@"
    for letter, width in (("A", 28), ("B", 44), ("C", 80)):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    sheet.sheet_properties.tabColor = _TAB_COLOURS[name]
    _print_wide(sheet, 1)


def _validate(sheet: Any, column: SheetColumn, cells: str, language: Language) -> None:
    """A drop-down list or bounds, and the words of the column where a cell of it is chosen."""
    asked = DataValidation(allow_blank=True, showErrorMessage=True, showInputMessage=True)
    if choices := column.choices(language):
        asked.type, asked.formula1 = "list", '"' + ",".join(choices) + '"'
    elif column.table_of_ids:
        asked.type, asked.formula1 = "list", f"'{column.table_of_ids}'!$B${FIRST_ROW}:$B${FIRST_ROW + ROWS_TO_FILL}"
        asked.showErrorMessage = False  # several, or one of which the row is still to be written
    elif column.kind in ("int", "float"):
        low, high = column.bound("ge"), column.bound("le")
        asked.type, asked.operator = "whole" if column.kind == "int" else "decimal", "between"
        asked.formula1, asked.formula2 = str(low), str(high)
        asked.errorStyle = "warning"
    asked.errorTitle = column.name[:32]
    asked.error = asked.prompt = column.words[language][:255]
    unit = column.unit(language)
    asked.promptTitle = f"{column.name}{f' ({unit})' if unit else ''}"[:32]
    sheet.add_data_validation(asked)
    asked.add(cells)


def _print_wide(sheet: Any, header_row: int) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"1:{header_row}"
