"""Projects that turn switches: the grid has other nodes then, so every switch position has an area of its own.

Areas may join or part when a switch is turned; those where switches are turned are simulated together, as one area.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gridprio.cells.areas import UnionArea
from gridprio.demand import StudyDemand
from gridprio.grid.areas import Area, cut_out
from gridprio.grid.union import Switches, UnionGrid
from gridprio.model.cell import HourlyInjections, Requests
from gridprio.model.grid import Grid


def unswitched_areas(union: UnionGrid, areas: Sequence[Area]) -> list[Area]:
    """Areas of the base grid that are the same in every switch position: no end of a turned switch lies in them."""
    node_of = dict(zip(union.grid.bus_ids.tolist(), union.grid.bus_node.tolist(), strict=True))
    turned = {switch for project in union.project_ids for switch, _ in union.switches([project])}
    nodes = {node_of[bus] for switch in turned for bus in union.grid.switch_buses[switch]}
    left = [area for area in areas if nodes.isdisjoint(area.nodes.tolist())]
    # Switches far from every feeding point: what they join has no area to be simulated in.
    return left if len(left) < len(areas) else []


def switched_area(grid: Grid, unswitched: Sequence[Area]) -> Area:
    """All of the grid in a switch position but these areas."""
    nowhere = np.zeros(0, dtype=np.int32)
    rows = np.setdiff1d(np.arange(len(grid.bus_ids)), np.concatenate([nowhere, *(a.bus_rows for a in unswitched)]))
    branches = np.setdiff1d(
        np.arange(grid.arrays.n_branch, dtype=np.int32), np.concatenate([nowhere, *(a.branches for a in unswitched)])
    )
    nodes = np.unique(grid.bus_node[rows])
    return cut_out(grid, nodes[nodes >= 0].astype(np.int32), branches)


class VariantDemand:
    """Demand of a grid with switch positions: areas without turned switches, then one area per position.

    Hours are those of the first position.
    """

    def __init__(self, n_unswitched: int, make: Callable[[int, StudyDemand | None], StudyDemand]) -> None:
        """`make(area of the cell cache, hours_of)`"""
        self._n_unswitched, self._make = n_unswitched, make
        self._made: list[StudyDemand] = []

    def of(self, area: int) -> StudyDemand:
        position = max(area - self._n_unswitched, 0)
        while len(self._made) <= position:
            first = self._made[0] if self._made else None
            self._made.append(self._make(self._n_unswitched + len(self._made), first))
        return self._made[position]

    def injections(self, area: int, year: int, scenario: str, projects: tuple[str, ...]) -> HourlyInjections:
        return self.of(area).injections(min(area, self._n_unswitched), year, scenario, projects)

    def requests(self, area: int, year: int, scenario: str, projects: tuple[str, ...] = ()) -> Requests:
        return self.of(area).requests(min(area, self._n_unswitched), year, scenario, projects)


@dataclass(frozen=True, eq=False)
class SwitchedGrid(UnionArea):
    """Where switches are turned; `area` and `number` are those of the base position."""

    grids: list[Grid]
    """by area of the cell cache"""
    areas: list[Area]
    """of the cell cache; grows with every position that is met"""
    positions: dict[Switches, int]
    """area of the cell cache"""
    controlled: Callable[[Grid, Area], Area]
    """what acts in an area of a grid"""

    @property
    def grid_projects(self) -> tuple[int, ...]:
        turning = {row for row, project in enumerate(self.project_ids) if self._switches([row])}
        return tuple(sorted(turning | set(super().grid_projects)))

    def cache_area(self, in_service: Sequence[int]) -> int:
        key = self._switches(in_service)
        if key not in self.positions:
            self.positions[key] = len(self.areas)
            self.grids.append(self.union.variant(self._ids(in_service)))
            switched = switched_area(self.grids[-1], self.areas[: self.number])
            self.areas.append(self.controlled(self.grids[-1], switched))
        return self.positions[key]

    def _switches(self, in_service: Sequence[int]) -> Switches:
        return self.union.switches(self._ids(in_service))
