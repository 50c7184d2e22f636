"""`evaluate_cells`, the definition in plain numpy: one cell, one hour, one contingency at a time.

Method and symbols: docs/theory/cells.md.
"""

from __future__ import annotations

import numpy as np

from gridprio.kernels.reference.cell_flow import CellFlow, first_largest
from gridprio.kernels.reference.cell_queue import QueueBase, serve_queue
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
    return evaluate_with(CellFlow, grid, contingencies, queue, cells, rules)


def evaluate_with(
    flow: type[CellFlow],
    grid: GridArrays,
    contingencies: Contingencies,
    queue: Queue,
    cells: CellBatch,
    rules: CellRules,
) -> CellResults:
    """The rules of cells on the load flows of `flow`."""
    out = empty_results(len(cells.p_mw), grid.n_branch, cells.wish_mw.shape[1])
    for row in range(len(cells.p_mw)):
        cell = flow(grid, contingencies, queue, cells, row, rules)
        base = QueueBase(cell)
        _fold_security(cell, base, out, row)
        served, stopped = serve_queue(cell, base)
        out.served_mw[row] = served
        for request, limit in enumerate(stopped):
            out.limit_branch[row, request] = limit.branch
            out.limit_contingency[row, request] = limit.contingency
            out.limit_hour[row, request] = limit.hour
    return out


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
        served_mw=np.zeros((n_cell, n_request)),
        limit_branch=indices(n_cell, n_request),
        limit_contingency=indices(n_cell, n_request),
        limit_hour=indices(n_cell, n_request),
    )


def _fold_security(cell: CellFlow, base: QueueBase, out: CellResults, row: int) -> None:
    limit = cell.rules.loading_limit_percent
    for hour in range(cell.n_hour):
        exceedance, secure = np.zeros(cell.grid.n_branch), True
        for k in cell.required(cell.no_request, hour):
            interrupted = cell.interrupted_mw(k, cell.no_request, hour)
            allowed = 0.0 if k == 0 else cell.rules.interruption_max_mw
            secure &= interrupted <= allowed + SECURE_PERCENT
            out.interrupted_mw[row] = max(out.interrupted_mw[row], interrupted)
            case = base.case(hour, k)
            if not case.converged:
                secure = False
                out.not_converged[row] += 1
                continue
            over = case.loading - limit
            secure &= not (over > SECURE_PERCENT).any()
            exceedance = np.maximum(exceedance, np.maximum(0.0, over) / 100.0 * cell.rated)
            rated = np.flatnonzero(cell.rated > 0)
            if len(rated):
                branch = rated[first_largest(case.loading[rated])]
                if case.loading[branch] > out.worst_loading_percent[row] + TIE_PERCENT:
                    out.worst_loading_percent[row] = case.loading[branch]
                    out.worst_branch[row], out.worst_contingency[row], out.worst_hour[row] = branch, k, hour
        weight, month = cell.weight_h[hour], cell.month[hour]
        out.overload_mvah[row, month] += weight * exceedance.sum()
        out.branch_overload_mvah[row] += weight * exceedance
        out.insecure_hours[row, month] += 0.0 if secure else weight
