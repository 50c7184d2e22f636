"""Hours that stand for a year: the extremes of every month, and what lies between (docs/theory/demand.md)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def representative_hours(
    demand_case_mw: Floats, feed_in_case_mw: Floats, month: NDArray[np.int8], step_h: float, per_month: int
) -> tuple[NDArray[np.int64], Floats]:
    """Steps that stand for the year and the hours that each stands for, in calendar order.

    `demand_case_mw`, `feed_in_case_mw` [step, node]: net injection with all demand wishes and with all feed-in wishes.
    Of every month the steps with the largest net import (first case) and export (second) of the area are always in;
    half of the rest are steps with the extremes of single nodes, the other half lie evenly on the duration curve of
    the net injection. Every step counts for the chosen step that is nearest in net injections per node.
    """
    net_import, net_export = -demand_case_mw.sum(axis=1), feed_in_case_mw.sum(axis=1)
    middle = (demand_case_mw + feed_in_case_mw) / 2
    chosen_steps, weights = [], []
    for calendar_month in range(12):
        steps = np.flatnonzero(month == calendar_month)
        chosen = _of_month(
            net_import[steps], net_export[steps], demand_case_mw[steps], feed_in_case_mw[steps], per_month
        )
        nearest = _nearest(middle[steps], middle[steps[chosen]])
        chosen_steps.append(steps[chosen])
        weights.append(np.bincount(nearest, minlength=len(chosen)) * step_h)
    return np.concatenate(chosen_steps), np.concatenate(weights).astype(np.float64)


def _of_month(
    net_import: Floats, net_export: Floats, demand_case: Floats, feed_in_case: Floats, per_month: int
) -> NDArray[np.int64]:
    """Rows of one month, ascending; always as many as asked, or all."""
    per_month = min(per_month, len(net_import))
    chosen = dict.fromkeys([int(net_import.argmax()), int(net_export.argmax())])
    for row in _node_extremes(demand_case, feed_in_case):
        if len(chosen) >= 2 + (per_month - 2) // 2:
            break
        chosen.setdefault(row)
    order = np.argsort(net_import, kind="stable")
    left = per_month - len(chosen)
    while left > 0:
        free = order[~np.isin(order, list(chosen))]
        places = ((np.arange(left) + 0.5) / left * len(free)).astype(int)
        chosen |= dict.fromkeys(int(row) for row in free[places])
        left = per_month - len(chosen)
    return np.array(sorted(chosen), dtype=np.int64)


def _node_extremes(demand_case: Floats, feed_in_case: Floats) -> list[int]:
    """Rows where a node draws or feeds in most, the largest MW first."""
    if not demand_case.shape[1]:
        return []
    peaks = np.r_[-demand_case.min(axis=0), feed_in_case.max(axis=0)]
    rows = np.r_[demand_case.argmin(axis=0), feed_in_case.argmax(axis=0)]
    first = np.argsort(-peaks, kind="stable")
    return [int(row) for row in rows[first[peaks[first] > 0]]]


def _nearest(points: Floats, chosen: Floats) -> NDArray[np.int64]:
    """[point], row of the nearest chosen point, the first on a tie."""
    distance = ((points[:, None, :] - chosen[None, :, :]) ** 2).sum(axis=2)
    nearest: NDArray[np.int64] = distance.argmin(axis=1)
    return nearest
