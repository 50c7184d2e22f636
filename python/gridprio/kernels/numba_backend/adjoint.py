"""Gradients of branch loadings in the lanes: one factorisation, then one transposed solve for a branch per lane.

J^T x = d loading / d(e, f); how x leads to d loading / d injection follows from the mismatch of `newton`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gridprio.kernels.numba_backend.newton import FAST, LANES, factor_forward, mismatch


@njit(**FAST)
def factorise(symbolic, nodes, tile):
    """Blocks of the factors at the voltages of the tile, which must have room to keep all of them."""
    power, magnitude = np.empty(LANES), np.empty(LANES)
    mismatch(symbolic, nodes, tile, power, magnitude)
    factor_forward(symbolic, nodes, tile, np.zeros(LANES, np.bool_))


@njit(**FAST)
def differentiate(symbolic, branches, v_fixed, percent, closed, live, tile, wanted):
    """Solves for the loading of branch `wanted[lane]` (-1 for none); the factors must be there."""
    row_of = symbolic[1]
    from_node, to_node, y_ff, y_ft, y_tf, y_tt = branches
    v, x = tile[0], tile[3]
    x[:] = 0.0
    for lane in range(LANES):
        b = wanted[lane]
        if b < 0 or not closed[b] or not live[from_node[b]]:
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


@njit(**FAST)
def _transposed_solve(symbolic, tile):
    """transposed(L U) x = x: forward through the upper blocks, backward through diagonal and lower blocks."""
    node_of, target_start, lower_count, column = symbolic[0], symbolic[2], symbolic[3], symbolic[4]
    upper_start = symbolic[13]
    x, upper, lower, inverse = tile[3], tile[9], tile[10], tile[11]
    n = len(node_of)
    for row in range(n):
        at = upper_start[row]
        for target in range(target_start[row] + lower_count[row] + 1, target_start[row + 1]):
            c = column[target]
            for k in range(LANES):
                x[c, 0, k] -= upper[at, 0, k] * x[row, 0, k] + upper[at, 2, k] * x[row, 1, k]
                x[c, 1, k] -= upper[at, 1, k] * x[row, 0, k] + upper[at, 3, k] * x[row, 1, k]
            at += 1
    for row in range(n - 1, -1, -1):
        for k in range(LANES):
            a, b = x[row, 0, k], x[row, 1, k]
            x[row, 0, k] = inverse[row, 0, k] * a + inverse[row, 2, k] * b
            x[row, 1, k] = inverse[row, 1, k] * a + inverse[row, 3, k] * b
        at = target_start[row] - row - upper_start[row]
        for target in range(target_start[row], target_start[row] + lower_count[row]):
            c = column[target]
            for k in range(LANES):
                x[c, 0, k] -= lower[at, 0, k] * x[row, 0, k] + lower[at, 2, k] * x[row, 1, k]
                x[c, 1, k] -= lower[at, 1, k] * x[row, 0, k] + lower[at, 3, k] * x[row, 1, k]
            at += 1


@njit(**FAST)
def by_injection(symbolic, is_pv, tile, node, lane):
    """d loading in percent / d p and d q of a node in pu, after `differentiate`."""
    row = symbolic[1][node]
    if row < 0 or tile[8][row, lane]:
        return 0.0, 0.0
    v, x = tile[0], tile[3]
    e, f, a, b = v[row, 0, lane], v[row, 1, lane], x[row, 0, lane], x[row, 1, lane]
    if is_pv[row]:
        return a, 0.0
    v2 = e * e + f * f
    return (a * e + b * f) / v2, (a * f - b * e) / v2
