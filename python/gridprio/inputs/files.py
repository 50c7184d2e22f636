"""Study folders: which file holds what."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from gridprio.errors import Problem
from gridprio.inputs.contents import HEAD_FILE, MAP_FILE, SECTIONS, Contents, add_table, set_profiles
from gridprio.inputs.limits import HEAD_MAX_ROWS, PROFILES_MAX_ROWS, TABLE_MAX_ROWS, check_lines, reading
from gridprio.inputs.municipality_map import read_map
from gridprio.inputs.rows import suggestion
from gridprio.inputs.schema import TABLES
from gridprio.inputs.source import PROFILES, RawTable, read_csv_table, read_parquet_table
from gridprio.inputs.workbook import read_sheets

_READ_SUFFIXES = (".csv", ".parquet", ".xlsx", ".toml", ".geojson")
"""Files with other endings (readme, licence, scripts, the grid) are left alone."""


def read_folder(folder: Path) -> Contents:
    contents = Contents(folder)
    present = sorted(path for path in folder.iterdir() if path.suffix.lower() in _READ_SUFFIXES)
    present = [path for path in present if not path.name.startswith((".", "~$"))]
    names = {path.name for path in present}
    if HEAD_FILE in names:
        with reading(HEAD_FILE, contents.problems):
            _read_head(contents, folder / HEAD_FILE)
    grid_file = contents.sections.get("study", {}).get("grid")
    present = [path for path in present if path.name not in (HEAD_FILE, grid_file)]
    workbooks = [path for path in present if path.suffix.lower() == ".xlsx"]
    if HEAD_FILE not in names and not workbooks:
        contents.problems.append(
            Problem(HEAD_FILE, None, None, "file is missing", mend="Every study has a study.toml with [study] name.")
        )
        contents.head_is_unreadable = True
    for path in present:
        with reading(path.name, contents.problems):
            _read_file(contents, path, is_only_workbook=len(workbooks) == 1)
    return contents


def _read_file(contents: Contents, path: Path, *, is_only_workbook: bool) -> None:
    suffix = path.suffix.lower()
    if path.name == MAP_FILE:
        _read_map(contents, path)
    elif suffix in (".csv", ".parquet") and path.stem == PROFILES:
        _read_profiles(contents, path)
    elif suffix in (".csv", ".parquet") and path.stem in TABLES:
        _read_table(contents, path)
    elif suffix == ".xlsx" and is_only_workbook:
        read_sheets(contents, path)
    else:
        known = [f"{name}.csv" for name in (*TABLES, PROFILES)] + [MAP_FILE, HEAD_FILE]
        mend = "Keep one workbook." if suffix == ".xlsx" else suggestion(path.name, known)
        contents.problems.append(Problem(path.name, None, None, "unknown file", mend=mend))


def read_workbook(path: Path) -> Contents:
    """A study in one workbook; a map and a grid file may stand beside it."""
    path = path.resolve()
    contents = Contents(path.parent)
    with reading(path.name, contents.problems):
        read_sheets(contents, path)
    if (path.parent / MAP_FILE).exists():
        with reading(MAP_FILE, contents.problems):
            _read_map(contents, path.parent / MAP_FILE)
    return contents


def _read_head(contents: Contents, path: Path) -> None:
    contents.head_is_unreadable = True
    content = contents.take(path)
    check_lines(path.name, content, HEAD_MAX_ROWS)
    try:
        parsed = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        row = int(line.group(1)) if line else None
        contents.problems.append(Problem(path.name, row, None, f"not readable as TOML: {error}"))
        return
    contents.head_is_unreadable = False
    rows = content.decode("utf-8-sig").splitlines()
    for section, values in parsed.items():
        if section not in SECTIONS or not isinstance(values, dict):
            row = _line_of(rows, section)
            contents.problems.append(
                Problem(path.name, row, section, "unknown section", mend=suggestion(section, SECTIONS))
            )
            continue
        contents.sections[section] = values
        lines: dict[str, tuple[str, int | None]] = {"": (path.name, None)}
        lines.update({key: (path.name, _line_of(rows, key)) for key in values})
        contents.lines[section] = lines


def _line_of(rows: list[str], key: str) -> int | None:
    """First line that gives `key` a value or opens it as a section."""
    pattern = re.compile(rf"""\s*(["']?{re.escape(key)}["']?\s*[=.]|\[+\s*([\w-]+\.)?{re.escape(key)}\s*\])""")
    return next((at for at, row in enumerate(rows, start=1) if pattern.match(row)), None)


def _read_table(contents: Contents, path: Path) -> None:
    reader: Callable[[str, str, bytes, list[Problem]], RawTable | None] = (
        read_csv_table if path.suffix.lower() == ".csv" else read_parquet_table
    )
    content = contents.take(path)
    if reader is read_csv_table:
        check_lines(path.name, content, TABLE_MAX_ROWS)
    raw = reader(path.stem, path.name, content, contents.problems)
    if raw is not None:
        add_table(contents, raw)


def _read_profiles(contents: Contents, path: Path) -> None:
    from gridprio.inputs.profiles import read_profiles_csv, read_profiles_parquet

    reader = read_profiles_csv if path.suffix.lower() == ".csv" else read_profiles_parquet
    content = contents.take(path)
    if reader is read_profiles_csv:
        check_lines(path.name, content, PROFILES_MAX_ROWS)
    set_profiles(contents, path.name, reader(path.name, content, contents.problems))


def _read_map(contents: Contents, path: Path) -> None:
    contents.municipalities = read_map(path.name, contents.take(path), contents.problems)
