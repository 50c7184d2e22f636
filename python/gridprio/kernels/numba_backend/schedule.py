"""The text of `reference/schedule.py`, compiled."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.numba_backend.compiled import compiled
from gridprio.kernels.numba_backend.threads import share_out
from gridprio.kernels.reference.schedule import prepare, schedule_rows
from gridprio.model.plan import OrderArrays, PlanArrays, ScheduleArrays

_schedule_rows = compiled(schedule_rows)


def schedule(problem: PlanArrays, orders: OrderArrays, delay: NDArray[np.int32], *, threads: int) -> ScheduleArrays:
    """Every order under every draw; `delay[draw, phase]` in months. The result does not depend on `threads`."""
    task = prepare(problem, orders, delay)
    out = task[-1]
    cuts = np.linspace(0, len(out.start), max(1, threads) + 1).astype(np.int64)
    share_out(lambda rows: _schedule_rows(*task, *rows), list(pairwise(cuts.tolist())), threads)
    return ScheduleArrays(*out)
