"""What was read from a study and not judged yet."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridprio.errors import Problem
from gridprio.inputs.limits import content_of
from gridprio.inputs.source import PROFILES, RawTable
from gridprio.inputs.study import Position
from gridprio.text import sentence

if TYPE_CHECKING:
    import pandas as pd

HEAD_FILE = "study.toml"
MAP_FILE = "municipalities.geojson"
SECTIONS = ("study", "settings")
Lines = Mapping[str, tuple[str, int | None]]
"""File and row by key of a section; the empty key is the section as a whole."""


@dataclass(eq=False)
class Contents:
    """Everything read and nothing judged; `problems` and `warnings` grow while reading."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    """What is read and may not be meant"""
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    text_sections: set[str] = field(default_factory=set)
    """Sections from a sheet: numbers and lists may be texts"""
    head_is_unreadable: bool = False
    workbook_is_unreadable: bool = False
    """Any table may stand in it"""
    lines: dict[str, dict[str, tuple[str, int | None]]] = field(default_factory=dict)
    tables: dict[str, RawTable] = field(default_factory=dict)
    table_files: dict[str, str] = field(default_factory=dict)
    """File by table and for the profiles, readable or not"""
    profiles: pd.DataFrame | None = None
    profiles_rows: tuple[int, ...] = ()
    """Row of each step, as seen in the file"""
    municipalities: dict[str, Any] | None = None
    letters: dict[str, dict[str, str]] = field(default_factory=dict)
    """By sheet, see `Position.letters`; values of a section stand in B"""
    hashes: dict[str, str] = field(default_factory=dict)

    def take(self, path: Path) -> bytes:
        """InputError where the file is none of the study (`limits.content_of`)."""
        content = content_of(path, self.folder)
        self.hashes[path.name] = hashlib.sha256(content).hexdigest()
        return content

    @property
    def unread(self) -> frozenset[str]:
        """Tables that are there and cannot be read, so that nothing is known of their rows."""
        return frozenset(self.table_files) - frozenset(self.tables)

    def position(self, file: str, row_numbers: tuple[int, ...]) -> Position:
        return Position(file, row_numbers, self.letters.get(file, {}))

    def located(self, problem: Problem) -> Problem:
        """The problem with the cell that its row and column name in a sheet."""
        cell = problem.cell or self.position(problem.file, ()).cell(problem.row, problem.column)
        return replace(problem, cell=cell)

    def claim(self, table: str, file: str) -> bool:
        """Whether `file` is the first that holds the table; a second one is a problem and is not read."""
        other = self.table_files.setdefault(table, file)
        if other != file:
            self.problems.append(
                Problem(
                    file,
                    None,
                    None,
                    sentence("problem.table_twice", table=table, file=other),
                    found=file,
                    expected=sentence("expected.once"),
                    mend=sentence("remedy.keep_one"),
                )
            )
        return other == file

    def add(self, raw: RawTable) -> None:
        """Keep what was read of a table or of the profiles."""
        if raw.name != PROFILES:
            self.tables[raw.name] = raw
            return
        from gridprio.inputs.profiles import profiles_from_table

        self.profiles = profiles_from_table(raw, self.problems)
        self.profiles_rows = raw.row_numbers
