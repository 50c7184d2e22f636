from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridprio.errors import InputError
from gridprio.statistics import rank_acceptability
from tests.external import read_external


def test_cases_in_closed_form() -> None:
    for case in read_external("rank_acceptability.json")["cases"]:
        found = rank_acceptability(case["scores"], samples=40_000)
        assert found.acceptability == pytest.approx(np.array(case["acceptability"]), abs=0.012), case["name"]
        if "central_weights" in case:
            assert found.central_weights == pytest.approx(np.array(case["central_weights"]), abs=0.012), case["name"]


def test_two_criteria_in_closed_form() -> None:
    """(1, 0), (0, 1) and (c, c): the compromise is first for c > max(w, 1 - w), so with probability 2c - 1."""
    for c in (0.55, 0.7, 0.9):
        found = rank_acceptability([[1, 0], [0, 1], [c, c]], samples=40_000, seed=3)
        assert found.acceptability[:, 0] == pytest.approx([1 - c, 1 - c, 2 * c - 1], abs=0.012)
        assert found.central_weights[0] == pytest.approx([(1 + c) / 2, (1 - c) / 2], abs=0.012)
    assert found.confidence_factor.tolist() == [1.0, 1.0, 1.0]


def test_equal_alternatives_share_their_ranks() -> None:
    found = rank_acceptability([[0.3, 0.7], [0.3, 0.7], [0.1, 0.2]], samples=200)
    assert found.acceptability[:2, :2] == pytest.approx(0.5)
    assert found.acceptability[2].tolist() == [0.0, 0.0, 1.0]
    assert found.confidence_factor[:2].tolist() == [0.5, 0.5]
    assert np.isnan(found.central_weights[2]).all() and np.isnan(found.confidence_factor[2])


def test_given_weights_decide() -> None:
    table = pd.DataFrame({"cost": [1.0, 0.0], "society": [0.0, 1.0]}, index=["north", "south"])
    assert rank_acceptability(table, {"society": 2, "cost": 1}).acceptability.tolist() == [[0, 1], [1, 0]]
    drawn = rank_acceptability(table, [[3, 1], [1, 3], [4, 1], [5, 1]])
    assert drawn.samples == 4
    assert drawn.acceptability[:, 0].tolist() == [0.75, 0.25]
    assert list(drawn.to_frame().index) == ["north", "south"]
    assert "rank_1" in repr(drawn)


def test_uncertain_scores() -> None:
    """One criterion, first alternative ahead in three of four samples."""
    table = np.array([[[1.0], [0.0]]] * 3 + [[[0.0], [1.0]]])
    found = rank_acceptability(table, samples=40_000)
    assert found.acceptability[:, 0] == pytest.approx([0.75, 0.25], abs=0.012)
    assert found.confidence_factor.tolist() == [0.75, 0.25]


@settings(max_examples=30)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 1000))
def test_rows_and_columns_sum_to_one(alternatives: int, criteria: int, seed: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 3, (alternatives, criteria)) / 2  # many ties
    found = rank_acceptability(scores, samples=100, seed=seed)
    assert found.acceptability.sum(axis=0) == pytest.approx(1.0)
    assert found.acceptability.sum(axis=1) == pytest.approx(1.0)


def test_same_seed_same_answer() -> None:
    scores = np.random.default_rng(0).random((4, 3))
    a, b = rank_acceptability(scores, samples=500, seed=9), rank_acceptability(scores, samples=500, seed=9)
    assert (a.acceptability == b.acceptability).all()
    assert (a.acceptability != rank_acceptability(scores, samples=500, seed=10).acceptability).any()


@pytest.mark.parametrize(
    ("scores", "weights", "text"),
    [
        ([1.0, 2.0], None, "wrong shape"),
        ([[1.0, float("nan")]], None, "alternative 0, criterion 1"),
        ([["x"]], None, "not a table of numbers"),
        ([[1.0, 2.0]], [1.0], "wrong shape"),
        ([[1.0, 2.0]], [-1.0, 2.0], "none below zero"),
        (pd.DataFrame({"a": [1.0]}), {"b": 1.0}, "unknown b; missing a"),
        (pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "x"]), None, "more than once"),
    ],
)
def test_problems_are_named(scores: object, weights: object, text: str) -> None:
    with pytest.raises(InputError, match=text):
        rank_acceptability(scores, weights)  # type: ignore[arg-type]
