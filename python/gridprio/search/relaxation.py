"""What no plan can beat: earliest months, and the work and money that projects take (docs/theory/search.md)."""

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


@dataclass(frozen=True, eq=False)
class Effort:
    """What a project has used up by the time that it is in service, against what there has been by then."""

    work: NDArray[np.float64]
    """[scarce, project]"""
    room: NDArray[np.float64]
    """[scarce, month + 1], all that there was before a month, less what fixed works take"""


def effort_of(problem: PlanProblem) -> Effort:
    """One row per group of crews or desks that fill the same needs, and one per budget; rows without bite left out.

    Needs that only pools of a group can fill take their months of work from that group; a pool that can fill others
    too counts in full. So a set of projects in service in month m has used at most the room of m, in every plan.
    """
    arrays = problem.arrays
    pools_of = [
        frozenset(arrays.pool[arrays.pool_start[k] : arrays.pool_start[k + 1]].tolist())
        for k in range(len(arrays.need_units))
    ]
    groups = sorted({pools for pools in pools_of if pools}, key=sorted)
    groups += [joined for joined in _joined(groups) if joined not in groups]
    owner = problem.phase_project
    work = np.zeros((len(groups) + len(arrays.budget), arrays.n_project))
    used = np.zeros((len(work), arrays.n_month))
    available = np.concatenate(
        [
            np.stack([arrays.capacity[sorted(group)].sum(axis=0) for group in groups])
            if groups
            else np.zeros((0, arrays.n_month)),
            _at_start_of_year(arrays.budget),
        ]
    )
    for phase in range(arrays.n_phase):
        months = _fixed_months(arrays, phase)
        taken: list[tuple[int, float]] = []
        for need in range(arrays.need_start[phase], arrays.need_start[phase + 1]):
            pools = (
                pools_of[need]
                if arrays.fixed_start[phase] < 0
                else frozenset([int(arrays.pool[arrays.pool_start[need]])])
            )
            taken += [(row, float(arrays.need_units[need])) for row, group in enumerate(groups) if pools <= group]
        if arrays.phase_budget[phase] >= 0 and arrays.duration[phase]:
            rate = int(arrays.cost[phase]) // int(arrays.duration[phase])
            taken.append((len(groups) + int(arrays.phase_budget[phase]), float(rate)))
        for row, amount in taken:
            if arrays.fixed_start[phase] >= 0:
                used[row, months] += amount
            else:
                work[row, owner[phase]] += amount * int(arrays.duration[phase])
    room = np.zeros((len(work), arrays.n_month + 1))
    room[:, 1:] = np.cumsum(available - used, axis=1)
    room = np.maximum(room, 0.0)
    bites = work.sum(axis=1) > room[:, 1:].min(axis=1, initial=np.inf)
    return Effort(work[bites], room[bites])


def _joined(groups: list[frozenset[int]]) -> list[frozenset[int]]:
    """Groups that share a pool, taken together."""
    found: list[frozenset[int]] = []
    for group in groups:
        touching = [other for other in found if other & group]
        found = [other for other in found if not other & group] + [group.union(*touching)]
    return found


def _at_start_of_year(budget: NDArray[np.int64]) -> NDArray[np.float64]:
    """[budget, month]: the money of a year is there from its first month on."""
    by_month = np.zeros((len(budget), budget.shape[1] * 12))
    by_month[:, ::12] = budget
    return by_month


def _fixed_months(arrays: PlanArrays, phase: int) -> list[int]:
    start, left = int(arrays.fixed_start[phase]), int(arrays.duration[phase])
    if start < 0:
        return []
    return [m for m in range(start, arrays.n_month) if may_run(arrays, phase, m)][:left]


def temporary_projects(problem: PlanProblem) -> NDArray[np.bool_]:
    """[project], goes out of service again."""
    arrays = problem.arrays
    temporary: NDArray[np.bool_] = (arrays.until_month != NOT_PLANNED) | (np.diff(arrays.until_start) > 0)
    return temporary
