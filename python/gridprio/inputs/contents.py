"""What was read from a study and not judged yet."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridprio.errors import Problem
from gridprio.inputs.limits import content_of
from gridprio.inputs.source import RawTable

if TYPE_CHECKING:
    import pandas as pd

HEAD_FILE = "study.toml"
MAP_FILE = "municipalities.geojson"
SECTIONS = ("study", "settings")
Lines = Mapping[str, tuple[str, int | None]]
"""File and row by key of a section; the empty key is the section as a whole."""


@dataclass(eq=False)
class Contents:
    """Everything read and nothing judged; `problems` grows while reading."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    text_sections: set[str] = field(default_factory=set)
    """Sections from a sheet: numbers and lists may be texts"""
    head_is_unreadable: bool = False
    lines: dict[str, dict[str, tuple[str, int | None]]] = field(default_factory=dict)
    tables: dict[str, RawTable] = field(default_factory=dict)
    profiles: pd.DataFrame | None = None
    profiles_file: str | None = None
    """Set when there is a profiles table, readable or not"""
    municipalities: dict[str, Any] | None = None
    hashes: dict[str, str] = field(default_factory=dict)

    def take(self, path: Path) -> bytes:
        """InputError where the file is none of the study (`limits.content_of`)."""
        content = content_of(path, self.folder)
        self.hashes[path.name] = hashlib.sha256(content).hexdigest()
        return content


def add_table(contents: Contents, raw: RawTable) -> None:
    other = contents.tables.get(raw.name)
    if other is not None:
        contents.problems.append(
            Problem(raw.file, None, None, f"table {raw.name} is also in {other.file}", mend="Keep one of them.")
        )
        return
    contents.tables[raw.name] = raw


def set_profiles(contents: Contents, file: str, frame: pd.DataFrame | None) -> None:
    if contents.profiles_file is not None:
        contents.problems.append(
            Problem(file, None, None, f"profiles are also in {contents.profiles_file}", mend="Keep one of them.")
        )
        return
    contents.profiles_file = file
    contents.profiles = frame
