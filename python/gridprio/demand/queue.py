"""Developments: how much they request in a year, and in which order capacity is allocated."""

from __future__ import annotations

from collections.abc import Sequence

from gridprio.inputs.enumerations import Direction
from gridprio.inputs.schema import Development, full_request_mw

NO_CATEGORY = 4
"""after ACM categories 1 (congestion softeners), 2 and 3"""


def requested_mw(development: Development, year: int, driver_factor: float = 1.0) -> float:
    """MW requested in a year: none before the requested year, then `ramp_years + 1` equal steps to the full size."""
    steps = min(max(year - development.requested_year + 1, 0), development.ramp_years + 1)
    return full_request_mw(development) * driver_factor * steps / (development.ramp_years + 1)


def queue_order(developments: Sequence[Development]) -> list[int]:
    """Rows in the order in which capacity is allocated: demand first, by ACM category and then date; feed-in by date.

    Equal dates keep the order of the table. The cells serve the two directions one after the other, so the order
    between a demand and a feed-in request has no meaning.
    """

    def key(row: int) -> tuple[bool, int, str]:
        development = developments[row]
        feed_in = development.direction == Direction.FEED_IN
        category = NO_CATEGORY if feed_in or development.acm_category is None else development.acm_category
        return feed_in, category, _full_date(development.request_date)

    return sorted(range(len(developments)), key=key)


def _full_date(text: str) -> str:
    """YYYY and YYYY-MM mean their first day."""
    return text + "-01-01"[len(text) - 4 :] if len(text) < 10 else text
