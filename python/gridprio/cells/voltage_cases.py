"""The cases of an area against the voltage limits of its buses, with one request (docs/theory/voltages.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gridprio.kernels.reference.cell_base import TOGETHER
from gridprio.kernels.reference.cell_flow import Bools, Cases, CellFlow, Complex, Floats, Ints

WORSE_PU = 1e-3
"""A bus that is outside its limits without the request may move further out by this much."""
OUTSIDE_PU = 1e-6
"""A bus is outside its limits by more than this."""
HOLDS_PU, PASSED_PU = 1e-9, 2e-9
"""A crossing is where a voltage passes its bound by the first; by more than the second it has passed it. Rounding,
which depends on what else is solved, lies between."""
NEAR_PU = 2e-3
"""Where no voltage comes this near to its bound, neither with all exempt feed-in nor without any, what is taken off
after a fault is not worked out."""
SAMPLE_HOURS = 2
"""Hours of each outage in which a request is tried first, for low and for high voltages."""
UNSOLVED = -1.0
"""Room of a case without a solution, pu."""


class Room(NamedTuple):
    """How far the voltages of cases are from their bounds."""

    pu: Floats
    """[case], of the bus that is nearest, below 0 outside; UNSOLVED, or infinite where none is judged"""
    is_exact: Bools
    """[case], else what feed-in is taken off was not worked out, and `pu` is the lesser of none and all"""


@dataclass(frozen=True, eq=False)
class VoltageCases:
    """Cases (hour, contingency) of a cell without requests, and the bound of each voltage in them."""

    flow: CellFlow
    hour: Ints
    """[case], as `k`: those with a solution"""
    k: Ints
    bound: Floats
    """[low or high, case, node], pu; infinite where a node has no limit or no voltage"""
    room_pu: Floats
    """[low or high, case], without the request"""

    @classmethod
    def of(cls, flow: CellFlow, hour: Ints, k: Ints) -> VoltageCases:
        """Solves the cases without requests; `flow` has none. Those without a solution are left out."""
        grid, bounds, rooms, solved = flow.grid, list[Floats](), list[Floats](), list[Bools]()
        for part in _parts(len(hour)):
            h, c = hour[part], k[part]
            found = flow.solve(h, c, flow.no_request, flow.limit_percent(h, c))
            vm = np.where(flow.topology.live[c], np.abs(found.v), np.nan)
            low = np.where(vm < grid.vm_min_pu - OUTSIDE_PU, vm - WORSE_PU, np.fmin(grid.vm_min_pu, vm))
            high = np.where(vm > grid.vm_max_pu + OUTSIDE_PU, vm + WORSE_PU, np.fmax(grid.vm_max_pu, vm))
            low[np.isnan(vm + grid.vm_min_pu)], high[np.isnan(vm + grid.vm_max_pu)] = -np.inf, np.inf
            bounds.append(np.stack([low, high])[:, found.converged])
            rooms.append(_rooms(found.v[found.converged], bounds[-1]))
            solved.append(found.converged)
        keep = np.concatenate(solved)
        return cls(flow, hour[keep], k[keep], np.concatenate(bounds, axis=1), np.concatenate(rooms, axis=1))

    def judged(self, flow: CellFlow, allocated: Floats) -> Bools:
        """`[low or high, case]`: low voltages in cases that demand asks for, high ones in those of feed-in."""
        draws, feeds_in = flow.directions(allocated)
        intact = self.k == 0
        low = intact | flow.for_demand[self.k] & draws[self.hour]
        return np.stack([low, intact | flow.for_feed_in[self.k] & feeds_in[self.hour]])

    def without_request(self, flow: CellFlow, allocated: Floats) -> Floats:
        """`[case]` room before anything of what is allocated, judged as with it."""
        room: Floats = np.where(self.judged(flow, allocated), self.room_pu, np.inf).min(axis=0)
        return room

    def look(self, flow: CellFlow, allocated: Floats, some: Ints | None = None) -> Room:
        """Every case, or some, with what is allocated; those where nothing is judged or changes are not solved."""
        chosen = np.arange(len(self.k)) if some is None else some
        judged = self.judged(flow, allocated)
        room = np.where(judged, self.room_pu, np.inf).min(axis=0)[chosen]
        exact = np.ones(len(room), dtype=np.bool_)
        asked = np.isfinite(room) & (flow.request_mw(allocated) != 0).any(axis=1)[self.hour[chosen]]
        todo = np.flatnonzero(asked)
        for part in _parts(len(todo)):
            self._look(flow, allocated, judged, chosen, todo[part], room, exact)
        return Room(room, exact)

    def _look(
        self, flow: CellFlow, allocated: Floats, judged: Bools, chosen: Ints, todo: Ints, room: Floats, exact: Bools
    ) -> None:
        """Solve `chosen[todo]` and enter what they show."""
        at = chosen[todo]
        found = flow.solve_without(
            self.hour[at], self.k[at], allocated, np.zeros((len(at), flow.grid.n_node), np.bool_)
        )
        room[todo] = self._room(found, at, judged)
        excess = found.excess_mva(flow.limit_percent(found.hour, found.k), flow.rated)
        asks = flow.asks_take_off(found, excess, flow.exempt(allocated)[0])
        if not len(asks):
            return
        at, todo = at[asks], todo[asks]
        off = np.ones((len(at), flow.grid.n_node), dtype=np.bool_)
        without = self._room(self.without(flow, allocated, at, off), at, judged)
        low, high = np.minimum(room[todo], without), np.maximum(room[todo], without)
        near = (low < NEAR_PU) & (high >= -PASSED_PU)
        room[todo], exact[todo] = low, False
        if near.any():
            found = self.solve(flow, allocated, at[near])
            room[todo[near]], exact[todo[near]] = self._room(found, at[near], judged), True

    def exactly(self, flow: CellFlow, allocated: Floats, at: Ints, off: Bools | None = None) -> Floats:
        """`[case]` room of some cases, with what is taken off after the fault, or with what `off[case, node]` says."""
        how = self.solve(flow, allocated, at) if off is None else self.without(flow, allocated, at, off)
        return self.room(flow, allocated, how, at)

    def room(self, flow: CellFlow, allocated: Floats, found: Cases, at: Ints) -> Floats:
        """`[case]` room in cases that are solved already."""
        return self._room(found, at, self.judged(flow, allocated))

    def solve(self, flow: CellFlow, allocated: Floats, at: Ints) -> Cases:
        return flow.solve(self.hour[at], self.k[at], allocated, flow.limit_percent(self.hour[at], self.k[at]))

    def without(self, flow: CellFlow, allocated: Floats, at: Ints, off: Bools) -> Cases:
        return flow.solve_without(self.hour[at], self.k[at], allocated, off, loads=False)

    def sample(self) -> Ints:
        """Of each contingency the cases that are nearest to a low and to a high bound without the request, and of the
        intact grid all."""
        found = [np.flatnonzero(self.k == 0)]
        for k in np.unique(self.k[self.k > 0]):
            own = np.flatnonzero(self.k == k)
            found += [own[np.argsort(room[own], kind="stable")[:SAMPLE_HOURS]] for room in self.room_pu]
        return np.unique(np.concatenate(found))

    def _room(self, found: Cases, at: Ints, judged: Bools) -> Floats:
        rooms = _rooms(found.v, self.bound[:, at])
        room: Floats = np.where(judged[:, at], rooms, np.inf).min(axis=0)
        return np.where(found.converged, room, UNSOLVED)

    def nearest(self, found: Cases, at: Ints, judged: Bools) -> tuple[Floats, Floats]:
        """Room of each voltage, `[case, node]`, and the bound that is nearer; infinite without a solution."""
        low, high = np.abs(found.v) - self.bound[0, at], self.bound[1, at] - np.abs(found.v)
        low, high = (np.where(side[at, None], room, np.inf) for side, room in zip(judged, (low, high), strict=True))
        return np.where(found.converged[:, None], np.minimum(low, high), np.inf), np.where(
            low <= high, self.bound[0, at], self.bound[1, at]
        )


def _parts(n: int) -> list[slice]:
    return [slice(first, first + TOGETHER) for first in range(0, n, TOGETHER)]


def _rooms(v: Complex, bound: Floats) -> Floats:
    """`[low or high, case]`"""
    vm = np.abs(v)
    return np.stack([(vm - bound[0]).min(axis=1), (bound[1] - vm).min(axis=1)])
