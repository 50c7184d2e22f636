"""The full table of an area: every state that a plan can reach, in every year and scenario (docs/theory/search.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gridprio.cells import Progress, StateKey, StateYear, is_sealed, within
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


@dataclass(frozen=True)
class Shard:
    """A part of the states, which it shares out by what they are: part `number` (from 1) of `of`."""

    number: int
    of: int

    def has(self, key: StateKey) -> bool:
        return (int(key.state, 16) + key.year) % self.of == self.number - 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """`2/4`; InputError for what is no such part."""
        number, slash, of = text.partition("/")
        if slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of):
            return cls(int(number), int(of))
        what, expected = sentence("problem.no_shard"), sentence("expected.shard")
        raise InputError([Problem("--shard", None, None, what, text, expected, sentence("remedy.shard"))])


class FullTable:
    """The full tables of the areas of a study, counted before anything is simulated.

    Raises InputError for a sealed study, for an area that is not there, and for areas with more states than the setting
    `table_states`.
    """

    def __init__(self, session: Session, areas: Sequence[str] = (), shard: Shard | None = None) -> None:
        """`areas`: names; none is all. `shard`: count and simulate this part of the states alone."""
        if is_sealed(session.study):
            raise InputError(sentence("problem.sealed_not_tabulated"))
        self._cells, self._shard = session.cells, shard
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

    def by_year(self) -> Iterator[list[StateYear]]:
        """The states, area by area and year by year."""
        for area in self._areas:
            for year in self._years:
                yield self._of_year(area, year)

    def make(self, progress: Progress | None = None) -> None:
        """Simulate what is missing; what was simulated is kept whenever this ends."""
        done, missing = 0, max(1, self.missing)
        for states in self.by_year():
            left = self._cells.missing(states)
            if left:
                self._cells.values(states, within(progress, done / missing, left / missing))
            done += left
        if progress is not None:
            progress(1.0)

    def _count(self, area: ReachableStates, n_scenario: int) -> AreaCount:
        by_year = [self._of_year(area, year) for year in self._years]
        states = sum(map(len, by_year))
        missing = sum(self._cells.missing(own) for own in by_year)
        return AreaCount(area.area.name, len(area.projects), states, n_scenario * states, missing)

    def _of_year(self, area: ReachableStates, year: int) -> list[StateYear]:
        states = area.of_year(year)
        return [state for state in states if self._shard is None or self._shard.has(self._cells.key(state))]

    def _refuse(self, asked: Sequence[str], names: Sequence[str], most: int) -> None:
        problems = [
            Problem("--areas", None, None, sentence("problem.no_area"), found=name, expected=", ".join(names))
            for name in asked
            if name not in names
        ]
        for area in self._areas:
            where, mend = area.area.name, sentence("remedy.leave_area_or_raise_states")
            if not area.countable:
                found = sentence("found.projects_in_area", n=len(area.projects))
                expected, mend = sentence("expected.at_most", limit=MOST_PROJECTS), sentence("remedy.leave_area_out")
            else:
                states = sum(area.count(year) for year in self._years)
                if states <= most:
                    continue
                found, expected = sentence("found.states", n=states), sentence("expected.at_most", limit=most)
            problems.append(Problem(where, None, None, sentence("problem.area_too_large"), found, expected, mend))
        if problems:
            raise InputError(problems)
