"""The full table of an area: every state that a plan can reach, in every year and scenario (docs/theory/search.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gridprio.cells import Progress, is_sealed
from gridprio.errors import InputError, Problem
from gridprio.pipeline.session import Session
from gridprio.search.reachable import MOST_PROJECTS, ReachableStates, plan_limits, reachable_states
from gridprio.text import sentence


@dataclass(frozen=True)
class AreaCount:
    """What the full table of an area holds."""

    area: str
    projects: int
    """that change something here when in service"""
    states: int
    """states of the area in a year, over all years"""
    cells: int
    """of all scenarios"""
    missing: int
    """cells that are not on disk yet; equal ones count once"""


class FullTable:
    """The full tables of the areas of a study, counted before anything is simulated.

    Raises InputError for a sealed study, for an area that is not there, and for areas with more states than the setting
    `table_states`.
    """

    def __init__(self, session: Session, areas: Sequence[str] = ()) -> None:
        """`areas`: names; none is all."""
        if is_sealed(session.study):
            raise InputError(sentence("problem.sealed_not_tabulated"))
        self._cells = session.cells
        evaluator = session.evaluator
        study, problem = evaluator.study, evaluator.problem
        drawn = evaluator.delay_months  # the states of runs and of searches on planned dates
        limits = plan_limits(problem, np.concatenate([np.zeros_like(drawn[:1]), drawn]))
        self._years = range(problem.arrays.n_month // 12)
        every = reachable_states(self._cells.areas, limits)
        self._areas = [area for area in every if not areas or area.area.name in areas]
        self._refuse(areas, [area.area.name for area in every], study.settings.table_states)
        self.counts = [self._count(area, len(study.scenario_ids)) for area in self._areas]

    @property
    def states(self) -> int:
        return sum(count.states for count in self.counts)

    @property
    def missing(self) -> int:
        return sum(count.missing for count in self.counts)

    def make(self, progress: Progress | None = None) -> None:
        """Simulate what is missing; what was simulated is kept whenever this ends."""
        done, missing = 0, max(1, self.missing)
        for area in self._areas:
            for year in self._years:
                states = area.of_year(year)
                left = self._cells.missing(states)

                def advance(part: float, done: int = done, left: int = left) -> None:
                    if progress is not None:
                        progress((done + part * left) / missing)

                if left:
                    self._cells.values(states, advance)
                done += left
        if progress is not None:
            progress(1.0)

    def _count(self, area: ReachableStates, n_scenario: int) -> AreaCount:
        by_year = [area.of_year(year) for year in self._years]
        states = sum(map(len, by_year))
        missing = sum(self._cells.missing(own) for own in by_year)
        return AreaCount(area.area.name, len(area.projects), states, n_scenario * states, missing)

    def _refuse(self, asked: Sequence[str], names: Sequence[str], most: int) -> None:
        problems = [
            Problem("--areas", None, None, "no such area", found=name, expected=", ".join(names))
            for name in asked
            if name not in names
        ]
        for area in self._areas:
            where, mend = f"area {area.area.name}", "Leave the area out with --areas, or raise table_states."
            if not area.countable:
                found, expected = f"{len(area.projects)} projects", f"at most {MOST_PROJECTS}"
                mend = "Leave the area out with --areas."
            else:
                states = sum(area.count(year) for year in self._years)
                if states <= most:
                    continue
                found, expected = f"{states} states", f"at most {most}"
            problems.append(Problem(where, None, None, "too large to tabulate", found, expected, mend))
        if problems:
            raise InputError(problems)
