"""PINT, TOOT, Shapley and Owen values of a game whose values are asked for in batches: exact, or sampled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.games.table import first_in, last_out, marginal_means, members, owen_values

Floats = NDArray[np.float64]
Orders = NDArray[np.intp]
BatchValues = Callable[[NDArray[np.bool_]], Floats]
"""[coalition, player] -> [coalition, value]"""

ORDERS_PER_BLOCK = 4
WEIGHTINGS = 2_000
"""Random weightings of blocks from which the ends of an interval are read; the same in every call."""


@dataclass(frozen=True, eq=False)
class Contributions:
    """Per player and value, in their orders."""

    pint: Floats
    toot: Floats
    shapley: Floats
    low: Floats
    """of the interval of `shapley`; the value itself when exact"""
    high: Floats
    owen: tuple[Floats, ...]
    """per sharing out of the players"""
    exact: bool


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Another game with the same players that goes up and down with this one, and of which the answer is known."""

    values: BatchValues
    shapley: Floats
    """[player, value], exact"""


@dataclass(frozen=True)
class Sampling:
    """How much is sampled, and how sure the intervals are."""

    blocks: int
    """independent sets of orders; a single one gives no interval"""
    confidence: float
    seed: int


def sampled_contributions(
    values: BatchValues,
    n: int,
    sampling: Sampling,
    unions: Sequence[Sequence[int]] = (),
    surrogate: Surrogate | None = None,
) -> Contributions:
    """What each of n players adds: put in first, taken out last, and on the mean over orders of entry.

    `unions`: sharings out of the players, each as masks; every one gives Owen values. Shapley values are means over
    independent blocks of random orders, with the interval of `mean_of_blocks` (docs/theory/contributions.md). They add
    up to v(all) - v(empty).
    """
    blocks = _blocks(n, sampling, [1 << player for player in range(n)])
    added, ends = _along(values, blocks), _ends(values, n)
    seen = ends
    if surrogate is not None:
        off = _along(surrogate.values, blocks) - surrogate.shapley
        slope = _slope(added.mean(axis=1), off.mean(axis=1))
        added, seen = added - slope * off, ends - slope * (_ends(surrogate.values, n) - surrogate.shapley)
    seen = np.concatenate([seen, added.reshape(-1, *seen.shape[1:])])
    by_block = added.mean(axis=1)
    mean = by_block.mean(axis=0)
    below, above = (mean - seen.min(axis=0)).max(axis=0), (seen.max(axis=0) - mean).max(axis=0)
    low, high = mean_of_blocks(by_block, mean - below, mean + above, sampling.confidence)
    pint, toot = ends
    return Contributions(
        pint=pint,
        toot=toot,
        shapley=mean,
        low=low,
        high=high,
        owen=tuple(_along(values, _blocks(n, sampling, masks)).mean(axis=(0, 1)) for masks in unions),
        exact=False,
    )


def exact_contributions(v: Floats, unions: Sequence[Sequence[int]] = ()) -> Contributions:
    """From the values of all coalitions [mask, value]."""
    shapley = marginal_means(v)
    n = len(shapley)
    owen = tuple(owen_values(v.__getitem__, n, masks) for masks in unions)
    return Contributions(first_in(v), last_out(v), shapley, shapley, shapley, owen, exact=True)


def every_coalition(n: int) -> NDArray[np.bool_]:
    """[mask, player]"""
    return (np.arange(1 << n)[:, None] >> np.arange(n) & 1).astype(bool)


def mean_of_blocks(by_block: Floats, least: Floats, most: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Interval of the mean of independent blocks [block, ...], none outside `least` and `most`; NaN for a single one.

    Each end is a quantile of the mean under random weights (Dirichlet, all ones) of the blocks and of one more that
    lies at that end of the range (Gaffke, Mathematical Methods of Statistics 14, 2005). For events that happen or not
    this is the interval of Clopper and Pearson.
    """
    n = len(by_block)
    if n == 1:
        unknown = np.full(by_block.shape[1:], np.nan)
        return unknown, unknown
    weight = np.random.Generator(np.random.Philox(key=0)).standard_exponential((WEIGHTINGS, n + 1))
    weight /= weight.sum(axis=1, keepdims=True)
    mean = by_block.mean(axis=0)

    def end(extreme: Floats, share: float) -> Floats:
        weighted = np.einsum("wb,b...->w...", weight, np.concatenate([by_block, extreme[None]]))
        found: Floats = np.quantile(weighted, share, axis=0)
        return found

    low, high = end(least, (1 - confidence) / 2), end(most, (1 + confidence) / 2)
    return np.minimum(low, mean), np.maximum(high, mean)


def _slope(by_block: Floats, off: Floats) -> Floats:
    """[value], least squares over blocks and players; one for all players, so that corrected values still add up."""
    centred = off - off.mean(axis=0)
    spread = (centred * centred).sum(axis=(0, 1))
    common = ((by_block - by_block.mean(axis=0)) * centred).sum(axis=(0, 1))
    slope: Floats = np.divide(common, spread, out=np.zeros_like(spread), where=spread > 0)
    return slope


def _blocks(n: int, sampling: Sampling, unions: Sequence[int]) -> Orders:
    """[block, order, place]"""
    random = np.random.Generator(np.random.Philox(key=sampling.seed))
    return np.stack([_block(random, [members(union, n) for union in unions]) for _ in range(sampling.blocks)])


def _block(random: np.random.Generator, unions: Sequence[Sequence[int]]) -> Orders:
    """[order, place], a random order, the one that begins halfway, so that places are spread, and the reverse of both
    (antithetic). The members of a union stay together."""
    outer = random.permutation(len(unions))
    inner = [random.permutation(union) for union in unions]

    def half(row: Orders) -> Orders:
        return np.roll(row, len(row) // 2)

    first = np.concatenate([inner[union] for union in outer])
    second = np.concatenate([half(inner[union]) for union in half(outer)])
    return np.stack([first, second, first[::-1], second[::-1]])


def _ends(values: BatchValues, n: int) -> Floats:
    """[2, player, value], what each adds to nobody and to all others."""
    none, every, alone = np.zeros((1, n), bool), np.ones((1, n), bool), np.eye(n, dtype=bool)
    found = values(np.concatenate([none, every, alone, ~alone]))
    return np.stack([found[2 : 2 + n] - found[0], found[1] - found[2 + n :]])


def _along(values: BatchValues, blocks: Orders) -> Floats:
    """[block, order, player, value], what each adds to those before it; asked for block by block."""
    return np.stack([_added(values, orders) for orders in blocks])


def _added(values: BatchValues, orders: Orders) -> Floats:
    """[order, player, value]"""
    count, n = orders.shape
    place = np.argsort(orders, axis=1)
    inside = place[:, None, :] < np.arange(n + 1)[None, :, None]
    steps = np.diff(values(inside.reshape(-1, n)).reshape(count, n + 1, -1), axis=1)
    return np.take_along_axis(steps, place[:, :, None], axis=1)
