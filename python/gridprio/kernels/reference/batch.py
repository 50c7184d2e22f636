"""Load flows of a batch, plain or under controls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.cases import Columns, gather_cases
from gridprio.kernels.reference.controls import fill_controlled
from gridprio.kernels.reference.load_flow import solve_plain
from gridprio.model.controls import ControlArrays
from gridprio.model.flows import FlowArrays
from gridprio.model.grid import GridArrays
from gridprio.model.rules import LoadFlowOptions


def solve_load_flow(
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
    """As in the protocol, one case after the other; `threads` is accepted and not used."""
    cases = gather_cases(grid, p, q, outage, branch_in_service, columns)
    if controls is None:
        return solve_plain(cases, options)
    flows = FlowArrays.unsolved(grid, cases.outage, cases.branch_in_service, cases.n_case)
    return fill_controlled(cases, flows, controls, options)
