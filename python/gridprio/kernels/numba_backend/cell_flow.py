"""One cell: which cases are required, its injections with what is served, its base cases without the queue."""

from __future__ import annotations

import numpy as np

from gridprio.kernels.numba_backend.cell_scan import BASE, walk
from gridprio.kernels.numba_backend.cell_state import (
    BaseCases,
    Bools,
    Floats,
    Injections,
    Ints,
    Members,
    Network,
    Rules,
    Tiles,
    topology,
)
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, DIRECTION_MW, CellBatch, Contingencies, Queue
from gridprio.model.grid import NODE_SLACK, GridArrays

Found = tuple[Ints, Floats, Floats, Bools]
"""What `walk` returns."""


class Cell:
    """Cell `row` of a batch."""

    def __init__(
        self,
        grid: GridArrays,
        shared: Network,
        contingencies: Contingencies,
        queue: Queue,
        cells: CellBatch,
        row: int,
        rules: Rules,
        buffers: Tiles,
    ) -> None:
        self.grid, self.network, self.contingencies, self.queue = grid, shared, contingencies, queue
        self.rules, self.tiles = rules, buffers
        self.month, self.weight_h = cells.month[row].astype(np.int64), cells.weight_h[row]
        self.p_mw, self.q_mvar, self.exempt_mw = cells.p_mw[row], cells.q_mvar[row], cells.exempt_feed_in_mw[row]
        self.profile, self.wish_mw = cells.queue_profile[row], cells.wish_mw[row]
        self.sign = queue.sign.astype(np.float64)
        self.n_hour, n = len(self.month), len(contingencies.start) - 1
        mask = cells.branch_in_service[row]
        self.topology = topology(grid, contingencies, mask, self.n_hour)
        live = self.topology.live
        self.first_out = np.full(n, -1, dtype=np.int32)
        sizes = np.diff(contingencies.start)
        self.first_out[sizes > 0] = contingencies.branch[contingencies.start[:-1][sizes > 0]]
        outages = np.repeat(np.arange(n), sizes)
        present = np.zeros(n, dtype=np.bool_)
        present[outages[mask[contingencies.branch]]] = True
        self._asked = (contingencies.required_months[None, :] >> self.month[:, None]) & 1 == 1
        self._asked &= present
        self.lost = live[0] & ~live
        self.lost[0] = ~live[0]
        """[contingency, node]"""
        inside = live[0] & (grid.node_kind != NODE_SLACK)
        self._net_mw = self.p_mw[:, inside].sum(axis=1)
        self._is_demand = self.sign < 0
        self._counts = self._is_demand & inside[queue.node]
        self._lost_mw = np.maximum(0.0, self.exempt_mw - self.p_mw) @ self.lost.T
        self._lost_request = self.lost[:, queue.node] & self._is_demand
        self._taken = (self.sign > 0) & queue.exempt
        self.no_request = np.zeros(len(self.wish_mw))
        shape = (self.n_hour, n)
        self.base = BaseCases(
            known=np.zeros(shape, dtype=np.bool_),
            converged=np.zeros(shape, dtype=np.bool_),
            worst_percent=np.zeros(shape),
            worst_branch=np.zeros(shape, dtype=np.int32),
            first=np.zeros(shape, dtype=np.int32),
            n_passed=np.zeros(shape, dtype=np.int32),
            branch=np.zeros(0, dtype=np.int32),
            hour=np.zeros(0, dtype=np.int32),
            percent=np.zeros(0),
        )

    def request_mw(self, served: Floats) -> Floats:
        """`[request, hour]`, injection of what is served."""
        injection: Floats = (self.sign * served)[:, None] * self.profile
        return injection

    def imports(self, served: Floats) -> Bools:
        """`[hour]`, the area imports with the demand that is served."""
        below: Bools = self._net_mw + self._counts @ self.request_mw(served) < -DIRECTION_MW
        return below

    def required(self, served: Floats) -> Bools:
        """`[hour, contingency]`, cases that security asks for."""
        direction = np.where(self.imports(served), CASE_DEMAND, CASE_FEED_IN)
        todo: Bools = self._asked & (self.contingencies.required_direction[None, :] & direction[:, None] != 0)
        todo[:, 0] = True
        return todo

    def interrupted_mw(self, served: Floats) -> Floats:
        """`[hour, contingency]`, gross demand without supply, served demand included."""
        total: Floats = self._lost_mw - (self._lost_request @ self.request_mw(served)).T
        return total

    def injections(self, served: Floats) -> Injections:
        request = self.request_mw(served)
        at, q_per_p = self.queue.node, self.queue.q_per_p[:, None]
        p, q = self.p_mw.copy(), self.q_mvar.copy()
        exempt, exempt_q = self.exempt_mw.copy(), np.zeros(self.q_mvar.shape)
        np.add.at(p.T, at, request)
        np.add.at(q.T, at, request * q_per_p)
        np.add.at(exempt.T, at[self._taken], request[self._taken])
        np.add.at(exempt_q.T, at[self._taken], (request * q_per_p)[self._taken])
        base_mva = self.grid.base_mva
        has_exempt = (exempt > 0).any(axis=1)
        return Injections(p / base_mva, q / base_mva, exempt, exempt_q, self.imports(served), has_exempt)

    def walk(self, purpose: int, todo: Bools, served: Floats, members: Members) -> tuple[Found, Bools]:
        """What a walk over the cases finds with `served[request]`, and which cases have a solution."""
        solved = np.zeros(todo.shape, dtype=np.bool_)
        found: Found = walk(
            purpose,
            todo,
            self.network,
            self.tiles,
            self.rules,
            self.topology,
            self.base,
            self.injections(served),
            members,
            solved,
        )
        return found, solved

    def solve_base(self, todo: Bools) -> None:
        """Solves the base cases of `todo` that are not known yet."""
        base, todo = self.base, todo & ~self.base.known
        if not todo.any():
            return
        (case, percent, _, _), solved = self.walk(BASE, todo, self.no_request, self.members(np.zeros(0, np.int64)))
        base.known[todo] = True
        base.converged[todo] = solved[todo]
        self.base = base._replace(
            branch=np.concatenate([base.branch, case[:, 0]]),
            hour=np.concatenate([base.hour, case[:, 2]]),
            percent=np.concatenate([base.percent, percent]),
        )

    def members(self, requests: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Members:
        """Those requests, with nothing served."""
        queue, n = self.queue, len(requests)
        return Members(
            queue.node[requests],
            np.ascontiguousarray(self.sign[requests, None] * self.profile[requests] / self.grid.base_mva),
            queue.q_per_p[requests],
            self._taken[requests],
            self.wish_mw[requests],
            np.zeros(n),
            np.zeros(n),
        )
