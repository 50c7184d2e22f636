"""States of an area that some plan can reach, and the least that a month in one of them can cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gridprio.cells import CellValues, PlanArea, StateYear
from gridprio.model.metrics import METRICS, WAITING
from gridprio.outcome.evaluate import walk_rules
from gridprio.search.exact import required_projects
from gridprio.search.objective import Floats, Objective
from gridprio.search.relaxation import Earliest, Effort, temporary_projects

MOST_PROJECTS = 16
"""Projects of an area of which all subsets are gone through; beyond, the area counts as 0."""


@dataclass(frozen=True, eq=False)
class AreaYear:
    """Reachable states of one area in one year."""

    projects: NDArray[np.int32]
    """[project of the area], rows"""
    has: NDArray[np.bool_]
    """[state, project of the area], in service"""
    reachable: NDArray[np.bool_]
    """[state, calendar month]"""
    points: Floats
    """[state, scenario, calendar month], at least what a month in this state costs"""
    work: Floats
    """[state, scarce], used up by the projects in service"""


class ReachableArea:
    """One area; ask for its years in order, because who was connected stays connected."""

    def __init__(
        self,
        objective: Objective,
        number: int,
        effort: Effort,
        earliest: Earliest,
        owned: Sequence[int],
    ) -> None:
        """`owned`: projects of which capital and effort are counted in this area and in no other."""
        evaluator = objective.evaluator
        self.objective, self.number, self.effort = objective, number, effort
        self._source = evaluator.cells
        self.area: PlanArea = self._source.areas[number]
        self.name = self.area.name
        self._earliest, self._works, self._settled = earliest.in_service, earliest.works, earliest.settled
        self._problem = evaluator.problem
        self._rules = walk_rules(evaluator.study, evaluator.problem, discounted=True)
        self._first_month = evaluator.tables[number].walk().first_month
        self._projects = np.array(self.area.serving, dtype=np.int32)
        self._temporary = temporary_projects(self._problem)
        own = np.isin(self._projects, owned)
        n_month = self._problem.arrays.n_month
        capital = np.hstack([self._rules.capital_meur, np.zeros((len(self._rules.capital_meur), 1))])[:, : n_month + 1]
        by_month = -np.diff(capital, axis=1)[self._projects] * own[:, None]
        self._capital = by_month * objective.weight[METRICS.index("capital_cost_meur")]
        self._work = (effort.work[:, self._projects] * own).T
        self._best_allocated: Floats | None = None

    def states(self, year: int, most: int) -> list[StateYear] | None:
        """State-years that some plan can be in; None when they are more than `most`, or not all in a sealed study."""
        n = len(self._projects)
        if n > MOST_PROJECTS or not most:
            return None
        masks = np.flatnonzero(self._reachable(year).any(axis=1))
        asked = [
            StateYear(self.number, self._rows(mask), works, year)
            for mask in masks.tolist()
            for works in self._works_of(mask, year)
        ]
        can_be_had = len(asked) <= most and all(self._source.problem(state) is None for state in asked)
        return asked if can_be_had else None

    def year(self, year: int, asked: Sequence[StateYear]) -> AreaYear:
        """Least points of every reachable state; `asked` are those of `states`."""
        evaluator = self.objective.evaluator
        values = evaluator.cells.values(asked)
        bit = {int(row): 1 << k for k, row in enumerate(self._projects.tolist())}
        mask = np.array([sum(bit[row] for row in state.in_service) for state in asked], dtype=np.intp)
        known, state = np.unique(mask, return_inverse=True)
        reachable = self._reachable(year)[known]
        has = (known[:, None] >> np.arange(len(self._projects)) & 1).astype(bool)
        points = self._grid_points(values, state, asked, len(known), year)
        points += self._waiting_points(values, mask, known, year)
        capital = has.astype(float) @ self._capital[:, 12 * year : 12 * year + 12]
        return AreaYear(self._projects, has, reachable, points + capital[:, None, :], has.astype(float) @ self._work)

    def _rows(self, mask: int) -> tuple[int, ...]:
        return tuple(row for k, row in enumerate(self._projects.tolist()) if mask >> k & 1)

    def _reachable(self, year: int) -> NDArray[np.bool_]:
        """[mask, calendar month]: soon enough, with what it requires, without what it excludes, work and money."""
        n = len(self._projects)
        masks = np.arange(1 << n)
        has = (masks[:, None] >> np.arange(n) & 1).astype(bool)
        possible = np.ones((1 << n, 12), dtype=bool)
        months = 12 * year + np.arange(12)
        since = self._earliest[self._projects]
        for k in range(n):
            possible &= ~has[:, k, None] | (since[k] <= months)
            if self._settled[self._projects[k]]:
                possible &= has[:, k, None] | (since[k] > months)
        column = {int(row): k for k, row in enumerate(self._projects.tolist())}
        for row, waits in required_projects(self._problem).items():
            open_waits = [others for phase, others in waits if self._problem.arrays.fixed_start[phase] < 0]
            for other in {p for others in open_waits for p in others}:
                if row in column and other in column and not self._temporary[other]:
                    possible &= ~(has[:, column[row]] & ~has[:, column[other]])[:, None]
        arrays = self._problem.arrays
        begun = np.zeros(arrays.n_project, dtype=bool)
        begun[self._problem.phase_project[arrays.fixed_start >= 0]] = True
        for row, k in column.items():
            for rival in arrays.exclude[arrays.exclude_start[row] : arrays.exclude_start[row + 1]].tolist():
                if rival in column and not (begun[row] and begun[rival]):
                    possible &= ~(has[:, k] & has[:, column[rival]])[:, None]
        used = has.astype(float) @ self.effort.work[:, self._projects].T
        for calendar, month in enumerate(months):
            possible[:, calendar] &= (used <= self.effort.room[:, month]).all(axis=1)
        return possible

    def _works_of(self, mask: int, year: int) -> list[tuple[int, ...]]:
        """Sets of projects that may be under way; none is always one of them."""
        serving = {int(row) for row in self._rows(mask)}
        may = [row for row in self.area.working if row not in serving and self._works[row] < 12 * (year + 1)]
        return [works for count in range(len(may) + 1) for works in combinations(may, count)]

    def _grid_points(
        self, values: CellValues, state: NDArray[np.intp], asked: Sequence[StateYear], n_state: int, year: int
    ) -> Floats:
        """[state, scenario, calendar month], overload and insecure hours of the works that harm least."""
        weight, rules = self.objective.weight, self._rules
        per_mvah = rules.year_weight[year] * weight[METRICS.index("overload_mvah")]
        per_mvah += rules.congestion_meur[year] * weight[METRICS.index("congestion_cost_meur")]
        per_hour = rules.year_weight[year] * weight[METRICS.index("insecure_hours")]
        points = per_mvah * values.overload_mvah + per_hour * values.insecure_hours
        for row, one in enumerate(asked):
            for calendar in range(12):
                if not self._can_be_under_way(one, 12 * year + calendar):
                    points[row, :, calendar] = np.inf
        least = np.full((n_state, *points.shape[1:]), np.inf)
        np.minimum.at(least, state, points)
        return least

    def _can_be_under_way(self, state: StateYear, month: int) -> bool:
        """Whether the works of a state fit the calendar month, the earliest starts and what is settled."""
        for row in self.area.working:
            may = bool(self._rules.work_open[row, month]) and bool(self._works[row] <= month)
            under_way = row in state.in_works
            must = may and bool(self._settled[row]) and month < self._earliest[row] and row not in state.in_service
            if under_way > may or under_way < must:
                return False
        return True

    def _waiting_points(self, values: CellValues, mask: NDArray[np.intp], known: NDArray[np.intp], year: int) -> Floats:
        """[state, scenario, calendar month]: what no subset of the state has allocated so far waits."""
        n = len(self._projects)
        may_connect = 12 * year + np.arange(12)[:, None] >= self._first_month
        allocated = np.where(may_connect.any(axis=0), values.allocated_mw, -np.inf)
        best = np.full((1 << n, *allocated.shape[1:]), -np.inf)
        np.maximum.at(best, mask, allocated)
        for k in range(n):
            with_k = np.flatnonzero(np.arange(1 << n) >> k & 1)
            best[with_k] = np.maximum(best[with_k], best[with_k ^ 1 << k])
        if self._best_allocated is not None:
            best = np.maximum(best, self._best_allocated)
        self._best_allocated = best
        requested = np.zeros(best.shape[1:])
        requested[:] = values.requested_mw[0]
        # A temporary solution may have allocated before it went out of service again.
        gone = sum(1 << k for k, row in enumerate(self._projects.tolist()) if self._temporary[row])
        waiting = np.maximum(requested - np.maximum(best[known | gone], 0.0), 0.0)
        weight = self.objective.weight[[METRICS.index(metric) for metric in WAITING]]
        value = self._rules.waiting_value[list(self.area.development_rows)] @ weight
        per_month = np.where(may_connect, value, 0.0) * self._rules.year_weight[year] / 12
        points: Floats = np.einsum("asr,mr->asm", waiting, per_month)
        return points


def reachable_areas(objective: Objective, effort: Effort, earliest: Earliest) -> list[ReachableArea]:
    """One per area; a project that serves several is counted in the first of them."""
    areas, taken = [], set[int]()
    for number, area in enumerate(objective.evaluator.cells.areas):
        owned = [row for row in area.serving if row not in taken]
        taken |= set(owned)
        areas.append(ReachableArea(objective, number, effort, earliest, owned))
    return areas
