"""Headroom by voltage: the extra MW at which a bus first leaves its voltage limits (docs/theory/voltages.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from gridprio.cells.headroom import BEYOND_ANY_GRID_MW, HeadroomPoint, first_request_mw, queue_of
from gridprio.cells.lifting import MORE_MW, MORE_SHARE
from gridprio.cells.voltage_cases import HOLDS_PU, PASSED_PU, UNSOLVED, Room, VoltageCases
from gridprio.kernels.reference.cell_flow import Bools, CellFlow, Floats, Ints
from gridprio.model.grid import GridArrays

FIRST_PROBE = 0.05
"""The first megawatts that are tried, as a part of the first request of the headroom by loading."""
BEYOND, GROWTH = 1.05, 1.6
"""Tried next: so many times the foreseen crossing, and at most so many times what was tried in all cases."""
FEW = 2
"""Cases that are followed between two looks at all of them: those that are foreseen to cross first."""
SHARP_MW, SHARP_SHARE = 1e-6, 1e-9
"""A crossing is found to the sum of this and this share of it."""
TIE_PU = 2e-7
"""Of voltages that are equally near to their bounds, the first is named."""
NUMBERS_AT_ONCE = 1 << 22
"""Voltages of cases that are held at once, which bounds the memory."""


@dataclass(frozen=True)
class VoltageHeadroom:
    """Answer to one point; all -1 without a limit, the node alone -1 where a case has no solution beyond it."""

    headroom_mw: float
    """NaN where no limit exists"""
    node: int = -1
    limit_pu: float = np.nan
    contingency: int = -1
    hour: int = -1


NO_LIMIT = VoltageHeadroom(np.nan)


def has_voltage_limits(grid: GridArrays) -> bool:
    return bool(np.isfinite(np.r_[grid.vm_min_pu, grid.vm_max_pu]).any())


def voltage_headroom(
    flow: CellFlow,
    branch_in_service: NDArray[np.bool_],
    points: Sequence[HeadroomPoint],
    progress: Callable[[float], None] = lambda part: None,
) -> list[VoltageHeadroom]:
    """Of each point apart from the others, in the state of `flow`, which has no requests; `progress`: part done."""
    found = [NO_LIMIT] * len(points)
    if not has_voltage_limits(flow.grid):
        return found
    flows = [flow.with_queue(queue_of([point])) for point in points]
    firsts = [first_request_mw(flow.grid, branch_in_service, point.node) for point in points]
    k, hour = np.nonzero(_possible(flow).T)
    parts = np.split(np.arange(len(k)), range(at_once := max(1, NUMBERS_AT_ONCE // flow.grid.n_node), len(k), at_once))
    for done, part in enumerate(parts):
        cases = VoltageCases.of(flow, hour[part], k[part])
        sample = cases.sample()
        for at, (one, point) in enumerate(zip(flows, points, strict=True)):
            peak = max(float(point.profile.max(initial=0.0)), 1e-3)
            found[at] = _Search(cases, sample, one, FIRST_PROBE * firsts[at] / peak).least(found[at])
            progress((done + (at + 1) / len(flows)) / len(parts))
    return found


def voltage_holds(flow: CellFlow, point: HeadroomPoint, mw: float) -> bool:
    """Whether every case has a solution and every voltage holds with this much at the point; `flow` has no requests."""
    k, hour = np.nonzero(_possible(flow).T)
    cases, one, allocated = VoltageCases.of(flow, hour, k), flow.with_queue(queue_of([point])), np.array([mw])
    room = cases.exactly(one, allocated, np.arange(len(cases.k)))
    return len(room) == len(k) and bool((room >= -PASSED_PU).all())


def _possible(flow: CellFlow) -> Bools:
    """`[hour, contingency]`, cases that may be required with some request."""
    possible: Bools = flow.in_force.copy()
    possible[:, 0] = True
    return possible


class _Search:
    """The first crossing of one request in some cases: foreseen from what they were at two amounts, then closed in.

    Voltages are concave in a request, so what is foreseen from below comes before the crossing of an upper limit, and
    a lower limit that is passed stays passed.
    """

    def __init__(self, cases: VoltageCases, sample: Ints, flow: CellFlow, probe_mw: float) -> None:
        self._cases, self._sample, self._flow, self._probe_mw = cases, sample, flow, probe_mw

    def least(self, known: VoltageHeadroom) -> VoltageHeadroom:
        """`known`, or the limit that comes before it."""
        low_mw, mw, beyond_mw, few = 0.0, known.headroom_mw, np.nan, np.zeros(0, dtype=np.int64)
        low = self._cases.without_request(self._flow, np.array([self._probe_mw]))
        if np.isnan(mw):
            few, mw, beyond_mw = self._probe(low)
        while True:
            room = self._cases.look(self._flow, np.array([mw]))
            passed = self._first_passed(mw, room, low_mw, low)
            if len(passed):
                few = passed
                mw, beyond_mw = self._between(few, low_mw, mw)
            elif not len(few):
                return known
            elif not np.isnan(beyond_mw):
                return self._named(mw, beyond_mw, few, room.pu)
            elif mw >= BEYOND_ANY_GRID_MW:
                return NO_LIMIT
            else:
                few, foreseen_mw = _first(_foreseen(low_mw, low, mw, room.pu))
                low_mw, low = mw, room.pu
                mw, beyond_mw = self._follow(few, low_mw, foreseen_mw)

    def _probe(self, before: Floats) -> tuple[Ints, float, float]:
        """The first cases of the sample to cross a bound, and amounts just before and beyond; the last may be NaN."""
        sample, mw = self._sample, self._probe_mw
        room = self._cases.look(self._flow, np.array([mw]), sample).pu
        few, foreseen_mw = _first(_foreseen(0.0, before[sample], mw, room))
        few = sample[few]
        if self._room(few, mw).min() < -PASSED_PU:
            return few, *self._between(few, 0.0, mw)
        return few, *self._follow(few, mw, foreseen_mw)

    def _first_passed(self, mw: float, room: Room, low_mw: float, low: Floats) -> Ints:
        """Of the cases that pass a bound those that are foreseen to do so first; `room` is made exact for them."""
        while len(passed := np.flatnonzero(room.pu < -PASSED_PU)):
            first: Ints = passed[_first(_foreseen(low_mw, low[passed], mw, room.pu[passed]))[0]]
            unsure = first[~room.is_exact[first]]
            if not len(unsure):
                return first
            room.pu[unsure], room.is_exact[unsure] = self._room(unsure, mw), True
        return passed

    def _room(self, some: Ints, mw: float) -> Floats:
        return self._cases.exactly(self._flow, np.array([mw]), some)

    def _follow(self, few: Ints, low_mw: float, foreseen_mw: float) -> tuple[float, float]:
        """Amounts just before and just beyond the crossing of some cases, which hold at `low_mw`; the second is NaN
        where none comes within `GROWTH`."""
        most_mw, room = min(GROWTH * low_mw, BEYOND_ANY_GRID_MW), self._room(few, low_mw)
        while low_mw < most_mw:
            high_mw = min(max(BEYOND * foreseen_mw, low_mw * (1 + MORE_SHARE)), most_mw)
            after = self._room(few, high_mw)
            if (after < -PASSED_PU).any():
                return self._between(few, low_mw, high_mw)
            foreseen_mw = float(_foreseen(low_mw, room, high_mw, after).min())
            low_mw, room = high_mw, after
        return most_mw, np.nan

    def _between(self, few: Ints, low_mw: float, high_mw: float) -> tuple[float, float]:
        """Amounts just before and just beyond the crossing of some cases, of which one is passed at `high_mw`.

        What is taken off after a fault is taken to be what it is at one of both ends, if that stands at the crossing.
        """
        cases, allocated = self._cases, [np.array([mw]) for mw in (low_mw, high_mw)]
        found = [cases.solve(self._flow, one, few) for one in allocated]
        low, high = (cases.room(self._flow, *one, few) for one in zip(allocated, found, strict=True))
        if low.min() < -HOLDS_PU:
            return self._between(few, 0.0, low_mw)
        offs = [one.off for one in found if one.converged.all()]
        for off in offs[: 1 + (offs[0] != offs[-1]).any()]:
            before, beyond = self._crossing(few, low_mw, high_mw, off)
            if before < beyond and self._room(few, before).min() >= -PASSED_PU and self._room(few, beyond).min() < 0:
                return before, beyond
        first = np.flatnonzero(high < -PASSED_PU)
        few = few[[first[_foreseen(low_mw, low[first], high_mw, high[first]).argmin()]]]
        return self._crossing(few, low_mw, high_mw, None)

    def _crossing(self, few: Ints, low_mw: float, high_mw: float, off: Bools | None) -> tuple[float, float]:
        """By bisection and interpolation between two amounts; both are the first where the second passes nothing."""
        ends = [low_mw, high_mw]

        def least_room(mw: float) -> float:
            room = float(self._cases.exactly(self._flow, np.array([mw]), few, off).min()) + HOLDS_PU
            if room >= 0:
                ends[0] = max(ends[0], mw)
            else:
                ends[1] = min(ends[1], mw)
            return room

        if least_room(low_mw) < 0 or least_room(high_mw) >= 0:
            return low_mw, low_mw
        brentq(least_room, low_mw, high_mw, xtol=SHARP_MW, rtol=SHARP_SHARE)
        return ends[0], ends[1]

    def _named(self, mw: float, beyond_mw: float, few: Ints, room_pu: Floats) -> VoltageHeadroom:
        """The first of the limits that are nearest at `mw` and are passed with a little more."""
        cases = self._cases
        beyond = self._room(few, beyond_mw)
        root = int(few[beyond.argmin()])
        if beyond.min() == UNSOLVED:
            return VoltageHeadroom(mw, -1, np.nan, int(cases.k[root]), int(cases.hour[root]))
        near = np.flatnonzero(room_pu <= room_pu[root] + TIE_PU)
        more_mw = max(mw * (1 + MORE_SHARE), mw + MORE_MW)
        passed = near[self._room(near, more_mw) < -PASSED_PU]
        at = np.array([passed[0] if len(passed) else root])
        before, more = (self._voltages(at, x) for x in (mw, more_mw))
        room = np.where(more[0] < -PASSED_PU, before[0], np.inf) if (more[0] < -PASSED_PU).any() else before[0]
        node = int(np.flatnonzero(room <= room.min() + TIE_PU)[0])
        return VoltageHeadroom(mw, node, float(before[1][node]), int(cases.k[at[0]]), int(cases.hour[at[0]]))

    def _voltages(self, at: Ints, mw: float) -> tuple[Floats, Floats]:
        """Room of each node in one case, and the bound that is nearer."""
        allocated = np.array([mw])
        found = self._cases.solve(self._flow, allocated, at)
        room, bound = self._cases.nearest(found, at, self._cases.judged(self._flow, allocated))
        return room[0], bound[0]


def _first(foreseen_mw: Floats) -> tuple[Ints, float]:
    """The few that are foreseen to cross first, and when."""
    few: Ints = np.argsort(foreseen_mw, kind="stable")[:FEW]
    return few, float(foreseen_mw[few[0]])


def _foreseen(low_mw: float, low: Floats, high_mw: float, high: Floats) -> Floats:
    """`[case]` MW at which the room ends, in a straight line through two amounts; infinite where it does not fall."""
    falls = np.isfinite(low) & np.isfinite(high) & (high < low)
    foreseen = np.full(len(low), np.inf)
    foreseen[falls] = low_mw + (low[falls] + HOLDS_PU) / (low[falls] - high[falls]) * (high_mw - low_mw)
    return foreseen
