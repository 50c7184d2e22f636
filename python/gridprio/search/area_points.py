"""The least that a month in a reachable state of an area can cost (docs/theory/search.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.cells import CellValues, StateYear
from gridprio.model.metrics import METRICS, WAITING
from gridprio.outcome.evaluate import walk_rules
from gridprio.search.objective import Floats, Objective
from gridprio.search.reachable import ReachableStates


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
    counted: NDArray[np.bool_]
    """[project of the area], its effort counts in this area and in no other"""


class AreaPoints:
    """Of one area; ask for its years in order, because who was connected stays connected."""

    def __init__(self, objective: Objective, states: ReachableStates, owned: Sequence[int]) -> None:
        """`owned`: projects of which capital and effort are counted in this area and in no other."""
        evaluator = objective.evaluator
        self.objective, self.states = objective, states
        self.rules = walk_rules(evaluator.study, evaluator.problem, discounted=True)
        table = evaluator.tables[states.number].walk()
        self._first_month, self._energy_h = table.first_month, np.diff(table.energy_h, axis=1)
        own = np.isin(states.projects, owned)
        n_month = evaluator.problem.arrays.n_month
        capital = np.hstack([self.rules.capital_meur, np.zeros((len(self.rules.capital_meur), 1))])[:, : n_month + 1]
        by_month = -np.diff(capital, axis=1)[states.projects] * own[:, None]
        self._capital = by_month * self._weight("capital_cost_meur")
        self._counted = own
        self._best_allocated: Floats | None = None

    def year(self, year: int, asked: Sequence[StateYear]) -> AreaYear:
        """Least points of every reachable state; `asked` are all state-years of the area and year."""
        values = self.objective.evaluator.cells.values(asked)
        bit = {int(row): 1 << k for k, row in enumerate(self.states.projects.tolist())}
        mask = np.array([sum(bit[row] for row in state.in_service) for state in asked], dtype=np.intp)
        known, state = np.unique(mask, return_inverse=True)
        points = self._grid_points(values, year) + self._connection_points(values, mask, year)
        for row, one in enumerate(asked):
            for calendar in range(12):
                if not self.states.can_be_under_way(one, 12 * year + calendar):
                    points[row, :, calendar] = np.inf
        least = np.full((len(known), *points.shape[1:]), np.inf)
        np.minimum.at(least, state, points)
        has = self.states.members(known)
        capital = has.astype(float) @ self._capital[:, 12 * year : 12 * year + 12]
        return AreaYear(
            projects=self.states.projects,
            has=has,
            reachable=self.states.possible(year)[known],
            points=least + capital[:, None, :],
            counted=self._counted,
        )

    def _weight(self, metric: str) -> float:
        return float(self.objective.weight[METRICS.index(metric)])

    def _grid_points(self, values: CellValues, year: int) -> Floats:
        """[state-year, scenario, calendar month], overload and insecure hours."""
        per_mvah = self.rules.year_weight[year] * self._weight("overload_mvah")
        per_mvah += self.rules.congestion_meur[year] * self._weight("congestion_cost_meur")
        per_hour = self.rules.year_weight[year] * self._weight("insecure_hours")
        points: Floats = per_mvah * values.overload_mvah + per_hour * values.insecure_hours
        return points

    def _connection_points(self, values: CellValues, mask: NDArray[np.intp], year: int) -> Floats:
        """[state-year, scenario, calendar month], waiting and shortfall of all developments.

        What is connected lies between what the state allocates now and the most that a subset of it ever allocated.
        The first counts as waiting, the rest of the two as the cheaper of waiting and shortfall.
        """
        may_connect = 12 * year + np.arange(12) >= self._first_month[:, None]
        ever = self._most_allocated(np.where(may_connect.any(axis=1), values.allocated_mw, 0.0), mask)
        # A temporary solution may have allocated before it went out of service again.
        gone = sum(1 << k for k, row in enumerate(self.states.projects.tolist()) if self.states.temporary[row])
        most = np.minimum(ever[mask | gone], values.requested_mw)
        now = np.minimum(values.allocated_mw, most)
        year_weight = self.rules.year_weight[year] / 12
        weight = np.array([self._weight(metric) for metric in WAITING])
        waiting = self.rules.waiting_value[list(self.states.area.development_rows)] @ weight * year_weight
        shortfall = self._weight("shortfall_mw_years") * year_weight
        per_mwh = self._weight("congestion_cost_meur") * self.rules.congestion_meur[year]
        missed = np.minimum(waiting[:, None], shortfall + per_mwh * self._energy_h) * may_connect
        never, lost = values.requested_mw - most, most - now
        points: Floats = never @ (waiting[:, None] * may_connect) + lost @ missed
        return points

    def _most_allocated(self, allocated: Floats, mask: NDArray[np.intp]) -> Floats:
        """[mask, scenario, request], the most that a subset allocated in this or an earlier year."""
        n = len(self.states.projects)
        most = np.zeros((1 << n, *allocated.shape[1:]))
        np.maximum.at(most, mask, allocated)
        if self._best_allocated is not None:
            most = np.maximum(most, self._best_allocated)
        for k in range(n):
            by_bit = most.reshape(1 << (n - 1 - k), 2, 1 << k, *most.shape[1:])
            np.maximum(by_bit[:, 1], by_bit[:, 0], out=by_bit[:, 1])
        self._best_allocated = most
        return most


def areas_points(objective: Objective, areas: Sequence[ReachableStates]) -> list[AreaPoints]:
    """A project that serves several areas is counted in the first of them."""
    found, taken = [], set[int]()
    for states in areas:
        found.append(AreaPoints(objective, states, [row for row in states.area.serving if row not in taken]))
        taken |= set(states.area.serving)
    return found
