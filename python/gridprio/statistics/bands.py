"""A band from a sample of exchangeable values, and the knee of a curve."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def exchangeable_band(values: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Order statistics between which one more value of the same kind lies at `confidence`, whatever the distribution.

    The k-th smallest and k-th largest of n values with k = (1 - confidence) (n + 1) / 2 rounded down, so the rate is
    exact for 39 values at 0.95; NaN where n is too small for any k. Source: Wilks, 1941, Annals of Mathematical
    Statistics 12, on limits from order statistics.
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    k = math.floor((1 - confidence) * (len(ordered) + 1) / 2 + 1e-9)
    return (float(ordered[k - 1]), float(ordered[-k])) if k >= 1 else (math.nan, math.nan)


def knee(x: Sequence[float], y: Sequence[float]) -> int:
    """Row at which a falling or rising curve is farthest from the straight line between its ends; 0 for a straight one.

    Both axes as parts of their span. Source: Satopaa et al., 2011, "Finding a Kneedle in a Haystack".
    """
    across, along = (np.asarray(v, dtype=float) for v in (x, y))
    if len(across) < 3 or across[0] == across[-1] or along[0] == along[-1]:
        return 0
    distance = (across - across[0]) / (across[-1] - across[0]) - (along - along[0]) / (along[-1] - along[0])
    at = int(np.abs(distance).argmax())
    return at if abs(distance[at]) > 1e-9 else 0
