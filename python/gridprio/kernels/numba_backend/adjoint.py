"""Gradients of branch loadings: one factorisation per solved case, one transposed solve per branch in it.

J^T x = d loading / d(e, f); how x leads to d loading / d injection follows from the mismatch of `newton`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gridprio.kernels.numba_backend.load_flow import analysed
from gridprio.kernels.numba_backend.network import FAST, INNER, new_solver, new_state, set_state
from gridprio.kernels.numba_backend.newton import begin, factorise, square
from gridprio.kernels.numba_backend.twins import copy_into
from gridprio.kernels.reference.cell_flow import Complex, Floats, Ints, Topology
from gridprio.model.grid import GridArrays


def gradients(
    grid: GridArrays, topology: Topology, k: Ints, v: Complex, case: Ints, branch: Ints, way: Ints
) -> tuple[Floats, Floats]:
    """As `reference.cell_flow.gradients`."""
    by_p, by_q = np.zeros((2, len(case), grid.n_node))
    percent = np.nan_to_num(np.stack([grid.from_percent_per_pu, grid.to_percent_per_pu], axis=1))
    k, case, branch, way = (np.ascontiguousarray(rows) for rows in (k, case, branch, way))  # one type, compiled once
    _fill_gradients(analysed(grid), percent, topology, k, v, case, branch, way, by_p, by_q)
    return by_p, by_q


@njit(**FAST)
def _fill_gradients(network, percent, topology, k, v, case, branch, way, by_p, by_q):
    """Into `by_p[pair, node]` and `by_q[pair, node]`."""
    state, solver = new_state(network), new_solver(network)
    for pair in range(len(case)):
        at = case[pair]
        if pair == 0 or at != case[pair - 1]:
            copy_into(state.closed, topology.closed[k[at]])
            set_state(network, state)
            begin(network, state, solver)
            for row in range(len(solver.v)):
                node = network.symbolic.node_of[row]
                if state.live[node]:
                    solver.v[row] = v[at, node]
            factorise(network, state, solver)
        if not state.closed[branch[pair]]:
            continue
        _set_slope(network, percent, branch[pair], way[pair], v[at], solver.x)
        _transposed_solve(network.symbolic, solver)
        for row in range(len(solver.v)):
            node = network.symbolic.node_of[row]
            if not state.live[node]:
                continue
            if network.is_pv[row]:
                by_p[pair, node] = solver.x[row, 0]
            else:
                by_injection = (
                    np.conj(complex(solver.x[row, 0], solver.x[row, 1])) * solver.v[row] / square(solver.v[row])
                )
                by_p[pair, node], by_q[pair, node] = by_injection.real, by_injection.imag


@njit(**INNER)
def _set_slope(network, percent, b, way, v, x):
    """d loading of a closed branch in percent / d(e, f) into `x`, at the end that sets the loading; with a `way`, that
    times d active power into the `from` side in pu."""
    f, t = network.from_node[b], network.to_node[b]
    i_f, i_t = network.y_ff[b] * v[f] + network.y_ft[b] * v[t], network.y_tf[b] * v[f] + network.y_tt[b] * v[t]
    at_from = abs(i_f) * percent[b, 0] >= abs(i_t) * percent[b, 1]
    i, scale = (i_f, percent[b, 0]) if at_from else (i_t, percent[b, 1])
    x[:] = 0.0
    if way != 0:
        # d Re(v_f conj(i)) = Re(conj(i) dv_f + conj(v_f) di)
        unit = way * np.conj(v[f])
        by_f, by_t = unit * network.y_ff[b] + way * np.conj(i_f), unit * network.y_ft[b]
    elif abs(i) * scale > 0.0:
        # d|i| = Re(conj(i) di) / |i| with di = y dv
        unit = np.conj(i) * (scale / abs(i))
        by_f = unit * (network.y_ff[b] if at_from else network.y_tf[b])
        by_t = unit * (network.y_ft[b] if at_from else network.y_tt[b])
    else:
        return
    for node, by_v in ((f, by_f), (t, by_t)):
        row = network.symbolic.row_of[node]
        if row >= 0:
            x[row, 0] += by_v.real
            x[row, 1] -= by_v.imag


@njit(**INNER)
def _transposed_solve(symbolic, solver):
    """transposed(L U) x = x: forward through the upper blocks, backward through diagonal and lower blocks."""
    x, inverse = solver.x, solver.inverse
    for row in range(len(x)):
        first = symbolic.target_start[row] + symbolic.lower_count[row] + 1
        _subtract(symbolic, x, row, first, symbolic.target_start[row + 1], solver.upper, symbolic.upper_start[row])
    for row in range(len(x) - 1, -1, -1):
        a, b = x[row, 0], x[row, 1]
        x[row, 0] = inverse[row, 0] * a + inverse[row, 2] * b
        x[row, 1] = inverse[row, 1] * a + inverse[row, 3] * b
        first = symbolic.target_start[row]
        last = first + symbolic.lower_count[row]
        _subtract(symbolic, x, row, first, last, solver.lower, symbolic.lower_start[row])


@njit(**INNER)
def _subtract(symbolic, x, row, first, last, blocks, at):
    """Takes transposed blocks times x of `row` from the rows of the columns of targets `first` to `last` - 1."""
    for target in range(first, last):
        column = symbolic.target_column[target]
        x[column, 0] -= blocks[at, 0] * x[row, 0] + blocks[at, 2] * x[row, 1]
        x[column, 1] -= blocks[at, 1] * x[row, 0] + blocks[at, 3] * x[row, 1]
        at += 1
