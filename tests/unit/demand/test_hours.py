"""Representative hours hold the extremes and stand for the whole year."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridprio.demand.hours import representative_hours
from gridprio.demand.profiles import profiles_of


def year(n_step: int = 8760) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    rng = np.random.default_rng(3)
    profiles = profiles_of(pd.DataFrame({"flat": np.ones(n_step)}))
    demand_case = -rng.random((n_step, 3)) * [50, 20, 5]
    feed_in_case = demand_case + rng.random((n_step, 3)) * [30, 60, 0]
    return demand_case, feed_in_case, profiles.month, profiles.step_h


@pytest.mark.parametrize(("n_step", "hours"), [(8760, 8760), (8784, 8784), (35040, 8760), (35136, 8784)])
@pytest.mark.parametrize("per_month", [2, 4, 9])
def test_weights_sum_to_the_year_and_every_month_to_its_hours(n_step: int, hours: float, per_month: int) -> None:
    demand_case, feed_in_case, month, step_h = year(n_step)
    steps, weight_h = representative_hours(demand_case, feed_in_case, demand_case, month, step_h, per_month)
    assert len(steps) == 12 * per_month == len(set(steps.tolist()))
    assert weight_h.sum() == pytest.approx(hours)
    assert weight_h[month[steps] == 0].sum() == pytest.approx(31 * 24)
    assert (np.diff(steps) > 0).all()


@pytest.mark.parametrize("per_month", [2, 3, 6])
def test_extremes_of_every_month_are_in(per_month: int) -> None:
    demand_case, feed_in_case, month, step_h = year()
    steps, _ = representative_hours(demand_case, feed_in_case, demand_case, month, step_h, per_month)
    for calendar_month in range(12):
        of_month = np.flatnonzero(month == calendar_month)
        assert of_month[demand_case[of_month].sum(axis=1).argmin()] in steps
        assert of_month[feed_in_case[of_month].sum(axis=1).argmax()] in steps


def test_with_room_the_extremes_of_the_largest_nodes_are_in() -> None:
    demand_case, feed_in_case, month, step_h = year()
    steps, _ = representative_hours(demand_case, feed_in_case, demand_case, month, step_h, 4)
    assert demand_case[:, 0].argmin() in steps
    assert feed_in_case[:, 1].argmax() in steps


def test_weights_keep_the_energy_above_a_limit() -> None:
    """What overload is made of: within a quarter of every hour's, where nearest-hour weights are off by a factor."""
    rng = np.random.default_rng(1)
    _, _, month, step_h = year()
    shape = 0.6 + 0.25 * np.sin(np.arange(8760) / 8760 * 2 * np.pi) + 0.15 * rng.random(8760)
    own = -shape[:, None] * np.array([40.0, 60.0])
    steps, weight_h = representative_hours(own, own, own, month, step_h, 4)
    for share in (0.6, 0.75, 0.9):
        above = np.maximum(-own.sum(axis=1) - share * -own.sum(axis=1).min(), 0)
        assert weight_h @ above[steps] == pytest.approx(above.sum(), rel=0.25)
    assert weight_h.min() >= step_h


def test_a_flat_year_still_has_as_many_hours_and_all_the_weight() -> None:
    _, _, month, step_h = year()
    flat = np.full((8760, 1), -3.0)
    steps, weight_h = representative_hours(flat, flat, flat, month, step_h, 4)
    assert len(set(steps.tolist())) == 48
    assert weight_h.sum() == pytest.approx(8760)


def test_every_hour_asked_gives_every_hour_with_its_own_weight() -> None:
    demand_case, feed_in_case, month, step_h = year()
    steps, weight_h = representative_hours(demand_case, feed_in_case, demand_case, month, step_h, 744)
    assert steps.tolist() == list(range(8760))
    assert (weight_h == 1.0).all()
