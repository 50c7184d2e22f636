"""PINT, TOOT, Shapley and Owen values of a game whose values are asked for in batches: exact, or sampled."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from gridprio.games.table import first_in, last_out, marginal_means, members, owen_values

Floats = NDArray[np.float64]
Orders = NDArray[np.intp]
BatchValues = Callable[[NDArray[np.bool_]], Floats]
"""[coalition, player] -> [coalition, value]"""

ORDERS_PER_BLOCK = 4


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
    independent blocks of random orders, with the interval of Student's t over blocks and the room that `unseen` leaves
    (docs/theory/contributions.md). They add up to v(all) - v(empty).
    """
    none, every, alone = np.zeros((1, n), bool), np.ones((1, n), bool), np.eye(n, dtype=bool)
    ends = values(np.concatenate([none, every, alone, ~alone]))
    empty, whole = ends[0], ends[1]
    own = [1 << player for player in range(n)]
    shapley, half = _sampled(values, n, sampling, own, surrogate)
    return Contributions(
        pint=ends[2 : 2 + n] - empty,
        toot=whole - ends[2 + n :],
        shapley=shapley,
        low=shapley - half,
        high=shapley + half,
        owen=tuple(_sampled(values, n, sampling, masks, None)[0] for masks in unions),
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


def _sampled(
    values: BatchValues, n: int, sampling: Sampling, unions: Sequence[int], surrogate: Surrogate | None
) -> tuple[Floats, Floats]:
    """Values [player, value] and the half-widths of their intervals."""
    random = np.random.Generator(np.random.Philox(key=sampling.seed))
    blocks = [_block(random, [members(union, n) for union in unions]) for _ in range(sampling.blocks)]
    added = np.stack([_along(values, orders) for orders in blocks])
    if surrogate is not None:
        off = np.stack([_along(surrogate.values, orders) for orders in blocks]) - surrogate.shapley
        added = added - _slope(added.mean(axis=1), off.mean(axis=1)) * off
    by_block = added.mean(axis=1)
    if sampling.blocks == 1:
        return by_block[0], np.full(by_block.shape[1:], np.nan)
    error = by_block.std(axis=0, ddof=1) / math.sqrt(sampling.blocks)
    quantile = float(student_t.ppf(0.5 + sampling.confidence / 2, sampling.blocks - 1))
    hidden = unseen(added.reshape(-1, *added.shape[2:]), sampling.confidence)
    return by_block.mean(axis=0), np.maximum(quantile * error, hidden)


def _slope(by_block: Floats, off: Floats) -> Floats:
    """[value], least squares over blocks and players; one for all players, so that corrected values still add up."""
    centred = off - off.mean(axis=0)
    spread = (centred * centred).sum(axis=(0, 1))
    common = ((by_block - by_block.mean(axis=0)) * centred).sum(axis=(0, 1))
    slope: Floats = np.divide(common, spread, out=np.zeros_like(spread), where=spread > 0)
    return slope


def unseen(added: Floats, confidence: float) -> Floats:
    """[value], how far what no order has shown can move a mean of marginal contributions [order, player, value].

    What has a share p of all orders is in none of m with chance (1 - p)^m, so its share is at most
    1 - (1 - confidence)^(1/m). Such orders are taken to be no further from a player's mean than the widest range that
    any order showed of any player.
    """
    share = 1.0 - (1.0 - confidence) ** (1.0 / len(added))
    reach: Floats = share * np.ptp(added - added.mean(axis=0), axis=(0, 1))
    return reach


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


def _along(values: BatchValues, orders: Orders) -> Floats:
    """[order, player, value], what each adds to those before it."""
    count, n = orders.shape
    place = np.argsort(orders, axis=1)
    inside = place[:, None, :] < np.arange(n + 1)[None, :, None]
    steps = np.diff(values(inside.reshape(-1, n)).reshape(count, n + 1, -1), axis=1)
    return np.take_along_axis(steps, place[:, :, None], axis=1)
