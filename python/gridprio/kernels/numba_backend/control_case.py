"""The controls of one case as a machine of states: after a load flow it wants another, or is done."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.model.controls import ControlArrays, ControlResults
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import NODE_PV, NODE_SLACK, GridArrays

SLACK_ROUNDS, SHARPER = 30, 3
ROUNDING = 8.0 * 2.220446049250313e-16

Complex = NDArray[np.complex128]


class CaseControl:
    """Taps, machines held at limits, shared slack and voltages of one case."""

    def __init__(
        self,
        grid: GridArrays,
        controls: ControlArrays,
        closed: NDArray[np.bool_],
        live: NDArray[np.bool_],
        s: Complex,
        start: Complex,
        tolerance_pu: float,
    ) -> None:
        self.grid, self.controls, self.closed, self.live, self.s = grid, controls, closed, live, s
        self.v, self.tolerance_pu = start, tolerance_pu
        self.tap_pos = controls.taps.tap_pos.copy()
        self.tap_at_limit = np.zeros(len(self.tap_pos), dtype=np.int8)
        self.level = 0
        self.seen = {self.tap_pos.tobytes()}
        self.held = np.zeros(grid.n_node, dtype=np.int8)
        self.pq = np.zeros(grid.n_node, dtype=np.bool_)
        self.fixed_q = np.zeros(grid.n_node)
        self.gives = live & ((grid.node_kind == NODE_PV) | (grid.node_kind == NODE_SLACK))
        self.sources = np.flatnonzero(self.gives & (np.isfinite(controls.q_min_pu) | np.isfinite(controls.q_max_pu)))
        weight = controls.slack_weight * live
        self.shared = bool(controls.slack_weight.any())
        self.weight = weight / weight.sum() if weight.any() else weight
        self.p_slack = -float(s.real[live].sum()) if self.shared else 0.0
        self.slack_node = int(np.flatnonzero(live & (grid.node_kind == NODE_SLACK))[0])
        self.last_slack: tuple[float, float] | None = None
        self.slack_rounds = 0
        self.iterations, self.residual_pu, self.done = 0, np.nan, False
        self.status = LoadFlowStatus.CONVERGED
        if self.shared and not weight.any():
            self._end(LoadFlowStatus.NO_SLACK)

    def ports(self) -> tuple[Complex, Complex, Complex, Complex]:
        """y_ff, y_ft, y_tf, y_tt `[branch]` at the present positions."""
        grid, taps = self.grid, self.controls.taps
        rows = taps.port[taps.port_rows(self.tap_pos)]
        y = [own.copy() for own in (grid.y_ff, grid.y_ft, grid.y_tf, grid.y_tt)]
        for column, values in enumerate(y):
            values[taps.branch] = rows[:, column]
        return y[0], y[1], y[2], y[3]

    def injection(self) -> Complex:
        """`[node]`, with the share of the slack and what machines at their limits give."""
        s: Complex = self.s + self.weight * self.p_slack + 1j * self.fixed_q
        return s

    @property
    def sharper_pu(self) -> float:
        """Tolerance of the next load flow."""
        return float(self.tolerance_pu * 0.1 ** min(self.slack_rounds, SHARPER))

    def fail(self, status: LoadFlowStatus, iterations: int, residual_pu: float) -> None:
        """The load flow has no solution."""
        self.iterations += iterations
        self.residual_pu = residual_pu
        self._end(status)

    def advance(self, v: Complex, iterations: int, residual_pu: float) -> None:
        """Takes a solution in: first the slack must settle, then the limits hold, then the taps be content."""
        self.v, self.residual_pu = v, residual_pu
        self.iterations += iterations
        drawn, rounding = self._drawn(v)
        if self.shared and not self._slack_settles(drawn, rounding):
            return
        if self._limits_are_passed(drawn):
            return
        while self.level < len(self.controls.taps.level_start) - 1:
            moved = self._step(np.abs(v))
            if moved is not None:
                self._move(moved)
                return
            self.level += 1
            self.seen = {self.tap_pos.tobytes()}
        self._end(LoadFlowStatus.CONVERGED)

    def fill(self, case: int, flows: FlowArrays, results: ControlResults) -> None:
        """Enter the case into the results."""
        converged = self.status == LoadFlowStatus.CONVERGED
        flows.status[case], flows.iterations[case] = self.status, self.iterations
        flows.residual_mva[case] = self.residual_pu * self.grid.base_mva
        flows.v_pu[case] = np.where(self.live & converged, self.v, np.nan)
        results.tap_pos[case] = self.tap_pos
        if converged:
            results.tap_at_limit[case], results.q_at_limit[case] = self.tap_at_limit, self.held
            results.p_slack_pu[case] = self.p_slack

    def _end(self, status: LoadFlowStatus) -> None:
        self.status, self.done = LoadFlowStatus(status), True

    def _drawn(self, v: Complex) -> tuple[Complex, NDArray[np.float64]]:
        """Power into branches, shunts and constant-current loads `[node]`, and what rounding makes of it."""
        grid, n = self.grid, self.grid.n_node
        on = self.closed & self.live[grid.from_node]
        f, t = grid.from_node[on], grid.to_node[on]
        y_ff, y_ft, y_tf, y_tt = (y[on] for y in self.ports())
        i, size = grid.y_shunt * v, np.abs(grid.y_shunt * v)
        for node, own, mutual, other in ((f, y_ff, y_ft, t), (t, y_tt, y_tf, f)):
            into = own * v[node] + mutual * v[other]
            i += np.bincount(node, into.real, n) + 1j * np.bincount(node, into.imag, n)
            size += np.bincount(node, np.abs(own * v[node]) + np.abs(mutual * v[other]), n)
        return v * i.conj() + grid.s_constant_current * np.abs(v), ROUNDING * np.abs(v) * size

    def _slack_settles(self, drawn: Complex, rounding: NDArray[np.float64]) -> bool:
        misses = (drawn - self.s).real - self.weight * self.p_slack
        off = abs(float(misses[self.slack_node]))
        if off <= max(self.tolerance_pu, float(rounding.sum())):
            self.last_slack, self.slack_rounds = None, 0
            return True
        self.slack_rounds += 1
        if self.slack_rounds == SLACK_ROUNDS:
            self.residual_pu = off
            self._end(LoadFlowStatus.MAX_ITERATIONS)
            return False
        error, slope = float(misses[self.live].sum()), -1.0
        if self.last_slack is not None and self.last_slack[0] != self.p_slack:
            slope = (error - self.last_slack[1]) / (self.p_slack - self.last_slack[0])
        self.last_slack = self.p_slack, error
        self.p_slack -= error / (slope if -2.0 < slope < -0.5 else -1.0)
        return False

    def _limits_are_passed(self, drawn: Complex) -> bool:
        """Holds the nodes whose machines pass a limit; whether there were any."""
        at, q_min, q_max = self.sources, self.controls.q_min_pu, self.controls.q_max_pu
        at = at[self.held[at] == 0]
        q = (drawn[at] - self.s[at]).imag
        above, below = at[q > q_max[at]], at[q < q_min[at]]
        self.held[above], self.held[below] = 1, -1
        for nodes, limit in ((above, q_max), (below, q_min)):
            nodes = nodes[self.grid.node_kind[nodes] == NODE_PV]
            self.pq[nodes], self.fixed_q[nodes] = True, limit[nodes]
        return len(above) + len(below) > 0

    def _step(self, vm: NDArray[np.float64]) -> NDArray[np.int32] | None:
        """Positions after a step of the controllers of the level; None when all are content."""
        taps, moved, content = self.controls.taps, self.tap_pos.copy(), True
        for row in range(taps.level_start[self.level], taps.level_start[self.level + 1]):
            t, node = taps.transformer[row], taps.node[row]
            self.tap_at_limit[t] = 0
            if node < 0 or not self.live[node] or not self.closed[taps.branches(t)].any():
                continue
            if taps.vm_lower_pu[row] < vm[node] < taps.vm_upper_pu[row]:
                continue
            wish = int(vm[node] < taps.vm_lower_pu[row]) - int(vm[node] > taps.vm_upper_pu[row])
            wish *= -int(taps.direction[row])
            end = taps.tap_min[t] if wish < 0 else taps.tap_max[t]
            if wish and moved[t] == end:
                self.tap_at_limit[t] = wish
                continue
            content = False
            if (end - moved[t]) * wish > 0:
                moved[t] += wish
        return None if content else moved

    def _move(self, moved: NDArray[np.int32]) -> None:
        if moved.tobytes() in self.seen:
            self._end(LoadFlowStatus.HUNTING)
        elif len(self.seen) > self.controls.max_control_iterations:
            self._end(LoadFlowStatus.CONTROL_ITERATIONS)
        else:
            self.seen.add(moved.tobytes())
            self.tap_pos = moved
            self.held[:], self.pq[:], self.fixed_q[:] = 0, False, 0.0
