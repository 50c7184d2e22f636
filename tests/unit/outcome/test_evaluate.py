"""Outcomes worked out by hand from given cells."""

from __future__ import annotations

import numpy as np
import pytest

from gridprio.model.plan import NOT_PLANNED
from gridprio.outcome.costs import annuity
from tests.unit.outcome.fakes import development, outcome_of, study


def outcomes(developments, allocated, requested, cells, overload=None, **settings):  # type: ignore[no-untyped-def]
    load = None if overload is None else np.array(overload)
    return outcome_of(
        study(developments, **settings), cells, np.array(allocated, float), np.array(requested, float), load
    )


def test_waiting_ends_when_served_and_connections_stay() -> None:
    """Nothing for 6 months, allocated for 6, then half lost for 12: connected stays, the loss is shortfall."""
    found = outcomes([development("a", dwellings=500)], [[0], [10], [5]], [[10]] * 3, [0] * 6 + [1] * 6 + [2] * 12)
    assert found.waiting_mw_years[0, 0, 0] == pytest.approx(10 * 6 / 12)
    assert found.shortfall_mw_years[0, 0, 0] == pytest.approx(5 * 12 / 12)
    assert found.metric["waiting_dwelling_years"][0, 0] == pytest.approx(500 * 6 / 12)
    assert found.metric["waiting_mw_years_feed_in"][0, 0] == 0
    assert found.connected_month[0, 0, 0] == 6
    assert found.limit[0, 0, 0].tolist() == [7, 0]


def test_own_lead_time_is_not_waiting_and_nothing_connects_in_it() -> None:
    held = outcomes([development("a", connection_lead_months=9)], [[0], [10]], [[10]] * 2, [0] * 12 + [1] * 12)
    assert held.waiting_mw_years[0, 0, 0] == pytest.approx(10 * 3 / 12)
    free = outcomes([development("a", connection_lead_months=9)], [[10]], [[10]], [0] * 24)
    assert free.connected_month[0, 0, 0] == 9
    assert free.waiting_mw_years[0, 0, 0] == 0
    assert free.limit[0, 0, 0].tolist() == [-1, -1]


def test_a_wish_that_falls_and_rises_again_waits_for_the_second_rise() -> None:
    """connected(m) builds on connected(m - 1), which the fallen requested has brought down."""
    found = outcomes([development("a")], [[10], [4], [4]], [[10], [5], [10]], [0] * 6 + [1] * 6 + [2] * 12)
    assert found.waiting_mw_years[0, 0, 0] == pytest.approx(5 * 12 / 12)
    assert found.shortfall_mw_years[0, 0, 0] == pytest.approx(1 * 18 / 12)


def test_a_growing_wish_waits_for_the_part_that_is_not_served() -> None:
    found = outcomes([development("a")], [[5], [5]], [[5], [10]], [0] * 12 + [1] * 12)
    assert found.connected_month[0, 0, 0] == 0
    assert found.waiting_mw_years[0, 0, 0] == pytest.approx(5)


def test_never_connected_is_said_with_what_holds_it() -> None:
    found = outcomes([development("a"), development("b")], [[0, 10]], [[10, 10]], [0] * 24)
    assert found.connected_month[0, 0].tolist() == [NOT_PLANNED, 0]
    assert found.limit[0, 0, 0].tolist() == [7, 0]


def test_directions_are_apart() -> None:
    both = [development("a"), development("b", direction="feed_in")]
    found = outcomes(both, [[4, 3]], [[10, 10]], [0] * 24)
    assert found.metric["waiting_mw_years_demand"][0, 0] == pytest.approx(12)
    assert found.metric["waiting_mw_years_feed_in"][0, 0] == pytest.approx(14)


def test_overload_takes_each_month_from_its_own_cell() -> None:
    found = outcomes([development("a")], [[10], [10]], [[10]] * 2, [0] * 12 + [1] * 12, overload=[100.0, 20.0])
    assert found.metric["overload_mvah"][0, 0] == pytest.approx(12 * 120.0)
    assert found.metric["insecure_hours"][0, 0] == pytest.approx(144)


def test_congestion_costs_overload_and_shortfall_discounted_by_year() -> None:
    found = outcomes(
        [development("a")], [[10], [4]], [[10]] * 2, [0] * 12 + [1] * 12, overload=[100.0, 100.0],
        discount_rate=0.25, congestion_cost_eur_per_mwh=1000.0,
    )  # fmt: skip
    year_one, year_two = 1200 * 1000 / 1e6, (1200 + 6 * 730 * 12) * 1000 / 1e6
    assert found.metric["congestion_cost_meur"][0, 0] == pytest.approx(year_one + year_two / 1.25)


@pytest.mark.parametrize("rate", [0.0, 0.05])
def test_capital_is_an_annuity_for_the_months_in_service(rate: float) -> None:
    found = outcomes([development("a")], [[10]], [[10]], [0] * 24, discount_rate=rate)
    assert found.metric["capital_cost_meur"][0, 0] == pytest.approx(40 * annuity(rate, 40) / (1 + rate))
    assert annuity(0.0, 40) == 1 / 40
    assert sum(annuity(0.05, 40) / 1.05**year for year in range(1, 41)) == pytest.approx(1)
