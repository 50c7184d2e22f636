"""The public `gridprio.find_violations`: what is above its limit, intact and under single outages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridprio.errors import InputError, Problem
from gridprio.kernels.cases import Columns
from gridprio.kernels.select import get_kernels
from gridprio.load_flow.solve import by_bus, not_finite, problem
from gridprio.model.flows import FlowArrays
from gridprio.model.grid import Grid, GridArrays
from gridprio.model.limits import lifted, rated_limit_percent
from gridprio.model.rules import LoadFlowOptions, ScreenRules
from gridprio.model.violations import ViolationArrays, Violations

MARGIN_PERCENT = 2.0
"""Of the limit: a branch that the screen sees this far below it, or nearer, is looked at in AC."""


def find_violations(
    grid: Grid,
    p_mw: ArrayLike | None = None,
    q_mvar: ArrayLike | None = None,
    outages: ArrayLike | None = None,
    in_service: ArrayLike | None = None,
    loading_limit_percent: float = 100.0,
    emergency_limit_percent: float = 100.0,
    margin_percent: float = MARGIN_PERCENT,
    backend: str = "auto",
    threads: int = 1,
    tolerance_mva: float = 1e-8,
    max_iterations: int = 30,
) -> Violations:
    """Every branch above its limit in every case, intact and with every outage, confirmed by AC load flow.

    The limit is `loading_limit_percent` of what the grid allows the branch; after an outage it is the emergency limit
    of the grid, or `emergency_limit_percent` of the limit in the intact grid where the grid gives none. Ratings by
    month or temperature are left out, as a case has no hour.
    `p_mw`, `q_mvar` [case, bus] as in `solve_load_flow`; `outages`: rows of `grid.outage_ids`, None for all of them;
    `in_service` [branch]. Rust screens with sensitivities first and solves what comes within `margin_percent` of the
    limit (docs/theory/screening.md); the other backends solve everything, as Rust does with a margin of 100. What was
    solved and has no solution is a row of `unsolved`. Raises InputError where shapes do not fit.
    """
    arrays = grid.arrays
    problems: list[Problem] = []
    p, q = (
        by_bus(grid, own if given is None else given, name, problems, "find_violations")
        for name, given, own in (("p_mw", p_mw, grid.p_mw), ("q_mvar", q_mvar, grid.q_mvar))
    )
    rows = np.atleast_1d(np.asarray(np.arange(arrays.n_outage) if outages is None else outages))
    mask = np.atleast_2d(np.asarray(arrays.branch_in_service if in_service is None else in_service, dtype=np.bool_))
    if mask.shape != (1, arrays.n_branch):
        problems.append(_problem("in_service", "wrong shape", mask.shape, f"({arrays.n_branch},)"))
    if rows.ndim != 1 or not (np.issubdtype(rows.dtype, np.integer) or rows.size == 0):
        problems.append(
            _problem("outages", "not a list of rows", f"{rows.dtype}{rows.shape}", "grid.outage_ids.index(id)")
        )
    elif rows.size and (rows.min() < 0 or rows.max() >= arrays.n_outage):
        expected = f"0 to {arrays.n_outage - 1}"
        problems.append(_problem("outages", "no such outage", f"{rows.min()} to {rows.max()}", expected))
    elif len(np.unique(rows)) < len(rows):
        problems.append(_problem("outages", "an outage is there twice", len(rows), f"{len(np.unique(rows))} rows"))
    if len({len(p), len(q)} - {1}) > 1 or 0 in (len(p), len(q)):
        problems.append(
            _problem("cases", "arrays differ in their number of cases", [len(p), len(q)], "one number, or 1")
        )
    if not min(loading_limit_percent, emergency_limit_percent) > 0 or not margin_percent >= 0:
        got = (
            f"loading_limit_percent={loading_limit_percent}, emergency_limit_percent={emergency_limit_percent}, "
            f"margin_percent={margin_percent}"
        )
        problems.append(_problem("settings", "out of range", got, "limits above 0, a margin of at least 0"))
    if not tolerance_mva > 0 or max_iterations < 0 or threads < 1:
        got = f"tolerance_mva={tolerance_mva}, max_iterations={max_iterations}, threads={threads}"
        expected = "tolerance_mva > 0, max_iterations >= 0, threads >= 1"
        problems.append(_problem("settings", "out of range", got, expected))
    if problems:
        raise InputError(problems)
    kernels, columns = get_kernels(backend), Columns(grid.bus_node, 1 / arrays.base_mva)
    options = LoadFlowOptions(tolerance_mva, max_iterations)
    limits = rated_limit_percent(arrays, loading_limit_percent, emergency_limit_percent)
    rated = np.nan_to_num(arrays.rating_mva) > 0
    lowest = float(limits[:, rated].min(initial=loading_limit_percent))
    found = kernels.find_violations(
        arrays,
        p,
        q,
        rows.astype(np.int32),
        mask,
        columns=columns,
        rules=ScreenRules(lowest, margin_percent, options),
        threads=threads,
    )
    if len(found.failed_case):
        # A number that is not finite never converges, so it need not be looked for before.
        problems = [_not_finite(name) for name, given in (("p_mw", p), ("q_mvar", q)) if not np.isfinite(given).all()]
        if problems:
            raise InputError(problems)
    found = found.above(limits)

    def flows(case: NDArray[np.int32], outage: NDArray[np.int32]) -> FlowArrays:
        some_p, some_q = (given if len(given) == 1 else given[case] for given in (p, q))
        return kernels.solve_load_flow(
            arrays, some_p, some_q, outage, mask, columns=columns, options=options, threads=threads
        )

    found = _without_lifted(found, arrays, flows)
    return Violations(grid, found, max(len(p), len(q)), len(rows), limits, kernels.name)


def _without_lifted(
    found: ViolationArrays,
    arrays: GridArrays,
    flows: Callable[[NDArray[np.int32], NDArray[np.int32]], FlowArrays],
) -> ViolationArrays:
    """Without those of limits of one direction that do not hold, as `flows` of their cases and outages say."""
    limit_of = {branch: row for row, branch in enumerate(arrays.one_way_limits[:, 0].tolist())}
    at = np.flatnonzero(np.isin(found.branch, list(limit_of)))
    if not len(at):
        return found
    (case, outage), pair = np.unique([found.case[at], found.outage[at]], axis=1, return_inverse=True)
    is_lifted = lifted(arrays, flows(case, outage).v_pu)
    holds = np.ones(len(found.branch), dtype=np.bool_)
    holds[at] = ~is_lifted[pair.ravel(), [limit_of[branch] for branch in found.branch[at].tolist()]]
    return found.where(holds)


def _problem(name: str, what: str, found: object, expected: object) -> Problem:
    return problem("find_violations", name, what, found, expected)


def _not_finite(name: str) -> Problem:
    return not_finite("find_violations", name)
