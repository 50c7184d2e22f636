"""Headroom of stations: the extra MW at the first crossing of a limit that was not already passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.cells.cache import CellArea
from gridprio.cells.contingencies import contingencies_for
from gridprio.cells.executor import CellExecutor, cell_batch
from gridprio.model.cell import HourlyInjections, Queue, Requests
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules

LIMITED_MW = 10.0
"""Below this much headroom the computed class is yellow."""
BEYOND_RATINGS = 1.5
"""The probe asks this times the ratings at its node: more than any intact grid can bring there."""


@dataclass(frozen=True, eq=False)
class HeadroomPoint:
    """One question: how much more of this profile fits at this node."""

    station_id: str
    node: int
    direction: str
    """demand or feed_in"""
    sector: str
    q_per_p: float
    profile: NDArray[np.float64]
    """[hour of the area's injections], 0..1"""
    waiting_mw: float = 0.0
    """what waits at the station in this direction, for the class"""


@dataclass(frozen=True)
class Headroom:
    """Answer to one point; branch -1 with contingency 0 is a station without supply, all -1 nothing that limits."""

    point: HeadroomPoint
    headroom_mw: float
    limit_branch: int
    limit_contingency: int
    limit_hour: int
    colour_class: str


def colour_class(headroom_mw: float, waiting_mw: float) -> str:
    """Computed class ("rekenklasse"), not the official colour: red = shortage with a queue or nothing left,
    yellow = limited and nobody waits, transparent = available. Amber is a state of a procedure and never computed.
    """
    if waiting_mw > 0 or headroom_mw <= 0:
        return "red"
    return "yellow" if headroom_mw < LIMITED_MW else "transparent"


def probe_mw(grid: GridArrays, branch_in_service: NDArray[np.bool_], node: int) -> float:
    """A request that the branches at `node` cannot bring: `BEYOND_RATINGS` times the sum of their ratings, in MW."""
    here = branch_in_service & ((grid.from_node == node) | (grid.to_node == node))
    rating = float(np.nansum(grid.rating_mva[here]))
    if not rating > 0:
        rating = float(np.nanmax(grid.rating_mva[branch_in_service], initial=grid.base_mva))
    return BEYOND_RATINGS * rating


def headroom_rows(
    area: CellArea,
    branch_in_service: NDArray[np.bool_],
    hourly: HourlyInjections,
    points: Sequence[HeadroomPoint],
    executor: CellExecutor,
    rules: CellRules,
) -> list[Headroom]:
    """Headroom of each point in one state, year and scenario, without the queue and apart from the other points.

    Feed-in is taken as exempt (it may be taken off after a fault).
    """
    if not points:
        return []
    n = len(points)
    sign = np.array([1 if point.direction == "feed_in" else -1 for point in points], dtype=np.int8)
    queue = Queue(
        node=np.array([point.node for point in points], dtype=np.int32),
        sign=sign,
        q_per_p=np.array([point.q_per_p for point in points], dtype=np.float64),
        profile=np.stack([point.profile for point in points]).astype(np.float64),
        firm=np.zeros(n, dtype=np.bool_),
        exempt=sign > 0,
    )
    probes = np.diag([probe_mw(area.grid, branch_in_service, point.node) for point in points])
    requests = [Requests(queue, requested) for requested in probes]
    cells = cell_batch([branch_in_service] * n, [hourly] * n, requests)
    contingencies = contingencies_for(area.grid, rules.outages)
    found = executor.evaluate(area.grid, contingencies, queue, cells, rules)
    at = np.arange(n)
    allocated = found.allocated_mw[at, at]
    return [
        Headroom(
            point,
            float(allocated[i]),
            int(found.limit_branch[i, i]),
            int(found.limit_contingency[i, i]),
            int(found.limit_hour[i, i]),
            colour_class(float(allocated[i]), point.waiting_mw),
        )
        for i, point in enumerate(points)
    ]
