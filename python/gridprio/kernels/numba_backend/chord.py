"""Chord steps: one factorised Jacobian for many cases of one state (docs/theory/load-flow.md).

A step moves each voltage by a share of itself, v' = v (1 + w), and w solves J0 w = -h with h the mismatch (at PQ rows
over the squared magnitude) and J0 its derivative by w at a base case v0. Order of calculation: the right-hand side at
the base follows from the injections alone; then, until the mismatch is small, forward substitution, back substitution
with the move, and the mismatch summed anew from the admittances. The real part of w is the growth of the magnitude, its
imaginary part the turn in radian; all else is in pu.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridprio.kernels.constants import CHORD_CONTRACTION, CHORD_FAR_PU, CHORD_PATIENCE, LOW_PU
from gridprio.kernels.numba_backend.network import (
    FAST,
    INNER,
    Complex,
    Floats,
    Network,
    Solver,
    State,
    copy_state,
    new_solver,
    read_injections,
    write_voltages,
)
from gridprio.kernels.numba_backend.newton import CONVERGED, magnitude_tolerance, square
from gridprio.kernels.numba_backend.symbolic import Symbolic

WARM, COLD, FAR = 1, 2, 3
"""What is left of a case: Newton from its voltages, Newton from the start of the grid, a look at its solution."""
Rows = NDArray[np.signedinteger]


class Factor(NamedTuple):
    """What cases near one base case share."""

    state: State
    v: Complex
    """[row], voltage of the base case"""
    scale: Floats
    """[row], 1/|v0|^2 at PQ rows, else 1"""
    by_injection: Floats
    """[row, 2], what the parts of the injection count in the right-hand side at the base"""
    at_base: Floats
    """[row, 2], the rest of that right-hand side"""
    lower: Floats
    """[lower block, 4], factors for w, as the two that follow"""
    inverse: Floats
    """[row, 4]"""
    upper: Floats
    """[upper block, 4]"""

    @classmethod
    def of(cls, network: Network, state: State, solver: Solver) -> Factor:
        """Takes the base case of a solver that has solved and factorised it."""
        is_pv, v0 = network.is_pv, solver.v
        enters: Complex = np.where(is_pv, 1.0, v0)
        (low_row, low_column), (up_row, up_column) = _places(network.symbolic)
        power = v0 * solver.i.conj() + state.c * np.abs(v0)
        v2 = np.abs(v0) ** 2
        scale = np.where(is_pv, 1.0, 1 / v2)
        set_point = (network.vm_set[network.symbolic.node_of] ** 2 - v2) / 2
        return cls(
            copy_state(state),
            v0.copy(),
            scale,
            np.stack([scale, np.where(is_pv, 0.0, -scale)], axis=1),
            np.stack([-power.real * scale, np.where(is_pv, set_point, power.imag * scale)], axis=1),
            _times(1 / enters[low_row], solver.lower, v0[low_column]),
            _times(1 / v0, solver.inverse, enters),
            _times(1 / v0[up_row], solver.upper, v0[up_column]),
        )


def _places(symbolic: Symbolic) -> tuple[tuple[Rows, Rows], tuple[Rows, Rows]]:
    """Row and column of each lower and each upper block, row by row."""
    lower_count, column = symbolic.lower_count, symbolic.target_column
    row = np.repeat(np.arange(len(lower_count)), np.diff(symbolic.target_start))
    place = np.arange(len(row)) - symbolic.target_start[:-1][row]
    is_lower, is_upper = place < lower_count[row], place > lower_count[row]
    return (row[is_lower], column[is_lower]), (row[is_upper], column[is_upper])


def _times(z: Complex, blocks: Floats, w: Complex) -> Floats:
    """z (2x2 block) w, for each of many."""
    a, b, c, d = blocks.T
    a, b, c, d = z.real * a - z.imag * c, z.real * b - z.imag * d, z.imag * a + z.real * c, z.imag * b + z.real * d
    return np.stack(
        [a * w.real + b * w.imag, b * w.real - a * w.imag, c * w.real + d * w.imag, d * w.real - c * w.imag], axis=1
    )


@njit(**FAST)
def solve_near(network, batch, factor, cases, tolerance_pu, max_iterations, out, left):
    """Chord steps for `cases` near the base of the factor.

    What does not end well is marked in `left[case]`: WARM goes on from the voltages in `out`, COLD begins anew, because
    it may have come to another solution than that at which the grid runs; so may FAR, which ended well.
    """
    solver = new_solver(network)
    for case in cases:
        read_injections(network, batch, case, factor.state.live, solver.s)
        steps, power, good = _steps(network, factor, solver, tolerance_pu, max_iterations)
        low, far = False, False
        for row in range(len(solver.v)):
            low |= not abs(solver.v[row]) >= LOW_PU
            far |= not abs(solver.v[row] - factor.v[row]) <= CHORD_FAR_PU
        if low or (far and not good):
            left[case] = COLD
        elif far:
            left[case] = FAR
        else:
            left[case] = 0 if good else WARM
        out.status[case], out.iterations[case], out.residual_pu[case] = CONVERGED, steps, power
        write_voltages(network, factor.state.live, solver.v, out.v_pu[case])


@njit(**INNER)
def _steps(network, factor, solver, tolerance_pu, max_iterations):
    """From the base voltages until done or led astray; steps, largest power mismatch, whether it is done."""
    s, x, before, power = solver.s, solver.x, np.inf, np.inf
    for row in range(len(s)):
        solver.v[row] = factor.v[row]
        x[row, 0] = factor.by_injection[row, 0] * s[row].real + factor.at_base[row, 0]
        x[row, 1] = factor.by_injection[row, 1] * s[row].imag + factor.at_base[row, 1]
    for step in range(1, max_iterations + 1):
        _forward(network.symbolic, factor, x)
        _backward(network.symbolic, factor, solver.v, x, step == 1)
        power, magnitude = _mismatch(network, factor, solver)
        if power <= tolerance_pu and magnitude <= magnitude_tolerance(tolerance_pu):
            return step, power, True
        contraction = power / before
        needed = np.log(tolerance_pu / power) / np.log(contraction)
        before = power
        # also when the contraction is none, or not a number
        if step > 2 and not (contraction < CHORD_CONTRACTION and needed < CHORD_PATIENCE):
            return step, power, False
    return max_iterations, power, False


@njit(**INNER)
def _forward(symbolic, factor, x):
    """Solves with the lower and diagonal blocks, in place."""
    lower, inverse, at = factor.lower, factor.inverse, 0
    for row in range(len(x)):
        a, b = x[row, 0], x[row, 1]
        first = symbolic.target_start[row]
        for target in range(first, first + symbolic.lower_count[row]):
            column = symbolic.target_column[target]
            a -= lower[at, 0] * x[column, 0] + lower[at, 1] * x[column, 1]
            b -= lower[at, 2] * x[column, 0] + lower[at, 3] * x[column, 1]
            at += 1
        x[row, 0] = inverse[row, 0] * a + inverse[row, 1] * b
        x[row, 1] = inverse[row, 2] * a + inverse[row, 3] * b


@njit(**INNER)
def _backward(symbolic, factor, v, x, is_first):
    """Solves with the upper blocks, in place, and moves the voltages; the first step, the longest, to second order."""
    upper = factor.upper
    for row in range(len(x) - 1, -1, -1):
        growth, turn = x[row, 0], x[row, 1]
        at = symbolic.upper_start[row]
        for target in range(symbolic.target_start[row] + symbolic.lower_count[row] + 1, symbolic.target_start[row + 1]):
            column = symbolic.target_column[target]
            growth -= upper[at, 0] * x[column, 0] + upper[at, 1] * x[column, 1]
            turn -= upper[at, 2] * x[column, 0] + upper[at, 3] * x[column, 1]
            at += 1
        x[row, 0], x[row, 1] = growth, turn
        if is_first:
            growth -= turn * turn / 2
        v[row] *= complex(1 + growth, turn)


@njit(**INNER)
def _mismatch(network, factor, solver):
    """The right-hand side at the voltages, with 1/|v|^2 to first order in the distance from the base.

    Returns the largest power mismatch, NaN when one is not finite, and that of magnitudes.
    """
    symbolic, state, v, x = network.symbolic, factor.state, solver.v, solver.x
    power, magnitude, total = 0.0, 0.0, 0.0
    for row in range(len(v)):
        i = state.y[symbolic.target_start[row] + symbolic.lower_count[row]] * v[row] - state.j[row]
        for at in range(symbolic.entry_start[row], symbolic.entry_start[row + 1]):
            target = symbolic.entry_target[at]
            i += state.y[target] * v[symbolic.target_column[target]]
        v2 = square(v[row])
        miss = solver.s[row] - v[row] * np.conj(i)
        if state.c[row] != 0.0:
            miss -= state.c[row] * np.sqrt(v2)
        power = max(power, abs(miss.real))
        total += miss.real
        if network.is_pv[row]:
            set_point = network.vm_set[symbolic.node_of[row]]
            by_v = (set_point * set_point - v2) / 2
            magnitude = max(magnitude, abs(by_v))
            x[row, 0], x[row, 1] = miss.real, by_v
        else:
            power = max(power, abs(miss.imag))
            total += miss.imag
            scale = factor.scale[row] * (2.0 - factor.scale[row] * v2)
            x[row, 0], x[row, 1] = miss.real * scale, -miss.imag * scale
    # infinity times zero is NaN, so this finds both
    return power + total * 0.0, magnitude
