"""Intervals of paired differences over draws (docs/theory/statistics.md, section 1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student_t


@dataclass(frozen=True)
class Interval:
    """The mean of paired differences with a two-sided interval; infinite bounds mean that the spread is unknown."""

    mean: float
    low: float
    high: float
    sd: float
    """standard deviation of the differences over draws; NaN with one draw"""
    n: int
    """number of draws"""

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2


def as_differences(differences: ArrayLike) -> NDArray[np.float64]:
    """Check differences[draw]; raises ValueError when empty, not one-dimensional or not finite."""
    d = np.asarray(differences, dtype=float)
    if d.ndim != 1 or d.size == 0:
        raise ValueError(f"differences must be one value per draw and at least one; found shape {d.shape}")
    if not np.isfinite(d).all():
        raise ValueError(f"differences must be finite; {int((~np.isfinite(d)).sum())} of {d.size} are not")
    return d


def paired_interval(
    with_status: ArrayLike, without_status: ArrayLike, *, confidence: float = 0.95, drawn: bool = True
) -> Interval:
    """Interval of "with minus without", paired draw by draw; arguments as in `interval`."""
    with_values, without_values = np.asarray(with_status, dtype=float), np.asarray(without_status, dtype=float)
    if with_values.shape != without_values.shape:
        raise ValueError(
            f"paired outcomes need the same draws; found shapes {with_values.shape} and {without_values.shape}"
        )
    return interval(with_values - without_values, confidence=confidence, drawn=drawn)


def interval(differences: ArrayLike, *, confidence: float = 0.95, drawn: bool = True) -> Interval:
    """Student t interval of the mean of differences[draw].

    Equal differences give a point without rounding. One draw gives infinite bounds, unless `drawn` is False:
    then nothing in the study is random and the one outcome is exact.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1; found {confidence}")
    d = as_differences(differences)
    n = d.size
    if n == 1 and drawn:
        return Interval(float(d[0]), -math.inf, math.inf, math.nan, 1)
    if (d == d[0]).all():
        return Interval(float(d[0]), float(d[0]), float(d[0]), 0.0, n)
    mean, sd = float(d.mean()), float(d.std(ddof=1))
    half = float(student_t.ppf((1 + confidence) / 2, n - 1)) * sd / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, sd, n)


def probability_better(differences: ArrayLike, margin: float = 0.0) -> float:
    """Share of draws in which the metric falls by more than `margin` (less is better)."""
    return float((as_differences(differences) < -margin).mean())
