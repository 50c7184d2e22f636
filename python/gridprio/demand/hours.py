"""Hours that stand for a year: extremes, those that tell most, and fitted weights (docs/theory/demand.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from gridprio.demand.loading import Loading

Floats = NDArray[np.float64]
Steps = NDArray[np.int64]
Bools = NDArray[np.bool_]

OVERLOAD_LEVELS = (0.92, 1.0, 1.08)
"""Shares of the limits above which overload is fitted; those below and above 1 stand for other years and states."""
COUNT_LEVELS = (0.90, 0.92, 0.94, 0.96, 0.98, 1.0, 1.02, 1.04, 1.06, 1.08, 1.10)
"""Shares of the limits above which hours are counted."""
COUNTED_H = 50.0
"""Counts of fewer hours weigh less."""
LEAST_SHARE = 0.01
"""Of the overload of the area; branches with less are not fitted on their own."""
TAIL_SHARES = (0.0, 0.5, 0.7, 0.8, 0.9)
"""Shares of the peak above which import and export of the area are fitted."""
TAIL_IMPORTANCE = 0.1
"""Of their sums, beside those of overload."""
MONTH_IMPORTANCE = 0.3
"""Of the error of a month beside that of the year, both over the sum of the year."""
LEAST_COUNT, BRANCH_COUNT = 20, 0.5
"""Hours above its limit from which a branch is counted on its own, and the importance of that."""
WORKS_IMPORTANCE, LITTLE = 0.5, 0.01
"""Of states with works beside others; months with less than `LITTLE` of the overload of the year weigh less."""
SUM_IMPORTANCE = 30.0
"""Of the number of hours of a month in its fit."""
SWEEPS, LAST_SWEEPS = 1, 8
"""Fits of each month in turn, after every choice and at the end."""
ROUNDS = 60
"""Choices of hours at most; of more hours several are chosen at a time."""
LEAST_SIZE = 0.02
"""Of the largest hour, added to the size of each, so that hours with next to nothing are not chosen for it."""
NODE_EXTREMES, BINDING_HOURS = 1, 4
"""Steps for each step per month beyond 2: in which single nodes draw or feed in most, and that hold requests back."""
LEAST_GAIN = 1e-6
"""Below this nothing is gained by a further hour."""
WEIGHT_GRAIN_H = 1 / 1024
"""Weights are multiples of this, so that their sums are exact and the last bit of a fit decides nothing."""


@dataclass(frozen=True, eq=False)
class _Wanted:
    """Quantities whose sums over each month the chosen hours have to have."""

    per_hour: Floats
    """[row, quantity], over the sum of the year and times its importance"""
    month: NDArray[np.int8]
    """[row], in the order of the calendar"""
    hours: Floats
    """[month]"""
    aim: Floats
    """[month, quantity]"""


def representative_hours(
    demand_case_mw: Floats,
    feed_in_case_mw: Floats,
    own_mw: Floats,
    month: NDArray[np.int8],
    step_h: float,
    per_month: int,
    loading_at: Callable[[Steps], tuple[Sequence[Loading], Floats]] = lambda steps: ((), np.zeros(len(steps))),
) -> tuple[Steps, Floats]:
    """Steps that stand for the year, `12 x per_month` of them, and the hours that each stands for, in calendar order.

    `demand_case_mw`, `feed_in_case_mw` [step, node]: net injection with all demand requests, with all feed-in requests,
    over what the limits of the step are of their mean;
    `own_mw` without requests; `loading_at(steps)`: of states that may occur, in these steps, and the MW of requests
    [step] that each holds back. In are: the largest net import (first case) and export (second) of the area in every
    month; with room for it, steps of the year in which single nodes draw or feed in most, and those that hold most
    back; then those that, with the best weights, take most of the error off the sums that are
    wanted; and where nothing is wrong any more, steps that lie evenly on the duration curve of each month.
    """
    extremes = _extremes(demand_case_mw, feed_in_case_mw, month, per_month)
    total = min(12 * per_month, len(month))
    if total == len(month):
        return np.arange(total), np.full(total, step_h)
    each = 1 if 2 * total > len(month) * step_h else round(1 / step_h)
    rows = np.union1d(np.arange(0, len(month), each), extremes)
    loadings, held_mw = loading_at(rows)
    fit = _Fit(_wanted(own_mw, loadings, rows, rows % each == 0, month, step_h), step_h)
    binding = np.argsort(-held_mw, kind="stable")[: BINDING_HOURS * (per_month - 2)]
    fit.add(np.union1d(np.searchsorted(rows, extremes), binding[held_mw[binding] > 0]))
    at_once = -(-(total - len(fit.chosen)) // ROUNDS)
    while (left := total - len(fit.chosen)) > 0 and len(more := fit.best(min(at_once, left))):
        fit.add(more)
    if left:
        curve = np.argsort(-demand_case_mw.sum(axis=1)[rows], kind="stable")
        fit.add(_between(set(fit.chosen), left, [curve[month[rows[curve]] == k] for k in range(12)]))
    fit.sweep(LAST_SWEEPS)
    order = np.argsort(fit.chosen)
    return rows[fit.chosen][order], fit.rounded()[order]


def _extremes(demand_case: Floats, feed_in_case: Floats, month: NDArray[np.int8], per_month: int) -> Steps:
    """Steps that are in whatever they tell: of the area in every month, and of the largest nodes."""
    net_import, net_export = -demand_case.sum(axis=1), feed_in_case.sum(axis=1)
    steps_of = [np.flatnonzero(month == calendar_month) for calendar_month in range(12)]
    chosen = {int(steps[series[steps].argmax()]) for steps in steps_of for series in (net_import, net_export)}
    room = len(chosen) + max(0, min(12 * per_month - 36, NODE_EXTREMES * (per_month - 2)))
    for step in _node_extremes(demand_case, feed_in_case):
        if len(chosen) >= room:
            break
        chosen.add(step)
    return np.array(sorted(chosen), dtype=np.int64)


def _node_extremes(demand_case: Floats, feed_in_case: Floats) -> Iterator[int]:
    """Steps where a node draws or feeds in most in the year, the largest MW first."""
    if not demand_case.shape[1]:
        return
    peaks = np.r_[-demand_case.min(axis=0), feed_in_case.max(axis=0)]
    steps = np.r_[demand_case.argmin(axis=0), feed_in_case.argmax(axis=0)]
    for place in np.argsort(-peaks, kind="stable"):
        if peaks[place] > 0:
            yield int(steps[place])


def _between(chosen: set[int], left: int, curves: Sequence[Steps]) -> list[int]:
    """`left` more rows, months in turn, at even places on each month's duration curve."""
    free = [curve[~np.isin(curve, list(chosen))] for curve in curves]
    more = [0] * 12
    while left > 0:
        for calendar_month in range(12):
            if left > 0 and more[calendar_month] < len(free[calendar_month]):
                more[calendar_month] += 1
                left -= 1
    places = (((np.arange(n) + 0.5) / max(n, 1) * len(curve)).astype(int) for n, curve in zip(more, free, strict=True))
    return [int(row) for curve, place in zip(free, places, strict=True) for row in curve[place]]


def _quantities(own_mw: Floats, loadings: Iterable[Loading], month: NDArray[np.int8]) -> Iterator[tuple[Floats, float]]:
    """What an hour adds [row] to each sum that is wanted, and its importance."""
    for loading in loadings:
        scale = WORKS_IMPORTANCE if loading.in_works else 1.0
        yield from ((each, scale * importance) for each, importance in _of_state(loading, month))
    area = own_mw.sum(axis=1)
    for series in (-area, area):
        for share in TAIL_SHARES:
            for calendar_month in range(12):
                mine = np.where(month == calendar_month, series, 0.0)
                yield np.maximum(mine - share * max(mine.max(), 0.0), 0.0), TAIL_IMPORTANCE


def _of_state(loading: Loading, month: NDArray[np.int8]) -> Iterator[tuple[Floats, float]]:
    """Overload and counts of one state and year."""
    told = loading.of_limit[:, loading.branches]
    near = loading.branches[told.max(axis=0, initial=0.0) > COUNT_LEVELS[0]]
    limit_mva = loading.hourly_limit_mva(near)
    loading = replace(loading, of_limit=loading.of_limit[:, near])
    for level in OVERLOAD_LEVELS:
        over = np.maximum(loading.of_limit - level, 0.0) * limit_mva
        together = over.sum()
        yield over.sum(axis=1), 1.0
        if loading.in_works:
            yield from _by_month(over.sum(axis=1), month)
        share = over.sum(axis=0) / together if together > 0 else np.zeros(over.shape[1])
        for branch in np.flatnonzero(share > LEAST_SHARE):
            yield over[:, branch], float(np.sqrt(share[branch]))
    for level in COUNT_LEVELS:
        counted = (loading.of_limit > level).any(axis=1) | loading.interrupted
        yield counted.astype(np.float64), float(np.sqrt(counted.sum() / (counted.sum() + COUNTED_H)))
    beyond = loading.of_limit > 1.0
    for branch in np.flatnonzero(beyond.sum(axis=0) > LEAST_COUNT):
        share_of_hours = beyond[:, branch].sum() / beyond.any(axis=1).sum()
        yield beyond[:, branch].astype(np.float64), float(BRANCH_COUNT * np.sqrt(share_of_hours))


def _by_month(per_hour: Floats, month: NDArray[np.int8]) -> Iterator[tuple[Floats, float]]:
    """Each month by itself; one with next to nothing of the year weighs less."""
    year = per_hour.sum()
    for calendar_month in range(12):
        mine = np.where(month == calendar_month, per_hour, 0.0)
        if (sum_ := mine.sum()) > 0:
            yield mine, float(np.sqrt(sum_ / (sum_ + LITTLE * year)))


def _wanted(
    own_mw: Floats, loadings: Iterable[Loading], rows: Steps, counts: Bools, month: NDArray[np.int8], step_h: float
) -> _Wanted:
    """`counts` [row]: rows that stand for the year together; the others may be chosen too."""
    row_month = month[rows]
    hours: Floats = np.bincount(month, minlength=12) * np.float64(step_h)
    stands_h = np.where(counts, (hours / np.bincount(row_month[counts], minlength=12))[row_month], 0.0)
    found = [
        (each, importance / sum_)
        for each, importance in _quantities(own_mw[rows], loadings, row_month)
        if (sum_ := float(stands_h @ each)) > 0
    ]
    per_hour = np.array([each * scale for each, scale in found]).reshape(-1, len(rows)).T
    aim = np.array([stands_h[row_month == k] @ per_hour[row_month == k] for k in range(12)])
    return _Wanted(np.ascontiguousarray(per_hour), row_month, hours, aim)


class _Fit:
    """Chosen rows and their weights: non-negative least squares on the errors of year and months."""

    def __init__(self, wanted: _Wanted, step_h: float) -> None:
        self.wanted, self.step_h = wanted, step_h
        self.chosen: list[int] = []
        self.weight_h = np.zeros(0)
        size = np.sqrt((wanted.per_hour**2).sum(axis=1))
        self._size = size + LEAST_SIZE * size.max(initial=0.0) + np.finfo(float).tiny

    def add(self, rows: Iterable[int]) -> None:
        """Choose rows too, and fit anew."""
        before = len(self.chosen)
        self.chosen += [int(row) for row in rows]
        self.weight_h = np.r_[self.weight_h, np.full(len(self.chosen) - before, self.step_h)]
        self.sweep(SWEEPS)

    def best(self, n: int) -> Steps:
        """Up to `n` rows that take most of the error off for their size, in exchange for others of their month."""
        wrong, month = np.array([self._wrong(k) for k in range(12)]), self.wanted.month
        pull = wrong.sum(axis=0) + MONTH_IMPORTANCE**2 * wrong
        gain = np.empty(len(month))
        chosen = np.array(self.chosen)
        for k in range(12):
            rows = slice(*np.searchsorted(month, [k, k + 1]))
            mine = month[chosen] == k
            gain[rows] = self.wanted.per_hour[rows] @ pull[k]
            gain[rows] -= gain[chosen[mine]] @ self.weight_h[mine] / self.weight_h[mine].sum()
        gain /= self._size
        gain[chosen] = 0.0
        gain = np.round(gain / max(gain.max(initial=0.0), LEAST_GAIN), 9)
        first: Steps = np.argsort(-gain, kind="stable")[:n]
        worth: Steps = first[gain[first] > 0]
        return worth

    def sweep(self, times: int) -> None:
        """Fit the weights of each month in turn: at least a step each, together the month."""
        wanted, chosen = self.wanted, np.array(self.chosen)
        month = wanted.month[chosen]
        both = np.sqrt(1.0 + MONTH_IMPORTANCE**2)
        wrong = np.array([self._wrong(k) for k in range(12)])
        for _ in range(times):
            for k in range(12):
                mine = np.flatnonzero(month == k)
                rest_h = wanted.hours[k] - len(mine) * self.step_h
                if rest_h <= 0:
                    self.weight_h[mine] = wanted.hours[k] / max(len(mine), 1)
                    wrong[k] = self._wrong(k)
                    continue
                per_hour = wanted.per_hour[chosen[mine]].T
                self.weight_h[mine] = self.step_h
                wrong[k] = self._wrong(k)
                aim = (wrong.sum(axis=0) + MONTH_IMPORTANCE**2 * wrong[k]) / both
                x, _ = nnls(
                    np.vstack([both * per_hour, np.full(len(mine), SUM_IMPORTANCE / rest_h)]),
                    np.r_[aim, SUM_IMPORTANCE],
                )
                together = float(x.sum())
                self.weight_h[mine] += x * (rest_h / together) if together > 0 else rest_h / len(mine)
                wrong[k] = self._wrong(k)

    def rounded(self) -> Floats:
        """Weights as multiples of `WEIGHT_GRAIN_H` that sum to the hours of each month."""
        weights: Floats = np.round(self.weight_h / WEIGHT_GRAIN_H) * WEIGHT_GRAIN_H
        month = self.wanted.month[self.chosen]
        for k in range(12):
            mine = np.flatnonzero(month == k)
            weights[mine[weights[mine].argmax()]] += self.wanted.hours[k] - weights[mine].sum()
        return weights

    def _wrong(self, k: int) -> Floats:
        """[quantity], what is wrong in month k."""
        wanted, chosen = self.wanted, np.array(self.chosen)
        mine = np.flatnonzero(wanted.month[chosen] == k)
        wrong: Floats = wanted.aim[k] - (wanted.per_hour[chosen[mine]] * self.weight_h[mine, None]).sum(axis=0)
        return wrong
