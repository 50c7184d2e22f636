"""The load flows of one state with existing connections alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.cells.executor import cell_batch
from gridprio.kernels.reference.cell_flow import Backend, CellFlow
from gridprio.model.cell import Contingencies, HourlyInjections, Requests
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules


def flow_without_queue(
    grid: GridArrays,
    contingencies: Contingencies,
    branch_in_service: NDArray[np.bool_],
    hourly: HourlyInjections,
    rules: CellRules,
    backend: Backend,
) -> CellFlow:
    """`branch_in_service` [branch]; nobody waits, so that every case is one of the hourly injections."""
    nobody = Requests.none(len(hourly.month))
    batch = cell_batch([branch_in_service], [hourly], [nobody])
    return CellFlow(grid, contingencies, nobody.queue, batch, 0, rules, backend)
