"""Solving one contingency of a cell in eight hours at a time, with take-off after a fault."""

from __future__ import annotations

import numpy as np
from numba import njit

from gridprio.kernels.numba_backend import newton
from gridprio.kernels.numba_backend.adjoint import by_injection, differentiate, factorise
from gridprio.kernels.numba_backend.lanes import LANES
from gridprio.kernels.numba_backend.newton import CONVERGED, FAST
from gridprio.kernels.numba_backend.pivoting import solve_from_scratch
from gridprio.model.cell import INFLUENCE_SHARE, SECURE_PERCENT, TIE_PERCENT


@njit(**FAST)
def load_contingency(network, tiles, closed, live):
    """Admittances of one contingency in all lanes."""
    y_re, y_im, j_re, j_im, dead = tiles.first[4:9]
    newton.assemble(network.symbolic, network.branches, network.nodes, closed, live, 0, y_re, y_im, j_re, j_im)
    for lane in range(LANES):
        for target in range(len(y_re)):
            y_re[target, lane] = y_re[target, 0]
            y_im[target, lane] = y_im[target, 0]
        for row in range(len(j_re)):
            j_re[row, lane] = j_re[row, 0]
            j_im[row, lane] = j_im[row, 0]
            dead[row, lane] = not live[network.symbolic[0][row]]


@njit(**FAST)
def solve_chunk(network, tiles, rules, topology, base, injections, k, hours, used, capped, ok, off):
    """Contingency k in `hours[:used]`; `off[lane, node]` is where the solution that counts has exempt feed-in off.

    `tiles.loading` is that of the solution that counts; `capped` puts the caps of the base cases in `tiles.cap`, else
    the limit. Returns the bits of the lanes whose solution is in the second tile.
    """
    closed, live = topology.closed[k], topology.live[k]
    _set_cases(network, tiles.first, topology, live, injections, hours, used)
    _run(network, tiles.first, rules, closed, live, used, np.ones(LANES, np.bool_), ok)
    _fill_loading(network, tiles.first, closed, live, tiles.loading)
    off[:] = False
    tiles.cap[:] = rules.loading_limit_percent
    if capped:
        for lane in range(used):
            first = base.first[hours[lane], k]
            for at in range(first, first + base.n_passed[hours[lane], k]):
                tiles.cap[base.branch[at], lane] = base.percent[at]
    if k == 0:
        v = tiles.first[0]
        for lane in range(used):
            if ok[lane]:
                topology.is_warm[hours[lane]] = True
                for row in range(len(v)):
                    topology.warm[hours[lane], row, 0] = v[row, 0, lane]
                    topology.warm[hours[lane], row, 1] = v[row, 1, lane]
        return 0
    worst, total = np.full(LANES, -1), np.zeros(LANES)
    asks = False
    for lane in range(used):
        hour = hours[lane]
        if ok[lane] and injections.imports[hour] and injections.has_exempt[hour]:
            total[lane], worst[lane] = _excess(network, tiles.loading, tiles.cap, lane)
            asks |= worst[lane] >= 0
    if not asks:
        return 0
    return _take_off(network, tiles, rules, closed, live, injections, hours, used, worst, total, off)


@njit(**FAST)
def _take_off(network, tiles, rules, closed, live, injections, hours, used, worst, total, off):
    """Tries each asking lane again without the exempt feed-in that adds to its worst branch."""
    node_of, is_pv = network.symbolic[0], network.nodes[4]
    first, second = tiles.first, tiles.second
    factorise(network.symbolic, network.nodes, first)
    differentiate(network.symbolic, network.branches, network.nodes[1], network.percent, closed, live, first, worst)
    tried, ok = np.zeros(LANES, np.bool_), np.zeros(LANES, np.bool_)
    for row in range(len(node_of)):
        for lane in range(LANES):
            for part in range(2):
                second[0][row, part, lane] = first[0][row, part, lane]
                second[1][row, part, lane] = first[1][row, part, lane]
    for lane in range(used):
        if worst[lane] < 0:
            continue
        hour = hours[lane]
        per_mw = network.rated[worst[lane]] / 100.0 / rules.base_mva
        for row in range(len(node_of)):
            node = node_of[row]
            exempt = injections.exempt_mw[hour, node]
            by_p, _ = by_injection(network.symbolic, is_pv, first, node, lane)
            if exempt > 0.0 and by_p * per_mw >= INFLUENCE_SHARE:
                off[lane, node] = True
                tried[lane] = True
                second[1][row, 0, lane] -= exempt / rules.base_mva
                second[1][row, 1, lane] -= injections.exempt_mvar[hour, node] / rules.base_mva
    if not tried.any():
        return 0
    _run(network, second, rules, closed, live, used, tried, ok)
    _fill_loading(network, second, closed, live, tiles.second_loading)
    taken = 0
    for lane in range(used):
        if not tried[lane]:
            continue
        if ok[lane] and _excess(network, tiles.second_loading, tiles.cap, lane)[0] < total[lane]:
            taken |= 1 << lane
            for b in range(len(network.rated)):
                tiles.loading[b, lane] = tiles.second_loading[b, lane]
        else:
            off[lane] = False
    return taken


@njit(**FAST)
def _set_cases(network, tile, topology, live, injections, hours, used):
    """Injections and start voltages; lanes beyond `used` repeat the first."""
    node_of, vm_set = network.symbolic[0], network.nodes[0]
    v, s = tile[0], tile[1]
    for lane in range(LANES):
        hour = hours[lane if lane < used else 0]
        for row in range(len(node_of)):
            node = node_of[row]
            if not live[node]:
                v[row, 0, lane] = vm_set[node]
                v[row, 1, lane] = 0.0
                s[row, 0, lane] = 0.0
                s[row, 1, lane] = 0.0
                continue
            warm = topology.is_warm[hour]
            v[row, 0, lane] = topology.warm[hour, row, 0] if warm else network.start[node].real
            v[row, 1, lane] = topology.warm[hour, row, 1] if warm else network.start[node].imag
            s[row, 0, lane] = injections.p_pu[hour, node]
            s[row, 1, lane] = injections.q_pu[hour, node]


@njit(**FAST)
def _run(network, tile, rules, closed, live, used, wanted, ok):
    """Newton in the lanes; what fails there is done again with pivoting. `ok[lane]`: has a solution."""
    node_of = network.symbolic[0]
    lanes = 0
    for lane in range(used):
        lanes |= np.intp(wanted[lane]) << lane
    left = newton.solve(
        network.symbolic,
        network.nodes,
        tile,
        network.start,
        lanes,
        False,
        rules.tolerance_mva / rules.base_mva,
        rules.max_iterations,
        (np.zeros(LANES, np.uint8), np.zeros(LANES, np.int32), np.zeros(LANES)),
    )
    for lane in range(LANES):
        ok[lane] = ((lanes & ~left) >> lane) & 1
        if not (left >> lane) & 1:
            continue
        v, s = np.empty(len(live), np.complex128), np.zeros(len(live), np.complex128)
        for row in range(len(node_of)):
            s[node_of[row]] = complex(tile[1][row, 0, lane], tile[1][row, 1, lane])
        again = solve_from_scratch(
            network.symbolic,
            network.branches,
            network.nodes,
            network.va_set,
            closed,
            live,
            s,
            rules.tolerance_mva / rules.base_mva,
            rules.max_iterations,
            v,
        )
        ok[lane] = again == CONVERGED
        for row in range(len(node_of)):
            if live[node_of[row]]:
                tile[0][row, 0, lane] = v[node_of[row]].real
                tile[0][row, 1, lane] = v[node_of[row]].imag


@njit(**FAST)
def _fill_loading(network, tile, closed, live, loading):
    """`loading[branch, lane]` in percent, 0 where unrated or idle."""
    row_of, v_fixed = network.symbolic[1], network.nodes[1]
    from_node, to_node, y_ff, y_ft, y_tf, y_tt = network.branches
    v = tile[0]
    ends = np.empty((4, LANES))
    for b in range(len(from_node)):
        if not network.rated[b] > 0.0 or not closed[b] or not live[from_node[b]]:
            loading[b, :] = 0.0
            continue
        for side in range(2):
            node = from_node[b] if side == 0 else to_node[b]
            row = row_of[node]
            for k in range(LANES):
                ends[2 * side, k] = v[row, 0, k] if row >= 0 else v_fixed[node].real
                ends[2 * side + 1, k] = v[row, 1, k] if row >= 0 else v_fixed[node].imag
        ff, ft, tf, tt = y_ff[b], y_ft[b], y_tf[b], y_tt[b]
        by_from, by_to = network.percent[b, 0] ** 2, network.percent[b, 1] ** 2
        for k in range(LANES):
            e, f, g, h = ends[0, k], ends[1, k], ends[2, k], ends[3, k]
            re, im = ff.real * e - ff.imag * f + ft.real * g - ft.imag * h, ff.real * f + ff.imag * e
            im += ft.real * h + ft.imag * g
            at_from = (re * re + im * im) * by_from
            re, im = tf.real * e - tf.imag * f + tt.real * g - tt.imag * h, tf.real * f + tf.imag * e
            im += tt.real * h + tt.imag * g
            loading[b, k] = np.sqrt(max(at_from, (re * re + im * im) * by_to))


@njit(**FAST)
def _excess(network, loading, cap, lane):
    """Sum of MVA above the caps and the branch with most of it, -1 for none."""
    total, most, at = 0.0, 0.0, -1
    for b in range(len(network.rated)):
        over = loading[b, lane] - cap[b, lane]
        if over > SECURE_PERCENT and network.rated[b] > 0.0:
            mva = over / 100.0 * network.rated[b]
            total += mva
            if at < 0 or mva > most + TIE_PERCENT:
                most, at = mva, b
    return total, at
