"""Intervals of the mean of paired differences over draws (docs/theory/statistics.md, section 1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridprio.statistics.betting import mean_bounds


@dataclass(frozen=True)
class Interval:
    """The mean of paired differences with a two-sided interval."""

    mean: float
    low: float
    high: float
    sd: float
    """standard deviation of the differences over draws; NaN with one draw"""
    n: int
    """number of draws"""


def as_differences(differences: ArrayLike) -> NDArray[np.float64]:
    """Check differences[draw]; raises ValueError when empty, not one-dimensional or not finite."""
    d = np.asarray(differences, dtype=float)
    if d.ndim != 1 or d.size == 0:
        raise ValueError(f"differences must be one value per draw and at least one; found shape {d.shape}")
    if not np.isfinite(d).all():
        raise ValueError(f"differences must be finite; {int((~np.isfinite(d)).sum())} of {d.size} are not")
    return d


def mean_interval(differences: ArrayLike, low: float, high: float, *, confidence: float = 0.95) -> Interval:
    """Interval of the mean of differences[draw] that no draw can take outside [low, high].

    Valid whatever the shape of their distribution and however the number of draws was chosen. Equal differences do not
    give a point: what has not been drawn may be there still. Raises ValueError for a draw outside the range.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1; found {confidence}")
    d = as_differences(differences)
    if not (low <= d.min() and d.max() <= high and math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"differences lie between {d.min()} and {d.max()}; expected within [{low}, {high}]")
    sd = float(d.std(ddof=1)) if d.size > 1 else math.nan
    return Interval(float(d.mean()), *mean_bounds(d, low, high, 1 - confidence), sd, d.size)


def exact(value: float, n: int = 1) -> Interval:
    """What no chance is in: a point."""
    return Interval(value, value, value, 0.0, n)


def probability_better(differences: ArrayLike, margin: float = 0.0) -> float:
    """Share of draws in which the metric falls by more than `margin` (less is better)."""
    return float((as_differences(differences) < -margin).mean())
