"""From a priority list to a schedule: phases, crews, permit desks, budgets and delays (docs/theory/plan.md)."""

from gridprio.plan.delays import draw_delays
from gridprio.plan.months import lists_as_orders, may_run, plan_months, served_months, work_open
from gridprio.plan.problem import build_problem, in_secure_months
from gridprio.plan.schedule import join_timelines, schedule_plans

__all__ = [
    "build_problem",
    "draw_delays",
    "in_secure_months",
    "join_timelines",
    "lists_as_orders",
    "may_run",
    "plan_months",
    "schedule_plans",
    "served_months",
    "work_open",
]
