"""What plans are worth, area by area: the values of the games of contributions (docs/theory/contributions.md)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.model.metrics import METRICS
from gridprio.model.walk import PlanMonths
from gridprio.outcome.evaluate import walk_rules
from gridprio.outcome.evaluator import Evaluator

Floats = NDArray[np.float64]

POINTS, POOLED = "points", "pooled"
ELSEWHERE = ""
"""Name of what is in no area: capital of projects that change nothing in one."""
CAPITAL = METRICS.index("capital_cost_meur")


class AreaValues:
    """Values of plans, more is better: each metric saved in each scenario, then the points of all but capital."""

    def __init__(self, evaluator: Evaluator, weight: Floats, scenario_share: Floats) -> None:
        """`weight` [metric] and `scenario_share` [scenario] of the points, which are discounted."""
        self.evaluator = evaluator
        self.names = [(scenario, metric) for scenario in evaluator.scenarios for metric in METRICS]
        self.names.append((POOLED, POINTS))
        self.areas = [*(area.name for area in evaluator.cells.areas), ELSEWHERE]
        self._weight = np.where(np.arange(len(METRICS)) == CAPITAL, 0.0, weight)
        self._share = scenario_share
        self._capital = walk_rules(evaluator.study, evaluator.problem).capital_meur
        first = np.full(len(evaluator.project_ids), len(self.areas) - 1)
        for number, area in reversed(list(enumerate(evaluator.cells.areas))):
            first[list(area.serving)] = number
        self._area_of = first

    def __call__(self, months: PlanMonths, areas: Sequence[int] | None = None) -> Floats:
        """[plan, area, value] of these rows of `areas`; none is all."""
        rows = range(len(self.areas)) if areas is None else areas
        return np.stack([self._of_area(months, area) for area in rows], axis=1)

    def projects(self, area: int) -> list[int]:
        """Rows of the projects that can change a value of an area by themselves."""
        own = set(np.flatnonzero(self._area_of == area).tolist())
        if area < len(self.evaluator.cells.areas):
            own |= {*self.evaluator.cells.areas[area].serving, *self.evaluator.cells.areas[area].working}
        return sorted(own)

    def _of_area(self, months: PlanMonths, area: int) -> Floats:
        n_plan, n_scenario = len(months.in_service), len(self.evaluator.scenarios)
        metric, discounted = np.zeros((2, n_plan, n_scenario, len(METRICS)))
        if area < len(self.evaluator.cells.areas):
            metric = self.evaluator.walk(months, area=area).metric
            discounted = self.evaluator.walk(months, area=area, discounted=True).metric
        metric[..., CAPITAL] = self._capital_meur(months, area)[:, None]
        points = (discounted @ self._weight) @ self._share
        return -np.column_stack([metric.reshape(n_plan, -1), points])

    def _capital_meur(self, months: PlanMonths, area: int) -> Floats:
        """[plan], of projects that are counted in the area."""
        own = np.flatnonzero(self._area_of == area)
        since = months.in_service[:, own]
        within = (since >= 0) & (since < self._capital.shape[1])
        capital: Floats = np.where(within, self._capital[own, np.where(within, since, 0)], 0.0).sum(axis=1)
        return capital
