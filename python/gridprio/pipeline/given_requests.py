"""Requests tried one at a time in the grid as given: shared out at their own place, or whole at another station."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from gridprio.cells import SimulatedCells, StateYear
from gridprio.cells.executor import cell_batch
from gridprio.demand import request_sign
from gridprio.demand.connections import q_per_p
from gridprio.inputs.schema import Development
from gridprio.model.cell import Queue, Requests

ColumnOf = attrgetter("node", "sign", "q_per_p", "profile", "firm", "exempt")
"""Columns of a queue, first axis request."""


@dataclass(frozen=True, eq=False)
class _Try:
    """One request in one area, and the request of the area that it stands for."""

    row: int
    """of the developments"""
    station: str
    is_last: bool
    """comes after all others in the queue, else at the place of `instead_of`"""
    instead_of: int
    """request of the area that is taken out meanwhile; -1 none"""
    firm: bool


def tried_requests(
    cells: SimulatedCells,
    states: Sequence[StateYear],
    scenario: str,
    year: int,
    unfit: Mapping[int, float],
    allocated_mw: Sequence[NDArray[np.float64]],
) -> dict[tuple[int, str], float]:
    """(row of a development, station) -> MW that fit, of each of `unfit` (row -> MW) apart from the others.

    At its own station it keeps its place in the queue, and is not all or nothing. At every other station of its
    municipality it comes last, as firm as it is, so nobody loses by it. `states` [area] of the grid;
    `allocated_mw` [area][request] in them.
    """
    found: dict[tuple[int, str], float] = {}
    for area in range(len(cells.areas)):
        tries = list(_tries(cells, area, unfit))
        if tries:
            allocated = _allocated(cells, states[area], scenario, year, tries, unfit, allocated_mw[area])
            found |= {(one.row, one.station): mw for one, mw in zip(tries, allocated, strict=True)}
    return found


def _tries(cells: SimulatedCells, area: int, unfit: Mapping[int, float]) -> Iterator[_Try]:
    study, demand = cells.study, cells.grid.demand
    rows = demand.development_rows(area)
    town = {station.station_id: station.municipality_id for station in study.stations}
    for row in unfit:
        development = study.developments[row]
        at = rows.index(row) if row in rows else -1
        if at >= 0 and development.firm:
            yield _Try(row, development.station_id, False, at, firm=False)
        own_town = development.municipality_id or town[development.station_id]
        for station, other_town in town.items():
            is_other = station != development.station_id and bool(own_town) and other_town == own_town
            if is_other and demand.places[station].area == area:
                yield _Try(row, station, True, at, development.firm)


def _allocated(
    cells: SimulatedCells,
    state: StateYear,
    scenario: str,
    year: int,
    tries: Sequence[_Try],
    unfit: Mapping[int, float],
    allocated_mw: NDArray[np.float64],
) -> list[float]:
    """[try] MW."""
    study, demand, area = cells.study, cells.grid.demand, state.area
    ids = [study.projects[project].project_id for project in state.in_service]
    base = demand.requests(area, year, scenario, tuple(ids))
    steps = demand.steps(area, year, scenario)
    n = len(base.requested_mw)
    columns = [
        np.concatenate(pair) for pair in zip(ColumnOf(base.queue), _guests(cells, tries, steps, base), strict=True)
    ]
    place = np.argsort(base.order)
    after = [np.inf if one.is_last else place[one.instead_of] + 0.5 for one in tries]
    order = np.argsort([*place, *after], kind="stable").astype(np.int32)
    queue = Queue(*(np.ascontiguousarray(column) for column in columns))
    asked = np.zeros((len(tries), n + len(tries)))
    for cell, one in enumerate(tries):
        asked[cell, :n] = _others(base, allocated_mw, one, request_sign(study.developments[one.row]))
        asked[cell, n + cell] = unfit[one.row]
    mask = cells.grid.union.in_service(ids)[cells.grid.areas[area].branches]
    hourly = demand.injections(area, year, scenario, tuple(ids))
    requests = [Requests(queue, mw, mw, order) for mw in asked]
    batch = cell_batch([mask] * len(tries), [hourly] * len(tries), requests)
    cache = cells.cache
    found = cache.executor.evaluate(cache.areas[area].grid, cache.contingencies(area), queue, batch, cache.rules)
    return [float(mw) for mw in found.allocated_mw[np.arange(len(tries)), n + np.arange(len(tries))]]


def _others(base: Requests, allocated_mw: NDArray[np.float64], one: _Try, sign: int) -> NDArray[np.float64]:
    """[request] MW that the others ask beside the request that is tried.

    Feed-in comes after demand and cannot change its answer. Requests ask what they are allocated, unless the one
    that is tried displaces them or leaves them capacity, or they hold room for later years.
    """
    same = base.queue.sign == sign
    leaves = one.instead_of >= 0 and allocated_mw[one.instead_of] > 0
    changes = same & (leaves or not one.is_last) | (base.claimed_mw > base.requested_mw)
    asked = np.where(changes, base.claimed_mw, allocated_mw)
    asked[base.queue.sign > sign] = 0.0
    if one.instead_of >= 0:
        asked[one.instead_of] = 0.0
    return asked


def _guests(
    cells: SimulatedCells, tries: Sequence[_Try], steps: NDArray[np.int64], base: Requests
) -> tuple[NDArray[np.generic], ...]:
    """Columns of the requests that are tried, in the order of `ColumnOf`; at their own place with their contracts."""
    demand = cells.grid.demand
    developments: list[Development] = [cells.study.developments[one.row] for one in tries]
    profile = [
        demand.profiles.value[steps, demand.profiles.column[d.profile]]
        if one.is_last
        else base.queue.profile[one.instead_of]
        for d, one in zip(developments, tries, strict=True)
    ]
    sign = [request_sign(d) for d in developments]
    return (
        np.array([demand.places[one.station].node for one in tries], dtype=np.int32),
        np.array(sign, dtype=np.int8),
        np.array([q_per_p(d.power_factor) for d in developments]),
        np.stack(profile),
        np.array([one.firm for one in tries]),
        np.array([s > 0 and d.exempt_feed_in for s, d in zip(sign, developments, strict=True)]),
    )
