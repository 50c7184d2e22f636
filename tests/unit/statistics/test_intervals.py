"""Intervals of bounded means: they cover whatever the shape, at every number of draws."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from gridprio.statistics import exact, mean_interval, probability_better
from gridprio.statistics.betting import bet_above, bet_below

LOOKS = (1, 2, 5, 10, 20, 40, 80, 160)
RANGE = 120.0
CASES = ("delay 0.5", "delay 1", "delay 2", "delay 3", "rare 0.1", "rare 0.03", "rare 0.005")


def samples(case: str, repetitions: int) -> tuple[NDArray[np.float64], float]:
    """[repetition, draw], and the mean: gamma effects with so many means of spread, or a large effect that is rare."""
    kind, value = case.split()
    rng = np.random.default_rng([CASES.index(case), repetitions])
    shape = (repetitions, max(LOOKS))
    if kind == "rare":
        size = min(2 / float(value), RANGE)
        return -size * (rng.random(shape) < float(value)), -size * float(value)
    ratio = float(value)
    draws = rng.gamma(ratio**-2, 2 * ratio**2, shape)
    many = np.minimum(rng.gamma(ratio**-2, 2 * ratio**2, 400_000), RANGE)
    return np.minimum(draws, RANGE), float(many.mean())


def holds(draws: NDArray[np.float64], mean: float) -> bool:
    """Whether neither bet refutes the mean, so that it lies within the interval."""
    bets = bet_above(draws, -RANGE, mean), bet_below(draws, RANGE, mean)
    return max(bet.log_e for bet in bets) < math.log(2 / 0.05)


def within(misses: int, repetitions: int) -> bool:
    return misses / repetitions <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / repetitions)


def check_coverage(case: str, repetitions: int) -> None:
    draws, mean = samples(case, repetitions)
    held = np.array([[holds(row[:n], mean) for n in LOOKS] for row in draws])
    for misses in (~held).sum(axis=0).tolist():
        assert within(misses, repetitions)
    assert within(int((~held).any(axis=1).sum()), repetitions), "at all looks together"


def test_the_interval_is_what_neither_bet_refutes() -> None:
    for case in CASES:
        for row in samples(case, 4)[0]:
            found = mean_interval(row[:20], -RANGE, RANGE)
            step = 1e-3 * (found.high - found.low)
            assert holds(row[:20], found.low + step) and holds(row[:20], found.high - step)
            assert not holds(row[:20], found.low - step) and not holds(row[:20], found.high + step)


@pytest.mark.parametrize("case", CASES)
def test_covers_skewed_delays_and_rare_events_at_every_number_of_draws(case: str) -> None:
    check_coverage(case, 60)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_covers_in_400_repetitions(case: str) -> None:
    check_coverage(case, 400)


@pytest.mark.parametrize("n", [1, 10, 100, 1000])
def test_equal_draws_bound_what_was_not_drawn(n: int) -> None:
    """An event of the whole range that has not come in n draws has a probability of at most about 4.4 / n.

    3.7 / n is the rule of three for both sides at 97.5 %; staking half the capital on it costs log 2.
    """
    found = mean_interval(np.zeros(n), -100.0, 100.0)
    half_staked, all_staked = (100 * (1 - (0.025 * part) ** (1 / n)) for part in (0.5, 1.0))
    assert found.mean == 0
    assert -found.low == pytest.approx(found.high)
    assert all_staked <= found.high <= half_staked + 1e-6


def test_narrows_to_what_a_normal_interval_is_when_the_range_no_longer_counts() -> None:
    draws = np.random.default_rng(3).normal(5, 10, 4000)
    found = mean_interval(draws, -60.0, 60.0)
    normal = 1.96 * draws.std() / math.sqrt(4000)
    assert normal < (found.high - found.low) / 2 < 2.2 * normal


def test_the_order_of_the_draws_does_not_count_and_signs_mirror() -> None:
    draws = np.random.default_rng(4).gamma(0.3, 4.0, 50)
    one, other = mean_interval(draws, -90.0, 90.0), mean_interval(draws[::-1], -90.0, 90.0)
    mirrored = mean_interval(-draws, -90.0, 90.0)
    assert (one.low, one.high) == pytest.approx((other.low, other.high))
    assert (-mirrored.high, -mirrored.low) == pytest.approx((one.low, one.high))


def test_draws_at_the_ends_of_the_range() -> None:
    assert mean_interval([5.0, 5.0], 5.0, 9.0).low == 5.0
    found = mean_interval([9.0, 5.0], 5.0, 9.0)
    assert 5.0 <= found.low < 7.0 < found.high <= 9.0


def test_what_no_chance_is_in_is_a_point() -> None:
    found = exact(0.1, 3)
    assert (found.mean, found.low, found.high, found.sd, found.n) == (0.1, 0.1, 0.1, 0.0, 3)


@pytest.mark.parametrize("bad", [[], [[1.0, 2.0]], [1.0, math.nan]])
def test_refuses_what_is_not_one_value_per_draw(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="differences must be"):
        mean_interval(bad, -3.0, 3.0)


def test_refuses_draws_outside_the_range_and_odd_confidence() -> None:
    with pytest.raises(ValueError, match="expected within"):
        mean_interval([1.0, 4.0], -3.0, 3.0)
    with pytest.raises(ValueError, match="confidence"):
        mean_interval([1.0, 2.0], -3.0, 3.0, confidence=1.0)


def test_probability_better_counts_falls_beyond_the_margin() -> None:
    assert probability_better([-3.0, -1.0, 0.0, 2.0]) == 0.5
    assert probability_better([-3.0, -1.0, 0.0, 2.0], margin=1.0) == 0.25
