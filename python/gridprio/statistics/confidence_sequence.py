"""Intervals that may be looked at after every draw (docs/theory/statistics.md, section 3).

Symbols: n draws, mean x, sample standard deviation s, prior variance g of the standardised effect, k = 1 + n g,
error alpha. The test martingale for a mean mu is the g-prior Bayes factor of Student's t with the right Haar prior on
the spread (after Lai 1976; Wang and Ramdas 2023, arXiv:2310.03722):

    B_n(mu) = k^(-1/2) [(1 + u) / (1 + u / k)]^(n/2),     u = t^2 / (n - 1),     t = sqrt(n) (x - mu) / s.

By Ville's inequality the set {mu: B_n(mu) < 1/alpha} covers the mean at all n at once with probability 1 - alpha.
With b = (sqrt(k) / alpha)^(2/n) it is |t| < sqrt((n - 1) k (b - 1) / (k - b)), and the whole line while b >= k.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import lambertw

from gridprio.statistics.intervals import Interval, as_differences


def tuned_prior_variance(draws: int, alpha: float = 0.05) -> float:
    """The g that makes the sequence narrowest near `draws` draws (Waudby-Smith et al. 2024, appendix on tuning rho)."""
    if draws < 1 or not 0 < alpha < 1:
        raise ValueError(f"needs draws >= 1 and 0 < alpha < 1; found {draws} and {alpha}")
    return float((-lambertw(-(alpha**2) * math.exp(-1), -1).real - 1) / draws)


def confidence_sequence(differences: ArrayLike, *, confidence: float = 0.95, tuned_for: int = 50) -> list[Interval]:
    """One interval per number of draws so far; valid at every look together.

    Exact for normally distributed differences, asymptotically valid otherwise (Waudby-Smith et al. 2024); infinite
    for the first few draws, also when these are equal.
    """
    d = as_differences(differences)
    alpha = 1 - confidence
    g = tuned_prior_variance(tuned_for, alpha)
    found = []
    for n in range(1, d.size + 1):
        seen = d[:n]
        constant = bool((seen == seen[0]).all())
        mean = float(seen[0]) if constant else float(seen.mean())
        sd = math.nan if n == 1 else 0.0 if constant else float(seen.std(ddof=1))
        t_bound = _t_bound(n, g, alpha)
        half = t_bound * sd / math.sqrt(n) if math.isfinite(t_bound) else math.inf
        found.append(Interval(mean, mean - half, mean + half, sd, n))
    return found


def _t_bound(n: int, g: float, alpha: float) -> float:
    k = 1 + n * g
    log_b = (math.log(k) - 2 * math.log(alpha)) / n
    if n < 2 or log_b >= math.log(k):
        return math.inf
    return math.sqrt((n - 1) * k * float(np.expm1(log_b)) / (k - math.exp(log_b)))
