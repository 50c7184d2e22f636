import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm, t

from gridprio.statistics import confidence_sequence, interval, tuned_prior_variance


def test_covers_at_all_looks_together_and_the_plain_interval_does_not() -> None:
    rng = np.random.default_rng(4)
    missed = missed_plain = 0
    for _ in range(400):
        draws = rng.normal(2.0, 3.0, 120)
        missed += any(not i.low <= 2.0 <= i.high for i in confidence_sequence(draws))
        missed_plain += any(
            abs(draws[:n].mean() - 2.0) > t.ppf(0.975, n - 1) * draws[:n].std(ddof=1) / math.sqrt(n)
            for n in range(5, 121, 5)
        )
    assert missed / 400 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)
    assert missed_plain / 400 > 0.12


def test_stays_close_on_skewed_draws() -> None:
    rng = np.random.default_rng(5)
    missed = sum(
        any(not i.low <= 1.0 <= i.high for i in confidence_sequence(rng.gamma(2.0, 0.5, 100))) for _ in range(300)
    )
    assert missed / 300 <= 0.10


def test_bound_is_where_the_martingale_reaches_one_over_alpha() -> None:
    """The martingale at the bound, by quadrature over the standardised effect instead of the closed form."""
    n, alpha = 12, 0.05
    g = tuned_prior_variance(50, alpha)
    d = np.random.default_rng(6).normal(0, 1, n)
    found = confidence_sequence(d)[-1]
    t_at_bound = math.sqrt(n) * (found.mean - found.low) / found.sd
    effect = np.linspace(-9, 9, 20_001) * math.sqrt(g)
    from scipy.stats import nct

    ratio = nct.pdf(t_at_bound, n - 1, math.sqrt(n) * effect) / t.pdf(t_at_bound, n - 1)
    martingale = np.trapezoid(ratio * norm.pdf(effect, scale=math.sqrt(g)), effect)
    assert martingale == pytest.approx(1 / alpha, rel=1e-6)


def test_wider_than_the_plain_interval_and_narrowing() -> None:
    d = np.random.default_rng(7).normal(0, 1, 400)
    found = confidence_sequence(d)
    assert math.isinf(found[0].half_width)
    assert found[-1].half_width > interval(d).half_width
    assert found[-1].half_width < found[49].half_width


def test_tuning_is_the_minimum_for_many_draws() -> None:
    draws, alpha = 200, 0.05

    def width(log_g: float) -> float:
        k = 1 + draws * math.exp(log_g)
        return k / (k - 1) * math.log(k / alpha**2)

    best = minimize_scalar(width, bounds=(-12, 2), method="bounded", options={"xatol": 1e-9})
    assert tuned_prior_variance(draws, alpha) == pytest.approx(math.exp(best.x), rel=1e-3)


def test_equal_draws_become_a_point_only_after_enough_of_them() -> None:
    found = confidence_sequence([0.1] * 30)
    assert math.isinf(found[1].half_width)
    assert (found[-1].low, found[-1].high) == (0.1, 0.1)


def test_odd_tuning_is_refused() -> None:
    with pytest.raises(ValueError, match="draws >= 1"):
        tuned_prior_variance(0)
