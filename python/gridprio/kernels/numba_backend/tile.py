"""Cases of a batch in tiles of eight lanes, each lane with its own state of the grid: in, Newton, out.

Compiled code takes no objects, so the grid and the batch are tuples of arrays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridprio.kernels.cases import Cases
from gridprio.kernels.numba_backend.lanes import LANES, zeros
from gridprio.kernels.numba_backend.newton import (
    FAST,
    INNER,
    POWER,
    assemble,
    begin,
    factor_forward,
    find_live,
    mismatch,
    solve,
)
from gridprio.model.grid import NODE_OUT, NODE_SLACK, GridArrays

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]


class Network(NamedTuple):
    """What the tiles of a grid share; the first three as `newton` takes them."""

    symbolic: tuple[Any, ...]
    branches: tuple[Any, ...]
    nodes: tuple[Any, ...]
    start: NDArray[np.complex128]
    """[node], where each case begins: the solved state of the grid as read"""
    slack: Bools
    """[node]"""
    usable: Bools
    """[branch], both ends are in service"""
    outage_start: Ints
    outage_branch: Ints

    @classmethod
    def of(cls, grid: GridArrays, symbolic: Any, branches: Any, nodes: Any, start: Any) -> Network:
        usable = (grid.node_kind[grid.from_node] != NODE_OUT) & (grid.node_kind[grid.to_node] != NODE_OUT)
        slack = grid.node_kind == NODE_SLACK
        outages = writeable(grid.outage_start), writeable(grid.outage_branch)
        return cls(symbolic, branches, nodes, start, slack, usable, *outages)


class Batch(NamedTuple):
    """Cases by number; an array with one row stands for all."""

    p: Floats
    """[case or 1, column], in the unit of the caller"""
    q: Floats
    row: Ints
    """[column], -1 where no injection counts"""
    per_unit: float
    own: Floats
    """[row, 2], pu, injection of the grid where no column leads to the row, else zero"""
    outage: Ints
    """[case or 1]"""
    mask: Bools
    """[case or 1, branch]"""

    @classmethod
    def of(cls, cases: Cases, node_of: Ints, row_of: Ints) -> Batch:
        node, grid = cases.columns.node, cases.grid
        row = np.where(node >= 0, row_of[node], -1).astype(np.int32)
        own = np.stack([grid.p_pu[node_of], grid.q_pu[node_of]], axis=1)
        own[row[row >= 0]] = 0.0
        p, q, outage, mask = (writeable(x) for x in (cases.p, cases.q, cases.outage, cases.branch_in_service))
        return cls(p, q, row, cases.columns.per_unit, own, outage, mask)


def writeable(array: Any) -> Any:
    """The array, or a copy where it may not be written: to Numba that is another type, and compiled again."""
    return array if array.flags.writeable else array.copy()


class Results(NamedTuple):
    """One row per case."""

    v_pu: NDArray[np.complex128]
    status: NDArray[np.uint8]
    iterations: Ints
    residual_pu: Floats


def tile_of(tape: tuple[Any, ...], keep: bool) -> tuple[Any, ...]:
    """Buffers of eight lanes as `newton` takes them; `keep`: with room for all lower blocks."""
    node_of, target_start, column, upper_start = tape[0], tape[2], tape[4], tape[13]
    n, n_target, n_block = len(node_of), len(column), int(upper_start[-1])
    widest = int(np.diff(target_start).max(initial=0))
    lower, inverse = (n_block, n) if keep else (widest, 1)
    return (
        *(zeros(n, 2, LANES) for _ in range(4)),
        *(zeros(m, LANES) for m in (n_target, n_target, n, n)),
        np.zeros((n, LANES), dtype=np.bool_),
        *(zeros(m, 4, LANES) for m in (n_block, lower, inverse)),
    )


@njit(**FAST)
def factorise(symbolic, nodes, tile):
    """Blocks of the factors at the voltages of the tile, which must have room to keep all of them."""
    mismatch(symbolic, nodes, tile, np.empty((3, LANES)))
    factor_forward(symbolic, nodes, tile, np.intp(POWER))  # else compiled a second time, for this very number


@njit(**INNER)
def read_injections(batch, case, lane, s):
    """Injections of a case into `s[row, 2, lane]`, pu."""
    for row in range(len(s)):
        s[row, 0, lane] = batch.own[row, 0]
        s[row, 1, lane] = batch.own[row, 1]
    p, q = batch.p[case % len(batch.p)], batch.q[case % len(batch.q)]
    for column in range(len(batch.row)):
        row = batch.row[column]
        if row >= 0:
            s[row, 0, lane] += p[column] * batch.per_unit
            s[row, 1, lane] += q[column] * batch.per_unit


@njit(**INNER)
def write_voltages(network, v, live, lane, out):
    """Voltages of a lane into `out[node]`; NaN where nothing feeds the node."""
    row_of, fixed = network.symbolic[1], network.nodes[1]
    for node in range(len(out)):
        row = row_of[node]
        if not live[node]:
            out[node] = complex(np.nan, np.nan)
        else:
            out[node] = complex(v[row, 0, lane], v[row, 1, lane]) if row >= 0 else fixed[node]


@njit(**FAST)
def solve_tiles(network, batch, tile, cases, warm, tolerance_pu, max_iterations, out):
    """Newton for `cases`, eight after eight; `warm`: from the voltages in `out`, else from those of the grid.

    Iterations count on from what `out` holds. Cases without a solution keep the status of their lane.
    """
    symbolic, nodes, start = network.symbolic, network.nodes, network.start
    v, dead = tile[0], tile[8]
    closed, live = np.zeros((LANES, len(network.usable)), np.bool_), np.zeros((LANES, len(start)), np.bool_)
    ends = np.zeros(LANES, np.uint8), np.zeros(LANES, np.int32), np.zeros(LANES)
    for first in range(0, len(cases), LANES):
        used = min(LANES, len(cases) - first)
        for lane in range(LANES):
            case = cases[first + min(lane, used - 1)]
            _load(network, batch, tile, case, lane, first == 0, closed[lane], live[lane])
        begin(symbolic, nodes, tile, start, (1 << LANES) - 1)
        for lane in range(used if warm else 0):
            voltages = out.v_pu[cases[first + lane]]
            for row in range(len(v)):
                if not dead[row, lane]:
                    v[row, 0, lane] = voltages[symbolic[0][row]].real
                    v[row, 1, lane] = voltages[symbolic[0][row]].imag
        solve(symbolic, nodes, tile, start, (1 << used) - 1, warm, tolerance_pu, max_iterations, ends)
        for lane in range(used):
            case = cases[first + lane]
            out.status[case], out.residual_pu[case] = ends[0][lane], ends[2][lane]
            out.iterations[case] += ends[1][lane]
            write_voltages(network, v, live[lane], lane, out.v_pu[case])


@njit(**INNER)
def _set_closed(network, batch, case, closed):
    """Branches closed in a case into `closed`; whether they differ from what is there."""
    mask, outage = batch.mask[case % len(batch.mask)], batch.outage[case % len(batch.outage)]
    out = np.zeros(len(closed), np.bool_)
    if outage >= 0:
        for at in range(network.outage_start[outage], network.outage_start[outage + 1]):
            out[network.outage_branch[at]] = True
    differs = False
    for b in range(len(closed)):
        now = mask[b] and network.usable[b] and not out[b]
        differs |= now != closed[b]
        closed[b] = now
    return differs


@njit(**INNER)
def _load(network, batch, tile, case, lane, fresh, closed, live):
    """State, admittances and injections of one lane; what it holds already is not assembled again."""
    symbolic, branches = network.symbolic, network.branches
    _, s, _, _, y_re, y_im, j_re, j_im, dead = tile[:9]
    if _set_closed(network, batch, case, closed) or fresh:
        find_live(len(live), branches[0], branches[1], symbolic[11], symbolic[12], network.slack, closed, live)
        assemble(symbolic, branches, network.nodes, closed, live, lane, y_re, y_im, j_re, j_im)
        for row in range(len(dead)):
            dead[row, lane] = not live[symbolic[0][row]]
    read_injections(batch, case, lane, s)
    for row in range(len(dead)):
        if dead[row, lane]:
            s[row, 0, lane] = 0.0
            s[row, 1, lane] = 0.0
