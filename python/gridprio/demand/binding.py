"""Hours that hold requests back, foreseen from predicted loadings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridprio.demand.loading import Loading
from gridprio.model.cell import INFLUENCE_SHARE, HourlyInjections, Queue

NEARLY = 0.95
"""Share of the limit that branches must come to with all requests, to hold one of them back."""
LEAST_PROFILE = 0.02
"""A request that brings less than this share of its MW does not count in that hour."""


def refused_mw(
    own: Callable[[NDArray[np.intp]], Loading],
    with_all: Loading,
    queue: Queue,
    sign: int,
    requested_mw: NDArray[np.float64],
) -> NDArray[np.float64]:
    """[hour], MW of requests that the hour holds back more than any other: alone, and with all others of `sign`.

    `with_all`: with all requests of this direction, in the hours of `queue`; `own`: without requests in hours that are
    asked for, of the same pairs.
    """
    found = np.zeros(len(with_all.of_limit))
    told = with_all.of_limit[:, with_all.branches] > NEARLY
    full, nearly = np.flatnonzero(told.any(axis=1)), with_all.branches[told.any(axis=0)]
    if not len(full):
        return found
    before_all, after_all = own(full).of_limit[:, nearly], with_all.of_limit[np.ix_(full, nearly)]
    adds, limit_mva = after_all > before_all, with_all.limit_mva[nearly]
    of_mean = with_all.limit_of_mean[with_all.limit_class[full]][:, nearly]
    for q in np.flatnonzero((queue.sign == sign) & (requested_mw > 0)):
        per_mw = with_all.per_mw[nearly, queue.node[q]]
        felt = np.flatnonzero(per_mw * limit_mva >= INFLUENCE_SHARE)
        brings = np.outer(queue.profile[q, full], per_mw[felt])
        uses = requested_mw[q] * brings / of_mean[:, felt]
        possible = adds[:, felt] & (queue.profile[q, full, None] > LEAST_PROFILE)
        for others in (before_all[:, felt], after_all[:, felt] - uses):
            room = 1.0 - others
            fits = np.where(possible, np.divide(room, uses, out=room.copy(), where=(room > 0) & possible), 1.0)
            least = fits.min(axis=1, initial=1.0)
            if (fraction := least.min()) < 1.0:
                held = 1.0 if queue.firm[q] else 1.0 - max(fraction, 0.0)
                found[full[least.argmin()]] += held * requested_mw[q]
    return found


def with_requests(
    hourly: HourlyInjections, queue: Queue, sign: int, requested_mw: NDArray[np.float64]
) -> HourlyInjections:
    """With all requests of one direction."""
    p_mw, q_mvar = hourly.p_mw.copy(), hourly.q_mvar.copy()
    for q in np.flatnonzero((queue.sign == sign) & (requested_mw > 0)):
        mw = sign * requested_mw[q] * queue.profile[q]
        p_mw[:, queue.node[q]] += mw
        q_mvar[:, queue.node[q]] += mw * queue.q_per_p[q]
    return replace(hourly, p_mw=p_mw, q_mvar=q_mvar)
