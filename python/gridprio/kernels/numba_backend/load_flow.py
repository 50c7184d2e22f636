"""A batch of load flows in tiles of eight lanes; tiles are shared out over threads, results do not depend on them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.cases import Cases, Columns, gather_cases
from gridprio.kernels.numba_backend import newton
from gridprio.kernels.numba_backend.symbolic import Symbolic, analyse
from gridprio.kernels.reference.load_flow import live_parts, solve_case
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import NODE_OUT, NODE_PV, NODE_SLACK, GridArrays

LANES = newton.LANES
START_TOLERANCE_PU = 1e-8


@dataclass(frozen=True, eq=False)
class Compiled:
    """What is worked out once per grid."""

    symbolic: Symbolic
    tape: tuple[NDArray[np.int32], ...]
    """arrays of `symbolic` in the order in which the kernels take them"""
    branches: tuple[NDArray[np.generic], ...]
    nodes: tuple[NDArray[np.generic], ...]
    start: NDArray[np.complex128]
    """[node], where each case begins: the solved state of the grid as read"""


_COMPILED: WeakKeyDictionary[GridArrays, Compiled] = WeakKeyDictionary()


def compiled(grid: GridArrays) -> Compiled:
    """The analysed grid; kept as long as the grid lives."""
    found = _COMPILED.get(grid)
    if found is None:
        found = _COMPILED[grid] = _compile(grid)
    return found


def _compile(grid: GridArrays) -> Compiled:
    s = analyse(grid)
    tape = (
        s.node_of,
        s.row_of,
        s.target_start,
        s.lower_count,
        s.target_column,
        s.term_start,
        s.term_lower,
        s.term_upper,
        s.entry_start,
        s.entry_target,
        s.branch_target,
        s.incident_start,
        s.incident,
        s.upper_start,
    )
    flat = grid.vm_set_pu * np.exp(1j * grid.va_set_radian)
    is_pv = grid.node_kind[s.node_of] == NODE_PV
    nodes = (grid.vm_set_pu, flat, grid.y_shunt, grid.s_constant_current, is_pv)
    branches = (grid.from_node, grid.to_node, grid.y_ff, grid.y_ft, grid.y_tf, grid.y_tt)
    closed, live = live_parts(grid, grid.branch_in_service, -1)
    base = solve_case(grid, closed, live, grid.p_pu + 1j * grid.q_pu, START_TOLERANCE_PU, 30)
    solved = live if base.status == LoadFlowStatus.CONVERGED else np.zeros_like(live)
    return Compiled(s, tape, branches, nodes, np.where(solved, base.v, flat))


def solve_load_flow(
    grid: GridArrays,
    p: NDArray[np.float64],
    q: NDArray[np.float64],
    outage: NDArray[np.int32],
    branch_in_service: NDArray[np.bool_],
    *,
    columns: Columns | None = None,
    tolerance_mva: float,
    max_iterations: int,
    threads: int,
) -> FlowArrays:
    """AC load flows by lane Newton; lanes that fail are done again by the reference solver, which pivots."""
    cases = gather_cases(grid, p, q, outage, branch_in_service, columns)
    ready = compiled(grid)
    n = cases.n_case
    out = FlowArrays.unsolved(grid, cases.outage, cases.branch_in_service, n)
    if not (grid.node_kind == NODE_SLACK).any():
        out.status[:], out.iterations[:], out.residual_mva[:] = LoadFlowStatus.NO_SLACK, 0, np.nan
        out.v_pu[:] = np.nan
        return out
    tiles = [range(first, min(first + LANES, n)) for first in range(0, n, LANES)]
    per_worker = [tiles[k::threads] for k in range(min(threads, len(tiles)))]

    def work(mine: list[range]) -> None:
        tile = _Tile(grid, ready)
        for rows in mine:
            tile.solve(cases, rows, tolerance_mva / grid.base_mva, max_iterations, out)

    if len(per_worker) <= 1:
        work(tiles)
    else:
        with ThreadPoolExecutor(len(per_worker)) as pool:
            list(pool.map(work, per_worker))
    return out


class _Tile:
    """Buffers of one thread."""

    def __init__(self, grid: GridArrays, ready: Compiled) -> None:
        s = ready.symbolic
        n, n_target = len(s.node_of), len(s.target_column)
        widest = int(np.diff(s.target_start).max(initial=0))
        self.grid, self.ready = grid, ready
        self.v, self.s, self.current, self.x = (np.zeros((n, 2, LANES)) for _ in range(4))
        self.y_re, self.y_im = np.zeros((n_target, LANES)), np.zeros((n_target, LANES))
        self.j_re, self.j_im = np.zeros((n, LANES)), np.zeros((n, LANES))
        self.dead = np.zeros((n, LANES), dtype=np.bool_)
        self.upper, self.scratch = np.zeros((int(s.upper_start[-1]), 4, LANES)), np.zeros((widest, 4, LANES))
        self.inverse = np.zeros((1, 4, LANES))
        self.closed = np.zeros((LANES, grid.n_branch), dtype=np.bool_)
        self.live = np.zeros((LANES, grid.n_node), dtype=np.bool_)
        self.usable = (grid.node_kind[grid.from_node] != NODE_OUT) & (grid.node_kind[grid.to_node] != NODE_OUT)
        self.assembled = np.zeros(LANES, dtype=np.bool_)

    def solve(self, cases: Cases, rows: range, tolerance_pu: float, max_iterations: int, out: FlowArrays) -> None:
        """Fills `out` for the cases of `rows`, at most eight."""
        grid, node_of = self.grid, self.ready.symbolic.node_of
        for lane in range(LANES):
            self._load(cases, rows[min(lane, len(rows) - 1)], lane)
        status, iterations, residual = np.zeros(LANES, np.uint8), np.zeros(LANES, np.int32), np.zeros(LANES)
        lanes = (self.v, self.s, self.current, self.x, self.y_re, self.y_im, self.j_re, self.j_im, self.dead)
        tile = (*lanes, self.upper, self.scratch, self.inverse)
        newton.run(
            self.ready.tape,
            self.ready.nodes,
            tile,
            len(rows),
            tolerance_pu,
            max_iterations,
            status,
            iterations,
            residual,
        )
        for lane, case in enumerate(rows):
            v = self.ready.nodes[1].astype(np.complex128)
            v[node_of] = self.v[:, 0, lane] + 1j * self.v[:, 1, lane]
            live = self.live[lane]
            out.status[case], out.iterations[case], out.residual_mva[case] = (
                status[lane],
                iterations[lane],
                residual[lane] * grid.base_mva,
            )
            if status[lane] != LoadFlowStatus.CONVERGED:
                p, q, _, _ = cases.row(case)
                again = solve_case(grid, self.closed[lane], live, p + 1j * q, tolerance_pu, max_iterations)
                out.status[case], out.iterations[case] = again.status, again.iterations
                out.residual_mva[case] = again.residual_pu * grid.base_mva
                v = again.v
            known = live & (out.status[case] == LoadFlowStatus.CONVERGED)
            out.v_pu[case] = np.where(known, v, np.nan)

    def _load(self, cases: Cases, case: int, lane: int) -> None:
        """Injections, state, admittances and start voltages of one lane."""
        grid, ready = self.grid, self.ready
        node_of = ready.symbolic.node_of
        p, q, outage, mask = cases.row(case)
        closed = mask & self.usable
        if outage >= 0:
            closed[grid.outage_branch[grid.outage_start[outage] : grid.outage_start[outage + 1]]] = False
        if not self.assembled[lane] or not np.array_equal(closed, self.closed[lane]):
            self.assembled[lane] = True
            self.closed[lane] = closed
            newton.find_live(
                grid.n_node,
                grid.from_node,
                grid.to_node,
                ready.symbolic.incident_start,
                ready.symbolic.incident,
                grid.node_kind == NODE_SLACK,
                closed,
                self.live[lane],
            )
            newton.assemble(
                ready.tape,
                ready.branches,
                ready.nodes,
                closed,
                self.live[lane],
                lane,
                self.y_re,
                self.y_im,
                self.j_re,
                self.j_im,
            )
            self.dead[:, lane] = ~self.live[lane][node_of]
        dead = self.dead[:, lane]
        self.s[:, 0, lane] = np.where(dead, 0.0, p[node_of])
        self.s[:, 1, lane] = np.where(dead, 0.0, q[node_of])
        self.v[:, 0, lane] = np.where(dead, grid.vm_set_pu[node_of], ready.start[node_of].real)
        self.v[:, 1, lane] = np.where(dead, 0.0, ready.start[node_of].imag)
