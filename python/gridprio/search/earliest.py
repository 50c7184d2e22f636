"""The earliest month of every project that no order can beat (docs/theory/reach.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import NOT_PLANNED, Binding, PlanArrays, PlanProblem
from gridprio.search.phase_months import PhaseMonths, topological_phases

Months = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class _Left:
    """What works with a fixed start leave, whatever the order."""

    free: NDArray[np.int64]
    """[resource, month]"""
    money: NDArray[np.int64]
    """[budget, year]"""
    deliveries: NDArray[np.int64]
    """[material, year]"""


def earliest_in_service(
    problem: PlanProblem, delay_months: NDArray[np.int32], saved_months: NDArray[np.int32] | None = None
) -> Months:
    """[draw, project], month before which no plan has a project in service; the end of the horizon where it never is.

    Every phase as soon as its own predecessors, calendar and dates allow, and where what works with a fixed start leave
    of each crew, budget and delivery is enough for it alone. In a plan a phase never starts earlier: it finds at most
    as much, and a later predecessor never lets it start earlier. `delay_months` [draw, phase]. `saved_months` [phase]:
    months that support may take off; each phase is then as early as with all of them or with none.
    """
    arrays = problem.arrays
    left = _left_by_fixed(arrays)
    saved = np.zeros(arrays.n_phase, dtype=np.int32) if saved_months is None else saved_months
    never = arrays.n_month
    finish = np.full((len(delay_months), arrays.n_phase), never, dtype=np.int32)
    for phase in topological_phases(arrays):
        ready = _ready(arrays, phase, finish)
        lengths = {int(arrays.duration[phase])}
        if arrays.fixed_start[phase] < 0:
            lengths.add(max(0, int(arrays.duration[phase]) - int(saved[phase])))
        for length in lengths:
            found = _finish(arrays, left, phase, length, ready, delay_months[:, phase])
            finish[:, phase] = np.minimum(finish[:, phase], found)
    in_service = np.full((len(delay_months), arrays.n_project), never, dtype=np.int32)
    for project in range(arrays.n_project):
        own = slice(arrays.phase_start[project], arrays.phase_start[project + 1])
        if own.stop > own.start:
            in_service[:, project] = finish[:, own].max(axis=1)
    return in_service


def _ready(arrays: PlanArrays, phase: int, finish: Months) -> Months:
    """[draw], the end of the horizon and more when never."""
    if arrays.fixed_start[phase] >= 0:
        return np.full(len(finish), arrays.fixed_start[phase], dtype=np.int32)
    ready = np.full(len(finish), arrays.earliest[phase], dtype=np.int32)
    for k in range(arrays.predecessor_start[phase], arrays.predecessor_start[phase + 1]):
        own = arrays.predecessor_binding[k] != Binding.REQUIRES
        ready = np.maximum(ready, finish[:, arrays.predecessor[k]] + (arrays.lag[phase] if own else 0))
    return ready


def _finish(arrays: PlanArrays, left: _Left, phase: int, length: int, ready: Months, delay: Months) -> Months:
    """[draw], month after the phase with its delay; the end of the horizon when that is beyond."""
    months = PhaseMonths(arrays, phase, length)
    if arrays.fixed_start[phase] >= 0:
        planned = months.finish[np.minimum(ready, arrays.n_month)]
    else:
        _, planned = months.where(_fits(arrays, left, phase, months)).soonest(ready)
    late = months.after(planned, delay)
    return np.where(late == NOT_PLANNED, arrays.n_month, late).astype(np.int32)


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
