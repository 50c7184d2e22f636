"""`find_congestion`, the definition in plain numpy: the cases of a cell without the queue, by branch and by outage.

Of each hour and branch the largest exceedance over the required cases counts (docs/theory/cells.md); the branch
carries in that hour the direction of the case that it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gridprio.kernels.reference.cell_base import BaseCases
from gridprio.kernels.reference.cell_flow import Backend, Bools, Cases, CellFlow, Floats, Ints
from gridprio.model.cell import SECURE_PERCENT, TIE_PERCENT, CellBatch, Contingencies, Queue
from gridprio.model.congestion import CongestionArrays
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules

Overload = tuple[int, bool, float, float, float, int, int]
"""branch, feed_in, hours, overload_mvah, worst_percent, worst_contingency, worst_hour"""
Outage = tuple[int, float, float, float, float]
"""contingency, interrupted_mw, interrupted_h, not_accepted_h, unsolved_h"""


class CellCongestion(NamedTuple):
    """One cell; rows as in `CongestionArrays`."""

    intact_percent: Floats
    overloads: list[Overload]
    outages: list[Outage]


def find_congestion(
    grid: GridArrays, contingencies: Contingencies, cells: CellBatch, *, rules: CellRules, threads: int
) -> CongestionArrays:
    """Each cell on its own; `threads` is accepted and not used."""
    return found_congestion(grid, contingencies, cells, rules, Backend())


def found_congestion(
    grid: GridArrays, contingencies: Contingencies, cells: CellBatch, rules: CellRules, backend: Backend
) -> CongestionArrays:
    """Cells one after the other on the load flows of a backend."""
    rows = range(len(cells))
    return joined([cell_congestion(grid, contingencies, cells, row, rules, backend) for row in rows], grid.n_branch)


def cell_congestion(
    grid: GridArrays, contingencies: Contingencies, cells: CellBatch, row: int, rules: CellRules, backend: Backend
) -> CellCongestion:
    cell = CellFlow(grid, contingencies, Queue.empty(cells.p_mw.shape[1]), cells, row, rules, backend)
    todo, base = cell.required(cell.no_request), DirectedCases(cell)
    base.solve(todo)
    return CellCongestion(base.intact_percent, _overloads(cell, base), _outages(cell, base, todo))


class DirectedCases(BaseCases):
    """Base cases with the direction of every overload and the highest loading of the intact grid."""

    def __init__(self, cell: CellFlow) -> None:
        super().__init__(cell)
        self.intact_percent = np.zeros(cell.grid.n_branch)
        self.feed_in: dict[tuple[int, int], Bools] = {}
        """(hour, contingency) -> as the branches of `over`"""

    def judge(self, found: Cases, case: Ints, branch: Ints) -> Bools:
        intact = found.loading[(found.k == 0) & found.converged]
        self.intact_percent = np.maximum(self.intact_percent, intact.max(axis=0, initial=0.0))
        if not len(case):
            return np.zeros(0, dtype=np.bool_)
        by_p, _ = self.cell.gradients(found, case, branch)
        feed_in = self.cell.carries_feed_in(found, case, branch, self.cell.no_request, by_p)
        for at in np.unique(case).tolist():
            self.feed_in[int(found.hour[at]), int(found.k[at])] = feed_in[case == at]
        return self.cell.judged(found, case, branch, self.cell.no_request, by_p)


def _overloads(cell: CellFlow, base: DirectedCases) -> list[Overload]:
    shape = (cell.n_hour, cell.grid.n_branch)
    mva, over_percent, of_limit_percent = np.zeros((3, *shape))
    by, feed_in = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.bool_)
    for (hour, k), (branch, percent, judged) in sorted(base.over.items()):
        own, limit = branch[judged], cell.limit_percent(np.array([hour]), np.array([k]))[0]
        above = percent[judged] - limit[own]
        found = above / 100.0 * cell.rated[own]
        first = (found > mva[hour, own] + TIE_PERCENT) | (mva[hour, own] == 0.0)
        place = hour, own[first]
        of_limit_percent[place] = 100.0 * percent[judged][first] / limit[own][first]
        by[place], over_percent[place], feed_in[place] = k, above[first], base.feed_in[hour, k][judged][first]
        mva[hour, own] = np.maximum(mva[hour, own], found)
    rows: list[Overload] = []
    for at in np.flatnonzero((over_percent > SECURE_PERCENT).any(axis=0)).tolist():
        for direction in (False, True):
            over = over_percent[:, at]
            hours = np.flatnonzero((over > SECURE_PERCENT) & (feed_in[:, at] == direction))
            if not cell.weight_h[hours].any():
                continue
            worst = int(hours[0])
            for hour in hours[1:].tolist():
                if of_limit_percent[hour, at] > of_limit_percent[worst, at] + TIE_PERCENT:
                    worst = hour
            k, weight_h = int(by[worst, at]), cell.weight_h[hours]
            total_h, mvah = float(weight_h.sum()), float(weight_h @ mva[hours, at])
            limit = cell.limit_percent(np.array([worst]), np.array([k]))[0, at]
            rows.append((at, direction, total_h, mvah, float(over[worst] + limit), k, worst))
    return rows


def _outages(cell: CellFlow, base: BaseCases, todo: Bools) -> list[Outage]:
    counts = cell.required_for_demand(cell.no_request)
    interrupted = np.where(counts, cell.interrupted_mw(cell.no_request), 0.0)
    hours = [cell.weight_h @ (interrupted > most + SECURE_PERCENT) for most in (0.0, cell.interruption_max_mw)]
    unsolved = cell.weight_h @ (todo & ~base.converged)
    columns = interrupted.max(axis=0, initial=0.0), *hours, unsolved
    rows = enumerate(zip(*(column.tolist() for column in columns), strict=True))
    return [(k, *row) for k, row in rows if row[1] > 0 or row[3] > 0]


def joined(cells: Sequence[CellCongestion], n_branch: int) -> CongestionArrays:
    """Cells in their order."""
    overloads = [(at, *row) for at, cell in enumerate(cells) for row in cell.overloads]
    outages = [(at, *row) for at, cell in enumerate(cells) for row in cell.outages]
    whole, number = np.int32, np.float64
    columns = _columns(
        overloads, cell=whole, branch=whole, feed_in=np.bool_, hours=number, overload_mvah=number,
        worst_percent=number, worst_contingency=whole, worst_hour=whole,
    ) | _columns(
        outages, outage_cell=whole, contingency=whole, interrupted_mw=number, interrupted_h=number,
        not_accepted_h=number, unsolved_h=number,
    )  # fmt: skip
    intact = np.array([cell.intact_percent for cell in cells]).reshape(len(cells), n_branch)
    return CongestionArrays(intact_percent=intact, **columns)


def _columns(rows: Sequence[tuple[float, ...]], **kinds: type) -> dict[str, Any]:
    """Of rows in the order of the names."""
    return {name: np.array([row[at] for row in rows], dtype=kind) for at, (name, kind) in enumerate(kinds.items())}
