"""What each request of a queue is allocated under the cuts that were found so far (docs/theory/cells.md, Queue)."""

from __future__ import annotations

import numpy as np

from gridprio.kernels.reference.cell_cuts import Cuts
from gridprio.kernels.reference.cell_flow import Bools, Floats, Ints
from gridprio.model.cell import (
    FIRM_MW,
    LEAST_MW,
    MAX_REFILLS,
    SECURE_PERCENT,
    SETTLED_PERCENT,
    SLACK_PERCENT,
    STEP_BACK,
    STEP_ON,
)


class Filling:
    """Requests in queue order, `[member]`, under cuts."""

    def __init__(self, cuts: Cuts, requested_mw: Floats, firm: Bools) -> None:
        self.cuts, self.requested_mw, self.firm = cuts, requested_mw, firm
        self.allocated = np.zeros(len(firm))
        self.bound_by = np.full(len(firm), -1)

    def fill(self, before: Floats) -> tuple[Floats, Ints]:
        """Allocated MW `[member]`, and the cut that limits it (-1: none); `before` is what was allocated.

        Firm requests find their place with later ones at zero, and keep it. The room that later requests make is for
        the first who are held back, and then for firm ones that fit in it.
        """
        self.allocated = before.copy()
        place, refused = np.zeros(len(self.firm)), np.zeros_like(self.firm)
        if self.firm.any():
            self.settle(None)
            place = np.where(self.firm, self.allocated, 0.0)
        while True:
            if not self.settle(place):
                self.settle(None)
                break
            beyond = self.firm_beyond(place)
            if beyond is not None:
                place[beyond], refused[beyond] = 0.0, True
                continue
            fits = self.firm_that_fits(refused)
            if fits is None:
                break
            place[fits[0]] = fits[1]
        self.bound_by[self.firm & (self.allocated > 0)] = -1
        return self.allocated, self.bound_by

    def settle(self, place: Floats | None) -> bool:
        """Fill until what the cuts get from requests that they do not hold back is what was counted.

        `place[member]`: MW of the firm requests that have a place (0: none), which they keep; None: they find it, and
        requests relieve later ones only. Of a change that goes to and fro less is counted. False where it does not
        settle.
        """
        of_others = np.where(self.cuts.holds, 0.0, self.cuts.slope)
        if place is None:
            of_others = np.maximum(of_others, 0.0)
        counted = of_others @ self.allocated
        step, last, most = np.ones(len(counted)), np.zeros(len(counted)), 0.0
        for _ in range(MAX_REFILLS):
            self.fill_once(counted, place)
            change = of_others @ self.allocated - counted
            most = float(np.abs(change).max(initial=0.0))
            if most <= SETTLED_PERCENT:
                return True
            step = np.minimum(1.0, step * np.where(change * last < 0.0, STEP_BACK, STEP_ON))
            counted += step * change
            last = change
        return most <= SLACK_PERCENT  # steps of LEAST_MW may keep it from settling further

    def fill_once(self, counted: Floats, place: Floats | None) -> None:
        slope, holds = self.cuts.slope, self.cuts.holds
        left, takes = self.cuts.room - counted, np.where(holds, slope, 0.0)
        if place is None:
            takes = np.where(holds | (slope < 0), slope, 0.0)
        else:
            left -= takes @ place
        for m in range(len(self.firm)):
            if place is not None and self.firm[m]:
                self.allocated[m] = place[m]
                continue
            most, self.bound_by[m] = self.most(m, left)
            self.allocated[m] = self.fitting(m, most)
            left -= takes[:, m] * self.allocated[m]

    def firm_beyond(self, place: Floats) -> int | None:
        """The last firm request with a place for which a cut leaves no room, whatever the others get."""
        passed = self.cuts.slope @ self.allocated > self.cuts.room + SECURE_PERCENT
        beyond = np.flatnonzero((place > 0) & self.cuts.holds[passed].any(axis=0))
        return int(beyond[-1]) if len(beyond) else None

    def firm_that_fits(self, refused: Bools) -> tuple[int, float] | None:
        """The first firm request without a place, and not refused for good, that fits beside the others, and its MW."""
        left = self.cuts.room - self.cuts.slope @ self.allocated
        for m in np.flatnonzero(self.firm & (self.allocated == 0)).tolist():
            most, which = self.most(m, left)
            mw = self.fitting(m, most)
            if mw and not refused[m]:
                return m, mw
            in_turn = self.bound_by[m]
            if not mw and (in_turn < 0 or self.fitting(m, left[in_turn] / self.cuts.slope[in_turn, m])):
                self.bound_by[m] = which
        return None

    def most(self, m: int, left: Floats) -> tuple[float, int]:
        """The most that the cuts leave a member, up to what it requests, and the cut that limits it (-1: none).

        That is the first of those that leave as little within `LEAST_MW`.
        """
        requested = float(self.requested_mw[m])
        cuts = np.flatnonzero(self.cuts.holds[:, m])
        fits = left[cuts] / self.cuts.slope[cuts, m]
        most = float(fits.min(initial=requested))
        alike = cuts[fits <= most + LEAST_MW]
        is_limited = most < requested - LEAST_MW
        return most, int(alike[0]) if is_limited else -1

    def fitting(self, m: int, most: float) -> float:
        """What is allocated where `most` fits: to a firm request all or nothing."""
        refused = self.firm[m] and most < self.requested_mw[m] - FIRM_MW
        return 0.0 if most < LEAST_MW or refused else most
