"""`evaluate_cells`: compiled walks over the cases of a cell, and what is done with what they find.

Method and symbols: docs/theory/cells.md. Each thread has its own buffers; nothing crosses from one cell to another.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np

from gridprio.kernels.numba_backend.cell_flow import Cell
from gridprio.kernels.numba_backend.cell_queue import serve_queue
from gridprio.kernels.numba_backend.cell_state import Rules, Tiles, network, tiles
from gridprio.kernels.reference.cells import empty_results
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
    """Evaluate each cell on its own; cells are shared out over threads, results do not depend on their number."""
    compiled_rules = Rules.of(rules, grid.base_mva)
    shared, n_cell = network(grid), len(cells.p_mw)
    out = empty_results(n_cell, grid.n_branch, cells.wish_mw.shape[1])

    stop = Event()

    def work(first: int) -> None:
        buffers: Tiles = tiles(grid)
        for row in range(first, n_cell, n_worker):
            if stop.is_set():
                return
            cell = Cell(grid, shared, contingencies, queue, cells, row, compiled_rules, buffers)
            _fold_security(cell, out, row)
            served, limits = serve_queue(cell)
            out.served_mw[row] = served
            out.limit_branch[row], out.limit_contingency[row], out.limit_hour[row] = limits.T

    n_worker = max(1, min(threads, n_cell))
    if n_worker == 1:
        work(0)
    else:
        with ThreadPoolExecutor(n_worker) as pool:
            try:
                list(pool.map(work, range(n_worker)))
            except BaseException:  # an interrupt must not wait for the rest of the batch
                stop.set()
                raise
    return out


def _fold_security(cell: Cell, out: CellResults, row: int) -> None:
    """Overload, interruption and worst case of the base cases, into row `row`."""
    todo = cell.required(cell.no_request)
    cell.solve_base(todo)
    base, rules = cell.base, cell.rules
    allowed = np.full(todo.shape[1], rules.interruption_max_mw)
    allowed[0] = 0.0
    interrupted = np.where(todo, cell.interrupted_mw(cell.no_request), 0.0)
    unsolved = todo & ~base.converged
    over = base.percent - rules.loading_limit_percent
    exceedance = np.zeros((cell.n_hour, cell.grid.n_branch))
    np.maximum.at(exceedance, (base.hour, base.branch), over / 100.0 * cell.network.rated[base.branch])
    insecure = np.any((interrupted > allowed + SECURE_PERCENT) | unsolved, axis=1)
    insecure[base.hour[over > SECURE_PERCENT]] = True
    np.add.at(out.overload_mvah[row], cell.month, cell.weight_h * exceedance.sum(axis=1))
    np.add.at(out.insecure_hours[row], cell.month, np.where(insecure, cell.weight_h, 0.0))
    out.branch_overload_mvah[row] = cell.weight_h @ exceedance
    out.interrupted_mw[row] = interrupted.max(initial=0.0)
    out.not_converged[row] = unsolved.sum()
    for hour, k in np.argwhere(todo & base.converged).tolist():
        if base.worst_percent[hour, k] > out.worst_loading_percent[row] + TIE_PERCENT:
            out.worst_loading_percent[row] = base.worst_percent[hour, k]
            out.worst_branch[row], out.worst_contingency[row] = base.worst_branch[hour, k], k
            out.worst_hour[row] = hour
