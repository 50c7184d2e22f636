"""Hours that hold requests back, foreseen from predicted loadings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gridprio.demand.loading import Loading
from gridprio.model.cell import INFLUENCE_SHARE, HourlyInjections, Queue

Floats = NDArray[np.float64]
Hours = NDArray[np.intp]

NEARLY = 0.95
"""Share of the limit that branches must come to with all requests, to hold one of them back."""


def refused_mw(
    loading_at: Callable[[Hours, Floats, Loading | None], Loading], queue: Queue, requested_mw: Floats, n_hour: int
) -> Floats:
    """[case, hour], MW of a request that the hour holds back: alone, or beside what the queue allows the others.

    `loading_at(hours, mw, like)`: in these hours, with these MW of each request, of the branches of `like`; `queue` in
    all hours. As in a cell, demand is allocated first, and feed-in on top of it; requests one after the other as they
    stand in `queue`.
    """
    found, allocated_mw = [], np.zeros(len(requested_mw))
    for sign in (-1, 1):
        wished_mw = allocated_mw + np.where(queue.sign == sign, requested_mw, 0.0)
        with_all = loading_at(np.arange(n_hour), wished_mw, None)
        near = with_all.of_limit[:, with_all.branches] > NEARLY
        hours, branches = np.flatnonzero(near.any(axis=1)), with_all.branches[near.any(axis=0)]
        if not len(hours):
            allocated_mw = wished_mw
            continue
        before = loading_at(hours, allocated_mw, with_all).of_limit[:, branches]
        adds = with_all.of_limit[np.ix_(hours, branches)] > before
        wish_of = partial(_wish, with_all, queue, requested_mw, hours, branches, adds)
        others, asking = before.copy(), np.flatnonzero((queue.sign == sign) & (requested_mw > 0)).tolist()
        for q in asking:
            felt, wish = wish_of(q)
            share = max(_fitting(others[:, felt], wish).min(), 0.0)
            share = np.floor(share) if queue.firm[q] else share
            others[:, felt] += share * wish
            allocated_mw[q] = share * requested_mw[q]
        beside = loading_at(hours, allocated_mw, with_all).of_limit[:, branches]
        for q in asking:
            felt, wish = wish_of(q)
            for without in (before[:, felt], beside[:, felt] - allocated_mw[q] / requested_mw[q] * wish):
                fits = _fitting(without, wish)
                if (fits < 1.0).any():
                    held_mw = np.zeros(n_hour)
                    held_mw[hours] = requested_mw[q] * (fits < 1.0 if queue.firm[q] else 1.0 - np.maximum(fits, 0.0))
                    found.append(held_mw)
    return np.array(found).reshape(-1, n_hour)


def _wish(
    with_all: Loading,
    queue: Queue,
    requested_mw: Floats,
    hours: Hours,
    branches: Hours,
    adds: NDArray[np.bool_],
    q: int,
) -> tuple[Hours, Floats]:
    """Those of the branches that may hold a request back, and [hour, branch] the share of their limits that it asks."""
    per_mw, limit_mva = with_all.per_mw[branches, queue.node[q]], with_all.limit_mva[branches]
    felt = np.flatnonzero(per_mw * limit_mva >= INFLUENCE_SHARE)
    uses = np.outer(queue.profile[q, hours], per_mw[felt])
    uses[~adds[:, felt] | (uses * limit_mva[felt] < INFLUENCE_SHARE)] = 0.0
    return felt, requested_mw[q] * uses / with_all.limit_of_mean[with_all.limit_class[hours]][:, branches[felt]]


def _fitting(others: Floats, wish: Floats) -> Floats:
    """[hour], share of a request that fits beside others; below 0 as far as a limit is passed already."""
    room, asked = 1.0 - others, wish > 0
    fits = np.where(asked, np.divide(room, wish, out=room.copy(), where=(room > 0) & asked), 1.0)
    least: Floats = fits.min(axis=1, initial=1.0)
    return least


def loading_with(
    loading: Callable[[HourlyInjections, Loading | None], Loading],
    hourly: HourlyInjections,
    queue: Queue,
    hours: Hours,
    mw: Floats,
    like: Loading | None,
) -> Loading:
    """In some of the hours, with these MW of each request."""
    some = hourly.at(hours)
    p_mw, q_mvar = some.p_mw.copy(), some.q_mvar.copy()
    for q in np.flatnonzero(mw):
        added = queue.sign[q] * mw[q] * queue.profile[q, hours]
        p_mw[:, queue.node[q]] += added
        q_mvar[:, queue.node[q]] += added * queue.q_per_p[q]
    return loading(replace(some, p_mw=p_mw, q_mvar=q_mvar), like)
