"""Plain resource-constrained project scheduling (RCPSP), to measure the planner against known optima."""

from __future__ import annotations

import graphlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridprio.errors import InputError
from gridprio.kernels import get_kernels


def schedule_activities(
    durations: ArrayLike,
    demands: ArrayLike,
    capacities: ArrayLike,
    successors: Sequence[Sequence[int]],
    max_schedules: int = 5_000,
    seed: int = 0,
    backend: str = "auto",
) -> NDArray[np.int64]:
    """Start times of the best of at most `max_schedules` generated schedules.

    Activities 0 and n - 1 are dummies; `demands[activity, resource]` of renewable resources; whole numbers. The same
    input and seed give the same starts on every backend. Raises InputError for what cannot be scheduled.
    """
    duration, capacity = _whole(durations, "durations", 1), _whole(capacities, "capacities", 1)
    demand = _whole(demands, "demands", 2)
    rows = [[int(k) for k in row] for row in successors]
    if not len(duration):
        raise InputError("there are no activities; expected at least the two dummies")
    if demand.shape != (len(duration), len(capacity)) or len(rows) != len(duration):
        raise InputError(
            f"demands {demand.shape} and {len(rows)} lists of successors do not fit "
            f"{len(duration)} activities and {len(capacity)} resources"
        )
    if not all(0 <= k < len(duration) for row in rows for k in row):
        raise InputError(f"a successor is not an activity; expected 0 to {len(duration) - 1}")
    if ((demand > capacity) & (duration[:, None] > 0)).any():
        activity = int(np.argwhere((demand > capacity) & (duration[:, None] > 0))[0, 0])
        raise InputError(f"activity {activity} asks for more than there is; it can never be scheduled")
    if max_schedules < 1 or seed < 0:
        raise InputError(f"max_schedules is {max_schedules} and seed {seed}; expected at least 1 and 0")
    try:
        tuple(graphlib.TopologicalSorter(dict(enumerate(rows))).static_order())
    except graphlib.CycleError as error:
        raise InputError(f"activities follow each other in a circle: {error.args[1]}") from error
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int32)
    flat = np.array([k for row in rows for k in row], dtype=np.int32)
    kernels = get_kernels(backend)
    return kernels.schedule_activities(duration, demand, capacity, start, flat, max_schedules=max_schedules, seed=seed)


def _whole(values: ArrayLike, name: str, dimensions: int) -> NDArray[np.int32]:
    array = np.asarray(values)
    whole = array.astype(np.int32)
    if array.ndim != dimensions or (whole != array).any() or (whole < 0).any():
        raise InputError(f"{name} must be whole numbers, not negative, in {dimensions} dimension(s)")
    return np.ascontiguousarray(whole)
