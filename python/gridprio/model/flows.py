"""Results of load flows, one row per case."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from gridprio.model.grid import Grid


class LoadFlowStatus(IntEnum):
    """How one case ended. A split-off part is NaN in the result; the status speaks of the part that was solved."""

    CONVERGED = 0
    MAX_ITERATIONS = 1
    """the residual was still above the tolerance after the last iteration"""
    DIVERGED = 2
    """voltages left the region where a solution could be (NaN, infinite or collapsed)"""
    SINGULAR = 3
    """a pivot vanished and pivoting could not help"""
    NO_SLACK = 4
    """no slack node is in service"""


@dataclass(frozen=True, eq=False)
class FlowArrays:
    """What a kernel returns, in node and branch numbering."""

    vm_pu: NDArray[np.float64]
    """[case, node], NaN where de-energised"""
    va_radian: NDArray[np.float64]
    """[case, node]"""
    loading_percent: NDArray[np.float64]
    """[case, branch], NaN where unrated or not converged, 0 where out of service or de-energised"""
    status: NDArray[np.uint8]
    """[case], values of LoadFlowStatus"""
    iterations: NDArray[np.int32]
    """[case]"""
    residual_mva: NDArray[np.float64]
    """[case], largest power mismatch at the returned voltages"""


@dataclass(frozen=True, eq=False)
class LoadFlows:
    """A batch of solved load flows in the numbering of `grid.bus_ids` and `grid.branch_ids`."""

    grid: Grid = field(repr=False)
    vm_pu: NDArray[np.float64]
    """[case, bus], NaN where de-energised"""
    va_degree: NDArray[np.float64]
    """[case, bus]"""
    loading_percent: NDArray[np.float64]
    """[case, branch], pandapower's definition"""
    status: NDArray[np.uint8]
    iterations: NDArray[np.int32]
    residual_mva: NDArray[np.float64]
    backend: str

    def __repr__(self) -> str:
        ok = int((self.status == 0).sum())
        return f"LoadFlows({len(self.status)} cases on {self.grid.name!r}, {ok} converged, backend {self.backend})"
