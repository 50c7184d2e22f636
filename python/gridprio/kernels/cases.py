"""A batch of cases as every backend sees it: checked once, one row standing for all where the caller gave one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import BackendError
from gridprio.model.cell import CellBatch
from gridprio.model.grid import GridArrays


@dataclass(frozen=True, eq=False)
class Cases:
    """Load flow cases. Each array has one row per case, or a single row that stands for all."""

    n_case: int
    p_pu: NDArray[np.float64]
    """[case or 1, node]"""
    q_pu: NDArray[np.float64]
    """[case or 1, node]"""
    outage: NDArray[np.int32]
    """[case or 1], row of the grid's outages or -1"""
    branch_in_service: NDArray[np.bool_]
    """[case or 1, branch]"""

    def row(self, case: int) -> tuple[NDArray[np.float64], NDArray[np.float64], int, NDArray[np.bool_]]:
        """p_pu `[node]`, q_pu `[node]`, outage and branch_in_service `[branch]` of one case."""
        p, q = self.p_pu[case % len(self.p_pu)], self.q_pu[case % len(self.q_pu)]
        mask = self.branch_in_service[case % len(self.branch_in_service)]
        return p, q, int(self.outage[case % len(self.outage)]), mask


def gather_cases(
    grid: GridArrays,
    p_pu: NDArray[np.float64],
    q_pu: NDArray[np.float64],
    outage: NDArray[np.int32],
    branch_in_service: NDArray[np.bool_],
) -> Cases:
    """Check shapes and bring arrays into C order; raises BackendError naming the array that does not fit."""
    p = np.ascontiguousarray(np.atleast_2d(p_pu), dtype=np.float64)
    q = np.ascontiguousarray(np.atleast_2d(q_pu), dtype=np.float64)
    out = np.ascontiguousarray(np.atleast_1d(outage), dtype=np.int32)
    mask = np.ascontiguousarray(np.atleast_2d(branch_in_service), dtype=np.bool_)
    rows = {"p_pu": len(p), "q_pu": len(q), "outage": len(out), "branch_in_service": len(mask)}
    n_case = 1
    for count in rows.values():
        if count != 1:
            n_case = count
    for name, count in rows.items():
        if count not in (1, n_case):
            raise BackendError(f"{name} has {count} rows, expected 1 or {n_case}; the arrays of a batch go together")
    for name, array, width in (
        ("p_pu", p, grid.n_node),
        ("q_pu", q, grid.n_node),
        ("branch_in_service", mask, grid.n_branch),
    ):
        if array.ndim != 2 or array.shape[1] != width:
            raise BackendError(f"{name} has shape {array.shape}, expected ({n_case} or 1, {width})")
    if out.ndim != 1 or (out.size and (out.min() < -1 or out.max() >= grid.n_outage)):
        raise BackendError(f"outage holds rows outside -1..{grid.n_outage - 1}; rows count from 0 and -1 is none")
    return Cases(n_case, p, q, out, mask)


def contiguous_cells(cells: CellBatch) -> CellBatch:
    """The same cells in C order and in the types of the contract."""
    return CellBatch(
        month=np.ascontiguousarray(cells.month, dtype=np.int8),
        branch_in_service=np.ascontiguousarray(cells.branch_in_service, dtype=np.bool_),
        **{
            name: np.ascontiguousarray(value, dtype=np.float64)
            for name, value in vars(cells).items()
            if name not in ("month", "branch_in_service")
        },
    )
