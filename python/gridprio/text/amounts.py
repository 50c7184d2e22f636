"""Differences with their interval, and months on the calendar of a study."""

from __future__ import annotations

import datetime as dt
import math

from gridprio.text.language import Text, both, same
from gridprio.text.numbers import UNKNOWN, decimals_for, month_name, number
from gridprio.text.wording import say


def interval(mean: float, low: float, high: float, spread: float) -> Text:
    """-120 (-160 tot -80), rounded to what `spread` allows; the mean alone where both ends read the same."""
    if math.isnan(mean):
        return same(UNKNOWN)
    decimals = decimals_for(spread)
    middle = number(mean, decimals, signed=True)
    if low != high and not (math.isfinite(low) and math.isfinite(high)):
        return say("amount.interval_unknown", mean=middle)
    ends = number(low, decimals, signed=True), number(high, decimals, signed=True)
    return middle if ends[0] == ends[1] else say("amount.interval", mean=middle, low=ends[0], high=ends[1])


def month(start_year: int, months: float) -> Text:
    """mrt 2031 for a month counted from January of the start year; infinite is beyond the horizon, NaN a dash."""
    if math.isnan(months):
        return same(UNKNOWN)
    if not math.isfinite(months) or months < 0:
        return say("amount.beyond_horizon")
    years, place = divmod(int(months), 12)
    return both(lambda language: month_name(dt.date(start_year + years, place + 1, 1), language))
