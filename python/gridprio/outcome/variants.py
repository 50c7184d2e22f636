"""Projects that turn switches: the grid has other nodes then, so every switch position is a book area of its own.

Areas may join or part when a switch is turned; such a study is simulated as one area, the whole grid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gridprio.demand import StudyDemand
from gridprio.grid.areas import Area, splitting_outages
from gridprio.grid.union import Switches
from gridprio.model.cell import HourlyInjections, Wishes
from gridprio.model.grid import Grid
from gridprio.outcome.areas import UnionArea


def whole_area(grid: Grid) -> Area:
    """The grid as one area, in its own numbering."""
    arrays = grid.arrays
    return Area(
        name=grid.name or "grid",
        arrays=arrays,
        nodes=np.arange(arrays.n_node, dtype=np.int32),
        branches=np.arange(arrays.n_branch, dtype=np.int32),
        outages=np.arange(arrays.n_outage, dtype=np.int32),
        bus_rows=np.flatnonzero(grid.bus_node >= 0).astype(np.int32),
        splitting=splitting_outages(arrays, arrays.branch_in_service),
    )


class VariantDemand:
    """Demand of a grid with switch positions; book area v is position v. Hours are those of the first position."""

    def __init__(self, make: Callable[[int, StudyDemand | None], StudyDemand]) -> None:
        """`make(position, hours_of)`"""
        self._make = make
        self._made: list[StudyDemand] = []

    def of(self, position: int) -> StudyDemand:
        while len(self._made) <= position:
            first = self._made[0] if self._made else None
            self._made.append(self._make(len(self._made), first))
        return self._made[position]

    def injections(self, area: int, year: int, scenario: str, projects: tuple[str, ...]) -> HourlyInjections:
        return self.of(area).injections(0, year, scenario, projects)

    def wishes(self, area: int, year: int, scenario: str) -> Wishes:
        return self.of(area).wishes(0, year, scenario)


@dataclass(frozen=True, eq=False)
class SwitchedGrid(UnionArea):
    """The whole grid; `grids[v]` and `areas[v]` are switch position v, the first one that of the base."""

    grids: list[Grid]
    areas: list[Area]
    positions: dict[Switches, int] = field(default_factory=lambda: {frozenset(): 0})

    @property
    def grid_projects(self) -> tuple[int, ...]:
        turning = {row for row, project in enumerate(self.project_ids) if self._switches([row])}
        return tuple(sorted(turning | set(super().grid_projects)))

    def book_area(self, in_service: Sequence[int]) -> int:
        key = self._switches(in_service)
        if key not in self.positions:
            self.positions[key] = len(self.areas)
            self.grids.append(self.union.variant(self._ids(in_service)))
            self.areas.append(whole_area(self.grids[-1]))
        return self.positions[key]

    def _switches(self, in_service: Sequence[int]) -> Switches:
        return self.union.switches(self._ids(in_service))
