"""Newton in the lanes, compiled: eight cases side by side, each with its own matrix on one shared pattern.

Symbols and equations as in docs/theory/load-flow.md: v = e + jf, i = sum_j Y_kj v_j - (current from slack nodes);
PQ rows in current mismatch, PV rows in active power and squared magnitude. Arrays end in `[.., lane]`. The same rows
give two kinds of steps, which differ in the own block of PQ rows and in how a step is taken: power and current.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gridprio.kernels.numba_backend.lanes import (
    LANES,
    larger,
    load,
    not_less,
    root,
    select,
    size,
    smaller,
    splat,
    store,
)

CONVERGED, MAX_ITERATIONS, DIVERGED, SINGULAR = 0, 1, 2, 3
PIVOT_THRESHOLD = 1e-11
LANE_STEPS = 12
"""Steps after which a lane is given up, so that it does not keep the other lanes waiting."""
HOPELESS_PU = 1e9
COLLAPSED_PU = 0.1
ROUNDING_UNITS = 8.0
EPSILON = 2.220446049250313e-16

POWER, CURRENT = 0, 1
"""Forms of a step: the derivative of the power mismatch and a step in magnitude and angle, which is Newton in polar
coordinates; the derivative of the current mismatch and a step in e and f. Far from the solution one finds what the
other does not."""

FAST = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
INNER = FAST | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""For what only compiled code calls: the way in from Python would take as long to compile as the function."""


@njit(**INNER)
def find_live(n_node, from_node, to_node, incident_start, incident, slack, closed, live):
    """Marks the nodes connected to a slack through closed branches."""
    live[:] = False
    queue = np.empty(n_node, np.int32)
    count = 0
    for node in range(n_node):
        if slack[node]:
            live[node] = True
            queue[count] = node
            count += 1
    following = 0
    while following < count:
        node = queue[following]
        following += 1
        for at in range(incident_start[node], incident_start[node + 1]):
            branch = incident[at]
            other = to_node[branch] if from_node[branch] == node else from_node[branch]
            if closed[branch] and not live[other]:
                live[other] = True
                queue[count] = other
                count += 1


@njit(**INNER)
def assemble(symbolic, branches, nodes, closed, live, lane, y_re, y_im, j_re, j_im):
    """Admittances of one lane, summed in branch order for its own state (C8); dead rows keep their voltage."""
    node_of, row_of, target_start, lower_count = symbolic[0], symbolic[1], symbolic[2], symbolic[3]
    branch_target, incident_start, incident = symbolic[10], symbolic[11], symbolic[12]
    from_node, to_node, y_ff, y_ft, y_tf, y_tt = branches
    vm_set, v_fixed, y_shunt = nodes[0], nodes[1], nodes[2]
    for row in range(len(node_of)):
        node = node_of[row]
        diagonal = target_start[row] + lower_count[row]
        for target in range(target_start[row], target_start[row + 1]):
            y_re[target, lane] = 0.0
            y_im[target, lane] = 0.0
        j_re[row, lane] = 0.0
        j_im[row, lane] = 0.0
        if not live[node]:
            y_im[diagonal, lane] = 1.0
            j_im[row, lane] = vm_set[node]
            continue
        own = y_shunt[node]
        for at in range(incident_start[node], incident_start[node + 1]):
            b = incident[at]
            if not closed[b]:
                continue
            is_from = from_node[b] == node
            other = to_node[b] if is_from else from_node[b]
            own += y_ff[b] if is_from else y_tt[b]
            if other == node:
                own += y_ft[b] + y_tf[b] + y_tt[b]
                continue
            mutual = y_ft[b] if is_from else y_tf[b]
            if row_of[other] < 0:
                current = mutual * v_fixed[other]
                j_re[row, lane] -= current.real
                j_im[row, lane] -= current.imag
            else:
                target = branch_target[b, 0 if is_from else 1]
                y_re[target, lane] += mutual.real
                y_im[target, lane] += mutual.imag
        y_re[diagonal, lane] = own.real
        y_im[diagonal, lane] = own.imag


@njit(**INNER)
def constant_current(nodes, dead, node, row):
    """Constant-current part of a row in the lanes, zero where it is dead."""
    idle = 0
    for k in range(LANES):
        idle |= np.intp(dead[row, k]) << k
    c = nodes[3][node]
    return select(idle, splat(0.0), splat(c.real)), select(idle, splat(0.0), splat(c.imag))


@njit(**INNER)
def mismatch(symbolic, nodes, tile, found):
    """Right-hand side into `x`, currents into `current`; into `found[3, lane]` the largest power mismatch, NaN when one
    is not finite, the largest magnitude mismatch and the smallest abs(v)^2."""
    node_of, target_start, lower_count, column = symbolic[0], symbolic[2], symbolic[3], symbolic[4]
    entry_start, entry_target = symbolic[8], symbolic[9]
    vm_set, s_current, is_pv = nodes[0], nodes[3], nodes[4]
    v, s, current, x, y_re, y_im, j_re, j_im, dead = tile[:9]
    power, magnitude, finite, smallest = splat(0.0), splat(0.0), splat(0.0), splat(np.inf)
    for row in range(len(node_of)):
        e, f = load(v, 2 * row), load(v, 2 * row + 1)
        d = target_start[row] + lower_count[row]
        g, b = load(y_re, d), load(y_im, d)
        i_re = g * e - b * f - load(j_re, row)
        i_im = g * f + b * e - load(j_im, row)
        for at in range(entry_start[row], entry_start[row + 1]):
            t = entry_target[at]
            c = column[t]
            g, b = load(y_re, t), load(y_im, t)
            h, k = load(v, 2 * c), load(v, 2 * c + 1)
            i_re = i_re + g * h - b * k
            i_im = i_im + g * k + b * h
        store(current, 2 * row, i_re)
        store(current, 2 * row + 1, i_im)
        node = node_of[row]
        v2 = e * e + f * f
        smallest = smaller(smallest, v2)
        p, q = load(s, 2 * row), load(s, 2 * row + 1)
        if s_current[node] != 0.0:
            c_re, c_im = constant_current(nodes, dead, node, row)
            vm = root(v2)
            p, q = p - c_re * vm, q - c_im * vm
        dp = p - (e * i_re + f * i_im)
        power = larger(power, size(dp))
        if is_pv[row]:
            dv = (splat(vm_set[node] * vm_set[node]) - v2) * splat(0.5)
            magnitude = larger(magnitude, size(dv))
            finite = finite + size(dp) + size(dv)
            store(x, 2 * row, dp)
            store(x, 2 * row + 1, dv)
        else:
            dq = q - (f * i_re - e * i_im)
            power = larger(power, size(dq))
            finite = finite + size(dp) + size(dq)
            # conj(ds)/conj(v) = (dp - j dq) v / |v|^2
            scale = splat(1.0) / v2
            store(x, 2 * row, (dp * e + dq * f) * scale)
            store(x, 2 * row + 1, (dp * f - dq * e) * scale)
    # infinity times zero is NaN, so this finds both
    store(found, 0, power + finite * splat(0.0))
    store(found, 1, magnitude)
    store(found, 2, smallest)


@njit(**INNER)
def own_block(nodes, tile, node, row, pv, form):
    """Derivatives of the equations of a row to its own voltage, beside the admittance."""
    v, s, current, dead = tile[0], tile[1], tile[2], tile[8]
    e, f = load(v, 2 * row), load(v, 2 * row + 1)
    v2 = e * e + f * f
    constant = nodes[3][node] != 0.0
    if pv:
        w0, w1 = load(current, 2 * row), load(current, 2 * row + 1)
        if constant:
            scale = constant_current(nodes, dead, node, row)[0] / root(v2)
            w0, w1 = w0 + e * scale, w1 + f * scale
        return w0, w1, e, f
    scale = splat(1.0) / v2
    if form == POWER:
        i_re, i_im = load(current, 2 * row), load(current, 2 * row + 1)
    else:
        p, q = load(s, 2 * row), load(s, 2 * row + 1)
        i_re, i_im = (p * e + q * f) * scale, (p * f - q * e) * scale
    # i/conj(v) = a + jb, which multiplies conj(d)
    a, b = (i_re * e - i_im * f) * scale, (i_re * f + i_im * e) * scale
    w0, w1, w2, w3 = a, b, b, -a
    if constant:
        # conj(c) v/|v|^3, which multiplies Re(conj(v) d) or, in current, j Im(conj(v) d)
        c_re, c_im = constant_current(nodes, dead, node, row)
        scale = scale / root(v2)
        k_re, k_im = (c_re * e + c_im * f) * scale, (c_re * f - c_im * e) * scale
        if form == POWER:
            w0, w1, w2, w3 = w0 + k_re * e, w1 + k_re * f, w2 + k_im * e, w3 + k_im * f
        else:
            w0, w1, w2, w3 = w0 + k_im * f, w1 - k_im * e, w2 - k_re * f, w3 + k_re * e
    return w0, w1, w2, w3


@njit(**INNER)
def factor_forward(symbolic, nodes, tile, form):
    """Jacobian, its block LU and the forward solve, row by row; bits of the lanes in which a pivot block is too small.

    Lower blocks and inverse diagonal blocks are kept where the tile has room for all rows.
    """
    node_of, target_start, lower_count, column = symbolic[0], symbolic[2], symbolic[3], symbolic[4]
    term_start, term_lower, term_upper, upper_start = symbolic[5], symbolic[6], symbolic[7], symbolic[13]
    is_pv = nodes[4]
    v, x, y_re, y_im, upper, lower, inverse = tile[0], tile[3], tile[4], tile[5], tile[9], tile[10], tile[11]
    kept, bad, zero = len(inverse) == len(node_of), 0, splat(0.0)
    for row in range(len(node_of)):
        first, diagonal, pv = target_start[row], lower_count[row], is_pv[row]
        base = first - row - upper_start[row] if kept else 0
        e, f = load(v, 2 * row), load(v, 2 * row + 1)
        r0, r1 = load(x, 2 * row), load(x, 2 * row + 1)
        n0, n1, n2, n3 = zero, zero, zero, zero
        for position in range(target_start[row + 1] - first):
            target = first + position
            g, b = load(y_re, target), load(y_im, target)
            w0, w1, w2, w3 = (e * g + f * b, f * g - e * b, zero, zero) if pv else (g, -b, b, g)
            if position == diagonal:
                a0, a1, a2, a3 = own_block(nodes, tile, node_of[row], row, pv, form)
                w0, w1, w2, w3 = w0 + a0, w1 + a1, w2 + a2, w3 + a3
            for at in range(term_start[target], term_start[target + 1]):
                p, q = 4 * (base + term_lower[at]), 4 * term_upper[at]
                u0, u1, u2, u3 = load(upper, q), load(upper, q + 1), load(upper, q + 2), load(upper, q + 3)
                l0, l1 = load(lower, p), load(lower, p + 1)
                w0, w1 = w0 - l0 * u0 - l1 * u2, w1 - l0 * u1 - l1 * u3
                if not pv:
                    l0, l1 = load(lower, p + 2), load(lower, p + 3)
                    w2, w3 = w2 - l0 * u0 - l1 * u2, w3 - l0 * u1 - l1 * u3
            if position < diagonal:
                _store_block(lower, base + position, w0, w1, w2, w3)
                c = column[target]
                y0, y1 = load(x, 2 * c), load(x, 2 * c + 1)
                r0, r1 = r0 - w0 * y0 - w1 * y1, r1 - w2 * y0 - w3 * y1
            elif position == diagonal:
                det = w0 * w3 - w1 * w2
                norms = (size(w0) + size(w1)) * (size(w2) + size(w3))
                bad |= not_less(norms * splat(PIVOT_THRESHOLD), size(det))
                scale = splat(1.0) / det
                n0, n1, n2, n3 = w3 * scale, -(w1 * scale), -(w2 * scale), w0 * scale
            else:
                _store_block(
                    upper,
                    upper_start[row] + position - diagonal - 1,
                    n0 * w0 + n1 * w2,
                    n0 * w1 + n1 * w3,
                    n2 * w0 + n3 * w2,
                    n2 * w1 + n3 * w3,
                )
        if kept:
            _store_block(inverse, row, n0, n1, n2, n3)
        store(x, 2 * row, n0 * r0 + n1 * r1)
        store(x, 2 * row + 1, n2 * r0 + n3 * r1)
    return bad


@njit(**INNER)
def _store_block(blocks, at, w0, w1, w2, w3):
    store(blocks, 4 * at, w0)
    store(blocks, 4 * at + 1, w1)
    store(blocks, 4 * at + 2, w2)
    store(blocks, 4 * at + 3, w3)


@njit(**INNER)
def back_substitute(symbolic, tile, active, form):
    """Solves with the upper blocks and moves the voltages of the active lanes (bits)."""
    node_of, target_start, lower_count, column = symbolic[0], symbolic[2], symbolic[3], symbolic[4]
    upper_start = symbolic[13]
    v, x, upper = tile[0], tile[3], tile[9]
    for row in range(len(node_of) - 1, -1, -1):
        x0, x1 = load(x, 2 * row), load(x, 2 * row + 1)
        at = 4 * upper_start[row]
        for target in range(target_start[row] + lower_count[row] + 1, target_start[row + 1]):
            c = column[target]
            y0, y1 = load(x, 2 * c), load(x, 2 * c + 1)
            x0 = x0 - load(upper, at) * y0 - load(upper, at + 1) * y1
            x1 = x1 - load(upper, at + 2) * y0 - load(upper, at + 3) * y1
            at += 4
        store(x, 2 * row, x0)
        store(x, 2 * row + 1, x1)
        e, f = load(v, 2 * row), load(v, 2 * row + 1)
        to_e, to_f = _turned(e, f, x0, x1) if form == POWER else (e + x0, f + x1)
        store(v, 2 * row, select(active, to_e, e))
        store(v, 2 * row + 1, select(active, to_f, f))


@njit(**INNER)
def _turned(e, f, d_re, d_im):
    """A step in polar form: the relative change d/v changes the magnitude by its real part and turns the voltage by its
    imaginary part t, as (1 + jt/2)/(1 - jt/2), which is e^jt up to t^3/12."""
    one = splat(1.0)
    scale = one / (e * e + f * f)
    t = (d_im * e - d_re * f) * scale * splat(0.5)
    t2 = t * t
    grow = ((d_re * e + d_im * f) * scale + one) / (one + t2)
    c, s = (one - t2) * grow, (t + t) * grow
    return e * c - f * s, f * c + e * s


@njit(**INNER)
def is_rounding(symbolic, nodes, tile, lane, tolerance_pu):
    """Whether what is left of the mismatch of a lane is within rounding of the sums it comes from."""
    node_of, target_start, lower_count, column = symbolic[0], symbolic[2], symbolic[3], symbolic[4]
    entry_start, entry_target = symbolic[8], symbolic[9]
    v, x, y_re, y_im, j_re, j_im = tile[0], tile[3], tile[4], tile[5], tile[6], tile[7]
    for row in range(len(node_of)):
        d = target_start[row] + lower_count[row]
        own = np.hypot(v[row, 0, lane], v[row, 1, lane])
        size = np.hypot(y_re[d, lane], y_im[d, lane]) * own + np.hypot(j_re[row, lane], j_im[row, lane])
        for at in range(entry_start[row], entry_start[row + 1]):
            t = entry_target[at]
            other = np.hypot(v[column[t], 0, lane], v[column[t], 1, lane])
            size += np.hypot(y_re[t, lane], y_im[t, lane]) * other
        allowed = max(tolerance_pu, ROUNDING_UNITS * EPSILON * own * size)
        if nodes[4][row]:
            if not (abs(x[row, 0, lane]) <= allowed and abs(x[row, 1, lane]) <= 1e-9):
                return False
        elif not np.hypot(x[row, 0, lane], x[row, 1, lane]) * own <= allowed:
            return False
    return True


@njit(**INNER)
def magnitude_tolerance(tolerance_pu):
    """On (abs(v)^2 - V^2)/2 at PV nodes."""
    return min(max(tolerance_pu, 1e-13), 1e-9)


@njit(**INNER)
def run(symbolic, nodes, tile, lanes, form, tolerance_pu, max_iterations, ends):
    """Steps of one form until each of `lanes` (bits) has ended; fills its `ends` and returns the lanes that were left
    without a solution. Lanes that are done stay as they are."""
    status, iterations, residual_pu = ends
    allowed = magnitude_tolerance(tolerance_pu)
    found, before = np.empty((3, LANES)), np.full(LANES, np.inf)
    power, magnitude, smallest = found
    active, bad, left, iteration = lanes, 0, 0, 0
    while True:
        mismatch(symbolic, nodes, tile, found)
        for k in range(LANES):
            if not (active >> k) & 1:
                continue
            end = -1
            stalls = iteration > 1 and power[k] >= 0.25 * before[k]
            small = power[k] <= tolerance_pu and magnitude[k] <= allowed
            if small or (stalls and is_rounding(symbolic, nodes, tile, k, tolerance_pu)):
                end = DIVERGED if smallest[k] < COLLAPSED_PU * COLLAPSED_PU else CONVERGED
            elif (bad >> k) & 1:
                end = SINGULAR
            elif not power[k] <= HOPELESS_PU:
                end = DIVERGED
            elif iteration == min(max_iterations, LANE_STEPS):
                end = MAX_ITERATIONS
            before[k] = power[k]
            if end >= 0:
                active &= ~(1 << k)
                left |= 0 if end == CONVERGED else 1 << k
                status[k], iterations[k], residual_pu[k] = end, iteration, power[k]
        if active == 0:
            return left
        bad = factor_forward(symbolic, nodes, tile, form)
        back_substitute(symbolic, tile, active, form)
        iteration += 1


@njit(**INNER)
def solve(symbolic, nodes, tile, start, lanes, elsewhere, tolerance_pu, max_iterations, ends):
    """Power steps from the voltages of the tile, then current steps from `start[node]` for the lanes that are left.

    `elsewhere`: the voltages of the tile are not near `start`, so power steps are tried from there too. Returns the
    lanes (bits) without a solution.
    """
    left = lanes
    for attempt in range(3):
        if left == 0 or (attempt == 1 and not elsewhere):
            continue
        if attempt > 0:
            begin(symbolic, nodes, tile, start, left)
        form = CURRENT if attempt == 2 else POWER
        left = run(symbolic, nodes, tile, left, form, tolerance_pu, max_iterations, ends)
    return left


@njit(**INNER)
def begin(symbolic, nodes, tile, start, lanes):
    """Start voltages in `lanes` (bits); the set point as real voltage wherever a node is dead."""
    v, dead = tile[0], tile[8]
    for row in range(len(v)):
        node = symbolic[0][row]
        for k in range(LANES):
            if (lanes >> k) & 1:
                v[row, 0, k] = nodes[0][node] if dead[row, k] else start[node].real
                v[row, 1, k] = 0.0 if dead[row, k] else start[node].imag
