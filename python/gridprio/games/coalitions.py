"""Coalition values: what a caller gives, checked, and read by bit mask."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import InputError, Problem

Values = Mapping[frozenset[Hashable], float] | Callable[[frozenset[Hashable]], float]
Unions = Mapping[Hashable, Hashable] | Mapping[Hashable, Collection[Hashable]] | Sequence[Collection[Hashable]]

MAX_PLAYERS = 22
"""2^22 values is what still fits a table and an afternoon."""


def coalition(mask: int, players: Sequence[Hashable]) -> frozenset[Hashable]:
    """The players whose bit is set; bit i is players[i]."""
    return frozenset(p for i, p in enumerate(players) if mask >> i & 1)


def read_values(values: Values, players: Sequence[Hashable], masks: Iterable[int]) -> dict[int, float]:
    """v of each mask; a mapping may leave out the empty coalition, which then is worth zero.

    Raises InputError with every problem: missing coalitions, keys that are no coalition, values that are not finite.
    """
    problems: list[Problem] = []
    if isinstance(values, Mapping):
        problems += _key_problems(values, players)
    found: dict[int, float] = {}
    missing: list[frozenset[Hashable]] = []
    for mask in masks:
        members = coalition(mask, players)
        if callable(values):
            value = values(members)
        elif members in values:
            value = values[members]
        elif not members:
            value = 0.0
        else:
            missing.append(members)
            continue
        try:
            found[mask] = float(value)
        except (TypeError, ValueError):
            found[mask] = math.nan
        if not math.isfinite(found[mask]):
            problems.append(_problem("values", f"the value of {_name(members)} is not a finite number", repr(value)))
    if missing:
        shown = ", ".join(_name(m) for m in missing[:5]) + (" and more" if len(missing) > 5 else "")
        problems.append(
            _problem("values", f"{len(missing)} coalitions have no value", shown, "a value for each subset of players")
        )
    if problems:
        raise InputError(problems)
    return found


def value_table(values: Values, players: Sequence[Hashable]) -> NDArray[np.float64]:
    """v[mask] of all 2^n coalitions."""
    if len(players) > MAX_PLAYERS:
        raise InputError(
            [_problem("players", "too many to enumerate all coalitions", str(len(players)), f"at most {MAX_PLAYERS}")]
        )
    found = read_values(values, players, range(1 << len(players)))
    return np.fromiter(found.values(), dtype=float, count=len(found))


def player_problems(players: Sequence[Hashable]) -> list[Problem]:
    """No players, or a player named twice."""
    if not players:
        return [_problem("players", "there are no players", "", "at least one")]
    double = sorted({str(p) for p in players if players.count(p) > 1})
    return [_problem("players", "named more than once", ", ".join(double))] if double else []


def union_masks(unions: Unions | None, players: Sequence[Hashable]) -> list[int]:
    """Bit masks of unions given as player -> union, as union -> players, or as groups of players.

    Raises InputError unless every player is in exactly one union.
    """
    if unions is None:
        raise InputError(
            [_problem("unions", "method owen needs unions", "None", "a mapping from player to union, or groups")]
        )
    groups: list[list[Hashable]] = []
    if isinstance(unions, Mapping) and set(unions) == set(players):
        by_name: dict[Hashable, list[Hashable]] = {}
        for player in players:
            by_name.setdefault(unions[player], []).append(player)  # type: ignore[arg-type]
        groups = list(by_name.values())
    elif isinstance(unions, Mapping):
        groups = [list(g) if isinstance(g, Collection) and not isinstance(g, str) else [g] for g in unions.values()]
    else:
        groups = [list(g) for g in unions]
    named = [p for g in groups for p in g]
    problems = [_problem("unions", "not a player", repr(p)) for p in dict.fromkeys(named) if p not in players]
    problems += [_problem("unions", "the player is in no union", repr(p)) for p in players if p not in named]
    problems += [
        _problem("unions", "the player is in more than one union", repr(p)) for p in players if named.count(p) > 1
    ]
    if problems:
        raise InputError(problems)
    row = {p: i for i, p in enumerate(players)}
    return [sum(1 << row[p] for p in g) for g in groups if g]


def _key_problems(values: Mapping[frozenset[Hashable], float], players: Sequence[Hashable]) -> list[Problem]:
    problems = []
    known = set(players)
    for key in values:
        if not isinstance(key, frozenset):
            problems.append(_problem("values", "a key is not a coalition", repr(key), "a frozenset of players"))
        elif key - known:
            strangers = ", ".join(sorted(map(repr, key - known)))
            problems.append(_problem("values", f"{_name(key)} holds who is not a player", strangers))
    return problems


def _name(members: frozenset[Hashable]) -> str:
    return "{" + ", ".join(sorted(map(str, members))) + "}"


def _problem(file: str, what: str, found: str = "", expected: str = "") -> Problem:
    return Problem(file=file, row=None, column=None, what=what, found=found, expected=expected)
