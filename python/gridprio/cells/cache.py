"""The cell cache: what was evaluated once is never evaluated again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells.contingencies import contingencies_for
from gridprio.cells.disk_cache import (
    CellDiskCache,
    Row,
    area_digest,
    cell_digest,
    demand_digest,
    joined_results,
    results_of_rows,
)
from gridprio.cells.executor import CellExecutor, cell_batch
from gridprio.cells.source import StateKey
from gridprio.demand import used_mw
from gridprio.errors import InputError
from gridprio.model.cell import CellResults, Contingencies, HourlyInjections, Requests
from gridprio.model.faults import check_finite
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules

BATCH_CELLS = 512
"""Cells handed over at once per batch that the executor takes; bounds memory and changes no result."""

CHECKED = ("overload_mvah", "branch_overload_mvah", "insecure_hours", "interrupted_mw", "allocated_mw")
"""Results that are numbers in every cell, also where cases have no solution."""

CELL_COLUMNS = [
    "area",
    "state_hash",
    "year",
    "scenario",
    "month",
    "overload_mvah",
    "insecure_hours",
    "served_mw_demand",
    "served_mw_feed_in",
    "waiting_mw_demand",
    "waiting_mw_feed_in",
]


class AreaDemand(Protocol):
    """What the cache asks of the demand room; hours of one (area, year, scenario) do not depend on the projects."""

    def injections(self, area: int, year: int, scenario: str, projects: tuple[str, ...]) -> HourlyInjections:
        """Injections of area `area` with the injection changes of `projects` in force."""
        ...

    def requests(self, area: int, year: int, scenario: str, projects: tuple[str, ...] = ()) -> Requests:
        """Requests of area `area` with the contracts of `projects` in force."""
        ...


@dataclass(frozen=True, eq=False)
class CellArea:
    """One electrical area: an independent part of the union grid."""

    area_id: str
    grid: GridArrays


@dataclass(frozen=True, eq=False)
class CellNeed:
    """A state of one area in one year of one scenario."""

    area: int
    """row of the areas of the cache"""
    branch_in_service: NDArray[np.bool_]
    """[branch of the area]"""
    projects: tuple[str, ...]
    """projects in service that change injections in this area"""
    year: int
    scenario: str

    @property
    def key(self) -> CellKey:
        return StateKey(self.area, state_hash(self.branch_in_service, self.projects), self.year), self.scenario


CellKey = tuple[StateKey, str]
"""State and scenario."""
Asked = tuple[int, CellNeed, HourlyInjections]
"""Place among the cells that are asked for, the cell and its injections."""


@dataclass(frozen=True)
class CellRow:
    """Where a cell stands: area, and row of that area's arrays in the cache."""

    area: int
    row: int


def state_hash(branch_in_service: NDArray[np.bool_], projects: Iterable[str]) -> str:
    """Name of a state: the mask restricted to the area and the injection-changing projects, in any order."""
    digest = blake2b(np.packbits(branch_in_service).tobytes(), digest_size=8)
    digest.update("\x1f".join(sorted(projects)).encode())
    return digest.hexdigest()


class CellCache:
    """Holds the cells that were asked for, and has the executor compute what neither memory nor disk has."""

    def __init__(
        self,
        areas: Sequence[CellArea],
        demand: AreaDemand,
        executor: CellExecutor,
        rules: CellRules,
        disk: CellDiskCache | None = None,
    ) -> None:
        """`areas` may grow; what is there stays."""
        self.areas, self.demand, self.executor, self.rules, self.disk = areas, demand, executor, rules, disk
        self.simulated = 0
        self._contingencies: dict[int, Contingencies] = {}
        self._area_digest: dict[int, bytes] = {}
        self._demand_digest: dict[tuple[int, int, str, tuple[str, ...]], bytes] = {}
        self._row: dict[CellKey, CellRow] = {}
        self._keys: defaultdict[int, list[CellKey]] = defaultdict(list)
        self._parts: defaultdict[int, list[tuple[CellResults, NDArray[np.float64]]]] = defaultdict(list)
        self._joined: dict[int, tuple[int, CellResults, NDArray[np.float64]]] = {}

    def __len__(self) -> int:
        return len(self._row)

    def rows(self, needs: Sequence[CellNeed]) -> list[CellRow]:
        """Rows of these cells, in the order asked; what is not there yet is computed first."""
        keys = [need.key for need in needs]
        missing: dict[int, dict[CellKey, CellNeed]] = {}
        for key, need in zip(keys, needs, strict=True):
            if key not in self._row:
                missing.setdefault(need.area, {}).setdefault(key, need)
        for area in sorted(missing):
            self._compute(area, missing[area])
        return [self._row[key] for key in keys]

    def missing(self, needs: Sequence[CellNeed]) -> int:
        """Cells among these that neither memory nor disk has."""
        different = {need.key: need for need in needs}
        return sum(
            key not in self._row and (self.disk is None or self._digest(need) not in self.disk)
            for key, need in different.items()
        )

    def results(self, area: int) -> CellResults:
        """Every cell of one area, first axis `CellRow.row`."""
        return self._join(area)[0]

    def requested_mw(self, area: int) -> NDArray[np.float64]:
        """`[row, request]`, what was requested in each cell."""
        return self._join(area)[1]

    def not_converged(self) -> int:
        """Cases without a solution in all cells."""
        return sum(int(self.results(area).not_converged.sum()) for area in self._keys)

    def table(self) -> pd.DataFrame:
        """Table `cells` of the run folder: one row per cell and month, sorted by area, year, scenario and state."""
        frames = []
        for area, keys in sorted(self._keys.items()):
            results, requested = self._join(area)
            (state, scenario), *_ = keys
            sign = self.demand.requests(area, state.year, scenario).queue.sign
            allocated, waiting = results.allocated_mw, requested - results.allocated_mw
            columns = {
                "area": self.areas[area].area_id,
                "state_hash": np.repeat([state.state for state, _ in keys], 12),
                "year": np.repeat([state.year for state, _ in keys], 12),
                "scenario": np.repeat([scenario for _, scenario in keys], 12),
                "month": np.tile(np.arange(1, 13), len(keys)),
                "overload_mvah": results.overload_mvah.ravel(),
                "insecure_hours": results.insecure_hours.ravel(),
                "served_mw_demand": np.repeat(allocated[:, sign < 0].sum(axis=1), 12),
                "served_mw_feed_in": np.repeat(allocated[:, sign > 0].sum(axis=1), 12),
                "waiting_mw_demand": np.repeat(waiting[:, sign < 0].sum(axis=1), 12),
                "waiting_mw_feed_in": np.repeat(waiting[:, sign > 0].sum(axis=1), 12),
            }
            frames.append(pd.DataFrame(columns))
        return cells_table(frames)

    def contingencies(self, area: int) -> Contingencies:
        if area not in self._contingencies:
            self._contingencies[area] = contingencies_for(self.areas[area].grid, self.rules.outages)
        return self._contingencies[area]

    def close(self) -> None:
        """Write new cells to disk, where there is a place for them."""
        if self.disk is not None:
            self.disk.flush()

    def _compute(self, area: int, needs: dict[CellKey, CellNeed]) -> None:
        """Evaluate in order of (year, scenario, state), grouped by number of hours (C7); cells on disk are not."""

        def in_order(item: tuple[CellKey, CellNeed]) -> tuple[int, str, str]:
            (state, scenario), _ = item
            return state.year, scenario, state.state

        asked = sorted(needs.items(), key=in_order)
        found = [None if self.disk is None else self.disk.take(self._digest(need)) for _, need in asked]
        by_hours: dict[int, list[Asked]] = {}
        for place, (_, need) in enumerate(asked):
            if found[place] is None:
                hourly = self._injections(need)
                by_hours.setdefault(len(hourly.month), []).append((place, need, hourly))
        for group in by_hours.values():
            at_once = BATCH_CELLS * self.executor.parallel
            for start in range(0, len(group), at_once):
                part = group[start : start + at_once]
                for (place, _, _), row in zip(part, self._simulated(area, part), strict=True):
                    found[place] = row
        requests = [self._requests(need) for _, need in asked]
        results = served_now(results_of_rows([row for row in found if row is not None]), requests)
        self._check([need for _, need in asked], results)
        for key, _ in asked:
            self._row[key] = CellRow(area, len(self._keys[area]))
            self._keys[area].append(key)
        requested = np.stack([one.requested_mw for one in requests])
        self._parts[area].append((results, requested))

    def _check(self, needs: Sequence[CellNeed], results: CellResults) -> None:
        def name(place: tuple[int, ...]) -> str:
            need = needs[place[0]]
            projects = f" with {', '.join(need.projects)}" if need.projects else ""
            return f"area {self.areas[need.area].area_id}, year {need.year}, scenario {need.scenario}{projects}"

        for field in CHECKED:
            check_finite(field, getattr(results, field), name)

    def _simulated(self, area: int, asked: Sequence[Asked]) -> list[Row]:
        """Cells of one area and number of hours, in the order asked."""
        self.simulated += len(asked)
        needs, hourly = [need for _, need, _ in asked], [injections for _, _, injections in asked]
        requests = [self._requests(need) for need in needs]
        cells = cell_batch([need.branch_in_service for need in needs], hourly, requests)
        results = self.executor.evaluate(
            self.areas[area].grid, self.contingencies(area), requests[0].queue, cells, self.rules
        )
        if self.disk is not None:
            self.disk.put([self._digest(need) for need in needs], results)
        return [(results, row) for row in range(len(asked))]

    def _injections(self, need: CellNeed) -> HourlyInjections:
        return self.demand.injections(need.area, need.year, need.scenario, tuple(sorted(need.projects)))

    def _requests(self, need: CellNeed) -> Requests:
        return self.demand.requests(need.area, need.year, need.scenario, tuple(sorted(need.projects)))

    def _digest(self, need: CellNeed) -> bytes:
        if need.area not in self._area_digest:
            grid, contingencies = self.areas[need.area].grid, self.contingencies(need.area)
            self._area_digest[need.area] = area_digest(grid, contingencies, self.rules)
        demand = need.area, need.year, need.scenario, tuple(sorted(need.projects))
        if demand not in self._demand_digest:
            self._demand_digest[demand] = demand_digest(self._injections(need), self._requests(need))
        return cell_digest(self._area_digest[need.area], need.branch_in_service, self._demand_digest[demand])

    def _join(self, area: int) -> tuple[CellResults, NDArray[np.float64]]:
        count = len(self._keys.get(area, ()))
        if not count:
            raise InputError(f"no cell of area {self.areas[area].area_id} has been evaluated")
        if area not in self._joined or self._joined[area][0] != count:
            parts = self._parts[area]
            joined = joined_results([part for part, _ in parts])
            self._parts[area] = [(joined, np.concatenate([requested for _, requested in parts]))]
            self._joined[area] = count, *self._parts[area][0]
        return self._joined[area][1:]


def served_now(results: CellResults, requests: Sequence[Requests]) -> CellResults:
    """Of what cells allocate, what is used in their year: room that is held for later years serves nobody yet."""
    requested, claimed = (np.stack([getattr(one, name) for one in requests]) for name in ("requested_mw", "claimed_mw"))
    if not (claimed > requested).any():
        return results
    used, is_enough = used_mw(results.allocated_mw, requested, claimed)
    limits = {
        name: np.where(is_enough, np.int32(-1), getattr(results, name))
        for name in ("limit_branch", "limit_contingency", "limit_hour")
    }
    return replace(results, allocated_mw=used, **limits)


def cells_table(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows of table `cells` in their order and columns."""
    if not frames:
        return pd.DataFrame(columns=CELL_COLUMNS)
    order = ["area", "year", "scenario", "state_hash", "month"]
    return pd.concat(frames).sort_values(order, kind="stable", ignore_index=True)[CELL_COLUMNS]
