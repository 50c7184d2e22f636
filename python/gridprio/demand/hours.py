"""Hours that stand for a year: extremes, hours between them, and fitted weights (docs/theory/demand.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Floats = NDArray[np.float64]
Steps = NDArray[np.int64]

TAIL_SHARES = (0.0, 0.5, 0.7, 0.8, 0.9)
"""Weights are fitted to the energy above these shares of each peak."""
SUM_WEIGHT = 100.0
"""Weight of the number of hours among the fitted quantities."""


def representative_hours(
    demand_case_mw: Floats,
    feed_in_case_mw: Floats,
    own_mw: Floats,
    month: NDArray[np.int8],
    step_h: float,
    per_month: int,
) -> tuple[Steps, Floats]:
    """Steps that stand for the year, `12 x per_month` of them, and the hours that each stands for, in calendar order.

    `demand_case_mw`, `feed_in_case_mw` [step, node]: net injection with all demand requests, with all feed-in requests;
    `own_mw` without requests. In are: the largest net import (first case) and export (second) of the area in every
    month; with room for more than one other step per month, in up to half of the rest the steps of the year in which
    single nodes draw or feed in most; then steps that lie evenly on the duration curve of each month.
    """
    steps_of = [np.flatnonzero(month == calendar_month) for calendar_month in range(12)]
    net_import, net_export = -demand_case_mw.sum(axis=1), feed_in_case_mw.sum(axis=1)
    chosen = _month_extremes(net_import, net_export, steps_of)
    total = min(12 * per_month, len(month))
    room = len(chosen) + max(0, min(total - 36, (total - 24) // 2))
    for step in _node_extremes(demand_case_mw, feed_in_case_mw):
        if len(chosen) >= room:
            break
        chosen.add(step)
    _add_between(chosen, total, net_import, steps_of)
    weights = [_fitted(own_mw[steps], np.isin(steps, list(chosen)), step_h) for steps in steps_of]
    return np.array(sorted(chosen), dtype=np.int64), np.concatenate(weights)


def _month_extremes(net_import: Floats, net_export: Floats, steps_of: Iterable[Steps]) -> set[int]:
    return {int(steps[series[steps].argmax()]) for steps in steps_of for series in (net_import, net_export)}


def _node_extremes(demand_case: Floats, feed_in_case: Floats) -> Iterator[int]:
    """Steps where a node draws or feeds in most in the year, the largest MW first."""
    if not demand_case.shape[1]:
        return
    peaks = np.r_[-demand_case.min(axis=0), feed_in_case.max(axis=0)]
    steps = np.r_[demand_case.argmin(axis=0), feed_in_case.argmax(axis=0)]
    for place in np.argsort(-peaks, kind="stable"):
        if peaks[place] > 0:
            yield int(steps[place])


def _add_between(chosen: set[int], total: int, net_import: Floats, steps_of: list[Steps]) -> None:
    """Fill up to `total`, months in turn, at even places on each month's duration curve."""
    more = [0] * 12
    free = [steps[~np.isin(steps, list(chosen))] for steps in steps_of]
    left = total - len(chosen)
    while left > 0:
        for calendar_month in range(12):
            if left > 0 and more[calendar_month] < len(free[calendar_month]):
                more[calendar_month] += 1
                left -= 1
    for count, steps in zip(more, free, strict=True):
        if count:
            curve = steps[np.argsort(net_import[steps], kind="stable")]
            chosen.update(curve[((np.arange(count) + 0.5) / count * len(curve)).astype(int)].tolist())


def _fitted(own_mw: Floats, is_chosen: NDArray[np.bool_], step_h: float) -> Floats:
    """Weights of the chosen steps of one month: at least a step each, together the month.

    Non-negative least squares on relative errors of the energy above shares of the peak, of import and export of the
    area and of each node: what overload is made of. Nodes together count as much as the area.
    """
    rest_h = float((~is_chosen).sum()) * step_h
    n = int(is_chosen.sum())
    if rest_h == 0:
        return np.full(n, step_h)
    area = own_mw.sum(axis=1)[:, None]
    series = np.hstack([-area, area, -own_mw, own_mw])
    importance = np.r_[1.0, 1.0, np.full(2 * own_mw.shape[1], 1.0 / max(own_mw.shape[1], 1))]
    peak = series.max(axis=0)
    rows = [np.full(n, SUM_WEIGHT / rest_h)]
    aims = [SUM_WEIGHT]
    for share in TAIL_SHARES:
        above = np.maximum(series - share * peak, 0.0)
        aim = above[~is_chosen].sum(axis=0) * step_h
        fits = (peak > 0) & (aim > 0)
        rows += list((above[is_chosen][:, fits] / aim[fits] * importance[fits]).T)
        aims += importance[fits].tolist()
    extra, _ = nnls(np.array(rows), np.array(aims))
    together = float(extra.sum())
    weights: Floats = step_h + (extra * (rest_h / together) if together > 0 else np.full(n, rest_h / n))
    return weights
