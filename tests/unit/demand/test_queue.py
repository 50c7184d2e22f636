"""Requests over the years and the order in which they are allocated."""

from __future__ import annotations

from gridprio.demand import queue_order, requested_mw
from gridprio.inputs.enumerations import Direction
from gridprio.inputs.schema import Development

BASE = Development(
    development_id="d",
    name="d",
    station_id="s",
    sector="housing",
    direction=Direction.DEMAND,
    p_mw=12.0,
    profile="flat",
    requested_year=2028,
    request_date="2024-05",
)


def like(**changes: object) -> Development:
    return BASE.model_copy(update=changes)


def test_wish_is_nothing_before_and_ramps_up_to_full() -> None:
    ramping = like(ramp_years=2)
    assert [requested_mw(ramping, y) for y in range(2027, 2033)] == [0.0, 4.0, 8.0, 12.0, 12.0, 12.0]
    assert [requested_mw(BASE, y) for y in (2027, 2028, 2040)] == [0.0, 12.0, 12.0]


def test_size_times_mw_per_unit_and_driver() -> None:
    sized = like(p_mw=None, size=500.0, mw_per_unit=0.002)
    assert requested_mw(sized, 2030) == 1.0
    assert requested_mw(sized, 2030, 1.5) == 1.5


def test_queue_by_category_then_date_and_feed_in_last_by_date() -> None:
    rows = [
        like(direction=Direction.FEED_IN, request_date="2020", acm_category=1),
        like(request_date="2021-01"),
        like(request_date="2025", acm_category=3),
        like(request_date="2025-03", acm_category=1),
        like(direction=Direction.FEED_IN, request_date="2019-12-31"),
        like(request_date="2021-01-01"),
        like(request_date="2020-06", acm_category=3),
    ]
    assert queue_order(rows) == [3, 6, 2, 1, 5, 4, 0]
