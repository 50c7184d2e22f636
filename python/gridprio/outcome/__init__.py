"""From plans to outcomes by way of remembered cells (docs/theory/outcome.md)."""

from gridprio.outcome.evaluate import METRICS, Outcomes, evaluate_plans, scenarios_of
from gridprio.outcome.evaluator import Evaluator
from gridprio.outcome.states import AreaStates, AreaWalk, StateSpace, area_states, distinct_plans, walk_cells

__all__ = [
    "METRICS",
    "AreaStates",
    "AreaWalk",
    "Evaluator",
    "Outcomes",
    "StateSpace",
    "area_states",
    "distinct_plans",
    "evaluate_plans",
    "scenarios_of",
    "walk_cells",
]
