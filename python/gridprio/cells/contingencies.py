"""Which outages security asks for (docs/theory/cells.md; Dutch grid code: reserve for demand, feed-in exempt)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, Contingencies
from gridprio.model.grid import GridArrays
from gridprio.model.months import ALL_MONTHS
from gridprio.model.rules import OutageRules

MAINTENANCE_MONTHS = sum(1 << month for month in range(3, 9))
"""April to September"""


def contingencies_for(grid: GridArrays, rules: OutageRules) -> Contingencies:
    """The intact grid, every single outage at or above `security_min_kv`, and with `maintenance_outages` every pair.

    A transformer counts by its highest voltage. Outages are asked for in demand cases, pairs from April to September;
    feed-in cases ask the intact grid only. A pair has the actions of both outages.
    """
    outages = [grid.outage_branch[grid.outage_start[i] : grid.outage_start[i + 1]] for i in range(grid.n_outage)]
    single = [set(out.tolist()) for out in outages if len(out) and grid.nominal_kv[out].max() >= rules.security_min_kv]
    rows: list[tuple[set[int], int, int]] = [(set(), CASE_DEMAND | CASE_FEED_IN, ALL_MONTHS)]
    rows += [(out, CASE_DEMAND, ALL_MONTHS) for out in single]
    if rules.maintenance_outages:
        rows += [(a | b, CASE_DEMAND, MAINTENANCE_MONTHS) for a, b in combinations(single, 2)]
    return Contingencies(
        start=np.cumsum([0, *(len(out) for out, _, _ in rows)]).astype(np.int32),
        branch=np.array([branch for out, _, _ in rows for branch in sorted(out)], dtype=np.int32),
        required_direction=np.array([direction for _, direction, _ in rows], dtype=np.uint8),
        required_months=np.array([months for _, _, months in rows], dtype=np.uint16),
        switchings=_switchings(grid, [out for out, _, _ in rows]),
    )


def _switchings(grid: GridArrays, rows: Sequence[set[int]]) -> NDArray[np.int32]:
    """Of every outage that is part of a contingency, but for what is out in it; what is opened stands last."""
    found = []
    switched: dict[int, set[int]] = {}
    for _, marker, branch, _ in grid.switchings.tolist():
        switched.setdefault(marker, set()).add(branch)
    for outage, marker, branch, closed in grid.switchings.tolist():
        out = set(grid.outage_branch[grid.outage_start[outage] : grid.outage_start[outage + 1]].tolist())
        of = [k for k, row in enumerate(rows) if out <= row and row.isdisjoint(switched[marker])]
        found += [(k, marker, branch, closed) for k in of]
    return np.array(sorted(found, key=lambda row: -row[3]), dtype=np.int32).reshape(-1, 4)
