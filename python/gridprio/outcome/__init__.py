"""From plans to outcomes by way of remembered cells (docs/theory/outcome.md)."""

from gridprio.model.metrics import METRICS
from gridprio.outcome.costs import capital_meur
from gridprio.outcome.evaluate import Outcomes, waiting_value
from gridprio.outcome.evaluator import Evaluator
from gridprio.outcome.game import FixedDatesGame

__all__ = [
    "METRICS",
    "Evaluator",
    "FixedDatesGame",
    "Outcomes",
    "capital_meur",
    "waiting_value",
]
