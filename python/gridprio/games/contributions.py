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
from typing import Literal

import numpy as np

from gridprio.errors import InputError, Problem
from gridprio.games.coalitions import Unions, Values, player_problems, read_values, union_masks, value_table
from gridprio.games.table import marginal_means, owen_masks, owen_values, pair_interactions

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
        found = marginal_means(value_table(values, players), method).tolist()
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
    found = pair_interactions(value_table(values, players), method)
    return {(players[i], players[j]): float(mean) for (i, j), mean in found.items()}


def _one_step(values: Values, players: list[Hashable], method: str) -> list[float]:
    n = len(players)
    start = 0 if method == "pint" else (1 << n) - 1
    v = read_values(values, players, dict.fromkeys([start, *(start ^ 1 << i for i in range(n))]))
    sign = 1.0 if method == "pint" else -1.0
    return [sign * (v[start ^ 1 << i] - v[start]) for i in range(n)]


def _owen(values: Values, players: list[Hashable], unions: list[int]) -> list[float]:
    n = len(players)
    needed = np.unique(np.concatenate([masks.ravel() for masks in owen_masks(n, unions)]))
    v = read_values(values, players, needed.tolist())
    found: list[float] = owen_values(np.vectorize(v.__getitem__, otypes=[float]), n, unions).tolist()
    return found
