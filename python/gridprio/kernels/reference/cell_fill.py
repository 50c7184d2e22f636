"""What each request of a queue is allocated under the cuts that were found so far (docs/theory/cells.md, Queue)."""

from __future__ import annotations

import numpy as np

from gridprio.kernels.reference.cell_cuts import Cuts
from gridprio.kernels.reference.cell_flow import Bools, Floats, Ints
from gridprio.model.cell import FIRM_MW, LEAST_MW, MAX_REFILLS, SETTLED_PERCENT, STEP_BACK, STEP_ON, TIE_MW


class Filling:
    """Requests in queue order, `[member]`, under cuts."""

    def __init__(self, cuts: Cuts, requested_mw: Floats, firm: Bools) -> None:
        self.cuts, self.requested_mw, self.firm = cuts, requested_mw, firm
        self.allocated = np.zeros(len(firm))
        self.bound_by = np.full(len(firm), -1)

    def fill(self, before: Floats) -> tuple[Floats, Ints]:
        """Allocated MW `[member]`, and the cut that limits it (-1: none); `before` is what was allocated.

        Firm requests find their place with later ones at zero. The room that later requests make by taking load off a
        branch is for the first who are held back, and then for firm ones that fit in it.
        """
        self.allocated = before.copy()
        has_place = np.zeros_like(self.firm)
        if self.firm.any():
            self.settle(None)
            has_place = self.firm & (self.allocated > 0)
        while True:
            if not self.settle(has_place):
                self.settle(None)
                break
            fits = self.firm_that_fits()
            if fits is None:
                break
            has_place[fits] = True
        return self.allocated, self.bound_by

    def settle(self, has_place: Bools | None) -> bool:
        """Fill until what requests bring to the cuts that do not hold them back is what was counted.

        `has_place[member]`: the firm requests that keep their place; None: they find it, and requests take load off for
        later ones only. Of a change that goes to and fro less is counted. False where it does not settle.
        """
        brings = np.where(self.cuts.holds, 0.0, self.cuts.slope)
        if has_place is None:
            brings = np.maximum(brings, 0.0)
        counted = brings @ self.allocated
        step, last = np.ones(len(counted)), np.zeros(len(counted))
        for _ in range(MAX_REFILLS):
            self.fill_once(counted, has_place)
            change = brings @ self.allocated - counted
            if np.abs(change).max(initial=0.0) <= SETTLED_PERCENT:
                return True
            step = np.minimum(1.0, step * np.where(change * last < 0.0, STEP_BACK, STEP_ON))
            counted += step * change
            last = change
        return False

    def fill_once(self, counted: Floats, has_place: Bools | None) -> None:
        slope, holds = self.cuts.slope, self.cuts.holds
        left, takes = self.cuts.room - counted, np.where(holds, slope, 0.0)
        if has_place is None:
            takes = np.where(holds | (slope < 0), slope, 0.0)
        else:
            left -= takes @ np.where(has_place, self.requested_mw, 0.0)
        for m in range(len(self.firm)):
            if has_place is not None and self.firm[m]:
                self.allocated[m] = self.requested_mw[m] if has_place[m] else 0.0
                continue
            most, self.bound_by[m] = self.most(m, left)
            self.allocated[m] = self.fitting(m, most)
            left -= takes[:, m] * self.allocated[m]

    def firm_that_fits(self) -> int | None:
        """The first firm request without a place that fits beside what the others are allocated."""
        left = self.cuts.room - self.cuts.slope @ self.allocated
        for m in np.flatnonzero(self.firm & (self.allocated == 0)).tolist():
            most, which = self.most(m, left)
            if self.fitting(m, most):
                self.bound_by[m] = -1
                return int(m)
            in_turn = self.bound_by[m]
            if in_turn < 0 or self.fitting(m, left[in_turn] / self.cuts.slope[in_turn, m]):
                self.bound_by[m] = which
        return None

    def most(self, m: int, left: Floats) -> tuple[float, int]:
        """The most that the cuts leave a member, up to what it requests, and the cut that limits it (-1: none)."""
        most, which = float(self.requested_mw[m]), -1
        cuts = np.flatnonzero(self.cuts.holds[:, m])
        for cut, fits in zip(cuts.tolist(), (left[cuts] / self.cuts.slope[cuts, m]).tolist(), strict=True):
            if fits < most - TIE_MW:
                most, which = fits, cut
        return most, which

    def fitting(self, m: int, most: float) -> float:
        """What is allocated where `most` fits: to a firm request all or nothing."""
        refused = self.firm[m] and most < self.requested_mw[m] - FIRM_MW
        return 0.0 if most < LEAST_MW or refused else most
