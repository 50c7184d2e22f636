"""Bets on the mean of bounded differences: the one test behind intervals and verdicts (docs/theory/statistics.md, 1).

Symbols: draws x_i within [a, b], mean mu, candidate m, stake k (share of the capital that is put in), weight w_k.

    C_above(m) = sum_k w_k prod_i (1 - k + k (x_i - a) / (m - a)),   a < m
    C_below(m) = sum_k w_k prod_i (1 - k + k (b - x_i) / (b - m)),   m < b

No factor is negative, and where mu <= m (mu >= m) its mean is at most 1: the capital is a nonnegative supermartingale
that starts at 1. So it is an e-value after any number of draws, however that number was chosen, and by Ville's
inequality it ever reaches 1/alpha with probability at most alpha. C_above falls and C_below rises with m. After
Waudby-Smith and Ramdas, JRSS B 86 (2024); stakes are mixed instead of tuned, so the order of the draws does not count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Floats = NDArray[np.float64]

STAKES = np.array([1.0, 0.5, 0.25, 0.125, 0.0625])
WEIGHTS = np.array([0.5, 0.125, 0.125, 0.125, 0.125])
"""Half of the capital is staked whole: after n equal draws it bounds what has not been seen."""
_STEP = 1e-9
"""Accuracy of the ends of an interval, as a share of the range."""


@dataclass(frozen=True)
class Bet:
    """What a bet has brought."""

    log_e: float
    """logarithm of the capital"""
    growth: tuple[float, ...]
    """[stake], of the logarithm of the capital per draw"""

    def draws_to(self, log_e: float) -> float:
        """Draws in all until the capital has this logarithm, were draws to stay as they are; infinite where never."""
        paths = zip(WEIGHTS, self.growth, strict=True)
        return min(((log_e - math.log(weight)) / rate for weight, rate in paths if rate > 0), default=math.inf)


def bet_above(draws: Floats, low: float, m: float) -> Bet:
    """The bet that the mean lies above `m`; `low` is the smallest possible draw."""
    if m < low or (m == low and (draws > low).any()):
        return Bet(math.inf, (math.inf,) * len(STAKES))
    if m == low:
        return Bet(0.0, (0.0,) * len(STAKES))
    with np.errstate(divide="ignore"):
        growth = np.log(1 - STAKES[:, None] + STAKES[:, None] * ((draws - low) / (m - low))).mean(axis=1)
    return Bet(_log_capital(growth * len(draws)), tuple(growth.tolist()))


def _log_capital(paths: Floats) -> float:
    """Logarithm of the weighted sum; `paths` [stake] are logarithms, of which that of a part stake is finite."""
    most = float(paths.max())
    return most + math.log(float(WEIGHTS @ np.exp(paths - most)))


def bet_below(draws: Floats, high: float, m: float) -> Bet:
    """The bet that the mean lies below `m`; `high` is the largest possible draw."""
    return bet_above(-draws, -high, -m)


def mean_bounds(draws: Floats, low: float, high: float, alpha: float) -> tuple[float, float]:
    """All means that neither bet refutes, each at alpha / 2."""
    mean = min(max(float(draws.mean()), low), high)
    return _lower(draws, low, mean, alpha / 2), 0.0 - _lower(-draws, -high, -mean, alpha / 2)


def _lower(draws: Floats, low: float, mean: float, alpha: float) -> float:
    refuted = -math.log(alpha)
    nearest = low + _STEP * (mean - low)
    if mean <= low or bet_above(draws, low, nearest).log_e < refuted:
        return low
    found: float = brentq(
        lambda m: bet_above(draws, low, m).log_e - refuted, nearest, mean, xtol=_STEP * (mean - low), rtol=1e-15
    )
    return found
