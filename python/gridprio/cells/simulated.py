"""Cells of a grid, simulated when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells.areas import area_names
from gridprio.cells.cache import CellArea, CellCache, CellNeed, CellRow, state_hash
from gridprio.cells.disk_cache import CellDiskCache
from gridprio.cells.executor import CellExecutor
from gridprio.cells.rules import cell_rules
from gridprio.cells.source import CellValues, PlanArea, Progress, StateKey, StateYear
from gridprio.cells.study_grid import make_study_grid
from gridprio.grid.areas import Area
from gridprio.inputs.plausibility import warning_message
from gridprio.inputs.study import Study
from gridprio.model.faults import check_finite
from gridprio.model.grid import branch_name
from gridprio.model.rules import HourRules, record_from
from gridprio.text import Message, message
from gridprio.text.codes import NO_SUPPLY

CELLS_PER_CALL = {"representative": 256, "all": 8}
"""Cells asked of the cache at once per batch that the executor takes, by setting `hours`; bounds memory, and between
calls the user can stop."""


class CellAreas(Sequence[CellArea]):
    """Areas of a study grid as the cache sees them; they grow with the grid's."""

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


class SimulatedCells:
    """The `CellSource` of a study with a grid.

    `folder`: where cells are kept for later runs, and those of earlier runs are found.
    """

    not_known = frozenset[str]()

    def __init__(self, study: Study, executor: CellExecutor, folder: Path | None = None) -> None:
        self.study, self.grid = study, make_study_grid(study)
        union = self.grid.union.grid
        for name in ("y_ff", "y_ft", "y_tf", "y_tt"):
            check_finite(
                f"admittance {name}", getattr(union.arrays, name), lambda at: f"branch {union.branch_ids[at[0]]}"
            )
        self.scenarios, self._hours = study.scenario_ids, record_from(HourRules, vars(study.settings))
        rules = cell_rules(study)
        disk = None if folder is None else CellDiskCache(folder, executor.version)
        self.cache = CellCache(CellAreas(self.grid.areas), self.grid.cache_demand, executor, rules, disk)
        self._project_ids = tuple(p.project_id for p in study.projects)
        self.changing_projects = frozenset(change.project_id for change in study.project_changes)
        self._states: dict[tuple[int, tuple[int, ...], tuple[int, ...]], _State] = {}
        names = area_names([self.grid.areas[area.number] for area in self.grid.plan_areas])
        self.areas = tuple(
            PlanArea(
                name=name,
                serving=tuple(sorted({*area.grid_projects, *area.demand_projects})),
                working=tuple(area.works_projects),
                development_rows=tuple(self.grid.demand.development_rows(number)),
                energy_h=self.grid.demand.request_energy_h(number),
            )
            for number, (name, area) in enumerate(zip(names, self.grid.plan_areas, strict=True))
        )

    def key(self, state: StateYear) -> StateKey:
        known = self._known(state)
        return StateKey(known.area, known.name, self._hours.start_year + state.year)

    def problem(self, state: StateYear) -> None:
        """Everything can be simulated."""

    def missing(self, states: Sequence[StateYear]) -> int:
        return self.cache.missing([self.need(state, scenario) for state in states for scenario in self.scenarios])

    def values(self, states: Sequence[StateYear], progress: Progress | None = None) -> CellValues:
        needs = [self.need(state, scenario) for state in states for scenario in self.scenarios]
        found: list[CellRow] = []
        at_once = CELLS_PER_CALL[self._hours.hours] * self.cache.executor.parallel
        for begin in range(0, len(needs), at_once):
            found += self.cache.rows(needs[begin : begin + at_once])
            if progress is not None:
                progress(min(1.0, (begin + at_once) / len(needs)))
        area = np.array([cell.area for cell in found], dtype=np.intp)
        row = np.array([cell.row for cell in found], dtype=np.intp)
        order = np.concatenate([np.flatnonzero(area == number) for number in np.unique(area)])
        parts = [
            (self.cache.results(number), self.cache.requested_mw(number), row[area == number])
            for number in np.unique(area)
        ]
        back = np.argsort(order)
        shape = (len(states), len(self.scenarios))

        def joined(part: Sequence[NDArray[Any]]) -> NDArray[Any]:
            values = np.concatenate(part)[back]
            return values.reshape(*shape, *values.shape[1:])

        return CellValues(
            overload_mvah=joined([r.overload_mvah[rows] for r, _, rows in parts]),
            insecure_hours=joined([r.insecure_hours[rows] for r, _, rows in parts]),
            allocated_mw=joined([r.allocated_mw[rows] for r, _, rows in parts]),
            requested_mw=joined([requested[rows] for _, requested, rows in parts]),
            limit=joined(
                [np.stack([r.limit_branch[rows], r.limit_contingency[rows]], axis=-1) for r, _, rows in parts]
            ),
        )

    def close(self) -> None:
        self.cache.close()

    def limit_name(self, development: int, branch: int, contingency: int) -> str:
        """`line:12`, or `line:12 without trafo:3` after an outage; `trafo:3 without trafo:3` where that interrupts more
        than is accepted or has no solution, `NO_SUPPLY` where the intact grid does."""
        number = self.grid.demand.places[self.study.developments[development].station_id].area
        area, rows = self.grid.areas[number], self.cache.contingencies(number)
        if branch < 0:
            return NO_SUPPLY
        lost = " ".join(dict.fromkeys(self._branch_name(area, int(b)) for b in rows.out(contingency)))
        return self._branch_name(area, branch) + (f" without {lost}" if lost else "")

    def _branch_name(self, area: Area, branch: int) -> str:
        return branch_name(self.grid.union.grid.branch_ids[area.branches[branch]])

    def table(self) -> pd.DataFrame:
        return self.cache.table()

    def origin(self) -> dict[str, Any]:
        reused = 0 if self.cache.disk is None else self.cache.disk.reused
        return {"kind": "simulated", "simulated": self.cache.simulated, "reused": reused}

    def messages(self) -> list[Message]:
        found = [*self.grid.assumptions, *map(warning_message, self.grid.warnings), *self._acting()]
        if unsolved := self.cache.not_converged():
            found.append(message("cells.unsolved", n=unsolved))
        if self.cache.disk is not None:
            found += self.cache.disk.refused
            if self.cache.disk.not_written:
                found.append(message("cells.not_written", error=self.cache.disk.not_written))
        return found

    def _acting(self) -> list[Message]:
        """What acts in every case, of the base positions of switches."""
        if self.cache.rules.taps == "fixed":
            return []
        grids = [self.grid.areas[area.number].arrays for area in self.grid.plan_areas]
        acting = [grid.controls for grid in grids if grid.controls is not None]
        limited = sum(int((np.isfinite(one.q_min_pu) | np.isfinite(one.q_max_pu)).sum()) for one in acting)
        return [message("cells.taps_acting", n=sum(one.taps.n_transformer for one in acting), machines=limited)]

    def need(self, state: StateYear, scenario: str) -> CellNeed:
        """What the cache has to be asked for."""
        known, year = self._known(state), self._hours.start_year + state.year
        return CellNeed(known.area, known.branch_in_service, known.projects, year, scenario)

    def _known(self, state: StateYear) -> _State:
        at = state.area, state.in_service, state.in_works
        if at not in self._states:
            area = self.grid.plan_areas[state.area]
            changing = set(area.demand_projects)
            mask = area.branch_in_service(state.in_service, state.in_works)
            projects = tuple(self._project_ids[p] for p in state.in_service if p in changing)
            self._states[at] = _State(area.cache_area(state.in_service), mask, projects, state_hash(mask, projects))
        return self._states[at]


@dataclass(frozen=True, eq=False)
class _State:
    """A state as the cache knows it."""

    area: int
    branch_in_service: NDArray[np.bool_]
    projects: tuple[str, ...]
    """projects in service that change injections"""
    name: str
