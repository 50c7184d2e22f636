"""Months that no order can beat (docs/theory/search.md, docs/theory/reach.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import NOT_PLANNED, Binding, PlanArrays, PlanProblem
from gridprio.plan.months import ON_SITE
from gridprio.search.phase_months import PhaseMonths, topological_phases

Months = NDArray[np.int64]
NEVER = np.iinfo(np.int32).max
"""Earliest month of what no plan has within the horizon."""


@dataclass(frozen=True, eq=False)
class Earliest:
    """Months before which nothing happens, whatever the list; NEVER when in no plan within the horizon.

    As `soonest` gives it, without the axis of draws.
    """

    in_service: Months
    """[draw, project]"""
    works: Months
    """[draw, project], first month of works on site"""
    settled: NDArray[np.bool_]
    """[project], every phase has a fixed start: the months are those of every plan"""
    start: Months
    """[draw, phase]"""
    finish: Months
    """[draw, phase]"""

    def soonest(self) -> Earliest:
        """In any draw."""
        months = (self.in_service, self.works, self.start, self.finish)
        in_service, works, start, finish = (own.min(axis=0) for own in months)
        return Earliest(in_service, works, self.settled, start, finish)


@dataclass(frozen=True, eq=False)
class _Left:
    """What works with a fixed start leave, whatever the order."""

    free: NDArray[np.int64]
    """[resource, month]"""
    money: NDArray[np.int64]
    """[budget, year]"""
    deliveries: NDArray[np.int64]
    """[material, year]"""


def earliest_months(
    problem: PlanProblem, delay_months: NDArray[np.int32] | None = None, saved_months: NDArray[np.int32] | None = None
) -> Earliest:
    """Every phase as soon as its own predecessors, calendar and dates allow, and where what works with a fixed start
    leave of each crew, budget and delivery is enough for it alone.

    In a plan a phase never starts earlier: it finds at most as much, and a later predecessor never lets it start
    earlier. `delay_months` [draw, phase]; None is one draw without delay. `saved_months` [phase]: months that support
    may take off; each phase is then as early as with all of them or with none.
    """
    arrays = problem.arrays
    delay = np.zeros((1, arrays.n_phase), dtype=np.int32) if delay_months is None else delay_months
    saved = np.zeros(arrays.n_phase, dtype=np.int32) if saved_months is None else saved_months
    left = _left_by_fixed(arrays)
    start, finish = np.full((2, len(delay), arrays.n_phase), NEVER, dtype=np.int64)
    for phase in topological_phases(arrays):
        ready = _ready(arrays, phase, finish)
        lengths = {int(arrays.duration[phase])}
        if arrays.fixed_start[phase] < 0:
            lengths.add(max(0, int(arrays.duration[phase]) - int(saved[phase])))
        for length in lengths:
            begun, ended = _placed(arrays, left, phase, length, ready, delay[:, phase])
            start[:, phase] = np.minimum(start[:, phase], begun)
            finish[:, phase] = np.minimum(finish[:, phase], ended)
    in_service, works = np.full((2, len(delay), arrays.n_project), NEVER, dtype=np.int64)
    for project in range(arrays.n_project):
        own = slice(arrays.phase_start[project], arrays.phase_start[project + 1])
        if own.stop > own.start:
            in_service[:, project] = finish[:, own].max(axis=1)
    for phase, name in enumerate(problem.phase_name):
        if name == ON_SITE:
            works[:, problem.phase_project[phase]] = start[:, phase]
    settled = (np.diff(arrays.phase_start) > 0) & ~temporary_projects(problem)
    settled[problem.phase_project[arrays.fixed_start < 0]] = False
    return Earliest(in_service, works, settled, start, finish)


def temporary_projects(problem: PlanProblem) -> NDArray[np.bool_]:
    """[project], goes out of service again."""
    arrays = problem.arrays
    temporary: NDArray[np.bool_] = (arrays.until_month != NOT_PLANNED) | (np.diff(arrays.until_start) > 0)
    return temporary


def _ready(arrays: PlanArrays, phase: int, finish: Months) -> Months:
    """[draw], the first month that a fixed start, or dates and predecessors allow."""
    if arrays.fixed_start[phase] >= 0:
        return np.full(len(finish), arrays.fixed_start[phase], dtype=np.int64)
    ready = np.full(len(finish), arrays.earliest[phase], dtype=np.int64)
    for k in range(arrays.predecessor_start[phase], arrays.predecessor_start[phase + 1]):
        own = arrays.predecessor_binding[k] != Binding.REQUIRES
        ready = np.maximum(ready, finish[:, arrays.predecessor[k]] + (int(arrays.lag[phase]) if own else 0))
    return ready


def _placed(
    arrays: PlanArrays, left: _Left, phase: int, length: int, ready: Months, delay: NDArray[np.int32]
) -> tuple[Months, Months]:
    """[draw], the start, and the month after the phase with its delay."""
    months = PhaseMonths(arrays, phase, length)
    within = np.minimum(ready, arrays.n_month + 1).astype(np.int32)
    if arrays.fixed_start[phase] >= 0:
        begun, planned = within, months.finish[np.minimum(within, arrays.n_month)]
    else:
        begun, planned = months.where(_fits(arrays, left, phase, months)).soonest(within)
    late = months.after(planned, delay)
    return np.where(begun == NOT_PLANNED, NEVER, begun), np.where(late == NOT_PLANNED, NEVER, late)


def _left_by_fixed(arrays: PlanArrays) -> _Left:
    left = _Left(arrays.capacity.copy(), arrays.budget.copy(), arrays.deliveries.copy())
    for phase in np.flatnonzero(arrays.fixed_start >= 0).tolist():
        start = int(arrays.fixed_start[phase])
        if start >= arrays.n_month or arrays.duration[phase] == 0:
            continue
        months = PhaseMonths(arrays, phase)
        for need in range(arrays.need_start[phase], arrays.need_start[phase + 1]):
            left.free[arrays.pool[arrays.pool_start[need]]] -= months.works[start] * arrays.need_units[need]
        if arrays.phase_budget[phase] >= 0:
            left.money[arrays.phase_budget[phase]] -= months.by_year[start] * months.rate
        for k in range(arrays.material_start[phase], arrays.material_start[phase + 1]):
            left.deliveries[arrays.material[k], start // 12] -= arrays.material_units[k]
    return left


def _fits(arrays: PlanArrays, left: _Left, phase: int, months: PhaseMonths) -> NDArray[np.bool_]:
    """[start], whether what fixed works leave is enough for a phase that starts there."""
    fits = np.ones(arrays.n_month + 1, dtype=np.bool_)
    if not months.length:
        return fits
    for need in range(arrays.need_start[phase], arrays.need_start[phase + 1]):
        pools = arrays.pool[arrays.pool_start[need] : arrays.pool_start[need + 1]]
        short = left.free[pools] < arrays.need_units[need]  # [pool, month]
        fits &= ~(months.works @ short.T.astype(np.int64)).all(axis=1)
    if arrays.phase_budget[phase] >= 0:
        fits &= (months.by_year * months.rate <= np.maximum(0, left.money[arrays.phase_budget[phase]])).all(axis=1)
    year = np.minimum(np.arange(arrays.n_month + 1) // 12, arrays.n_month // 12 - 1)
    for k in range(arrays.material_start[phase], arrays.material_start[phase + 1]):
        fits &= left.deliveries[arrays.material[k]][year] >= arrays.material_units[k]
    return fits
