"""The cases of a cell without the queue: what they load, and what requests may load at most."""

from __future__ import annotations

import numpy as np

from gridprio.kernels.reference.cell_flow import Bools, Cases, CellFlow, Floats, Ints, first_largest

TOGETHER = 1024
"""Cases solved in one go, which bounds the memory."""


def in_parts(todo: Bools) -> list[tuple[Ints, Ints]]:
    """Hours and contingencies of the cases `todo[hour, contingency]`, those of one contingency together."""
    k, hour = np.nonzero(todo.T)
    cuts = range(TOGETHER, len(k), TOGETHER)
    return list(zip(np.split(hour, cuts), np.split(k, cuts), strict=True)) if len(k) else []


class BaseCases:
    """Cases are solved when first asked for; of their loadings only those above the limit are kept."""

    def __init__(self, cell: CellFlow) -> None:
        self.cell = cell
        shape = (cell.n_hour, cell.n_contingency)
        self.known, self.converged = np.zeros((2, *shape), dtype=np.bool_)
        self.worst_percent, self.worst_share_percent = np.zeros((2, *shape))
        """loading of the branch that is loaded most against its limit, and that in percent of the limit"""
        self.worst_branch = np.full(shape, -1)
        self.over: dict[tuple[int, int], tuple[Ints, Floats, Bools]] = {}
        """(hour, contingency) -> branches above the limit, their loadings in percent, whether security judges them"""

    def solve(self, todo: Bools) -> None:
        """Solve what of `todo[hour, contingency]` is not known yet."""
        cell = self.cell
        rated = np.flatnonzero(cell.rated > 0)
        for hour, k in in_parts(todo & ~self.known):
            limit = cell.limit_percent(hour, k)
            found = cell.solve(hour, k, cell.no_request, limit)
            self.known[hour, k], self.converged[hour, k] = True, found.converged
            above = (found.loading > limit) & (cell.rated > 0) & found.converged[:, None]
            judged = np.ones_like(above)
            case, branch = np.nonzero(above)
            judged[case, branch] = self.judge(found, case, branch)
            if len(rated):
                counts = np.where(judged, found.loading, 0.0)
                share_percent = 100.0 * counts / limit
                worst = rated[first_largest(share_percent[:, rated])]
                case = np.arange(len(hour))
                self.worst_branch[hour, k] = worst
                self.worst_percent[hour, k] = counts[case, worst]
                self.worst_share_percent[hour, k] = share_percent[case, worst]
            for at in np.flatnonzero(above.any(axis=1)).tolist():
                branch = np.flatnonzero(above[at])
                self.over[int(hour[at]), int(k[at])] = branch, found.loading[at, branch], judged[at, branch]

    def judge(self, found: Cases, case: Ints, branch: Ints) -> Bools:
        """`[pair]`, security judges this branch above its limit in this case. Called once for all cases of a part."""
        return self.cell.judged(found, case, branch, self.cell.no_request)

    def cap_percent(self, hour: Ints, k: Ints) -> Floats:
        """`[case, branch]`, loading that requests may bring: the limit, or more where it was passed already."""
        cap = self.cell.limit_percent(hour, k)
        for at, case in enumerate(zip(hour.tolist(), k.tolist(), strict=True)):
            if case in self.over:
                branch, percent, _ = self.over[case]
                cap[at, branch] = percent
        return cap
