"""Types of the Rust extension; tests/kernels/test_extension.py checks that they are all there."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.cases import Cases
from gridprio.kernels.rust_backend import CellInputs
from gridprio.model.flows import FlowArrays
from gridprio.model.grid import GridArrays
from gridprio.model.plan import OrderArrays, PlanArrays
from gridprio.model.rules import LoadFlowOptions, ScreenRules
from gridprio.model.walk import PlanMonths, WalkArea, WalkRules

__version__: str

class CompiledGrid:
    def __new__(cls, grid: GridArrays, simd: str | None = None) -> CompiledGrid: ...
    @property
    def simd(self) -> str: ...
    def solve_load_flow(self, cases: Cases, flows: FlowArrays, options: LoadFlowOptions, threads: int) -> None: ...

def solve_controlled(
    grid: CompiledGrid, cases: Cases, flows: FlowArrays, options: LoadFlowOptions, threads: int
) -> None: ...
def evaluate_cells(grid: CompiledGrid, asked: CellInputs, threads: int) -> dict[str, NDArray[Any]]: ...
def find_congestion(grid: CompiledGrid, asked: CellInputs, threads: int) -> dict[str, NDArray[Any]]: ...
def find_violations(
    grid: CompiledGrid,
    cases: Cases,
    outages: NDArray[np.int32],
    rules: ScreenRules,
    threads: int,
) -> dict[str, Any]: ...
def constants() -> dict[str, dict[str, float]]: ...
def record_fields() -> dict[str, list[str]]: ...
def simd_levels() -> list[str]: ...
def simd_level() -> str: ...
def schedule(
    problem: PlanArrays, orders: OrderArrays, delay: NDArray[np.int32], threads: int
) -> list[NDArray[np.int32]]: ...
def schedule_activities(
    duration: NDArray[np.int32],
    demand: NDArray[np.int32],
    capacity: NDArray[np.int32],
    successor_start: NDArray[np.int32],
    successor: NDArray[np.int32],
    max_schedules: int,
    seed: int,
) -> NDArray[np.int32]: ...
def walk_plans(
    rules: WalkRules, areas: list[WalkArea], plans: PlanMonths, details: bool, threads: int
) -> dict[str, NDArray[Any]]: ...
