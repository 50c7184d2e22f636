"""A batch of load flows in tiles of eight lanes; tiles are shared out over threads, results do not depend on them."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.cases import Cases, Columns, gather_cases
from gridprio.kernels.numba_backend.chord import COLD, FAR, WARM, Factor, solve_near
from gridprio.kernels.numba_backend.jobs import MIN_CHORD, Numbers, closed_in, is_operable, jobs_of
from gridprio.kernels.numba_backend.lanes import LANES, zeros
from gridprio.kernels.numba_backend.start import start_voltages
from gridprio.kernels.numba_backend.symbolic import Symbolic, analyse
from gridprio.kernels.numba_backend.threads import share_out
from gridprio.kernels.numba_backend.tile import Batch, Network, Results, solve_tiles, tile_of
from gridprio.kernels.reference.load_flow import live_parts, solve_case
from gridprio.model.controls import ControlArrays
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import NODE_PV, NODE_SLACK, GridArrays
from gridprio.model.rules import LoadFlowOptions

PIECE = 16 * LANES
"""Cases that a thread takes at a time."""


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

    def network(self, grid: GridArrays) -> Network:
        return Network.of(grid, self.tape, self.branches, self.nodes, self.start)


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
    return Compiled(s, tape, branches, nodes, start_voltages(grid, s.incident_start, s.incident))


def solve_load_flow(
    grid: GridArrays,
    p: NDArray[np.float64],
    q: NDArray[np.float64],
    outage: NDArray[np.int32],
    branch_in_service: NDArray[np.bool_],
    *,
    columns: Columns | None = None,
    controls: ControlArrays | None = None,
    options: LoadFlowOptions,
    threads: int,
) -> FlowArrays:
    """AC load flows: chord steps where many cases share a state, else lane Newton; what fails goes to the reference."""
    cases = gather_cases(grid, p, q, outage, branch_in_service, columns)
    if controls is not None:
        from gridprio.kernels.numba_backend.controls import fill_controlled

        flows = FlowArrays.unsolved(grid, cases.outage, cases.branch_in_service, cases.n_case)
        return fill_controlled(cases, flows, controls, options, threads)
    return _solve(cases, options, threads, MIN_CHORD)


def solve_by_newton(
    grid: GridArrays,
    p: NDArray[np.float64],
    q: NDArray[np.float64],
    outage: NDArray[np.int32],
    branch_in_service: NDArray[np.bool_],
    *,
    options: LoadFlowOptions,
    threads: int,
) -> FlowArrays:
    """As `solve_load_flow` without chord steps: the last step is quadratic, so that hardly any mismatch is left."""
    cases = gather_cases(grid, p, q, outage, branch_in_service)
    return _solve(cases, options, threads, cases.n_case + 1)


def _solve(cases: Cases, options: LoadFlowOptions, threads: int, min_chord: int) -> FlowArrays:
    """Chord steps for at least `min_chord` cases of one state, lane Newton for the others."""
    grid, n = cases.grid, cases.n_case
    flows = FlowArrays.unsolved(grid, cases.outage, cases.branch_in_service, n)
    flows.status[:], flows.iterations[:], flows.residual_mva[:] = LoadFlowStatus.NO_SLACK, 0, np.nan
    if not (grid.node_kind == NODE_SLACK).any():
        flows.v_pu[:] = np.nan
        return flows
    ready = compiled(grid)
    network, batch = ready.network(grid), Batch.of(cases, ready.symbolic.node_of, ready.symbolic.row_of)
    out = Results(flows.v_pu, flows.status, flows.iterations, flows.residual_mva)
    tolerance_pu, max_iterations = options.tolerance_mva / grid.base_mva, options.max_iterations
    jobs = jobs_of(network, batch, cases, tolerance_pu, max_iterations, min_chord)
    left = np.zeros(n, dtype=np.int8)

    def chord(job: tuple[Factor, Numbers]) -> None:
        factor, some = job
        state = tuple(zeros(len(network.symbolic[0]), 2, LANES) for _ in range(3))
        solve_near(network, batch, factor, state, some, tolerance_pu, max_iterations, out, left)
        if len(far := some[left[some] == FAR]):
            closed = closed_in(cases, far[0])
            left[far] = [0 if is_operable(network, grid, v, closed) else COLD for v in out.v_pu[far]]

    def lane_newton(job: tuple[bool, Numbers]) -> None:
        warm, some = job
        tile = tile_of(ready.tape, keep=False)
        solve_tiles(network, batch, tile, some, warm, tolerance_pu, max_iterations, out)

    share_out(chord, [(factor, some) for factor, cluster in jobs.near for some in _pieces(cluster)], threads)
    share_out(lane_newton, [(False, some) for some in _pieces(jobs.rest)], threads)
    for warm, how in ((True, WARM), (False, COLD)):
        again = [cluster[left[cluster] == how] for _, cluster in jobs.near]
        share_out(lane_newton, [(warm, some) for some in _pieces(np.concatenate([jobs.rest[:0], *again]))], threads)
    for case in np.flatnonzero(flows.status != LoadFlowStatus.CONVERGED).tolist():
        _last_resort(cases, case, tolerance_pu, max_iterations, flows)
    flows.residual_mva[:] *= grid.base_mva
    return flows


def _pieces(cases: Numbers) -> list[Numbers]:
    """Whole tiles, so many that what is done once per call does not count."""
    return np.split(cases, range(PIECE, len(cases), PIECE)) if len(cases) else []


def _last_resort(cases: Cases, case: int, tolerance_pu: float, max_iterations: int, flows: FlowArrays) -> None:
    """A case that its lane could not solve, with pivoting from its own start."""
    p, q, outage, mask = cases.row(case)
    closed, live = live_parts(cases.grid, mask, outage)
    again = solve_case(cases.grid, closed, live, p + 1j * q, tolerance_pu, max_iterations)
    flows.status[case], flows.iterations[case], flows.residual_mva[case] = (
        again.status,
        again.iterations,
        again.residual_pu,
    )
    flows.v_pu[case] = np.where(live & (again.status == LoadFlowStatus.CONVERGED), again.v, np.nan)
