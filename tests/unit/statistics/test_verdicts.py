"""Verdicts that hold together, whenever one stops drawing."""

import math

import numpy as np
import pytest

from gridprio.statistics import Evidence, Verdict, evidence, further_draws, judge, mean_interval, verdict
from gridprio.statistics.betting import Bet
from tests.effort import times

REPETITIONS = times(60, 500)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(-1.1, "better"), (-1.0, "none"), (0.0, "none"), (1.0, "none"), (1.1, "worse"), (math.nan, "not_assessable")],
)
def test_verdict_of_what_is_known_exactly(value: float, expected: str) -> None:
    assert verdict(value, margin=1.0) == expected


@pytest.mark.parametrize("margin", [0.0, -1.0, math.inf, math.nan])
def test_margin_must_be_positive(margin: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        verdict(0.0, margin)
    with pytest.raises(ValueError, match="above zero"):
        evidence([0.0], -3.0, 3.0, margin)


def given(better: float, worse: float, none: float) -> Evidence:
    bets = {Verdict.BETTER: better, Verdict.WORSE: worse, Verdict.NONE: none}
    return Evidence({claim: (Bet(math.log(e), (0.0,)),) for claim, e in bets.items()})


def test_e_values_are_compared_with_claims_over_rank() -> None:
    """Six claims at 0.1: one alone needs 60, two need 30, three need 20 each."""
    tiny = 1e-9
    assert judge([given(59, tiny, tiny), given(tiny, 1, tiny)], 0.1).verdicts == ("undecided", "undecided")
    assert judge([given(61, tiny, tiny), given(tiny, 1, tiny)], 0.1).verdicts == ("better", "undecided")
    assert judge([given(31, tiny, tiny), given(tiny, tiny, 45)], 0.1).verdicts == ("better", "none")
    assert judge([given(29, tiny, tiny), given(tiny, 45, tiny)], 0.1).verdicts == ("undecided", "undecided")
    assert judge([], 0.1).verdicts == ()


@pytest.mark.parametrize(("mean", "expected"), [(-9.0, "better"), (9.0, "worse"), (0.0, "none")])
def test_a_verdict_lies_within_its_interval_beyond_the_margin(mean: float, expected: str) -> None:
    draws = np.clip(np.random.default_rng(5).normal(mean, 4.0, 3000), -40, 40)
    [found] = judge([evidence(draws, -40.0, 40.0, 1.0)], 0.05).verdicts
    assert found == expected
    interval = mean_interval(draws, -40.0, 40.0)
    low, high = {"better": (-40, -1), "worse": (1, 40), "none": (-1, 1)}[expected]
    assert low <= interval.low and interval.high <= high


def test_the_named_number_of_draws_decides_when_draws_stay_as_they_are() -> None:
    seen = np.tile([-8.0, 2.0, -1.0, -5.0], 5)
    found = evidence(seen, -40.0, 40.0, 1.0)
    threshold = math.log(60.0)
    more = further_draws(found, len(seen), threshold)
    assert more is not None and more > 0
    later = np.resize(seen, len(seen) + more + 4)  # whole cycles of the same draws
    assert evidence(later, -40.0, 40.0, 1.0).log_e(Verdict.BETTER) >= threshold
    before = np.resize(seen, (len(seen) + more) * 2 // 3)
    assert evidence(before, -40.0, 40.0, 1.0).log_e(Verdict.BETTER) < threshold


def test_no_number_is_named_for_a_mean_on_the_margin_and_none_is_needed_after_a_verdict() -> None:
    draws = np.tile([0.0, 2.0], 10)
    found = evidence(draws, -40.0, 40.0, 1.0)
    assert further_draws(found, len(draws), math.log(60)) is None or further_draws(found, 20, math.log(60)) > 1000
    clear = evidence(np.full(200, 9.0), -40.0, 40.0, 1.0)
    assert further_draws(clear, 200, math.log(60)) == 0


def claims(rng: np.random.Generator, looks: tuple[int, ...]) -> tuple[int, int]:
    """False claims and all claims at the first look with any claim, over 12 effects of which 8 are nothing.

    Draws are common to the effects, and skewed.
    """
    n_draw, margin, reach = max(looks), 0.5, 60.0
    common = rng.gamma(0.25, 4.0, n_draw) - 1
    own = rng.gamma(0.25, 4.0, (12, n_draw)) - 1
    sign = np.where(np.arange(12) % 2, 1, -1)[:, None]
    effects = np.clip(sign * (common + own), -reach, reach)
    effects[:8] += sign[:8] * margin  # on the edge of what is nothing: the hardest to keep quiet about
    effects[8:] -= 9.0
    for n in looks:
        verdicts = judge([evidence(row[:n], -reach, reach, margin) for row in effects], 0.05).verdicts
        made = sum(v != "undecided" for v in verdicts)
        false = (
            sum(v in ("better", "worse") for v in verdicts[:8])
            + sum(v != "better" for v in verdicts[8:])
            - sum(v == "undecided" for v in verdicts[8:])
        )
        if made:
            return false, made
    return 0, 0


def test_of_the_claims_made_at_the_first_chance_few_are_false() -> None:
    rng = np.random.default_rng(6)
    shares = [false / max(1, made) for false, made in (claims(rng, (20, 40, 80, 160, 320)) for _ in range(REPETITIONS))]
    assert np.mean(shares) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / REPETITIONS)
    assert any(made for _, made in (claims(rng, (320,)) for _ in range(3)))


def test_a_null_that_is_looked_at_often_is_rarely_called() -> None:
    rng = np.random.default_rng(7)
    called = 0
    for _ in range(60):
        draws = np.clip(rng.gamma(1 / 9, 9.0, 120) - 1.0, -40, 40)
        called += any(
            judge([evidence(draws[:n], -40.0, 40.0, 0.05)], 0.05).verdicts[0] in ("better", "worse")
            for n in (2, 4, 8, 12, 16, 24, 32, 48, 64, 80, 100, 120)
        )
    assert called / 60 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 60)
