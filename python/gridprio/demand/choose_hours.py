"""Hours of every area and scenario, chosen on several threads ahead of their first use."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import product

from threadpoolctl import threadpool_limits

from gridprio.demand.area_demand import StudyDemand

AT_ONCE = 4
"""Areas and scenarios at most; the loadings of one may take some hundred MB."""


def choose_hours(demand: StudyDemand, scenarios: Sequence[str], threads: int) -> None:
    """What is chosen does not depend on `threads`; where all hours are taken there is nothing to choose."""
    if demand.hours.hours == "all":
        return
    # One limit around all threads: it holds for the whole process, and each would undo that of the others. A context
    # of their own each, since that holds what NumPy stops at.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(min(threads, AT_ONCE)) as pool:
        chosen = [
            pool.submit(copy_context().run, demand.steps, area, demand.hours.start_year, scenario)
            for scenario, area in product(scenarios, range(len(demand.n_node)))
        ]
        for one in chosen:
            one.result()
