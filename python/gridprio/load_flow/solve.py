"""The public `gridprio.solve_load_flow`: buses and pandapower units outside, nodes and per unit inside."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridprio.errors import InputError, Problem
from gridprio.grid.control_request import MAX_CONTROL_ITERATIONS, ControlRequest, control_arrays
from gridprio.kernels.cases import Columns
from gridprio.kernels.select import get_kernels
from gridprio.model.flows import LoadFlows, LoadFlowStatus
from gridprio.model.grid import Grid
from gridprio.model.rules import LoadFlowOptions


def solve_load_flow(
    grid: Grid,
    p_mw: ArrayLike | None = None,
    q_mvar: ArrayLike | None = None,
    outage: ArrayLike | None = None,
    in_service: ArrayLike | None = None,
    backend: str = "auto",
    threads: int = 1,
    tolerance_mva: float = 1e-8,
    max_iterations: int = 30,
    enforce_q_lims: bool = False,
    run_control: bool = False,
    distributed_slack: bool = False,
    max_control_iterations: int = MAX_CONTROL_ITERATIONS,
) -> LoadFlows:
    """AC load flows of many cases.

    `p_mw`, `q_mvar` [case, bus]: net injection, feed-in positive, buses in `grid.bus_ids` order; None = the net's own.
    `outage` [case]: row of `grid.outage_ids` or -1. `in_service` [case, branch]: rows of `grid.branch_ids`.
    Every case is controlled by itself: `enforce_q_lims` holds generators at their reactive limits, `run_control` moves
    the taps of the net's DiscreteTapControl (at most `max_control_iterations` times per level), `distributed_slack`
    shares the imbalance by `slack_weight`, as pandapower's `runpp` does (docs/theory/load-flow.md, Controls).
    A single row stands for all cases. Raises InputError where shapes do not fit; a case that fails is a status.
    """
    arrays = grid.arrays
    problems: list[Problem] = []
    p, q = (
        None if given is None else by_bus(grid, given, name, problems)
        for name, given in (("p_mw", p_mw), ("q_mvar", q_mvar))
    )
    rows = np.atleast_1d(np.asarray(-1 if outage is None else outage))
    mask = np.atleast_2d(np.asarray(arrays.branch_in_service if in_service is None else in_service, dtype=np.bool_))
    if mask.shape[-1] != arrays.n_branch:
        problems.append(_problem("in_service", "wrong number of branches", mask.shape[-1], arrays.n_branch))
    if rows.ndim != 1 or not np.issubdtype(rows.dtype, np.integer):
        problems.append(_problem("outage", "not a list of rows", f"{rows.dtype}{rows.shape}", "[case] integers"))
    elif rows.size and (rows.min() < -1 or rows.max() >= arrays.n_outage):
        expected = f"-1 to {arrays.n_outage - 1}"
        problems.append(_problem("outage", "no such outage", f"{rows.min()} to {rows.max()}", expected))
    counts = {len(array) for array in (p, q, rows, mask) if array is not None} - {1}
    if len(counts) > 1:
        problems.append(_problem("cases", "arrays differ in their number of cases", sorted(counts), "one number, or 1"))
    if not tolerance_mva > 0 or min(max_iterations, max_control_iterations) < 0 or threads < 1:
        found = f"tolerance_mva={tolerance_mva}, max_iterations={max_iterations}, threads={threads}"
        found += f", max_control_iterations={max_control_iterations}"
        problems.append(_problem("settings", "out of range", found, "tolerance_mva > 0, threads >= 1, the others >= 0"))
    if problems:
        raise InputError(problems)
    request = ControlRequest(enforce_q_lims, run_control, distributed_slack, max_control_iterations)
    arrays, controls = control_arrays(grid, request)
    kernels = get_kernels(backend)
    columns = None
    if p is None and q is None:
        p, q = arrays.p_pu, arrays.q_pu
    else:
        p, q = (own if given is None else given for given, own in ((p, grid.p_mw), (q, grid.q_mvar)))
        columns = Columns(grid.bus_node, 1 / arrays.base_mva)
    flows = kernels.solve_load_flow(
        arrays,
        p,
        q,
        rows.astype(np.int32),
        mask,
        columns=columns,
        controls=controls,
        options=LoadFlowOptions(tolerance_mva, max_iterations),
        threads=threads,
    )
    if (flows.status != LoadFlowStatus.CONVERGED).any():
        # A number that is not finite never converges, so it need not be looked for before.
        problems = [
            not_finite("solve_load_flow", name)
            for name, given in (("p_mw", p), ("q_mvar", q))
            if not np.isfinite(given).all()
        ]
        if problems:
            raise InputError(problems)
    return LoadFlows(grid, flows, kernels.name)


def _problem(name: str, what: str, found: object, expected: object) -> Problem:
    return problem("solve_load_flow", name, what, found, expected)


def not_finite(function: str, name: str) -> Problem:
    return problem(function, name, "holds values that are not finite", "NaN or infinite", "numbers")


def problem(function: str, name: str, what: str, found: object, expected: object) -> Problem:
    """Of an argument of a public function."""
    return Problem(function, None, name, what, str(found), str(expected))


def by_bus(
    grid: Grid, given: ArrayLike, name: str, problems: list[Problem], function: str = "solve_load_flow"
) -> NDArray[np.float64]:
    """`[case or 1, bus]`"""
    by_bus = np.atleast_2d(np.asarray(given, dtype=np.float64))
    if by_bus.ndim != 2 or by_bus.shape[1] != len(grid.bus_ids):
        problems.append(problem(function, name, "wrong number of buses", by_bus.shape, f"(cases, {len(grid.bus_ids)})"))
    return by_bus
