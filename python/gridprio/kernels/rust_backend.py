"""The Rust extension behind the protocol; the only module that imports `gridprio._core`."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gridprio import _core
from gridprio.kernels.cases import Columns, contiguous_cells, gather_cases
from gridprio.model.cell import CellBatch, CellResults, Contingencies, Queue
from gridprio.model.flows import FlowArrays
from gridprio.model.grid import GridArrays
from gridprio.model.plan import OrderArrays, PlanArrays, ScheduleArrays


class RustKernels:
    """Implements `gridprio.kernels.protocol.Kernels`; a grid is analysed at its first use and kept as long as it lives.

    `simd` forces an instruction set (`_core.simd_levels()`); None is the best one, or that of GRIDPRIO_SIMD.
    """

    name = "rust"

    def __init__(self, simd: str | None = None) -> None:
        self._simd = simd
        self._compiled: WeakKeyDictionary[GridArrays, _core.CompiledGrid] = WeakKeyDictionary()

    def compiled(self, grid: GridArrays) -> _core.CompiledGrid:
        found = self._compiled.get(grid)
        if found is None:
            found = self._compiled[grid] = _core.CompiledGrid(grid, self._simd)
        return found

    def solve_load_flow(
        self,
        grid: GridArrays,
        p: NDArray[np.float64],
        q: NDArray[np.float64],
        outage: NDArray[np.int32],
        branch_in_service: NDArray[np.bool_],
        *,
        columns: Columns | None = None,
        tolerance_mva: float,
        max_iterations: int,
        threads: int,
    ) -> FlowArrays:
        """AC load flows, eight cases at a time in the lanes of a core (docs/theory/load-flow.md)."""
        cases = gather_cases(grid, p, q, outage, branch_in_service, columns)
        flows = FlowArrays.unsolved(grid, cases.outage, cases.branch_in_service, cases.n_case)
        self.compiled(grid).solve_load_flow(cases, flows, tolerance_mva, max_iterations, threads)
        return flows

    def schedule(
        self, problem: PlanArrays, orders: OrderArrays, delay: NDArray[np.int32], *, threads: int
    ) -> ScheduleArrays:
        """Every order under every draw, plans shared out over threads (docs/theory/plan.md)."""
        shape = (len(orders.project_order) * len(delay), problem.n_phase)
        delay = np.ascontiguousarray(delay, dtype=np.int32)
        return ScheduleArrays(*(part.reshape(shape) for part in _core.schedule(problem, orders, delay, threads)))

    def evaluate_cells(
        self,
        grid: GridArrays,
        contingencies: Contingencies,
        queue: Queue,
        cells: CellBatch,
        *,
        loading_limit_percent: float,
        interruption_max_mw: float,
        tolerance_mva: float,
        max_iterations: int,
        threads: int,
    ) -> CellResults:
        """Cells shared out over threads, the load flows of each in lanes (docs/theory/cells.md)."""
        rules = (loading_limit_percent, interruption_max_mw, tolerance_mva, max_iterations)
        found = _core.evaluate_cells(
            self.compiled(grid), grid.rating_mva, contingencies, queue, contiguous_cells(cells), rules, threads
        )
        return CellResults(**found)

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
        """A genetic algorithm on activity lists (docs/theory/plan.md)."""
        start = _core.schedule_activities(duration, demand, capacity, successor_start, successor, max_schedules, seed)
        return start.astype(np.int64)


KERNELS = RustKernels()
