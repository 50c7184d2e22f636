"""What stands in a study folder or workbook: sections, raw tables, profiles, map, hashes."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridprio.errors import Problem
from gridprio.inputs.rows import suggestion
from gridprio.inputs.schema import TABLES
from gridprio.inputs.source import RawTable, read_csv_table, read_parquet_table

if TYPE_CHECKING:
    import pandas as pd

HEAD_FILE = "study.toml"
MAP_FILE = "municipalities.geojson"
PROFILES = "profiles"
SECTIONS = ("study", "settings")
_READ_SUFFIXES = (".csv", ".parquet", ".xlsx", ".toml", ".geojson")
"""Files with other endings (readme, licence, scripts, the grid) are left alone."""

Lines = Mapping[str, tuple[str, int | None]]
"""File and row by key of a section; the empty key is the section as a whole."""


@dataclass(eq=False)
class Contents:
    """Everything read and nothing judged; `problems` grows while reading."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    sections_are_text: bool = False
    """Values come from cells, so numbers and lists may be texts"""
    head_is_unreadable: bool = False
    lines: dict[str, dict[str, tuple[str, int | None]]] = field(default_factory=dict)
    tables: dict[str, RawTable] = field(default_factory=dict)
    profiles: pd.DataFrame | None = None
    profiles_file: str | None = None
    """Set when there is a profiles table, readable or not"""
    municipalities: dict[str, Any] | None = None
    hashes: dict[str, str] = field(default_factory=dict)

    def take(self, path: Path) -> bytes:
        content = path.read_bytes()
        self.hashes[path.name] = hashlib.sha256(content).hexdigest()
        return content


def read_folder(folder: Path) -> Contents:
    contents = Contents(folder)
    present = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~$")))
    names = {path.name for path in present}
    workbooks = [path for path in present if path.suffix.lower() == ".xlsx"]
    if HEAD_FILE in names:
        _read_head(contents, folder / HEAD_FILE)
    elif not workbooks:
        contents.problems.append(
            Problem(HEAD_FILE, None, None, "file is missing", mend="Every study has a study.toml with [study] name.")
        )
        contents.head_is_unreadable = True
    for path in present:
        suffix = path.suffix.lower()
        if (
            suffix not in _READ_SUFFIXES
            or path.name == HEAD_FILE
            or path.name == contents.sections.get("study", {}).get("grid")
        ):
            continue
        if path.name == MAP_FILE:
            _read_map(contents, path)
        elif suffix in (".csv", ".parquet") and path.stem == PROFILES:
            _read_profiles(contents, path)
        elif suffix in (".csv", ".parquet") and path.stem in TABLES:
            _read_table(contents, path)
        elif suffix == ".xlsx" and len(workbooks) == 1:
            read_sheets(contents, path)
        else:
            known = [f"{name}.csv" for name in (*TABLES, PROFILES)] + [MAP_FILE, HEAD_FILE]
            mend = "Keep one workbook." if suffix == ".xlsx" else suggestion(path.name, known)
            contents.problems.append(Problem(path.name, None, None, "unknown file", mend=mend))
    return contents


def read_workbook(path: Path) -> Contents:
    """A study in one workbook; a map and a grid file may stand beside it."""
    contents = Contents(path.parent)
    read_sheets(contents, path)
    if (path.parent / MAP_FILE).is_file():
        _read_map(contents, path.parent / MAP_FILE)
    return contents


def _read_head(contents: Contents, path: Path) -> None:
    content = contents.take(path)
    try:
        parsed = tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"at line (\d+)", str(error))
        row = int(line.group(1)) if line else None
        contents.problems.append(Problem(path.name, row, None, f"not readable as TOML: {error}"))
        contents.head_is_unreadable = True
        return
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
    raw = reader(path.stem, path.name, contents.take(path), contents.problems)
    if raw is not None:
        add_table(contents, raw)


def add_table(contents: Contents, raw: RawTable) -> None:
    other = contents.tables.get(raw.name)
    if other is not None:
        contents.problems.append(
            Problem(raw.file, None, None, f"table {raw.name} is also in {other.file}", mend="Keep one of them.")
        )
        return
    contents.tables[raw.name] = raw


def _read_profiles(contents: Contents, path: Path) -> None:
    from gridprio.inputs.profiles import read_profiles_csv, read_profiles_parquet

    reader = read_profiles_csv if path.suffix.lower() == ".csv" else read_profiles_parquet
    set_profiles(contents, path.name, reader(path.name, contents.take(path), contents.problems))


def set_profiles(contents: Contents, file: str, frame: pd.DataFrame | None) -> None:
    if contents.profiles_file is not None:
        contents.problems.append(
            Problem(file, None, None, f"profiles are also in {contents.profiles_file}", mend="Keep one of them.")
        )
        return
    contents.profiles_file = file
    contents.profiles = frame


def _read_map(contents: Contents, path: Path) -> None:
    try:
        parsed = json.loads(contents.take(path).decode("utf-8-sig"))
        features = parsed["features"]
        known = [feature["properties"]["municipality_id"] for feature in features]
        named = all(feature["properties"]["name"] for feature in features)
    except (ValueError, KeyError, TypeError):
        known, named, parsed = [], False, {}
    if not known or not named:
        contents.problems.append(
            Problem(
                path.name,
                None,
                None,
                "not a map of municipalities",
                expected="a GeoJSON FeatureCollection whose features have properties municipality_id and name",
            )
        )
        return
    doubles = sorted({str(name) for name in known if known.count(name) > 1})
    if doubles:
        contents.problems.append(Problem(path.name, None, "municipality_id", "stands twice", found=", ".join(doubles)))
    contents.municipalities = parsed


def read_sheets(contents: Contents, path: Path) -> None:
    """Sheets named as the tables; `study` and `settings` hold a key and a value per row."""
    from python_calamine import CalamineError, CalamineWorkbook

    from gridprio.inputs.profiles import profiles_from_table
    from gridprio.inputs.source import clean_header, table_from_grid

    contents.take(path)
    try:
        workbook = CalamineWorkbook.from_object(str(path))
        sheets = {
            name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in workbook.sheet_names
        }
    except (CalamineError, OSError) as error:
        contents.problems.append(Problem(path.name, None, None, f"not readable as a workbook: {error}"))
        contents.head_is_unreadable |= "study" not in contents.sections
        return
    for sheet, grid in sheets.items():
        name, file = clean_header(sheet), f"{path.name} [{sheet}]"
        if name in SECTIONS:
            _read_section_sheet(contents, name, file, grid)
        elif name in TABLES or name == PROFILES:
            raw = table_from_grid(name, file, grid, contents.problems)
            if raw is not None and name in TABLES:
                add_table(contents, raw)
            elif raw is not None:
                set_profiles(contents, file, profiles_from_table(raw, contents.problems))
        elif any(cell != "" for row in grid for cell in row):
            known = (*SECTIONS, *TABLES, PROFILES)
            contents.problems.append(Problem(file, None, None, "unknown sheet", mend=suggestion(name, known)))


def _read_section_sheet(contents: Contents, name: str, file: str, grid: list[list[Any]]) -> None:
    from gridprio.inputs.source import clean_header
    from gridprio.inputs.values import is_blank

    if name in contents.sections:
        contents.problems.append(
            Problem(file, None, None, f"[{name}] is also in {HEAD_FILE}", mend="Keep one of them.")
        )
        return
    contents.sections_are_text = True
    contents.sections[name] = {}
    contents.lines[name] = {"": (file, None)}
    for number, row in enumerate(grid, start=1):
        key = clean_header(row[0]) if row else ""
        if not key or (key in ("key", "setting", "name_of_setting") and number == 1):
            continue
        if key in contents.sections[name]:
            contents.problems.append(Problem(file, number, key, "stands twice", mend="Keep one."))
        value = row[1] if len(row) > 1 else None
        contents.lines[name][key] = (file, number)
        if not is_blank(value):
            contents.sections[name][key] = value
