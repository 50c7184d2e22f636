"""Rankings from given numbers."""

from __future__ import annotations

import math

import pytest

from gridprio.inputs.weighing import Criterion, Score
from gridprio.orders import per_cost, ranked_by, societal_scores
from tests.unit.plan.rows import project

PROJECTS = [project("a", cost_meur=10), project("b", cost_meur=2), project("free"), project("harm"), project("d")]


def test_best_first_ties_as_given_and_without_a_value_left_out() -> None:
    assert ranked_by(PROJECTS, {"a": 1, "b": 3, "free": 1, "harm": -2}) == ("b", "a", "free", "harm")


def test_benefit_per_cost_puts_what_is_free_first_or_last() -> None:
    ratio = per_cost(PROJECTS, {"a": 20.0, "b": 6.0, "free": 0.1, "harm": -0.1, "d": 0.0})
    assert ratio == {"a": 2.0, "b": 3.0, "free": math.inf, "harm": -math.inf, "d": 0.0}
    assert ranked_by(PROJECTS, ratio) == ("free", "b", "a", "d", "harm")


def test_societal_score_is_the_weighted_mean() -> None:
    criteria = [
        Criterion(criterion_id="homes", name="Homes", weight=3),
        Criterion(criterion_id="nature", name="Nature", weight=1),
    ]
    scores = [
        Score(project_id=i, criterion_id=c, score=s)
        for i, c, s in (("a", "homes", 4), ("a", "nature", 0), ("b", "homes", 2), ("b", "nature", 8))
    ]
    assert societal_scores(criteria, scores) == pytest.approx({"a": 3.0, "b": 3.5})
