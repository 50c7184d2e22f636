"""Contributions from batches: exact for few players, sampled for many."""

from __future__ import annotations

import numpy as np
import pytest

from gridprio.games import contribution, contributions
from gridprio.games.sampled import EXACT_PLAYERS


def game(n: int, seed: int):
    """Sums of weights and of pairs: the Shapley value is the weight and half of each pair."""
    random = np.random.default_rng(seed)
    weight, pair = random.normal(size=n), np.triu(random.normal(size=(n, n)), 1)

    def values(coalitions: np.ndarray) -> np.ndarray:
        inside = coalitions.astype(float)
        return 5.0 + inside @ weight + np.einsum("ci,ij,cj->c", inside, pair, inside)

    return values, weight + (pair + pair.T).sum(axis=1) / 2


@pytest.mark.parametrize("n", [1, 2, 5, EXACT_PLAYERS])
def test_few_players_are_exact_and_agree_with_enumeration(n: int) -> None:
    values, shapley = game(n, n)
    found = contributions(values, n, pairs=1, seed=0)
    assert found.exact and found.shapley == pytest.approx(shapley, abs=1e-9)
    players = list(range(n))
    for method, own in (("pint", found.pint), ("toot", found.toot), ("shapley", found.shapley)):
        by_name = contribution(lambda s: float(values(np.isin(players, list(s))[None])[0]), players, method)
        assert own == pytest.approx(list(by_name.values()), abs=1e-9)


def test_many_players_add_up_and_a_pair_of_reversed_orders_is_exact_for_pairwise_games() -> None:
    values, shapley = game(12, 1)
    found = contributions(values, 12, pairs=2, seed=3)
    assert not found.exact and found.shapley == pytest.approx(shapley, abs=1e-9)  # any order and its reverse
    assert found.standard_error == pytest.approx(np.zeros(12), abs=1e-9)


def test_intervals_cover_and_samples_add_up() -> None:
    random = np.random.default_rng(0)
    weight = random.uniform(1, 9, 10)

    def values(coalitions: np.ndarray) -> np.ndarray:
        return np.minimum(20.0, coalitions @ weight)  # substitutes beyond 20

    exact = contribution(lambda s: float(min(20.0, sum(weight[list(s)]))), list(range(10)), "shapley")
    found = contributions(values, 10, pairs=60, seed=1)
    assert found.shapley.sum() == pytest.approx(values(np.ones((1, 10)))[0])
    off = np.abs(found.shapley - list(exact.values()))
    assert (off <= 4 * found.standard_error).all() and (off > 0).any()
    again = contributions(values, 10, pairs=60, seed=1)
    assert (again.shapley == found.shapley).all()
    assert np.isnan(contributions(values, 10, pairs=1, seed=1).standard_error).all()
