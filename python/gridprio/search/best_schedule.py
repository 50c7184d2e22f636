"""The best of all schedules of a small study, and what it bounds (docs/theory/search.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridprio.model.walk import PlanMonths
from gridprio.plan import plan_months
from gridprio.search.objective import Floats, Objective
from gridprio.search.schedules import every_schedule


@dataclass(frozen=True, eq=False)
class BestSchedule:
    """Of all active schedules; no list without status has fewer points."""

    points: Floats
    """[scenario], of the schedule that is best over all scenarios"""
    least: Floats
    """[scenario], of the schedule that is best in that scenario"""
    pooled: float
    schedules: int
    """different ones to the grid"""


def best_schedule(objective: Objective, most: int) -> BestSchedule | None:
    """None where schedules are more than `most`, permits lapse, delays count, or a sealed study lacks cells."""
    evaluator, problem = objective.evaluator, objective.evaluator.problem
    if not most or objective.delay_months is not None:
        return None
    every = every_schedule(problem, most)
    if every is None:
        return None
    months = plan_months(problem, every.start, every.finish)
    columns = (months.in_service, months.out_of_service, months.work_start, months.work_end)
    _, first = np.unique(np.hstack(columns), axis=0, return_index=True)
    distinct = PlanMonths(*(column[first] for column in columns))
    metric = evaluator.walk(distinct, discounted=True, skip_missing=True).metric
    if np.isnan(metric).any():
        return None
    points = objective.by_scenario(metric[:, :, None])
    pooled = points @ objective.scenario_share
    best = int(pooled.argmin())
    return BestSchedule(points[best], points.min(axis=0), float(pooled[best]), len(first))
