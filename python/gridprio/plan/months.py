"""What the grid sees of a schedule: in service from, works from and to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import CLAIM_OPEN, NOT_PLANNED, OrderArrays, PlanProblem
from gridprio.model.walk import PlanMonths

ON_SITE = "build"
"""The phase in which branches are out for works."""
ALL_MONTHS = 0xFFF


def plan_months(problem: PlanProblem, start: NDArray[np.int32], finish: NDArray[np.int32]) -> PlanMonths:
    """Months per project of schedules `[plan, phase]`; in service after the last phase, never without phases."""
    shape = (len(start), len(problem.project_ids))
    in_service, work_start, work_end = (np.full(shape, NOT_PLANNED, dtype=np.int32) for _ in range(3))
    for project in range(shape[1]):
        own = finish[:, problem.arrays.phase_start[project] : problem.arrays.phase_start[project + 1]]
        if own.shape[1]:
            in_service[:, project] = np.where((own == NOT_PLANNED).any(axis=1), NOT_PLANNED, own.max(axis=1))
    for phase, name in enumerate(problem.phase_name):
        if name == ON_SITE:
            project, end = problem.phase_project[phase], finish[:, phase]
            work_start[:, project] = start[:, phase]
            work_end[:, project] = np.where(end == NOT_PLANNED, problem.arrays.n_month, end)
    return PlanMonths(in_service, work_start, work_end)


def work_calendar(problem: PlanProblem) -> NDArray[np.int32]:
    """[project], bit m set = works on site may go on in calendar month m."""
    calendar = np.full(len(problem.project_ids), ALL_MONTHS, dtype=np.int32)
    for phase, name in enumerate(problem.phase_name):
        if name == ON_SITE:
            calendar[problem.phase_project[phase]] = problem.arrays.calendar[phase]
    return calendar


def lists_as_orders(problem: PlanProblem, lists: NDArray[np.integer]) -> OrderArrays:
    """Lists `[order, place]` without status: one epoch, and running works come first."""
    lists = np.asarray(lists)
    n_project = len(problem.project_ids)
    if lists.ndim != 2 or not (np.sort(lists, axis=1) == np.arange(n_project)).all():
        raise ValueError(f"orders have shape {lists.shape}; expected rows that name {n_project} projects once each")
    later = np.argsort(~problem.running[lists], axis=1, kind="stable")
    return OrderArrays(
        epoch_month=np.zeros(1, dtype=np.int32),
        project_order=np.ascontiguousarray(np.take_along_axis(lists, later, axis=1)[:, None], dtype=np.int32),
        claim=np.full((len(lists), 1, n_project), CLAIM_OPEN, dtype=np.int32),
        saved=np.zeros((len(lists), 1, problem.arrays.n_phase), dtype=np.int32),
    )
