import math

import numpy as np
import pytest
from scipy.stats import ttest_rel

from gridprio.statistics import interval, paired_interval, probability_better


def test_agrees_with_the_paired_t_test() -> None:
    rng = np.random.default_rng(1)
    without, with_status = rng.normal(10, 3, 25), rng.normal(9, 3, 25)
    found = paired_interval(with_status, without, confidence=0.9)
    low, high = ttest_rel(with_status, without).confidence_interval(0.9)
    assert found.low == pytest.approx(low, rel=1e-12)
    assert found.high == pytest.approx(high, rel=1e-12)
    assert found.mean == pytest.approx((with_status - without).mean(), rel=1e-12)


def test_equal_differences_are_a_point_without_rounding() -> None:
    found = interval([0.1] * 3)
    assert (found.mean, found.low, found.high, found.sd) == (0.1, 0.1, 0.1, 0.0)


def test_one_draw_says_nothing_of_the_spread_unless_nothing_is_drawn() -> None:
    unknown = interval([2.0])
    assert (unknown.low, unknown.high) == (-math.inf, math.inf) and math.isnan(unknown.sd)
    exact = interval([2.0], drawn=False)
    assert (exact.low, exact.high) == (2.0, 2.0)


def test_covers_the_mean_as_often_as_promised() -> None:
    rng = np.random.default_rng(2)
    hits = sum(abs(i.mean - 1.0) <= i.half_width for i in (interval(rng.normal(1, 2, 8)) for _ in range(2000)))
    assert 0.935 < hits / 2000 < 0.965  # three standard errors around 0.95


@pytest.mark.parametrize("bad", [[], [[1.0, 2.0]], [1.0, math.nan]])
def test_refuses_what_is_not_one_value_per_draw(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="differences must be"):
        interval(bad)


def test_refuses_other_draws_and_odd_confidence() -> None:
    with pytest.raises(ValueError, match="same draws"):
        paired_interval([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="confidence"):
        interval([1.0, 2.0], confidence=1.0)


def test_probability_better_counts_falls_beyond_the_margin() -> None:
    assert probability_better([-3.0, -1.0, 0.0, 2.0]) == 0.5
    assert probability_better([-3.0, -1.0, 0.0, 2.0], margin=1.0) == 0.25
