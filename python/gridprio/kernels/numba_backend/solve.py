"""Newton's method for cases of a batch, each with its own state of the grid and a matrix of its own."""

from __future__ import annotations

import numpy as np
from numba import njit

from gridprio.kernels.numba_backend.network import FAST, INNER, read_injections, set_state, write_voltages
from gridprio.kernels.numba_backend.newton import begin, solve


@njit(**FAST)
def solve_cases(network, batch, state, solver, cases, warm, tolerance_pu, max_iterations, out):
    """One after the other; `warm`: from the voltages in `out`, else from those of the grid.

    Iterations count on from what `out` holds. A state that is there already is not assembled again.
    """
    for number, case in enumerate(cases):
        if _set_closed(network, batch, case, state.closed) or number == 0:
            set_state(network, state)
        read_injections(network, batch, case, state.live, solver.s)
        begin(network, state, solver)
        for row in range(len(solver.v) if warm else 0):
            node = network.symbolic.node_of[row]
            if state.live[node]:
                solver.v[row] = out.v_pu[case, node]
        status, iterations, power = solve(network, state, solver, warm, tolerance_pu, max_iterations)
        out.status[case], out.residual_pu[case] = status, power
        out.iterations[case] += iterations
        write_voltages(network, state.live, solver.v, out.v_pu[case])


@njit(**INNER)
def _set_closed(network, batch, case, closed):
    """Branches closed in a case into `closed`; whether they differ from what is there."""
    mask, outage = batch.mask[case % len(batch.mask)], batch.outage[case % len(batch.outage)]
    out = np.zeros(len(closed), np.bool_)
    if outage >= 0:
        for at in range(network.outage_start[outage], network.outage_start[outage + 1]):
            out[network.outage_branch[at]] = True
    differs = False
    for b in range(len(closed)):
        now = mask[b] and network.usable[b] and not out[b]
        differs |= now != closed[b]
        closed[b] = now
    return differs
