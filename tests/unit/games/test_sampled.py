"""Contributions from batches: exact for few players, sampled for many."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gridprio.games import (
    Sampling,
    Surrogate,
    contribution,
    every_coalition,
    exact_contributions,
    interaction,
    sampled_contributions,
)
from gridprio.games.sampled import mean_of_blocks
from gridprio.games.table import marginal_means, pair_interactions

Values = Callable[[np.ndarray], np.ndarray]


def game(n: int, seed: int) -> tuple[Values, np.ndarray]:
    """Sums of weights and of pairs: the Shapley value is the weight and half of each pair."""
    random = np.random.default_rng(seed)
    weight, pair = random.normal(size=n), np.triu(random.normal(size=(n, n)), 1)

    def values(coalitions: np.ndarray) -> np.ndarray:
        inside = coalitions.astype(float)
        return (5.0 + inside @ weight + np.einsum("ci,ij,cj->c", inside, pair, inside))[:, None]

    return values, weight + (pair + pair.T).sum(axis=1) / 2


def sampling(blocks: int, seed: int = 0) -> Sampling:
    return Sampling(blocks, 0.95, seed)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_few_players_are_exact_and_agree_with_enumeration(n: int) -> None:
    values, shapley = game(n, n)
    unions = [sum(1 << i for i in range(0, n, 2)), sum(1 << i for i in range(1, n, 2))]
    unions = [mask for mask in unions if mask]
    found = exact_contributions(values(every_coalition(n)), [unions])
    assert found.exact and found.shapley[:, 0] == pytest.approx(shapley, abs=1e-9)
    assert (found.low == found.shapley).all() and (found.high == found.shapley).all()
    players = list(range(n))

    def worth(s: frozenset[object]) -> float:
        return float(values(np.isin(players, list(s))[None])[0, 0])

    for method, own in (("pint", found.pint), ("toot", found.toot), ("shapley", found.shapley)):
        assert own[:, 0] == pytest.approx(list(contribution(worth, players, method).values()), abs=1e-9)
    groups = [[i for i in players if mask >> i & 1] for mask in unions]
    assert found.owen[0][:, 0] == pytest.approx(list(contribution(worth, players, "owen", groups).values()), abs=1e-9)
    pairs = pair_interactions(values(every_coalition(n)))
    assert {p: float(v[0]) for p, v in pairs.items()} == pytest.approx(interaction(worth, players), abs=1e-9)


def test_many_players_add_up_and_a_reversed_order_is_exact_for_pairwise_games() -> None:
    values, shapley = game(12, 1)
    found = sampled_contributions(values, 12, sampling(2, 3))
    assert not found.exact and found.shapley[:, 0] == pytest.approx(shapley, abs=1e-9)
    whole = values(np.array([[False] * 12, [True] * 12]))
    assert found.shapley.sum() == pytest.approx(float(whole[1, 0] - whole[0, 0]))


def test_sampled_owen_values_of_pairwise_games_are_exact_too() -> None:
    values, _ = game(10, 2)
    unions = [0b11, 0b1111100, 0b1110000000]
    exact = exact_contributions(values(every_coalition(10)), [unions])
    found = sampled_contributions(values, 10, sampling(2), unions=[unions])
    assert not found.exact and found.owen[0] == pytest.approx(exact.owen[0], abs=1e-9)


def capped(n: int, seed: int) -> Values:
    """Substitutes: nothing is added beyond a cap."""
    weight = np.random.default_rng(seed).uniform(1, 9, n)
    return lambda coalitions: np.minimum(weight.sum() / 3, coalitions @ weight)[:, None]


def needed(n: int, seed: int) -> Values:
    """Each of a few groups is worth something once it is there whole: what most orders never show of most players."""
    random = np.random.default_rng(seed)
    groups = random.random((6, n)) < 0.35
    worth = random.uniform(1, 10, 6)
    return lambda coalitions: ((coalitions[:, None] | ~groups).all(axis=2) @ worth)[:, None]


def rare(n: int, seed: int) -> Values:
    """A player that matters only where half of the others are there, and one that stands in for it."""
    weight = np.random.default_rng(seed).uniform(1, 3, n)

    def values(coalitions: np.ndarray) -> np.ndarray:
        others = coalitions[:, 2:].sum(axis=1)
        worth = coalitions[:, 2:] @ weight[2:] + 5.0 * (coalitions[:, 0] & ~coalitions[:, 1] & (others == n // 2))
        return worth[:, None]

    return values


def voting(n: int, seed: int) -> Values:
    """1 with more than half of the votes: an order and its reverse have nearly the same pivots."""
    votes = np.random.default_rng(seed).integers(1, 9, n)
    return lambda coalitions: (coalitions @ votes > votes.sum() / 2).astype(float)[:, None]


def glove(n: int, seed: int) -> Values:
    """Pairs of a left glove and a right one: most orders show nothing but 0 and 1."""
    return lambda coalitions: np.minimum(coalitions[:, :2].sum(axis=1), coalitions[:, 2:].sum(axis=1))[:, None] + 0.0


EVERY_TIME = ((rare, 6, False), (voting, 6, False))


@pytest.mark.parametrize(
    ("make", "blocks", "with_surrogate"),
    [
        pytest.param(
            make,
            blocks,
            helped,
            marks=() if (make, blocks, helped) in ((rare, 6, False), (voting, 6, False)) else pytest.mark.slow,
        )
        for make in (capped, needed, rare, voting)
        for blocks in (6, 16)
        for helped in (False, True)
    ],
)
def test_intervals_cover_at_the_stated_rate(make: Callable[..., Values], blocks: int, with_surrogate: bool) -> None:
    """200 repetitions; the share that covers, of each player, is at the stated rate within sampling error."""
    n = 10
    values = make(n, 1)
    table = values(every_coalition(n))
    exact = marginal_means(table)
    number = 1 << np.arange(n)

    def looked_up(coalitions: np.ndarray) -> np.ndarray:
        return table[coalitions @ number]

    other = np.sqrt(np.abs(table)) + capped(n, 7)(every_coalition(n))
    surrogate = Surrogate(lambda c: other[c @ number], marginal_means(other)) if with_surrogate else None
    covered = np.zeros(n)
    for seed in range(200):
        found = sampled_contributions(looked_up, n, sampling(blocks, seed), surrogate=surrogate)
        covered += ((found.low <= exact + 1e-9) & (exact <= found.high + 1e-9))[:, 0]
        assert found.shapley.sum() == pytest.approx(float(table[-1, 0] - table[0, 0]))
    assert (covered / 200).min() >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200), covered


def test_no_interval_is_a_point_where_any_player_adds_more_in_one_place_than_in_another() -> None:
    for seed in range(100):
        found = sampled_contributions(glove(8, 0), 8, sampling(2, seed))
        assert (found.high > found.low).all()


def test_an_interval_of_events_is_that_of_clopper_and_pearson() -> None:
    happened = np.array([1.0] * 2 + [0.0] * 8)[:, None]
    low, high = mean_of_blocks(happened, np.zeros(1), np.ones(1), 0.95)
    assert (low[0], high[0]) == (pytest.approx(0.0252, abs=0.003), pytest.approx(0.5561, abs=0.015))
    low, high = mean_of_blocks(happened * 0, np.zeros(1), np.ones(1), 0.95)
    assert low[0] == 0 and high[0] == pytest.approx(0.3085, abs=0.015)
    assert np.isnan(mean_of_blocks(happened[:1], np.zeros(1), np.ones(1), 0.95)).all()


def test_a_surrogate_that_is_the_game_itself_leaves_no_doubt() -> None:
    values = capped(10, 3)
    exact = marginal_means(values(every_coalition(10)))
    plain = sampled_contributions(values, 10, sampling(8))
    helped = sampled_contributions(values, 10, sampling(8), surrogate=Surrogate(values, exact))
    assert helped.shapley == pytest.approx(exact, abs=1e-9)
    assert (helped.high - helped.low).max() < 1e-9 < (plain.high - plain.low).min()


def test_the_same_seed_gives_the_same() -> None:
    values = capped(11, 5)
    one, two, other = (sampled_contributions(values, 11, sampling(3, seed)) for seed in (1, 1, 2))
    assert (one.shapley == two.shapley).all() and (one.shapley != other.shapley).any()
