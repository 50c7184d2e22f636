"""Where every case of a grid begins: the state of the grid as read, solved, and carried on to what is dead in it."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.constants import START_ITERATIONS, START_TOLERANCE_PU
from gridprio.kernels.reference.load_flow import linear_start, live_parts, series_susceptance_and_shift, solve_case
from gridprio.model.flows import LoadFlowStatus
from gridprio.model.grid import NODE_OUT, GridArrays

Complex = NDArray[np.complex128]
Index = NDArray[np.int32]


def start_voltages(grid: GridArrays, incident_start: Index, incident: Index) -> Complex:
    """`[node]`, pu; without a solution the angles of the linear load flow, else the flat start."""
    closed, live = live_parts(grid, grid.branch_in_service, -1)
    base = solve_case(grid, closed, live, grid.p_pu + 1j * grid.q_pu, START_TOLERANCE_PU, START_ITERATIONS)
    found: Complex | None = base.v
    if base.status != LoadFlowStatus.CONVERGED:
        found = linear_start(grid, closed & live[grid.from_node], live, grid.p_pu) if live.any() else None
    flat = grid.vm_set_pu * np.exp(1j * grid.va_set_radian)
    v = flat if found is None else np.where(live, found, flat)
    _spread_angles(grid, incident_start, incident, live, v)
    return v


def _spread_angles(
    grid: GridArrays, incident_start: Index, incident: Index, live: NDArray[np.bool_], v: Complex
) -> None:
    """Gives nodes that are not live the angle of the nearest live node, along any branch that can be closed."""
    lead = grid.va_set_radian[grid.from_node] - grid.va_set_radian[grid.to_node]
    _, shift = series_susceptance_and_shift(grid.y_ft, grid.y_tf, lead)
    usable, known, waiting = grid.node_kind != NODE_OUT, live.copy(), deque(np.flatnonzero(live).tolist())
    while waiting:
        node = waiting.popleft()
        for b in incident[incident_start[node] : incident_start[node + 1]].tolist():
            is_from = grid.from_node[b] == node
            other = int(grid.to_node[b] if is_from else grid.from_node[b])
            if known[other] or not usable[node] or not usable[other]:
                continue
            turned = np.angle(v[node]) + (-shift[b] if is_from else shift[b])
            v[other] = grid.vm_set_pu[other] * np.exp(1j * turned)
            known[other] = True
            waiting.append(other)
