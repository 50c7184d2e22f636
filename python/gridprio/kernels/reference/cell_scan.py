"""What allocated capacity violates, and the cuts that prevent it (docs/theory/cells.md, Queue)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.reference.cell_base import BaseCases, in_parts
from gridprio.kernels.reference.cell_cuts import Cuts, by_case, chosen, joined, most_exceeded, no_cuts, one_cut
from gridprio.kernels.reference.cell_flow import Bools, Cases, CellFlow, Floats, Ints
from gridprio.model.cell import (
    BISECTIONS_UNSOLVED,
    FIRM_MW,
    INFLUENCE_SHARE,
    NO_INFLUENCE_SHARE,
    SECURE_PERCENT,
    TIE_MW,
)


class QueueScan:
    """One direction of the queue: its requests are the members."""

    def __init__(self, cell: CellFlow, base: BaseCases, members: Ints, allocated: Floats) -> None:
        self.cell, self.base, self.members, self.allocated = cell, base, members, allocated
        self.profile = cell.profile[members]
        self.demand = bool(cell.is_demand[members[0]])
        self.cuts = no_cuts(len(self.members))
        self.bound_by = np.full(len(members), -1)
        """[member], row of the cut that set it in the last fill"""
        self.is_late = False

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

    def cut_at(self, branch: int, k: int, hour: int) -> Cuts:
        """The cut of one branch in one case at what is allocated; none where nothing holds there."""
        if not self.cell.required(self.allocated)[hour, k]:
            return no_cuts(len(self.members))
        one = np.array([hour]), np.array([k])
        cap = self.base.cap_percent(*one)
        cases = self.cell.solve(*one, self.allocated, cap)
        if not cases.converged[0]:
            return no_cuts(len(self.members))
        at = np.array([0]), np.array([branch])
        return self._cuts_of(cases, *at, self.allocated, cap[at], anew=True)
