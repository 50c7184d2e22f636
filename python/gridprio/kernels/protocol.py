"""What every backend can do. The only names that the rooms above know of Rust or Numba."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.cases import Columns
from gridprio.model.cell import CellBatch, CellResults, Contingencies, Queue
from gridprio.model.congestion import CongestionArrays
from gridprio.model.controls import ControlArrays
from gridprio.model.flows import FlowArrays
from gridprio.model.grid import GridArrays
from gridprio.model.plan import OrderArrays, PlanArrays, ScheduleArrays
from gridprio.model.rules import CellRules, LoadFlowOptions, ScreenRules
from gridprio.model.violations import ViolationArrays
from gridprio.model.walk import PlanMonths, WalkArea, WalkResults, WalkRules


class Kernels(Protocol):
    name: str

    @property
    def version(self) -> str:
        """Differs whenever results could differ: by code, and by instruction set where that matters."""
        ...

    def solve_load_flow(
        self,
        grid: GridArrays,
        p: NDArray[np.float64],
        q: NDArray[np.float64],
        outage: NDArray[np.int32],
        branch_in_service: NDArray[np.bool_],
        *,
        columns: Columns | None = None,
        controls: ControlArrays | None = None,
        options: LoadFlowOptions,
        threads: int,
    ) -> FlowArrays:
        """AC load flows: `p`, `q` [case, node] in pu, or [case, column] as `columns` says; `outage` [case], row of the
        grid's outages or -1; `branch_in_service` [case, branch]. Arrays with one row stand for all cases. With
        `controls` every case has its own taps and machines at limits (docs/theory/load-flow.md, Controls)."""
        ...

    def find_violations(
        self,
        grid: GridArrays,
        p: NDArray[np.float64],
        q: NDArray[np.float64],
        outages: NDArray[np.int32],
        branch_in_service: NDArray[np.bool_],
        *,
        columns: Columns | None = None,
        rules: ScreenRules,
        threads: int,
    ) -> ViolationArrays:
        """Branches above the limit in every case, intact and with each of `outages` (rows of the grid's outages), all
        confirmed in AC; `branch_in_service` [1, branch]. A screen leaves out what stays `margin_percent` below."""
        ...

    def evaluate_cells(
        self,
        grid: GridArrays,
        contingencies: Contingencies,
        queue: Queue,
        cells: CellBatch,
        *,
        rules: CellRules,
        threads: int,
    ) -> CellResults:
        """Overload, security and allocated capacity of each cell, confirmed in AC (docs/theory/cells.md)."""
        ...

    def find_congestion(
        self,
        grid: GridArrays,
        contingencies: Contingencies,
        cells: CellBatch,
        *,
        rules: CellRules,
        threads: int,
    ) -> CongestionArrays:
        """Overload of each cell by branch and direction, and what each contingency interrupts, without the queue; the
        cells have no requests."""
        ...

    def schedule(
        self, problem: PlanArrays, orders: OrderArrays, delay: NDArray[np.int32], *, threads: int
    ) -> ScheduleArrays:
        """Every order under every draw; `delay` [draw, phase] in months (docs/theory/plan.md)."""
        ...

    def walk_plans(
        self, rules: WalkRules, areas: Sequence[WalkArea], plans: PlanMonths, *, details: bool, threads: int
    ) -> WalkResults:
        """Outcome of every plan in every scenario by look-up; what the developments see only with `details`."""
        ...

    def schedule_activities(
        self,
        duration: NDArray[np.int32],
        demand: NDArray[np.int32],
        capacity: NDArray[np.int32],
        successor_start: NDArray[np.int32],
        successor: NDArray[np.int32],
        *,
        max_schedules: int,
        seed: int,
    ) -> NDArray[np.int64]:
        """Start times [activity] of a plain RCPSP; `demand` [activity, resource], successors in compressed rows."""
        ...
