"""Load flows with controls, one case at a time: taps around reactive limits around a shared slack around Newton.

The order of steps is pandapower's (`run_control`, `_run_ac_pf_with_qlims_enforced`): controllers of a level all look at
the same voltages and move at most one position; then everything else is solved anew. docs/theory/load-flow.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.cases import Cases
from gridprio.kernels.constants import ROUNDING_UNITS, SLACK_ROUNDS, SLACK_SHARPER_ROUNDS
from gridprio.kernels.reference.load_flow import (
    Solved,
    fill_case,
    live_parts,
    node_admittance,
    solve_case,
)
from gridprio.model.controls import ControlArrays, ControlResults, TapArrays
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import NODE_PQ, NODE_PV, NODE_SLACK, GridArrays
from gridprio.model.rules import LoadFlowOptions

Complex = NDArray[np.complex128]
Floats = NDArray[np.float64]


class SolveCase(Protocol):
    """`solve_case` of the reference."""

    def __call__(
        self,
        grid: GridArrays,
        closed: NDArray[np.bool_],
        live: NDArray[np.bool_],
        s: Complex,
        tolerance_pu: float,
        max_iterations: int,
        near: Complex | None,
    ) -> Solved: ...


def fill_controlled(cases: Cases, flows: FlowArrays, controls: ControlArrays, options: LoadFlowOptions) -> FlowArrays:
    """`flows` with every case solved under its controls."""
    flows = replace(flows, controls=ControlResults.unsolved(controls, cases.n_case))
    for case in range(cases.n_case):
        fill_controlled_case(cases, case, flows, controls, options, solve_case)
    return flows


def fill_controlled_case(
    cases: Cases, case: int, flows: FlowArrays, controls: ControlArrays, options: LoadFlowOptions, solve: SolveCase
) -> None:
    """Enter one case into the results of `flows`."""
    results = flows.controls
    assert results is not None
    grid, tolerance_pu = cases.grid, options.tolerance_mva / cases.grid.base_mva
    p, q, outage, mask = cases.row(case)
    closed, live = live_parts(grid, mask, outage)
    one = ControlledCase(grid, controls, closed, live, p + 1j * q, tolerance_pu, options.max_iterations, solve).solve()
    fill_case(flows, case, live, one.solved)
    results.tap_pos[case], results.tap_at_limit[case] = one.tap_pos, one.tap_at_limit
    results.q_at_limit[case], results.p_slack_pu[case] = one.q_at_limit, one.p_slack_pu


def at_positions(grid: GridArrays, taps: TapArrays, tap_pos: NDArray[np.int32]) -> GridArrays:
    """The grid with its transformers at these positions `[transformer]`."""
    port = taps.port[taps.port_rows(tap_pos)]
    y = {name: getattr(grid, name).copy() for name in ("y_ff", "y_ft", "y_tf", "y_tt")}
    for column, name in enumerate(y):
        y[name][taps.branch] = port[:, column]
    return replace(grid, **y)


def with_held(grid: GridArrays, q_at_limit: NDArray[np.int8]) -> GridArrays:
    """The grid with machines `[node]` that are held at a limit no longer keeping their voltage."""
    pq = (q_at_limit != 0) & (grid.node_kind == NODE_PV)
    return replace(grid, node_kind=np.where(pq, NODE_PQ, grid.node_kind).astype(np.int8))


@dataclass(frozen=True)
class Controlled:
    """How one case ended; arrays as in `ControlResults`."""

    solved: Solved
    tap_pos: NDArray[np.int32]
    tap_at_limit: NDArray[np.int8]
    q_at_limit: NDArray[np.int8]
    p_slack_pu: float


@dataclass
class ControlledCase:
    """One case: its grid, what is closed and live, its injections."""

    grid: GridArrays
    controls: ControlArrays
    closed: NDArray[np.bool_]
    live: NDArray[np.bool_]
    s: Complex
    tolerance_pu: float
    max_iterations: int
    solve_case: SolveCase

    def __post_init__(self) -> None:
        self.iterations = 0
        self.near: Complex | None = None
        self.p_slack = -float(self.s.real[self.live].sum())
        weight = np.where(self.live, self.controls.slack_weight, 0.0)
        self.shared = bool((self.controls.slack_weight > 0).any())
        self.weight = weight / weight.sum() if weight.sum() > 0 else weight

    def solve(self) -> Controlled:
        """Level by level, each until its controllers are content."""
        taps = self.controls.taps
        tap_pos, at_limit = taps.tap_pos.copy(), np.zeros(taps.n_transformer, dtype=np.int8)
        solved, held = self._within_limits(tap_pos)
        for level in range(len(taps.level_start) - 1):
            seen = {tuple(tap_pos)}
            while solved.status == LoadFlowStatus.CONVERGED:
                moved, content = self._step(level, tap_pos, at_limit, np.abs(solved.v))
                if content:
                    break
                if tuple(moved) in seen:
                    solved = replace(solved, status=LoadFlowStatus.HUNTING)
                elif len(seen) > self.controls.max_control_iterations:
                    solved = replace(solved, status=LoadFlowStatus.CONTROL_ITERATIONS)
                else:
                    seen.add(tuple(moved))
                    tap_pos = moved
                    solved, held = self._within_limits(tap_pos)
        converged = solved.status == LoadFlowStatus.CONVERGED
        return Controlled(
            replace(solved, iterations=self.iterations),
            tap_pos,
            at_limit if converged else np.zeros_like(at_limit),
            held if converged else np.zeros_like(held),
            self.p_slack if converged and self.shared else 0.0,
        )

    def _step(
        self, level: int, tap_pos: NDArray[np.int32], at_limit: NDArray[np.int8], vm: Floats
    ) -> tuple[NDArray[np.int32], bool]:
        """Positions after one step of a level, and whether all its controllers were content before it."""
        taps = self.controls.taps
        moved, content = tap_pos.copy(), True
        for controller in range(taps.level_start[level], taps.level_start[level + 1]):
            transformer, node = taps.transformer[controller], taps.node[controller]
            at_limit[transformer] = 0
            if node < 0 or not self.live[node] or not self.closed[taps.branches(transformer)].any():
                continue
            low, high = vm[node] < taps.vm_lower_pu[controller], vm[node] > taps.vm_upper_pu[controller]
            down, up = (low, high) if taps.direction[controller] > 0 else (high, low)
            if taps.vm_lower_pu[controller] < vm[node] < taps.vm_upper_pu[controller]:
                continue
            if down and moved[transformer] == taps.tap_min[transformer]:
                at_limit[transformer] = -1
            elif up and moved[transformer] == taps.tap_max[transformer]:
                at_limit[transformer] = 1
            else:
                content = False
                if down and moved[transformer] > taps.tap_min[transformer]:
                    moved[transformer] -= 1
                elif up and moved[transformer] < taps.tap_max[transformer]:
                    moved[transformer] += 1
        return moved, content

    def _within_limits(self, tap_pos: NDArray[np.int32]) -> tuple[Solved, NDArray[np.int8]]:
        """Nodes whose machines pass a limit are held there as PQ nodes, all at once, until none is left; none is
        given back (Zimmerman, MATPOWER User's Manual, section 4.1.1)."""
        grid = at_positions(self.grid, self.controls.taps, tap_pos)
        q_min, q_max = self.controls.q_min_pu, self.controls.q_max_pu
        held = np.zeros(grid.n_node, dtype=np.int8)
        gives = np.isin(grid.node_kind, (NODE_PV, NODE_SLACK)) & self.live
        while True:
            fixed = np.where(held > 0, q_max, np.where(held < 0, q_min, 0.0))
            now = with_held(grid, held)
            pq = now.node_kind != grid.node_kind
            solved = self._with_slack(now, np.where(pq, self.s + 1j * fixed, self.s))
            if solved.status != LoadFlowStatus.CONVERGED:
                return solved, held
            q = (self._drawn(grid, solved.v)[0] - self.s).imag
            above, below = (gives & (held == 0) & passed for passed in (q > q_max, q < q_min))
            if not (above | below).any():
                return solved, held
            held[above], held[below] = 1, -1

    def _with_slack(self, grid: GridArrays, s: Complex) -> Solved:
        """Load flows until the imbalance that is shared is that of the solution: a secant on its error.

        Each is sharper than the one before, because the slack node is asked for the sum of all that the others miss.
        """
        if not self.shared:
            return self._newton(grid, s, self.tolerance_pu)
        if not self.weight.any():
            return Solved(grid.vm_set_pu.astype(np.complex128), LoadFlowStatus.NO_SLACK, 0, np.nan)
        slack = np.flatnonzero((grid.node_kind == NODE_SLACK) & self.live)[0]
        before: tuple[float, float] | None = None
        for attempt in range(SLACK_ROUNDS):
            sharper = self.tolerance_pu * 0.1 ** min(attempt, SLACK_SHARPER_ROUNDS)
            solved = self._newton(grid, s + self.weight * self.p_slack, sharper)
            if solved.status != LoadFlowStatus.CONVERGED:
                return solved
            drawn, rounding = self._drawn(grid, solved.v)
            misses = (drawn - s).real - self.weight * self.p_slack
            if abs(misses[slack]) <= max(self.tolerance_pu, rounding.sum()):
                return solved
            error, slope = float(misses[self.live].sum()), -1.0
            if before is not None and self.p_slack != before[0]:
                slope = (error - before[1]) / (self.p_slack - before[0])
            before = self.p_slack, error
            self.p_slack -= error / (slope if -2.0 < slope < -0.5 else -1.0)
        return replace(solved, status=LoadFlowStatus.MAX_ITERATIONS, residual_pu=float(abs(misses[slack])))

    def _newton(self, grid: GridArrays, s: Complex, tolerance_pu: float) -> Solved:
        solved = self.solve_case(grid, self.closed, self.live, s, tolerance_pu, self.max_iterations, self.near)
        self.near = solved.v if solved.status == LoadFlowStatus.CONVERGED else None
        self.iterations += solved.iterations
        return solved

    def _drawn(self, grid: GridArrays, v: Complex) -> tuple[Complex, Floats]:
        """Power that leaves each node into branches, shunts and constant-current loads, and what rounding makes of
        it."""
        v = np.where(self.live, v, 0)
        y = node_admittance(grid, self.closed & self.live[grid.from_node])
        drawn = np.asarray(v * (y @ v).conj() + grid.s_constant_current * np.abs(v), dtype=np.complex128)
        return drawn, ROUNDING_UNITS * np.finfo(float).eps * np.abs(v) * (abs(y) @ np.abs(v))
