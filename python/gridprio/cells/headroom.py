"""Headroom of stations: the extra MW at which a limit that was not already passed holds a request back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

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
FIRST_SHARE, GROWTH = 1.5, 4.0
"""The first request is this times the ratings at its node; it grows by this factor until a limit holds it back."""
BEYOND_ANY_GRID_MW = 1e6
"""A station that takes this much has no limit (it is the slack bus, or its profile is zero)."""
POINTS_AT_ONCE = 256
"""Points handed over at once per batch that the executor takes; between calls progress is told, and the user can
stop."""


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
    """Answer to one point; branch -1 with contingency 0 is a station without supply, all -1 no limit at all."""

    point: HeadroomPoint
    headroom_mw: float
    """NaN where no limit exists"""
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


def first_request_mw(grid: GridArrays, branch_in_service: NDArray[np.bool_], node: int) -> float:
    """`FIRST_SHARE` times the ratings of the branches at `node`; where none has one, of the largest in the grid."""
    here = branch_in_service & ((grid.from_node == node) | (grid.to_node == node))
    rating = float(np.nansum(grid.rating_mva[here]))
    if not rating > 0:
        rating = float(np.nanmax(grid.rating_mva[branch_in_service], initial=grid.base_mva))
    return FIRST_SHARE * rating


def headroom_rows(
    area: CellArea,
    branch_in_service: NDArray[np.bool_],
    hourly: HourlyInjections,
    points: Sequence[HeadroomPoint],
    executor: CellExecutor,
    rules: CellRules,
    progress: Callable[[float], None] = lambda part: None,
) -> list[Headroom]:
    """Headroom of each point in one state, year and scenario, without the queue and apart from the other points.

    Feed-in is taken as exempt (it may be taken off after a fault). A limit that was not passed is not passed at all:
    nothing is negligible here (docs/theory/cells.md, Headroom). `progress`: called with the part that is done.
    """
    found: list[Headroom] = []
    at_once = POINTS_AT_ONCE * executor.parallel
    for begin in range(0, len(points), at_once):
        part = points[begin : begin + at_once]
        found += _headroom(area, branch_in_service, hourly, part, executor, rules)
        progress((begin + len(part)) / len(points))
    return found


def without_allowance(rules: CellRules) -> CellRules:
    """What a queue may neglect is no headroom of a station (docs/theory/cells.md, Headroom)."""
    return replace(rules, negligible_percent=0.0)


def _headroom(
    area: CellArea,
    branch_in_service: NDArray[np.bool_],
    hourly: HourlyInjections,
    points: Sequence[HeadroomPoint],
    executor: CellExecutor,
    rules: CellRules,
) -> list[Headroom]:
    contingencies = contingencies_for(area.grid, rules.outages)
    peaks = [max(float(point.profile.max(initial=0.0)), 1e-3) for point in points]
    asked = {
        at: first_request_mw(area.grid, branch_in_service, points[at].node) / peak for at, peak in enumerate(peaks)
    }
    answers: dict[int, Headroom] = {}
    while asked:
        queue = queue_of([points[at] for at in asked])
        requests = [Requests.in_given_order(queue, mw) for mw in np.diag(list(asked.values()))]
        cells = cell_batch([branch_in_service] * len(asked), [hourly] * len(asked), requests)
        found = executor.evaluate(area.grid, contingencies, queue, cells, without_allowance(rules))
        larger: dict[int, float] = {}
        for row, (at, requested_mw) in enumerate(asked.items()):
            branch, k, hour = (
                int(x[row, row]) for x in (found.limit_branch, found.limit_contingency, found.limit_hour)
            )
            if k < 0 and requested_mw < BEYOND_ANY_GRID_MW:
                larger[at] = requested_mw * GROWTH
                continue
            headroom_mw = float(found.allocated_mw[row, row]) if k >= 0 else np.nan
            colour = colour_class(headroom_mw, points[at].waiting_mw)
            answers[at] = Headroom(points[at], headroom_mw, branch, k, hour, colour)
        asked = larger
    return [answers[at] for at in range(len(points))]


def queue_of(points: Sequence[HeadroomPoint]) -> Queue:
    """A request for each point; feed-in is exempt."""
    sign = np.array([1 if point.direction == "feed_in" else -1 for point in points], dtype=np.int8)
    return Queue(
        node=np.array([point.node for point in points], dtype=np.int32),
        sign=sign,
        q_per_p=np.array([point.q_per_p for point in points], dtype=np.float64),
        profile=np.stack([point.profile for point in points]).astype(np.float64),
        firm=np.zeros(len(points), dtype=np.bool_),
        exempt=sign > 0,
    )
