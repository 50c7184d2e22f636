"""The Numba twin of `reference/activities.py`: the same text, compiled."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridprio.kernels.reference import activities


def _compiled() -> Any:
    """`search` with every function that it calls; each sees the compiled ones in place of the plain ones."""
    names = dict(vars(activities))
    for name in activities.FUNCTIONS:
        plain = getattr(activities, name)
        names[name] = njit(cache=True, nogil=True)(FunctionType(plain.__code__, names, name))
    return names["search"]


_search = _compiled()


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
    net, lower_bound = activities.prepare(duration, demand, capacity, successor_start, successor)
    start: NDArray[np.int64] = _search(net, lower_bound, max_schedules, seed)
    return start
