"""Gradients of branch loadings in the lanes: eight pairs of a solved case and a branch side by side.

J^T x = d loading / d(e, f) by one factorisation and one transposed solve; how x leads to d loading / d injection
follows from the mismatch of `newton`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gridprio.kernels.numba_backend.lanes import LANES, load, store
from gridprio.kernels.numba_backend.load_flow import compiled
from gridprio.kernels.numba_backend.newton import FAST, INNER, assemble
from gridprio.kernels.numba_backend.tile import factorise, tile_of
from gridprio.kernels.reference.cell_flow import Complex, Floats, Ints, Topology
from gridprio.model.grid import GridArrays


def gradients(
    grid: GridArrays, topology: Topology, k: Ints, v: Complex, case: Ints, branch: Ints
) -> tuple[Floats, Floats]:
    """As `reference.cell_flow.gradients`."""
    ready = compiled(grid)
    by_p, by_q = np.zeros((2, len(case), grid.n_node))
    percent = np.nan_to_num(np.stack([grid.from_percent_per_pu, grid.to_percent_per_pu], axis=1))
    tile = tile_of(ready.tape, keep=True)
    _fill_gradients(
        ready.tape, ready.branches, ready.nodes, percent, topology, k[case], v, case, branch, tile, by_p, by_q
    )
    return by_p, by_q


@njit(**FAST)
def _fill_gradients(symbolic, branches, nodes, percent, topology, k, v, case, branch, tile, by_p, by_q):
    """Into `by_p[pair, node]` and `by_q[pair, node]`; lanes beyond the last pair repeat it."""
    pairs, assembled = np.zeros(LANES, np.int64), np.full(LANES, -1)
    for first in range(0, len(case), LANES):
        for lane in range(LANES):
            pair = min(first + lane, len(case) - 1)
            pairs[lane] = pair
            _load(symbolic, branches, nodes, topology, k[pair], v[case[pair]], lane, assembled, tile)
        factorise(symbolic, nodes, tile)
        differentiate(symbolic, branches, nodes[1], percent, topology, k, branch, pairs, tile)
        for lane in range(min(LANES, len(case) - first)):
            for row in range(len(symbolic[0])):
                node = symbolic[0][row]
                by_p[pairs[lane], node], by_q[pairs[lane], node] = by_injection(symbolic, nodes[4], tile, row, lane)


@njit(**FAST)
def _load(symbolic, branches, nodes, topology, k, v, lane, assembled, tile):
    """Admittances and voltages of one lane; those of a contingency that are there already stay."""
    y_re, y_im, j_re, j_im, dead = tile[4:9]
    live = topology.live[k]
    if assembled[lane] != k:
        assemble(symbolic, branches, nodes, topology.closed[k], live, lane, y_re, y_im, j_re, j_im)
        assembled[lane] = k
    for row in range(len(dead)):
        node = symbolic[0][row]
        dead[row, lane] = not live[node]
        tile[0][row, 0, lane] = v[node].real if live[node] else nodes[0][node]
        tile[0][row, 1, lane] = v[node].imag if live[node] else 0.0


@njit(**INNER)
def differentiate(symbolic, branches, v_fixed, percent, topology, k, branch, pairs, tile):
    """Solves for the loading of the branch of `pairs[lane]`; the factors must be there."""
    row_of = symbolic[1]
    from_node, to_node, y_ff, y_ft, y_tf, y_tt = branches
    v, x = tile[0], tile[3]
    x[:] = 0.0
    for lane in range(LANES):
        b = branch[pairs[lane]]
        if not topology.closed[k[pairs[lane]], b]:
            continue
        f, t = from_node[b], to_node[b]
        rf, rt = row_of[f], row_of[t]
        v_f = complex(v[rf, 0, lane], v[rf, 1, lane]) if rf >= 0 else v_fixed[f]
        v_t = complex(v[rt, 0, lane], v[rt, 1, lane]) if rt >= 0 else v_fixed[t]
        i_f, i_t = y_ff[b] * v_f + y_ft[b] * v_t, y_tf[b] * v_f + y_tt[b] * v_t
        at_from = abs(i_f) * percent[b, 0] >= abs(i_t) * percent[b, 1]
        i, scale = (i_f, percent[b, 0]) if at_from else (i_t, percent[b, 1])
        if not abs(i) * scale > 0.0:
            continue
        # d|i| = Re(conj(i) di) / |i| with di = y dv
        unit = np.conj(i) * (scale / abs(i))
        by_f = unit * (y_ff[b] if at_from else y_tf[b])
        by_t = unit * (y_ft[b] if at_from else y_tt[b])
        if rf >= 0:
            x[rf, 0, lane] += by_f.real
            x[rf, 1, lane] -= by_f.imag
        if rt >= 0:
            x[rt, 0, lane] += by_t.real
            x[rt, 1, lane] -= by_t.imag
    _transposed_solve(symbolic, tile)


@njit(**INNER)
def _transposed_solve(symbolic, tile):
    """transposed(L U) x = x: forward through the upper blocks, backward through diagonal and lower blocks."""
    node_of, target_start, lower_count, column = symbolic[0], symbolic[2], symbolic[3], symbolic[4]
    upper_start = symbolic[13]
    x, upper, lower, inverse = tile[3], tile[9], tile[10], tile[11]
    n = len(node_of)
    for row in range(n):
        a, b = load(x, 2 * row), load(x, 2 * row + 1)
        first = target_start[row] + lower_count[row] + 1
        _subtract(x, column, first, target_start[row + 1], upper, upper_start[row], a, b)
    for row in range(n - 1, -1, -1):
        a, b = load(x, 2 * row), load(x, 2 * row + 1)
        a, b = (
            load(inverse, 4 * row) * a + load(inverse, 4 * row + 2) * b,
            load(inverse, 4 * row + 1) * a + load(inverse, 4 * row + 3) * b,
        )
        store(x, 2 * row, a)
        store(x, 2 * row + 1, b)
        first = target_start[row]
        _subtract(x, column, first, first + lower_count[row], lower, first - row - upper_start[row], a, b)


@njit(**INNER)
def _subtract(x, column, first, last, blocks, at, a, b):
    """Takes transposed blocks times (a, b) from the rows `column[first:last]` of x."""
    for target in range(first, last):
        c = 2 * column[target]
        store(x, c, load(x, c) - load(blocks, 4 * at) * a - load(blocks, 4 * at + 2) * b)
        store(x, c + 1, load(x, c + 1) - load(blocks, 4 * at + 1) * a - load(blocks, 4 * at + 3) * b)
        at += 1


@njit(**INNER)
def by_injection(symbolic, is_pv, tile, row, lane):
    """d loading in percent / d p and d q of a row in pu, after `differentiate`."""
    if tile[8][row, lane]:
        return 0.0, 0.0
    v, x = tile[0], tile[3]
    e, f, a, b = v[row, 0, lane], v[row, 1, lane], x[row, 0, lane], x[row, 1, lane]
    if is_pv[row]:
        return a, 0.0
    v2 = e * e + f * f
    return (a * e + b * f) / v2, (a * f - b * e) / v2
