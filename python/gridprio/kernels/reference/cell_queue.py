"""Serving the queue of one cell by cutting planes from exact AC gradients (docs/theory/cells.md, Queue)."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.reference.cell_base import BaseCases, in_parts
from gridprio.kernels.reference.cell_cuts import Cuts, by_case, chosen, joined, most_exceeded, no_cuts, one_cut
from gridprio.kernels.reference.cell_fill import Filling
from gridprio.kernels.reference.cell_flow import Bools, Cases, CellFlow, Floats, Ints
from gridprio.model.cell import (
    BISECTIONS_REQUEST,
    BISECTIONS_UNSOLVED,
    FIRM_MW,
    HUNTING_CUTS,
    INFLUENCE_SHARE,
    MAX_ROUNDS,
    NO_INFLUENCE_SHARE,
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
            _Stage(cell, base, members, allocated, stopped).run()
    return allocated, stopped


class _Stage:
    """One direction of the queue: its requests are the members; `allocated` and `stopped` are written in place."""

    def __init__(
        self, cell: CellFlow, base: BaseCases, members: Ints, allocated: Floats, stopped: NDArray[np.int32]
    ) -> None:
        self.cell, self.base, self.members, self.allocated, self.stopped = cell, base, members, allocated, stopped
        self.requested_mw, self.profile = cell.requested_mw[members], cell.profile[members]
        self.demand = bool(cell.is_demand[members[0]])
        self.cuts = no_cuts(len(self.members))
        self.bound_by = np.full(len(members), -1)
        """[member], row of the cut that set it in the last fill"""
        self.dropped: set[tuple[int, ...]] = set()
        self.is_late = False
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

    def scan(self, active: Bools | None) -> Cuts:
        """Cuts for what is violated by what is allocated, in the active cases.

        None: in all required cases, of each branch and contingency the largest violation in each month; of cases
        without a solution those with most power, in late rounds all.
        """
        todo = self.cell.required(self.allocated)
        # Where no member is present the injections are those of a state that is secure already.
        todo[~((self.profile * self.allocated[self.members, None]) > 0.0).any(axis=0)] = False
        if active is not None:
            todo &= active
        self.base.solve(todo)
        parts = [*self.interruption_cuts(todo), *self.cuts_without_solution(todo)]
        todo &= self.base.converged
        found, solved = self.loading_cuts(todo, self.allocated)
        parts.append(found)
        without = np.argwhere(todo & ~solved)
        if active is None:
            parts = [most_exceeded(joined(parts), self.cell.month)]
            without = without if self.is_late else self._with_most(without)
        parts.extend(self.cuts_where_solvable(hour, k) for hour, k in without.tolist())
        return by_case(joined(parts))

    def _with_most(self, cases: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of `cases` (hour, contingency) by contingency and month the first with most power: of all nodes together,
        and of each node of a member."""
        if not len(cases):
            return cases
        cell, (hour, k) = self.cell, cases.T
        p, _ = cell.with_requests(cell.p_mw, cell.q_mvar, cell.request_mw(self.allocated))
        sign = float(cell.queue.sign[self.members[0]])
        found = set()
        for series in (p.sum(axis=1), *p[:, np.unique(cell.queue.node[self.members])].T):
            order = np.lexsort((hour, -np.round(sign * series / TIE_MW)[hour], cell.month[hour], k))
            _, first = np.unique(np.stack([k, cell.month[hour]])[:, order], axis=1, return_index=True)
            found.update(order[first].tolist())
        return cases[sorted(found)]

    def relinearise(self) -> bool:
        """Take the cuts that hold requests back anew at what is allocated; False where that changes none.

        |current| is not convex, so a cut taken far away removes secure points; and a case may be asked for at more
        than is allocated alone. A cut that no longer holds, or that was found by bisection, goes once; the second time
        it stays. Where a request is alone, bisection finds from where on it holds instead.
        """
        is_raised = False
        while self.raise_cut():
            is_raised = True
        return self._take_anew() or is_raised

    def _take_anew(self) -> bool:
        cell, changed = self.cell, False
        divisible = (self.bound_by >= 0) & ~cell.queue.firm[self.members]
        required = cell.required(self.allocated)
        for row in np.unique(self.bound_by[divisible]).tolist():
            branch, k, hour = self.cuts.limit[row].tolist()
            if self._is_out(branch, k):
                continue
            is_linear = required[hour, k] and not self.cuts.is_bisected[row]
            now = self._cut_at(branch, k, hour) if is_linear else no_cuts(len(self.members))
            if len(now.room):
                slack = float(now.room[0] - now.slope[0] @ self.allocated[self.members])
                if slack <= SLACK_PERCENT:
                    continue
            elif len(self.members) == 1 or (branch, k, hour) in self.dropped:
                continue
            else:
                self.dropped.add((branch, k, hour))
            changed = True
            self.cuts.room[row] = np.inf
            self.cuts = joined([self.cuts, now])
        self.cuts = chosen(self.cuts, np.isfinite(self.cuts.room))
        return changed

    def _is_out(self, branch: int, k: int) -> bool:
        """An interruption, or a case without a solution, and not the loading of a branch."""
        return branch < 0 or not self.cell.topology.closed[k, branch]

    def _cut_at(self, branch: int, k: int, hour: int) -> Cuts:
        """The cut of one branch in one case at what is allocated; none where nothing holds there."""
        one = np.array([hour]), np.array([k])
        cap = self.base.cap_percent(*one)
        cases = self.cell.solve(*one, self.allocated, cap)
        if not cases.converged[0]:
            return no_cuts(len(self.members))
        at = np.array([0]), np.array([branch])
        return self._cuts_of(cases, *at, self.allocated, cap[at], anew=True)

    def _without(self, limit: NDArray[np.int32]) -> Cuts:
        """The cuts of other cases and branches than `limit[cut, 3]`."""
        known = {tuple(row) for row in limit.tolist()}
        other = np.array([tuple(row) not in known for row in self.cuts.limit.tolist()], dtype=np.bool_)
        return chosen(self.cuts, other | self.cuts.is_bisected)

    def interruption_cuts(self, todo: Bools) -> list[Cuts]:
        cell = self.cell
        if not self.demand:
            return []
        before = cell.interrupted_mw(cell.no_request)
        allowed = np.maximum(cell.interruption_max_mw, before)
        passed = todo & (cell.interrupted_mw(self.allocated) > allowed + SECURE_PERCENT)
        passed &= cell.required_for_demand(self.allocated)
        passed[:, 0] = False
        lost = cell.lost[:, cell.queue.node[self.members]]
        return [
            self._total(hour, k, np.where(lost[k], self.profile[:, hour], 0.0), allowed[hour, k] - before[hour, k])
            for hour, k in np.argwhere(passed).tolist()
        ]

    def cuts_without_solution(self, todo: Bools) -> list[Cuts]:
        """A case without a solution even without the queue stops the requests in a direction that asks for it."""
        cell = self.cell
        present = self.allocated[self.members] @ self.profile > FIRM_MW
        asks = cell.for_demand if self.demand else cell.for_feed_in
        at = np.argwhere(todo & ~self.base.converged & present[:, None] & asks)
        return [self._total(hour, k, self.profile[:, hour], 0.0) for hour, k in at.tolist()]

    def cuts_where_solvable(self, hour: int, k: int) -> Cuts:
        """A case without a solution at what is allocated: cut at the largest share of it that has one, by bisection."""
        todo = np.zeros(self.base.known.shape, dtype=np.bool_)
        todo[hour, k] = True

        def at(share: float) -> Floats:
            less = self.allocated.copy()
            less[self.members] *= share
            return less

        low, high = 0.0, 1.0
        for _ in range(BISECTIONS_UNSOLVED):
            middle = (low + high) / 2
            _, solved = self.loading_cuts(todo, at(middle))
            low, high = (middle, high) if solved[hour, k] else (low, middle)
        cuts, _ = self.loading_cuts(todo, at(low))
        if len(cuts.room):
            return cuts
        slope = self.profile[:, hour]
        return self._total(hour, k, slope, low * float(slope @ self.allocated[self.members]))

    def loading_cuts(self, todo: Bools, at: Floats, all_branches: bool = False) -> tuple[Cuts, Bools]:
        """Cuts of the branches above their cap (or of all) at `at[request]`, and which cases have a solution.

        The cases are `todo[hour, contingency]`, and so is the second result.
        """
        cell, parts, solved = self.cell, [no_cuts(len(self.members))], np.zeros(todo.shape, dtype=np.bool_)
        for hour, k in in_parts(todo):
            cap = self.base.cap_percent(hour, k)
            cases = cell.solve(hour, k, at, cap)
            solved[hour, k] = cases.converged
            wanted = (cases.loading > cap + SECURE_PERCENT) | all_branches
            case, branch = np.nonzero(wanted & cases.converged[:, None] & (cell.rated > 0))
            if len(case):
                parts.append(self._cuts_of(cases, case, branch, at, cap[case, branch]))
        return joined(parts), solved

    def _cuts_of(self, cases: Cases, case: Ints, branch: Ints, at: Floats, cap: Floats, anew: bool = False) -> Cuts:
        """The cut of each branch in its case; none where what is left has no influence and is tolerated.

        `anew`: of branches that held a request back, whether their limit is passed or not. Where a limit of
        one direction is met by turning active power, the cut is on that (docs/theory/grid-model.md).
        """
        cell, members = self.cell, self.members
        node, hour, loading = cell.queue.node[members], cases.hour[case], cases.loading[case, branch]
        way, left = cell.turning(cases, case, branch, cap, anew)
        by_p, by_q = cell.gradients(cases, case, branch, way)
        slope = by_p[:, node] + by_q[:, node] * cell.queue.q_per_p[members]
        slope *= cell.queue.sign[members] * self.profile.T[hour]
        slope[cell.takes_off[members] & cases.off[case][:, node]] = 0.0
        mva_per_mw = slope * cell.rated[branch, None] / 100.0
        holds = mva_per_mw >= INFLUENCE_SHARE
        present = (self.allocated[members] > 0) | (anew & (self.bound_by >= 0))
        is_held = np.any(holds & present, axis=1)
        passed_before = cap > cell.limit_percent(hour, cases.k[case])[np.arange(len(case)), branch]
        most = np.where(is_held, cap, cap + cell.rules.negligible_percent)
        holds = np.where(is_held[:, None], holds, mva_per_mw >= NO_INFLUENCE_SHARE)
        made = is_held | (~passed_before & (anew | (loading > most + SECURE_PERCENT)))
        made &= cell.judged(cases, case, branch, at, None if way.any() else by_p) | ((loading == 0.0) & (way != 0))
        limit = np.stack([branch, cases.k[case], hour], axis=1).astype(np.int32)
        room = np.where(way != 0, left, most - loading) + slope @ at[members]
        return chosen(Cuts(limit, room, slope, holds, loading - cap, np.zeros(len(case), np.bool_)), made)

    def _total(self, hour: int, k: int, slope: Floats, room: float) -> Cuts:
        excess = float(slope @ self.allocated[self.members]) - room
        return one_cut((int(self.cell.first_out[k]), k, hour), room, slope, excess)

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
                low = self.most_secure(request, 0.0, high, case)
                self.allocated[:] = before
                self.cuts = joined([self.cuts, self._cut_of_one(m, (branch, k, hour), low, high - low)])
                self.fill()
                return
        self.allocated[:] = before

    def raise_cut(self) -> bool:
        """Take the cut of a request that is alone anew where it does not hold it at what it leaves.

        Mostly its branch was passed before, and the influence of the request is too little there. Its case holds the
        request back only from a larger s, which bisection finds below the point where the cut was taken. A cut whose
        case passes no limit at the upper end, as of what other bisections leave, is dropped once. False where it stays.
        """
        if len(self.members) != 1 or (row := int(self.bound_by[0])) < 0 or self.cuts.is_bisected[row]:
            return False
        request, (branch, k, hour) = self.members[0], self.cuts.limit[row].tolist()
        if self.cell.queue.firm[request] or self._is_out(branch, k):
            return False
        if self.cell.required(self.allocated)[hour, k] and len(self._cut_at(branch, k, hour).room):
            return False
        case = np.zeros(self.base.known.shape, dtype=np.bool_)
        case[hour, k] = True
        taken_at = float((self.cuts.room[row] + self.cuts.excess[row]) / self.cuts.slope[row, 0])
        high = float(self.cuts.room[self.cuts.is_bisected].min(initial=taken_at))
        here, self.allocated[request] = float(self.allocated[request]), high
        others = chosen(self.cuts, np.arange(len(self.cuts.room)) != row)
        if high > here and len(self.scan(case).room):
            low = self.most_secure(request, here, high, case)
            self.cuts = joined([others, self._cut_of_one(0, (branch, k, hour), low, high - low)])
        elif (branch, k, hour) not in self.dropped:
            self.dropped.add((branch, k, hour))
            self.cuts = others
        else:
            self.allocated[request] = here
            return False
        self.fill()
        return True

    def most_secure(self, request: int, low: float, high: float, cases: Bools) -> float:
        """The most of a request, between `low` and `high`, at which the cases pass no limit."""
        for _ in range(BISECTIONS_REQUEST):
            middle = self.allocated[request] = (low + high) / 2
            low, high = (low, middle) if len(self.scan(cases).room) else (middle, high)
        return low

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
            violated = self.scan(None)
            if len(violated.room) or self.cell.queue.firm[i]:
                continue
            low, high = 0.0, most
            for _ in range(BISECTIONS_REQUEST):
                self.allocated[i] = (low + high) / 2
                found = self.scan(None)
                if len(found.room):
                    high, self.stopped[i] = self.allocated[i], found.limit[0]
                else:
                    low = self.allocated[i]
            self.allocated[i] = low
