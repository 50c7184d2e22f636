"""Newton in polar coordinates with row pivoting, compiled: the last resort for one case.

Mismatch, start and end as in `gridprio.kernels.reference.load_flow`. The matrix is stored in full; rows stand in the
order of elimination of the grid and zeros are passed over, so its factors are found in about the time of sparse ones.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gridprio.kernels.numba_backend.newton import (
    COLLAPSED_PU,
    CONVERGED,
    DIVERGED,
    EPSILON,
    MAX_ITERATIONS,
    ROUNDING_UNITS,
    SINGULAR,
)

PLAIN = {"cache": True, "nogil": True, "error_model": "numpy"}
KEEP_DIAGONAL = 0.1
"""The diagonal is the pivot unless it is smaller than this share of the largest entry below it."""


@njit(**PLAIN)
def solve_from_scratch(symbolic, branches, nodes, va_set, closed, live, s, tolerance_pu, max_iterations, v):
    """Status from the angles of the linear load flow, and from the flat start when that fails; `v[node]` is filled."""
    status = SINGULAR
    if _linear_start(symbolic, branches, nodes, va_set, closed, live, s, v):
        status = _newton(symbolic, branches, nodes, closed, live, s, tolerance_pu, max_iterations, v)
    if status != CONVERGED:
        for node in range(len(v)):
            v[node] = nodes[1][node]
        status = _newton(symbolic, branches, nodes, closed, live, s, tolerance_pu, max_iterations, v)
    return status


@njit(**PLAIN)
def solve_dense(a, b):
    """b becomes the solution of a x = b, a its factors; False where a is singular."""
    n = len(b)
    for k in range(n):
        largest, at = abs(a[k, k]), k
        for i in range(k + 1, n):
            if abs(a[i, k]) > largest:
                largest, at = abs(a[i, k]), i
        if not (largest > 0.0 and largest < np.inf):
            return False
        if at != k and not abs(a[k, k]) >= KEEP_DIAGONAL * largest:
            for j in range(k, n):
                a[k, j], a[at, j] = a[at, j], a[k, j]
            b[k], b[at] = b[at], b[k]
        for i in range(k + 1, n):
            if a[i, k] != 0.0:
                factor = a[i, k] / a[k, k]
                for j in range(k + 1, n):
                    a[i, j] -= factor * a[k, j]
                b[i] -= factor * b[k]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            b[k] -= a[k, j] * b[j]
        b[k] /= a[k, k]
    return True


@njit(**PLAIN)
def _linear_start(symbolic, branches, nodes, va_set, closed, live, s, v):
    """Set-point magnitudes with the angles of the linear load flow into `v`; False when that has no solution."""
    node_of, row_of = symbolic[0], symbolic[1]
    from_node, to_node, _, y_ft, y_tf, _ = branches
    n = len(node_of)
    a, theta = np.zeros((n, n)), np.zeros(n)
    for row in range(n):
        if live[node_of[row]]:
            theta[row] = s[node_of[row]].real
        else:
            a[row, row] = 1.0
    for b in range(len(from_node)):
        f, t = from_node[b], to_node[b]
        if not closed[b] or not live[f] or f == t:
            continue
        y = np.sqrt(y_ft[b] * y_tf[b])
        size = abs(y)
        if size == 0.0:
            continue
        slope = -size * size / y.imag if y.imag != 0.0 else 0.0
        shift = np.angle(-y_ft[b] / y)
        if np.cos(shift - (va_set[f] - va_set[t])) < 0.0:
            slope, shift = -slope, shift + np.pi
        for i, j, lead in ((f, t, shift), (t, f, -shift)):
            row, column = row_of[i], row_of[j]
            if row >= 0:
                a[row, row] += slope
                theta[row] += slope * lead
                if column >= 0:
                    a[row, column] -= slope
                else:
                    theta[row] += slope * va_set[j]
    if not solve_dense(a, theta):
        return False
    for node in range(len(v)):
        v[node] = nodes[1][node]
    for row in range(n):
        if not np.isfinite(theta[row]):
            return False
        v[node_of[row]] = nodes[0][node_of[row]] * np.exp(1j * theta[row])
    return True


@njit(**PLAIN)
def _newton(symbolic, branches, nodes, closed, live, s, tolerance_pu, max_iterations, v):
    """Columns are angle and relative magnitude of each row; Q of a PV node is "no change of the magnitude"."""
    node_of, row_of = symbolic[0], symbolic[1]
    from_node, to_node, y_ff, y_ft, y_tf, y_tt = branches
    _, _, y_shunt, c, is_pv = nodes
    n, n_node = len(node_of), len(y_shunt)
    own = y_shunt.copy()
    for b in range(len(from_node)):
        if closed[b] and live[from_node[b]]:
            own[from_node[b]] += y_ff[b]
            own[to_node[b]] += y_tt[b]
            if from_node[b] == to_node[b]:
                own[from_node[b]] += y_ft[b] + y_tf[b]
    total, size = np.empty(n_node, np.complex128), np.empty(n_node)
    jacobian, step = np.zeros((2 * n, 2 * n)), np.zeros(2 * n)
    for iteration in range(max_iterations + 1):
        jacobian[:] = 0.0
        for node in range(n_node):
            total[node] = v[node] * np.conj(own[node] * v[node])
            size[node] = abs(own[node]) * abs(v[node])
        for row in range(n):
            if live[node_of[row]]:
                _add(jacobian, row, row, total[node_of[row]])
        for b in range(len(from_node)):
            if not closed[b] or not live[from_node[b]] or from_node[b] == to_node[b]:
                continue
            for i, j, y in ((from_node[b], to_node[b], y_ft[b]), (to_node[b], from_node[b], y_tf[b])):
                flow = v[i] * np.conj(y * v[j])
                total[i] += flow
                size[i] += abs(y) * abs(v[j])
                if row_of[i] >= 0 and row_of[j] >= 0:
                    _add(jacobian, row_of[i], row_of[j], flow)
        small, finite, collapsed = True, True, False
        for row in range(n):
            node = node_of[row]
            step[2 * row], step[2 * row + 1] = 0.0, 0.0
            if not live[node]:
                jacobian[2 * row, 2 * row] = 1.0
                jacobian[2 * row + 1, 2 * row + 1] = 1.0
                continue
            vm = abs(v[node])
            f = total[node] + c[node] * vm - s[node]
            jacobian[2 * row, 2 * row] -= total[node].imag
            jacobian[2 * row + 1, 2 * row] += total[node].real
            jacobian[2 * row, 2 * row + 1] += (total[node] + c[node] * vm).real
            jacobian[2 * row + 1, 2 * row + 1] += (total[node] + c[node] * vm).imag
            step[2 * row] = f.real
            if is_pv[row]:
                jacobian[2 * row + 1, :] = 0.0
                jacobian[2 * row + 1, 2 * row + 1] = 1.0
            else:
                step[2 * row + 1] = f.imag
            worst = max(abs(step[2 * row]), abs(step[2 * row + 1]))
            finite &= np.isfinite(step[2 * row]) and np.isfinite(step[2 * row + 1])
            small &= worst <= max(tolerance_pu, ROUNDING_UNITS * EPSILON * vm * size[node])
            collapsed |= vm < COLLAPSED_PU
        if not finite:
            return DIVERGED
        if small:
            return DIVERGED if collapsed else CONVERGED
        if iteration == max_iterations:
            return MAX_ITERATIONS
        if not solve_dense(jacobian, step):
            return SINGULAR
        for row in range(n):
            v[node_of[row]] *= (1.0 - step[2 * row + 1]) * np.exp(-1j * step[2 * row])
    return MAX_ITERATIONS


@njit(**PLAIN)
def _add(jacobian, row, column, flow):
    """Derivatives of one term of v conj(Y v) by the other end: angle, then relative magnitude."""
    jacobian[2 * row, 2 * column] += flow.imag
    jacobian[2 * row + 1, 2 * column] -= flow.real
    jacobian[2 * row, 2 * column + 1] += flow.real
    jacobian[2 * row + 1, 2 * column + 1] += flow.imag
