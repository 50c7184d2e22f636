"""Months that no plan can beat (docs/theory/search.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import NOT_PLANNED, Binding, PlanArrays, PlanProblem
from gridprio.plan.months import ON_SITE, may_run

NEVER = np.iinfo(np.int32).max
"""Earliest month of what no plan has within the horizon."""


@dataclass(frozen=True, eq=False)
class Earliest:
    """Months before which nothing happens, whatever the list."""

    in_service: NDArray[np.int64]
    """[project], NEVER when in no plan within the horizon"""
    works: NDArray[np.int64]
    """[project], first month of works on site"""
    settled: NDArray[np.bool_]
    """[project], every phase has a fixed start and no delay: the months are those of every plan"""
    start: NDArray[np.int64]
    """[phase]"""
    finish: NDArray[np.int64]
    """[phase]"""


def earliest_months(problem: PlanProblem, delay_months: NDArray[np.int32] | None = None) -> Earliest:
    """Every phase as soon as its own calendar and predecessors allow, as if crews, desks and money were without end.

    `delay_months` [phase]. Serial generation never starts a phase earlier: a later predecessor never makes the first
    month that a calendar allows come earlier.
    """
    arrays = problem.arrays
    delay = np.zeros(arrays.n_phase, dtype=np.int32) if delay_months is None else delay_months
    start = np.zeros(arrays.n_phase, dtype=np.int64)
    finish = np.zeros(arrays.n_phase, dtype=np.int64)
    for _ in range(arrays.n_project + 1):  # a project may require one that stands lower in the table
        before = finish.copy()
        for phase in range(arrays.n_phase):
            start[phase], finish[phase] = _place(arrays, phase, int(delay[phase]), finish)
        if (before == finish).all():
            break
    in_service = np.full(arrays.n_project, NEVER, dtype=np.int64)
    works = np.full(arrays.n_project, NEVER, dtype=np.int64)
    for project in range(arrays.n_project):
        own = slice(arrays.phase_start[project], arrays.phase_start[project + 1])
        if own.stop > own.start:
            in_service[project] = finish[own].max()
    for phase, name in enumerate(problem.phase_name):
        if name == ON_SITE:
            works[problem.phase_project[phase]] = start[phase]
    settled = (np.diff(arrays.phase_start) > 0) & ~temporary_projects(problem)
    settled[problem.phase_project[(arrays.fixed_start < 0) | (delay > 0)]] = False
    return Earliest(in_service, works, settled, start, finish)


def _place(arrays: PlanArrays, phase: int, delay: int, finish: NDArray[np.int64]) -> tuple[int, int]:
    fixed = int(arrays.fixed_start[phase])
    ready = fixed if fixed >= 0 else int(arrays.earliest[phase])
    if fixed < 0:
        for k in range(arrays.predecessor_start[phase], arrays.predecessor_start[phase + 1]):
            if finish[arrays.predecessor[k]] == NEVER:
                return NEVER, NEVER
            own = arrays.predecessor_binding[k] != Binding.REQUIRES
            ready = max(ready, int(finish[arrays.predecessor[k]]) + (int(arrays.lag[phase]) if own else 0))
    left = int(arrays.duration[phase]) + delay
    month, begun = ready, NOT_PLANNED
    while left > 0 and month < arrays.n_month:
        if may_run(arrays, phase, month):
            begun = month if begun == NOT_PLANNED else begun
            left -= 1
        month += 1
    if left > 0 or month > arrays.n_month:
        return (begun if begun != NOT_PLANNED else NEVER), NEVER
    return (begun if begun != NOT_PLANNED else ready), month


def temporary_projects(problem: PlanProblem) -> NDArray[np.bool_]:
    """[project], goes out of service again."""
    arrays = problem.arrays
    temporary: NDArray[np.bool_] = (arrays.until_month != NOT_PLANNED) | (np.diff(arrays.until_start) > 0)
    return temporary
