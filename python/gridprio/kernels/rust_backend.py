"""The Rust extension behind the protocol; the only module that imports `gridprio._core`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gridprio import _core
from gridprio.kernels import reference
from gridprio.kernels.cases import Columns, contiguous_cells, gather_cases
from gridprio.kernels.code import code_version
from gridprio.kernels.reference.cell_flow import Backend
from gridprio.kernels.reference.cells import evaluated
from gridprio.kernels.reference.congestion import found_congestion
from gridprio.model.cell import CellBatch, CellResults, Contingencies, Queue
from gridprio.model.congestion import CongestionArrays
from gridprio.model.controls import ControlArrays, ControlResults
from gridprio.model.flows import FlowArrays
from gridprio.model.grid import GridArrays
from gridprio.model.limits import limit_percent
from gridprio.model.metrics import METRICS
from gridprio.model.plan import OrderArrays, PlanArrays, ScheduleArrays
from gridprio.model.rules import CellRules, LoadFlowOptions, ScreenRules
from gridprio.model.violations import ViolationArrays
from gridprio.model.walk import PlanMonths, WalkArea, WalkResults, WalkRules


@dataclass(frozen=True, eq=False)
class CellInputs:
    """What the extension is asked about cells, beside the grid; arrays in C order."""

    rating_mva: NDArray[np.float64]
    limit_percent: NDArray[np.float64]
    """as `model.limits.limit_percent` has it"""
    one_way_limits: NDArray[np.int32]
    contingencies: Contingencies
    queue: Queue
    cells: CellBatch
    rules: CellRules

    @classmethod
    def of(
        cls, grid: GridArrays, contingencies: Contingencies, queue: Queue, cells: CellBatch, rules: CellRules
    ) -> CellInputs:
        limits = limit_percent(grid, rules.loading_limit_percent, rules.emergency_limit_percent)
        batch = contiguous_cells(cells)
        return cls(grid.rating_mva, limits, grid.one_way_limits, contingencies, queue, batch, rules)


class RustKernels:
    """Implements `gridprio.kernels.protocol.Kernels`; a grid is analysed at its first use and kept as long as it lives.

    `simd` forces an instruction set (`_core.simd_levels()`); None is the best one, or that of GRIDPRIO_SIMD.
    """

    name = "rust"

    def __init__(self, simd: str | None = None) -> None:
        self._simd = simd
        self._compiled: WeakKeyDictionary[GridArrays, _core.CompiledGrid] = WeakKeyDictionary()

    @cached_property
    def version(self) -> str:
        """Of the compiled extension, the instruction set that is used, and the reference, which judges with controls
        that act."""
        of_reference = code_version(reference.__file__, reference.LIBRARIES)
        return f"{code_version(_core.__file__)} {self._simd or _core.simd_level()} {of_reference}"

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
        controls: ControlArrays | None = None,
        options: LoadFlowOptions,
        threads: int,
    ) -> FlowArrays:
        """AC load flows, eight cases at a time in the lanes of a core (docs/theory/load-flow.md)."""
        cases = gather_cases(grid, p, q, outage, branch_in_service, columns)
        flows = FlowArrays.unsolved(grid, cases.outage, cases.branch_in_service, cases.n_case)
        if controls is not None:
            flows = replace(flows, controls=ControlResults.unsolved(controls, cases.n_case))
            _core.solve_controlled(self.compiled(grid), cases, flows, options, threads)
            return flows
        self.compiled(grid).solve_load_flow(cases, flows, options, threads)
        return flows

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
        """A linear screen in lanes, then AC (docs/theory/screening.md)."""
        intact = np.full(1, -1, dtype=np.int32)
        cases = gather_cases(grid, p, q, intact, branch_in_service, columns)
        return ViolationArrays(**_core.find_violations(self.compiled(grid), cases, outages, rules, threads))

    def schedule(
        self, problem: PlanArrays, orders: OrderArrays, delay: NDArray[np.int32], *, threads: int
    ) -> ScheduleArrays:
        """Every order under every draw, plans shared out over threads (docs/theory/plan.md)."""
        shape = (len(orders.project_order) * len(delay), problem.n_phase)
        delay = np.ascontiguousarray(delay, dtype=np.int32)
        return ScheduleArrays(*(part.reshape(shape) for part in _core.schedule(problem, orders, delay, threads)))

    def walk_plans(
        self, rules: WalkRules, areas: Sequence[WalkArea], plans: PlanMonths, *, details: bool, threads: int
    ) -> WalkResults:
        """Plans shared out over threads, each span by span (docs/theory/outcome.md)."""
        found = _core.walk_plans(rules, list(areas), plans, details, threads)
        n_plan = len(plans.in_service)
        n_word = max((area.n_word for area in areas), default=1)
        by_development = (n_plan if details else 0, rules.n_scenario, len(rules.waiting_value))
        shapes = {"metric": (n_plan, rules.n_scenario, len(METRICS)), "missing_key": (-1, n_word)}
        shapes |= dict.fromkeys(("missing_area", "missing_year"), (-1,))
        return WalkResults(**{name: part.reshape(shapes.get(name, by_development)) for name, part in found.items()})

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
        """Cells shared out over threads, the load flows of each in lanes (docs/theory/cells.md).

        With controls that act, the text of the reference on load flows in lanes, shared out over threads.
        """
        if grid.controls is not None:
            return evaluated(grid, contingencies, queue, cells, rules, Backend(self.solve_load_flow, threads=threads))
        asked = CellInputs.of(grid, contingencies, queue, cells, rules)
        return CellResults(**_core.evaluate_cells(self.compiled(grid), asked, threads))

    def find_congestion(
        self,
        grid: GridArrays,
        contingencies: Contingencies,
        cells: CellBatch,
        *,
        rules: CellRules,
        threads: int,
    ) -> CongestionArrays:
        """The base cases of `evaluate_cells`, cells shared out over threads (docs/theory/cells.md, Congestion)."""
        if grid.controls is not None:
            return found_congestion(grid, contingencies, cells, rules, Backend(self.solve_load_flow, threads=threads))
        asked = CellInputs.of(grid, contingencies, Queue.empty(cells.p_mw.shape[1]), cells, rules)
        return CongestionArrays(**_core.find_congestion(self.compiled(grid), asked, threads))

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
