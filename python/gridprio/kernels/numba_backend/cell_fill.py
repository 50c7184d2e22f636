"""The fill of a queue under its cuts (docs/theory/cells.md, Calculation, step 1)."""

from __future__ import annotations

import numpy as np
from numba import njit

from gridprio.kernels.numba_backend.newton import FAST
from gridprio.model.cell import FIRM_MW, LEAST_MW, MAX_REFILLS, SETTLED_MW, TIE_MW


@njit(**FAST)
def fill(slope, room, holds, wish, firm, served, stopped):
    """Greedy in queue order, repeated until the additions without influence settle.

    `slope`, `holds` [cut, member]; writes `served` and the row of the cut that stopped each member, -1 for none.
    """
    n_cut, n_member = slope.shape
    left, before = np.empty(n_cut), np.empty(n_member)
    for _ in range(MAX_REFILLS):
        before[:] = served
        for c in range(n_cut):
            drift = 0.0
            for m in range(n_member):
                if not holds[c, m] and slope[c, m] > 0.0:
                    drift += slope[c, m] * before[m]
            left[c] = room[c] - drift
        moved = 0.0
        for m in range(n_member):
            bound = wish[m]
            stopped[m] = -1
            for c in range(n_cut):
                if holds[c, m]:
                    most = left[c] / slope[c, m]
                    if most < bound - TIE_MW:
                        bound = most
                        stopped[m] = c
            if bound < LEAST_MW or (firm[m] and bound < wish[m] - FIRM_MW):
                bound = 0.0
            served[m] = bound
            moved = max(moved, abs(bound - before[m]))
            for c in range(n_cut):
                if holds[c, m] or slope[c, m] < 0.0:
                    left[c] -= slope[c, m] * bound
        if moved <= SETTLED_MW:
            return
