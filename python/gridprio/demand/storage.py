"""Batteries that lower the daily peaks of what stands beside them (docs/theory/demand.md)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.demand.contracts import HOURS_OF_DAY
from gridprio.inputs.schema import ProjectChange

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

HALVINGS = 45
"""Of a range of levels: what is left of it is rounding."""
KEPT_YEARS = 512
"""One takes 0.07 MB, of quarters of an hour 0.3."""


@dataclass(frozen=True)
class Battery:
    """What a battery can do at its connection to the grid."""

    p_mw: float
    """that it draws or delivers at most"""
    e_mwh: float
    """that it can deliver when full"""
    efficiency: float
    """MWh delivered per MWh drawn, over a cycle"""

    def drawn_mw(self, load_mw: Floats, step_h: float, right_mw: float | None = None) -> Floats:
        """`[step]` MW that it draws, below zero where it delivers, beside a load of whole days, feed-in below zero.

        Every day begins and ends half full. In this order: both peaks of the day, of demand and of feed-in, become as
        low as can be, by the same share, and then each by itself; it charges up to the lowest level of load that
        suffices for it, and delivers down to the highest. Behind a right of a group it lowers no peak further than the
        right, never raises a load beyond it, and does what its power allows where that is too little.
        """
        load = load_mw.reshape(-1, round(HOURS_OF_DAY / step_h)).T
        days = _Days(self, step_h)
        peak, dip = np.maximum(load.max(axis=0), 0.0), np.minimum(load.min(axis=0), 0.0)
        enough = right_mw or 0.0

        def levels(of_peak: Floats, of_dip: Floats) -> tuple[Floats, Floats]:
            lowest, highest = np.minimum(peak, enough), np.maximum(dip, -enough)
            return np.minimum(of_dip * dip, highest), np.maximum(of_peak * peak, lowest)

        def within(of_peak: Floats, of_dip: Floats) -> tuple[Floats, Floats]:
            least, most = levels(of_peak, of_dip)
            if right_mw is None:
                return np.maximum(-self.p_mw, least - load), np.minimum(self.p_mw, most - load)
            low = np.maximum(least, np.minimum(load, -right_mw)) - load
            high = np.minimum(most, np.maximum(load, right_mw)) - load
            return low.clip(-self.p_mw, self.p_mw), high.clip(-self.p_mw, self.p_mw)

        none = np.zeros_like(peak)
        share = _smallest(lambda share: days.possible(*within(share, share)), none, np.ones_like(peak))
        of_peak = _smallest(lambda of_peak: days.possible(*within(of_peak, share)), none, share)
        of_dip = _smallest(lambda of_dip: days.possible(*within(of_peak, of_dip)), none, share)
        low, high = within(of_peak, of_dip)
        least, most = levels(of_peak, of_dip)

        def charging(level: Floats) -> Floats:
            return np.minimum(high, np.maximum(level - load, 0.0))

        high = charging(_smallest(lambda level: days.possible(low, charging(level)), least, most))

        def delivering(level: Floats) -> Floats:
            return np.maximum(low, np.minimum(level - load, 0.0))

        low = delivering(-_smallest(lambda level: days.possible(delivering(-level), high), -most, -least))
        return days.least_use(low, high).T.ravel()


@dataclass(frozen=True)
class _Days:
    """Days side by side: arrays are `[step, day]`, MW that the battery draws, within bounds."""

    battery: Battery
    step_h: float

    def possible(self, low: Floats, high: Floats) -> Bools:
        """`[day]` whether the battery can stay within its bounds all day."""
        least, most = self._contents(low, high)
        half = self.battery.e_mwh / 2
        inside: Bools = (low <= high).all(axis=0) & (least <= most).all(axis=0) & (least[0] <= half) & (half <= most[0])
        return inside

    def least_use(self, low: Floats, high: Floats) -> Floats:
        """`[step, day]` what it draws when in every step, in turn, it does as little as the rest of the day allows."""
        least, most = self._contents(low, high)
        drawn, content = np.empty_like(low), np.full(low.shape[1], self.battery.e_mwh / 2)
        for at in range(len(low)):
            needed, allowed = self._drawn(least[at + 1] - content), self._drawn(most[at + 1] - content)
            drawn[at] = np.clip(np.clip(0.0, needed, allowed), low[at], high[at])
            content = np.clip(content + self._stored(drawn[at]), least[at + 1], most[at + 1])
        return drawn

    def _contents(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """`[step + 1, day]` MWh between which it has to be before each step for the day to end half full."""
        steps, n_day = low.shape
        least, most = (np.full((steps + 1, n_day), self.battery.e_mwh / 2) for _ in range(2))
        at_least, at_most = self._stored(low), self._stored(high)
        for at in reversed(range(steps)):
            np.maximum(least[at + 1] - at_most[at], 0.0, out=least[at])
            np.minimum(most[at + 1] - at_least[at], self.battery.e_mwh, out=most[at])
        return least, most

    def _stored(self, drawn_mw: Floats) -> Floats:
        """MWh; the losses of a cycle are those of charging."""
        return self.step_h * np.where(drawn_mw > 0, self.battery.efficiency * drawn_mw, drawn_mw)

    def _drawn(self, stored_mwh: Floats) -> Floats:
        return np.where(stored_mwh > 0, stored_mwh / self.battery.efficiency, stored_mwh) / self.step_h


class BatteryYears:
    """Whole years of batteries, of which those of last are remembered."""

    def __init__(self, step_h: float) -> None:
        self._step_h = step_h
        self._known: dict[Hashable, Floats] = {}

    def drawn_mw(
        self, key: Hashable, load_mw: Callable[[], Floats], batteries: Sequence[Battery], right_mw: float | None = None
    ) -> Floats:
        """`[step]` what batteries draw together beside a load; each sees what the one before it leaves.

        `key` says what the load follows from.
        """
        asked = key, tuple(batteries), right_mw
        if asked not in self._known:
            load = load_mw()
            drawn_mw = np.zeros_like(load)
            for battery in batteries:
                drawn_mw += battery.drawn_mw(load + drawn_mw, self._step_h, right_mw)
            if len(self._known) >= KEPT_YEARS:
                del self._known[next(iter(self._known))]
            self._known[asked] = drawn_mw
        return self._known[asked]


def battery_of(change: ProjectChange) -> Battery:
    """The storage that a project brings."""
    assert change.p_mw is not None and change.e_mwh is not None
    return Battery(change.p_mw, change.e_mwh, change.efficiency_percent / 100.0)


def _smallest(possible: Callable[[Floats], Bools], low: Floats, high: Floats) -> Floats:
    """`[day]` smallest value between `low` and `high`, which is possible; what is larger is possible too."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        fits = possible(middle)
        low, high = np.where(fits, low, middle), np.where(fits, middle, high)
    return high
