"""Serving the queue of one cell by cutting planes from exact AC gradients (docs/theory/cells.md, Queue)."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.reference.cell_base import BaseCases
from gridprio.kernels.reference.cell_cuts import Cuts, by_case, chosen, joined, no_cuts, one_cut
from gridprio.kernels.reference.cell_fill import Filling
from gridprio.kernels.reference.cell_flow import Bools, CellFlow, Floats, Ints
from gridprio.kernels.reference.cell_scan import QueueScan
from gridprio.model.cell import (
    BISECTED_ANEW_SHARE,
    BISECTIONS_REQUEST,
    HUNTING_CUTS,
    LEFT_MW,
    LEFT_PASSES,
    LEFT_SHARE,
    MAX_ROUNDS,
    RELINEARISED_ROUNDS,
    SECURE_PERCENT,
    SLACK_PERCENT,
    TIE_MW,
)


def serve_queue(cell: CellFlow, base: BaseCases) -> tuple[Floats, NDArray[np.int32]]:
    """Allocated MW `[request]` and what stopped it `[request, 3]`: first demand, then feed-in on top of it."""
    n = len(cell.requested_mw)
    allocated, stopped = np.zeros(n), np.full((n, 3), -1, dtype=np.int32)
    with_supply = cell.topology.live[0][cell.queue.node]
    stopped[(cell.requested_mw > 0) & ~with_supply, 1] = 0
    for sign in (-1, 1):
        asks = (cell.queue.sign == sign) & (cell.requested_mw > 0) & with_supply
        members = cell.order[asks[cell.order]]
        if len(members):
            stage = _Stage(cell, base, members, allocated, stopped)
            stage.run()
            stage.allocate_rest()
    return allocated, stopped


class _Stage(QueueScan):
    """Serving one direction of the queue; `allocated` and `stopped` are written in place."""

    def __init__(
        self, cell: CellFlow, base: BaseCases, members: Ints, allocated: Floats, stopped: NDArray[np.int32]
    ) -> None:
        super().__init__(cell, base, members, allocated)
        self.stopped, self.requested_mw = stopped, cell.requested_mw[members]
        self.once: set[tuple[int, ...]] = set()
        """member, branch, contingency and hour whose cut (True: found by bisection) was let go or taken anew"""
        self.taken = Counter[tuple[int, ...]]()
        """cuts of each branch, contingency and hour that scans took, with controls that act"""

    def run(self) -> None:
        self.start()
        active = np.zeros(self.base.known.shape, dtype=np.bool_)
        active[self.cuts.limit[:, 2], self.cuts.limit[:, 1]] = True
        full, rounds = False, 0
        while rounds < MAX_ROUNDS:
            self.is_late = rounds >= RELINEARISED_ROUNDS
            cuts = self.scan(None if full else active)
            early = not self.is_late
            hunting = None if full else self.hunting(cuts)
            if hunting is not None:
                self.cuts = self._without(np.array([hunting], np.int32))
                self.bisect(*hunting)
                rounds += 1
                continue
            if len(cuts.room):
                active[cuts.limit[:, 2], cuts.limit[:, 1]] = True
                self.cuts = joined([self._without(cuts.limit) if early else self.cuts, cuts])
            if len(cuts.room) or (early and not full and self.relinearise()):
                before = self.allocated[self.members]
                self.fill()
                stuck = np.abs(self.allocated[self.members] - before).max() <= TIE_MW
                if len(cuts.room) and stuck and not full:
                    self.bisect(*cuts.limit[0].tolist())
                full, rounds = False, rounds + 1
            elif full:
                return
            else:
                full = True
        self.scale_back()

    def hunting(self, cuts: Cuts) -> tuple[int, int, int] | None:
        """The first branch, contingency and hour whose cuts take turns with more room: a tap steps in between."""
        if self.cell.grid.controls is None:
            return None
        limits = [(branch, k, hour) for branch, k, hour in cuts.limit.tolist()]
        self.taken.update(limits)
        return next((limit for limit in limits if self.taken[limit] > HUNTING_CUTS), None)

    def start(self) -> None:
        """Everything requested, under cuts of the intact grid taken before anything of this direction is allocated."""
        before = self.allocated.copy()
        self.allocated[self.members] = self.requested_mw
        intact = np.zeros(self.base.known.shape, dtype=np.bool_)
        intact[self.critical_hours(), 0] = True
        self.base.solve(intact)
        cuts, _ = self.loading_cuts(intact & self.base.converged, before, all_branches=True)
        foreseen = cuts.slope @ self.requested_mw > cuts.room + SECURE_PERCENT
        if foreseen.any():
            self.cuts = by_case(chosen(cuts, foreseen))
            self.fill()

    def critical_hours(self) -> Ints:
        """In each month those in which the members, or those of one node, bring most with what is there already."""
        cell, node = self.cell, self.cell.queue.node[self.members]
        sign = float(cell.queue.sign[self.members[0]])
        p, _ = cell.with_requests(cell.p_mw, cell.q_mvar, cell.request_mw(self.allocated))
        series = sign * np.stack([p[:, np.unique(node)].sum(axis=1), *p[:, np.unique(node)].T])
        found = set()
        for month in np.unique(cell.month):
            hours = np.flatnonzero(cell.month == month)
            found.update(hours[series[:, hours].argmax(axis=1)].tolist())
        return np.array(sorted(found))

    def relinearise(self) -> bool:
        """Take the cuts that hold requests back anew at what is allocated; False where that changes none.

        |current| is not convex, so a cut taken far away removes secure points; and a case may be asked for at more
        than is allocated alone. Bisection finds from where on such a cut holds a request, in queue order; what it has
        found is taken anew only where nothing has changed since the scan.
        """
        anew: dict[int, Cuts] = {}
        is_raised = False
        for m in np.flatnonzero(~self.cell.queue.firm[self.members]).tolist():
            while (row := self._loading_row(m)) >= 0 and row not in anew:
                is_bisected = bool(self.cuts.is_bisected[row])
                is_kept = is_bisected or self._is_out(row)
                now = no_cuts(len(self.members)) if is_kept else self.cut_at(*self.cuts.limit[row].tolist())
                if len(now.room):
                    anew[row] = now
                elif (is_bisected and is_raised) or not self.raise_cut(m, row):
                    break
                else:
                    is_raised = True
                    anew.clear()
        return is_raised or self._take_anew(anew)

    def _loading_row(self, m: int) -> int:
        """The cut that limits a member, where it is that of a branch or its case is not required for now; else -1."""
        row = int(self.bound_by[m])
        if row < 0 or not self._is_out(row):
            return row
        _, k, hour = self.cuts.limit[row].tolist()
        required = self.cell.required_for_demand if self.demand else self.cell.required
        return -1 if required(self.allocated)[hour, k] else row

    def _is_out(self, row: int) -> bool:
        """It is of an interruption, or of a case without a solution, and not of the loading of a branch."""
        branch, k, _ = self.cuts.limit[row].tolist()
        return branch < 0 or not self.cell.topology.closed[k, branch]

    def _take_anew(self, anew: dict[int, Cuts]) -> bool:
        now = self.allocated[self.members]
        found = {row: cut for row, cut in anew.items() if cut.room[0] - cut.slope[0] @ now > SLACK_PERCENT}
        kept = ~np.isin(np.arange(len(self.cuts.room)), list(found))
        self.cuts = joined([chosen(self.cuts, kept), *(found[row] for row in sorted(found))])
        return bool(found)

    def _without(self, limit: NDArray[np.int32]) -> Cuts:
        """The cuts of other cases and branches than `limit[cut, 3]`."""
        known = {tuple(row) for row in limit.tolist()}
        other = np.array([tuple(row) not in known for row in self.cuts.limit.tolist()], dtype=np.bool_)
        return chosen(self.cuts, other | self.cuts.is_bisected)

    def bisect(self, branch: int, k: int, hour: int) -> None:
        """Where the case still passes a limit: from the end of the queue requests are left out until it passes none.

        The last one left out is held back, at the most that the case allows without those behind it. No linear cut does
        that where a request is taken off after the fault, and the flow that is left overloads another branch; nor where
        a tap steps.
        """
        case = np.zeros(self.base.known.shape, dtype=np.bool_)
        case[hour, k] = True
        if not len(self.scan(case).room):
            return
        before = self.allocated.copy()
        for m in range(len(self.members))[::-1]:
            request = self.members[m]
            self.allocated[request] = 0.0
            if before[request] > 0 and not len(self.scan(case).room):
                high = float(before[request])
                low, _ = self._most_secure(request, 0.0, high, case)
                self.allocated[:] = before
                self.cuts = joined([self.cuts, self._cut_of_one(m, (branch, k, hour), low, high - low)])
                self.fill()
                return
        self.allocated[:] = before

    def raise_cut(self, m: int, row: int) -> bool:
        """Take the cut that limits a member anew where it does not hold, or where bisection found it.

        Mostly its branch was passed before, and the influence of the request is too little there. Its case holds the
        request back only from a larger s. Bisection finds it, with the others as they are, below the point where the
        cut was taken and what other bisections leave; or below what is allocated, where the case passes a limit there.
        The cut goes on to hold those behind alone. Where the case passes no limit up to there, it stays the second
        time. What bisection has found is taken anew once. False where the cut stays.
        """
        cuts, request, before = self.cuts, self.members[m], self.allocated.copy()
        branch, k, hour = cuts.limit[row].tolist()
        is_bisected = bool(cuts.is_bisected[row])
        key = m, branch, k, hour, is_bisected
        if is_bisected and key in self.once:
            return False
        case = np.zeros(self.base.known.shape, dtype=np.bool_)
        case[hour, k] = True
        here, present = float(before[request]), cuts.slope[row] @ self.allocated[self.members]
        taken_at = here + float(cuts.room[row] + cuts.excess[row] - present) / float(cuts.slope[row, m])
        others = cuts.is_bisected & cuts.holds[:, m] & (np.arange(len(cuts.room)) != row)
        high = min(taken_at, float(self.requested_mw[m]), cuts.room[others].min(initial=np.inf))

        def is_passed(mw: float) -> bool:
            return bool(len(self._violated_at(request, mw, case).room))

        if is_bisected and is_passed(here + BISECTED_ANEW_SHARE * max(here, 1.0)):
            self.allocated[:] = before
            return False
        low, high = (0.0, here) if is_passed(here) else (here, high)
        holds = high > low and is_passed(high)
        if holds:
            low, _ = self._most_secure(request, low, high, case)
        self.allocated[:] = before
        if is_bisected or not holds:
            if key in self.once:
                return False
            self.once.add(key)
        cuts.holds[row, : m + 1] = False
        self.cuts = chosen(cuts, (np.arange(len(cuts.room)) != row) | cuts.holds[row].any())
        if holds:
            self.cuts = joined([self.cuts, self._cut_of_one(m, (branch, k, hour), low, high - low)])
        self.fill()
        return True

    def _most_secure(
        self, request: int, low: float, high: float, cases: Bools | None
    ) -> tuple[float, NDArray[np.int32] | None]:
        """The most of a request, between `low` and `high`, at which these cases, or all, pass no limit, and the limit
        that was passed last, the first by case."""
        limit = None
        for _ in range(BISECTIONS_REQUEST):
            middle = (low + high) / 2
            violated = self._violated_at(request, middle, cases)
            if len(violated.room):
                high, limit = middle, violated.limit[0]
            else:
                low = middle
        return low, limit

    def _most_below(self, request: int, low: float, high: float, violated: Cuts) -> float:
        """The most of a request, between `low` and `high` where these limits are `violated`, at which all cases pass
        none. Bisection goes by the cases that were found to pass one; a scan of all confirms what it finds, or adds to
        them."""
        cases = np.zeros(self.base.known.shape, dtype=np.bool_)
        while len(violated.room):
            self.stopped[request] = violated.limit[0]
            known = cases.copy()
            cases[violated.limit[:, 2], violated.limit[:, 1]] = True
            # none is new where a case stands just at its limit
            is_new = bool((cases & ~known).any())
            high, limit = self._most_secure(request, low, high, cases if is_new else None)
            if limit is not None:
                self.stopped[request] = limit
            if not is_new or high <= low:
                break
            violated = self._violated_at(request, high, None)
        return high

    def _violated_at(self, request: int, mw: float, cases: Bools | None) -> Cuts:
        """What these cases, or all, pass with so much of a request."""
        self.allocated[request] = mw
        return self.scan(cases)

    def _cut_of_one(self, m: int, limit: tuple[int, int, int], room: float, excess: float) -> Cuts:
        alone = (np.arange(len(self.members)) == m).astype(float)
        return one_cut(limit, room, alone, excess, is_bisected=True)

    def fill(self) -> None:
        filling = Filling(self.cuts, self.requested_mw, self.cell.queue.firm[self.members])
        self.allocated[self.members], self.bound_by = filling.fill(self.allocated[self.members])
        limit = np.vstack([self.cuts.limit, np.full((1, 3), -1, np.int32)])
        self.stopped[self.members] = limit[self.bound_by]

    def scale_back(self) -> None:
        """Last resort: from the end of the queue, halve the way to zero until a full scan is secure."""
        violated = self.scan(None)
        for i in self.members[::-1]:
            if not len(violated.room):
                return
            self.stopped[i] = violated.limit[0]
            most, self.allocated[i] = self.allocated[i], 0.0
            at_most, violated = violated, self.scan(None)
            if len(violated.room) or self.cell.queue.firm[i]:
                continue
            self.allocated[i] = self._most_below(i, 0.0, most, at_most)

    def allocate_rest(self) -> None:
        """In queue order, divisible requests whose named case does not hold them back at a little more get the most at
        which a scan of all cases finds no violation, with the others as they are; anew where somebody did."""
        for _ in range(LEFT_PASSES):
            if not sum(self._take_what_is_left(m) for m in range(len(self.members))):
                return

    def _take_what_is_left(self, m: int) -> bool:
        """False where a request is held back."""
        request = int(self.members[m])
        here, wish = float(self.allocated[request]), float(self.requested_mw[m])
        more = here + max(LEFT_SHARE * here, LEFT_MW)
        _, k, hour = self.stopped[request].tolist()
        if self.cell.queue.firm[request] or hour < 0 or more >= wish:
            return False
        named = np.zeros(self.base.known.shape, dtype=np.bool_)
        named[hour, k] = True
        violated = self._violated_at(request, more, named)
        if not len(violated.room):
            violated = self._violated_at(request, more, None)
            self.stopped[request] = violated.limit[0] if len(violated.room) else self.stopped[request]
        is_left = not len(violated.room)
        self.allocated[request] = self._most_from(request, more, more - here, wish) if is_left else here
        return is_left

    def _most_from(self, request: int, low: float, step: float, wish: float) -> float:
        """The most of a request, at most its wish, at which all cases pass no limit: from `low` on in steps that
        double, and by bisection in the last."""
        while low < wish:
            step *= 2
            high = min(low + step, wish)
            violated = self._violated_at(request, high, None)
            if len(violated.room):
                return self._most_below(request, low, high, violated)
            low = high
        self.stopped[request] = -1
        return low
