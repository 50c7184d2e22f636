"""A batch of cases as every backend sees it: checked once, one row standing for all where the caller gave one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import BackendError
from gridprio.model.cell import CellBatch
from gridprio.model.grid import GridArrays


@dataclass(frozen=True, eq=False)
class Columns:
    """Injections as the caller has them: a column per bus, in his unit. Nodes without a column keep the grid's own."""

    node: NDArray[np.int32]
    """[column], node of each column; several columns at a node add up, -1 counts nowhere"""
    per_unit: float
    """pu per unit of the caller"""


@dataclass(frozen=True, eq=False)
class Cases:
    """Load flow cases. Each array has one row per case, or a single row that stands for all."""

    grid: GridArrays
    n_case: int
    p: NDArray[np.float64]
    """[case or 1, column], in the unit of `columns`"""
    q: NDArray[np.float64]
    """[case or 1, column]"""
    columns: Columns
    outage: NDArray[np.int32]
    """[case or 1], row of the grid's outages or -1"""
    branch_in_service: NDArray[np.bool_]
    """[case or 1, branch]"""

    def row(self, case: int) -> tuple[NDArray[np.float64], NDArray[np.float64], int, NDArray[np.bool_]]:
        """p_pu `[node]`, q_pu `[node]`, outage and branch_in_service `[branch]` of one case."""
        p = self._at_nodes(self.p[case % len(self.p)], self.grid.p_pu)
        q = self._at_nodes(self.q[case % len(self.q)], self.grid.q_pu)
        mask = self.branch_in_service[case % len(self.branch_in_service)]
        return p, q, int(self.outage[case % len(self.outage)]), mask

    def _at_nodes(self, by_column: NDArray[np.float64], own: NDArray[np.float64]) -> NDArray[np.float64]:
        counts = self.columns.node >= 0
        node = self.columns.node[counts]
        sums = np.bincount(node, by_column[counts] * self.columns.per_unit, minlength=len(own))
        return np.where(np.bincount(node, minlength=len(own)) > 0, sums, own)


def gather_cases(
    grid: GridArrays,
    p: NDArray[np.float64],
    q: NDArray[np.float64],
    outage: NDArray[np.int32],
    branch_in_service: NDArray[np.bool_],
    columns: Columns | None = None,
) -> Cases:
    """Check shapes and bring arrays into C order; raises BackendError naming the array that does not fit.

    Without `columns` there is one per node, in pu.
    """
    p = np.ascontiguousarray(np.atleast_2d(p), dtype=np.float64)
    q = np.ascontiguousarray(np.atleast_2d(q), dtype=np.float64)
    out = np.ascontiguousarray(np.atleast_1d(outage), dtype=np.int32)
    mask = np.ascontiguousarray(np.atleast_2d(branch_in_service), dtype=np.bool_)
    if columns is None:
        columns = Columns(np.arange(grid.n_node, dtype=np.int32), 1.0)
    rows = {"p": len(p), "q": len(q), "outage": len(out), "branch_in_service": len(mask)}
    n_case = 1
    for count in rows.values():
        if count != 1:
            n_case = count
    for name, count in rows.items():
        if count not in (1, n_case):
            raise BackendError(f"{name} has {count} rows, expected 1 or {n_case}; the arrays of a batch go together")
    for name, array, width in (
        ("p", p, len(columns.node)),
        ("q", q, len(columns.node)),
        ("branch_in_service", mask, grid.n_branch),
    ):
        if array.ndim != 2 or array.shape[1] != width:
            raise BackendError(f"{name} has shape {array.shape}, expected ({n_case} or 1, {width})")
    if out.ndim != 1 or (out.size and (out.min() < -1 or out.max() >= grid.n_outage)):
        raise BackendError(f"outage holds rows outside -1..{grid.n_outage - 1}; rows count from 0 and -1 is none")
    return Cases(grid, n_case, p, q, columns, out, mask)


def contiguous_cells(cells: CellBatch) -> CellBatch:
    """The same cells in C order and in the types of the contract."""
    return CellBatch(
        month=np.ascontiguousarray(cells.month, dtype=np.int8),
        limit_class=np.ascontiguousarray(cells.limit_class, dtype=np.int16),
        branch_in_service=np.ascontiguousarray(cells.branch_in_service, dtype=np.bool_),
        order=np.ascontiguousarray(cells.order, dtype=np.int32),
        **{
            name: np.ascontiguousarray(value, dtype=np.float64)
            for name, value in vars(cells).items()
            if name not in ("month", "limit_class", "branch_in_service", "order")
        },
    )
