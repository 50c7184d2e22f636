"""`evaluate_cells`, the definition in plain numpy: cell by cell, all cases of a cell that are asked for together.

Method and symbols: docs/theory/cells.md. Order of calculation: the cases without the queue (`cell_base.py`) and what
they say of overload and security (`fold_security`), then the queue by cutting planes (`cell_queue.py`). The load flows
beneath are in `cell_flow.py`.
"""

from __future__ import annotations

import numpy as np

from gridprio.kernels.reference.cell_base import BaseCases
from gridprio.kernels.reference.cell_flow import Backend, CellFlow
from gridprio.kernels.reference.cell_queue import serve_queue
from gridprio.model.cell import SECURE_PERCENT, TIE_PERCENT, CellBatch, CellResults, Contingencies, Queue
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules


def evaluate_cells(
    grid: GridArrays,
    contingencies: Contingencies,
    queue: Queue,
    cells: CellBatch,
    *,
    rules: CellRules,
    threads: int,
) -> CellResults:
    """Evaluate each cell on its own; `threads` is accepted and not used."""
    return evaluated(grid, contingencies, queue, cells, rules, Backend())


def evaluated(
    grid: GridArrays, contingencies: Contingencies, queue: Queue, cells: CellBatch, rules: CellRules, backend: Backend
) -> CellResults:
    """Cells one after the other on the load flows of a backend."""
    out = empty_results(len(cells), grid.n_branch, cells.requested_mw.shape[1])
    for row in range(len(cells)):
        fill_cell(out, row, CellFlow(grid, contingencies, queue, cells, row, rules, backend))
    return out


def fill_cell(out: CellResults, row: int, cell: CellFlow) -> None:
    """Results of one cell into their row."""
    base = BaseCases(cell)
    fold_security(cell, base, out, row)
    allocated, limits = serve_queue(cell, base)
    out.allocated_mw[row] = allocated
    out.limit_branch[row], out.limit_contingency[row], out.limit_hour[row] = limits.T


def empty_results(n_cell: int, n_branch: int, n_request: int) -> CellResults:
    def indices(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
        return np.full(shape, -1, dtype=np.int32)

    return CellResults(
        overload_mvah=np.zeros((n_cell, 12)),
        branch_overload_mvah=np.zeros((n_cell, n_branch)),
        insecure_hours=np.zeros((n_cell, 12)),
        worst_loading_percent=np.zeros(n_cell),
        worst_branch=indices(n_cell),
        worst_contingency=indices(n_cell),
        worst_hour=indices(n_cell),
        interrupted_mw=np.zeros(n_cell),
        not_converged=np.zeros(n_cell, dtype=np.int32),
        allocated_mw=np.zeros((n_cell, n_request)),
        limit_branch=indices(n_cell, n_request),
        limit_contingency=indices(n_cell, n_request),
        limit_hour=indices(n_cell, n_request),
    )


def fold_security(cell: CellFlow, base: BaseCases, out: CellResults, row: int) -> None:
    """Overload, interruption and worst case without the queue."""
    todo = cell.required(cell.no_request)
    base.solve(todo)
    counts = cell.required_for_demand(cell.no_request)
    interrupted = np.where(counts, cell.interrupted_mw(cell.no_request), 0.0)
    unsolved = todo & ~base.converged
    insecure = np.any((interrupted > cell.interruption_max_mw + SECURE_PERCENT) | unsolved, axis=1)
    exceedance = np.zeros((cell.n_hour, cell.grid.n_branch))
    for (hour, k), (branch, percent, judged) in base.over.items():
        limit = cell.limit_percent(np.array([hour]), np.array([k]))[0, branch]
        over = np.where(judged, percent - limit, 0.0)
        exceedance[hour, branch] = np.maximum(exceedance[hour, branch], over / 100.0 * cell.rated[branch])
        insecure[hour] |= bool((over > SECURE_PERCENT).any())
    np.add.at(out.overload_mvah[row], cell.month, cell.weight_h * exceedance.sum(axis=1))
    np.add.at(out.insecure_hours[row], cell.month, np.where(insecure, cell.weight_h, 0.0))
    out.branch_overload_mvah[row] = cell.weight_h @ exceedance
    out.interrupted_mw[row] = interrupted.max(initial=0.0)
    out.not_converged[row] = unsolved.sum()
    worst_share_percent = 0.0
    for hour, k in np.argwhere(todo & base.converged).tolist():
        if base.worst_share_percent[hour, k] > worst_share_percent + TIE_PERCENT:
            worst_share_percent = base.worst_share_percent[hour, k]
            out.worst_loading_percent[row] = base.worst_percent[hour, k]
            out.worst_branch[row], out.worst_contingency[row] = base.worst_branch[hour, k], k
            out.worst_hour[row] = hour
