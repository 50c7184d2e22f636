"""`evaluate_cells` and `find_congestion`: the text of the reference on load flows and gradients in lanes, cells
shared out over threads."""

from __future__ import annotations

from typing import Any

from gridprio.kernels.numba_backend.adjoint import gradients
from gridprio.kernels.numba_backend.batch import solve_load_flow
from gridprio.kernels.numba_backend.load_flow import solve_by_newton
from gridprio.kernels.numba_backend.threads import share_out
from gridprio.kernels.reference.cell_flow import Backend, CellFlow
from gridprio.kernels.reference.cells import empty_results, fill_cell
from gridprio.kernels.reference.congestion import CellCongestion, cell_congestion, joined
from gridprio.model.cell import CellBatch, CellResults, Contingencies, Queue
from gridprio.model.congestion import CongestionArrays
from gridprio.model.controls import ControlArrays
from gridprio.model.flows import FlowArrays
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules


def solve(*arrays: Any, controls: ControlArrays | None = None, **how: Any) -> FlowArrays:
    if controls is None:
        return solve_by_newton(*arrays, **how)
    return solve_load_flow(*arrays, controls=controls, **how)


BACKEND = Backend(solve, gradients)


def evaluate_cells(
    grid: GridArrays,
    contingencies: Contingencies,
    queue: Queue,
    cells: CellBatch,
    *,
    rules: CellRules,
    threads: int,
) -> CellResults:
    """Evaluate each cell on its own; results do not depend on the number of threads."""
    out = empty_results(len(cells), grid.n_branch, cells.requested_mw.shape[1])
    share_out(
        lambda row: fill_cell(out, row, CellFlow(grid, contingencies, queue, cells, row, rules, BACKEND)),
        range(len(cells)),
        threads,
    )
    return out


def find_congestion(
    grid: GridArrays, contingencies: Contingencies, cells: CellBatch, *, rules: CellRules, threads: int
) -> CongestionArrays:
    """Each cell on its own; results do not depend on the number of threads."""
    found: dict[int, CellCongestion] = {}
    rows = range(len(cells))

    def find(row: int) -> None:
        found[row] = cell_congestion(grid, contingencies, cells, row, rules, BACKEND)

    share_out(find, rows, threads)
    return joined([found[row] for row in rows], grid.n_branch)
