"""The queue of one cell by cutting planes from exact AC gradients (docs/theory/cells.md, Queue)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.numba_backend.cell_fill import fill
from gridprio.kernels.numba_backend.cell_flow import Cell
from gridprio.kernels.numba_backend.cell_scan import FORESEEN, VIOLATED
from gridprio.kernels.numba_backend.cell_state import Bools, Floats, Ints
from gridprio.model.cell import BISECTIONS_SCALE_BACK, BISECTIONS_UNSOLVED, FIRM_MW, MAX_ROUNDS, SECURE_PERCENT


class Cuts(NamedTuple):
    """Rows of sum_i slope_i s_i <= room."""

    limit: Ints
    """[cut, 3], branch, contingency, hour"""
    room: Floats
    slope: Floats
    """[cut, member], percent per MW (MW per MW where no branch loading is meant)"""
    holds: Bools
    """[cut, member]"""


def joined(parts: list[Cuts]) -> Cuts:
    return Cuts(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def by_case(cuts: Cuts) -> Cuts:
    """By hour, then contingency; cuts of one case stay in order."""
    order = np.lexsort((cuts.limit[:, 1], cuts.limit[:, 2]))
    return Cuts(cuts.limit[order], cuts.room[order], cuts.slope[order], cuts.holds[order])


def serve_queue(cell: Cell) -> tuple[Floats, Ints]:
    """Served MW `[request]` and what stopped it `[request, 3]`: first demand, then feed-in on top of it."""
    n = len(cell.wish_mw)
    served, stopped = np.zeros(n), np.full((n, 3), -1, dtype=np.int32)
    with_supply = cell.topology.live[0][cell.queue.node]
    stopped[(cell.wish_mw > 0) & ~with_supply, 1] = 0
    for sign in (-1, 1):
        members = np.flatnonzero((cell.queue.sign == sign) & (cell.wish_mw > 0) & with_supply)
        if len(members):
            _Stage(cell, members, served, stopped).run()
    return served, stopped


class _Stage:
    """One direction of the queue; `served` and `stopped` are written in place."""

    def __init__(self, cell: Cell, requests: NDArray[np.int64], served: Floats, stopped: Ints) -> None:
        self.cell, self.requests, self.served, self.stopped = cell, requests, served, stopped
        self.members = cell.members(requests)
        self.profile = cell.profile[requests]
        self.firm = cell.queue.firm[requests]
        self.demand = bool(cell.queue.sign[requests[0]] < 0)
        self.cuts = self._no_cuts()

    def run(self) -> None:
        self.start()
        active = np.zeros(self.cell.base.known.shape, dtype=np.bool_)
        active[:, 0] = True
        full, rounds = False, 0
        while rounds < MAX_ROUNDS:
            cuts = self.scan(None if full else active)
            if len(cuts.room):
                active[cuts.limit[:, 2], cuts.limit[:, 1]] = True
                self.cuts = joined([self.cuts, cuts])
                self.fill()
                full, rounds = False, rounds + 1
            elif full:
                return
            else:
                full = True
        self.scale_back()

    def start(self) -> None:
        """Everything wished, under the cuts of the intact grid taken before anything of this direction is served."""
        before = self.served.copy()
        self.served[self.requests] = self.members.wish_mw
        todo = np.zeros(self.cell.base.known.shape, dtype=np.bool_)
        todo[:, 0] = self.cell.base.converged[:, 0]
        cuts, _ = self._walk(FORESEEN, todo, before)
        if len(cuts.room):
            self.cuts = by_case(cuts)
            self.fill()

    def scan(self, active: Bools | None) -> Cuts:
        """Cuts for everything violated by what is served, in the active cases or (None) in all that are required."""
        cell = self.cell
        todo = cell.required(self.served)
        # Where no member is present the injections are those of a state that is secure already.
        todo[~((self.profile * self.served[self.requests, None]) > 0.0).any(axis=0)] = False
        if active is not None:
            todo &= active
        cell.solve_base(todo)
        parts = [*self._interruptions(todo), *self._without_solution(todo)]
        todo &= cell.base.converged
        found, solved = self._walk(VIOLATED, todo, self.served)
        parts.append(found)
        parts.extend(self._unsolved(int(hour), int(k)) for hour, k in np.argwhere(todo & ~solved))
        return by_case(joined(parts))

    def _walk(self, purpose: int, todo: Bools, at: Floats) -> tuple[Cuts, Bools]:
        """Cuts of the cases with `at[request]` served, and which of them have a solution."""
        members = self.members._replace(served_mw=self.served[self.requests], at_mw=at[self.requests])
        if not todo.any():
            return self._no_cuts(), todo
        (case, room, slope, holds), solved = self.cell.walk(purpose, todo, at, members)
        return Cuts(case, room, slope, holds), solved

    def _no_cuts(self) -> Cuts:
        n = len(self.requests)
        return Cuts(np.zeros((0, 3), np.int32), np.zeros(0), np.zeros((0, n)), np.zeros((0, n), np.bool_))

    def _interruptions(self, todo: Bools) -> list[Cuts]:
        cell = self.cell
        if not self.demand:
            return []
        before = cell.interrupted_mw(cell.no_request)
        allowed = np.maximum(cell.rules.interruption_max_mw, before)
        passed = todo & (cell.interrupted_mw(self.served) > allowed + SECURE_PERCENT)
        passed[:, 0] = False
        lost = cell.lost[:, cell.queue.node[self.requests]]
        return [
            self._total(hour, k, np.where(lost[k], self.profile[:, hour], 0.0), allowed[hour, k] - before[hour, k])
            for hour, k in np.argwhere(passed).tolist()
        ]

    def _without_solution(self, todo: Bools) -> list[Cuts]:
        """A case without a solution even without the queue stops the requests in the direction of its hour."""
        cell = self.cell
        present = self.served[self.requests] @ self.profile
        mine = (cell.imports(cell.no_request) == self.demand) & (present > FIRM_MW)
        at = np.argwhere(todo & ~cell.base.converged & mine[:, None])
        return [self._total(hour, k, self.profile[:, hour], 0.0) for hour, k in at.tolist()]

    def _total(self, hour: int, k: int, slope: Floats, room: float) -> Cuts:
        limit = np.array([[self.cell.first_out[k], k, hour]], dtype=np.int32)
        return Cuts(limit, np.array([room]), slope[None, :], slope[None, :] > 0)

    def _unsolved(self, hour: int, k: int) -> Cuts:
        """A case without a solution at what is served: cut at the largest share of it that has one, by bisection."""
        todo = np.zeros(self.cell.base.known.shape, dtype=np.bool_)
        todo[hour, k] = True

        def at(share: float) -> Floats:
            less = self.served.copy()
            less[self.requests] *= share
            return less

        low, high = 0.0, 1.0
        for _ in range(BISECTIONS_UNSOLVED):
            middle = (low + high) / 2
            _, solved = self._walk(VIOLATED, todo, at(middle))
            low, high = (middle, high) if solved[hour, k] else (low, middle)
        cuts, _ = self._walk(VIOLATED, todo, at(low))
        if len(cuts.room):
            return cuts
        slope = self.profile[:, hour]
        return self._total(hour, k, slope, low * float(slope @ self.served[self.requests]))

    def fill(self) -> None:
        served, stopped = self.served[self.requests], np.zeros(len(self.requests), dtype=np.int32)
        fill(self.cuts.slope, self.cuts.room, self.cuts.holds, self.members.wish_mw, self.firm, served, stopped)
        self.served[self.requests] = served
        self.stopped[self.requests] = np.where((stopped >= 0)[:, None], self.cuts.limit[stopped], -1)

    def scale_back(self) -> None:
        """Last resort: from the end of the queue, halve the way to zero until a full scan is secure."""
        violated = self.scan(None)
        for i in self.requests[::-1]:
            if not len(violated.room):
                return
            self.stopped[i] = violated.limit[0]
            most, self.served[i] = self.served[i], 0.0
            violated = self.scan(None)
            if len(violated.room) or self.cell.queue.firm[i]:
                continue
            low, high = 0.0, most
            for _ in range(BISECTIONS_SCALE_BACK):
                self.served[i] = (low + high) / 2
                found = self.scan(None)
                if len(found.room):
                    high, self.stopped[i] = self.served[i], found.limit[0]
                else:
                    low = self.served[i]
            self.served[i] = low
