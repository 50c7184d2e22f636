"""Newton in the lanes, compiled: eight cases side by side, each with its own matrix on one shared pattern.

Symbols and equations as in docs/theory/load-flow.md: v = e + jf, i = sum_j Y_kj v_j - (current from slack nodes);
PQ rows in current mismatch, PV rows in active power and squared magnitude. Arrays end in `[.., lane]`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LANES = 8
CONVERGED, MAX_ITERATIONS, DIVERGED, SINGULAR = 0, 1, 2, 3
PIVOT_THRESHOLD = 1e-11
HOPELESS_PU = 1e9
COLLAPSED_PU = 0.1
ROUNDING_UNITS = 8.0
EPSILON = 2.220446049250313e-16

FAST = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


@njit(**FAST)
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


@njit(**FAST)
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


@njit(**FAST)
def mismatch(symbolic, nodes, tile, power, magnitude):
    """Right-hand side into `x`, currents into `current`; the largest power and magnitude mismatch per lane."""
    node_of, target_start, lower_count, column = symbolic[0], symbolic[2], symbolic[3], symbolic[4]
    entry_start, entry_target = symbolic[8], symbolic[9]
    vm_set, s_current, is_pv = nodes[0], nodes[3], nodes[4]
    v, s, current, x, y_re, y_im, j_re, j_im, dead = tile[:9]
    power[:] = 0.0
    magnitude[:] = 0.0
    i_re, i_im = np.empty(LANES), np.empty(LANES)
    for row in range(len(node_of)):
        d = target_start[row] + lower_count[row]
        for k in range(LANES):
            e, f = v[row, 0, k], v[row, 1, k]
            i_re[k] = y_re[d, k] * e - y_im[d, k] * f - j_re[row, k]
            i_im[k] = y_re[d, k] * f + y_im[d, k] * e - j_im[row, k]
        for at in range(entry_start[row], entry_start[row + 1]):
            t = entry_target[at]
            c = column[t]
            for k in range(LANES):
                i_re[k] += y_re[t, k] * v[c, 0, k] - y_im[t, k] * v[c, 1, k]
                i_im[k] += y_re[t, k] * v[c, 1, k] + y_im[t, k] * v[c, 0, k]
        node = node_of[row]
        for k in range(LANES):
            e, f = v[row, 0, k], v[row, 1, k]
            current[row, 0, k] = i_re[k]
            current[row, 1, k] = i_im[k]
            v2 = e * e + f * f
            c_re = 0.0 if dead[row, k] else s_current[node].real
            c_im = 0.0 if dead[row, k] else s_current[node].imag
            vm = np.sqrt(v2)
            dp = s[row, 0, k] - c_re * vm - (e * i_re[k] + f * i_im[k])
            if is_pv[row]:
                dv = 0.5 * (vm_set[node] * vm_set[node] - v2)
                x[row, 0, k] = dp
                x[row, 1, k] = dv
                if not abs(dv) <= magnitude[k]:
                    magnitude[k] = abs(dv)
            else:
                dq = s[row, 1, k] - c_im * vm - (f * i_re[k] - e * i_im[k])
                x[row, 0, k] = (dp * e + dq * f) / v2
                x[row, 1, k] = (dp * f - dq * e) / v2
                if not abs(dq) <= power[k]:
                    power[k] = abs(dq) if not np.isnan(power[k]) else power[k]
            if not abs(dp) <= power[k]:
                power[k] = abs(dp) if not np.isnan(power[k]) else power[k]


@njit(**FAST)
def factor_forward(symbolic, nodes, tile, bad):
    """Jacobian, its block LU and the forward solve, row by row; marks lanes whose pivot block is too small."""
    node_of, target_start, lower_count, column = symbolic[0], symbolic[2], symbolic[3], symbolic[4]
    term_start, term_lower, term_upper, upper_start = symbolic[5], symbolic[6], symbolic[7], symbolic[13]
    s_current, is_pv = nodes[3], nodes[4]
    v, s, current, x, y_re, y_im, _, _, dead, upper, lower, inverse = tile
    w = np.empty((4, LANES))
    r0, r1 = np.empty(LANES), np.empty(LANES)
    for row in range(len(node_of)):
        first, diagonal = target_start[row], lower_count[row]
        kept = len(inverse) > 1
        base, own = (first - row - upper_start[row], row) if kept else (0, 0)
        pv, c = is_pv[row], s_current[node_of[row]]
        for k in range(LANES):
            r0[k] = x[row, 0, k]
            r1[k] = x[row, 1, k]
        for position in range(target_start[row + 1] - first):
            target = first + position
            if pv:
                for k in range(LANES):
                    e, f, g, b = v[row, 0, k], v[row, 1, k], y_re[target, k], y_im[target, k]
                    w[0, k] = e * g + f * b
                    w[1, k] = f * g - e * b
                    w[2, k] = 0.0
                    w[3, k] = 0.0
            else:
                for k in range(LANES):
                    w[0, k] = y_re[target, k]
                    w[1, k] = -y_im[target, k]
                    w[2, k] = y_im[target, k]
                    w[3, k] = y_re[target, k]
            if position == diagonal:
                for k in range(LANES):
                    e, f = v[row, 0, k], v[row, 1, k]
                    v2 = e * e + f * f
                    vm = np.sqrt(v2)
                    c_re = 0.0 if dead[row, k] else c.real
                    c_im = 0.0 if dead[row, k] else c.imag
                    if pv:
                        w[0, k] += current[row, 0, k] + c_re * e / vm
                        w[1, k] += current[row, 1, k] + c_re * f / vm
                        w[2, k] = e
                        w[3, k] = f
                    else:
                        r, t = e / v2, f / v2
                        r2, t2 = r * r - t * t, 2.0 * r * t
                        a = s[row, 0, k] * r2 + s[row, 1, k] * t2
                        b = s[row, 0, k] * t2 - s[row, 1, k] * r2
                        u_re, u_im = e / vm, f / vm
                        k_re, k_im = (c_im * u_re - c_re * u_im) / vm, (c_re * u_re + c_im * u_im) / vm
                        w[0, k] += a - u_im * k_re
                        w[1, k] += b + u_re * k_re
                        w[2, k] += b - u_im * k_im
                        w[3, k] += u_re * k_im - a
            for at in range(term_start[target], term_start[target + 1]):
                p, q = base + term_lower[at], term_upper[at]
                for k in range(LANES):
                    w[0, k] -= lower[p, 0, k] * upper[q, 0, k] + lower[p, 1, k] * upper[q, 2, k]
                    w[1, k] -= lower[p, 0, k] * upper[q, 1, k] + lower[p, 1, k] * upper[q, 3, k]
                if not pv:
                    for k in range(LANES):
                        w[2, k] -= lower[p, 2, k] * upper[q, 0, k] + lower[p, 3, k] * upper[q, 2, k]
                        w[3, k] -= lower[p, 2, k] * upper[q, 1, k] + lower[p, 3, k] * upper[q, 3, k]
            if position < diagonal:
                j = column[target]
                for k in range(LANES):
                    lower[base + position, 0, k] = w[0, k]
                    lower[base + position, 1, k] = w[1, k]
                    lower[base + position, 2, k] = w[2, k]
                    lower[base + position, 3, k] = w[3, k]
                    r0[k] -= w[0, k] * x[j, 0, k] + w[1, k] * x[j, 1, k]
                    r1[k] -= w[2, k] * x[j, 0, k] + w[3, k] * x[j, 1, k]
            elif position == diagonal:
                for k in range(LANES):
                    det = w[0, k] * w[3, k] - w[1, k] * w[2, k]
                    size = (abs(w[0, k]) + abs(w[1, k])) * (abs(w[2, k]) + abs(w[3, k]))
                    if not abs(det) > PIVOT_THRESHOLD * size:
                        bad[k] = True
                    inverse[own, 0, k] = w[3, k] / det
                    inverse[own, 1, k] = -w[1, k] / det
                    inverse[own, 2, k] = -w[2, k] / det
                    inverse[own, 3, k] = w[0, k] / det
            else:
                at = upper_start[row] + position - diagonal - 1
                for k in range(LANES):
                    upper[at, 0, k] = inverse[own, 0, k] * w[0, k] + inverse[own, 1, k] * w[2, k]
                    upper[at, 1, k] = inverse[own, 0, k] * w[1, k] + inverse[own, 1, k] * w[3, k]
                    upper[at, 2, k] = inverse[own, 2, k] * w[0, k] + inverse[own, 3, k] * w[2, k]
                    upper[at, 3, k] = inverse[own, 2, k] * w[1, k] + inverse[own, 3, k] * w[3, k]
        for k in range(LANES):
            x[row, 0, k] = inverse[own, 0, k] * r0[k] + inverse[own, 1, k] * r1[k]
            x[row, 1, k] = inverse[own, 2, k] * r0[k] + inverse[own, 3, k] * r1[k]


@njit(**FAST)
def back_substitute(symbolic, tile, active):
    """Solves with the upper blocks and moves the voltages of the active lanes."""
    node_of, target_start, lower_count, column = symbolic[0], symbolic[2], symbolic[3], symbolic[4]
    upper_start = symbolic[13]
    v, x, upper = tile[0], tile[3], tile[9]
    for row in range(len(node_of) - 1, -1, -1):
        at = upper_start[row]
        for target in range(target_start[row] + lower_count[row] + 1, target_start[row + 1]):
            c = column[target]
            for k in range(LANES):
                x[row, 0, k] -= upper[at, 0, k] * x[c, 0, k] + upper[at, 1, k] * x[c, 1, k]
                x[row, 1, k] -= upper[at, 2, k] * x[c, 0, k] + upper[at, 3, k] * x[c, 1, k]
            at += 1
        for k in range(LANES):
            if active[k]:
                v[row, 0, k] += x[row, 0, k]
                v[row, 1, k] += x[row, 1, k]


@njit(**FAST)
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


@njit(**FAST)
def run(symbolic, nodes, tile, used, tolerance_pu, max_iterations, status, iterations, residual_pu):
    """Newton steps until every lane has ended; lanes that are done stay as they are."""
    v = tile[0]
    magnitude_tolerance = min(max(tolerance_pu, 1e-13), 1e-9)
    power, magnitude, before = np.empty(LANES), np.empty(LANES), np.full(LANES, np.inf)
    active, bad = np.zeros(LANES, np.bool_), np.zeros(LANES, np.bool_)
    active[:used] = True
    for iteration in range(max_iterations + 1):
        mismatch(symbolic, nodes, tile, power, magnitude)
        for k in range(used):
            if not active[k]:
                continue
            done = True
            stalls = iteration > 1 and power[k] >= 0.25 * before[k]
            small = power[k] <= tolerance_pu and magnitude[k] <= magnitude_tolerance
            if small or (stalls and is_rounding(symbolic, nodes, tile, k, tolerance_pu)):
                status[k] = CONVERGED
                for row in range(len(v)):
                    if np.hypot(v[row, 0, k], v[row, 1, k]) < COLLAPSED_PU:
                        status[k] = DIVERGED
            elif bad[k]:
                status[k] = SINGULAR
            elif not power[k] <= HOPELESS_PU:
                status[k] = DIVERGED
            elif iteration == max_iterations:
                status[k] = MAX_ITERATIONS
            else:
                done = False
            before[k] = power[k]
            if done:
                active[k] = False
                iterations[k] = iteration
                residual_pu[k] = power[k]
        if not active.any():
            return
        bad[:] = False
        factor_forward(symbolic, nodes, tile, bad)
        back_substitute(symbolic, tile, active)
