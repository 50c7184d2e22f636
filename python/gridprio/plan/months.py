"""What the grid sees of a schedule: in service from, works from and to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import CLAIM_OPEN, NOT_PLANNED, OrderArrays, PlanArrays, PlanProblem
from gridprio.model.walk import PlanMonths

ON_SITE = "build"
"""The phase in which branches are out for works."""


def plan_months(problem: PlanProblem, start: NDArray[np.int32], finish: NDArray[np.int32]) -> PlanMonths:
    """Months per project of schedules `[plan, phase]`; in service after the last phase, never without phases.

    A temporary solution that would work no sooner than it is to go is never in service.
    """
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
    return served_months(problem, PlanMonths(in_service, in_service, work_start, work_end))


def served_months(problem: PlanProblem, months: PlanMonths) -> PlanMonths:
    """The same with the months in which temporary solutions go, which follow from those of what they bridge."""
    in_service, out_of_service = months.in_service.copy(), _out_of_service(problem, months.in_service)
    is_late = (out_of_service != NOT_PLANNED) & (out_of_service <= in_service)
    in_service[is_late] = NOT_PLANNED
    out_of_service[in_service == NOT_PLANNED] = NOT_PLANNED
    return PlanMonths(in_service, out_of_service, months.work_start, months.work_end)


def _out_of_service(problem: PlanProblem, in_service: NDArray[np.int32]) -> NDArray[np.int32]:
    """[plan, project], month in which a temporary solution goes; NOT_PLANNED when it stays within the horizon."""
    a = problem.arrays
    never = a.n_month + 1
    gone = np.where(a.until_month == NOT_PLANNED, never, a.until_month)[None].repeat(len(in_service), axis=0)
    months = np.where(in_service == NOT_PLANNED, never, in_service)
    for project in np.flatnonzero(np.diff(a.until_start)):
        bridged = a.until[a.until_start[project] : a.until_start[project + 1]]
        gone[:, project] = np.minimum(gone[:, project], months[:, bridged].min(axis=1))
    return np.where(gone > a.n_month, NOT_PLANNED, gone).astype(np.int32)


def may_run(arrays: PlanArrays, phase: int, month: int) -> bool:
    """Whether the calendar and the security of the grid let a phase run."""
    row = int(arrays.closed_row[phase])
    return bool(arrays.calendar[phase] >> (month % 12) & 1) and not (row >= 0 and arrays.closed[row, month])


def work_open(problem: PlanProblem) -> NDArray[np.bool_]:
    """[project, month], whether works on site may go on."""
    a = problem.arrays
    open_months = np.ones((len(problem.project_ids), a.n_month), dtype=np.bool_)
    for phase, name in enumerate(problem.phase_name):
        if name == ON_SITE:
            season = (int(a.calendar[phase]) >> np.arange(12)) & 1 == 1
            row = int(a.closed_row[phase])
            closed = a.closed[row] if row >= 0 else False
            open_months[problem.phase_project[phase]] = np.resize(season, a.n_month) & ~np.asarray(closed)
    return open_months


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
