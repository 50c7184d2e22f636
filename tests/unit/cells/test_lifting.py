"""Which projects lift the limit of a headroom."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from gridprio.cells.headroom import Headroom, HeadroomPoint
from gridprio.cells.lifting import lifting_projects
from gridprio.model.cell import HourlyInjections
from gridprio.model.rules import CellRules
from tests.kernels.cell_cases import RULES, contingencies


class Executor:
    """Every state is held back but that of the second project; keeps what it was asked."""

    def evaluate(self, grid: Any, every: Any, queue: Any, batch: Any, rules: CellRules) -> SimpleNamespace:
        self.rules, self.p_mw = rules, batch.p_mw
        return SimpleNamespace(limit_contingency=np.array([[0], [-1]]))


def test_a_limit_is_judged_in_its_hour_and_without_the_allowance_of_a_queue() -> None:
    two_hours = HourlyInjections(
        month=np.zeros(2, np.int8), limit_class=np.zeros(2, np.int16), weight_h=np.ones(2),
        p_mw=np.array([[1.0], [2.0]]), q_mvar=np.zeros((2, 1)),
        exempt_feed_in_mw=np.zeros((2, 1)),
    )  # fmt: skip
    point = HeadroomPoint("S", 0, "demand", "", 0.0, np.array([0.5, 1.0]))
    found = Headroom(point, 10.0, 0, 0, 1, "red")
    states = dict.fromkeys("AB", (np.ones(1, np.bool_), two_hours))
    executor, rules = Executor(), replace(RULES, negligible_percent=1.0)
    lifted = lifting_projects(SimpleNamespace(grid=None), contingencies(), states, found, executor, rules)
    assert lifted == ["B"]
    assert executor.rules == replace(rules, negligible_percent=0.0) and np.unique(executor.p_mw).tolist() == [2.0]
