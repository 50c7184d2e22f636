"""Hours that hold requests back, foreseen from predicted loadings."""

from __future__ import annotations

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
    own: Loading, with_all: Loading, queue: Queue, sign: int, requested_mw: NDArray[np.float64]
) -> NDArray[np.float64]:
    """[hour], MW of requests that the hour holds back more than any other: alone, and with all others of `sign`.

    `own`: without requests; `with_all`: with all requests of this direction; `queue` in the hours of both.
    """
    found = np.zeros(len(own.of_limit))
    told = with_all.of_limit[:, with_all.branches] > NEARLY
    full, nearly = np.flatnonzero(told.any(axis=1)), with_all.branches[told.any(axis=0)]
    before_all, after_all = (each.of_limit[np.ix_(full, nearly)] for each in (own, with_all))
    for q in np.flatnonzero((queue.sign == sign) & (requested_mw > 0)):
        profile, mw, node = queue.profile[q, full], requested_mw[q], queue.node[q]
        per_mw = np.maximum(own.per_mw[:, node], with_all.per_mw[:, node])
        felt = per_mw[nearly] * own.limit_mva[nearly] >= INFLUENCE_SHARE
        branches, before, after = nearly[felt], before_all[:, felt], after_all[:, felt]
        uses = profile[:, None] * (mw * per_mw[branches])
        possible = (profile[:, None] > LEAST_PROFILE) & (after > before)
        for others in (before, after - uses):
            room = 1.0 - others
            fits = np.where(possible, np.divide(room, uses, out=room.copy(), where=(room > 0) & possible), 1.0).min(
                axis=1, initial=1.0
            )
            if len(full) and (least := fits.min()) < 1.0:
                found[full[fits.argmin()]] += mw if queue.firm[q] else mw * (1.0 - max(least, 0.0))
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
