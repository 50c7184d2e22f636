"""States of an area that some plan can reach (docs/theory/search.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray

from gridprio.cells import PlanArea, StateYear
from gridprio.model.plan import PlanProblem
from gridprio.plan import work_open
from gridprio.search.earliest import Earliest, earliest_months, temporary_projects
from gridprio.search.effort import Effort, effort_of
from gridprio.search.exact import required_projects

MOST_PROJECTS = 16
"""Projects of an area of which all subsets are gone through."""


@dataclass(frozen=True, eq=False)
class PlanLimits:
    """What every plan of a study keeps to, whatever the list."""

    problem: PlanProblem
    in_service: NDArray[np.int64]
    """[draw, project], earliest month; the month itself of what is settled"""
    earliest: Earliest
    """in any draw"""
    effort: Effort
    """of each draw"""
    planned_effort: Effort
    """of one draw without delay, in which everything takes as little as in any"""
    work_open: NDArray[np.bool_]
    """[project, month], whether works may go on"""


def plan_limits(problem: PlanProblem, delay_months: NDArray[np.int32] | None) -> PlanLimits:
    """Of the plans without delay when `delay_months` [draw, phase] is None."""
    none = np.zeros((1, problem.arrays.n_phase), dtype=np.int32)
    own, planned = earliest_months(problem, delay_months), earliest_months(problem)
    planned_effort = effort_of(problem, planned, none)
    effort = planned_effort if delay_months is None else effort_of(problem, own, delay_months)
    return PlanLimits(problem, own.in_service, own.soonest(), effort, planned_effort, work_open(problem))


class ReachableStates:
    """Of one area. A set of its projects is a mask with bit k for project k."""

    def __init__(self, area: PlanArea, number: int, limits: PlanLimits) -> None:
        self.area, self.number, self.limits = area, number, limits
        self.projects = np.array(area.serving, dtype=np.int32)
        self.temporary = temporary_projects(limits.problem)

    @property
    def countable(self) -> bool:
        return len(self.projects) <= MOST_PROJECTS

    def of_year(self, year: int) -> list[StateYear]:
        """State-years that some plan can be in."""
        return [
            StateYear(self.number, self.rows(mask), works, year)
            for mask in self._masks(year)
            for works in _subsets(self._may_be_under_way(mask, year))
        ]

    def count(self, year: int) -> int:
        """Of `of_year`, without making them."""
        return sum(1 << len(self._may_be_under_way(mask, year)) for mask in self._masks(year))

    def rows(self, mask: int) -> tuple[int, ...]:
        return tuple(row for k, row in enumerate(self.projects.tolist()) if mask >> k & 1)

    def members(self, masks: NDArray[np.intp]) -> NDArray[np.bool_]:
        """[mask, project of the area]"""
        return (masks[:, None] >> np.arange(len(self.projects)) & 1).astype(bool)

    def possible(self, year: int) -> NDArray[np.bool_]:
        """[mask, calendar month]: soon enough, with what it requires, without what it excludes, work and money."""
        earliest, n = self.limits.earliest, len(self.projects)
        has = self.members(np.arange(1 << n))
        months = 12 * year + np.arange(12)
        since = earliest.in_service[self.projects]
        possible = self._together(has)[:, None] & np.ones(12, dtype=bool)
        for k in range(n):
            possible &= ~has[:, k, None] | (since[k] <= months)
            if earliest.settled[self.projects[k]]:
                possible &= has[:, k, None] | (self.limits.in_service[:, self.projects[k]].max() > months)
        effort = self.limits.planned_effort
        for work, room in zip(effort.work[0][:, self.projects], effort.room[0][:, months], strict=True):
            if work.sum() > room.min():
                possible &= (has @ work)[:, None] <= room
        return possible

    def can_be_under_way(self, state: StateYear, month: int) -> bool:
        """Whether the works of a state fit the calendar month, the earliest starts and what is settled."""
        earliest = self.limits.earliest
        for row in self.area.working:
            may = bool(self.limits.work_open[row, month]) and bool(earliest.works[row] <= month)
            under_way = row in state.in_works
            must = may and bool(earliest.settled[row]) and month < earliest.in_service[row]
            if under_way > may or under_way < (must and row not in state.in_service):
                return False
        return True

    def _together(self, has: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """[mask], whether it has what its projects require, and no two that exclude each other."""
        problem, arrays = self.limits.problem, self.limits.problem.arrays
        column = {int(row): k for k, row in enumerate(self.projects.tolist())}
        possible = np.ones(len(has), dtype=bool)
        for row, waits in required_projects(problem).items():
            open_waits = [others for phase, others in waits if arrays.fixed_start[phase] < 0]
            for other in {p for others in open_waits for p in others}:
                if row in column and other in column and not self.temporary[other]:
                    possible &= ~(has[:, column[row]] & ~has[:, column[other]])
        begun = np.zeros(arrays.n_project, dtype=bool)
        begun[problem.phase_project[arrays.fixed_start >= 0]] = True
        for row, k in column.items():
            for rival in arrays.exclude[arrays.exclude_start[row] : arrays.exclude_start[row + 1]].tolist():
                if rival in column and not (begun[row] and begun[rival]):
                    possible &= ~(has[:, k] & has[:, column[rival]])
        return possible

    def _masks(self, year: int) -> list[int]:
        masks: list[int] = np.flatnonzero(self.possible(year).any(axis=1)).tolist()
        return masks

    def _may_be_under_way(self, mask: int, year: int) -> list[int]:
        """Projects of which works may go on beside those in service; any of them, or none."""
        serving, works = set(self.rows(mask)), self.limits.earliest.works
        return [row for row in self.area.working if row not in serving and works[row] < 12 * (year + 1)]


def _subsets(rows: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(rows, count) for count in range(len(rows) + 1))


def reachable_states(areas: Sequence[PlanArea], limits: PlanLimits) -> list[ReachableStates]:
    return [ReachableStates(area, number, limits) for number, area in enumerate(areas)]
