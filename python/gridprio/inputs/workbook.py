"""Sheets of a workbook: tables, profiles, and sections of keys and values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gridprio.errors import Problem
from gridprio.inputs.contents import SECTIONS, Contents
from gridprio.inputs.door import reading
from gridprio.inputs.headers import NOTE, clean_header
from gridprio.inputs.packed import check_workbook
from gridprio.inputs.rows import suggestion
from gridprio.inputs.schema import TABLES
from gridprio.inputs.source import PROFILES, table_from_grid, tidy
from gridprio.inputs.spreadsheet import Sheet, read_sheets
from gridprio.inputs.synonyms import NOTE_NAMES, column_of, table_of
from gridprio.inputs.values import is_blank
from gridprio.text import sentence


def take_workbook(contents: Contents, path: Path) -> None:
    """Sheets named as the tables; `study` and `settings` hold a key and a value per row."""
    before = contents.head_is_unreadable
    contents.workbook_is_unreadable = True
    contents.head_is_unreadable |= "study" not in contents.sections
    content = contents.take(path)
    sheets = None
    with reading(path.name, contents.problems, sentence("problem.not_a_workbook"), sentence("remedy.save_as_xlsx")):
        check_workbook(path.name, content)
        sheets = read_sheets(path.name, content)
    if sheets is None:
        return
    contents.head_is_unreadable = before
    contents.workbook_is_unreadable = False
    for sheet in sheets:
        _take_sheet(contents, table_of(clean_header(sheet.name)), f"{path.name} [{sheet.name}]", sheet)


def _take_sheet(contents: Contents, name: str, file: str, sheet: Sheet) -> None:
    if name in NOTE_NAMES:
        return
    if name not in (*SECTIONS, *TABLES, PROFILES):
        if sheet.problems or any(not is_blank(cell) for row in sheet.rows for cell in row):
            known = (*SECTIONS, *TABLES, PROFILES)
            contents.problems.append(
                Problem(
                    file,
                    None,
                    None,
                    sentence("problem.unknown_sheet"),
                    found=repr(sheet.name),
                    mend=suggestion(name, known),
                    expected=sentence("expected.known_sheet"),
                )
            )
        return
    contents.warnings.extend(sheet.warnings)
    if name in SECTIONS:
        contents.problems.extend(sheet.problems)
        _read_section(contents, name, file, sheet.rows)
    elif contents.claim(name, file):
        columns = TABLES[name].model_fields if name in TABLES else ()
        cannot_be_read = not sheet.rows and bool(sheet.problems)
        raw = None if cannot_be_read else table_from_grid(name, file, sheet.rows, columns, contents.problems)
        if raw is not None or cannot_be_read:
            contents.problems.extend(sheet.problems)
        if raw is not None:
            contents.letters[file] = {"": "A"} | dict(zip(raw.columns, map(_letter, raw.places), strict=True))
            contents.add(raw)


def _letter(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(place + 1))


def _read_section(contents: Contents, name: str, file: str, grid: list[list[Any]]) -> None:
    if name in contents.sections:
        other, _ = contents.lines[name][""]
        contents.problems.append(
            Problem(
                file,
                None,
                None,
                sentence("problem.section_twice", section=name, file=other),
                found=file,
                expected=sentence("expected.once"),
                mend=sentence("remedy.keep_one"),
            )
        )
        return
    contents.text_sections.add(name)
    contents.letters[file] = {"": "B"}
    contents.sections[name] = {}
    contents.lines[name] = {"": (file, None)}
    for number, row in enumerate(grid, start=1):
        _take_entry(contents, name, file, number, [tidy(cell) for cell in row])


def _take_entry(contents: Contents, name: str, file: str, number: int, row: list[Any]) -> None:
    """One key with its value; a third cell is a note where the first row says so, else a problem."""
    entries, lines = contents.sections[name], contents.lines[name]
    filled = [at for at, cell in enumerate(row) if not is_blank(cell)]
    if not filled:
        return
    key = clean_header(row[0])
    if column_of(key, ("key",)) and len(lines) == 1:
        lines[NOTE] = (file, number)
        return
    stray = [at for at in filled if at > 1 and NOTE not in lines]
    if not key or stray:
        contents.problems.append(
            Problem(
                file,
                number,
                key or None,
                sentence("problem.not_key_and_value"),
                found=", ".join(repr(row[at]) for at in filled[:3]),
                expected=sentence("expected.key_and_value"),
                mend=sentence("remedy.key_and_value"),
            )
        )
    if not key:
        return
    if key in lines:
        contents.problems.append(
            Problem(
                file,
                number,
                key,
                sentence("problem.key_twice"),
                found=repr(row[1] if len(row) > 1 else None),
                expected=sentence("expected.once"),
                mend=sentence("remedy.keep_one"),
            )
        )
    value = row[1] if len(row) > 1 else None
    lines[key] = (file, number)
    if not is_blank(value):
        entries[key] = value
