"""Contracts: how much of what a request wishes it may transport in each hour (docs/theory/demand.md)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.schema import ProjectChange

Floats = NDArray[np.float64]
HOURS_OF_DAY = 24
HOURS_TOLERANCE = 1e-6
"""Rounding of a sum of hours."""
CONTRACTS = (ChangeAction.FLEXIBLE_CONTRACT, ChangeAction.GROUP_CONTRACT)


def members_of(change: ProjectChange) -> tuple[str, ...]:
    """Requests that have a contract, or share a battery."""
    return (change.development_id,) if change.action is ChangeAction.FLEXIBLE_CONTRACT else change.members


def may_transport(
    contract: ProjectChange, step: NDArray[np.int64], step_h: float, weight_h: Floats, area_mw: Floats
) -> NDArray[np.bool_]:
    """`[hour]` whether a contract gives the right to transport.

    `step`: of the profiles, from 1 January 00:00; `area_mw`: what existing connections of the area draw together, or
    feed in for a request that feeds in. A contract for a part of the hours gives no right in the heaviest hours, as
    many as it may leave out; one for hours of the day none in the others.
    """
    if contract.hours_percent is None:
        return np.isin((step * step_h % HOURS_OF_DAY).astype(np.int64), contract.hours_of_day)
    without_h = (100.0 - contract.hours_percent) / 100.0 * weight_h.sum() + HOURS_TOLERANCE
    heaviest = np.argsort(-area_mw, kind="stable")
    allowed = np.ones(len(step), dtype=np.bool_)
    allowed[heaviest[np.cumsum(weight_h[heaviest]) <= without_h]] = False
    return allowed


def group_profiles(
    right_mw: float,
    sign: NDArray[np.int8],
    claimed_mw: Floats,
    requested_mw: Floats,
    profile: Floats,
    drawn_mw: Floats | None = None,
) -> Floats:
    """`[member, hour]` what a group of requests transports, per unit of what each claims, 0..1.

    `sign`, `claimed_mw` and `requested_mw` `[member]`, `profile` `[member, hour]`. Members of one direction first serve
    those of the other, as far as these use what they request that year; of the rest they transport at most `right_mw`
    together, in proportion to what they wish. Beside a battery, which draws `drawn_mw` `[hour]`, members of a direction
    transport in proportion to their MW, for it delivers when they wish nothing.
    """
    found = profile.copy()
    for direction in (-1, 1):
        own = sign == direction
        wished = claimed_mw[own] @ profile[own]
        rest = wished - requested_mw[~own] @ profile[~own]
        if drawn_mw is None:
            transported = np.clip(rest, 0.0, right_mw)
            found[own] *= np.divide(transported, wished, out=np.ones_like(wished), where=wished > 0)
        elif (most := claimed_mw[own].sum()) > 0:
            found[own] = np.clip(rest - direction * drawn_mw, 0.0, right_mw) / most
    return found
