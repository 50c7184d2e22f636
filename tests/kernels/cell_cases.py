"""Cells for kernel tests in a few words, and the slow sequential oracle of the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gridprio.kernels.protocol import Kernels
from gridprio.kernels.reference.cell_base import BaseCases
from gridprio.kernels.reference.cell_flow import Backend, CellFlow
from gridprio.model.cell import (
    CASE_DEMAND,
    CASE_FEED_IN,
    INFLUENCE_SHARE,
    CellBatch,
    CellResults,
    Contingencies,
    Queue,
)
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules, LoadFlowOptions, OutageRules

ALL_MONTHS = 0xFFF
RULES = CellRules(
    loading_limit_percent=100.0,
    emergency_limit_percent=100.0,
    outages=OutageRules(security_min_kv=0.0, maintenance_outages=False, interruption_max_mw=0.0),
    load_flow=LoadFlowOptions(),
)


def contingencies(
    *out: Sequence[int],
    direction: int = CASE_DEMAND,
    months: int = ALL_MONTHS,
    interruption_max_mw: float = 0.0,
) -> Contingencies:
    """The intact grid and one row per given set of branches."""
    rows = [[], *(list(branches) for branches in out)]
    start = np.cumsum([0, *(len(row) for row in rows)]).astype(np.int32)
    return Contingencies(
        start=start,
        branch=np.array([branch for row in rows for branch in row], dtype=np.int32),
        required_direction=np.array([CASE_DEMAND | CASE_FEED_IN] + [direction] * len(out), dtype=np.uint8),
        required_months=np.array([ALL_MONTHS] + [months] * len(out), dtype=np.uint16),
        interruption_max_mw=np.array([0.0] + [interruption_max_mw] * len(out)),
        second=start[1:],
    )


@dataclass
class Request:
    node: int
    requested_mw: float
    sign: int = -1
    q_per_p: float = 0.0
    profile: Sequence[float] | np.ndarray | None = None
    firm: bool = False
    exempt: bool = False


@dataclass
class Cell:
    """One cell; `p_mw`, `q_mvar`, `exempt_mw` as {node: MW or MW per hour}."""

    grid: GridArrays
    contingencies: Contingencies
    requests: Sequence[Request] = ()
    p_mw: dict[int, Any] | None = None
    q_mvar: dict[int, Any] | None = None
    exempt_mw: dict[int, Any] | None = None
    month: Sequence[int] | np.ndarray = (0,)
    limit_class: Sequence[int] | np.ndarray | None = None
    """Columns of the grid's `rating_percent`; None: the months"""
    weight_h: Sequence[float] | None = None
    out_of_service: Sequence[int] = ()

    def queue(self) -> Queue:
        r = self.requests
        return Queue(
            node=np.array([x.node for x in r], dtype=np.int32),
            sign=np.array([x.sign for x in r], dtype=np.int8),
            q_per_p=np.array([x.q_per_p for x in r], dtype=np.float64),
            profile=self._profile(),
            firm=np.array([x.firm for x in r], dtype=np.bool_),
            exempt=np.array([x.exempt for x in r], dtype=np.bool_),
        )

    def batch(self) -> CellBatch:
        n_hour = len(self.month)
        mask = self.grid.branch_in_service.copy()
        mask[list(self.out_of_service)] = False
        weight = np.full(n_hour, 8760.0 / n_hour) if self.weight_h is None else np.array(self.weight_h, dtype=float)
        return CellBatch(
            month=np.array([self.month], dtype=np.int8),
            limit_class=np.array([self.month if self.limit_class is None else self.limit_class], dtype=np.int16),
            weight_h=weight[None],
            p_mw=self._by_node(self.p_mw),
            q_mvar=self._by_node(self.q_mvar),
            exempt_feed_in_mw=self._by_node(self.exempt_mw),
            branch_in_service=mask[None],
            queue_profile=self._profile()[None],
            requested_mw=np.array([[x.requested_mw for x in self.requests]], dtype=np.float64),
            order=np.arange(len(self.requests), dtype=np.int32)[None],
        )

    def _profile(self) -> np.ndarray:
        n_hour = len(self.month)
        rows = [np.ones(n_hour) if x.profile is None else np.array(x.profile, dtype=float) for x in self.requests]
        return np.array(rows, dtype=np.float64).reshape(len(self.requests), n_hour)

    def _by_node(self, given: dict[int, Any] | None) -> np.ndarray:
        out = np.zeros((1, len(self.month), self.grid.n_node))
        for node, value in (given or {}).items():
            out[0, :, node] = value
        return out


def evaluate(kernels: Kernels, cell: Cell, threads: int = 1, **rules: Any) -> CellResults:
    used = replace(RULES, **rules)
    return kernels.evaluate_cells(
        cell.grid, cell.contingencies, cell.queue(), cell.batch(), rules=used, threads=threads
    )


def cell_flow(cell: Cell, **rules: Any) -> CellFlow:
    used = replace(RULES, **rules)
    return CellFlow(cell.grid, cell.contingencies, cell.queue(), cell.batch(), 0, used, Backend())


class Enumeration:
    """Every case of a cell, one at a time, on the reference's load flows."""

    def __init__(self, cell: Cell, **rules: Any) -> None:
        self.flow = cell_flow(cell, **rules)
        self.base = BaseCases(self.flow)
        self.base.solve(np.ones(self.base.known.shape, dtype=np.bool_))

    def required(self, allocated: np.ndarray) -> list[tuple[int, int]]:
        return [(hour, k) for hour, k in np.argwhere(self.flow.required(allocated)).tolist()]

    def solve(self, allocated: np.ndarray, hour: int, k: int) -> tuple[bool, np.ndarray, np.ndarray]:
        """Whether it has a solution, loading and cap of each branch; what security does not judge is at its cap."""
        at = np.array([hour]), np.array([k])
        cap = self.base.cap_percent(*at)
        case = self.flow.solve(*at, allocated, cap)
        loading = case.loading[0].copy()
        over = np.flatnonzero((loading > cap[0]) & case.converged[0])
        left = over[~self.flow.judged(case, np.zeros(len(over), dtype=np.int64), over, allocated)]
        loading[left] = cap[0][left]
        return bool(case.converged[0]), loading, cap[0]


def worst_excess_percent(cell: Cell, allocated: np.ndarray, **rules: Any) -> float:
    """Largest loading above its cap over all required cases, by full enumeration; inf for a case without solution."""
    cases = Enumeration(cell, **rules)
    worst = -np.inf
    for hour, k in cases.required(allocated):
        if not cases.base.converged[hour, k]:
            continue
        converged, loading, cap = cases.solve(allocated, hour, k)
        worst = max(worst, float((loading - cap).max())) if converged else np.inf
    return worst


def serve_by_bisection(cell: Cell, halvings: int = 22, **rules: Any) -> np.ndarray:
    """The sequential definition: each request in turn, later ones at zero, largest secure MW by bisection.

    Only branches on which the request itself has influence hold it back (seen by a finite difference).
    """
    cases = Enumeration(cell, **rules)
    flow = cases.flow
    before = flow.interrupted_mw(flow.no_request)
    allowed = np.maximum(flow.interruption_max_mw, before)
    allocated = np.zeros(len(cell.requests))

    def case_secure(trial: np.ndarray, request: int, hour: int, k: int) -> bool:
        converged, loading, cap = cases.solve(trial, hour, k)
        if not converged or (k > 0 and flow.interrupted_mw(trial)[hour, k] > allowed[hour, k] + 1e-7):
            return False
        over = loading > cap + 1e-6
        if not over.any():
            return True
        less = trial.copy()
        less[request] = max(0.0, trial[request] - 1e-3)
        change = (loading - cases.solve(less, hour, k)[1]) * flow.rated / 100.0
        return not (change[over] >= INFLUENCE_SHARE * (trial[request] - less[request])).any()

    refused: list[tuple[int, int]] = []
    """the latest last: what refused one trial mostly refuses the next"""

    def secure(trial: np.ndarray, request: int) -> bool:
        required = set(cases.required(trial))
        for at in [*(at for at in reversed(refused) if at in required), *sorted(required - set(refused))]:
            if not case_secure(trial, request, *at):
                refused[:] = [*(other for other in refused if other != at), at]
                return False
        return True

    for sign in (-1, 1):
        for request, wanted in enumerate(cell.requests):
            if wanted.sign != sign or not flow.topology.live[0][wanted.node]:
                continue
            trial = allocated.copy()
            trial[request] = wanted.requested_mw
            if secure(trial, request):
                allocated = trial
                continue
            low, high = 0.0, 0.0 if wanted.firm else wanted.requested_mw
            for _ in range(halvings):
                trial[request] = (low + high) / 2
                low, high = (trial[request], high) if secure(trial, request) else (low, trial[request])
            allocated[request] = low
    return allocated
