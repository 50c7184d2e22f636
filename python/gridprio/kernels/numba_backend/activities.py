"""The text of `reference/activities.py`, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.numba_backend.compiled import compiled
from gridprio.kernels.reference.activities import prepare, search

_search = compiled(search)


def schedule_activities(
    duration: NDArray[np.int32],
    demand: NDArray[np.int32],
    capacity: NDArray[np.int32],
    successor_start: NDArray[np.int32],
    successor: NDArray[np.int32],
    *,
    max_schedules: int,
    seed: int,
) -> NDArray[np.int64]:
    """Start times of the best schedule; the protocol says what the arrays are."""
    net, lower_bound = prepare(duration, demand, capacity, successor_start, successor)
    start: NDArray[np.int64] = _search(net, lower_bound, max_schedules, seed)
    return start
