"""From plans to outcomes by way of remembered cells (docs/theory/outcome.md)."""

from gridprio.model.metrics import METRICS
from gridprio.outcome.by_area import POINTS, POOLED, AreaValues
from gridprio.outcome.costs import capital_meur
from gridprio.outcome.evaluate import Outcomes, waiting_value
from gridprio.outcome.evaluator import Evaluator
from gridprio.outcome.game import FixedDatesGame, ReplannedGame

__all__ = [
    "METRICS",
    "POINTS",
    "POOLED",
    "AreaValues",
    "Evaluator",
    "FixedDatesGame",
    "Outcomes",
    "ReplannedGame",
    "capital_meur",
    "waiting_value",
]
