"""Serving the queue of one cell by cutting planes from exact AC gradients (docs/theory/cells.md, Queue)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridprio.kernels.reference.cell_flow import Bools, Case, CellFlow, Floats
from gridprio.model.cell import (
    BISECTIONS_SCALE_BACK,
    BISECTIONS_UNSOLVED,
    CASE_DEMAND,
    FIRM_MW,
    INFLUENCE_SHARE,
    LEAST_MW,
    MAX_REFILLS,
    MAX_ROUNDS,
    NEGLIGIBLE_PERCENT,
    NO_INFLUENCE_SHARE,
    SECURE_PERCENT,
    SETTLED_MW,
    TIE_MW,
)


@dataclass(frozen=True)
class Limit:
    branch: int = -1
    contingency: int = -1
    hour: int = -1


@dataclass(frozen=True, eq=False)
class Cut:
    """sum_i slope_i s_i <= room; slope in percent per MW (or MW per MW where no branch loading is meant)."""

    limit: Limit
    slope: Floats
    room: float
    holds: Bools
    """[request], held back by this cut"""


class QueueBase:
    """Cases of the cell without the queue, solved when first asked for."""

    def __init__(self, cell: CellFlow) -> None:
        self.cell = cell
        self._limit = np.full(cell.grid.n_branch, cell.rules.loading_limit_percent)
        self._cases: dict[tuple[int, int], Case] = {}

    def case(self, hour: int, k: int) -> Case:
        if (hour, k) not in self._cases:
            self._cases[hour, k] = self.cell.solve(hour, k, self.cell.no_request, self._limit)
        return self._cases[hour, k]

    def cap_percent(self, hour: int, k: int) -> Floats:
        """`[branch]`, loading that served requests may bring."""
        cap: Floats = np.maximum(self._limit, self.case(hour, k).loading)
        return cap


def serve_queue(cell: CellFlow, base: QueueBase) -> tuple[Floats, list[Limit]]:
    """Served MW `[request]` and what stopped each request: first demand, then feed-in on top of it."""
    served = np.zeros(len(cell.wish_mw))
    stopped = [Limit()] * len(served)
    with_supply = cell.live[0][cell.queue.node]
    for request in np.flatnonzero((cell.wish_mw > 0) & ~with_supply):
        stopped[request] = Limit(contingency=0)
    for sign in (-1, 1):
        members = np.flatnonzero((cell.queue.sign == sign) & (cell.wish_mw > 0) & with_supply)
        if len(members):
            _Stage(cell, base, members, served, stopped).run()
    return served, stopped


class _Stage:
    """One direction of the queue; `served` and `stopped` are written in place."""

    def __init__(
        self, cell: CellFlow, base: QueueBase, members: np.ndarray, served: Floats, stopped: list[Limit]
    ) -> None:
        self.cell, self.base, self.members, self.served, self.stopped = cell, base, members, served, stopped
        self.cuts: list[Cut] = []
        self.is_member = np.zeros(len(served), dtype=bool)
        self.is_member[members] = True
        self.demand = bool(cell.queue.sign[members[0]] < 0)

    def run(self) -> None:
        self.start()
        active = {(hour, 0) for hour in range(self.cell.n_hour)}
        full, rounds = False, 0
        while rounds < MAX_ROUNDS:
            cuts = self.scan(None if full else active)
            if cuts:
                active |= {(cut.limit.hour, cut.limit.contingency) for cut in cuts}
                self.cuts += cuts
                self.fill()
                full, rounds = False, rounds + 1
            elif full:
                return
            else:
                full = True
        self.scale_back()

    def start(self) -> None:
        """Everything wished, under cuts of the intact grid taken before anything of this direction is served."""
        cell, before = self.cell, self.served.copy()
        self.served[self.members] = cell.wish_mw[self.members]
        for hour in range(cell.n_hour):
            if not self.base.case(hour, 0).converged:
                continue
            cap = self.base.cap_percent(hour, 0)
            case = cell.solve(hour, 0, before, cap)
            for branch in np.flatnonzero(cell.rated > 0) if case.converged else ():
                cut = self.cut_loading(hour, 0, int(branch), case, before, cap)
                if cut is not None and cut.slope @ self.served > cut.room + SECURE_PERCENT:
                    self.cuts.append(cut)
        if self.cuts:
            self.fill()

    def scan(self, active: set[tuple[int, int]] | None) -> list[Cut]:
        """Cuts for everything violated by what is served, in the active cases or (None) in all that are required."""
        cuts = []
        for hour in range(self.cell.n_hour):
            for k in self.cell.required(self.served, hour):
                if active is None or (hour, k) in active:
                    cuts += self.check(hour, k)
        return cuts

    def check(self, hour: int, k: int) -> list[Cut]:
        cell = self.cell
        cuts = self.check_interruption(hour, k)
        if not self.base.case(hour, k).converged:
            same_direction = (cell.direction(cell.no_request, hour) == CASE_DEMAND) == self.demand
            present = float(cell.profile[self.members, hour] @ self.served[self.members])
            return cuts + ([self.cut_total(hour, k, 0.0)] if same_direction and present > FIRM_MW else [])
        cap = self.base.cap_percent(hour, k)
        at = self.served
        case = cell.solve(hour, k, at, cap)
        share = 1.0
        if not case.converged:
            share, case = self.solvable(hour, k, cap)
            at = np.where(self.is_member, share * at, at)
        over = np.flatnonzero(case.loading > cap + SECURE_PERCENT)
        cuts += [cut for branch in over if (cut := self.cut_loading(hour, k, int(branch), case, at, cap)) is not None]
        if share < 1.0 and not cuts:
            cuts.append(self.cut_total(hour, k, share))
        return cuts

    def check_interruption(self, hour: int, k: int) -> list[Cut]:
        cell = self.cell
        if k == 0 or not self.demand:
            return []
        before = cell.interrupted_mw(k, cell.no_request, hour)
        allowed = max(cell.rules.interruption_max_mw, before)
        if cell.interrupted_mw(k, self.served, hour) <= allowed + SECURE_PERCENT:
            return []
        slope = np.where(self.is_member & cell.lost(k)[cell.queue.node], cell.profile[:, hour], 0.0)
        return [Cut(self.limit(hour, k), slope, allowed - before, slope > 0)]

    def cut_total(self, hour: int, k: int, share: float) -> Cut:
        slope = np.where(self.is_member, self.cell.profile[:, hour], 0.0)
        return Cut(self.limit(hour, k), slope, share * float(slope @ self.served), slope > 0)

    def limit(self, hour: int, k: int) -> Limit:
        out = self.cell.branches_out(k)
        return Limit(int(out[0]) if len(out) else -1, k, hour)

    def cut_loading(self, hour: int, k: int, branch: int, case: Case, at: Floats, cap: Floats) -> Cut | None:
        """The cut of one violated branch; None where what is left has no influence and is tolerated."""
        cell, queue = self.cell, self.cell.queue
        by_p, by_q = cell.gradient(k, case, branch)
        slope = queue.sign * cell.profile[:, hour] * by_p[queue.node]
        slope += queue.sign * cell.profile[:, hour] * queue.q_per_p * by_q[queue.node]
        taken_off = queue.exempt & (queue.sign > 0) & case.off[queue.node]
        slope[~self.is_member | taken_off] = 0.0
        mva_per_mw = slope * cell.rated[branch] / 100.0
        holds = mva_per_mw >= INFLUENCE_SHARE
        most = cap[branch]
        if not (self.served[holds] > 0).any():
            most += NEGLIGIBLE_PERCENT
            passed_before = cap[branch] > cell.rules.loading_limit_percent
            if passed_before or case.loading[branch] <= most + SECURE_PERCENT:
                return None
            holds = mva_per_mw >= NO_INFLUENCE_SHARE
        room = most - case.loading[branch] + float(slope @ np.where(self.is_member, at, 0.0))
        return Cut(Limit(branch, k, hour), slope, room, holds)

    def solvable(self, hour: int, k: int, cap: Floats) -> tuple[float, Case]:
        """Largest share of what is served at which the case has a solution, by bisection."""
        low, high = 0.0, 1.0
        best = self.cell.solve(hour, k, np.where(self.is_member, 0.0, self.served), cap)
        for _ in range(BISECTIONS_UNSOLVED):
            middle = (low + high) / 2
            case = self.cell.solve(hour, k, np.where(self.is_member, middle * self.served, self.served), cap)
            if case.converged:
                low, best = middle, case
            else:
                high = middle
        return low, best

    def fill(self) -> None:
        """Greedy in queue order under all cuts, repeated until the additions without influence settle."""
        for _ in range(MAX_REFILLS):
            before = self.served.copy()
            self.fill_once()
            if np.abs(self.served - before).max() <= SETTLED_MW:
                return

    def fill_once(self) -> None:
        slope = np.array([cut.slope for cut in self.cuts])
        holds = np.array([cut.holds for cut in self.cuts])
        room = np.array([cut.room for cut in self.cuts])
        room -= np.where(~holds & (slope > 0), slope, 0.0) @ self.served
        for i in self.members:
            wish = self.cell.wish_mw[i]
            bound, which = wish, -1
            for c in np.flatnonzero(holds[:, i]).tolist():
                most = room[c] / slope[c, i]
                if most < bound - TIE_MW:
                    bound, which = most, c
            if bound < LEAST_MW or (self.cell.queue.firm[i] and bound < wish - FIRM_MW):
                bound = 0.0
            self.served[i] = bound
            self.stopped[i] = Limit() if which < 0 else self.cuts[which].limit
            counted = holds[:, i] | (slope[:, i] < 0)
            room -= np.where(counted, slope[:, i] * bound, 0.0)

    def scale_back(self) -> None:
        """Last resort: from the end of the queue, halve the way to zero until a full scan is secure."""
        violated = self.scan(None)
        for i in self.members[::-1]:
            if not violated:
                return
            self.stopped[i] = violated[0].limit
            most, self.served[i] = self.served[i], 0.0
            violated = self.scan(None)
            if violated or self.cell.queue.firm[i]:
                continue
            low, high = 0.0, most
            for _ in range(BISECTIONS_SCALE_BACK):
                self.served[i] = (low + high) / 2
                found = self.scan(None)
                if found:
                    high, self.stopped[i] = self.served[i], found[0].limit
                else:
                    low = self.served[i]
            self.served[i] = low
