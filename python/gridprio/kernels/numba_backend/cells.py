"""`evaluate_cells` with compiled load flows and gradients; the rules of cells and queue are the reference's own.

Method and symbols: docs/theory/cells.md. Each case is one lane of `newton`; a contingency keeps its admittances.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridprio.kernels.numba_backend import newton
from gridprio.kernels.numba_backend.load_flow import compiled
from gridprio.kernels.reference.cell_flow import Bools, Case, CellFlow, CellLimits, Floats
from gridprio.kernels.reference.cells import evaluate_with
from gridprio.kernels.reference.load_flow import branch_loading, solve_case
from gridprio.model.cell import CellBatch, CellResults, Contingencies, Queue
from gridprio.model.flows import LoadFlowStatus
from gridprio.model.grid import GridArrays

LANES = newton.LANES


def evaluate_cells(
    grid: GridArrays,
    contingencies: Contingencies,
    queue: Queue,
    cells: CellBatch,
    *,
    loading_limit_percent: float,
    interruption_max_mw: float,
    tolerance_mva: float,
    max_iterations: int,
    threads: int,
) -> CellResults:
    """Evaluate each cell on its own; cells are shared out over threads, results do not depend on their number."""
    limits = CellLimits(loading_limit_percent, interruption_max_mw, tolerance_mva, max_iterations)

    def work(row: int) -> CellResults:
        one = CellBatch(**{name: array[row : row + 1] for name, array in vars(cells).items()})
        return evaluate_with(CompiledCellFlow, grid, contingencies, queue, one, limits)

    with ThreadPoolExecutor(max(1, threads)) as pool:
        parts = list(pool.map(work, range(len(cells.p_mw))))
    return CellResults(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])})


class _State:
    """Admittances and buffers of one contingency."""

    def __init__(self, grid: GridArrays, closed: Bools, live: Bools) -> None:
        ready = compiled(grid)
        s = ready.symbolic
        n, n_target = len(s.node_of), len(s.target_column)
        self.node_of, self.start = s.node_of, ready.start
        self.dead_rows = ~live[s.node_of]
        self.v, self.s, self.current, self.x = (np.zeros((n, 2, LANES)) for _ in range(4))
        y_re, y_im = np.zeros((n_target, LANES)), np.zeros((n_target, LANES))
        j_re, j_im = np.zeros((n, LANES)), np.zeros((n, LANES))
        dead = np.repeat(self.dead_rows[:, None], LANES, axis=1)
        upper = np.zeros((int(s.upper_start[-1]), 4, LANES))
        scratch = np.zeros((int(np.diff(s.target_start).max(initial=0)), 4, LANES))
        for lane in range(LANES):
            newton.assemble(ready.tape, ready.branches, ready.nodes, closed, live, lane, y_re, y_im, j_re, j_im)
        buffers = (self.v, self.s, self.current, self.x, y_re, y_im, j_re, j_im, dead, upper, scratch)
        self.tile: tuple[Any, ...] = buffers
        self.ready = ready

    def solve(self, s_pu: NDArray[np.complex128], v: NDArray[np.complex128], rules: tuple[float, int]) -> int:
        """Status of one case from start voltages `v[node]`; `v` is overwritten where a node has a row."""
        at = self.node_of
        self.s[:, 0, :] = np.where(self.dead_rows, 0.0, s_pu[at].real)[:, None]
        self.s[:, 1, :] = np.where(self.dead_rows, 0.0, s_pu[at].imag)[:, None]
        self.v[:, 0, :], self.v[:, 1, :] = v[at].real[:, None], v[at].imag[:, None]
        status, iterations = np.zeros(LANES, np.uint8), np.zeros(LANES, np.int32)
        ready = self.ready
        newton.run(ready.tape, ready.nodes, self.tile, 1, *rules, status, iterations, np.zeros(LANES))
        v[at] = self.v[:, 0, 0] + 1j * self.v[:, 1, 0]
        return int(status[0])


class CompiledCellFlow(CellFlow):
    """The reference's cell with its two costly steps compiled."""

    def _state(self, k: int) -> _State:
        states: dict[int, _State] = self.__dict__.setdefault("_states", {})
        if k not in states:
            states[k] = _State(self.grid, self.closed[k], self.live[k])
        return states[k]

    def _flow(self, k: int, p_mw: Floats, q_mvar: Floats, off: Bools) -> Case:
        grid, limits, live = self.grid, self.limits, self.live[k]
        if not live.any():
            return super()._flow(k, p_mw, q_mvar, off)
        state = self._state(k)
        s = ((p_mw + 1j * q_mvar) / grid.base_mva).astype(np.complex128)
        v = np.where(live, state.start, grid.vm_set_pu).astype(np.complex128)
        status = state.solve(s, v, (limits.tolerance_mva / grid.base_mva, limits.max_iterations))
        if status != LoadFlowStatus.CONVERGED:
            tolerance_pu = limits.tolerance_mva / grid.base_mva
            again = solve_case(grid, self.closed[k], live, s, tolerance_pu, limits.max_iterations)
            status, v = int(again.status), again.v
        v = np.where(live, v, 0.0)
        loading = np.nan_to_num(branch_loading(grid, self.closed[k], v)) * (self.rated > 0)
        return Case(status == LoadFlowStatus.CONVERGED, v, loading, off)

    def gradient(self, k: int, case: Case, branch: int) -> tuple[Floats, Floats]:
        grid = self.grid
        dp, dq = np.zeros(grid.n_node), np.zeros(grid.n_node)
        percent = np.nan_to_num([grid.from_percent_per_pu[branch], grid.to_percent_per_pu[branch]])
        if self.closed[k][branch]:
            branches = (grid.from_node, grid.to_node, grid.y_ff, grid.y_ft, grid.y_tf, grid.y_tt)
            nodes = (grid.node_kind, grid.y_shunt, grid.s_constant_current)
            _gradient(branches, nodes, self.closed[k], self.live[k], case.v, branch, percent, dp, dq)
        return dp / grid.base_mva, dq / grid.base_mva


@njit(cache=True, nogil=True, error_model="numpy")
def _gradient(branches, nodes, closed, live, v, branch, percent, dp, dq):
    """d loading of one branch / d p and d q in pu per node: dense adjoint of the polar Jacobian.

    Mismatch v conj(Y v) + c |v| - s to angle and relative magnitude of each free node; set magnitudes have unit rows.
    """
    from_node, to_node, y_ff, y_ft, y_tf, y_tt = branches
    kind, y_shunt, c = nodes
    n = len(kind)
    row = np.full(n, -1)
    m = 0
    for node in range(n):
        if live[node] and kind[node] < 2:
            row[node] = m
            m += 1
    jacobian = np.zeros((2 * m, 2 * m))
    for node in range(n):
        r = row[node]
        if r >= 0:
            vm = abs(v[node])
            own = 2.0 * np.conj(y_shunt[node]) * vm * vm + c[node] * vm
            jacobian[2 * r, 2 * r + 1] += own.real
            jacobian[2 * r + 1, 2 * r + 1] += own.imag
    for b in range(len(from_node)):
        if not closed[b]:
            continue
        for side in range(2):
            i, j = (from_node[b], to_node[b]) if side == 0 else (to_node[b], from_node[b])
            y_own, y_other = (y_ff[b], y_ft[b]) if side == 0 else (y_tt[b], y_tf[b])
            r, q = row[i], row[j]
            if r < 0:
                continue
            there = v[i] * np.conj(y_other * v[j])
            own = 2.0 * v[i] * np.conj(y_own * v[i]) + there
            jacobian[2 * r, 2 * r] -= there.imag
            jacobian[2 * r + 1, 2 * r] += there.real
            jacobian[2 * r, 2 * r + 1] += own.real
            jacobian[2 * r + 1, 2 * r + 1] += own.imag
            if q >= 0:
                jacobian[2 * r, 2 * q] += there.imag
                jacobian[2 * r + 1, 2 * q] -= there.real
                jacobian[2 * r, 2 * q + 1] += there.real
                jacobian[2 * r + 1, 2 * q + 1] += there.imag
    for node in range(n):
        if row[node] >= 0 and kind[node] == 1:
            r = row[node]
            jacobian[2 * r + 1, :] = 0.0
            jacobian[2 * r + 1, 2 * r + 1] = 1.0
    f, t = from_node[branch], to_node[branch]
    i_from, i_to = y_ff[branch] * v[f] + y_ft[branch] * v[t], y_tf[branch] * v[f] + y_tt[branch] * v[t]
    at_from = abs(i_from) * percent[0] >= abs(i_to) * percent[1]
    current = i_from if at_from else i_to
    if not abs(current) > 0.0:
        return
    unit = np.conj(current) / abs(current) * (percent[0] if at_from else percent[1])
    slope = np.zeros(2 * m)
    for node, y in ((f, y_ff[branch] if at_from else y_tf[branch]), (t, y_ft[branch] if at_from else y_tt[branch])):
        if row[node] >= 0:
            change = unit * y * v[node]
            slope[2 * row[node]] -= change.imag
            slope[2 * row[node] + 1] += change.real
    adjoint = np.linalg.solve(jacobian.T, slope)
    for node in range(n):
        if row[node] >= 0:
            dp[node] = adjoint[2 * row[node]]
            if kind[node] == 0:
                dq[node] = adjoint[2 * row[node] + 1]
