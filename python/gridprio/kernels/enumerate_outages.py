"""Every case with every outage solved one by one: what a screen must find again."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.cases import Columns
from gridprio.kernels.protocol import Kernels
from gridprio.model.flows import LoadFlowStatus
from gridprio.model.grid import GridArrays
from gridprio.model.rules import ScreenRules
from gridprio.model.violations import ViolationArrays

TOGETHER = 4096
"""Load flows in one call, which bounds the memory."""


def enumerate_violations(
    kernels: Kernels,
    grid: GridArrays,
    p: NDArray[np.float64],
    q: NDArray[np.float64],
    outages: NDArray[np.int32],
    branch_in_service: NDArray[np.bool_],
    *,
    columns: Columns | None = None,
    rules: ScreenRules,
    threads: int,
) -> ViolationArrays:
    """As `Kernels.find_violations`, without a screen, so that no margin counts."""
    asked = np.concatenate([np.array([-1], dtype=np.int32), outages])
    n_case = max(len(p), len(q))
    found: list[tuple[NDArray[np.int32], ...]] = []
    failed: list[tuple[NDArray[np.int32], ...]] = []
    loadings: list[NDArray[np.float64]] = []
    for first in range(0, max(1, n_case * len(asked)), TOGETHER):
        pair = np.arange(first, min(first + TOGETHER, n_case * len(asked)))
        case, outage = (pair // len(asked)).astype(np.int32), asked[pair % len(asked)]
        flows = kernels.solve_load_flow(
            grid,
            p if len(p) == 1 else p[case],
            q if len(q) == 1 else q[case],
            outage,
            branch_in_service,
            columns=columns,
            options=rules.load_flow,
            threads=threads,
        )
        at, branch = np.nonzero(flows.loading_percent > rules.loading_limit_percent)
        found.append((case[at], outage[at], branch.astype(np.int32)))
        loadings.append(flows.loading_percent[at, branch])
        wrong = np.flatnonzero(flows.status != LoadFlowStatus.CONVERGED)
        failed.append((case[wrong], outage[wrong], flows.status[wrong].astype(np.int32)))
    at_case, at_outage, at_branch = (_joined(part) for part in zip(*found, strict=True))
    failed_case, failed_outage, failed_status = (_joined(part) for part in zip(*failed, strict=True))
    return ViolationArrays(
        case=at_case,
        outage=at_outage,
        branch=at_branch,
        loading_percent=np.concatenate(loadings),
        failed_case=failed_case,
        failed_outage=failed_outage,
        failed_status=failed_status,
        n_solved=n_case * len(asked),
    )


def _joined(parts: Iterable[NDArray[np.int32]]) -> NDArray[np.int32]:
    return np.concatenate(list(parts))
