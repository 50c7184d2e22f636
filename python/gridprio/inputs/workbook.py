"""Sheets of a workbook: tables, profiles, and sections of keys and values."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from gridprio.errors import Problem
from gridprio.inputs.contents import HEAD_FILE, SECTIONS, Contents, add_table, set_profiles
from gridprio.inputs.packed import checked_workbook
from gridprio.inputs.rows import suggestion
from gridprio.inputs.schema import TABLES
from gridprio.inputs.source import PROFILES, clean_header, table_from_grid
from gridprio.inputs.values import is_blank

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ERROR_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*\st="e"[^>]*>.*?<v>([^<]*)</v>', re.DOTALL)


def read_sheets(contents: Contents, path: Path) -> None:
    """Sheets named as the tables; `study` and `settings` hold a key and a value per row."""
    from python_calamine import CalamineWorkbook

    before = contents.head_is_unreadable
    contents.head_is_unreadable |= "study" not in contents.sections
    content = checked_workbook(path.name, contents.take(path))
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = {name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in workbook.sheet_names}
    contents.head_is_unreadable = before
    contents.problems.extend(_formula_errors(path.name, content))
    for sheet, grid in sheets.items():
        _take_sheet(contents, clean_header(sheet), f"{path.name} [{sheet}]", grid)


def _take_sheet(contents: Contents, name: str, file: str, grid: list[list[Any]]) -> None:
    if name in SECTIONS:
        _read_section(contents, name, file, grid)
    elif name in TABLES or name == PROFILES:
        raw = table_from_grid(name, file, grid, contents.problems)
        if raw is not None and name in TABLES:
            add_table(contents, raw)
        elif raw is not None:
            from gridprio.inputs.profiles import profiles_from_table

            set_profiles(contents, file, profiles_from_table(raw, contents.problems))
    elif any(not is_blank(cell) for row in grid for cell in row):
        known = (*SECTIONS, *TABLES, PROFILES)
        contents.problems.append(Problem(file, None, None, "unknown sheet", mend=suggestion(name, known)))


def _read_section(contents: Contents, name: str, file: str, grid: list[list[Any]]) -> None:
    if name in contents.sections:
        contents.problems.append(
            Problem(file, None, None, f"[{name}] is also in {HEAD_FILE}", mend="Keep one of them.")
        )
        return
    contents.text_sections.add(name)
    contents.sections[name] = {}
    contents.lines[name] = {"": (file, None)}
    for number, row in enumerate(grid, start=1):
        key = clean_header(row[0]) if row else ""
        if not key or (key == "key" and not contents.sections[name]):
            continue
        if key in contents.sections[name]:
            contents.problems.append(Problem(file, number, key, "stands twice", mend="Keep one."))
        value = row[1] if len(row) > 1 else None
        contents.lines[name][key] = (file, number)
        if not is_blank(value):
            contents.sections[name][key] = value


def _formula_errors(file: str, content: bytes) -> list[Problem]:
    """Cells whose formula failed (#N/A, #REF!, ...): the reader gives them as blank, which would hide them."""
    problems: list[Problem] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for sheet, part in _sheet_parts(archive).items():
            for column, row, value in _ERROR_CELL.findall(archive.read(part)):
                problems.append(
                    Problem(
                        f"{file} [{sheet}]",
                        int(row),
                        None,
                        "a formula ends in an error",
                        found=f"{value.decode()} in {column.decode()}{int(row)}",
                        mend="Mend the formula or write the value.",
                    )
                )
    return problems


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """File inside the archive by sheet name."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {entry.attrib["Id"]: entry.attrib["Target"] for entry in relations}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    found = {}
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets[sheet.attrib[_RELATION]]
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in archive.namelist():
            found[sheet.attrib["name"]] = part
    return found
