"""Contributions from a full table of values: every coalition, any number of values at once.

A table is `v[mask, ...]`, bit i of the mask is player i. All functions are linear in `v`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Masks = NDArray[np.int64]


def size_weights(n: int, method: str) -> Floats:
    """Weight of a marginal contribution to a coalition of s others, s = 0..n-1; over all coalitions they sum to one."""
    if method == "banzhaf":
        return np.full(n, 0.5 ** (n - 1))
    return np.array([1 / (n * comb(n - 1, s)) for s in range(n)])


def first_in(v: Floats) -> Floats:
    """[player, ...], PINT."""
    gained: Floats = v[1 << np.arange(players_of(v))] - v[0]
    return gained


def last_out(v: Floats) -> Floats:
    """[player, ...], TOOT."""
    lost: Floats = v[-1] - v[len(v) - 1 - (1 << np.arange(players_of(v)))]
    return lost


def marginal_means(v: Floats, method: str = "shapley") -> Floats:
    """[player, ...], the Shapley or Banzhaf value."""
    n = players_of(v)
    weights = size_weights(n, method)[np.bitwise_count(np.arange(len(v) // 2))]
    return np.stack([_weighed(weights, _without(v, player, 1) - _without(v, player, 0)) for player in range(n)])


def pair_interactions(v: Floats, method: str = "shapley") -> dict[tuple[int, int], Floats]:
    """(player, later player) -> [...], the mean of v(S+i+j) - v(S+i) - v(S+j) + v(S)."""
    n = players_of(v)
    weights = size_weights(n - 1, method)[np.bitwise_count(np.arange(len(v) // 4))] if n > 1 else np.zeros(0)
    found = {}
    for i, j in combinations(range(n), 2):
        gained = _without(v, j, 1) - _without(v, j, 0)
        found[i, j] = _weighed(weights, _without(gained, i, 1) - _without(gained, i, 0))
    return found


def owen_values(value_of: Callable[[Masks], Floats], n: int, unions: Sequence[int]) -> Floats:
    """[player, ...] of n players; `value_of` masks gives [mask..., ...]. `unions` are masks that share out the players:
    others enter as whole unions."""
    parts = []
    for masks in owen_masks(n, unions):
        outside = size_weights(len(unions), "shapley")[np.bitwise_count(np.arange(len(masks)))]
        parts.append(marginal_means(_weighed(outside, value_of(masks))))
    place = np.argsort([i for union in unions for i in members(union, n)])
    found: Floats = np.concatenate(parts)[place]
    return found


def owen_masks(n: int, unions: Sequence[int]) -> list[Masks]:
    """Per union the coalitions that its Owen values read: [others as whole unions, some of its own]."""
    return [
        _sums_of([mask for k, mask in enumerate(unions) if k != at])[:, None]
        | _sums_of([1 << i for i in members(union, n)])
        for at, union in enumerate(unions)
    ]


def members(mask: int, n: int) -> list[int]:
    return [i for i in range(n) if mask >> i & 1]


def _sums_of(masks: Sequence[int]) -> Masks:
    """[pick], the union of the masks that a pick chooses by its bits."""
    found = np.zeros(1, dtype=np.int64)
    for mask in masks:
        found = np.concatenate([found, found | mask])
    return found


def players_of(v: Floats) -> int:
    return len(v).bit_length() - 1


def _without(v: Floats, player: int, bit: int) -> Floats:
    """[mask of the others, ...], where the player is in (1) or not (0)."""
    return v.reshape(-1, 2, 1 << player, *v.shape[1:])[:, bit].reshape(-1, *v.shape[1:])


def _weighed(weights: Floats, values: Floats) -> Floats:
    found: Floats = np.tensordot(weights, values, axes=1)
    return found
