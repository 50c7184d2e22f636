"""Delays in whole months: the mean stays, whatever the spread."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gamma

from gridprio.plan import build_problem, draw_delays
from gridprio.plan.delays import whole_months
from tests.unit.plan.rows import phase, project, study

UNIFORM = (np.arange(20_000) + 0.5) / 20_000
"""An even grid, so that a mean over it is an integral over the distribution."""


@pytest.mark.parametrize("mean", [0.1, 0.3, 0.5, 1.0, 2.7, 12.0])
@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0, 2.0, 3.0])
def test_whole_months_keep_the_mean(mean: float, ratio: float) -> None:
    months = whole_months(UNIFORM, mean, ratio * mean)
    assert months.mean() == pytest.approx(mean, rel=3e-3, abs=1e-4)


def test_each_number_of_months_has_its_closed_probability() -> None:
    """P(months >= k) is the integral of the survival function from k - 1 to k."""
    mean, sd = 0.5, 1.0
    months = whole_months(UNIFORM, mean, sd)
    survives = gamma(a=(mean / sd) ** 2, scale=sd**2 / mean).sf
    for k in (1, 2, 3, 5):
        fine = np.linspace(k - 1, k, 20_001)
        assert (months >= k).mean() == pytest.approx(np.trapezoid(survives(fine), fine), abs=3e-4)


@pytest.mark.parametrize("sd", [0.0, 0.4, 4.0])
def test_it_is_the_quantile_rounded_down_or_up_and_never_falls(sd: float) -> None:
    months = whole_months(UNIFORM, 1.7, sd)
    exact = gamma(a=(1.7 / sd) ** 2, scale=sd**2 / 1.7).ppf(UNIFORM) if sd else np.full(len(UNIFORM), 1.7)
    assert ((months == np.floor(exact)) | (months == np.floor(exact) + 1)).all()
    assert (np.diff(months) >= 0).all()


def test_a_constant_of_whole_months_leaves_nothing_to_chance() -> None:
    problem = build_problem(study([project("a")], [phase("a", "build", 6, delay_mean_months=3)]))
    assert not problem.has_chance
    assert (draw_delays(problem, 5, seed=1) == 3).all()
    part = build_problem(study([project("a")], [phase("a", "build", 6, delay_mean_months=2.5)]))
    assert part.has_chance
    assert set(draw_delays(part, 50, seed=1).ravel()) == {2, 3}
