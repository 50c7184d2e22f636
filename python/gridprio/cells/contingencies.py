"""Which outages security asks for (docs/theory/cells.md; Dutch grid code: reserve for demand, feed-in exempt)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, Contingencies
from gridprio.model.grid import NEEDED, GridArrays
from gridprio.model.months import ALL_MONTHS
from gridprio.model.rules import OutageRules, SecurityRule

Outages = tuple[set[int], ...]
"""Branches that are out, of one outage or of each of two."""
Rules = tuple[SecurityRule, ...]
Asked = tuple[int, int, float]
"""required_direction, required_months, interruption_max_mw"""


def contingencies_for(grid: GridArrays, rules: OutageRules) -> Contingencies:
    """The intact grid, and the single outages and pairs that a rule in force names.

    The voltage of an outage is its highest, that of a pair the lower of both outages. Of a pair is asked what is asked
    of either element. An outage has a row for each set of months in which the same is asked of it. A pair has the
    actions of both outages.
    """
    rows: list[tuple[Outages, Asked]] = [((set(),), (CASE_DEMAND | CASE_FEED_IN, ALL_MONTHS, 0.0))]
    for outages, kv, about in _outages(grid, rules.in_force):
        of_two = len(outages) == 2
        named = tuple(tuple(rule for rule in mine if rule.maintenance == of_two and rule.names(kv)) for mine in about)
        rows += [(outages, asked) for asked in _asked(named)]
    direction, months, interruption_max_mw = zip(*(asked for _, asked in rows), strict=True)
    branches = [[branch for out in outages for branch in sorted(out)] for outages, _ in rows]
    start = np.cumsum([0, *map(len, branches)]).astype(np.int32)
    return Contingencies(
        start=start,
        branch=np.array([branch for row in branches for branch in row], dtype=np.int32),
        required_direction=np.array(direction, dtype=np.uint8),
        required_months=np.array(months, dtype=np.uint16),
        interruption_max_mw=np.array(interruption_max_mw),
        second=start[:-1] + np.array([len(outages[0]) for outages, _ in rows], dtype=np.int32),
        switchings=_switchings(grid, [set(row) for row in branches]),
    )


def _outages(grid: GridArrays, in_force: Sequence[SecurityRule]) -> Iterator[tuple[Outages, float, tuple[Rules, ...]]]:
    """Single outages and pairs with their voltage and the rules that are about each element, once where these are the
    same; pairs only of elements that some rule may name."""
    outages = (grid.outage_branch[grid.outage_start[i] : grid.outage_start[i + 1]] for i in range(grid.n_outage))
    about = (tuple(rule for rule in in_force if rule.is_about(element)) for element in grid.outage_elements)
    single = [
        (set(out.tolist()), float(grid.nominal_kv[out].max()), mine)
        for out, mine in zip(outages, about, strict=True)
        if len(out)
    ]
    yield from (((out,), kv, (mine,)) for out, kv, mine in single)
    lowest = min((rule.min_kv for rule in in_force if rule.maintenance), default=np.inf)
    for (a, kv_a, about_a), (b, kv_b, about_b) in combinations([one for one in single if one[1] >= lowest], 2):
        yield (a, b - a), min(kv_a, kv_b), (about_a,) if about_a == about_b else (about_a, about_b)


@cache
def _asked(named: tuple[Rules, ...]) -> list[Asked]:
    """What the rules that name an outage ask of it together, by months in which that is the same.

    `named`: of each element that is out. The outage is required for every direction that one of the closest rules of
    an element has, and the lowest of their limits for demand counts.
    """
    months: dict[tuple[int, float], int] = {}
    for month in range(12):
        of_demand, of_feed_in = (
            [rule for rules in named for rule in _closest(rules, direction, month)]
            for direction in (CASE_DEMAND, CASE_FEED_IN)
        )
        direction = CASE_DEMAND * bool(of_demand) | CASE_FEED_IN * bool(of_feed_in)
        accepted = min((rule.interruption_max_mw for rule in of_demand), default=np.inf)
        if direction:
            months[direction, accepted] = months.get((direction, accepted), 0) | 1 << month
    return [(direction, of, accepted) for (direction, accepted), of in months.items()]


def _closest(rules: Rules, direction: int, month: int) -> list[SecurityRule]:
    """Of the rules for a direction in a month those that name the element, else those about its kind, else all."""
    asking = [rule for rule in rules if rule.direction & direction and rule.months >> month & 1]
    closest = max((rule.closeness for rule in asking), default=0)
    return [rule for rule in asking if rule.closeness == closest]


def _switchings(grid: GridArrays, rows: Sequence[set[int]]) -> NDArray[np.int32]:
    """Of every outage that is part of a contingency, but for what is out in it, and nothing of an action whose NEEDED
    branches are not all there. By contingency; what is opened stands last. An outage of nothing is part of none."""
    found = []
    switched: dict[int, set[int]] = {}
    for _, marker, branch, _ in grid.switchings.tolist():
        switched.setdefault(marker, set()).add(branch)
    holding: dict[int, list[int]] = {}
    for k, row in enumerate(rows):
        for branch in row:
            holding.setdefault(branch, []).append(k)
    for outage, marker, branch, closed in grid.switchings[grid.switchings[:, 3] != NEEDED].tolist():
        out = set(grid.outage_branch[grid.outage_start[outage] : grid.outage_start[outage + 1]].tolist())
        having = holding.get(min(out, default=-1), [])
        of = [k for k in having if out <= rows[k] and rows[k].isdisjoint(switched[marker])]
        found += [(k, marker, branch, closed) for k in of]
    return np.array(sorted(found, key=lambda row: (row[0], -row[3])), dtype=np.int32).reshape(-1, 4)
