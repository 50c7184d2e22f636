"""The book of cells: what was evaluated once is never evaluated again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.congestion.contingencies import contingencies_for
from gridprio.congestion.shelf import CellShelf, area_digest, cell_digest, joined_results, row_of_results
from gridprio.errors import InputError
from gridprio.kernels.protocol import Kernels
from gridprio.model.cell import CellBatch, CellResults, Contingencies, HourlyInjections, Wishes
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules

BATCH_CELLS = 512
"""Cells handed to the kernels at once; bounds memory and changes no result."""


class AreaDemand(Protocol):
    """What the book asks of the demand room; hours of one (area, year, scenario) do not depend on the projects."""

    def injections(self, area: int, year: int, scenario: str, projects: tuple[str, ...]) -> HourlyInjections:
        """Injections of area `area` with the injection changes of `projects` in force."""
        ...

    def wishes(self, area: int, year: int, scenario: str) -> Wishes: ...


@dataclass(frozen=True, eq=False)
class CellArea:
    """One electrical area: an independent part of the union grid."""

    area_id: str
    grid: GridArrays


@dataclass(frozen=True, eq=False)
class CellNeed:
    """A state of one area in one year of one scenario."""

    area: int
    """row of the book's areas"""
    branch_in_service: NDArray[np.bool_]
    """[branch of the area]"""
    projects: tuple[str, ...]
    """projects in service that change injections in this area"""
    year: int
    scenario: str


@dataclass(frozen=True)
class CellRow:
    """Where a cell stands: area, and row of that area's arrays in the book."""

    area: int
    row: int


Asked = tuple[tuple[int, str, int, str], CellNeed, HourlyInjections]


def state_hash(branch_in_service: NDArray[np.bool_], projects: Iterable[str]) -> str:
    """Name of a state: the mask restricted to the area and the injection-changing projects, in any order."""
    digest = blake2b(np.packbits(branch_in_service).tobytes(), digest_size=8)
    digest.update("\x1f".join(sorted(projects)).encode())
    return digest.hexdigest()


class CellBook:
    """Remembers cells by (area, state hash, year, scenario) and computes what is missing."""

    def __init__(
        self,
        areas: Sequence[CellArea],
        demand: AreaDemand,
        kernels: Kernels,
        rules: CellRules,
        threads: int = 1,
        shelf: CellShelf | None = None,
    ) -> None:
        """`areas` may grow; what is there stays. `shelf`: where cells are looked for before they are computed."""
        self.shelf = shelf
        self._area_digest: dict[int, bytes] = {}
        self.areas, self.demand, self.kernels, self.rules, self.threads = areas, demand, kernels, rules, threads
        self.simulated = 0
        self._contingencies: dict[int, Contingencies] = {}
        self._row: dict[tuple[int, str, int, str], CellRow] = {}
        self._keys: defaultdict[int, list[tuple[str, int, str]]] = defaultdict(list)
        self._parts: defaultdict[int, list[tuple[CellResults, NDArray[np.float64]]]] = defaultdict(list)
        self._joined: dict[int, tuple[int, CellResults, NDArray[np.float64]]] = {}

    def __len__(self) -> int:
        return len(self._row)

    def rows(self, needs: Sequence[CellNeed]) -> list[CellRow]:
        """Rows of these cells, in the order asked; what the book does not hold yet is computed first."""
        keys = [
            (need.area, state_hash(need.branch_in_service, need.projects), need.year, need.scenario) for need in needs
        ]
        missing: dict[int, dict[tuple[int, str, int, str], CellNeed]] = {}
        for key, need in zip(keys, needs, strict=True):
            if key not in self._row:
                missing.setdefault(need.area, {}).setdefault(key, need)
        for area in sorted(missing):
            self._compute(area, missing[area])
        return [self._row[key] for key in keys]

    def results(self, area: int) -> CellResults:
        """Everything remembered of one area, first axis `CellRow.row`."""
        return self._join(area)[0]

    def wish_mw(self, area: int) -> NDArray[np.float64]:
        """`[row, request]`, what was wished in each remembered cell."""
        return self._join(area)[1]

    def table(self) -> pd.DataFrame:
        """Table `cells` of the run folder: one row per cell and month, sorted by area, year, scenario and state."""
        frames = []
        for area, keys in sorted(self._keys.items()):
            results, wish = self._join(area)
            sign = self._sign(area, keys[0])
            served, waiting = results.served_mw, wish - results.served_mw
            columns = {
                "area": self.areas[area].area_id,
                "state_hash": np.repeat([key[0] for key in keys], 12),
                "year": np.repeat([key[1] for key in keys], 12),
                "scenario": np.repeat([key[2] for key in keys], 12),
                "month": np.tile(np.arange(1, 13), len(keys)),
                "overload_mvah": results.overload_mvah.ravel(),
                "insecure_hours": results.insecure_hours.ravel(),
                "served_mw_demand": np.repeat(served[:, sign < 0].sum(axis=1), 12),
                "served_mw_feed_in": np.repeat(served[:, sign > 0].sum(axis=1), 12),
                "waiting_mw_demand": np.repeat(waiting[:, sign < 0].sum(axis=1), 12),
                "waiting_mw_feed_in": np.repeat(waiting[:, sign > 0].sum(axis=1), 12),
            }
            frames.append(pd.DataFrame(columns))
        if not frames:
            return pd.DataFrame(columns=CELL_COLUMNS)
        order = ["area", "year", "scenario", "state_hash", "month"]
        return pd.concat(frames).sort_values(order, kind="stable", ignore_index=True)[CELL_COLUMNS]

    def contingencies(self, area: int) -> Contingencies:
        if area not in self._contingencies:
            self._contingencies[area] = contingencies_for(self.areas[area].grid, self.rules.outages)
        return self._contingencies[area]

    def _sign(self, area: int, key: tuple[str, int, str]) -> NDArray[np.int8]:
        return self.demand.wishes(area, key[1], key[2]).queue.sign

    def _compute(self, area: int, needs: dict[tuple[int, str, int, str], CellNeed]) -> None:
        """Evaluate in order of (year, scenario, state), grouped by number of hours (C7)."""
        asked = sorted(needs.items(), key=lambda item: (item[0][2], item[0][3], item[0][1]))
        loads = {(year, scenario): self.demand.wishes(area, year, scenario) for (_, _, year, scenario), _ in asked}
        by_hours: dict[int, list[Asked]] = {}
        for key, need in asked:
            hourly = self.demand.injections(area, need.year, need.scenario, tuple(sorted(need.projects)))
            by_hours.setdefault(len(hourly.month), []).append((key, need, hourly))
        for group in by_hours.values():
            for start in range(0, len(group), BATCH_CELLS):
                part = group[start : start + BATCH_CELLS]
                wishes = [loads[need.year, need.scenario] for _, need, _ in part]
                results = self._found_or_simulated(area, part, wishes)
                for key, _, _ in part:
                    self._row[key] = CellRow(area, len(self._keys[area]))
                    self._keys[area].append(key[1:])
                self._parts[area].append((results, np.stack([wish.wish_mw for wish in wishes])))

    def _found_or_simulated(self, area: int, asked: Sequence[Asked], wishes: Sequence[Wishes]) -> CellResults:
        """Cells of one area and number of hours, in the order asked; those on the shelf are not simulated."""
        if self.shelf is None:
            return self._simulate(area, asked, wishes)
        keys = self._digests(area, asked, wishes)
        found = [self.shelf.take(key) for key in keys]
        missing = [k for k, row in enumerate(found) if row is None]
        if missing:
            new = self._simulate(area, [asked[k] for k in missing], [wishes[k] for k in missing])
            self.shelf.put([keys[k] for k in missing], new)
            for row, k in enumerate(missing):
                found[k] = new, row
        return joined_results([row_of_results(*row) for row in found if row is not None])

    def _simulate(self, area: int, asked: Sequence[Asked], wishes: Sequence[Wishes]) -> CellResults:
        self.simulated += len(asked)
        cells = cell_batch([n.branch_in_service for _, n, _ in asked], [h for _, _, h in asked], wishes)
        grid, contingencies = self.areas[area].grid, self.contingencies(area)
        return self.kernels.evaluate_cells(
            grid, contingencies, wishes[0].queue, cells, rules=self.rules, threads=self.threads
        )

    def _digests(self, area: int, asked: Sequence[Asked], wishes: Sequence[Wishes]) -> list[bytes]:
        if area not in self._area_digest:
            self._area_digest[area] = area_digest(self.areas[area].grid, self.contingencies(area), self.rules)
        shared = self._area_digest[area]
        return [
            cell_digest(shared, need.branch_in_service, hourly, wish)
            for (_, need, hourly), wish in zip(asked, wishes, strict=True)
        ]

    def _join(self, area: int) -> tuple[CellResults, NDArray[np.float64]]:
        count = len(self._keys.get(area, ()))
        if not count:
            raise InputError(f"no cell of area {self.areas[area].area_id} has been evaluated")
        if area not in self._joined or self._joined[area][0] != count:
            parts = self._parts[area]
            joined = joined_results([part for part, _ in parts])
            self._parts[area] = [(joined, np.concatenate([wish for _, wish in parts]))]
            self._joined[area] = count, *self._parts[area][0]
        return self._joined[area][1:]


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


def cell_batch(
    masks: Sequence[NDArray[np.bool_]], hourly: Sequence[HourlyInjections], wishes: Sequence[Wishes]
) -> CellBatch:
    """Cells side by side; InputError where the profiles of a queue are not on the hours of its injections."""
    for injections, wish in zip(hourly, wishes, strict=True):
        if wish.queue.profile.shape != (len(wish.wish_mw), len(injections.month)):
            raise InputError(
                f"queue profiles have shape {wish.queue.profile.shape}, expected one row for each of "
                f"{len(wish.wish_mw)} requests and one column for each of {len(injections.month)} hours"
            )
    return CellBatch(
        month=np.stack([h.month for h in hourly]),
        weight_h=np.stack([h.weight_h for h in hourly]),
        p_mw=np.stack([h.p_mw for h in hourly]),
        q_mvar=np.stack([h.q_mvar for h in hourly]),
        exempt_feed_in_mw=np.stack([h.exempt_feed_in_mw for h in hourly]),
        branch_in_service=np.stack(list(masks)),
        queue_profile=np.stack([wish.queue.profile for wish in wishes]),
        wish_mw=np.stack([wish.wish_mw for wish in wishes]),
    )
