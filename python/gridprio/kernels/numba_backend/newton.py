"""Newton's method on one case, compiled: 2x2 blocks on the shared pattern of the grid, factorised without pivoting.

Symbols and equations as in docs/theory/load-flow.md: v = e + jf voltage, i = sum_j Y_kj v_j - (current from slack
nodes), s specified injection at 1 pu, c constant-current part, all in pu.

    PQ rows   current mismatch   conj(s - c |v| - v conj(i)) / conj(v) = 0, a real and an imaginary equation
    PV rows   power, magnitude   Re(s - c |v| - v conj(i)) = 0,   (V^2 - |v|^2) / 2 = 0

Order of calculation of a step: mismatch of all rows; Jacobian, its block LU and the forward substitution row by row;
back substitution, which moves the voltages. The Jacobian to (e, f) is the admittance g + jb as (g -b; b g), at PV rows
(e g + f b, f g - e b; 0 0), plus the own block on the diagonal. There are two forms of a step, which differ in the own
block of PQ rows and in how it is taken (POWER, CURRENT below).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gridprio.kernels.constants import (
    COLLAPSED_PU,
    HOPELESS_PU,
    MAGNITUDE_TOLERANCE,
    MAGNITUDE_TOLERANCE_LEAST,
    PIVOT_THRESHOLD,
    ROUNDING_UNITS,
    STALLED_RATIO,
)
from gridprio.kernels.numba_backend.network import FAST, INNER
from gridprio.model.flows import LoadFlowStatus

EPSILON = float(np.finfo(np.float64).eps)
CONVERGED, MAX_ITERATIONS = LoadFlowStatus.CONVERGED.value, LoadFlowStatus.MAX_ITERATIONS.value
DIVERGED, SINGULAR = LoadFlowStatus.DIVERGED.value, LoadFlowStatus.SINGULAR.value
POWER, CURRENT = np.int64(0), np.int64(1)  # for plain constants Numba would compile all of it once for each
"""Forms of a step: the derivative of the power mismatch and a step in magnitude and angle, which is Newton in polar
coordinates; the derivative of the current mismatch and a step in e and f. Far from the solution one finds what the
other does not."""


@njit(**INNER)
def square(z):
    return z.real * z.real + z.imag * z.imag


@njit(**INNER)
def mismatch(network, state, solver):
    """Right-hand side into `x`, currents into `i`.

    Returns the largest power mismatch (NaN when one is not finite), the largest magnitude mismatch, the smallest |v|.
    """
    symbolic, v, y = network.symbolic, solver.v, state.y
    power, magnitude, total, smallest = 0.0, 0.0, 0.0, np.inf
    for row in range(len(v)):
        diagonal = symbolic.target_start[row] + symbolic.lower_count[row]
        i = y[diagonal] * v[row] - state.j[row]
        for at in range(symbolic.entry_start[row], symbolic.entry_start[row + 1]):
            target = symbolic.entry_target[at]
            i += y[target] * v[symbolic.target_column[target]]
        solver.i[row] = i
        v2 = square(v[row])
        smallest = min(smallest, v2)
        miss = solver.s[row] - state.c[row] * np.sqrt(v2) - v[row] * np.conj(i)
        if network.is_pv[row]:
            set_point = network.vm_set[symbolic.node_of[row]]
            miss = complex(miss.real, 0.0)
            by_v = (set_point * set_point - v2) / 2
            magnitude = max(magnitude, abs(by_v))
            total += by_v
            solver.x[row, 0], solver.x[row, 1] = miss.real, by_v
        else:
            current = np.conj(miss) * v[row] / v2
            solver.x[row, 0], solver.x[row, 1] = current.real, current.imag
        power = max(power, max(abs(miss.real), abs(miss.imag)))
        total += miss.real + miss.imag
    # infinity times zero is NaN, so this finds both
    return power + total * 0.0, magnitude, np.sqrt(smallest)


@njit(**INNER)
def own_block(network, state, solver, row, form):
    """Derivatives of the equations of a row to its own voltage, beside the admittance."""
    v, c = solver.v[row], state.c[row]
    v2 = square(v)
    vm = np.sqrt(v2)
    if network.is_pv[row]:
        i = solver.i[row] + v * (c.real / vm)
        return i.real, i.imag, v.real, v.imag
    i = solver.i[row] if form == POWER else np.conj(solver.s[row]) * v / v2
    # i/conj(v) = a + jb, which multiplies conj(d)
    a = i * v / v2
    # conj(c) v/|v|^3, which multiplies Re(conj(v) d) or, in current, j Im(conj(v) d)
    k = np.conj(c) * v / (v2 * vm)
    if form == POWER:
        return a.real + k.real * v.real, a.imag + k.real * v.imag, a.imag + k.imag * v.real, k.imag * v.imag - a.real
    return a.real + k.imag * v.imag, a.imag - k.imag * v.real, a.imag - k.real * v.imag, k.real * v.real - a.real


@njit(**INNER)
def factor_forward(network, state, solver, form):
    """Jacobian, its block LU and the forward substitution, row by row; whether every pivot block is large enough."""
    symbolic, x, y = network.symbolic, solver.x, state.y
    upper, lower = solver.upper, solver.lower
    good = True
    for row in range(len(solver.v)):
        first, diagonal, pv = symbolic.target_start[row], symbolic.lower_count[row], network.is_pv[row]
        own_lower = symbolic.lower_start[row]
        e, f = solver.v[row].real, solver.v[row].imag
        r0, r1 = x[row, 0], x[row, 1]
        n0, n1, n2, n3 = 0.0, 0.0, 0.0, 0.0
        for position in range(symbolic.target_start[row + 1] - first):
            target = first + position
            g, b = y[target].real, y[target].imag
            w0, w1, w2, w3 = (e * g + f * b, f * g - e * b, 0.0, 0.0) if pv else (g, -b, b, g)
            if position == diagonal:
                a0, a1, a2, a3 = own_block(network, state, solver, row, form)
                w0, w1, w2, w3 = w0 + a0, w1 + a1, w2 + a2, w3 + a3
            for at in range(symbolic.term_start[target], symbolic.term_start[target + 1]):
                left, up = own_lower + symbolic.term_lower[at], symbolic.term_upper[at]
                w0 -= lower[left, 0] * upper[up, 0] + lower[left, 1] * upper[up, 2]
                w1 -= lower[left, 0] * upper[up, 1] + lower[left, 1] * upper[up, 3]
                w2 -= lower[left, 2] * upper[up, 0] + lower[left, 3] * upper[up, 2]
                w3 -= lower[left, 2] * upper[up, 1] + lower[left, 3] * upper[up, 3]
            if position < diagonal:
                left, column = own_lower + position, symbolic.target_column[target]
                lower[left, 0], lower[left, 1], lower[left, 2], lower[left, 3] = w0, w1, w2, w3
                r0 -= w0 * x[column, 0] + w1 * x[column, 1]
                r1 -= w2 * x[column, 0] + w3 * x[column, 1]
            elif position == diagonal:
                det = w0 * w3 - w1 * w2
                good &= abs(det) > PIVOT_THRESHOLD * (abs(w0) + abs(w1)) * (abs(w2) + abs(w3))
                n0, n1, n2, n3 = w3 / det, -w1 / det, -w2 / det, w0 / det
            else:
                up = symbolic.upper_start[row] + position - diagonal - 1
                upper[up, 0], upper[up, 1] = n0 * w0 + n1 * w2, n0 * w1 + n1 * w3
                upper[up, 2], upper[up, 3] = n2 * w0 + n3 * w2, n2 * w1 + n3 * w3
        inverse = solver.inverse[row]
        inverse[0], inverse[1], inverse[2], inverse[3] = n0, n1, n2, n3
        x[row, 0], x[row, 1] = n0 * r0 + n1 * r1, n2 * r0 + n3 * r1
    return good


@njit(**FAST)
def factorise(network, state, solver):
    """Factors of the Jacobian at the voltages of the solver."""
    mismatch(network, state, solver)
    factor_forward(network, state, solver, POWER)


@njit(**INNER)
def back_substitute(network, solver, form):
    """Solves with the upper blocks and moves the voltages."""
    symbolic, x, upper = network.symbolic, solver.x, solver.upper
    for row in range(len(x) - 1, -1, -1):
        x0, x1 = x[row, 0], x[row, 1]
        up = symbolic.upper_start[row]
        for target in range(symbolic.target_start[row] + symbolic.lower_count[row] + 1, symbolic.target_start[row + 1]):
            column = symbolic.target_column[target]
            x0 -= upper[up, 0] * x[column, 0] + upper[up, 1] * x[column, 1]
            x1 -= upper[up, 2] * x[column, 0] + upper[up, 3] * x[column, 1]
            up += 1
        x[row, 0], x[row, 1] = x0, x1
        v, d = solver.v[row], complex(x0, x1)
        if form == CURRENT:
            solver.v[row] = v + d
        else:
            # d/v changes the magnitude by its real part and turns by its imaginary part 2t: e^2jt to within t^3
            relative = d * np.conj(v) / square(v)
            t = relative.imag / 2
            solver.v[row] = v * complex(1 - t * t, 2 * t) * ((1 + relative.real) / (1 + t * t))


@njit(**INNER)
def is_rounding(network, state, solver, tolerance_pu):
    """Whether what is left of the mismatch is within rounding of the sums it comes from."""
    symbolic, v, x = network.symbolic, solver.v, solver.x
    for row in range(len(v)):
        vm = abs(v[row])
        size = abs(state.y[symbolic.target_start[row] + symbolic.lower_count[row]]) * vm + abs(state.j[row])
        for at in range(symbolic.entry_start[row], symbolic.entry_start[row + 1]):
            target = symbolic.entry_target[at]
            size += abs(state.y[target]) * abs(v[symbolic.target_column[target]])
        allowed = max(tolerance_pu, ROUNDING_UNITS * EPSILON * vm * size)
        if network.is_pv[row]:
            if not (abs(x[row, 0]) <= allowed and abs(x[row, 1]) <= MAGNITUDE_TOLERANCE):
                return False
        elif not np.hypot(x[row, 0], x[row, 1]) * vm <= allowed:
            return False
    return True


@njit(**INNER)
def magnitude_tolerance(tolerance_pu):
    """On (|v|^2 - V^2)/2 at PV nodes."""
    return min(max(tolerance_pu, MAGNITUDE_TOLERANCE_LEAST), MAGNITUDE_TOLERANCE)


@njit(**INNER)
def run(network, state, solver, form, tolerance_pu, max_iterations):
    """Steps of one form from the voltages of the solver; status, iterations and largest power mismatch."""
    before, good, iteration = np.inf, True, 0
    while True:
        power, magnitude, lowest = mismatch(network, state, solver)
        small = power <= tolerance_pu and magnitude <= magnitude_tolerance(tolerance_pu)
        stalls = iteration > 1 and power >= STALLED_RATIO * before
        if small or (stalls and is_rounding(network, state, solver, tolerance_pu)):
            return DIVERGED if lowest < COLLAPSED_PU else CONVERGED, iteration, power
        if not good:
            return SINGULAR, iteration, power
        if not power <= HOPELESS_PU:
            return DIVERGED, iteration, power
        if iteration == max_iterations:
            return MAX_ITERATIONS, iteration, power
        before = power
        good = factor_forward(network, state, solver, form)
        back_substitute(network, solver, form)
        iteration += 1


@njit(**FAST)
def solve(network, state, solver, elsewhere, tolerance_pu, max_iterations):
    """Power steps from the voltages of the solver, then current steps from the start of the grid.

    `elsewhere`: these voltages are not near that start, so power steps are tried from there too.
    """
    status, iterations, power = run(network, state, solver, POWER, tolerance_pu, max_iterations)
    if status != CONVERGED and elsewhere:
        begin(network, state, solver)
        status, iterations, power = run(network, state, solver, POWER, tolerance_pu, max_iterations)
    if status != CONVERGED:
        begin(network, state, solver)
        status, iterations, power = run(network, state, solver, CURRENT, tolerance_pu, max_iterations)
    return status, iterations, power


@njit(**INNER)
def begin(network, state, solver):
    """Voltages at the start of the grid; the set point as real voltage wherever a row is not live."""
    for row in range(len(solver.v)):
        node = network.symbolic.node_of[row]
        solver.v[row] = network.start[node] if state.live[node] else complex(network.vm_set[node], 0.0)
