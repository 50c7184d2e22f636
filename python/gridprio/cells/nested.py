"""Allocation under nested capacities: a queue against the room of every area that a request lies in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.model.cell import FIRM_MW, LEAST_MW, TIE_MW

Floats = NDArray[np.float64]


def allocate_nested(
    room_mw: Floats,
    requested_mw: Floats,
    limits_of: Sequence[NDArray[np.intp]],
    firm: NDArray[np.bool_],
    order: NDArray[np.int32],
) -> tuple[Floats, NDArray[np.int32]]:
    """Allocated MW [cell, request] and the limit that held each request back, -1 where none did.

    `room_mw` [cell, limit], below 0 where more is contracted than there is; `requested_mw` [cell, request];
    `limits_of` [request], the limits under which it falls, all of them at once; `firm` [request], all or nothing;
    `order` [place], requests in queue order. What is allocated is the greatest such vector in lexicographic order of
    the places: no request gives way to a later one.
    """
    left = room_mw.copy()
    allocated = np.zeros_like(requested_mw)
    held = np.full(requested_mw.shape, -1, dtype=np.int32)
    rows = np.arange(len(left))
    for request in order.tolist():
        limits = limits_of[request]
        if not len(limits):
            allocated[:, request] = requested_mw[:, request]
            continue
        asked = requested_mw[:, request]
        tightest = limits[np.argmin(left[:, limits], axis=1)]
        most = np.maximum(left[rows, tightest], 0.0)
        is_held = most < asked - TIE_MW
        given = np.where(is_held, most, asked)
        if firm[request]:
            given = np.where(given < asked - FIRM_MW, 0.0, given)
        given = np.where(given < LEAST_MW, 0.0, given)
        allocated[:, request] = given
        held[is_held, request] = tightest[is_held]
        left[:, limits] -= given[:, None]
    return allocated, held
