"""Load flows with controls in lanes: after each round every case says what it wants to change, or that it is done.

What the controls do is told in `gridprio.kernels.reference.controls`. Cases whose machines are held at the same nodes
share a tile, because the kinds of the nodes are one for all lanes, and so is the tolerance; admittances and injections
are a lane's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridprio.kernels.cases import Cases
from gridprio.kernels.numba_backend.control_case import CaseControl
from gridprio.kernels.numba_backend.lanes import LANES
from gridprio.kernels.numba_backend.load_flow import Compiled, compiled
from gridprio.kernels.numba_backend.newton import FAST, assemble, find_live, solve
from gridprio.kernels.numba_backend.tile import tile_of
from gridprio.kernels.reference.load_flow import solve_case
from gridprio.model.controls import ControlArrays, ControlResults
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import NODE_PQ, NODE_PV, NODE_SLACK, GridArrays
from gridprio.model.rules import LoadFlowOptions


def fill_controlled(
    cases: Cases,
    flows: FlowArrays,
    controls: ControlArrays,
    options: LoadFlowOptions,
    threads: int,
) -> FlowArrays:
    """`flows` with every case solved under its controls; cases are shared out over threads in blocks."""
    grid = cases.grid
    results = ControlResults.unsolved(controls, cases.n_case)
    flows = replace(flows, controls=results)
    if not (grid.node_kind == NODE_SLACK).any():
        flows.status[:], flows.iterations[:], flows.residual_mva[:] = LoadFlowStatus.NO_SLACK, 0, np.nan
        flows.v_pu[:] = np.nan
        return flows
    ready = compiled(grid)
    blocks = [block for block in np.array_split(np.arange(cases.n_case), threads) if len(block)]

    def work(block: NDArray[np.intp]) -> None:
        rounds = _Rounds(grid, ready, controls, options.tolerance_mva / grid.base_mva, options.max_iterations)
        for case, control in zip(block, rounds.solve(cases, block), strict=True):
            control.fill(int(case), flows, results)

    if len(blocks) <= 1:
        list(map(work, blocks))
    else:
        with ThreadPoolExecutor(len(blocks)) as pool:
            list(pool.map(work, blocks))
    return flows


class _Rounds:
    """Buffers of one thread, and the rounds of its cases."""

    def __init__(
        self, grid: GridArrays, ready: Compiled, controls: ControlArrays, tolerance_pu: float, max_iterations: int
    ) -> None:
        self.grid, self.ready, self.controls = grid, ready, controls
        self.tolerance_pu, self.max_iterations = tolerance_pu, max_iterations
        self.network = ready.network(grid)
        self.tile = tile_of(ready.tape, keep=False)

    def solve(self, cases: Cases, block: NDArray[np.intp]) -> list[CaseControl]:
        """Every case of `block` until it is done."""
        states = [self._begin(cases, int(case)) for case in block]
        active = [state for state in states if not state.done]
        while active:
            for group in _tiles(active):
                self._solve_tile(group)
            active = [state for state in active if not state.done]
        return states

    def _begin(self, cases: Cases, case: int) -> CaseControl:
        grid = self.grid
        p, q, outage, mask = cases.row(case)
        closed = mask & self.network.usable
        if outage >= 0:
            closed[grid.outage_branch[grid.outage_start[outage] : grid.outage_start[outage + 1]]] = False
        live = np.zeros(grid.n_node, dtype=np.bool_)
        tape, branches = self.ready.tape, self.ready.branches
        _find_live(branches[0], branches[1], tape[11], tape[12], self.network.slack, closed, live)
        return CaseControl(grid, self.controls, closed, live, p + 1j * q, self.ready.start, self.tolerance_pu)

    def _solve_tile(self, group: list[CaseControl]) -> None:
        """One load flow of at most eight cases whose machines are held at the same nodes."""
        ready, tile = self.ready, self.tile
        ports = [state.ports() for state in group]
        for lane in range(LANES):
            at = min(lane, len(group) - 1)
            self._load(group[at], ports[at], lane)
        status, iterations, residual = np.zeros(LANES, np.uint8), np.zeros(LANES, np.int32), np.zeros(LANES)
        is_pv = (self.grid.node_kind == NODE_PV) & ~group[0].pq
        _solve_lanes(
            ready.tape,
            (*ready.nodes[:4], is_pv[ready.symbolic.node_of]),
            tile,
            ready.start,
            (1 << len(group)) - 1,
            group[0].sharper_pu,
            self.max_iterations,
            (status, iterations, residual),
        )
        for lane, state in enumerate(group):
            v = ready.nodes[1].astype(np.complex128)
            v[ready.symbolic.node_of] = tile[0][:, 0, lane] + 1j * tile[0][:, 1, lane]
            if status[lane] == LoadFlowStatus.CONVERGED:
                state.advance(np.where(state.live, v, 0), int(iterations[lane]), float(residual[lane]))
            else:
                self._last_resort(state, ports[lane])

    def _last_resort(self, state: CaseControl, ports: tuple[NDArray[np.complex128], ...]) -> None:
        y_ff, y_ft, y_tf, y_tt = ports
        grid = replace(
            self.grid,
            y_ff=y_ff,
            y_ft=y_ft,
            y_tf=y_tf,
            y_tt=y_tt,
            node_kind=np.where(state.pq, NODE_PQ, self.grid.node_kind).astype(np.int8),
        )
        again = solve_case(grid, state.closed, state.live, state.injection(), state.sharper_pu, self.max_iterations)
        if again.status == LoadFlowStatus.CONVERGED:
            state.advance(np.where(state.live, again.v, 0), again.iterations, again.residual_pu)
        else:
            state.fail(again.status, again.iterations, again.residual_pu)

    def _load(self, state: CaseControl, ports: tuple[NDArray[np.complex128], ...], lane: int) -> None:
        """Injections, state, admittances and start voltages of one lane."""
        grid, ready = self.grid, self.ready
        node_of = ready.symbolic.node_of
        v, s, _, _, y_re, y_im, j_re, j_im, dead = self.tile[:9]
        branches = (ready.branches[0], ready.branches[1], *ports)
        _assemble(ready.tape, branches, ready.nodes, state.closed, state.live, lane, (y_re, y_im, j_re, j_im))
        off, injection, voltage = ~state.live[node_of], state.injection()[node_of], state.v[node_of]
        dead[:, lane] = off
        s[:, 0, lane], s[:, 1, lane] = np.where(off, 0.0, injection.real), np.where(off, 0.0, injection.imag)
        v[:, 0, lane], v[:, 1, lane] = np.where(off, grid.vm_set_pu[node_of], voltage.real), voltage.imag
        v[off, 1, lane] = 0.0


@njit(**FAST)
def _find_live(from_node, to_node, incident_start, incident, slack, closed, live):
    find_live(len(live), from_node, to_node, incident_start, incident, slack, closed, live)


@njit(**FAST)
def _assemble(symbolic, branches, nodes, closed, live, lane, into):
    assemble(symbolic, branches, nodes, closed, live, lane, into[0], into[1], into[2], into[3])


@njit(**FAST)
def _solve_lanes(symbolic, nodes, tile, start, lanes, tolerance_pu, max_iterations, ends):
    """From the voltages in the tile, and from the base where these lead astray."""
    solve(symbolic, nodes, tile, start, lanes, True, tolerance_pu, max_iterations, ends)


def _tiles(active: list[CaseControl]) -> Iterator[list[CaseControl]]:
    groups: dict[tuple[bytes, float], list[CaseControl]] = {}
    for state in active:
        groups.setdefault((state.pq.tobytes(), state.sharper_pu), []).append(state)
    for group in groups.values():
        for first in range(0, len(group), LANES):
            yield group[first : first + LANES]
