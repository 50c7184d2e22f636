"""PINT, TOOT and Shapley values of a game whose values are asked for in batches; sampled when players are many."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BatchValues = Callable[[NDArray[np.bool_]], Floats]
"""[coalition, player] -> [coalition]"""

EXACT_PLAYERS = 8
"""Up to so many players all coalitions are asked for."""


@dataclass(frozen=True, eq=False)
class Contributions:
    """Per player, in the order of the players."""

    pint: Floats
    toot: Floats
    shapley: Floats
    standard_error: Floats
    """of `shapley`; 0 when exact, NaN when there were too few samples to tell"""
    exact: bool


def contributions(values: BatchValues, n: int, pairs: int, seed: int) -> Contributions:
    """What each of n players adds: put in first, taken out last, and on the mean over orders of entry.

    Beyond `EXACT_PLAYERS` the Shapley value is a mean over `pairs` random orders, each with its reverse (antithetic:
    Mitchell, Cooper, Frank and Holmes 2022); the mean is unbiased and adds up to v(all) - v(empty) in every sample.
    """
    none, every, alone = np.zeros((1, n), bool), np.ones((1, n), bool), np.eye(n, dtype=bool)
    ends = values(np.concatenate([none, every, alone, ~alone]))
    empty, whole = ends[0], ends[1]
    pint, toot = ends[2 : 2 + n] - empty, whole - ends[2 + n :]
    if n <= EXACT_PLAYERS:
        return Contributions(pint, toot, _enumerated(values, n), np.zeros(n), exact=True)
    random = np.random.Generator(np.random.Philox(key=seed))
    samples = np.zeros((pairs, n))
    for pair in range(pairs):
        order = random.permutation(n)
        samples[pair] = (_along(values, order) + _along(values, order[::-1])) / 2
    error = samples.std(axis=0, ddof=1) / math.sqrt(pairs) if pairs > 1 else np.full(n, np.nan)
    return Contributions(pint, toot, samples.mean(axis=0), error, exact=False)


def _along(values: BatchValues, order: NDArray[np.int64]) -> Floats:
    """[player], what each adds to those before it."""
    n = len(order)
    inside = np.zeros((n + 1, n), dtype=bool)
    for place, player in enumerate(order):
        inside[place + 1 :, player] = True
    added = np.zeros(n)
    added[order] = np.diff(values(inside))
    return added


def _enumerated(values: BatchValues, n: int) -> Floats:
    masks = np.arange(1 << n)
    v = values((masks[:, None] >> np.arange(n) & 1).astype(bool))
    size = np.bitwise_count(masks)
    shapley = np.zeros(n)
    for player in range(n):
        without = masks[masks >> player & 1 == 0]
        share = np.array([1 / (n * math.comb(n - 1, s)) for s in range(n)])[size[without]]
        shapley[player] = math.fsum(share * (v[without | 1 << player] - v[without]))
    return shapley
