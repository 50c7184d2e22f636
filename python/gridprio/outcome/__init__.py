"""From plans to outcomes by way of remembered cells (docs/theory/outcome.md)."""

from gridprio.model.walk import METRICS
from gridprio.outcome.cells import CellSource, CellValues, PlanArea, SimulatedCells, StateYear
from gridprio.outcome.costs import capital_meur
from gridprio.outcome.evaluate import Outcomes, scenarios_of
from gridprio.outcome.evaluator import Evaluator
from gridprio.outcome.game import FixedDatesGame

__all__ = [
    "METRICS",
    "CellSource",
    "CellValues",
    "Evaluator",
    "FixedDatesGame",
    "Outcomes",
    "PlanArea",
    "SimulatedCells",
    "StateYear",
    "capital_meur",
    "scenarios_of",
]
