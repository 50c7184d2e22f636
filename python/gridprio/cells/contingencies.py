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
Asked = tuple[int, int, float]
"""required_direction, required_months, interruption_max_mw"""


def contingencies_for(grid: GridArrays, rules: OutageRules) -> Contingencies:
    """The intact grid, and the single outages and pairs that a rule in force names.

    The voltage of an outage is its highest, that of a pair the lower of both outages. An outage has a row for each set
    of months in which the same is asked of it. A pair has the actions of both outages.
    """
    rows: list[tuple[Outages, Asked]] = [((set(),), (CASE_DEMAND | CASE_FEED_IN, ALL_MONTHS, 0.0))]
    in_force = rules.in_force
    for outages, kv in _outages(grid, in_force):
        named = tuple(rule for rule in in_force if rule.maintenance == (len(outages) == 2) and rule.names(kv))
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


def _outages(grid: GridArrays, in_force: Sequence[SecurityRule]) -> Iterator[tuple[Outages, float]]:
    """Single outages and pairs with their voltage; pairs only of elements that some rule may name."""
    outages = (grid.outage_branch[grid.outage_start[i] : grid.outage_start[i + 1]] for i in range(grid.n_outage))
    single = [(set(out.tolist()), float(grid.nominal_kv[out].max())) for out in outages if len(out)]
    yield from (((out,), kv) for out, kv in single)
    lowest = min((rule.min_kv for rule in in_force if rule.maintenance), default=np.inf)
    for (a, kv_a), (b, kv_b) in combinations([one for one in single if one[1] >= lowest], 2):
        yield (a, b - a), min(kv_a, kv_b)


@cache
def _asked(named: tuple[SecurityRule, ...]) -> list[Asked]:
    """What the rules that name an outage ask of it together, by months in which that is the same.

    It is required for every direction that one of them has, and the lowest of their limits for demand counts.
    """
    months: dict[tuple[int, float], int] = {}
    for month in range(12):
        direction, accepted = 0, np.inf
        for rule in named:
            if rule.months >> month & 1:
                direction |= rule.direction
                accepted = min(accepted, rule.interruption_max_mw) if rule.direction & CASE_DEMAND else accepted
        if direction:
            months[direction, accepted] = months.get((direction, accepted), 0) | 1 << month
    return [(direction, of, accepted) for (direction, accepted), of in months.items()]


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
