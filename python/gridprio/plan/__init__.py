"""From a priority list to a schedule: phases, crews, permit desks, budgets and delays (docs/theory/plan.md)."""

from gridprio.plan.delays import draw_delays
from gridprio.plan.problem import build_problem
from gridprio.plan.schedule import schedule_plans

__all__ = ["build_problem", "draw_delays", "schedule_plans"]
