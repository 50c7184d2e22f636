"""A batch of load flows, each of one case; pieces are shared out over threads, results do not depend on them.

Order of calculation: chord steps where many cases share a state; Newton from the start of the grid for the others and
for what chord steps led astray; what has no solution then goes to the reference, which pivots.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.cases import Cases, gather_cases
from gridprio.kernels.constants import MIN_CHORD
from gridprio.kernels.numba_backend.chord import COLD, FAR, WARM, Factor, solve_near
from gridprio.kernels.numba_backend.jobs import Numbers, is_operable, jobs_of
from gridprio.kernels.numba_backend.network import Batch, Network, Results, new_solver, new_state
from gridprio.kernels.numba_backend.solve import solve_cases
from gridprio.kernels.numba_backend.start import start_voltages
from gridprio.kernels.numba_backend.threads import share_out
from gridprio.kernels.reference.load_flow import live_parts, solve_case
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import NODE_SLACK, GridArrays
from gridprio.model.rules import LoadFlowOptions

PIECE = 128
"""Cases that a thread takes at a time."""

_ANALYSED: WeakKeyDictionary[GridArrays, Network] = WeakKeyDictionary()


def analysed(grid: GridArrays) -> Network:
    """The analysed grid with its start; kept as long as the grid lives."""
    found = _ANALYSED.get(grid)
    if found is None:
        network = Network.of(grid)
        start = start_voltages(grid, network.symbolic.incident_start, network.symbolic.incident)
        found = _ANALYSED[grid] = network._replace(start=start)
    return found


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
    """As `solve_plain` without chord steps: the last step is quadratic, so that hardly any mismatch is left."""
    cases = gather_cases(grid, p, q, outage, branch_in_service)
    return solve_plain(cases, options, threads, cases.n_case + 1)


def solve_plain(cases: Cases, options: LoadFlowOptions, threads: int, min_chord: int = MIN_CHORD) -> FlowArrays:
    """Chord steps for at least `min_chord` cases of one state, Newton for the others."""
    grid, n = cases.grid, cases.n_case
    flows = FlowArrays.unsolved(grid, cases.outage, cases.branch_in_service, n)
    flows.status[:], flows.iterations[:], flows.residual_mva[:] = LoadFlowStatus.NO_SLACK, 0, np.nan
    if not (grid.node_kind == NODE_SLACK).any():
        flows.v_pu[:] = np.nan
        return flows
    network = analysed(grid)
    batch = Batch.of(cases, network.symbolic)
    out = Results(flows.v_pu, flows.status, flows.iterations, flows.residual_mva)
    tolerance_pu, max_iterations = options.tolerance_mva / grid.base_mva, options.max_iterations
    jobs = jobs_of(network, batch, cases, tolerance_pu, max_iterations, min_chord)
    left = np.zeros(n, dtype=np.int8)

    def chord(job: tuple[Factor, Numbers]) -> None:
        factor, some = job
        solve_near(network, batch, factor, some, tolerance_pu, max_iterations, out, left)
        for case in some[left[some] == FAR]:
            left[case] = 0 if is_operable(network, out.v_pu[case], factor.state.closed) else COLD

    def newton(job: tuple[bool, Numbers]) -> None:
        warm, some = job
        state, solver = new_state(network), new_solver(network)
        solve_cases(network, batch, state, solver, some, warm, tolerance_pu, max_iterations, out)

    share_out(chord, [(factor, some) for factor, cluster in jobs.near for some in _pieces(cluster)], threads)
    share_out(newton, [(False, some) for some in _pieces(jobs.rest)], threads)
    for warm, how in ((True, WARM), (False, COLD)):
        again = [cluster[left[cluster] == how] for _, cluster in jobs.near]
        share_out(newton, [(warm, some) for some in _pieces(np.concatenate([jobs.rest[:0], *again]))], threads)
    for case in np.flatnonzero(flows.status != LoadFlowStatus.CONVERGED).tolist():
        _last_resort(cases, case, tolerance_pu, max_iterations, flows)
    flows.residual_mva[:] *= grid.base_mva
    return flows


def _pieces(cases: Numbers) -> list[Numbers]:
    """So many cases each that what is done once per call does not count."""
    return np.split(cases, range(PIECE, len(cases), PIECE)) if len(cases) else []


def _last_resort(cases: Cases, case: int, tolerance_pu: float, max_iterations: int, flows: FlowArrays) -> None:
    """A case that Newton without pivoting could not solve, with pivoting from its own start."""
    p, q, outage, mask = cases.row(case)
    closed, live = live_parts(cases.grid, mask, outage)
    again = solve_case(cases.grid, closed, live, p + 1j * q, tolerance_pu, max_iterations)
    flows.status[case], flows.iterations[case], flows.residual_mva[case] = (
        again.status,
        again.iterations,
        again.residual_pu,
    )
    flows.v_pu[case] = np.where(live & (again.status == LoadFlowStatus.CONVERGED), again.v, np.nan)
