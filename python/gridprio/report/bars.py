"""Intervals drawn as bars on a common scale, by the page itself: without a script, and on paper."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from gridprio.text import Text, word


@dataclass(frozen=True)
class Bar:
    """An interval drawn on a scale from -scale to +scale, in percent of the width."""

    low: float
    high: float
    mean: float
    margin_low: float
    margin_high: float


@dataclass(frozen=True)
class BarLine:
    """One bar with what it is of, its number in words and its verdict."""

    label: Text
    bar: Bar | None
    value: Text
    verdict: str


@dataclass(frozen=True)
class BarGroup:
    """Bars on one scale; the heading is empty where a chart has one group."""

    heading: Text
    unit: Text
    lines: tuple[BarLine, ...]


@dataclass(frozen=True)
class BarChart:
    title: Text
    direction: Text
    """what lies left and right of zero; empty for names and values without bars"""
    groups: tuple[BarGroup, ...]
    note: Text
    verdicts: str
    """kind of the words for what the marks of the lines mean"""

    @property
    def legend(self) -> tuple[tuple[str, Text], ...]:
        """Each verdict of the lines with its word."""
        told = {line.verdict for group in self.groups for line in group.lines}
        return tuple((v, word(self.verdicts, v)) for v in ("better", "worse", "none", "undecided") if v in told)


def bar_scale(values: Iterable[float]) -> float:
    """A little wider than the largest finite number."""
    return 1.08 * max((abs(x) for x in values if math.isfinite(x)), default=1.0) or 1.0


def bar_of(mean: float, low: float, high: float, margin: float, scale: float) -> Bar | None:
    """None where the mean is not known; beyond the scale a bar ends at its edge."""
    if not math.isfinite(mean):
        return None

    def at(x: float) -> float:
        return round(50 + 50 * max(-1.0, min(1.0, x / scale)), 1)

    return Bar(at(low), at(high), at(mean), at(-margin), at(margin))
