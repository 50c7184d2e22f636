"""Load flows of one cell: cases are (hour, contingency) with what is allocated, solved with take-off after a fault.

The definition is docs/theory/cells.md; symbols follow it. Arrays of cases have one row per case. What solves the load
flows and what differentiates them is handed in, so that every backend computes on this text.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from gridprio.kernels.reference.batch import solve_load_flow
from gridprio.kernels.reference.controls import at_positions, with_held
from gridprio.kernels.reference.load_flow import jacobian, live_parts, loading_slope, node_admittance
from gridprio.model.cell import (
    CASE_DEMAND,
    CASE_FEED_IN,
    DIRECTION_MW,
    INFLUENCE_SHARE,
    SECURE_PERCENT,
    TIE_PERCENT,
    TURNED_MW,
    CellBatch,
    Contingencies,
    Queue,
)
from gridprio.model.controls import ControlArrays
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import NODE_PQ, NODE_SLACK, GridArrays
from gridprio.model.limits import lifted, limit_percent, power_into
from gridprio.model.rules import CellRules, LoadFlowOptions

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Complex = NDArray[np.complex128]


class Topology(NamedTuple):
    """The grid with each contingency out and its actions carried out."""

    closed: Bools
    """[contingency, branch], energised"""
    live: Bools
    """[contingency, node], connected to a slack"""

    @classmethod
    def of(cls, grid: GridArrays, contingencies: Contingencies, branch_in_service: Bools) -> Topology:
        closed, live = [], []
        for k in range(len(contingencies.start) - 1):
            closed_k, live_k = live_parts(grid, contingencies.in_service(k, branch_in_service), -1)
            closed.append(closed_k & live_k[grid.from_node])
            live.append(live_k)
        return cls(np.array(closed), np.array(live))


class Gradients(Protocol):
    """d loading of a branch in percent / d injection `[pair, node]` in pu, active and reactive.

    A pair is a branch in a solved case; `case[pair]` ascends and counts in `k[case]` and `v[case, node]`. Where
    `way[pair]` is 1 or -1: that times d active power into the `from` side in pu.
    """

    def __call__(
        self, grid: GridArrays, topology: Topology, k: Ints, v: Complex, case: Ints, branch: Ints, way: Ints
    ) -> tuple[Floats, Floats]: ...


class LoadFlowKernel(Protocol):
    """`Kernels.solve_load_flow`."""

    def __call__(
        self,
        grid: GridArrays,
        p: Floats,
        q: Floats,
        outage: NDArray[np.int32],
        branch_in_service: Bools,
        *,
        controls: ControlArrays | None = None,
        options: LoadFlowOptions,
        threads: int,
    ) -> FlowArrays: ...


def gradients(
    grid: GridArrays, topology: Topology, k: Ints, v: Complex, case: Ints, branch: Ints, way: Ints
) -> tuple[Floats, Floats]:
    """By one factorisation per case and one adjoint solve per pair, J^T x = d loading / d (angle, magnitude)."""
    by_p, by_q = np.zeros((2, len(case), grid.n_node))
    for at in np.unique(case):
        live, y = topology.live[k[at]], node_admittance(grid, topology.closed[k[at]])
        angle_nodes = np.flatnonzero(live & (grid.node_kind != NODE_SLACK))
        voltage_nodes = np.flatnonzero(live & (grid.node_kind == NODE_PQ))
        factor = splu(jacobian(y, v[at], y @ v[at], grid.s_constant_current, angle_nodes, voltage_nodes))
        for pair in np.flatnonzero(case == at):
            if topology.closed[k[at], branch[pair]]:
                by_angle, by_magnitude = loading_slope(grid, v[at], branch[pair], way[pair])
                x = factor.solve(np.r_[by_angle[angle_nodes], by_magnitude[voltage_nodes]], trans="T")
                by_p[pair, angle_nodes], by_q[pair, voltage_nodes] = np.split(x, [len(angle_nodes)])
    return by_p, by_q


@dataclass(frozen=True, eq=False)
class Cases:
    """Solved cases; `loading` is 0 where nothing flows, nothing is rated, or the limit of one direction is lifted."""

    hour: Ints
    k: Ints
    converged: Bools
    """[case]"""
    v: Complex
    """[case, node], pu, 0 where not live"""
    loading: Floats
    """[case, branch], percent"""
    off: Bools
    """[case, node], exempt feed-in taken off"""
    tap_pos: NDArray[np.int32]
    """[case, transformer], where the controllers of the grid ended; none without controls"""
    q_at_limit: NDArray[np.int8]
    """[case, node], as in `ControlResults`; none without controls"""

    def excess_mva(self, cap: Floats, rated: Floats) -> Floats:
        """[case, branch], MVA above `cap` in percent."""
        over = self.loading - cap
        return np.where(over > SECURE_PERCENT, over, 0.0) / 100.0 * rated


@dataclass(frozen=True)
class Backend:
    """What the load flows of a cell are computed with; `threads`: of those that are asked for together."""

    solve_load_flow: LoadFlowKernel = solve_load_flow
    gradients: Gradients = gradients
    threads: int = 1


class CellFlow:
    """Cell `row` of a batch."""

    def __init__(
        self,
        grid: GridArrays,
        contingencies: Contingencies,
        queue: Queue,
        cells: CellBatch,
        row: int,
        rules: CellRules,
        backend: Backend,
    ) -> None:
        self.grid, self.rules, self.backend = grid, rules, backend
        self.month, self.limit_class = (cells.of(name, row).astype(np.int64) for name in ("month", "limit_class"))
        self.weight_h = cells.of("weight_h", row)
        injections = (cells.of(name, row) for name in ("p_mw", "q_mvar", "exempt_feed_in_mw"))
        self.p_mw, self.q_mvar, self.exempt_mw = injections
        self.requested_mw, self.order = cells.requested_mw[row], cells.order[row]
        self.n_hour, self.n_contingency = len(self.month), len(contingencies.start) - 1
        self._limits = limit_percent(grid, rules.loading_limit_percent, rules.emergency_limit_percent)
        mask = cells.of("branch_in_service", row)
        self.topology = Topology.of(grid, contingencies, mask)
        live = self.topology.live
        self.lost = np.concatenate([~live[:1], live[0] & ~live[1:]])
        """[contingency, node], split off; for the intact grid what is without supply"""
        sizes = np.diff(contingencies.start)
        self.interruption_max_mw = contingencies.interruption_max_mw
        self.first_out = np.full(self.n_contingency, -1)
        self.first_out[sizes > 0] = contingencies.branch[contingencies.start[:-1][sizes > 0]]
        present = [contingencies.is_present(k, mask) for k in range(self.n_contingency)]
        self.in_force = (contingencies.required_months[None, :] >> self.month[:, None]) & 1 == 1
        self.in_force &= present
        """[hour, contingency], security may ask for it: its months, and each of its outages takes something out"""
        self.for_demand, self.for_feed_in = (
            (contingencies.required_direction & way != 0) | (sizes == 0) for way in (CASE_DEMAND, CASE_FEED_IN)
        )
        """[contingency], what security requires it for; the intact grid for both"""
        self.rated = np.nan_to_num(grid.rating_mva)
        self.rated[np.isnan(np.fmax(grid.from_percent_per_pu, grid.to_percent_per_pu))] = 0.0
        self.one_way = grid.one_way_limits[:, 0]
        """branches with a limit of one direction"""
        self.ways = np.zeros(grid.n_branch, dtype=np.int64)
        self.ways[self.one_way] = grid.one_way_limits[:, 1]
        self._lost_mw = np.maximum(0.0, self.exempt_mw - self.p_mw) @ self.lost.T
        self._take_queue(queue, cells.of("queue_profile", row))

    def with_queue(self, queue: Queue) -> CellFlow:
        """The same cell with other requests, of which `requested_mw` and `order` say nothing."""
        other = copy(self)
        other._take_queue(queue, queue.profile)
        return other

    def _take_queue(self, queue: Queue, profile: Floats) -> None:
        self.queue, self.profile = queue, profile
        self.is_demand: Bools = queue.sign < 0
        self.takes_off: Bools = queue.exempt & (queue.sign > 0)
        self.no_request = np.zeros(len(queue.node))

    def limit_percent(self, hour: Ints, k: Ints) -> Floats:
        """`[case, branch]`, loading above which a branch is overloaded."""
        limits: Floats = self._limits[(k > 0).astype(np.int64), self.limit_class[hour]]
        return limits

    def request_mw(self, allocated: Floats) -> Floats:
        """`[hour, request]`, injection of what is allocated."""
        injection: Floats = (self.queue.sign * allocated * self.profile.T).astype(np.float64)
        return injection

    def required(self, allocated: Floats) -> Bools:
        """`[hour, contingency]`, cases that security asks for: some station draws, or feeds in, in that hour.

        Feed-in that is allocated does not hide a station that draws.
        """
        draws, feeds_in = self.directions(allocated)
        asked: Bools = self.in_force & (draws[:, None] & self.for_demand | feeds_in[:, None] & self.for_feed_in)
        asked[:, 0] = True
        return asked

    def directions(self, allocated: Floats) -> tuple[Bools, Bools]:
        """`[hour]` whether some station draws, and whether some feeds in."""
        inside = self.topology.live[0] & (self.grid.node_kind != NODE_SLACK)
        request = self.request_mw(allocated)
        all_p, _ = self.with_requests(self.p_mw, self.q_mvar, request)
        drawn_p, _ = self.with_requests(self.p_mw, self.q_mvar, request * self.is_demand)
        draws: Bools = np.any(drawn_p[:, inside] < -DIRECTION_MW, axis=1)
        feeds_in: Bools = np.any(all_p[:, inside] > DIRECTION_MW, axis=1)
        return draws, feeds_in

    def required_for_demand(self, allocated: Floats) -> Bools:
        """`[hour, contingency]`, required cases in which interrupted demand counts."""
        draws, _ = self.directions(allocated)
        asked: Bools = self.in_force & draws[:, None] & self.for_demand
        asked[:, 0] = True
        return asked

    def judged(self, cases: Cases, case: Ints, branch: Ints, allocated: Floats, by_p: Floats | None = None) -> Bools:
        """`[pair]`, security judges this branch in this case: it carries the direction that asks for the contingency.

        It never judges a limit that is lifted. `by_p[pair, node]`: gradients, where they are at hand.
        """
        k = cases.k[case]
        judged: Bools = self.for_demand[k] & self.for_feed_in[k]
        open_ = np.flatnonzero(~judged)
        if len(open_):
            by_open = None if by_p is None else by_p[open_]
            feed_in = self.carries_feed_in(cases, case[open_], branch[open_], allocated, by_open)
            judged[open_] = np.where(feed_in, self.for_feed_in[k[open_]], self.for_demand[k[open_]])
        judged &= ~(np.isin(branch, self.one_way) & (cases.loading[case, branch] == 0.0))
        return judged

    def carries_feed_in(
        self, cases: Cases, case: Ints, branch: Ints, allocated: Floats, by_p: Floats | None = None
    ) -> Bools:
        """`[pair]`, stations that feed in load the branch, and more than those that draw do; else it carries demand.

        Sums of gradient x net injection; `by_p[pair, node]`: gradients, where they are at hand.
        """
        gradient = self.gradients(cases, case, branch)[0] if by_p is None else by_p
        request = self.request_mw(allocated)
        p, q = self.with_requests(self.p_mw, self.q_mvar, request)
        exempt_p, _ = self.with_requests(self.exempt_mw, q, request * self.takes_off)
        hour = cases.hour[case]
        net = p[hour] - np.where(cases.off[case], exempt_p[hour], 0.0)
        drawn = (gradient * np.minimum(net, 0.0)).sum(axis=1)
        fed_in = (gradient * np.maximum(net, 0.0)).sum(axis=1)
        found: Bools = fed_in > np.maximum(drawn, 0.0) + TIE_PERCENT
        return found

    def interrupted_mw(self, allocated: Floats) -> Floats:
        """`[hour, contingency]`, gross demand without supply, allocated demand included."""
        lost: Floats = self._lost_mw - self.request_mw(allocated) @ (self.lost[:, self.queue.node] & self.is_demand).T
        return lost

    def solve(self, hour: Ints, k: Ints, allocated: Floats, cap: Floats) -> Cases:
        """Cases with take-off where a branch is above `cap[case, branch]` (percent)."""
        first = self.solve_without(hour, k, allocated, np.zeros((len(hour), self.grid.n_node), dtype=np.bool_))
        exempt_p, _ = self.exempt(allocated)
        excess = first.excess_mva(cap, self.rated)
        at = self.asks_take_off(first, excess, exempt_p)
        if not len(at):
            return first
        worst = first_largest(excess[at])
        by_p, _ = self.gradients(first, at, worst)
        off = (by_p * self.rated[worst, None] / 100.0 >= INFLUENCE_SHARE) & (exempt_p[hour[at]] > 0)
        at, off = at[off.any(axis=1)], off[off.any(axis=1)]
        if not len(at):
            return first
        second = self.solve_without(hour[at], k[at], allocated, off)
        left = second.excess_mva(cap[at], self.rated).sum(axis=1)
        better = second.converged & (left < excess[at].sum(axis=1))
        for name in ("v", "loading", "off", "tap_pos", "q_at_limit"):
            getattr(first, name)[at[better]] = getattr(second, name)[better]
        return first

    def solve_without(self, hour: Ints, k: Ints, allocated: Floats, off: Bools, *, loads: bool = True) -> Cases:
        """Cases with exempt feed-in switched off where `off[case, node]` says so; their loadings stay 0 but for
        `loads`."""
        p, q = self.with_requests(self.p_mw, self.q_mvar, self.request_mw(allocated))
        p, q = p[hour], q[hour]
        if off.any():
            exempt_p, exempt_q = self.exempt(allocated)
            p, q = p - np.where(off, exempt_p[hour], 0.0), q - np.where(off, exempt_q[hour], 0.0)
        return self._flows(hour, k, p, q, off, loads)

    def exempt(self, allocated: Floats) -> tuple[Floats, Floats]:
        """`[hour, node]`, feed-in that may be taken off, MW, and the reactive power that goes with it, MVAr."""
        exempt = self.request_mw(allocated) * self.takes_off
        return self.with_requests(self.exempt_mw, np.zeros_like(self.q_mvar), exempt)

    def asks_take_off(self, cases: Cases, excess_mva: Floats, exempt_p: Floats) -> Ints:
        """Rows of `cases` that are required for demand alone, with a branch above its limit and exempt feed-in."""
        asks = cases.converged & ~self.for_feed_in[cases.k] & excess_mva.any(axis=1)
        return np.flatnonzero(asks & np.any(exempt_p > 0, axis=1)[cases.hour])

    def turning(self, cases: Cases, case: Ints, branch: Ints, cap: Floats, anew: bool) -> tuple[Ints, Floats]:
        """`[pair]`, the way of a limit of one direction where it is met by turning active power, 0 elsewhere: where
        reactive power alone reaches it, and with `anew` where it is lifted. And how much more active power that way the
        limit leaves, percent of the rating.
        """
        grid, rated, is_lifted = self.grid, self.rated[branch], cases.loading[case, branch] == 0.0
        v_from, v_to = cases.v[case, grid.from_node[branch]], cases.v[case, grid.to_node[branch]]
        power = power_into(grid, branch, v_from, v_to)
        size = np.where(np.abs(v_from) > 0, np.abs(v_from), np.inf)
        reactive = np.nan_to_num(grid.from_percent_per_pu[branch]) * np.abs(power.imag) / size
        mw_percent = 100.0 / np.where(rated > 0, rated, np.inf)
        way = np.where((is_lifted & anew) | (~is_lifted & (reactive >= cap)), self.ways[branch], 0)
        most = np.where(reactive >= cap, -TURNED_MW * mw_percent, np.sqrt(np.maximum(cap**2 - reactive**2, 0.0)))
        return way, most - way * power.real * grid.base_mva * mw_percent

    def gradients(self, cases: Cases, case: Ints, branch: Ints, way: Ints | None = None) -> tuple[Floats, Floats]:
        """`[pair, node]`, d loading of `branch[pair]` in `case[pair]` in percent / d injection in MW and in MVAr.

        Taps are held where the case has them, and so are machines at their limits. Where `way[pair]` is not 0: d active
        power that way, percent of the rating.
        """
        grid, controls = self.grid, self.grid.controls
        way = np.zeros(len(branch), dtype=np.int64) if way is None else way
        per = np.where(way != 0, 100.0 / np.where(way != 0, self.rated[branch], 1.0), 1.0 / grid.base_mva)[:, None]
        if controls is None:
            by_p, by_q = self.backend.gradients(grid, self.topology, cases.k, cases.v, case, branch, way)
            return by_p * per, by_q * per
        by_p, by_q = np.zeros((2, len(case), grid.n_node))
        reached = np.concatenate([cases.tap_pos[case], cases.q_at_limit[case]], axis=1)
        for one in np.unique(reached, axis=0):
            pair = np.flatnonzero((reached == one).all(axis=1))
            tap_pos, held = np.split(one, [controls.taps.n_transformer])
            there = with_held(at_positions(grid, controls.taps, tap_pos), held.astype(np.int8))
            at = case[pair], branch[pair], way[pair]
            by_p[pair], by_q[pair] = gradients(there, self.topology, cases.k, cases.v, *at)
        return by_p * per, by_q * per

    def with_requests(self, p_mw: Floats, q_mvar: Floats, request: Floats) -> tuple[Floats, Floats]:
        p, q = p_mw.copy(), q_mvar.copy()
        np.add.at(p.T, self.queue.node, request.T)
        np.add.at(q.T, self.queue.node, (request * self.queue.q_per_p).T)
        return p, q

    def _flows(self, hour: Ints, k: Ints, p_mw: Floats, q_mvar: Floats, off: Bools, loads: bool) -> Cases:
        grid, n = self.grid, len(hour)
        tap_pos, q_at_limit = np.zeros((n, 0), dtype=np.int32), np.zeros((n, 0), dtype=np.int8)
        if grid.controls is not None:
            tap_pos = np.tile(grid.controls.taps.tap_pos, (n, 1))
            q_at_limit = np.zeros((n, grid.n_node), dtype=np.int8)
        if not n or not self.topology.live.any():  # without supply nothing flows
            v, loading = np.zeros(p_mw.shape, dtype=np.complex128), np.zeros((n, grid.n_branch))
            return Cases(hour, k, np.ones(n, dtype=np.bool_), v, loading, off, tap_pos, q_at_limit)
        flows = self.backend.solve_load_flow(
            grid,
            p_mw / grid.base_mva,
            q_mvar / grid.base_mva,
            np.full(n, -1, dtype=np.int32),
            self.topology.closed[k],
            controls=grid.controls,
            options=self.rules.load_flow,
            threads=self.backend.threads,
        )
        converged = flows.status == LoadFlowStatus.CONVERGED
        loading, v = np.zeros((n, grid.n_branch)), np.nan_to_num(flows.v_pu)
        if loads:
            loading = np.nan_to_num(flows.loading_percent) * (self.rated > 0)
            loading[:, self.one_way] *= ~lifted(grid, v)
        if flows.controls is not None:
            tap_pos, q_at_limit = flows.controls.tap_pos, flows.controls.q_at_limit
        return Cases(hour, k, converged, v, loading, off, tap_pos, q_at_limit)


def first_largest(values: Floats) -> Ints:
    """`[row]`, the first column that no later one beats by more than the tie tolerance."""
    row = np.arange(len(values))
    best = np.zeros(len(values), dtype=np.int64)
    for column in range(1, values.shape[1]):
        best[values[:, column] > values[row, best] + TIE_PERCENT] = column
    return best
