"""From plans to outcomes by way of remembered cells (docs/theory/outcome.md)."""

from gridprio.model.metrics import METRICS
from gridprio.outcome.by_area import POINTS, POOLED, AreaValues
from gridprio.outcome.costs import capital_meur
from gridprio.outcome.envelope import asked_mw_years, metric_ranges
from gridprio.outcome.evaluate import Outcomes, waiting_value
from gridprio.outcome.evaluator import Evaluator, Sampled
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
    "Sampled",
    "asked_mw_years",
    "capital_meur",
    "metric_ranges",
    "waiting_value",
]
