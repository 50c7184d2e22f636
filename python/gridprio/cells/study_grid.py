"""The grid of a study: the union grid, its electrical areas, and what connects there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gridprio.cells.areas import UnionArea, bus_places, station_places
from gridprio.cells.cache import AreaDemand
from gridprio.cells.contingencies import contingencies_for
from gridprio.cells.grid_warnings import warnings_beside_grid
from gridprio.cells.rules import cell_rules
from gridprio.cells.variants import SwitchedGrid, VariantDemand, switched_area, unswitched_areas
from gridprio.demand import (
    StudyDemand,
    connections_at_stations,
    own_connections,
    profiles_of,
)
from gridprio.demand.loading import MOST_FACTORS, AreaLimits, n_factors
from gridprio.errors import InputError, Problem
from gridprio.grid import leave_out_connections, net_findings, own_profiles, read_net, split_areas, study_union
from gridprio.grid.area_controls import acting_area
from gridprio.grid.areas import Area
from gridprio.grid.measured import measurement_problems
from gridprio.grid.union import Switches, UnionGrid
from gridprio.inputs.checks import profile_name_problems
from gridprio.inputs.study import Study
from gridprio.model.grid import Grid
from gridprio.model.limits import limit_percent
from gridprio.model.rules import CellRules
from gridprio.text import Message, message

MOST_WORKS = 4
"""Works of an area by which its hours are chosen at most; fewer where a state takes much memory to predict."""


@dataclass(frozen=True, eq=False)
class StudyGrid:
    """The union grid of a study, its electrical areas and what connects there."""

    union: UnionGrid
    areas: Sequence[Area]
    """of the cell cache; with switch positions they grow while the states are collected"""
    demand: StudyDemand
    """by area; with switch positions of the first one"""
    cache_demand: AreaDemand
    """by area of the cell cache"""
    plan_areas: tuple[UnionArea, ...]
    assumptions: tuple[Message, ...]
    """what was taken where the net does not say it, and what it says is not used"""
    warnings: tuple[Problem, ...]
    """what net and study hold that can hardly be meant, or is not used"""

    @property
    def is_plain(self) -> bool:
        """Whether no project turns switches, so that areas do not hang on what is built."""
        return len(self.areas) == len(self.plan_areas)

    def bus_id(self, area: int, node: int) -> int:
        """pandapower index of the first bus at a node of an area of the base grid."""
        grid = self.union.grid
        return int(grid.bus_ids[np.flatnonzero(grid.bus_node == self.areas[area].nodes[node])[0]])

    def station_nodes(self, area: int) -> dict[str, int]:
        """Node of each station in an area of the cell cache."""
        demand = self.cache_demand.of(area) if isinstance(self.cache_demand, VariantDemand) else self.demand
        number = min(area, len(self.plan_areas) - 1)  # switch positions come after the areas of the base grid
        return {name: place.node for name, place in demand.places.items() if place.area == number}


def make_study_grid(study: Study) -> StudyGrid:
    """Read the grid and place everything that connects in its areas."""
    net, _ = read_net(study.grid_source)
    assumptions = tuple(finding.message() for finding in net_findings(net) if finding.is_assumption)
    if study.loads:
        leave_out_connections(net)
    union = study_union(net, study)
    profiles = profiles_of(study.profiles, own_profiles(net), union.classes.of_step)
    unknown = [*profile_name_problems(study, profiles.column), *measurement_problems(study, union.grid)]
    if unknown:
        raise InputError(unknown)

    def demand_on(grids: Sequence[Grid], areas: Sequence[Area], hours_of: StudyDemand | None = None) -> StudyDemand:
        buses = bus_places(grids, areas)
        places = station_places(study, buses)
        connections = connections_at_stations(study.loads, places)
        connections += own_connections(grids[-1], buses, profiles.column)
        n_node = [area.arrays.n_node for area in areas]
        return StudyDemand(study, profiles, connections, places, n_node, hours_of, limits)

    rules = cell_rules(study)
    planned: list[UnionArea] = []

    def limits(area: int) -> AreaLimits:
        return area_limits(planned[area], project_ids, rules)

    project_ids = tuple(p.project_id for p in study.projects)

    def controlled(grid: Grid, area: Area) -> Area:
        return acting_area(grid, area) if rules.taps == "acting" else area

    areas = [controlled(union.grid, area) for area in split_areas(union.grid)]
    warnings = tuple(warnings_beside_grid(net, union, areas, study))

    def with_coarse_hours(areas: Sequence[UnionArea]) -> tuple[Message, ...]:
        """Areas that are too large to predict the loadings by which hours are chosen."""
        if study.settings.hours == "all":
            return assumptions
        limited = (area_limits(area, project_ids, rules) for area in areas)
        coarse = [limits.grid.n_node for limits in limited if not limits.is_predicted]
        if not coarse:
            return assumptions
        return *assumptions, message("cells.hours_not_predicted", n=max(coarse))

    def plan(demand: StudyDemand, areas: Sequence[Area]) -> None:
        for number, area in enumerate(areas):
            planned.append(UnionArea(union, area, number, project_ids, demand.changing_projects(number)))

    if not any(union.switches([project]) for project in union.project_ids):
        demand = demand_on([union.grid] * len(areas), areas)
        plan(demand, areas)
        return StudyGrid(union, areas, demand, demand, tuple(planned), with_coarse_hours(planned), warnings)
    unswitched = unswitched_areas(union, areas)
    n = len(unswitched)
    switched = controlled(union.grid, switched_area(union.grid, unswitched))
    areas, grids = [*unswitched, switched], [union.grid] * (n + 1)
    variants = VariantDemand(n, lambda at, first: demand_on([*grids[:n], grids[at]], [*unswitched, areas[at]], first))
    demand = variants.of(n)
    changing = demand.changing_projects(n)
    plan(demand, unswitched)
    positions: dict[Switches, int] = {frozenset(): n}
    planned.append(SwitchedGrid(union, areas[n], n, project_ids, changing, grids, areas, positions, controlled))
    return StudyGrid(union, areas, demand, variants, tuple(planned), with_coarse_hours(planned), warnings)


def area_limits(area: UnionArea, project_ids: Sequence[str], rules: CellRules) -> AreaLimits:
    """The limits of an area, and the states by which its hours are chosen: as given, half and all of its projects, and
    the works of some projects, each with half of the others."""
    grid, changing = area.area.arrays, set(area.demand_projects)
    contingencies = contingencies_for(grid, rules.outages)
    serving = sorted({*area.grid_projects, *changing})
    half = serving[: len(serving) // 2]
    in_service = {len(some): some for some in ([], half, serving)}
    states: list[tuple[list[int], tuple[int, ...]]] = [(some, ()) for some in in_service.values()]
    n_works = min(len(area.works_projects), MOST_WORKS, MOST_FACTORS // max(1, n_factors(grid, contingencies)))
    works = [area.works_projects[at * len(area.works_projects) // n_works] for at in range(n_works)]
    states += [([p for p in half if p != working], (working,)) for working in works]
    return AreaLimits(
        grid=grid,
        contingencies=contingencies,
        limit_percent=limit_percent(grid, rules.loading_limit_percent, rules.emergency_limit_percent),
        states=tuple(
            (
                area.branch_in_service(some, in_works),
                tuple(project_ids[p] for p in some if p in changing),
                bool(in_works),
            )
            for some, in_works in states
        ),
    )
