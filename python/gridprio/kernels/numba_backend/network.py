"""What compiled code sees: a grid, a batch of cases, the state of one case and the buffers of one solver.

Rows are the nodes with unknown voltage in elimination order, targets the blocks of the matrix (`symbolic.py`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridprio.kernels.cases import Cases
from gridprio.kernels.numba_backend.symbolic import Symbolic, analyse
from gridprio.kernels.numba_backend.twins import copy_into
from gridprio.model.grid import NODE_OUT, NODE_PV, NODE_SLACK, GridArrays

FAST = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
INNER = FAST | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""For what only compiled code calls: the way in from Python would take as long to compile as the function."""

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]


def writeable(array: Any) -> Any:
    """The array, or a copy where it may not be written: to Numba that is another type, and compiled again."""
    return array if array.flags.writeable else array.copy()


class Network(NamedTuple):
    """What the cases of a grid share."""

    symbolic: Symbolic
    from_node: Ints
    to_node: Ints
    y_ff: Complex
    """[branch], pu, as the three that follow"""
    y_ft: Complex
    y_tf: Complex
    y_tt: Complex
    y_shunt: Complex
    """[node], pu"""
    s_constant_current: Complex
    """[node], pu at 1 pu"""
    vm_set: Floats
    """[node], pu"""
    v_fixed: Complex
    """[node], pu, voltage of slack nodes, elsewhere the flat start"""
    start: Complex
    """[node], pu, where each case begins: the solved state of the grid as read"""
    is_pv: Bools
    """[row]"""
    slack: Bools
    """[node]"""
    usable: Bools
    """[branch], both ends are in service"""
    outage_start: Ints
    outage_branch: Ints

    @classmethod
    def of(cls, grid: GridArrays) -> Network:
        """Analyses the grid; cases begin flat."""
        symbolic = analyse(grid)
        flat = grid.vm_set_pu * np.exp(1j * grid.va_set_radian)
        usable = (grid.node_kind[grid.from_node] != NODE_OUT) & (grid.node_kind[grid.to_node] != NODE_OUT)
        arrays = cls(
            symbolic=symbolic,
            from_node=grid.from_node,
            to_node=grid.to_node,
            y_ff=grid.y_ff,
            y_ft=grid.y_ft,
            y_tf=grid.y_tf,
            y_tt=grid.y_tt,
            y_shunt=grid.y_shunt,
            s_constant_current=grid.s_constant_current,
            vm_set=grid.vm_set_pu,
            v_fixed=flat,
            start=flat,
            is_pv=grid.node_kind[symbolic.node_of] == NODE_PV,
            slack=grid.node_kind == NODE_SLACK,
            usable=usable,
            outage_start=grid.outage_start,
            outage_branch=grid.outage_branch,
        )
        return cls(symbolic, *(writeable(array) for array in arrays[1:]))


class Batch(NamedTuple):
    """Cases by number; an array with one row stands for all."""

    p: Floats
    """[case or 1, column], in the unit of the caller"""
    q: Floats
    row: Ints
    """[column], -1 where no injection counts"""
    per_unit: float
    own: Complex
    """[row], pu, injection of the grid where no column leads to the row, else zero"""
    outage: Ints
    """[case or 1]"""
    mask: Bools
    """[case or 1, branch]"""

    @classmethod
    def of(cls, cases: Cases, symbolic: Symbolic) -> Batch:
        node, grid = cases.columns.node, cases.grid
        row = np.where(node >= 0, symbolic.row_of[node], -1).astype(np.int32)
        own = (grid.p_pu + 1j * grid.q_pu)[symbolic.node_of]
        own[row[row >= 0]] = 0.0
        p, q, outage, mask = (writeable(x) for x in (cases.p, cases.q, cases.outage, cases.branch_in_service))
        return cls(p, q, row, cases.columns.per_unit, own, outage, mask)


class Results(NamedTuple):
    """One row per case."""

    v_pu: Complex
    status: NDArray[np.uint8]
    iterations: Ints
    residual_pu: Floats


class State(NamedTuple):
    """The grid with the branches of one case."""

    closed: Bools
    """[branch]"""
    live: Bools
    """[node], connected to a slack"""
    y: Complex
    """[target], pu; a row that is not live keeps its set point: its diagonal is j, which is regular in a PV row too"""
    j: Complex
    """[row], pu, current from slack nodes"""
    c: Complex
    """[row], pu, constant-current part of what is drawn"""


def copy_state(state: State) -> State:
    """That is not written into any more."""
    return State(state.closed.copy(), state.live.copy(), state.y.copy(), state.j.copy(), state.c.copy())


class Solver(NamedTuple):
    """Buffers of one solver: Newton's method on one case."""

    v: Complex
    """[row], pu"""
    s: Complex
    """[row], pu, specified injection"""
    i: Complex
    """[row], pu, current into branches and shunts"""
    x: Floats
    """[row, 2], right-hand side, then solution"""
    lower: Floats
    """[lower block, 4], blocks (0 1; 2 3) of the factors, as the two that follow"""
    inverse: Floats
    """[row, 4], inverse diagonal blocks"""
    upper: Floats
    """[upper block, 4]"""


@njit(**FAST)
def new_state(network):
    """A state that nothing was written into."""
    n = len(network.symbolic.node_of)
    return State(
        np.zeros(len(network.from_node), np.bool_),
        np.zeros(len(network.vm_set), np.bool_),
        np.zeros(len(network.symbolic.target_column), np.complex128),
        np.zeros(n, np.complex128),
        np.zeros(n, np.complex128),
    )


@njit(**FAST)
def new_solver(network):
    """Buffers for the grid."""
    symbolic = network.symbolic
    n = len(symbolic.node_of)
    return Solver(
        np.zeros(n, np.complex128),
        np.zeros(n, np.complex128),
        np.zeros(n, np.complex128),
        np.zeros((n, 2)),
        np.zeros((symbolic.lower_start[n], 4)),
        np.zeros((n, 4)),
        np.zeros((symbolic.upper_start[n], 4)),
    )


@njit(**FAST)
def set_state(network, state):
    """Live nodes and admittances for the closed branches; sums go in branch order for the case's own state (C8)."""
    find_live(network, state.closed, state.live)
    symbolic = network.symbolic
    state.y[:] = 0.0
    for row in range(len(symbolic.node_of)):
        node = symbolic.node_of[row]
        diagonal = symbolic.target_start[row] + symbolic.lower_count[row]
        current = 0j
        if not state.live[node]:
            state.y[diagonal], state.j[row], state.c[row] = 1j, 1j * network.vm_set[node], 0.0
            continue
        own = network.y_shunt[node]
        for at in range(symbolic.incident_start[node], symbolic.incident_start[node + 1]):
            b = symbolic.incident[at]
            if not state.closed[b]:
                continue
            is_from = network.from_node[b] == node
            other = network.to_node[b] if is_from else network.from_node[b]
            own += network.y_ff[b] if is_from else network.y_tt[b]
            mutual = network.y_ft[b] if is_from else network.y_tf[b]
            if other == node:
                own += network.y_ft[b] + network.y_tf[b] + network.y_tt[b]
            elif symbolic.row_of[other] < 0:
                current -= mutual * network.v_fixed[other]
            else:
                state.y[symbolic.branch_target[b, 0 if is_from else 1]] += mutual
        state.y[diagonal], state.j[row], state.c[row] = own, current, network.s_constant_current[node]


@njit(**INNER)
def find_live(network, closed, live):
    """Marks the nodes connected to a slack through closed branches."""
    symbolic, from_node, to_node = network.symbolic, network.from_node, network.to_node
    copy_into(live, network.slack)
    queue = np.empty(len(live), np.int32)
    count = 0
    for node in range(len(live)):
        if live[node]:
            queue[count] = node
            count += 1
    following = 0
    while following < count:
        node = queue[following]
        following += 1
        for at in range(symbolic.incident_start[node], symbolic.incident_start[node + 1]):
            branch = symbolic.incident[at]
            other = to_node[branch] if from_node[branch] == node else from_node[branch]
            if closed[branch] and not live[other]:
                live[other] = True
                queue[count] = other
                count += 1


@njit(**INNER)
def read_injections(network, batch, case, live, s):
    """Specified injections of a case into `s[row]`, pu; zero where a row is not live."""
    copy_into(s, batch.own)
    p, q = batch.p[case % len(batch.p)], batch.q[case % len(batch.q)]
    for column in range(len(batch.row)):
        row = batch.row[column]
        if row >= 0:
            s[row] += complex(p[column], q[column]) * batch.per_unit
    for row in range(len(s)):
        if not live[network.symbolic.node_of[row]]:
            s[row] = 0.0


@njit(**INNER)
def write_voltages(network, live, v, out):
    """Voltages of a case into `out[node]`; NaN where nothing feeds the node."""
    for node in range(len(out)):
        row = network.symbolic.row_of[node]
        if not live[node]:
            out[node] = complex(np.nan, np.nan)
        else:
            out[node] = v[row] if row >= 0 else network.v_fixed[node]
