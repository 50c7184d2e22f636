"""Table `voltages`: buses that leave their voltage limits in the base case, intact and after outages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import SimulatedCells, contingencies_for
from gridprio.cells.without_queue import flow_without_queue
from gridprio.kernels.reference.cell_base import in_parts
from gridprio.kernels.reference.cell_flow import Backend, Bools, CellFlow, Floats
from gridprio.model.cell import Contingencies
from gridprio.model.grid import branch_name, names_of
from gridprio.pipeline.base_case import AreaCase, area_cases
from gridprio.pipeline.session import Session
from gridprio.text import Message, element, message

COLUMNS = ("area", "year", "scenario", "bus", "station_id", "outage", "vm_pu", "limit_pu", "hour", "hours")
PU = 1e-6
"""A voltage is outside its limit, and further outside than another, by more than this."""


@dataclass(frozen=True, eq=False)
class _Furthest:
    """The furthest that each node is outside its limits, `[low or high, node]`, over the cases seen."""

    outside_pu: Floats
    """below 0 inside"""
    vm_pu: Floats
    hour: NDArray[np.int64]
    k: NDArray[np.int64]
    hours: Floats
    """of the year outside, each case counted"""

    @classmethod
    def none(cls, n_node: int) -> _Furthest:
        at = np.full((2, n_node), -1)
        return cls(np.full((2, n_node), -np.inf), np.full((2, n_node), np.nan), at, at.copy(), np.zeros((2, n_node)))

    def add(self, outside_pu: Floats, vm_pu: Floats, hour: NDArray[np.int64], k: int, weight_h: Floats) -> None:
        """Cases of one contingency; `outside_pu[low or high, case, node]`."""
        self.hours[...] += np.einsum("scn,c->sn", (outside_pu > PU).astype(float), weight_h)
        case = outside_pu.argmax(axis=1)
        most = np.take_along_axis(outside_pu, case[:, None], axis=1)[:, 0]
        side, node = np.nonzero(most > self.outside_pu + PU)
        at = case[side, node]
        self.outside_pu[side, node] = most[side, node]
        self.vm_pu[side, node], self.hour[side, node], self.k[side, node] = vm_pu[at, node], hour[at], k


def voltage_tables(session: Session) -> dict[str, pd.DataFrame]:
    """Table `voltages` (docs/run-folder.md): existing connections alone, without the queue, in the first year.

    After an outage the hours are looked at in which some bus has its lowest or highest voltage in the intact grid. Tap
    changers stay where the grid has them, or act (setting `taps`). There is none where the grid may not be seen.
    """
    cells = session.cells
    if not isinstance(cells, SimulatedCells):
        return {}
    year = session.study.settings.start_year
    rows = [row for case in area_cases(session, cells) for row in _rows(session, cells, case, year)]
    return {"voltages": pd.DataFrame(rows, columns=list(COLUMNS))}


def voltage_messages(table: pd.DataFrame | None, named: Mapping[str, Message]) -> list[Message]:
    """How many buses are outside their limits, and the one that is furthest outside; `named`: branches by code."""
    if table is None or table.empty:
        return []
    outside = (table["vm_pu"] - table["limit_pu"]).abs()
    worst = table.iloc[int(outside.to_numpy().argmax())]
    outage = f" without {worst['outage']}" if worst["outage"] else ""
    return [
        message(
            "base_case.voltage",
            n=int(table[["area", "bus"]].drop_duplicates().shape[0]),
            limit=element(f"bus:{worst['bus']}{outage}", named),
            station=worst["station_id"] or worst["area"],
            vm=float(worst["vm_pu"]),
            most=float(worst["limit_pu"]),
            step=int(worst["hour"]),
            **{name: worst[name] for name in ("area", "scenario")},
        )
    ]


def _rows(session: Session, cells: SimulatedCells, case: AreaCase, year: int) -> Iterator[dict[str, object]]:
    grid, arrays = cells.grid, cells.cache.areas[case.number].grid
    rules = cells.cache.rules
    limits = np.stack([arrays.vm_min_pu, arrays.vm_max_pu])
    if np.isnan(limits).all():
        return
    every = contingencies_for(arrays, rules.outages.of_single_outages)
    backend = Backend(session.kernels.solve_load_flow, threads=session.threads)
    flow = flow_without_queue(arrays, every, case.branch_in_service, case.hourly, rules, backend)
    area = grid.areas[case.number]
    names = [branch_name(grid.union.grid.branch_ids[row]) for row in area.branches]
    steps = grid.demand.steps(case.number, year, case.scenario)
    station = {p.node: name for name, p in reversed(list(grid.demand.places.items())) if p.area == case.number}
    intact, after = _furthest(flow, limits, every)
    for found in (intact, after):
        passed = found.outside_pu > (PU if found is intact else np.maximum(intact.outside_pu, 0.0) + PU)
        for side, node in np.argwhere(passed).tolist():
            out = every.out(found.k[side, node])
            yield {
                "area": case.name,
                "year": year,
                "scenario": case.scenario,
                "bus": grid.bus_id(case.number, node),
                "station_id": station.get(node, ""),
                "outage": names_of(out, names),
                "vm_pu": float(found.vm_pu[side, node]),
                "limit_pu": float(limits[side, node]),
                "hour": int(steps[found.hour[side, node]]),
                "hours": float(found.hours[side, node]) if found is intact else np.nan,
            }


def _furthest(flow: CellFlow, limits: Floats, every: Contingencies) -> tuple[_Furthest, _Furthest]:
    """In the intact grid in every hour; and in the required outages in the hours of extreme voltages."""
    required = flow.required(flow.no_request)
    intact, after = _Furthest.none(flow.grid.n_node), _Furthest.none(flow.grid.n_node)
    first = np.zeros_like(required)
    first[:, 0] = True
    vm_pu = np.full((flow.n_hour, flow.grid.n_node), np.nan)
    _look(flow, limits, first, intact, vm_pu)
    seen = np.flatnonzero(np.isfinite(vm_pu).any(axis=1))
    if not len(seen):
        return intact, after
    watched = np.isfinite(limits).any(axis=0) & np.isfinite(vm_pu[seen]).all(axis=0)
    extremes = [f(vm_pu[seen][:, watched], axis=0) for f in (np.argmin, np.argmax)] if watched.any() else []
    todo = np.zeros_like(required)
    todo[seen[np.unique(np.concatenate([*extremes, np.zeros(0, np.int64)]))]] = True
    _look(flow, limits, todo & required & ~first, after, None)
    return intact, after


def _look(flow: CellFlow, limits: Floats, todo: Bools, found: _Furthest, vm_pu: Floats | None) -> None:
    """Solve the cases `todo[hour, contingency]`, with curtailment after a fault, and add what they show."""
    for hour, k in in_parts(todo):
        cases = flow.solve(hour, k, flow.no_request, flow.limit_percent(hour, k))
        usable = cases.converged[:, None] & flow.topology.live[k]
        vm = np.where(usable, np.abs(cases.v), np.nan)
        if vm_pu is not None:
            vm_pu[hour] = vm
        outside = np.nan_to_num(np.stack([limits[0] - vm, vm - limits[1]]), nan=-np.inf)
        for one in np.unique(k):
            at = k == one
            found.add(outside[:, at], vm[at], hour[at], int(one), flow.weight_h[hour[at]])
