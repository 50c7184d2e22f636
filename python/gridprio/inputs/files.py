"""Study folders: which file holds what."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from gridprio.errors import Problem
from gridprio.inputs.contents import HEAD_FILE, MAP_FILE, SECTIONS, Contents
from gridprio.inputs.door import foreign, reading
from gridprio.inputs.headers import clean_header
from gridprio.inputs.limits import HEAD_MAX_ROWS, check_lines
from gridprio.inputs.municipality_map import read_map
from gridprio.inputs.rows import suggestion
from gridprio.inputs.schema import TABLES
from gridprio.inputs.source import PROFILES, RawTable, read_csv_table, read_parquet_table, tidy
from gridprio.inputs.synonyms import NOTE_NAMES, table_of
from gridprio.inputs.workbook import take_workbook
from gridprio.text import sentence

_READ_SUFFIXES = (".csv", ".parquet", ".xlsx", ".toml", ".geojson")
"""Files with other endings (readme, licence, scripts, the grid) are left alone."""
CHECKED = ".checked.xlsx"
"""Ending of the copy of a workbook in which a check writes what it found; no part of a study."""


def read_folder(folder: Path) -> Contents:
    contents = Contents(folder)
    present = sorted(path for path in folder.iterdir() if path.suffix.lower() in _READ_SUFFIXES)
    present = [path for path in present if not (path.name.startswith((".", "~$")) or path.name.endswith(CHECKED))]
    names = {path.name for path in present}
    if HEAD_FILE in names:
        with reading(HEAD_FILE, contents.problems):
            _read_head(contents, folder / HEAD_FILE)
    grid_file = contents.sections.get("study", {}).get("grid")
    present = [path for path in present if path.name not in (HEAD_FILE, grid_file)]
    workbooks = [path for path in present if path.suffix.lower() == ".xlsx"]
    if HEAD_FILE not in names and not workbooks:
        contents.problems.append(
            Problem(
                HEAD_FILE,
                None,
                None,
                sentence("problem.file_missing"),
                found=sentence("found.nothing"),
                expected=sentence("expected.study_head"),
                mend=sentence("remedy.write_study_head"),
            )
        )
        contents.head_is_unreadable = True
    for path in present:
        with reading(path.name, contents.problems):
            _take_file(contents, path, len(workbooks))
    return contents


def _take_file(contents: Contents, path: Path, workbooks: int) -> None:
    suffix, table = path.suffix.lower(), table_of(clean_header(path.stem))
    is_table = suffix in (".csv", ".parquet")
    if path.name == MAP_FILE:
        _read_map(contents, path)
    elif is_table and (table in TABLES or table == PROFILES):
        _read_table(contents, table, path)
    elif suffix == ".xlsx" and workbooks == 1:
        take_workbook(contents, path)
    elif not (is_table and table in NOTE_NAMES):
        known = [f"{name}.csv" for name in (*TABLES, PROFILES)] + [MAP_FILE, HEAD_FILE]
        contents.problems.append(
            Problem(
                path.name,
                None,
                None,
                sentence("problem.unknown_file"),
                found=repr(path.name),
                expected=sentence("expected.known_file"),
                mend=sentence("remedy.keep_one_workbook") if suffix == ".xlsx" else suggestion(path.name, known),
            )
        )


def read_workbook(path: Path) -> Contents:
    """A study in one workbook; a map and a grid file may stand beside it."""
    path = path.resolve()
    contents = Contents(path.parent)
    with reading(path.name, contents.problems):
        take_workbook(contents, path)
    if (path.parent / MAP_FILE).exists():
        with reading(MAP_FILE, contents.problems):
            _read_map(contents, path.parent / MAP_FILE)
    return contents


def _read_head(contents: Contents, path: Path) -> None:
    contents.head_is_unreadable = True
    content = contents.take(path)
    check_lines(path.name, content, HEAD_MAX_ROWS)
    with foreign(path.name, sentence("problem.not_toml"), sentence("remedy.mend_toml"), sentence("expected.toml")):
        text = content.decode("utf-8-sig")
        parsed = tomllib.loads(text)
    contents.head_is_unreadable = False
    rows = text.splitlines()
    for section, values in parsed.items():
        if section not in SECTIONS or not isinstance(values, dict):
            contents.problems.append(
                Problem(
                    path.name,
                    _line_of(rows, section),
                    section,
                    sentence("problem.unknown_section"),
                    found=repr(section),
                    expected="[study], [settings]",
                    mend=suggestion(section, SECTIONS),
                )
            )
            continue
        contents.sections[section] = values if section == "study" else {key: _tidied(values[key]) for key in values}
        lines: dict[str, tuple[str, int | None]] = {"": (path.name, None)}
        lines.update({key: (path.name, _line_of(rows, key)) for key in values})
        contents.lines[section] = lines


def _tidied(value: Any) -> Any:
    """Names of the settings as those of the tables; the name of the grid file stays as it is."""
    return [tidy(entry) for entry in value] if isinstance(value, list) else tidy(value)


def _line_of(rows: list[str], key: str) -> int | None:
    """First line that gives `key` a value or opens it as a section."""
    pattern = re.compile(rf"""\s*(["']?{re.escape(key)}["']?\s*[=.]|\[+\s*([\w-]+\.)?{re.escape(key)}\s*\])""")
    return next((at for at, row in enumerate(rows, start=1) if pattern.match(row)), None)


def _read_table(contents: Contents, table: str, path: Path) -> None:
    reader: Callable[[str, str, bytes, Collection[str], list[Problem]], RawTable | None] = (
        read_csv_table if path.suffix.lower() == ".csv" else read_parquet_table
    )
    content = contents.take(path)
    if not contents.claim(table, path.name):
        return
    columns = TABLES[table].model_fields if table in TABLES else ()
    raw = reader(table, path.name, content, columns, contents.problems)
    if raw is not None:
        contents.add(raw)


def _read_map(contents: Contents, path: Path) -> None:
    contents.municipalities = read_map(path.name, contents.take(path), contents.problems)
