"""Load flows of one cell: a case is (hour, contingency, served requests), solved with take-off after a fault.

The definition is docs/theory/cells.md; symbols follow it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from gridprio.kernels.reference.load_flow import branch_loading, jacobian, live_parts, node_admittance, solve_case
from gridprio.model.cell import (
    CASE_DEMAND,
    CASE_FEED_IN,
    DIRECTION_MW,
    INFLUENCE_SHARE,
    SECURE_PERCENT,
    TIE_PERCENT,
    CellBatch,
    Contingencies,
    Queue,
)
from gridprio.model.flows import LoadFlowStatus
from gridprio.model.grid import NODE_PQ, NODE_SLACK, GridArrays
from gridprio.model.rules import CellRules

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Case:
    """One solved case; `loading` is 0 where nothing flows or nothing is rated."""

    converged: bool
    v: NDArray[np.complex128]
    loading: Floats
    off: Bools
    """[node], exempt feed-in taken off"""


class CellFlow:
    """Cell `row` of a batch with its topology per contingency."""

    def __init__(
        self,
        grid: GridArrays,
        contingencies: Contingencies,
        queue: Queue,
        cells: CellBatch,
        row: int,
        rules: CellRules,
    ) -> None:
        self.grid, self.contingencies, self.queue, self.rules = grid, contingencies, queue, rules
        self.month, self.weight_h = cells.month[row], cells.weight_h[row]
        self.p_mw, self.q_mvar, self.exempt_mw = cells.p_mw[row], cells.q_mvar[row], cells.exempt_feed_in_mw[row]
        self.mask, self.wish_mw, self.profile = (
            cells.branch_in_service[row],
            cells.wish_mw[row],
            cells.queue_profile[row],
        )
        self.n_hour, self.n_contingency = len(self.month), len(contingencies.start) - 1
        self.closed, self.live = [], []
        self.present = np.zeros(self.n_contingency, dtype=bool)
        for k in range(self.n_contingency):
            out = self.branches_out(k)
            mask = self.mask.copy()
            mask[out] = False
            closed, live = live_parts(grid, mask, -1)
            self.closed.append(closed & live[grid.from_node])
            self.live.append(live)
            self.present[k] = k == 0 or bool(self.mask[out].any())
        self.rated = np.nan_to_num(grid.rating_mva)
        self.rated[np.isnan(np.fmax(grid.from_percent_per_pu, grid.to_percent_per_pu))] = 0.0
        self.gross_mw = np.maximum(0.0, self.exempt_mw - self.p_mw)
        self.no_request = np.zeros(len(self.wish_mw))

    def branches_out(self, k: int) -> NDArray[np.int32]:
        return self.contingencies.branch[self.contingencies.start[k] : self.contingencies.start[k + 1]]

    def request_mw(self, served: Floats, hour: int) -> Floats:
        """`[request]`, injection of what is served."""
        injection: Floats = self.queue.sign * self.profile[:, hour] * served
        return injection

    def direction(self, served: Floats, hour: int) -> int:
        """CASE_DEMAND when the area imports with the demand that is served, else CASE_FEED_IN."""
        inside = self.live[0] & (self.grid.node_kind != NODE_SLACK)
        demand = self.request_mw(served, hour) * (self.queue.sign < 0) * inside[self.queue.node]
        net = self.p_mw[hour, inside].sum() + demand.sum()
        return CASE_DEMAND if net < -DIRECTION_MW else CASE_FEED_IN

    def required(self, served: Floats, hour: int) -> list[int]:
        """Contingencies that security asks for in this hour, the intact grid first."""
        c = self.contingencies
        direction, month = self.direction(served, hour), 1 << int(self.month[hour])
        asked = (c.required_direction & direction).astype(bool) & (c.required_months & month).astype(bool)
        return [0, *(k for k in range(1, self.n_contingency) if asked[k] and self.present[k])]

    def interrupted_mw(self, k: int, served: Floats, hour: int) -> float:
        """Gross demand without supply in case (hour, k), served demand included."""
        lost = self.lost(k)
        demand = -self.request_mw(served, hour) * (self.queue.sign < 0) * lost[self.queue.node]
        return float(self.gross_mw[hour, lost].sum() + demand.sum())

    def lost(self, k: int) -> Bools:
        """Nodes that k splits off; for the intact grid the nodes without supply."""
        return ~self.live[0] if k == 0 else self.live[0] & ~self.live[k]

    def solve(self, hour: int, k: int, served: Floats, cap: Floats) -> Case:
        """Case (hour, k) with take-off where a branch is above `cap[branch]` (percent)."""
        request = self.request_mw(served, hour)
        p, q = self.p_mw[hour].copy(), self.q_mvar[hour].copy()
        np.add.at(p, self.queue.node, request)
        np.add.at(q, self.queue.node, request * self.queue.q_per_p)
        nothing = np.zeros(self.grid.n_node, dtype=bool)
        first = self._flow(k, p, q, nothing)
        excess = self.excess_mva(first, cap)
        if k == 0 or not first.converged or not excess.any() or self.direction(served, hour) != CASE_DEMAND:
            return first
        exempt_p, exempt_q = self.exempt_mw[hour].copy(), np.zeros(self.grid.n_node)
        taken = np.where((self.queue.sign > 0) & self.queue.exempt, request, 0.0)
        np.add.at(exempt_p, self.queue.node, taken)
        np.add.at(exempt_q, self.queue.node, taken * self.queue.q_per_p)
        worst = first_largest(excess)
        by_p, _ = self.gradient(k, first, worst)
        off = (by_p * self.rated[worst] / 100.0 >= INFLUENCE_SHARE) & (exempt_p > 0)
        if not off.any():
            return first
        second = self._flow(k, p - np.where(off, exempt_p, 0.0), q - np.where(off, exempt_q, 0.0), off)
        better = second.converged and self.excess_mva(second, cap).sum() < excess.sum()
        return second if better else first

    def excess_mva(self, case: Case, cap: Floats) -> Floats:
        """`[branch]`, MVA above `cap` in percent."""
        over = case.loading - cap
        return np.where(over > SECURE_PERCENT, over, 0.0) / 100.0 * self.rated

    def gradient(self, k: int, case: Case, branch: int) -> tuple[Floats, Floats]:
        """d loading of `branch` in percent / d injection `[node]` in MW and in MVAr, by one adjoint solve."""
        grid, v = self.grid, case.v
        dp, dq = np.zeros(grid.n_node), np.zeros(grid.n_node)
        if not self.closed[k][branch]:
            return dp, dq
        ends = int(grid.from_node[branch]), int(grid.to_node[branch])
        sides = (
            (grid.y_ff[branch], grid.y_ft[branch], grid.from_percent_per_pu[branch]),
            (grid.y_tf[branch], grid.y_tt[branch], grid.to_percent_per_pu[branch]),
        )
        current = [y_f * v[ends[0]] + y_t * v[ends[1]] for y_f, y_t, _ in sides]
        percent = np.nan_to_num([abs(i) * side[2] for i, side in zip(current, sides, strict=True)])
        at = 0 if percent[0] >= percent[1] else 1
        if not percent[at] > 0:
            return dp, dq
        slope_theta, slope_vm = np.zeros(grid.n_node), np.zeros(grid.n_node)
        unit = np.conj(current[at]) / abs(current[at]) * sides[at][2]
        for node, y in zip(ends, sides[at][:2], strict=True):
            slope_theta[node] += (unit * y * 1j * v[node]).real
            slope_vm[node] += (unit * y * v[node] / abs(v[node])).real
        angle_nodes = np.flatnonzero(self.live[k] & (grid.node_kind != NODE_SLACK))
        voltage_nodes = np.flatnonzero(self.live[k] & (grid.node_kind == NODE_PQ))
        y_node = node_admittance(grid, self.closed[k])
        jac = jacobian(y_node, v, y_node @ v, grid.s_constant_current, angle_nodes, voltage_nodes)
        adjoint = splu(jac).solve(np.r_[slope_theta[angle_nodes], slope_vm[voltage_nodes]], trans="T")
        dp[angle_nodes] = adjoint[: len(angle_nodes)] / grid.base_mva
        dq[voltage_nodes] = adjoint[len(angle_nodes) :] / grid.base_mva
        return dp, dq

    def _flow(self, k: int, p_mw: Floats, q_mvar: Floats, off: Bools) -> Case:
        grid, options, live = self.grid, self.rules.load_flow, self.live[k]
        if not live.any():
            return Case(True, np.zeros(grid.n_node, dtype=complex), np.zeros(grid.n_branch), off)
        s = ((p_mw + 1j * q_mvar) / grid.base_mva).astype(np.complex128)
        tolerance_pu = options.tolerance_mva / grid.base_mva
        solved = solve_case(grid, self.closed[k], live, s, tolerance_pu, options.max_iterations)
        v = np.where(live, solved.v, 0.0)
        loading = np.nan_to_num(branch_loading(grid, self.closed[k], v)) * (self.rated > 0)
        return Case(solved.status == LoadFlowStatus.CONVERGED, v, loading, off)


def first_largest(values: Floats) -> int:
    """First index that no later value beats by more than the tie tolerance."""
    best = 0
    for index in range(1, len(values)):
        if values[index] > values[best] + TIE_PERCENT:
            best = index
    return best
