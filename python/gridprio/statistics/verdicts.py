"""What an interval says about an effect, and how many draws it would take to say it (docs/theory/statistics.md, 2)."""

from __future__ import annotations

import math
from enum import StrEnum

from scipy.stats import t as student_t

from gridprio.statistics.intervals import Interval

MAX_DRAWS = 10**9


class Verdict(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    NONE = "none"
    UNDECIDED = "undecided"
    NOT_ASSESSABLE = "not_assessable"


def verdict(mean: float, low: float, high: float, margin: float) -> Verdict:
    """Verdict on a difference of a metric where less is better.

    `none` when [low, high] lies within [-margin, margin], `better` or `worse` when wholly beyond it, else
    `undecided`; a NaN mean (there was nothing to move) gives `not_assessable`. Raises ValueError for margin <= 0.
    """
    _check_margin(margin)
    if math.isnan(mean):
        return Verdict.NOT_ASSESSABLE
    if not low <= high:
        raise ValueError(f"an interval needs low <= high; found [{low}, {high}]")
    if low >= -margin and high <= margin:
        return Verdict.NONE
    if high < -margin:
        return Verdict.BETTER
    if low > margin:
        return Verdict.WORSE
    return Verdict.UNDECIDED


def further_draws(found: Interval, margin: float, *, confidence: float = 0.95) -> int | None:
    """Draws still needed for a verdict, were mean and spread to stay as found; 0 when there is one already.

    None when no number can be named: one draw (spread unknown), or a mean exactly on the margin.
    """
    _check_margin(margin)
    if verdict(found.mean, found.low, found.high, margin) is not Verdict.UNDECIDED:
        return 0
    gap = abs(abs(found.mean) - margin)
    if math.isnan(found.sd) or gap == 0.0:
        return None

    def decided(n: int) -> bool:
        half_width = float(student_t.ppf((1 + confidence) / 2, n - 1)) * found.sd / math.sqrt(n)
        return half_width < gap

    low, high = found.n, 2 * found.n
    while not decided(high):
        low, high = high, 2 * high
        if high > MAX_DRAWS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decided(middle) else (middle, high)
    return high - found.n


def _check_margin(margin: float) -> None:
    if not (margin > 0 and math.isfinite(margin)):
        raise ValueError(f"the margin that counts as negligible must be above zero; found {margin}")
