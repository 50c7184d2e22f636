"""Where everything happens: the union grid of a study, its areas, what connects there, and the cells that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, overload

import pandas as pd

from gridprio.congestion import AreaDemand, CellArea, CellBook, CellShelf
from gridprio.demand import (
    StudyDemand,
    connections_at_stations,
    generator_connections,
    own_connections,
    own_profiles,
    profiles_of,
)
from gridprio.errors import InputError
from gridprio.grid import read_net, split_areas, study_union
from gridprio.grid.areas import Area
from gridprio.grid.union import UnionGrid
from gridprio.inputs.checks import profile_name_problems
from gridprio.inputs.study import Study
from gridprio.kernels.protocol import Kernels
from gridprio.model.grid import Grid
from gridprio.outcome import CellSource, SimulatedCells, scenarios_of
from gridprio.outcome.areas import UnionArea, area_names, bus_places, station_places
from gridprio.outcome.variants import SwitchedGrid, VariantDemand, switched_area, unswitched_areas
from gridprio.text import Message, message


@dataclass(frozen=True, eq=False)
class Field:
    """Where everything happens: the union grid, its areas and what connects there."""

    union: UnionGrid
    areas: Sequence[Area]
    """of the book; with switch positions they grow while the states are collected"""
    demand: StudyDemand
    """by area; with switch positions of the first one"""
    book_demand: AreaDemand
    """by area of the book"""
    plan_areas: tuple[UnionArea, ...]


def make_field(study: Study) -> Field:
    """Read the grid and place everything that connects in its areas."""
    net, _ = read_net(study.grid_source)
    union = study_union(net, study)
    profiles = profiles_of(study.profiles, own_profiles(net))
    unknown = list(profile_name_problems(study, profiles.column))
    if unknown:
        raise InputError(unknown)

    def demand_on(grids: Sequence[Grid], areas: Sequence[Area], hours_of: StudyDemand | None = None) -> StudyDemand:
        buses = bus_places(grids, areas)
        places = station_places(study, buses)
        if study.loads:
            connections = connections_at_stations(study.loads, places) + generator_connections(grids[-1], buses)
        else:
            connections = own_connections(grids[-1], buses, profiles.column)
        n_node = [area.arrays.n_node for area in areas]
        return StudyDemand(study, profiles, connections, places, n_node, hours_of)

    project_ids = tuple(p.project_id for p in study.projects)
    areas = list(split_areas(union.grid))

    def as_planned(demand: StudyDemand, areas: Sequence[Area]) -> tuple[UnionArea, ...]:
        return tuple(
            UnionArea(union, area, number, project_ids, demand.changing_projects(number))
            for number, area in enumerate(areas)
        )

    if not any(union.switches([project]) for project in union.project_ids):
        demand = demand_on([union.grid] * len(areas), areas)
        return Field(union, areas, demand, demand, as_planned(demand, areas))
    unswitched = unswitched_areas(union, areas)
    n = len(unswitched)
    areas, grids = [*unswitched, switched_area(union.grid, unswitched)], [union.grid] * (n + 1)
    variants = VariantDemand(n, lambda at, first: demand_on([*grids[:n], grids[at]], [*unswitched, areas[at]], first))
    demand = variants.of(n)
    changing = demand.changing_projects(n)
    switched = SwitchedGrid(union, areas[n], n, project_ids, changing, grids, areas, {frozenset(): n})
    return Field(union, areas, demand, variants, (*as_planned(demand, unswitched), switched))


class _CellAreas(Sequence[CellArea]):
    """Areas of a field as the book sees them; they grow with the field's."""

    def __init__(self, areas: Sequence[Area]) -> None:
        self._areas = areas

    def __len__(self) -> int:
        return len(self._areas)

    @overload
    def __getitem__(self, at: int) -> CellArea: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[CellArea]: ...
    def __getitem__(self, at: int | slice) -> CellArea | Sequence[CellArea]:
        named = [CellArea(name, a.arrays) for name, a in zip(area_names(self._areas), self._areas, strict=True)]
        return named[at]


class StudyCells(Protocol):
    """All that a run asks of the grid; a sealed study answers without having one."""

    @property
    def source(self) -> CellSource: ...

    @property
    def changing_projects(self) -> frozenset[str]:
        """Projects that change the grid or its injections."""
        ...

    def limit_name(self, development: int, branch: int, contingency: int) -> str:
        """What held a development back, in words of the net."""
        ...

    def table(self) -> pd.DataFrame:
        """Table `cells` of the run folder."""
        ...

    def origin(self) -> dict[str, Any]:
        """Where the cells came from, for the manifest."""
        ...

    def messages(self) -> list[Message]:
        """What a reader of the results should know."""
        ...


class FieldCells:
    """Cells of a grid, simulated when they are asked for; with `shelf` also those that earlier runs left there."""

    def __init__(self, study: Study, kernels: Kernels, threads: int, shelf: Path | None = None) -> None:
        self.study, self.field = study, make_field(study)
        field = self.field
        self._shelf = None if shelf is None else CellShelf(shelf, kernels)
        areas = _CellAreas(field.areas)
        self.book = CellBook(areas, field.book_demand, kernels, study.settings, threads, self._shelf)
        names = area_names([field.areas[area.number] for area in field.plan_areas])
        ids = tuple(p.project_id for p in study.projects)
        scenarios, start_year = scenarios_of(study), study.settings.start_year
        self.source = SimulatedCells(self.book, field.demand, field.plan_areas, names, ids, scenarios, start_year)
        self.changing_projects = frozenset(change.project_id for change in study.project_changes)

    def limit_name(self, development: int, branch: int, contingency: int) -> str:
        """`line:12`, or `line:12 without trafo:3` after an outage."""
        number = self.field.demand.places[self.study.developments[development].station_id].area
        area, rows = self.field.areas[number], self.book.contingencies(number)
        out = rows.branch[rows.start[contingency] : rows.start[contingency + 1]]
        lost = " ".join(dict.fromkeys(self._branch_name(area, int(b)) for b in out))
        if branch < 0 or branch in out:
            return "no supply" if not lost else f"no supply without {lost}"
        return self._branch_name(area, branch) + (f" without {lost}" if lost else "")

    def _branch_name(self, area: Area, branch: int) -> str:
        return ":".join(str(part) for part in self.field.union.grid.branch_ids[area.branches[branch]])

    def table(self) -> pd.DataFrame:
        return self.book.table()

    def origin(self) -> dict[str, Any]:
        reused = 0 if self._shelf is None else self._shelf.reused
        return {"kind": "simulated", "simulated": self.book.simulated, "reused": reused}

    def messages(self) -> list[Message]:
        said: list[Message] = []
        unsolved = sum(int(self.book.results(area).not_converged.sum()) for area in range(len(self.book.areas)))
        if unsolved:
            said.append(message("cells.unsolved", n=unsolved))
        if self._shelf is not None:
            said += self._shelf.refused
            if self._shelf.not_written:
                said.append(message("cells.not_written", error=self._shelf.not_written))
        return said
