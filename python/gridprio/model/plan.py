"""Schedules: what the planner needs, what it returns and what the evaluator reads (docs/theory/plan.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from gridprio.text import Message

NOT_PLANNED = -1
"""In month arrays: it does not happen within the horizon."""

CLAIM_OPEN, CLAIM_RESTRICTED, CLAIM_HOLDER = 0, 1, 2
"""Values of `PriorityTimeline.claim`: may use everything; may not touch the reserve; the reserve is kept for it."""


class Binding(IntEnum):
    """What set the start month of a phase: the last constraint that had to give way."""

    NONE = 0
    PREDECESSOR = 1
    CREW = 2
    PERMIT_DESK = 3
    BUDGET = 4
    OUTAGE_WINDOW = 5
    """the calendar months in which the phase may run; with a resource: other works in that security group"""
    MATERIAL = 6
    """a procurement phase of the same project; with a resource: what is delivered of that material in a year"""
    STATUS_FROM = 7
    """moved to the first month of a changed order: not before the status works"""
    EARLIEST = 8
    FIXED = 9
    EXCLUDED = 10
    REQUIRES = 11
    """another project that must be in service first"""
    HORIZON = 12
    """does not end within the horizon though nothing scarce was in its way, nor would without its calendar months"""
    LAPSES = 13
    """started later, so that it does not lapse before the phase after it starts; or not planned because it did"""
    OVERTAKEN = 14
    """a temporary solution that would not work before what it bridges to"""
    SECURITY = 15
    """in the months before, the works would leave the grid insecure"""


@dataclass(frozen=True, eq=False)
class PlanArrays:
    """Projects, phases and scarce things as whole numbers; what the schedule kernels read.

    Phases of a project are contiguous and in an order in which predecessors within the project come first.
    Resources are crews, permit desks and security groups, in thousandths of a unit per month; budgets are whole EUR
    per year, deliveries thousandths of a unit per year.
    """

    n_month: int
    phase_start: NDArray[np.int32]
    """[project + 1], row pointers into the phases"""
    duration: NDArray[np.int32]
    """[phase], months of work"""
    calendar: NDArray[np.int32]
    """[phase], bit m set = may run in calendar month m (0 = January); never 0"""
    closed_row: NDArray[np.int32]
    """[phase], row of `closed` or -1"""
    closed: NDArray[np.bool_]
    """[row, month], months of the horizon in which works would leave the grid insecure"""
    earliest: NDArray[np.int32]
    """[phase], not before this month"""
    fixed_start: NDArray[np.int32]
    """[phase], start of running works, else -1"""
    lag: NDArray[np.int32]
    """[phase], months after the last predecessor within the project"""
    predecessor_start: NDArray[np.int32]
    """[phase + 1], row pointers into `predecessor`"""
    predecessor: NDArray[np.int32]
    """phases that must be finished: of the same project, or of a required one"""
    predecessor_binding: NDArray[np.int32]
    """[predecessor], Binding.PREDECESSOR, MATERIAL or REQUIRES"""
    predecessor_valid: NDArray[np.int32]
    """[predecessor], months after its finish within which the phase must start; -1 = it does not lapse"""
    need_start: NDArray[np.int32]
    """[phase + 1], row pointers into `need_units`"""
    need_units: NDArray[np.int64]
    """[need], thousandths of a unit in each month of work"""
    pool_start: NDArray[np.int32]
    """[need + 1], row pointers into `pool`"""
    pool: NDArray[np.int32]
    """resources that can fill the need, in the order in which they are tried; one fills it for the whole phase"""
    capacity: NDArray[np.int64]
    """[resource, month]"""
    reserved: NDArray[np.int64]
    """[resource, month], the part that rule reserved_share keeps for status projects"""
    resource_binding: NDArray[np.int32]
    """[resource], Binding.CREW, PERMIT_DESK or OUTAGE_WINDOW (a security group)"""
    budget: NDArray[np.int64]
    """[budget, year], EUR"""
    phase_budget: NDArray[np.int32]
    """[phase], row of `budget` or -1"""
    cost: NDArray[np.int64]
    """[phase], EUR, spent evenly over the planned months of work"""
    deliveries: NDArray[np.int64]
    """[material, year], thousandths of a unit; what is not drawn in its year is gone"""
    material_start: NDArray[np.int32]
    """[phase + 1], row pointers into `material` and `material_units`"""
    material: NDArray[np.int32]
    """rows of `deliveries` from which the phase draws in the year in which it starts"""
    material_units: NDArray[np.int64]
    """thousandths of a unit"""
    exclude_start: NDArray[np.int32]
    """[project + 1], row pointers into `exclude`"""
    exclude: NDArray[np.int32]
    """projects that cannot both be built; symmetric; holds the other sizes of a project too"""
    size_group: NDArray[np.int32]
    """[project], sizes of one project share a number; -1 = it comes in one size"""
    until_month: NDArray[np.int32]
    """[project], month from which a temporary solution is out of service; -1 = none"""
    until_start: NDArray[np.int32]
    """[project + 1], row pointers into `until`"""
    until: NDArray[np.int32]
    """projects of which the first in service takes a temporary solution out of service"""

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def n_project(self) -> int:
        return len(self.phase_start) - 1

    @property
    def n_phase(self) -> int:
        return len(self.duration)

    @property
    def has_choices(self) -> bool:
        """Whether a plan may be made again without a size or a temporary solution that gives way.

        Then what is placed first in a list may depend on what stands below it.
        """
        return bool((self.size_group >= 0).any() or (self.until_month >= 0).any() or len(self.until))


@dataclass(frozen=True, eq=False)
class PlanProblem:
    """What is to be planned, with its names."""

    arrays: PlanArrays
    project_ids: tuple[str, ...]
    project_keys: tuple[str, ...]
    """[project], what its delays are drawn by"""
    phase_project: NDArray[np.int32]
    """[phase] row of the project"""
    phase_name: tuple[str, ...]
    resource_names: tuple[str, ...]
    """crews and permit desks, security groups, then budgets, then materials"""
    delay_mean_months: NDArray[np.float64]
    """[phase]"""
    delay_sd_months: NDArray[np.float64]
    """[phase]"""
    running: NDArray[np.bool_]
    """[project], tier 0: planned before everything else"""
    notes: tuple[Message, ...] = ()
    """what had to be assumed"""

    @property
    def has_chance(self) -> bool:
        """Whether delays differ between draws: a fraction of a month is drawn too."""
        spreads = (self.delay_sd_months > 0) | (self.delay_mean_months % 1 > 0)
        return bool((spreads & (self.delay_mean_months > 0)).any())

    def __repr__(self) -> str:
        a = self.arrays
        scarce = len(self.resource_names)
        return f"PlanProblem({a.n_project} projects, {a.n_phase} phases, {scarce} scarce, {a.n_month} months)"


@dataclass(frozen=True, eq=False)
class PriorityTimeline:
    """One priority list per epoch; from `epoch_month` on, what has not started follows the list of that epoch."""

    name: str
    project_ids: tuple[str, ...]
    epoch_month: NDArray[np.int32]
    """[epoch], ascending, first is 0"""
    project_order: NDArray[np.int32]
    """[epoch, place], rows of `project_ids`, first in the list first"""
    claim: NDArray[np.int32]
    """[epoch, project], CLAIM_OPEN, CLAIM_RESTRICTED or CLAIM_HOLDER (rule reserved_share)"""
    permit_months_saved: NDArray[np.int32]
    """[epoch, project], through the support channel"""
    land_months_saved: NDArray[np.int32]
    """[epoch, project]"""


@dataclass(frozen=True, eq=False)
class OrderArrays:
    """Priority timelines on common epochs; what the schedule kernels read."""

    epoch_month: NDArray[np.int32]
    """[epoch], ascending, first is 0"""
    project_order: NDArray[np.int32]
    """[order, epoch, place]"""
    claim: NDArray[np.int32]
    """[order, epoch, project]"""
    saved: NDArray[np.int32]
    """[order, epoch, phase], months taken off the duration"""


@dataclass(frozen=True, eq=False)
class ScheduleArrays:
    """What a schedule kernel returns; a row of `start` is plan `order * draws + draw`."""

    start: NDArray[np.int32]
    """[plan, phase]"""
    finish: NDArray[np.int32]
    """[plan, phase]"""
    binding: NDArray[np.int32]
    """[plan, phase]"""
    binding_resource: NDArray[np.int32]
    """[plan, phase]"""


@dataclass(frozen=True, eq=False)
class Plans:
    """Many schedules of one study, e.g. one per delay draw. Month 0 is January of `start_year`."""

    order_name: str
    project_ids: tuple[str, ...]
    phase_project: NDArray[np.int32]
    """[phase] row of the project"""
    phase_name: tuple[str, ...]
    """[phase] study, permit, land, procurement or build"""
    start_month: NDArray[np.int32]
    """[draw, phase], NOT_PLANNED where it falls outside the horizon"""
    finish_month: NDArray[np.int32]
    """[draw, phase], first month after the phase; NOT_PLANNED also where it started but overran the horizon"""
    binding: NDArray[np.int8]
    """[draw, phase], values of Binding; where a phase is not planned, the reason"""
    binding_resource: NDArray[np.int32]
    """[draw, phase], row of `resource_names` for what is scarce; else -1"""
    resource_names: tuple[str, ...]
    in_service_month: NDArray[np.int32]
    """[draw, project], first month in which the project works, NOT_PLANNED otherwise"""
    out_of_service_month: NDArray[np.int32]
    """[draw, project], first month in which a temporary solution works no longer, NOT_PLANNED otherwise"""
    build_start_month: NDArray[np.int32] = field(repr=False)
    """[draw, project], first month of works on site (outages for works), NOT_PLANNED otherwise"""
