"""AC load flow by Newton's method in polar coordinates, one case at a time: the definition for the other backends.

Symbols (docs/theory/load-flow.md): v complex node voltage, Y node admittance matrix, s injection at 1 pu,
c constant-current part; mismatch f = v conj(Y v) + c |v| - s, zero at P of PV and PQ nodes and Q of PQ nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from gridprio.kernels.cases import Cases
from gridprio.kernels.constants import COLLAPSED_PU, ROUNDING_UNITS
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import NODE_OUT, NODE_PQ, NODE_SLACK, GridArrays
from gridprio.model.rules import LoadFlowOptions

Complex = NDArray[np.complex128]
Floats = NDArray[np.float64]


def solve_plain(cases: Cases, options: LoadFlowOptions) -> FlowArrays:
    """Solve each case from the angles of its own linear load flow."""
    grid = cases.grid
    flows = FlowArrays.unsolved(grid, cases.outage, cases.branch_in_service, cases.n_case)
    tolerance_pu = options.tolerance_mva / grid.base_mva
    for case in range(cases.n_case):
        p_pu, q_pu, row, mask = cases.row(case)
        closed, live = live_parts(grid, mask, row)
        solved = solve_case(grid, closed, live, p_pu + 1j * q_pu, tolerance_pu, options.max_iterations)
        fill_case(flows, case, live, solved)
    return flows


def fill_case(flows: FlowArrays, case: int, live: NDArray[np.bool_], solved: Solved) -> None:
    """Enter one case into the results."""
    flows.status[case], flows.iterations[case] = solved.status, solved.iterations
    flows.residual_mva[case] = solved.residual_pu * flows.grid.base_mva
    known = live & (solved.status == LoadFlowStatus.CONVERGED)
    flows.v_pu[case] = np.where(known, solved.v, np.nan)


def live_parts(
    grid: GridArrays, branch_in_service: NDArray[np.bool_], outage: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Branches that are closed (`[branch]`) and nodes connected to a slack through them (`[node]`)."""
    closed = branch_in_service.copy()
    if outage >= 0:
        closed[grid.outage_branch[grid.outage_start[outage] : grid.outage_start[outage + 1]]] = False
    usable = grid.node_kind != NODE_OUT
    closed &= usable[grid.from_node] & usable[grid.to_node]
    f, t = grid.from_node[closed], grid.to_node[closed]
    links = sp.coo_matrix((np.ones(len(f)), (f, t)), shape=(grid.n_node, grid.n_node))
    _, island = connected_components(links, directed=False)
    return closed, np.isin(island, island[grid.node_kind == NODE_SLACK]) & usable


@dataclass(frozen=True)
class Solved:
    v: Complex
    status: LoadFlowStatus
    iterations: int
    residual_pu: float


def solve_case(
    grid: GridArrays,
    closed: NDArray[np.bool_],
    live: NDArray[np.bool_],
    s: Complex,
    tolerance_pu: float,
    max_iterations: int,
    near: Complex | None = None,
) -> Solved:
    """From the voltages `near` where given, then from the linear load flow, then flat."""
    flat = grid.vm_set_pu * np.exp(1j * grid.va_set_radian)
    if not live.any():
        return Solved(flat, LoadFlowStatus.NO_SLACK, 0, np.nan)
    y = node_admittance(grid, closed & live[grid.from_node])
    if near is not None:
        given = live & (grid.node_kind != NODE_PQ)
        near = near * np.where(given, grid.vm_set_pu / np.where(given, np.abs(near), 1), 1)
    linear = partial(linear_start, grid, closed & live[grid.from_node], live, s.real)
    solved = None
    for make in (lambda: near, linear, lambda: flat):
        start = make()
        if start is None:
            continue
        solved = _newton(grid, y, live, s, np.where(live, start, 0), tolerance_pu, max_iterations)
        if solved.status == LoadFlowStatus.CONVERGED:
            break
    assert solved is not None
    return solved


def node_admittance(grid: GridArrays, energised: NDArray[np.bool_]) -> sp.csr_matrix:
    """Node admittance matrix in pu of the energised branches and all shunts."""
    f, t = grid.from_node[energised], grid.to_node[energised]
    node = np.arange(grid.n_node)
    value = [grid.y_ff[energised], grid.y_ft[energised], grid.y_tf[energised], grid.y_tt[energised], grid.y_shunt]
    row, column = np.concatenate([f, f, t, t, node]), np.concatenate([f, t, f, t, node])
    return sp.csr_matrix((np.concatenate(value), (row, column)), shape=(grid.n_node, grid.n_node))


def linear_start(grid: GridArrays, energised: NDArray[np.bool_], live: NDArray[np.bool_], p: Floats) -> Complex | None:
    """Set-point magnitudes with the angles of the linear load flow; None when that has no solution.

    Flow from f to t is b (theta_f - theta_t - shift), with b and shift read off y_ft and y_tf.
    """
    f, t = grid.from_node[energised], grid.to_node[energised]
    known = grid.va_set_radian
    b, shift = series_susceptance_and_shift(grid.y_ft[energised], grid.y_tf[energised], known[f] - known[t])
    n = grid.n_node
    node_b = sp.csr_matrix((np.r_[b, b, -b, -b], (np.r_[f, t, f, t], np.r_[f, t, t, f])), shape=(n, n))
    injection = np.where(grid.node_kind == NODE_SLACK, 0.0, p)
    np.add.at(injection, f, b * shift)
    np.add.at(injection, t, -b * shift)
    theta = grid.va_set_radian.copy()
    free = np.flatnonzero(live & (grid.node_kind != NODE_SLACK))
    if not len(free):
        return _polar(grid.vm_set_pu, theta)
    fixed = np.flatnonzero(live & (grid.node_kind == NODE_SLACK))
    try:
        factor = splu(node_b[free][:, free].tocsc())
    except RuntimeError:
        return None
    theta[free] = factor.solve(injection[free] - node_b[free][:, fixed] @ theta[fixed])
    if not np.isfinite(theta).all():
        return None
    return _polar(grid.vm_set_pu, theta)


def _polar(magnitude: Floats, angle: Floats) -> Complex:
    return np.asarray(magnitude * np.exp(1j * angle), dtype=np.complex128)


def series_susceptance_and_shift(y_ft: Complex, y_tf: Complex, lead_radian: Floats) -> tuple[Floats, Floats]:
    """Slope of active flow against angle at 1 pu without losses, and the angle by which `from` leads at no flow.

    y_ft = -y / conj(t) and y_tf = -y / t with tap t, so y_ft y_tf = y^2 / |t|^2. Both roots are possible elements
    (star points have negative resistances, series capacitors negative reactances): the one is taken whose shift is
    nearer to `lead_radian`, the lead of the start angles, which account for phase shifts.
    """
    y = np.sqrt(y_ft * y_tf)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(np.abs(y) > 0, np.angle(-y_ft / y), 0.0)
    opposite = np.cos(shift - lead_radian) < 0
    shift = np.where(opposite, shift + np.pi, shift)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(y.imag != 0, -(np.abs(y) ** 2) / y.imag, 0.0)
    return np.where(opposite, -slope, slope), shift


def _newton(
    grid: GridArrays,
    y: sp.csr_matrix,
    live: NDArray[np.bool_],
    s: Complex,
    v: Complex,
    tolerance_pu: float,
    max_iterations: int,
) -> Solved:
    angle_nodes = np.flatnonzero(live & (grid.node_kind != NODE_SLACK))
    voltage_nodes = np.flatnonzero(live & (grid.node_kind == NODE_PQ))
    y_abs = abs(y)
    c = grid.s_constant_current
    iteration = 0
    while True:
        i = y @ v
        f = v * i.conj() + c * np.abs(v) - s
        mismatch = np.r_[f[angle_nodes].real, f[voltage_nodes].imag]
        if not np.isfinite(mismatch).all():
            return Solved(v, LoadFlowStatus.DIVERGED, iteration, np.inf)
        residual = float(np.abs(mismatch).max(initial=0.0))
        rounding = ROUNDING_UNITS * np.finfo(float).eps * np.abs(v) * (y_abs @ np.abs(v))
        floor = np.maximum(tolerance_pu, np.r_[rounding[angle_nodes], rounding[voltage_nodes]])
        if (np.abs(mismatch) <= floor).all():
            if np.abs(v[live]).min() < COLLAPSED_PU:
                return Solved(v, LoadFlowStatus.DIVERGED, iteration, residual)
            return Solved(v, LoadFlowStatus.CONVERGED, iteration, residual)
        if iteration == max_iterations:
            return Solved(v, LoadFlowStatus.MAX_ITERATIONS, iteration, residual)
        try:
            step = splu(jacobian(y, v, i, c, angle_nodes, voltage_nodes)).solve(mismatch)
        except RuntimeError:
            return Solved(v, LoadFlowStatus.SINGULAR, iteration, residual)
        va, vm = np.angle(v), np.abs(v)
        va[angle_nodes] -= step[: len(angle_nodes)]
        vm[voltage_nodes] -= step[len(angle_nodes) :]
        v = vm * np.exp(1j * va)
        iteration += 1


def jacobian(
    y: sp.csr_matrix,
    v: Complex,
    i: Complex,
    c: Complex,
    angle_nodes: NDArray[np.intp],
    voltage_nodes: NDArray[np.intp],
) -> sp.csc_matrix:
    """Derivatives of the mismatch to angles and magnitudes (MATPOWER Technical Note 2, 2018, eqs. 31 and 39)."""
    direction = np.where(np.abs(v) > 0, v / np.where(np.abs(v) > 0, np.abs(v), 1.0), 1.0)
    entry, node = y.tocoo(), np.arange(len(v))
    row, column = np.r_[entry.row, node], np.r_[entry.col, node]
    by_angle = np.r_[-1j * v[entry.row] * (entry.data * v[entry.col]).conj(), 1j * v * i.conj()]
    by_magnitude = np.r_[v[entry.row] * (entry.data * direction[entry.col]).conj(), i.conj() * direction + c]
    n_angle, n = len(angle_nodes), len(angle_nodes) + len(voltage_nodes)
    angle, voltage = np.full((2, len(v)), -1)
    angle[angle_nodes], voltage[voltage_nodes] = np.arange(n_angle), np.arange(n_angle, n)
    blocks = [
        (angle[row], angle[column], by_angle.real),
        (angle[row], voltage[column], by_magnitude.real),
        (voltage[row], angle[column], by_angle.imag),
        (voltage[row], voltage[column], by_magnitude.imag),
    ]
    equation, unknown, value = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    solved = (equation >= 0) & (unknown >= 0)
    return sp.csc_matrix((value[solved], (equation[solved], unknown[solved])), shape=(n, n))


def loading_slope(grid: GridArrays, v: Complex, branch: int, way: int = 0) -> tuple[Floats, Floats]:
    """d loading of a closed branch in percent / d angle and d magnitude `[node]`, at the end that sets the loading.

    With i = y_f v_f + y_t v_t at that end, d|i| = Re(conj(i) di) / |i|. With a `way`, 1 or -1: that times d active
    power into the `from` side in pu, d Re(v_f conj(i)) = Re(conj(i) dv_f + conj(v_f) di).
    """
    by_angle, by_magnitude = np.zeros((2, grid.n_node))
    ends = int(grid.from_node[branch]), int(grid.to_node[branch])
    from_side = grid.y_ff[branch], grid.y_ft[branch], np.nan_to_num(grid.from_percent_per_pu[branch])
    to_side = grid.y_tf[branch], grid.y_tt[branch], np.nan_to_num(grid.to_percent_per_pu[branch])
    current = [y_f * v[ends[0]] + y_t * v[ends[1]] for y_f, y_t, _ in (from_side, to_side)]
    at_from = abs(current[0]) * from_side[2] >= abs(current[1]) * to_side[2]
    i, (y_f, y_t, percent_per_pu) = (current[0], from_side) if at_from else (current[1], to_side)
    by_v = (0.0, 0.0)
    if way:
        unit = way * np.conj(v[ends[0]])
        by_v = unit * grid.y_ff[branch] + way * np.conj(current[0]), unit * grid.y_ft[branch]
    elif abs(i) * percent_per_pu > 0:
        unit = np.conj(i) / abs(i) * percent_per_pu
        by_v = unit * y_f, unit * y_t
    for node, by in zip(ends, by_v, strict=True):
        by_angle[node] += (by * 1j * v[node]).real
        by_magnitude[node] += (by * v[node] / abs(v[node])).real
    return by_angle, by_magnitude
