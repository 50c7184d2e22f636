"""Chord steps: one factorised Jacobian for many cases of one state, eight cases in the lanes.

A step moves each voltage by a share of itself, v' = v (1 + w), and w solves J0 w = -h, with h the mismatch, at PQ rows
over the squared magnitude, and J0 its derivative by w at a base case (docs/theory/load-flow.md). The mismatch is summed
from the admittances after each step. All lanes go on as long as one does.
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
"""Lowest voltage of a solution that chord steps are believed, and distance from the base at which it is looked at."""
WARM, COLD, FAR = 1, 2, 3
PATIENCE = 16.0
"""Steps still needed above which Newton is the better way."""
CONTRACTION = 0.9
"""A lane that contracts by less in a step is led astray."""


Complexes = NDArray[np.complex128]
Rows = NDArray[np.int64]


class Factor(NamedTuple):
    """What the lanes share: the factors of the base case, scaled for `w`, and the admittances."""

    v: Floats
    """[row, 2], voltage of the base case"""
    begin: Floats
    """[row, 4], what the two parts of the injection count in the right-hand side, and the rest of that at the base; the
    first is 1/abs(v0)^2 at PQ rows"""
    lower: Floats
    """[lower block, 4], row by row"""
    inverse: Floats
    """[row, 4], inverse diagonal blocks"""
    upper: Floats
    """[upper block, 4]"""
    y: Floats
    """[target, 2]"""
    j: Floats
    """[row, 2], current from slack nodes"""
    constant: Floats
    """[row, 2], what draws constant current, zero where dead"""
    live: Bools
    """[node]"""

    @classmethod
    def of_lane(cls, network: Any, tile: tuple[Any, ...], lane: int, live: Bools) -> Factor:
        """Takes the base case of a lane whose tile was solved and factorised."""
        node_of, is_pv, c = network.symbolic[0], network.nodes[4], network.nodes[3]
        at = [np.ascontiguousarray(array[..., lane]) for array in tile]
        v, _, i, _, y_re, y_im, j_re, j_im, dead, upper, lower, inverse = at
        j, y = np.stack([j_re, j_im], axis=1), np.stack([y_re, y_im], axis=1)
        c = np.where(dead, 0.0, c[node_of])
        v0 = v[:, 0] + 1j * v[:, 1]
        enters: Complexes = np.where(is_pv, 1.0, v0)
        (low_row, low_column), (up_row, up_column) = _places(network.symbolic)
        power = v0 * (i[:, 0] - 1j * i[:, 1]) + c * np.abs(v0)
        return cls(
            v,
            _begin_numbers(is_pv, v0, power, network.nodes[0][node_of]),
            _times(1 / enters[low_row], lower, v0[low_column]),
            _times(1 / v0, inverse, enters),
            _times(1 / v0[up_row], upper, v0[up_column]),
            y,
            j,
            np.stack([c.real, c.imag], axis=1),
            live,
        )


def _places(symbolic: Any) -> tuple[tuple[Rows, Rows], tuple[Rows, Rows]]:
    """Row and column of each lower and each upper block, row by row."""
    target_start, lower_count, column = symbolic[2], symbolic[3], symbolic[4]
    row = np.repeat(np.arange(len(lower_count)), np.diff(target_start))
    place = np.arange(len(row)) - target_start[:-1][row]
    is_lower, is_upper = place < lower_count[row], place > lower_count[row]
    return (row[is_lower], column[is_lower]), (row[is_upper], column[is_upper])


def _begin_numbers(is_pv: Bools, v0: Complexes, power: Complexes, vm_set: Floats) -> Floats:
    square = np.abs(v0) ** 2
    zero, one = np.zeros_like(square), np.ones_like(square)
    given = np.stack([one, zero, -power.real, (vm_set**2 - square) / 2], axis=1)
    others = np.stack([one, -one, -power.real, power.imag], axis=1) / square[:, None]
    return np.where(is_pv[:, None], given, others)


def _times(z: Complexes, blocks: Floats, w: Complexes) -> Floats:
    """z (2x2 block) w, for each of many."""
    a, b, c, d = blocks.T
    a, b, c, d = z.real * a - z.imag * c, z.real * b - z.imag * d, z.imag * a + z.real * c, z.imag * b + z.real * d
    return np.stack(
        [a * w.real + b * w.imag, b * w.real - a * w.imag, c * w.real + d * w.imag, d * w.real - c * w.imag], axis=1
    )


@njit(**FAST)
def solve_near(network, batch, factor, state, cases, tolerance_pu, max_iterations, out, left):
    """Chord steps for `cases` near the base of the factor, eight after eight.

    What does not end well is marked in `left[case]`: WARM goes on from the voltages in `out`, COLD begins anew, because
    it may have come to another solution than that at which the grid runs; so may FAR, which ended well.
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
        _extremes(factor, v, found)
        for lane in range(used):
            case = cases[first + lane]
            good = found[0, lane] <= tolerance_pu and found[1, lane] <= magnitude_tolerance(tolerance_pu)
            low, far = found[2, lane] < LOW_PU * LOW_PU, not found[3, lane] <= FAR_PU * FAR_PU
            if low or (far and not good):
                left[case] = COLD
            elif far:
                left[case] = FAR
            else:
                left[case] = 0 if good else WARM
            out.status[case], out.iterations[case], out.residual_pu[case] = CONVERGED, steps[lane], found[0, lane]
            write_voltages(network, v, factor.live, lane, out.v_pu[case])


@njit(**INNER)
def _steps(network, factor, state, is_constant, used, tolerance_pu, max_iterations, steps, found):
    """From the base voltages until each lane is done or led astray."""
    before = np.full(LANES, np.inf)
    waiting = (1 << used) - 1
    _begin(factor, state)
    for step in range(1, max_iterations + 1):
        _forward(network.symbolic, factor, state[1])
        _backward(network.symbolic, factor, state[0], state[1], step == 1)
        _mismatch(network, factor, state, is_constant, found)
        for k in range(LANES):
            if not (waiting >> k) & 1:
                continue
            steps[k] = step
            mismatch = found[0, k]
            small = mismatch <= tolerance_pu and found[1, k] <= magnitude_tolerance(tolerance_pu)
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
def _begin(factor, state):
    """Voltages and right-hand side of the base."""
    v, r, s = state
    for row in range(len(factor.v)):
        for part in range(2):
            at = 2 * row + part
            store(v, at, load_all(factor.v, at))
            counts, rest = load_all(factor.begin, 4 * row + part), load_all(factor.begin, 4 * row + 2 + part)
            store(r, at, counts * load(s, at) + rest)


@njit(**INNER)
def _forward(symbolic, factor, r):
    """Solves with the lower and diagonal blocks, in place."""
    target_start, lower_count, column = symbolic[2], symbolic[3], symbolic[4]
    at = 0
    for row in range(len(lower_count)):
        a, b = load(r, 2 * row), load(r, 2 * row + 1)
        first = target_start[row]
        for target in range(first, first + lower_count[row]):
            a, b = _less(a, b, factor.lower, at, r, 2 * column[target])
            at += 4
        own = 4 * row
        store(r, 2 * row, load_all(factor.inverse, own) * a + load_all(factor.inverse, own + 1) * b)
        store(r, 2 * row + 1, load_all(factor.inverse, own + 2) * a + load_all(factor.inverse, own + 3) * b)


@njit(**INNER)
def _less(a, b, blocks, at, x, column):
    """(a, b) less a block times two numbers of `x`."""
    y0, y1 = load(x, column), load(x, column + 1)
    a = a - load_all(blocks, at) * y0 - load_all(blocks, at + 1) * y1
    b = b - load_all(blocks, at + 2) * y0 - load_all(blocks, at + 3) * y1
    return a, b


@njit(**INNER)
def _backward(symbolic, factor, v, r, is_first):
    """Solves with the upper blocks, in place, and moves the voltages; the first step is the longest."""
    target_start, lower_count, column, upper_start = symbolic[2], symbolic[3], symbolic[4], symbolic[13]
    second = splat(0.5 if is_first else 0.0)
    for row in range(len(lower_count) - 1, -1, -1):
        grow, turn = load(r, 2 * row), load(r, 2 * row + 1)
        at = 4 * upper_start[row]
        for target in range(target_start[row] + lower_count[row] + 1, target_start[row + 1]):
            grow, turn = _less(grow, turn, factor.upper, at, r, 2 * column[target])
            at += 4
        store(r, 2 * row, grow)
        store(r, 2 * row + 1, turn)
        grow = grow - second * turn * turn
        e, f = load(v, 2 * row), load(v, 2 * row + 1)
        store(v, 2 * row, e + e * grow - f * turn)
        store(v, 2 * row + 1, f + f * grow + e * turn)


@njit(**INNER)
def _nodal_current(symbolic, factor, v, row):
    """Into branches and shunts and from slack nodes: over a row, the sum of admittance times voltage."""
    diagonal = symbolic[2][row] + symbolic[3][row]
    re, im = splat(0.0) - load_all(factor.j, 2 * row), splat(0.0) - load_all(factor.j, 2 * row + 1)
    re, im = _plus(re, im, factor.y, diagonal, v, row)
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
def _mismatch(network, factor, state, is_constant, found):
    """The right-hand side at the voltages, with 1/abs(v)^2 to first order in the distance from the base.

    Per lane the largest power mismatch, NaN when one is not finite, and that of magnitudes, into `found`.
    """
    v, r, s = state
    node_of, vm_set, is_pv = network.symbolic[0], network.nodes[0], network.nodes[4]
    power, magnitude, finite = splat(0.0), splat(0.0), splat(0.0)
    for row in range(len(is_pv)):
        e, f = load(v, 2 * row), load(v, 2 * row + 1)
        i_re, i_im = _nodal_current(network.symbolic, factor, v, row)
        p, q = load(s, 2 * row), load(s, 2 * row + 1)
        square = e * e + f * f
        if is_constant:
            vm = root(square)
            p, q = p - load_all(factor.constant, 2 * row) * vm, q - load_all(factor.constant, 2 * row + 1) * vm
        dp = p - e * i_re - f * i_im
        power, finite = larger(power, size(dp)), finite + dp
        if is_pv[row]:
            set_point = vm_set[node_of[row]]
            dv = (splat(set_point * set_point) - square) * splat(0.5)
            magnitude = larger(magnitude, size(dv))
            store(r, 2 * row, dp)
            store(r, 2 * row + 1, dv)
        else:
            dq = q - f * i_re + e * i_im
            power, finite = larger(power, size(dq)), finite + dq
            scale = load_all(factor.begin, 4 * row)
            scale = scale * (splat(2.0) - scale * square)
            store(r, 2 * row, dp * scale)
            store(r, 2 * row + 1, splat(0.0) - dq * scale)
    # infinity times zero is NaN, so this finds both
    store(found, 0, power + finite * splat(0.0))
    store(found, 1, magnitude)


@njit(**INNER)
def _extremes(factor, v, found):
    """Per lane the smallest |v|^2 and the largest |v - v0|^2, into `found`."""
    low, far = splat(-np.inf), splat(0.0)
    for row in range(len(factor.v)):
        e, f = load(v, 2 * row), load(v, 2 * row + 1)
        de, df = e - load_all(factor.v, 2 * row), f - load_all(factor.v, 2 * row + 1)
        low, far = larger(low, splat(0.0) - (e * e + f * f)), larger(far, de * de + df * df)
    store(found, 2, splat(0.0) - low)
    store(found, 3, far)
