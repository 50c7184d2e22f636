"""What limits a queue where there is no grid: capacities of areas, by direction, year, scenario and projects.

Definitions in docs/station-study.md. Areas that no request shares are apart, so that each has few projects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.demand import request_rows
from gridprio.inputs.enumerations import Direction
from gridprio.inputs.hierarchy import Reading, areas_of_stations, base_scenario, limited_areas, reading_of
from gridprio.inputs.schema import full_request_mw
from gridprio.inputs.station_tables import StationCapacity
from gridprio.inputs.study import Study

Floats = NDArray[np.float64]
NO_LIMIT = "-"
"""Instead of an area in the name of requests that nothing limits."""


@dataclass(frozen=True, eq=False)
class StationLimits:
    """Requests of one direction and the areas that limit them, none of which limits any other request."""

    name: str
    direction: Direction
    area_ids: tuple[str, ...]
    """[limit]"""
    development_rows: tuple[int, ...]
    """[request], rows of the study's developments"""
    limits_of: tuple[NDArray[np.intp], ...]
    """[request], limits under which it falls"""
    serving: tuple[int, ...]
    """rows of the study's projects that add to a limit or are needed there"""
    base_mw: Floats
    """[year, scenario, limit], capacity less what is contracted; infinite where a scenario has no capacity"""
    lacking_mw: Floats
    """[year, scenario, limit], what projects without a published megawatt add together"""
    added_mw: Floats
    """[serving project, limit], published"""
    needed: NDArray[np.bool_]
    """[serving project, limit], where nobody published what it adds"""
    readings: tuple[Reading | None, ...]
    """[scenario]"""

    def room_mw(self, year: NDArray[np.intp], in_service: NDArray[np.bool_]) -> Floats:
        """[state, scenario, limit]; `year` [state], 0 the first of the horizon; `in_service` [state, serving]."""
        mask = in_service.astype(np.float64)
        there, all_of = mask @ self.needed, self.needed.sum(axis=0)
        share = np.divide(there, all_of, out=np.zeros_like(there), where=all_of > 0)
        gained = {Reading.ALL_NEEDED: np.floor(share), Reading.EQUAL_SHARE: share, None: np.zeros_like(share)}
        part = np.stack([gained[reading] for reading in self.readings], axis=1)
        room: Floats = self.base_mw[year] + (mask @ self.added_mw)[:, None] + part * self.lacking_mw[year]
        return room

    def state_name(self, in_service: NDArray[np.bool_]) -> bytes:
        """Equal for sets of projects that leave the same room; `in_service` [serving]."""
        added: bytes = (in_service @ self.added_mw).tobytes()
        there: bytes = self.needed[in_service].sum(axis=0).tobytes()
        return added + there


def station_limits(study: Study) -> tuple[StationLimits, ...]:
    """In the order of their first requests, demand before feed-in."""
    return tuple(limits for direction in Direction for limits in _of_direction(study, direction))


def _of_direction(study: Study, direction: Direction) -> Iterator[StationLimits]:
    reached = areas_of_stations(study)
    limited = {area for area, of in limited_areas(study) if of is direction}
    limits_of = {
        row: tuple(area for area in reached[d.station_id] if area in limited)
        for row, d in enumerate(study.developments)
        if d.direction is direction
    }
    in_order = request_rows(study.developments, list(limits_of))
    for areas, rows in _groups(in_order, limits_of):
        yield _limits(study, direction, areas, rows, limits_of)


def _groups(
    rows: Sequence[int], limits_of: Mapping[int, tuple[str, ...]]
) -> list[tuple[tuple[str, ...], tuple[int, ...]]]:
    """Areas and requests, apart where no request lies in areas of two groups."""
    groups: list[tuple[dict[str, None], list[int]]] = []
    for row in rows:
        joined: tuple[dict[str, None], list[int]] = (dict.fromkeys(limits_of[row]), [])
        apart = []
        for group in groups:
            shares = group[0].keys() & joined[0].keys() or (not group[0] and not joined[0])
            if shares:
                joined = group[0] | joined[0], sorted([*group[1], *joined[1]])
            else:
                apart.append(group)
        groups = [*apart, (joined[0], [*joined[1], row])]
    place = {row: at for at, row in enumerate(rows)}
    ordered = [(tuple(areas), tuple(sorted(own, key=place.__getitem__))) for areas, own in groups]
    return sorted(ordered, key=lambda group: place[group[1][0]])


def _limits(
    study: Study,
    direction: Direction,
    areas: tuple[str, ...],
    rows: tuple[int, ...],
    limits_of: Mapping[int, tuple[str, ...]],
) -> StationLimits:
    place = {area: at for at, area in enumerate(areas)}
    project_row = {project.project_id: row for row, project in enumerate(study.projects)}
    capacity = [c for c in study.project_capacity if c.direction is direction and c.area_id in place]
    serving = tuple(sorted({project_row[c.project_id] for c in capacity}))
    added = np.zeros((len(serving), len(areas)))
    needed = np.zeros(added.shape, dtype=np.bool_)
    for row in capacity:
        at = serving.index(project_row[row.project_id]), place[row.area_id]
        added[at] += row.added_mw or 0.0
        needed[at] |= row.added_mw is None
    base, lacking = _megawatts(study, direction, areas)
    return StationLimits(
        name=f"{areas[0] if areas else NO_LIMIT}{f'+{len(areas) - 1}' if len(areas) > 1 else ''}:{direction.value}",
        direction=direction,
        area_ids=areas,
        development_rows=rows,
        limits_of=tuple(np.array([place[area] for area in limits_of[row]], dtype=np.intp) for row in rows),
        serving=serving,
        base_mw=base,
        lacking_mw=np.maximum(lacking - added.sum(axis=0), 0.0) * needed.any(axis=0),
        added_mw=added,
        needed=needed,
        readings=tuple(reading_of(study, scenario) for scenario in study.scenario_ids),
    )


def _megawatts(study: Study, direction: Direction, areas: tuple[str, ...]) -> tuple[Floats, Floats]:
    """[year, scenario, limit]: capacity less what is contracted, and the shortage with the queue, below 0 where none
    lacks."""
    years = range(study.settings.start_year, study.settings.end_year + 1)
    base = np.full((len(years), len(study.scenario_ids), len(areas)), np.inf)
    lacking = np.zeros_like(base)
    reached = areas_of_stations(study)
    of_area: dict[str, list[StationCapacity]] = {area: [] for area in areas}
    for row in study.station_capacity:
        if row.direction is direction and row.area_id in of_area:
            of_area[row.area_id].append(row)
    asked = dict.fromkeys(areas, 0.0)
    for development in study.developments:
        for area in reached[development.station_id] if development.direction is direction else ():
            if area in asked:
                asked[area] += full_request_mw(development)
    for at, area in enumerate(areas):
        for k, scenario in enumerate(study.scenario_ids):
            own = [row for row in of_area[area] if row.scenario_id == base_scenario(study, scenario)]
            rows = sorted(own or [row for row in of_area[area] if not row.scenario_id], key=lambda row: row.year)
            for y, year in enumerate(years if rows else ()):
                row = next((row for row in reversed(rows) if row.year <= year), rows[0])
                base[y, k, at] = row.capacity_mw - row.contracted_mw
                lacking[y, k, at] = (asked[area] if row.queue_mw is None else row.queue_mw) - base[y, k, at]
    return base, lacking
