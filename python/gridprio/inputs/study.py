"""A validated study: what a person wrote, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridprio.errors import Problem
from gridprio.inputs.measurement_table import Measurement
from gridprio.inputs.outage_actions import OutageAction
from gridprio.inputs.queue_rules import QueueRule
from gridprio.inputs.ratings import GroupLimit, SeasonalRating, TemperatureRating
from gridprio.inputs.resource_tables import Budget, Crew, Delivery
from gridprio.inputs.rules_in_force import UNDATED_RULES
from gridprio.inputs.scenario_tables import Assumption, Driver, Growth, Scenario
from gridprio.inputs.schema import (
    TABLES,
    Development,
    Load,
    Project,
    ProjectChange,
    ProjectPhase,
    Station,
)
from gridprio.inputs.security_rules import SecurityRule
from gridprio.inputs.settings import Settings, StudyHead
from gridprio.inputs.spatial_tables import KeyFigure, SpatialPlan
from gridprio.inputs.station_tables import Area, ProjectCapacity, StationCapacity
from gridprio.inputs.weighing import Criterion, Principle, Score
from gridprio.text import say
from gridprio.text.notebook import as_html

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Position:
    """Where the rows of a table stand."""

    file: str
    row_numbers: tuple[int, ...] = field(repr=False)
    """[row], as a person sees them in the file"""
    letters: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Letter of each column in a sheet, and under "" of the rest; empty where the file is no workbook"""

    def cell(self, row: int | None, column: str | None) -> str:
        """Name of a cell in the sheet; empty where the problem is not about one."""
        if not self.letters or row is None:
            return ""
        return f"{self.letters.get(column or '', self.letters[''])}{row}"


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """Settings and rows of one study; rows keep the order of their table."""

    head: StudyHead
    settings: Settings
    folder: Path
    """Where file names of the study (its grid) are relative to"""
    stations: tuple[Station, ...] = ()
    loads: tuple[Load, ...] = ()
    projects: tuple[Project, ...] = ()
    project_phases: tuple[ProjectPhase, ...] = ()
    project_changes: tuple[ProjectChange, ...] = ()
    seasonal_ratings: tuple[SeasonalRating, ...] = ()
    temperature_ratings: tuple[TemperatureRating, ...] = ()
    group_limits: tuple[GroupLimit, ...] = ()
    security_rules: tuple[SecurityRule, ...] = ()
    """Where it has rows they alone say which outages are required"""
    outage_actions: tuple[OutageAction, ...] = ()
    crews: tuple[Crew, ...] = ()
    budgets: tuple[Budget, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    developments: tuple[Development, ...] = ()
    queue_rules: tuple[QueueRule, ...] = UNDATED_RULES
    """of its table, else `rules_in_force`"""
    spatial_plans: tuple[SpatialPlan, ...] = ()
    """Only of a study as written: in one that is read, each number of a plan is a development"""
    key_figures: tuple[KeyFigure, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    growth: tuple[Growth, ...] = ()
    drivers: tuple[Driver, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    areas: tuple[Area, ...] = ()
    station_capacity: tuple[StationCapacity, ...] = ()
    project_capacity: tuple[ProjectCapacity, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    scores: tuple[Score, ...] = ()
    principles: tuple[Principle, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    profiles: pd.DataFrame | None = None
    """One column per profile, one row per step; None when the grid source brings its own (see `missing_profiles`)"""
    municipalities: Mapping[str, Any] | None = None
    """GeoJSON FeatureCollection; each feature has properties municipality_id and name"""
    input_hashes: Mapping[str, str] = field(default_factory=dict)
    """sha256 (hex) by file name"""
    positions: Mapping[str, Position] = field(default_factory=dict)
    """by table name"""
    reading_warnings: tuple[Problem, ...] = ()
    """What was read and may not be meant, such as hidden rows"""

    @property
    def grid_source(self) -> str:
        """What `read_grid` takes: the path of the grid file, or the source as written."""
        path = self.folder / self.head.grid
        return str(path) if path.is_file() else self.head.grid

    @property
    def place(self) -> Path:
        """The folder or workbook that it was read from."""
        books = [name for name in self.input_hashes if name.lower().endswith(".xlsx")]
        return self.folder / books[0] if len(books) == 1 and "study.toml" not in self.input_hashes else self.folder

    @property
    def missing_profiles(self) -> tuple[str, ...]:
        """Profiles that rows name and `profiles` lacks: for the grid source to bring. Sorted as first named."""
        known = set() if self.profiles is None else set(self.profiles.columns)
        named = [row.profile for row in self.loads]
        named += [row.profile for row in self.developments]
        named += [row.profile for row in self.project_changes]
        named += [row.temperature for row in self.temperature_ratings]
        named += [row.profile for row in self.key_figures if self.head.mode == "grid"]
        return tuple(dict.fromkeys(name for name in named if name and name not in known))

    @property
    def scenario_ids(self) -> tuple[str, ...]:
        """Scenarios of a run: those named in the settings, else all."""
        named = self.settings.scenarios
        return tuple(s.scenario_id for s in self.scenarios if not named or s.scenario_id in named)

    @property
    def required_rows(self) -> list[tuple[int, ...]]:
        """[project], rows of everything that it requires, directly or not."""
        row = {project.project_id: k for k, project in enumerate(self.projects)}
        found = []
        for project in self.projects:
            every: set[int] = set()
            open_rows = [row[other] for other in project.requires]
            while open_rows:
                at = open_rows.pop()
                if at not in every:
                    every.add(at)
                    open_rows += [row[other] for other in self.projects[at].requires]
            found.append(tuple(sorted(every)))
        return found

    def problem(self, table: str, at: int, column: str | None, what: str, **words: str) -> Problem:
        """A Problem of row `at` (0 is the first) of `table`, with the file and row that the person sees.

        `words`: found, expected, mend.
        """
        position = self.positions.get(table)
        if position is None:
            return Problem(table, None, column, what, **words)
        row = position.row_numbers[at] if at < len(position.row_numbers) else None
        return Problem(position.file, row, column, what, cell=position.cell(row, column), **words)

    def counts(self) -> dict[str, int]:
        """Rows per table, tables without rows left out."""
        sizes = {name: len(getattr(self, name)) for name in TABLES}
        return {name: size for name, size in sizes.items() if size}

    def __repr__(self) -> str:
        what = ", ".join(f"{size} {name.replace('_', ' ')}" for name, size in self.counts().items())
        years = f"{self.settings.start_year}-{self.settings.end_year}"
        label = " (fictional)" if self.head.fictional else ""
        return f"Study({self.head.name!r}{label}, {self._ground}, {years}: {what})"

    @property
    def _ground(self) -> str:
        return "capacities of stations" if self.head.mode == "stations" else f"grid {self.head.grid!r}"

    def _repr_html_(self) -> str:
        language = self.settings.language
        title = getattr(self.head, f"title_{language}") or self.head.title_nl or self.head.name
        about = f"{self._ground}, {self.settings.start_year}-{self.settings.end_year}"
        below = f"{say('answer.fictional')[language]}. {about}" if self.head.fictional else about
        return as_html(title, below, self.counts(), ("table", "rows"))
