"""What each player contributes to v(all) - v(empty) (docs/theory/contributions.md).

Symbols: N all players, n their number, S a coalition of s players, v its value, and the marginal contribution
d_i(S) = v(S + i) - v(S). Subsets are bit masks; bit i is players[i].

    pint     d_i(empty)                                    put in at first
    toot     d_i(N - i)                                    take out one at the time
    shapley  sum over S of s! (n - s - 1)! / n! d_i(S)     Shapley 1953
    banzhaf  mean over S of d_i(S)                         Banzhaf 1965
    owen     Shapley between unions and within each        Owen 1977
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations
from math import comb, fsum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import InputError, Problem
from gridprio.games.coalitions import Unions, Values, player_problems, read_values, union_masks, value_table

Method = Literal["shapley", "toot", "pint", "owen", "banzhaf"]
METHODS: tuple[Method, ...] = ("shapley", "toot", "pint", "owen", "banzhaf")


def contribution(
    values: Values, players: Sequence[Hashable], method: Method = "shapley", unions: Unions | None = None
) -> dict[Hashable, float]:
    """The contribution of each player, exact by enumeration, in the order of `players`.

    `values` maps each coalition (a frozenset of players) to its value, or is a function that does. v(empty) may be
    nonzero: contributions then explain v(all) - v(empty); a mapping without it means zero. `pint` and `toot` read
    only the coalitions they need, `owen` only those that respect the unions. Shapley and Owen add up, others need not.
    Raises InputError with all problems.
    """
    players = list(players)
    problems = player_problems(players)
    if method not in METHODS:
        problems.append(Problem("method", None, None, "unknown method", repr(method), "one of " + ", ".join(METHODS)))
    elif unions is not None and method != "owen":
        problems.append(Problem("unions", None, None, "unions only mean something to method owen", method))
    if problems:
        raise InputError(problems)
    if method == "owen":
        found = _owen(values, players, union_masks(unions, players))
    elif method in ("pint", "toot"):
        found = _one_step(values, players, method)
    else:
        found = _marginal_means(value_table(values, players), len(players), method)
    return dict(zip(players, found, strict=True))


def interaction(
    values: Values, players: Sequence[Hashable], method: Literal["shapley", "banzhaf"] = "shapley"
) -> dict[tuple[Hashable, Hashable], float]:
    """Pairwise interaction of each pair, in the order of `players` (Grabisch and Roubens 1999).

    The mean over coalitions without both of v(S+i+j) - v(S+i) - v(S+j) + v(S): with more-is-better values, above zero
    where two projects help each other, below zero where they do the same job.
    """
    players = list(players)
    problems = player_problems(players)
    if method not in ("shapley", "banzhaf"):
        problems.append(Problem("method", None, None, "unknown method", repr(method), "shapley or banzhaf"))
    if problems:
        raise InputError(problems)
    n = len(players)
    v = value_table(values, players)
    weights = _size_weights(n - 1, method) if n > 1 else np.empty(0)
    masks = np.arange(1 << n)
    found = {}
    for i, j in combinations(range(n), 2):
        bit_i, bit_j = 1 << i, 1 << j
        without = masks[(masks & (bit_i | bit_j)) == 0]
        second = v[without | bit_i | bit_j] - v[without | bit_i] - v[without | bit_j] + v[without]
        found[players[i], players[j]] = fsum(weights[np.bitwise_count(without)] * second)
    return found


def _size_weights(n: int, method: str) -> NDArray[np.float64]:
    """Weight of a marginal contribution to a coalition of s others, s = 0..n-1; over all coalitions they sum to one."""
    if method == "banzhaf":
        return np.full(n, 0.5 ** (n - 1))
    return np.array([1 / (n * comb(n - 1, s)) for s in range(n)])


def _marginal_means(v: NDArray[np.float64], n: int, method: str) -> list[float]:
    weights = _size_weights(n, method)
    masks = np.arange(1 << n)
    found = []
    for i in range(n):
        without = masks[(masks >> i & 1) == 0]
        found.append(fsum(weights[np.bitwise_count(without)] * (v[without | 1 << i] - v[without])))
    return found


def _one_step(values: Values, players: list[Hashable], method: str) -> list[float]:
    n = len(players)
    start = 0 if method == "pint" else (1 << n) - 1
    v = read_values(values, players, dict.fromkeys([start, *(start ^ 1 << i for i in range(n))]))
    sign = 1.0 if method == "pint" else -1.0
    return [sign * (v[start ^ 1 << i] - v[start]) for i in range(n)]


def _owen(values: Values, players: list[Hashable], unions: list[int]) -> list[float]:
    """Others enter as whole unions; within its own union a player meets every subset."""
    m = len(unions)
    outside = {u: [unions[k] for k in range(m) if k != u] for u in range(m)}
    outer_sums = {u: [_merged(pick, others) for pick in range(1 << (m - 1))] for u, others in outside.items()}
    inner = {u: [1 << i for i in range(len(players)) if unions[u] >> i & 1] for u in range(m)}
    inner_sums = {u: [_merged(pick, bits) for pick in range(1 << len(bits))] for u, bits in inner.items()}
    needed = sorted({outer | part for u in range(m) for outer in outer_sums[u] for part in inner_sums[u]})
    v = read_values(values, players, needed)

    found = [0.0] * len(players)
    outer_weight = _size_weights(m, "shapley")
    for u in range(m):
        inner_weight = _size_weights(len(inner[u]), "shapley")
        for bit in inner[u]:
            found[bit.bit_length() - 1] = fsum(
                outer_weight[picked.bit_count()]
                * inner_weight[part.bit_count()]
                * (v[outer | part | bit] - v[outer | part])
                for picked, outer in enumerate(outer_sums[u])
                for part in inner_sums[u]
                if not part & bit
            )
    return found


def _merged(pick: int, masks: list[int]) -> int:
    total = 0
    for k, mask in enumerate(masks):
        if pick >> k & 1:
            total |= mask
    return total
