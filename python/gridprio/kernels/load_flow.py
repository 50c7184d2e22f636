"""The public `gridprio.solve_load_flow`: buses and pandapower units outside, nodes and per unit inside."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridprio.errors import InputError, Problem
from gridprio.kernels.select import get_kernels
from gridprio.model.flows import LoadFlows
from gridprio.model.grid import Grid


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
) -> LoadFlows:
    """AC load flows of many cases.

    `p_mw`, `q_mvar` [case, bus]: net injection, feed-in positive, buses in `grid.bus_ids` order; None = the net's own.
    `outage` [case]: row of `grid.outage_ids` or -1. `in_service` [case, branch]: rows of `grid.branch_ids`.
    A single row stands for all cases. Raises InputError where shapes do not fit; a case that fails is a status.
    """
    arrays = grid.arrays
    problems: list[Problem] = []
    p_pu = _node_injection(grid, p_mw, arrays.p_pu, "p_mw", problems)
    q_pu = _node_injection(grid, q_mvar, arrays.q_pu, "q_mvar", problems)
    rows = np.atleast_1d(np.asarray(-1 if outage is None else outage))
    mask = np.atleast_2d(np.asarray(arrays.branch_in_service if in_service is None else in_service, dtype=np.bool_))
    if mask.shape[-1] != arrays.n_branch:
        problems.append(_problem("in_service", "wrong number of branches", mask.shape[-1], arrays.n_branch))
    if rows.ndim != 1 or not np.issubdtype(rows.dtype, np.integer):
        problems.append(_problem("outage", "not a list of rows", f"{rows.dtype}{rows.shape}", "[case] integers"))
    elif rows.size and (rows.min() < -1 or rows.max() >= arrays.n_outage):
        expected = f"-1 to {arrays.n_outage - 1}"
        problems.append(_problem("outage", "no such outage", f"{rows.min()} to {rows.max()}", expected))
    counts = {len(array) for array in (p_pu, q_pu, rows, mask)} - {1}
    if len(counts) > 1:
        problems.append(_problem("cases", "arrays differ in their number of cases", sorted(counts), "one number, or 1"))
    if not tolerance_mva > 0 or max_iterations < 0 or threads < 1:
        found = f"tolerance_mva={tolerance_mva}, max_iterations={max_iterations}, threads={threads}"
        problems.append(
            _problem("settings", "out of range", found, "tolerance_mva > 0, max_iterations >= 0, threads >= 1")
        )
    if problems:
        raise InputError(problems)
    kernels = get_kernels(backend)
    flows = kernels.solve_load_flow(
        arrays,
        p_pu,
        q_pu,
        rows.astype(np.int32),
        mask,
        tolerance_mva=tolerance_mva,
        max_iterations=max_iterations,
        threads=threads,
    )
    va = _at_buses(grid, flows.va_radian)
    return LoadFlows(
        grid=grid,
        vm_pu=_at_buses(grid, flows.vm_pu),
        va_degree=np.degrees(va, out=va),
        loading_percent=flows.loading_percent,
        status=flows.status,
        iterations=flows.iterations,
        residual_mva=flows.residual_mva,
        backend=kernels.name,
    )


def _problem(name: str, what: str, found: object, expected: object) -> Problem:
    return Problem("solve_load_flow", None, name, what, str(found), str(expected))


def _node_injection(
    grid: Grid,
    given: ArrayLike | None,
    own_node_pu: NDArray[np.float64],
    name: str,
    problems: list[Problem],
) -> NDArray[np.float64]:
    """`[case, node]` in pu: the sum over the buses of each node; nodes without a bus keep the net's own."""
    if given is None:
        return np.atleast_2d(own_node_pu)
    by_bus = np.atleast_2d(np.asarray(given, dtype=np.float64))
    if by_bus.ndim != 2 or by_bus.shape[1] != len(grid.bus_ids):
        problems.append(_problem(name, "wrong number of buses", by_bus.shape, f"(cases, {len(grid.bus_ids)})"))
        return np.atleast_2d(own_node_pu)
    if not np.isfinite(by_bus.sum()):  # NaN and infinity survive a sum
        problems.append(_problem(name, "holds values that are not finite", "NaN or infinite", "numbers"))
    per_unit = by_bus / grid.arrays.base_mva
    if np.array_equal(grid.bus_node, np.arange(grid.arrays.n_node)):
        return per_unit
    by_node = np.tile(own_node_pu, (len(by_bus), 1))
    by_node[:, grid.bus_node[grid.bus_node >= 0]] = 0.0
    for buses in _bus_layers(grid.bus_node):
        by_node[:, grid.bus_node[buses]] += per_unit[:, buses]
    return by_node


def _bus_layers(bus_node: NDArray[np.int32]) -> list[NDArray[np.intp]]:
    """Buses in layers in which no node occurs twice: the first bus of every node, then the second bus of those..."""
    left = np.flatnonzero(bus_node >= 0)
    layers = []
    while len(left):
        _, first = np.unique(bus_node[left], return_index=True)
        layers.append(left[first])
        left = np.delete(left, first)
    return layers


def _at_buses(grid: Grid, by_node: NDArray[np.float64]) -> NDArray[np.float64]:
    if np.array_equal(grid.bus_node, np.arange(grid.arrays.n_node)):
        return by_node
    by_bus = by_node.take(np.maximum(grid.bus_node, 0), axis=1)
    out = grid.bus_node < 0
    if out.any():
        by_bus[:, out] = np.nan
    return by_bus
