"""Load flows with controls: the text of the reference on compiled Newton, cases shared out over threads."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from gridprio.kernels.cases import Cases
from gridprio.kernels.numba_backend.load_flow import analysed
from gridprio.kernels.numba_backend.network import Bools, Complex, Network, new_solver, new_state, set_state, writeable
from gridprio.kernels.numba_backend.newton import solve
from gridprio.kernels.numba_backend.threads import share_out
from gridprio.kernels.reference import load_flow as reference
from gridprio.kernels.reference.controls import fill_controlled_case
from gridprio.kernels.reference.load_flow import Solved
from gridprio.model.controls import ControlArrays, ControlResults
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import NODE_PV, GridArrays
from gridprio.model.rules import LoadFlowOptions


def fill_controlled(
    cases: Cases, flows: FlowArrays, controls: ControlArrays, options: LoadFlowOptions, threads: int
) -> FlowArrays:
    """`flows` with every case solved under its controls."""
    flows = replace(flows, controls=ControlResults.unsolved(controls, cases.n_case))
    network = analysed(cases.grid)

    newton = partial(solve_case, network)
    share_out(
        lambda case: fill_controlled_case(cases, case, flows, controls, options, newton), range(cases.n_case), threads
    )
    return flows


def solve_case(
    network: Network,
    grid: GridArrays,
    closed: Bools,
    live: Bools,
    s: Complex,
    tolerance_pu: float,
    max_iterations: int,
    near: Complex | None,
) -> Solved:
    """As the reference's, which is asked where this finds no solution; `grid` is that of `network` with other taps and
    other machines held."""
    if live.any():
        node_of = network.symbolic.node_of
        now = network._replace(
            y_ff=writeable(grid.y_ff),
            y_ft=writeable(grid.y_ft),
            y_tf=writeable(grid.y_tf),
            y_tt=writeable(grid.y_tt),
            is_pv=grid.node_kind[node_of] == NODE_PV,
        )
        state, solver = new_state(network), new_solver(network)
        state.closed[:] = closed
        set_state(now, state)
        solver.s[:] = np.where(live[node_of], s[node_of], 0.0)
        solver.v[:] = np.where(live, network.start if near is None else near, network.vm_set)[node_of]
        status, iterations, residual_pu = solve(now, state, solver, near is not None, tolerance_pu, max_iterations)
        if status == LoadFlowStatus.CONVERGED:
            v = network.v_fixed.copy()
            v[node_of] = solver.v
            return Solved(np.where(live, v, 0), LoadFlowStatus.CONVERGED, int(iterations), float(residual_pu))
    return reference.solve_case(grid, closed, live, s, tolerance_pu, max_iterations, near)
