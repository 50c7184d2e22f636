import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridprio.statistics import Interval, Verdict, further_draws, interval, verdict


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-5.0, -1.1, Verdict.BETTER),
        (-5.0, -1.0, Verdict.UNDECIDED),  # touches the margin: not wholly beyond it
        (-1.0, 1.0, Verdict.NONE),
        (-0.2, 0.1, Verdict.NONE),
        (1.1, 4.0, Verdict.WORSE),
        (1.0, 4.0, Verdict.UNDECIDED),
        (-3.0, 3.0, Verdict.UNDECIDED),
        (-math.inf, math.inf, Verdict.UNDECIDED),
    ],
)
def test_verdict_of_an_interval(low: float, high: float, expected: Verdict) -> None:
    assert verdict(0.0, low, high, margin=1.0) is expected


def test_nothing_to_move_is_not_assessable() -> None:
    assert verdict(math.nan, math.nan, math.nan, 1.0) is Verdict.NOT_ASSESSABLE


@pytest.mark.parametrize("margin", [0.0, -1.0, math.inf, math.nan])
def test_margin_must_be_positive(margin: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        verdict(0.0, -1.0, 1.0, margin)


def test_interval_the_wrong_way_round_is_refused() -> None:
    with pytest.raises(ValueError, match="low <= high"):
        verdict(0.0, 1.0, -1.0, 1.0)


@given(
    mean=st.floats(-100, 100),
    sd=st.floats(0.01, 50),
    n=st.integers(2, 200),
    margin=st.floats(0.1, 20),
)
def test_the_named_number_of_draws_decides_and_one_fewer_does_not(
    mean: float, sd: float, n: int, margin: float
) -> None:
    from scipy.stats import t

    def spread(draws: int) -> Interval:
        half = float(t.ppf(0.975, draws - 1)) * sd / math.sqrt(draws)
        return Interval(mean, mean - half, mean + half, sd, draws)

    more = further_draws(spread(n), margin)
    if more is None:
        assert abs(abs(mean) - margin) < 1e-2
    elif more == 0:
        assert verdict(mean, spread(n).low, spread(n).high, margin) is not Verdict.UNDECIDED
    elif more < 10**6:
        later, just_before = spread(n + more), spread(n + more - 1)
        gap = abs(abs(mean) - margin)
        assert later.half_width < gap * (1 + 1e-9)
        assert just_before.half_width >= gap * (1 - 1e-9)


def test_no_number_when_the_spread_is_unknown_or_the_mean_is_on_the_margin() -> None:
    assert further_draws(interval([3.0]), 1.0) is None
    assert further_draws(interval([0.0, 2.0]), 1.0) is None


def test_a_clear_effect_is_found_and_a_null_effect_is_not_invented() -> None:
    rng = np.random.default_rng(3)
    clear = interval(rng.normal(-10, 2, 40))
    assert verdict(clear.mean, clear.low, clear.high, 1.0) is Verdict.BETTER
    null = [interval(rng.normal(0, 1, 20)) for _ in range(1000)]
    wrong = sum(verdict(i.mean, i.low, i.high, 0.05) in (Verdict.BETTER, Verdict.WORSE) for i in null)
    assert wrong <= 60  # at most the promised 5 %, with the margin a little less
