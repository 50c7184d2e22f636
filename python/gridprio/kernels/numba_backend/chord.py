"""Chord steps: one factorised Jacobian for many cases of one state, eight cases in the lanes.

With J0 the Jacobian of a base case and f the mismatch, a step is J0 v' = R(v) with R(v) = J0 v - f(v), and the mismatch
after it is f(v') = R(v) - R(v'). R of PQ rows, which needs no sum over neighbours, and of PV rows, which does, is in
docs/theory/load-flow.md. All lanes go on as long as one does; at the end the mismatch is summed anew.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridprio.kernels.numba_backend.lanes import LANES, larger, load, load_all, root, size, splat, store
from gridprio.kernels.numba_backend.newton import CONVERGED, FAST, INNER, magnitude_tolerance
from gridprio.kernels.numba_backend.tile import Bools, Floats, read_injections, write_voltages

LOW_PU, FAR_PU = 0.6, 0.3
"""Lowest voltage, and largest distance from the base, of a solution that chord steps are believed."""
WARM, COLD = 1, 2
ENOUGH = 0.8
"""Share of the tolerance that leaves room for another order of summation."""
PATIENCE = 16.0
"""Steps still needed above which Newton is the better way."""
CONTRACTION = 0.9
"""A lane that contracts by less in a step is led astray."""
POWER_PER_CURRENT = 1.6
"""Power mismatch is at most abs(v) times the size of the current, and that sqrt(2) times its larger part."""


class Factor(NamedTuple):
    """What the lanes share: the factors of the base case, the admittances and what R needs."""

    v: Floats
    """[row, 2], voltage of the base case"""
    lower: Floats
    """[lower block, 4], row by row"""
    inverse: Floats
    """[row, 4], inverse diagonal blocks"""
    upper: Floats
    """[upper block, 4]"""
    own: Floats
    """[row, 4]; PQ: the base's derivative of the nodal current; PV: sum of Y_kj v_j and the slope of what draws
    constant current"""
    y: Floats
    """[target, 2]"""
    j: Floats
    """[row, 2], current from slack nodes"""
    constant: Floats
    """[row, 2], what draws constant current, zero where dead"""
    pv: NDArray[np.int64]
    """rows of PV nodes"""
    live: Bools
    """[node]"""

    @classmethod
    def of_lane(cls, network: Any, tile: tuple[Any, ...], lane: int, live: Bools) -> Factor:
        """Takes the base case of a lane whose tile was solved and factorised."""
        node_of, is_pv, c = network.symbolic[0], network.nodes[4], network.nodes[3]
        at = [np.ascontiguousarray(array[..., lane]) for array in tile]
        v, _, i, _, y_re, y_im, j_re, j_im, dead, upper, lower, inverse = at
        j = np.stack([j_re, j_im], axis=1)
        c = np.where(dead, 0.0, c[node_of])
        own = np.where(is_pv[:, None], _pv_own(v, i, j, c), _pq_own(v, i, c))
        constant = np.stack([c.real, c.imag], axis=1)
        return cls(
            v, lower, inverse, upper, own, np.stack([y_re, y_im], axis=1), j, constant, np.flatnonzero(is_pv), live
        )


def _pq_own(v: Floats, i: Floats, c: NDArray[np.complex128]) -> Floats:
    """What a PQ row adds to its admittance, in the power form of `newton.own_block`."""
    e, f = v.T
    square = e * e + f * f
    by = (i[:, 0] + 1j * i[:, 1]) * (e + 1j * f) / square
    k = np.conj(c) * (e + 1j * f) / square**1.5
    return np.stack([by.real + k.real * e, by.imag + k.real * f, by.imag + k.imag * e, k.imag * f - by.real], axis=1)


def _pv_own(v: Floats, i: Floats, j: Floats, c: NDArray[np.complex128]) -> Floats:
    slope = v * (c.real / np.hypot(v[:, 0], v[:, 1]))[:, None]
    return np.concatenate([i + j, slope], axis=1)


@njit(**FAST)
def solve_near(network, batch, factor, state, cases, tolerance_pu, max_iterations, out, left):
    """Chord steps for `cases` near the base of the factor, eight after eight.

    What does not end well is marked in `left[case]`: WARM goes on from the voltages in `out`, COLD begins anew, because
    it may have come to another solution than that at which the grid runs.
    """
    v, s = state[0], state[2]
    found, steps = np.empty((4, LANES)), np.zeros(LANES, np.int32)
    is_constant = np.any(factor.constant != 0.0)
    for first in range(0, len(cases), LANES):
        used = min(LANES, len(cases) - first)
        for lane in range(LANES):
            read_injections(batch, cases[first + min(lane, used - 1)], lane, s)
        for row in range(len(s)):
            if not factor.live[network.symbolic[0][row]]:
                store(s, 2 * row, splat(0.0))
                store(s, 2 * row + 1, splat(0.0))
        _steps(network, factor, state, is_constant, used, tolerance_pu, max_iterations, steps, found)
        _residual(network, factor, state, is_constant, found)
        for lane in range(used):
            case = cases[first + lane]
            good = found[0, lane] <= tolerance_pu and found[1, lane] <= magnitude_tolerance(tolerance_pu)
            doubted = found[2, lane] < LOW_PU * LOW_PU or not found[3, lane] <= FAR_PU * FAR_PU
            left[case] = COLD if doubted else (0 if good else WARM)
            out.status[case], out.iterations[case], out.residual_pu[case] = CONVERGED, steps[lane], found[0, lane]
            write_voltages(network, v, factor.live, lane, out.v_pu[case])


@njit(**INNER)
def _steps(network, factor, state, is_constant, used, tolerance_pu, max_iterations, steps, found):
    """From the base voltages until each lane is done or led astray."""
    before = np.full(LANES, np.inf)
    waiting = (1 << used) - 1
    _begin(network, factor, state, is_constant)
    for step in range(1, max_iterations + 1):
        _forward(network.symbolic, factor, state)
        current = _backward(network, factor, state, is_constant)
        power, magnitude = _pv_rows(network, factor, state, is_constant)
        store(found, 0, larger(current * splat(POWER_PER_CURRENT), power))
        store(found, 1, magnitude)
        for k in range(LANES):
            if not (waiting >> k) & 1:
                continue
            steps[k] = step
            mismatch = found[0, k]
            small = mismatch <= ENOUGH * tolerance_pu and found[1, k] <= magnitude_tolerance(tolerance_pu)
            contraction = mismatch / before[k]
            needed = np.log(tolerance_pu / mismatch) / np.log(contraction)
            before[k] = mismatch
            # also when the contraction is none, or not a number
            astray = step > 2 and not (contraction < CONTRACTION and needed < PATIENCE)
            if small or astray:
                waiting &= ~(1 << k)
        if waiting == 0:
            return


@njit(**INNER)
def _begin(network, factor, state, is_constant):
    """Voltages and right-hand side of the base."""
    v, r, s = state
    for row in range(len(v)):
        store(v, 2 * row, load_all(factor.v, 2 * row))
        store(v, 2 * row + 1, load_all(factor.v, 2 * row + 1))
        _pq_row(factor, r, s, row, load(v, 2 * row), load(v, 2 * row + 1), is_constant)
    _pv_rows(network, factor, state, is_constant)


@njit(**INNER)
def _pq_row(factor, r, s, row, e, f, is_constant):
    """The right-hand side of a PQ row into `r`; its largest change."""
    own = 4 * row
    p, q = load(s, 2 * row), load(s, 2 * row + 1)
    square = e * e + f * f
    if is_constant:
        vm = root(square)
        p, q = p - load_all(factor.constant, 2 * row) * vm, q - load_all(factor.constant, 2 * row + 1) * vm
    scale = splat(1.0) / square
    re = load_all(factor.j, 2 * row) + load_all(factor.own, own) * e + load_all(factor.own, own + 1) * f
    im = load_all(factor.j, 2 * row + 1) + load_all(factor.own, own + 2) * e + load_all(factor.own, own + 3) * f
    re, im = re + (p * e + q * f) * scale, im + (p * f - q * e) * scale
    change = larger(size(load(r, 2 * row) - re), size(load(r, 2 * row + 1) - im))
    store(r, 2 * row, re)
    store(r, 2 * row + 1, im)
    return change


@njit(**INNER)
def _forward(symbolic, factor, state):
    """Solves with the lower and diagonal blocks, into `v`."""
    v, r = state[0], state[1]
    target_start, lower_count, column = symbolic[2], symbolic[3], symbolic[4]
    at = 0
    for row in range(len(v)):
        a, b = load(r, 2 * row), load(r, 2 * row + 1)
        first = target_start[row]
        for target in range(first, first + lower_count[row]):
            a, b = _less(a, b, factor.lower, at, v, 2 * column[target])
            at += 4
        own = 4 * row
        store(v, 2 * row, load_all(factor.inverse, own) * a + load_all(factor.inverse, own + 1) * b)
        store(v, 2 * row + 1, load_all(factor.inverse, own + 2) * a + load_all(factor.inverse, own + 3) * b)


@njit(**INNER)
def _less(a, b, blocks, at, x, column):
    """(a, b) less a block times two numbers of `x`."""
    y0, y1 = load(x, column), load(x, column + 1)
    a = a - load_all(blocks, at) * y0 - load_all(blocks, at + 1) * y1
    b = b - load_all(blocks, at + 2) * y0 - load_all(blocks, at + 3) * y1
    return a, b


@njit(**INNER)
def _backward(network, factor, state, is_constant):
    """Solves with the upper blocks, which gives the new voltages, and the right-hand side of the next step at PQ rows;
    returns its largest change."""
    v, r, s = state
    symbolic, is_pv = network.symbolic, network.nodes[4]
    target_start, lower_count, column, upper_start = symbolic[2], symbolic[3], symbolic[4], symbolic[13]
    largest = splat(0.0)
    for row in range(len(v) - 1, -1, -1):
        e, f = load(v, 2 * row), load(v, 2 * row + 1)
        at = 4 * upper_start[row]
        for target in range(target_start[row] + lower_count[row] + 1, target_start[row + 1]):
            e, f = _less(e, f, factor.upper, at, v, 2 * column[target])
            at += 4
        store(v, 2 * row, e)
        store(v, 2 * row + 1, f)
        if not is_pv[row]:
            largest = larger(largest, _pq_row(factor, r, s, row, e, f, is_constant))
    return largest


@njit(**INNER)
def _nodal_current(symbolic, factor, v, row):
    """Sum over a row of admittance times voltage."""
    diagonal = symbolic[2][row] + symbolic[3][row]
    re, im = _plus(splat(0.0), splat(0.0), factor.y, diagonal, v, row)
    for at in range(symbolic[8][row], symbolic[8][row + 1]):
        target = symbolic[9][at]
        re, im = _plus(re, im, factor.y, target, v, symbolic[4][target])
    return re, im


@njit(**INNER)
def _plus(re, im, y, target, v, row):
    g, b = load_all(y, 2 * target), load_all(y, 2 * target + 1)
    e, f = load(v, 2 * row), load(v, 2 * row + 1)
    return re + g * e - b * f, im + g * f + b * e


@njit(**INNER)
def _pv_rows(network, factor, state, is_constant):
    """The right-hand side of PV rows; its largest changes in power and squared magnitude."""
    v, r, s = state
    node_of, vm_set = network.symbolic[0], network.nodes[0]
    power_worst, magnitude_worst, half = splat(0.0), splat(0.0), splat(0.5)
    for row in factor.pv:
        e, f = load(v, 2 * row), load(v, 2 * row + 1)
        k_re, k_im = _nodal_current(network.symbolic, factor, v, row)
        e0, f0 = load_all(factor.v, 2 * row), load_all(factor.v, 2 * row + 1)
        k0, l0 = load_all(factor.own, 4 * row), load_all(factor.own, 4 * row + 1)
        power = load(s, 2 * row) + e0 * k0 + f0 * l0 - (e - e0) * (k_re - k0) - (f - f0) * (k_im - l0)
        square = e * e + f * f
        if is_constant:
            slope = load_all(factor.own, 4 * row + 2) * e + load_all(factor.own, 4 * row + 3) * f
            power = power + slope - load_all(factor.constant, 2 * row) * root(square)
        set_point = vm_set[node_of[row]]
        magnitude = (splat(set_point * set_point) - square) * half + e0 * e + f0 * f
        power_worst = larger(power_worst, size(load(r, 2 * row) - power))
        magnitude_worst = larger(magnitude_worst, size(load(r, 2 * row + 1) - magnitude))
        store(r, 2 * row, power)
        store(r, 2 * row + 1, magnitude)
    return power_worst, magnitude_worst


@njit(**INNER)
def _residual(network, factor, state, is_constant, found):
    """Mismatch summed anew, per lane: the largest power, NaN when one is not finite, and magnitude, into `found`.

    Then the smallest |v|^2 and the largest |v - v0|^2.
    """
    v, _, s = state
    node_of, vm_set, is_pv = network.symbolic[0], network.nodes[0], network.nodes[4]
    power, magnitude, finite = splat(0.0), splat(0.0), splat(0.0)
    low, far = splat(-np.inf), splat(0.0)
    for row in range(len(v)):
        e, f = load(v, 2 * row), load(v, 2 * row + 1)
        i_re, i_im = _nodal_current(network.symbolic, factor, v, row)
        i_re, i_im = i_re - load_all(factor.j, 2 * row), i_im - load_all(factor.j, 2 * row + 1)
        p, q = load(s, 2 * row), load(s, 2 * row + 1)
        square = e * e + f * f
        de, df = e - load_all(factor.v, 2 * row), f - load_all(factor.v, 2 * row + 1)
        low, far = larger(low, splat(0.0) - square), larger(far, de * de + df * df)
        if is_constant:
            vm = root(square)
            p, q = p - load_all(factor.constant, 2 * row) * vm, q - load_all(factor.constant, 2 * row + 1) * vm
        dp = size(p - e * i_re - f * i_im)
        power, finite = larger(power, dp), finite + dp
        if is_pv[row]:
            set_point = vm_set[node_of[row]]
            magnitude = larger(magnitude, size(splat(set_point * set_point) - square) * splat(0.5))
        else:
            dq = size(q - f * i_re + e * i_im)
            power, finite = larger(power, dq), finite + dq
    # infinity times zero is NaN, so this finds both
    store(found, 0, power + finite * splat(0.0))
    store(found, 1, magnitude)
    store(found, 2, splat(0.0) - low)
    store(found, 3, far)
