"""The states of an area in the years of a plan, each with the calendar months in which it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.cells import PlanArea, StateYear
from gridprio.model.plan import NOT_PLANNED
from gridprio.model.walk import PlanMonths
from gridprio.outcome import Evaluator
from gridprio.pipeline.schedules import Schedules
from gridprio.plan import plan_months

YearStates = Mapping[StateYear, tuple[int, ...]]
"""States of one year with their calendar months, 0 is January; every month once."""


def compared_years(
    evaluator: Evaluator, areas: Sequence[PlanArea], schedules: Schedules
) -> Iterator[tuple[str, int, int, YearStates]]:
    """Of the plans without and with status, without delays: name of the order, area, year of the horizon and states."""
    orders = schedules.orders
    scheduled = evaluator.schedule([orders.timelines[orders.without], orders.timelines[orders.with_all["both"]]])
    months = plan_months(evaluator.problem, scheduled.start, scheduled.finish)
    for plan, side in enumerate(("without_status", "with_status")):
        for number, area in enumerate(areas):
            states = plan_years(area, number, months, plan, evaluator.walk_rules.work_open)
            yield from ((f"{schedules.prefix}{side}", number, year, of_year) for year, of_year in enumerate(states))


def plan_years(
    area: PlanArea, number: int, months: PlanMonths, plan: int, work_open: NDArray[np.bool_]
) -> Iterator[YearStates]:
    """Year by year; what is in service and in works as in docs/theory/outcome.md."""
    for year in range(work_open.shape[1] // 12):
        found: dict[StateYear, list[int]] = {}
        for month in range(12):
            state = _state_at(area, number, months, plan, work_open, 12 * year + month)
            found.setdefault(state, []).append(month)
        yield {state: tuple(at) for state, at in found.items()}


def _state_at(
    area: PlanArea, number: int, months: PlanMonths, plan: int, work_open: NDArray[np.bool_], month: int
) -> StateYear:
    since, gone = months.in_service[plan], months.out_of_service[plan]
    start, end = months.work_start[plan], months.work_end[plan]
    in_service = tuple(p for p in area.serving if 0 <= since[p] <= month and not 0 <= gone[p] <= month)
    in_works = tuple(
        p
        for p in area.working
        if 0 <= start[p] <= month < end[p] and work_open[p, month] and (since[p] == NOT_PLANNED or month < since[p])
    )
    return StateYear(number, in_service, in_works, month // 12)
