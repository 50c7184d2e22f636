"""Where the cells of states come from: simulated in the union grid, or handed over in a seal."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gridprio.congestion import CellBook, CellNeed, state_hash
from gridprio.demand import StudyDemand
from gridprio.errors import Problem
from gridprio.model.rules import HourRules

Progress = Callable[[float], None]
"""Called with the part that is done, 0 to 1."""

CELLS_PER_CALL = {"representative": 256, "all": 8}
"""Cells asked of the book at once, by setting `hours`; bounds memory, and between calls the user can stop."""


@dataclass(frozen=True, eq=False)
class PlanArea:
    """One electrical area as plans see it."""

    name: str
    serving: tuple[int, ...]
    """rows of the projects that change branches or injections here when in service"""
    working: tuple[int, ...]
    """rows of the projects that take branches out here during their works"""
    development_rows: tuple[int, ...]
    """[request], rows of the study's developments in queue order"""
    energy_h: NDArray[np.float64]
    """[request, calendar month], MWh per MW"""


@dataclass(frozen=True)
class StateYear:
    """Projects in service and works under way in one area in one year: a cell per scenario."""

    area: int
    in_service: tuple[int, ...]
    """rows of projects, ascending within what serves the area"""
    in_works: tuple[int, ...]
    year: int
    """0 is the first of the horizon"""


@dataclass(frozen=True, eq=False)
class CellValues:
    """What the outcome needs of cells; the first two axes are [state-year, scenario]."""

    overload_mvah: NDArray[np.float64]
    """[..., calendar month]"""
    insecure_hours: NDArray[np.float64]
    """[..., calendar month]"""
    served_mw: NDArray[np.float64]
    """[..., request]"""
    wish_mw: NDArray[np.float64]
    """[..., request]"""
    limit: NDArray[np.int32]
    """[..., request, 2], branch and contingency that hold a request back; -1 when nothing does"""


class CellSource(Protocol):
    """Cells on demand, for every scenario of the study."""

    @property
    def areas(self) -> Sequence[PlanArea]: ...

    def identity(self, state: StateYear) -> Hashable:
        """Equal for states that are the same to the grid and its injections; they share their cells."""
        ...

    def problem(self, state: StateYear) -> Problem | None:
        """Why the cells of a state cannot be had; None when they can."""
        ...

    def values(self, states: Sequence[StateYear], progress: Progress | None = None) -> CellValues:
        """Cells of different states of one area that can all be had."""
        ...

    def close(self) -> None:
        """Keep what was learnt for later runs, where there is a place for it."""
        ...


class AreaStates(Protocol):
    """One electrical area of the union grid as plans see it."""

    @property
    def grid_projects(self) -> Sequence[int]:
        """Rows of the projects that change branches here when in service."""
        ...

    @property
    def works_projects(self) -> Sequence[int]:
        """Rows of the projects that take branches out here during their build."""
        ...

    @property
    def demand_projects(self) -> Sequence[int]:
        """Rows of the projects that change injections here when in service."""
        ...

    def book_area(self, in_service: Sequence[int]) -> int:
        """Row of the book's areas in which a state with these projects is simulated."""
        ...

    def branch_in_service(self, in_service: Sequence[int], in_works: Sequence[int]) -> NDArray[np.bool_]:
        """[branch of the area] with these projects (rows) in service and those under construction."""
        ...


class SimulatedCells:
    """Cells of the union grid, by way of the book."""

    def __init__(
        self,
        book: CellBook,
        demand: StudyDemand,
        states: Sequence[AreaStates],
        names: Sequence[str],
        project_ids: Sequence[str],
        scenarios: Sequence[str],
        hours: HourRules,
    ) -> None:
        """`states`, `names` [area]; `project_ids` are what the rows of projects stand for."""
        self.book, self.scenarios = book, tuple(scenarios)
        self._states, self._project_ids, self._hours = states, project_ids, hours
        self._masks: dict[
            tuple[int, tuple[int, ...], tuple[int, ...]], tuple[int, NDArray[np.bool_], tuple[str, ...]]
        ] = {}
        self.areas = tuple(
            PlanArea(
                name=name,
                serving=tuple(sorted({*area.grid_projects, *area.demand_projects})),
                working=tuple(area.works_projects),
                development_rows=tuple(demand.development_rows(number)),
                energy_h=demand.wish_energy_h(number),
            )
            for number, (name, area) in enumerate(zip(names, states, strict=True))
        )

    def identity(self, state: StateYear) -> Hashable:
        area, mask, projects = self._known(state)
        return area, state_hash(mask, projects), state.year

    def problem(self, state: StateYear) -> None:
        """Everything can be simulated."""

    def values(self, states: Sequence[StateYear], progress: Progress | None = None) -> CellValues:
        needs = [self._need(state, scenario) for state in states for scenario in self.scenarios]
        found = []
        at_once = CELLS_PER_CALL[self._hours.hours]
        for begin in range(0, len(needs), at_once):
            found += self.book.rows(needs[begin : begin + at_once])
            if progress is not None:
                progress(min(1.0, (begin + at_once) / len(needs)))
        area = np.array([cell.area for cell in found], dtype=np.intp)
        row = np.array([cell.row for cell in found], dtype=np.intp)
        order = np.concatenate([np.flatnonzero(area == number) for number in np.unique(area)])
        parts = [
            (self.book.results(number), self.book.wish_mw(number), row[area == number]) for number in np.unique(area)
        ]
        back = np.argsort(order)
        shape = (len(states), len(self.scenarios))

        def joined(part: Sequence[NDArray[Any]]) -> NDArray[Any]:
            values = np.concatenate(part)[back]
            return values.reshape(*shape, *values.shape[1:])

        return CellValues(
            overload_mvah=joined([r.overload_mvah[rows] for r, _, rows in parts]),
            insecure_hours=joined([r.insecure_hours[rows] for r, _, rows in parts]),
            served_mw=joined([r.served_mw[rows] for r, _, rows in parts]),
            wish_mw=joined([wish[rows] for _, wish, rows in parts]),
            limit=joined(
                [np.stack([r.limit_branch[rows], r.limit_contingency[rows]], axis=-1) for r, _, rows in parts]
            ),
        )

    def close(self) -> None:
        if self.book.shelf is not None:
            self.book.shelf.flush()

    def _need(self, state: StateYear, scenario: str) -> CellNeed:
        return CellNeed(*self._known(state), self._hours.start_year + state.year, scenario)

    def _known(self, state: StateYear) -> tuple[int, NDArray[np.bool_], tuple[str, ...]]:
        """Area of the book, branches in service and projects that change injections."""
        key = state.area, state.in_service, state.in_works
        if key not in self._masks:
            area = self._states[state.area]
            changing = set(area.demand_projects)
            self._masks[key] = (
                area.book_area(state.in_service),
                area.branch_in_service(state.in_service, state.in_works),
                tuple(self._project_ids[p] for p in state.in_service if p in changing),
            )
        return self._masks[key]
