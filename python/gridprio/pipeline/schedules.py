"""The plans that a run compares, all under the same delay draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gridprio.effect import StatusOrders, placebo_timelines, status_orders
from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED, PlanProblem, Plans, PriorityTimeline
from gridprio.orders import Order, named_orders, need_year_order, operator_order, place_matters
from gridprio.outcome import Evaluator
from gridprio.text import Message, message

WHAT_IF = "need_year_"
"""Before the names of orders and channels: the order was made from need years, a what-if, because the effect of status
cannot be told from the operator's."""


@dataclass(frozen=True, eq=False)
class Schedules:
    """What is built when, under every order that is compared."""

    order: Order
    established: bool
    """whether the effect of status can be told from the operator's order; else `order` is reconstructed"""
    orders: StatusOrders
    problem: PlanProblem
    timelines: tuple[PriorityTimeline, ...]
    """those of `orders`; the operator's own order follows where it is another, then the named orders"""
    plans: tuple[Plans, ...]
    """per timeline, under the first draws of the study"""
    placebo: tuple[PriorityTimeline, ...]
    """random lists of statuses"""
    named: Mapping[str, int]
    """name of an order -> row of `timelines`"""
    drawn: bool
    unranked: tuple[str, ...]
    """concrete projects that the operator's order leaves out"""
    unknown_because: str
    """`order_basis` or `unranked`; empty when the effect is established"""

    @property
    def order_name(self) -> str:
        """The order that is compared, as the run folder names it."""
        return "operator" if self.established else "need_year"

    @property
    def prefix(self) -> str:
        """Before the names of orders and channels."""
        return "" if self.established else WHAT_IF

    def rows(self) -> dict[str, int]:
        """Order names of the run folder -> row of `timelines`; a plan stands under each of its names."""
        orders = self.orders
        named = {
            f"{self.prefix}without_status": orders.without,
            f"{self.prefix}with_order": orders.with_all["order"],
            f"{self.prefix}with_support": orders.with_all["support"],
            f"{self.prefix}with_status": orders.with_all["both"],
        }
        return (named if self.established else {"operator": len(orders.timelines), **named}) | dict(self.named)

    def ruled_order(self) -> list[PriorityTimeline]:
        """The order that status makes of the one compared, without support; none where no project has status."""
        if not self.orders.with_others:
            return []
        timeline = self.orders.timelines[self.orders.with_all["order"]]
        return [replace(timeline, name=f"{self.prefix}with_order")]


def compared_order(study: Study) -> Order:
    """The operator's order where the effect of status can be told from it, else one by need."""
    order = operator_order(study.projects, study.settings.order_basis, study.project_phases)
    return order if order.shows_status_effect else need_year_order(study.projects, study.project_phases)


def make_schedules(evaluator: Evaluator, draws: int | None = None) -> Schedules:
    """All plans that the comparison needs and those of the named orders, all under the same delay draws.

    `draws` instead of those of the settings; 0 where timelines alone are asked for.
    """
    study, problem = evaluator.study, evaluator.problem
    settings = study.settings
    order, compared = operator_order(study.projects, settings.order_basis, study.project_phases), compared_order(study)
    established = compared.name == order.name
    holders = [p.project_id for p in study.projects if p.status]
    prefix, matters = "" if established else WHAT_IF, place_matters(problem)
    orders = status_orders(compared, problem.project_ids, holders, settings, prefix, matters)
    timelines = list(orders.timelines)
    if not established:
        timelines += status_orders(order, problem.project_ids, (), settings, "operator_").timelines
    beside = named_orders(study, problem)
    named = {timeline.name: row for row, timeline in enumerate(beside, len(timelines))}
    timelines += beside
    return Schedules(
        order=compared,
        established=established,
        orders=orders,
        problem=problem,
        timelines=tuple(timelines),
        plans=evaluator.plans(timelines, settings.draws if draws is None else draws),
        placebo=tuple(placebo_timelines(compared, problem.project_ids, holders, settings)),
        named=named,
        drawn=problem.has_chance,
        unranked=order.unranked,
        unknown_because="" if established else "unranked" if order.basis == "before_status" else "order_basis",
    )


def schedule_messages(evaluator: Evaluator, schedules: Schedules) -> list[Message]:
    """What a reader of the plans should know."""
    messages = list(schedules.problem.notes)
    if schedules.unranked:
        messages.append(message("plan.unranked", projects=schedules.unranked))
    plans = schedules.plans[next(at for name, at in schedules.rows().items() if name.endswith("with_status"))]
    never = (plans.in_service_month == NOT_PLANNED).mean(axis=0)
    with_phases = np.diff(schedules.problem.arrays.phase_start) > 0
    rows = zip(evaluator.study.projects, never, with_phases, strict=True)
    built = [plan.in_service_month[:, with_phases] != NOT_PLANNED for plan in schedules.plans]
    if with_phases.any() and not any(months.any() for months in built):
        return [*messages, message("plan.nothing_built")]
    late = [project.name for project, share, has_phases in rows if share > 0.5 and has_phases]
    if late:
        messages.append(message("plan.late", projects=late))
    return messages
