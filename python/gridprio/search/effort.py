"""The work, money and material that projects take, against what there is in time for them (docs/theory/search.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import Binding, PlanArrays, PlanProblem
from gridprio.plan import may_run
from gridprio.search.earliest import NEVER, Earliest

THRESHOLDS = 12
"""Earliest starts, and months left to go, that are told apart per scarce thing."""
Floats = NDArray[np.float64]


class Effort(NamedTuple):
    """What projects have used up by the time that they are in service, against what there was for them by then."""

    work: Floats
    """[draw, scarce, project]"""
    room: Floats
    """[draw, scarce, month + 1], of what is in service in a month"""


class _Supply(NamedTuple):
    """What there is of one thing, less what works with a fixed start take."""

    available: Floats
    """[month]; what is given by year stands in January"""
    yearly: bool


class _Use(NamedTuple):
    """What one phase takes of one thing, and when."""

    project: int
    amount: Floats
    """[draw]"""
    release: NDArray[np.int64]
    """[draw], first month in which it may take anything"""
    latest: NDArray[np.int64]
    """[draw, month + 1], the month before which it must have taken all, if the project is in service in a month"""
    is_open: NDArray[np.bool_]
    """[month], whether it may take anything"""


def effort_of(problem: PlanProblem, earliest: Earliest, delay_months: NDArray[np.int32]) -> Effort:
    """Rows per group of crews or desks that fill the same needs and size of needs, per budget and per material; those
    without bite in any draw left out.

    A row counts the phases that start no sooner than a month and after which a project has months left to go. What they
    take was there between that month and the last one that leaves these months. Needs that only pools of a group can
    fill count in that group. `delay_months` [draw, phase]: an overrun holds crews and desks.
    """
    arrays = problem.arrays
    n_draw, n_month = len(delay_months), arrays.n_month
    work, room = [np.zeros((0, n_draw, arrays.n_project))], [np.zeros((0, n_draw, n_month + 1))]
    is_there = (earliest.in_service[:, :, None] <= np.arange(n_month + 1)).astype(float)
    for supply, uses in _supplies(problem, earliest, delay_months):
        for chosen in _chosen(uses):
            own = np.zeros((n_draw, arrays.n_project))
            for use in chosen:
                own[:, use.project] += use.amount
            there = _room(supply, chosen)
            present = (own[:, None] @ is_there)[:, 0]
            if (present > there).any():
                work.append(own[None])
                room.append(there[None])
    return Effort(np.concatenate(work).swapaxes(0, 1), np.concatenate(room).swapaxes(0, 1))


def _chosen(uses: Sequence[_Use]) -> list[list[_Use]]:
    """Different sets of uses that start no sooner, and end so long before the project is in service, as each other."""
    release = np.array([use.release.min() for use in uses])
    left = np.array([_least_left(use) for use in uses])
    sets = {
        tuple(np.flatnonzero((release >= since) & (left >= months)).tolist())
        for since in _thresholds(release)
        for months in _thresholds(left)
    }
    return [[uses[k] for k in rows] for rows in sorted(sets) if rows]


def _thresholds(values: NDArray[np.int64]) -> NDArray[np.int64]:
    different = np.unique(values)
    return different[np.unique(np.linspace(0, len(different) - 1, THRESHOLDS).astype(int))] if len(values) else values


def _least_left(use: _Use) -> int:
    return int((np.arange(use.latest.shape[1]) - use.latest).min())


def _room(supply: _Supply, uses: Sequence[_Use]) -> Floats:
    """[draw, month + 1]"""
    since, until = (np.min([use.release for use in uses], axis=0), np.max([use.latest for use in uses], axis=0))
    may = np.ones(len(supply.available), dtype=bool)
    if supply.yearly:
        since = since // 12 * 12
    else:
        may = np.logical_or.reduce([use.is_open for use in uses])
    before = np.concatenate([[0.0], np.cumsum(np.where(may, supply.available, 0.0))])
    last = len(before) - 1
    room: Floats = np.maximum(before[np.clip(until, 0, last)] - before[np.minimum(since, last), None], 0.0)
    return room


def _supplies(
    problem: PlanProblem, earliest: Earliest, delay_months: NDArray[np.int32]
) -> list[tuple[_Supply, list[_Use]]]:
    """Crews and desks by group and size of needs, budgets, materials; with what the phases that are not fixed take."""
    arrays = problem.arrays
    open_months = np.array(
        [[may_run(arrays, phase, month) for month in range(arrays.n_month)] for phase in range(arrays.n_phase)], bool
    ).reshape(arrays.n_phase, arrays.n_month)
    finish, start, planned = _latest_months(problem, open_months, delay_months)
    found: list[tuple[_Supply, list[_Use]]] = []

    def use(phase: int, amount: Floats | float, latest: NDArray[np.int64]) -> _Use:
        whole = np.zeros(len(delay_months)) + amount
        return _Use(int(problem.phase_project[phase]), whole, earliest.start[:, phase], latest, open_months[phase])

    for group in _groups(arrays):
        left, needs = _left_in(arrays, open_months, group), _needs_in(arrays, group)
        for size in _sizes(needs):
            uses = []
            for phase, units in needs.items():
                if arrays.duration[phase] and (units >= size).any():  # without planned work an overrun holds nobody
                    months = arrays.duration[phase] + delay_months[:, phase]
                    uses.append(use(phase, (units // size).sum() * months.astype(float), finish[phase]))
            found.append((_Supply((left // size).sum(axis=0).astype(float), yearly=False), uses))
    for row, money in enumerate(arrays.budget):
        by_year, uses = money.astype(float), []
        for phase in np.flatnonzero((arrays.phase_budget == row) & (arrays.duration > 0)).tolist():
            rate = int(arrays.cost[phase]) // int(arrays.duration[phase])
            if arrays.fixed_start[phase] >= 0:
                np.subtract.at(by_year, _fixed_months(arrays, open_months, phase) // 12, rate)
            elif rate:
                uses.append(use(phase, float(rate) * int(arrays.duration[phase]), planned[phase]))
        found.append((_in_january(by_year), uses))
    for row, units_of in enumerate(arrays.deliveries):
        uses = []
        for phase in np.flatnonzero((arrays.fixed_start < 0) & (arrays.duration > 0)).tolist():
            own = slice(arrays.material_start[phase], arrays.material_start[phase + 1])
            drawn = float(arrays.material_units[own][arrays.material[own] == row].sum())
            if drawn:
                uses.append(use(phase, drawn, start[phase] + 1))
        found.append((_in_january(units_of.astype(float)), uses))
    within = [(supply, [use for use in uses if (use.release != NEVER).any()]) for supply, uses in found]
    return [(supply, uses) for supply, uses in within if uses]


def _in_january(by_year: Floats) -> _Supply:
    available = np.zeros(12 * len(by_year))
    available[::12] = np.maximum(by_year, 0.0)
    return _Supply(available, yearly=True)


def _latest_months(
    problem: PlanProblem, open_months: NDArray[np.bool_], delay_months: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """[phase, draw, month + 1], the latest finish, start, and month before which the planned work is done, with which
    the project is in service in a month; below 0 when none. Crews and money only make them earlier."""
    arrays = problem.arrays
    months = np.broadcast_to(np.arange(arrays.n_month + 1), (len(delay_months), arrays.n_month + 1))
    finish = np.repeat(months[None], arrays.n_phase, axis=0)
    start, planned = np.zeros_like(finish), np.zeros_like(finish)
    for phase in reversed(range(arrays.n_phase)):  # predecessors within a project come first
        before = np.concatenate([[0], np.cumsum(open_months[phase])])
        done = before[np.clip(finish[phase], 0, None)] - delay_months[:, phase, None].astype(np.int64)
        planned[phase] = np.minimum(np.searchsorted(before, done, side="right") - 1, finish[phase])
        begun = np.searchsorted(before, done - int(arrays.duration[phase]), side="right") - 1
        start[phase] = np.minimum(begun, finish[phase])
        if arrays.fixed_start[phase] >= 0:
            continue
        for k in range(arrays.predecessor_start[phase], arrays.predecessor_start[phase + 1]):
            if arrays.predecessor_binding[k] != Binding.REQUIRES:
                earlier = arrays.predecessor[k]
                finish[earlier] = np.minimum(finish[earlier], start[phase] - int(arrays.lag[phase]))
    return finish, start, planned


def _groups(arrays: PlanArrays) -> list[frozenset[int]]:
    """Sets of pools that fill the same need, and those that share a pool taken together."""
    groups = sorted({pools for pools in _pools(arrays) if pools}, key=sorted)
    joined: list[frozenset[int]] = []
    for group in groups:
        touching = [other for other in joined if other & group]
        joined = [other for other in joined if not other & group] + [group.union(*touching)]
    return groups + [group for group in joined if group not in groups]


def _pools(arrays: PlanArrays) -> list[frozenset[int]]:
    """[need]"""
    return [
        frozenset(arrays.pool[arrays.pool_start[need] : arrays.pool_start[need + 1]].tolist())
        for need in range(len(arrays.need_units))
    ]


def _needs_in(arrays: PlanArrays, group: frozenset[int]) -> dict[int, NDArray[np.int64]]:
    """By phase without a fixed start, the units of each of its needs that only a group can fill."""
    only = np.array([pools <= group for pools in _pools(arrays)], dtype=bool)
    found = {}
    for phase in np.flatnonzero(arrays.fixed_start < 0).tolist():
        own = slice(arrays.need_start[phase], arrays.need_start[phase + 1])
        units = arrays.need_units[own][only[own]]
        if units.any():
            found[phase] = units
    return found


def _sizes(needs: Mapping[int, NDArray[np.int64]]) -> list[int]:
    """Sizes s to count needs by. A pool of u units fills needs u_1, u_2, ... at once only if the sum of u_i // s is at
    most u // s, since one pool fills a need whole: what is left of a pool below the size of a need serves nobody.
    """
    units = {int(unit) for own in needs.values() for unit in own if unit}
    return sorted(units | {math.gcd(*units)}) if units else []


def _left_in(arrays: PlanArrays, open_months: NDArray[np.bool_], group: frozenset[int]) -> NDArray[np.int64]:
    """[pool of the group, month], what works with a fixed start leave; these take their first pool."""
    pools = sorted(group)
    left = arrays.capacity[pools].copy()
    for phase in np.flatnonzero(arrays.fixed_start >= 0).tolist():
        for need in range(arrays.need_start[phase], arrays.need_start[phase + 1]):
            first = int(arrays.pool[arrays.pool_start[need]])
            if first in group:
                left[pools.index(first), _fixed_months(arrays, open_months, phase)] -= arrays.need_units[need]
    return np.maximum(left, 0)


def _fixed_months(arrays: PlanArrays, open_months: NDArray[np.bool_], phase: int) -> NDArray[np.int64]:
    start = int(arrays.fixed_start[phase])
    months: NDArray[np.int64] = start + np.flatnonzero(open_months[phase, start:])[: arrays.duration[phase]]
    return months
