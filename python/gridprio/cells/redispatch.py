"""Redispatch: the least curtailment that clears the overload of a cell, hour by hour (docs/theory/redispatch.md).

A linear programme on AC sensitivities, solved again at the point that it finds until that point stands in AC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from gridprio.cells.without_queue import flow_without_queue
from gridprio.kernels.protocol import Kernels
from gridprio.kernels.reference.cell_base import in_parts
from gridprio.kernels.reference.cell_flow import Backend, CellFlow
from gridprio.model.cell import Contingencies, HourlyInjections
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules

Floats = NDArray[np.float64]

CLEARED_PERCENT = 1e-5
"""A branch is cleared when its loading is above the limit by no more than this."""
SETTLED_MW = 1e-6
"""Curtailment of an hour has come to rest when it changes by no more than this."""
REPLACED_ROUNDS = 5
"""Rounds in which a cut takes the place of the one before of its pair; later ones keep all cuts."""
MAX_ROUNDS = 40
LEFT_PRICE = 1e4
"""MW of curtailment that the programme gives for one percent of loading: what can be cleared is."""
UNSOLVED_PRICE = 1e12
"""MW for an hour with a case without a solution: such a point is given where no other was found."""

Pair = tuple[int, int]
"""Contingency and branch."""
CutKey = tuple[int, int, int]
"""Contingency, branch and the round in which the cut was taken, 0 for all that replace one another."""


@dataclass(frozen=True, eq=False)
class Redispatch:
    """What is curtailed before any fault, and what that does not clear."""

    feed_in_mw: Floats
    """[hour, node]"""
    demand_mw: Floats
    """[hour, node]"""
    overloaded: NDArray[np.bool_]
    """[hour], before curtailment"""
    left_mva: Floats
    """[hour], overload after curtailment, the largest over the required cases summed over branches"""
    unsolved: NDArray[np.bool_]
    """[hour], some required case has no solution at what is curtailed"""


@dataclass(frozen=True, eq=False)
class _Scan:
    """Required cases at some curtailment."""

    over_percent: dict[int, dict[Pair, float]]
    """by hour, loading minus limit of pairs above it that security judges, and of pairs that have a cut"""
    slope: dict[int, dict[Pair, Floats]]
    """by hour, percent per MW curtailed, [feed-in of every node, then demand]"""
    unsolved: NDArray[np.bool_]


class RedispatchProblem:
    """One area in one state, year and scenario, without the queue."""

    def __init__(
        self,
        grid: GridArrays,
        contingencies: Contingencies,
        branch_in_service: NDArray[np.bool_],
        hourly: HourlyInjections,
        drawn_mva: NDArray[np.complex128],
        rules: CellRules,
        kernels: Kernels,
    ) -> None:
        """`drawn_mva` `[hour, node]`: of the injections what is drawn, MW + j MVAr, whatever is fed in beside it."""
        self._grid, self._contingencies, self._mask = grid, contingencies, branch_in_service
        self._hourly, self._rules, self._backend = hourly, rules, Backend(kernels.solve_load_flow)
        demand = drawn_mva.real
        self._most = np.maximum(np.concatenate([hourly.p_mw + demand, demand], axis=1), 0.0)
        """[hour, what may be curtailed], feed-in of every node, then demand"""
        self._n_node = demand.shape[1]
        self._q_per_p = np.divide(-drawn_mva.imag, demand, out=np.zeros_like(demand), where=demand > 0)
        """[hour, node], MVAr injected per MW drawn"""

    def solve(self) -> Redispatch:
        """The best of the points that were tried in each hour, by their AC load flows; the first curtails nothing."""
        n_hour = len(self._hourly.month)
        cut_back, best = np.zeros_like(self._most), np.zeros_like(self._most)
        required = self._flow(cut_back).required(np.zeros(0))
        cuts: dict[int, dict[CutKey, tuple[Floats, float]]] = {}
        least = np.full(n_hour, np.inf)
        left, overloaded, unsolved = np.zeros(n_hour), *np.zeros((2, n_hour), dtype=np.bool_)
        open_ = np.ones(n_hour, dtype=np.bool_)
        for turn in range(MAX_ROUNDS + 1):
            scan = self._scan(cut_back, required & open_[:, None], cuts)
            if turn == 0:
                overloaded[list(scan.over_percent)] = True
            for hour in np.flatnonzero(open_).tolist():
                over = scan.over_percent.get(hour, {})
                price = cut_back[hour].sum() + LEFT_PRICE * _left_percent(over) + UNSOLVED_PRICE * scan.unsolved[hour]
                if price < least[hour]:
                    least[hour], best[hour] = price, cut_back[hour]
                    left[hour], unsolved[hour] = self._left_mva(over), scan.unsolved[hour]
            if turn == MAX_ROUNDS:
                break
            for hour, slopes in scan.slope.items():
                room = {pair: a @ cut_back[hour] - scan.over_percent[hour][pair] for pair, a in slopes.items()}
                taken = max(turn - REPLACED_ROUNDS, 0)
                cuts.setdefault(hour, {}).update({(*pair, taken): (a, room[pair]) for pair, a in slopes.items()})
            moved = np.zeros(n_hour, dtype=np.bool_)
            for hour in scan.slope:
                found = self._least(cuts[hour], self._most[hour])
                moved[hour] = np.abs(found - cut_back[hour]).sum() > SETTLED_MW
                cut_back[hour] = found
            open_ = moved
            if not open_.any():
                break
        parts = best[:, : self._n_node], best[:, self._n_node :]
        return Redispatch(*parts, overloaded, left, unsolved)

    def _flow(self, cut_back: Floats) -> CellFlow:
        """The cell with less feed-in and demand; exempt feed-in is curtailed first."""
        feed_in, demand = cut_back[:, : self._n_node], cut_back[:, self._n_node :]
        hourly = replace(
            self._hourly,
            p_mw=self._hourly.p_mw - feed_in + demand,
            q_mvar=self._hourly.q_mvar - demand * self._q_per_p,
            exempt_feed_in_mw=np.maximum(self._hourly.exempt_feed_in_mw - feed_in, 0.0),
        )
        return flow_without_queue(self._grid, self._contingencies, self._mask, hourly, self._rules, self._backend)

    def _scan(self, cut_back: Floats, todo: NDArray[np.bool_], cuts: Mapping[int, Mapping[CutKey, object]]) -> _Scan:
        flow, none = self._flow(cut_back), np.zeros(0)
        found = _Scan({}, {}, np.zeros(len(todo), dtype=np.bool_))
        for hours, ks in in_parts(todo):
            limit = flow.limit_percent(hours, ks)
            cases = flow.solve(hours, ks, none, limit)
            found.unsolved[hours[~cases.converged]] = True
            excess = np.where(cases.converged[:, None] & (flow.rated > 0), cases.loading - limit, -np.inf)
            wanted = excess > CLEARED_PERCENT
            for at, (hour, k) in enumerate(zip(hours.tolist(), ks.tolist(), strict=True)):
                held = [branch for contingency, branch, _ in cuts.get(hour, {}) if contingency == k]
                wanted[at, held] = cases.converged[at]
            case, branch = np.nonzero(wanted)
            by_p, by_q = flow.gradients(cases, case, branch)
            judged = flow.judged(cases, case, branch, none, by_p)
            for at in np.flatnonzero(judged).tolist():
                hour, pair = int(hours[case[at]]), (int(ks[case[at]]), int(branch[at]))
                kept = np.where(cases.off[case[at]], 0.0, by_p[at])
                slope = np.concatenate([-kept, by_p[at] - by_q[at] * self._q_per_p[hour]])
                found.over_percent.setdefault(hour, {})[pair] = float(excess[case[at], branch[at]])
                found.slope.setdefault(hour, {})[pair] = slope
        return found

    def _least(self, cuts: Mapping[CutKey, tuple[Floats, float]], most: Floats) -> Floats:
        """The smallest sum within `most` that keeps every cut, or comes nearest to it."""
        a = np.array([slope for slope, _ in cuts.values()])
        room = np.array([bound for _, bound in cuts.values()])
        free = most > 0
        n, m = int(free.sum()), len(room)
        cost = np.concatenate([np.ones(n), np.full(m, LEFT_PRICE)])
        upper = np.concatenate([most[free], np.full(m, np.inf)])
        solved = linprog(
            cost,
            A_ub=np.hstack([a[:, free], -np.eye(m)]),
            b_ub=room,
            bounds=np.column_stack([np.zeros(n + m), upper]),
            method="highs",
        )
        if solved.x is None:
            raise RuntimeError(f"redispatch: {solved.message}")
        found = np.zeros_like(most)
        found[free] = solved.x[:n]
        return found

    def _left_mva(self, over: Mapping[Pair, float]) -> float:
        """Sum over branches of the largest exceedance over contingencies."""
        largest: dict[int, float] = {}
        for (_, branch), percent in over.items():
            if percent > CLEARED_PERCENT:
                mva = percent / 100.0 * float(self._grid.rating_mva[branch])
                largest[branch] = max(largest.get(branch, 0.0), mva)
        return sum(largest.values())


def _left_percent(over: Mapping[Pair, float]) -> float:
    return sum(percent for percent in over.values() if percent > CLEARED_PERCENT)
