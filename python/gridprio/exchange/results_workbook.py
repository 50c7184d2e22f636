"""All tables of a run as one Excel workbook: a sheet per table with filters, units in notes, and what the run says.

Texts are written as strings, whatever they begin with, so no name becomes a formula or a link.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from gridprio.model.metrics import METRICS
from gridprio.store import Run
from gridprio.store.whole import write_whole
from gridprio.text import Language, say, word, word_stored

WORKBOOK = "results.xlsx"
SHEET_ROWS = 1_048_576 - 1
"""Rows that a worksheet holds below its header."""
WIDEST = 48
"""Characters of the widest column."""
SHOWN_ROWS = 200
"""Rows whose texts decide how wide a column is."""
OF_METRIC = ("mean", "low95", "high95", "margin", "effect", "without_status", "with_status", "outcome", "regret")
"""Columns in the unit of the metric of their row."""
UNIT_SUFFIXES = (
    "mw", "mw_demand", "mw_feed_in", "mw_years", "dwelling_years", "mvah", "mva", "kv", "km", "ha", "meur", "percent",
    "months", "month", "hours", "year", "points", "share", "longitude", "latitude",
)  # fmt: skip
"""Last words of column names that have a unit."""
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_workbook(run: Run) -> Path:
    """Write `results.xlsx` into the folder of the run, in its language, and return its path.

    Equal runs give equal bytes. What does not fit a worksheet is said on the first sheet.
    """
    language: Language = run.manifest["settings"]["language"]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as book:
        book.set_properties({"created": dt.datetime.fromisoformat(run.manifest["created"]).replace(tzinfo=None)})
        tables = {name: getattr(run, name) for name in run.tables}
        _lines(book, say("workbook.about")[language], _about(run, tables, language))
        _lines(book, say("workbook.columns")[language], _columns(tables, language))
        for name, table in tables.items():
            _table(book, name, table, language)
    path = run.folder / WORKBOOK
    write_whole(path, buffer.getvalue())
    return path


def unit_of(column: str, table: pd.DataFrame, language: Language) -> str:
    """Unit of a column by its name: a metric, the suffix of conventions.md, or that of the metric of the row."""
    if column in METRICS:
        return word("unit", column)[language]
    if column in OF_METRIC and "metric" in table:
        return say("workbook.of_metric")[language]
    suffixes = [suffix for suffix in UNIT_SUFFIXES if f"_{column}".endswith(f"_{suffix}")]
    return word("column_unit", max(suffixes, key=len))[language] if suffixes else ""


def _about(run: Run, tables: dict[str, pd.DataFrame], language: Language) -> Iterable[Sequence[object]]:
    manifest, study = run.manifest, run.manifest["study"]
    yield [study.get(f"title_{language}") or study.get("title_nl") or study["name"]]
    if study.get("fictional"):
        yield [say("answer.fictional")[language]]
    params = {name: str(manifest[name]) for name in ("created", "backend", "seed")}
    yield [say("workbook.made", version=manifest["versions"]["gridprio"], **params)[language]]
    for message in manifest["messages"]:
        yield [word_stored(message)[language]]
    yield []
    yield [word("workbook_column", name)[language] for name in ("table", "rows", "content")]
    for name, table in tables.items():
        shown = {"shown": SHEET_ROWS, "table": name}
        cut = say("workbook.too_long", **shown)[language] if len(table) > SHEET_ROWS else len(table)
        yield [name, cut, word("table", name)[language]]


def _columns(tables: dict[str, pd.DataFrame], language: Language) -> Iterable[Sequence[object]]:
    yield [word("workbook_column", name)[language] for name in ("table", "column", "unit")]
    for name, table in tables.items():
        yield from ([name, column, unit_of(column, table, language)] for column in map(str, table))


def _lines(book: Any, title: str, lines: Iterable[Sequence[object]]) -> None:
    sheet = book.add_worksheet(title)
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 2, 80)
    for row, line in enumerate(lines):
        for column, value in enumerate(line):
            _write(sheet, row, column, value)


def _table(book: Any, name: str, table: pd.DataFrame, language: Language) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    head = book.add_format({"bold": True, "bottom": 1})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    shown = table.head(SHEET_ROWS)
    for place, column in enumerate(map(str, shown)):
        widest = max([len(column) + 3, *map(len, shown[column].head(SHOWN_ROWS).astype(str))])
        sheet.set_column(place, place, min(widest, WIDEST))
        sheet.write_string(0, place, column, head)
        if unit := unit_of(column, table, language):
            sheet.write_comment(0, place, unit)
    for row, values in enumerate(shown.itertuples(index=False), start=1):
        for place, value in enumerate(values):
            _write(sheet, row, place, value, date)
    sheet.autofilter(0, 0, len(shown), max(len(shown.columns) - 1, 0))


def _write(sheet: Any, row: int, column: int, value: Any, date: Any = None) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif value is None or value is pd.NaT or value != value:
        return
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, date)
    else:
        raise TypeError(f"row {row}, column {column}: no cell of a workbook for {value!r}")
