"""Electrical areas of the union grid as plans see them: who is where, and which projects matter there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gridprio.demand import Place
from gridprio.errors import InputError
from gridprio.grid.areas import Area
from gridprio.grid.union import UnionGrid
from gridprio.inputs.study import Study
from gridprio.model.grid import Grid
from gridprio.text import sentence


@dataclass(frozen=True, eq=False)
class UnionArea:
    """One electrical area and the projects that matter to it, as rows of `project_ids`."""

    union: UnionGrid
    area: Area
    number: int
    """row of the areas of the cell cache"""
    project_ids: tuple[str, ...]
    changing: tuple[str, ...]
    """projects that change injections here"""

    def cache_area(self, in_service: Sequence[int]) -> int:
        """Row of the areas of the cell cache in which this state is simulated."""
        return self.number

    @cached_property
    def grid_projects(self) -> tuple[int, ...]:
        base = self._mask((), ())
        return self._rows(p for p in self._known if (self._mask((p,), ()) != base).any())

    @cached_property
    def works_projects(self) -> tuple[int, ...]:
        base, every = self._mask((), ()), self._mask(self._known, ())
        return self._rows(
            p
            for p in self._known
            if (self._mask((), (p,)) != base).any() or (self._mask(self._known, (p,)) != every).any()
        )

    @cached_property
    def demand_projects(self) -> tuple[int, ...]:
        return self._rows(self.changing)

    def branch_in_service(self, in_service: Sequence[int], in_works: Sequence[int]) -> NDArray[np.bool_]:
        """[branch of the area]"""
        return self._mask(self._ids(in_service), self._ids(in_works))

    @cached_property
    def _known(self) -> tuple[str, ...]:
        """Projects with changes, in the order of the study."""
        of_union = set(self.union.project_ids)
        return tuple(p for p in self.project_ids if p in of_union)

    def _mask(self, installed: Sequence[str], in_works: Sequence[str]) -> NDArray[np.bool_]:
        return self.union.in_service(installed, in_works)[self.area.branches]

    def _rows(self, projects: Iterable[str]) -> tuple[int, ...]:
        row = {project_id: k for k, project_id in enumerate(self.project_ids)}
        return tuple(row[p] for p in projects)

    def _ids(self, rows: Sequence[int]) -> tuple[str, ...]:
        known = set(self._known)
        return tuple(self.project_ids[row] for row in rows if self.project_ids[row] in known)


def bus_places(grids: Sequence[Grid], areas: Sequence[Area]) -> dict[int, Place]:
    """pandapower bus -> area and node; a slack bus, which may lie in several areas, counts in the first of them.

    `grids` [area], the grid that an area is part of.
    """
    places: dict[int, Place] = {}
    for number, (grid, area) in enumerate(zip(grids, areas, strict=True)):
        node_of = {int(node): k for k, node in enumerate(area.nodes)}
        for row in area.bus_rows:
            places.setdefault(int(grid.bus_ids[row]), Place(number, node_of[int(grid.bus_node[row])]))
    return places


def station_places(study: Study, places: Mapping[int, Place]) -> dict[str, Place]:
    """Where connections of a station attach: its first bus. InputError names those that no feeding point reaches."""
    found, problems = {}, []
    for at, station in enumerate(study.stations):
        bus = station.buses[0]
        if bus in places:
            found[station.station_id] = places[bus]
            continue
        problems.append(
            study.problem(
                "stations",
                at,
                "buses",
                sentence("problem.bus_without_feed"),
                found=str(bus),
                mend=sentence("remedy.connected_bus"),
            )
        )
    if problems:
        raise InputError(problems)
    return found


def area_names(areas: Sequence[Area]) -> list[str]:
    """One name per area; equal ones get a number."""
    names = [area.name or "area" for area in areas]
    return [
        name if names.count(name) == 1 else f"{name} ({names[: k + 1].count(name)})" for k, name in enumerate(names)
    ]
