"""What `schedule.py` works on: the problem, one plan in the making, and the list under which it is made."""

from __future__ import annotations

from dataclasses import fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.reference.twins import by_reference
from gridprio.model.plan import NOT_PLANNED, Binding, PlanArrays

Months = NDArray[np.int32]
Amounts = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Problem(NamedTuple):
    """Fields of `PlanArrays`, and what follows from them."""

    n_month: int
    phase_start: Months
    duration: Months
    calendar: Months
    earliest: Months
    fixed_start: Months
    lag: Months
    predecessor_start: Months
    predecessor: Months
    predecessor_binding: Months
    predecessor_valid: Months
    need_start: Months
    need_units: Amounts
    pool_start: Months
    pool: Months
    capacity: Amounts
    reserved: Amounts
    resource_binding: Months
    budget: Amounts
    phase_budget: Months
    cost: Amounts
    deliveries: Amounts
    material_start: Months
    material: Months
    material_units: Amounts
    exclude_start: Months
    exclude: Months
    size_group: Months
    until_month: Months
    until_start: Months
    until: Months
    owner: Months
    """[phase], project"""
    is_open: Flags
    """[phase, month], whether the phase may run"""

    @classmethod
    def of(cls, arrays: PlanArrays) -> Problem:
        """The arrays, with the calendar and the closed months of each phase as one table."""
        month = np.arange(arrays.n_month)
        is_open = (arrays.calendar[:, None] >> (month % 12)) & 1 == 1
        closes = arrays.closed_row >= 0
        is_open[closes] &= ~arrays.closed[arrays.closed_row[closes]]
        given = {field.name: getattr(arrays, field.name) for field in fields(arrays) if field.name in cls._fields}
        owner = np.repeat(np.arange(arrays.n_project, dtype=np.int32), np.diff(arrays.phase_start))
        return cls(**given, owner=owner, is_open=is_open)


class Stock(NamedTuple):
    """What is left of crews, money and deliveries, and what holders use of the reserve."""

    free: Amounts
    """[resource, month]"""
    money: Amounts
    """[budget, year]"""
    deliveries: Amounts
    """[material, year]"""
    held: Amounts
    """[resource, month]"""


class Plan(NamedTuple):
    """One plan in the making."""

    start: Months
    """[phase], as the five that follow"""
    finish: Months
    binding: Months
    resource: Months
    worked: Months
    """months of work"""
    committed: Flags
    """has started: months and pools stand"""
    revealed: Flags
    """[phase], its overrun is known"""
    pools: Months
    """[need], the resource that fills it"""
    base: Stock
    """what the committed phases leave"""
    left: Stock
    """what all placed phases leave"""
    old_start: Months
    """[phase], start, binding and resource before the plan is made again"""
    old_binding: Months
    old_resource: Months
    begun: Flags
    """[project], a phase of it is committed"""
    dropped: Flags
    """[project], gave way when the plan was made"""
    built: Flags
    """[project], neither dropped nor excluded"""
    why: Months
    """[project], binding and resource of what is not built"""
    why_resource: Months
    pending: Flags
    """[phase], to be placed still"""
    not_before: Months
    """[phase], moved to this month so that it does not lapse"""
    given_up: Flags
    """[phase], no later month of what is before it helps"""
    next_phase: Months
    """[project]"""
    waiting: Months
    """projects that wait for a required one, in list order"""


class Moment(NamedTuple):
    """When a plan is made again, and under which list."""

    month: int
    new_order: bool
    """the list is another than before"""
    order: Months
    """[place], projects"""
    claim: Months
    """[project]"""
    saved: Months
    """[phase], months taken off the duration"""


def empty_plan(p: Problem) -> Plan:
    """Nothing is placed, everything is left."""
    n_phase, n_project = len(p.duration), len(p.phase_start) - 1
    plan = Plan(
        start=np.full(n_phase, NOT_PLANNED, np.int32),
        finish=np.full(n_phase, NOT_PLANNED, np.int32),
        binding=np.full(n_phase, Binding.NONE.value, np.int32),
        resource=np.full(n_phase, -1, np.int32),
        worked=np.zeros(n_phase, np.int32),
        committed=np.zeros(n_phase, np.bool_),
        revealed=np.zeros(n_phase, np.bool_),
        pools=np.zeros(len(p.need_units), np.int32),
        base=full_stock(p),
        left=full_stock(p),
        old_start=np.zeros(n_phase, np.int32),
        old_binding=np.zeros(n_phase, np.int32),
        old_resource=np.zeros(n_phase, np.int32),
        begun=np.zeros(n_project, np.bool_),
        dropped=np.zeros(n_project, np.bool_),
        built=np.zeros(n_project, np.bool_),
        why=np.zeros(n_project, np.int32),
        why_resource=np.zeros(n_project, np.int32),
        pending=np.zeros(n_phase, np.bool_),
        not_before=np.zeros(n_phase, np.int32),
        given_up=np.zeros(n_phase, np.bool_),
        next_phase=np.zeros(n_project, np.int32),
        waiting=np.zeros(n_project, np.int32),
    )
    return by_reference(plan)


def full_stock(p: Problem) -> Stock:
    return by_reference(Stock(p.capacity.copy(), p.budget.copy(), p.deliveries.copy(), np.zeros_like(p.capacity)))
