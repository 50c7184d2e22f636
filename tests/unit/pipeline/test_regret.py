"""Regret of orders and the scenarios that turn a verdict, worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gridprio.model.metrics import METRICS
from gridprio.pipeline.regret import regret_table, turning_scenarios
from gridprio.text import word_message


def study(*weights: float | None) -> SimpleNamespace:
    scenarios = [SimpleNamespace(scenario_id=name, weight=w) for name, w in zip("ab", weights, strict=True)]
    return SimpleNamespace(scenarios=scenarios, scenario_ids=("a", "b"))


def outcome(in_a: float, in_b: float) -> np.ndarray:
    """[scenario, draw, metric] of which the mean over two draws is as given."""
    means = np.zeros((2, 2, len(METRICS)))
    means[:, :, 0] = [[in_a - 1, in_a + 1], [in_b - 2, in_b + 2]]
    return means


METRIC = METRICS[0]
ORDERS = {"x": outcome(10, 20), "y": outcome(12, 15)}


def test_regret_is_the_distance_from_the_best_order_of_the_scenario() -> None:
    points = {"x": np.array([1.0, 1.0]), "y": np.array([3.0, 1.0])}
    table = regret_table(study(None, None), ORDERS, points).set_index(["metric", "order_name", "scenario"]).sort_index()
    assert table.loc[METRIC, "regret"].tolist() == [0, 5, 2, 0]
    assert table.loc[(METRIC, "x"), "worst_regret"].tolist() == [5, 5]
    assert table.loc[(METRIC, "y", "a"), "worst_scenario"] == "a"
    assert table[["expected_regret", "cvar_regret"]].isna().all(axis=None)
    assert table.loc["points", "regret"].tolist() == [0, 0, 2, 0]


def test_expected_regret_takes_the_weights_of_the_user_alone() -> None:
    table = regret_table(study(3, 1), ORDERS, {})
    found = table[table["metric"] == METRIC].set_index(["order_name", "scenario"]).sort_index()
    assert found.loc["x", "expected_regret"].tolist() == pytest.approx([1.25, 1.25])
    assert found.loc["y", "cvar_regret"].tolist() == pytest.approx([2, 2])
    assert set(table["metric"]) == set(METRICS)


def test_a_scenario_turns_a_verdict_only_where_both_are_settled() -> None:
    rows = [
        ("a", "both", "total", "overload_mvah", "better"),
        ("b", "both", "total", "overload_mvah", "worse"),
        ("a", "both", "total", "waiting_dwelling_years", "better"),
        ("b", "both", "total", "waiting_dwelling_years", "undecided"),
        ("a", "order", "total", "insecure_hours", "better"),
        ("b", "order", "total", "insecure_hours", "none"),
    ]
    table = pd.DataFrame(rows, columns=["scenario", "channel", "project_id", "metric", "verdict"])
    [told] = turning_scenarios(table, "both")
    assert (
        word_message(told)["en"] == "Grid overload: the verdict depends on the scenario (better in a and worse in b)."
    )
    assert word_message(told)["nl"].startswith("Overbelasting van het net: het oordeel hangt van het scenario af")
