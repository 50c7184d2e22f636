"""Grids that solvers fail on: each ends in the right answer or the right status, on every backend."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandapower.networks as pn
import pytest

import gridprio
from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import NODE_OUT, NODE_PQ, NODE_PV, NODE_SLACK, GridArrays

from .grids import GridBuilder, random_grid
from .test_load_flow import injection, solve

FAILED = (LoadFlowStatus.MAX_ITERATIONS, LoadFlowStatus.DIVERGED, LoadFlowStatus.SINGULAR)


def balances(grid: GridArrays, flows: FlowArrays, p_pu: np.ndarray, q_pu: np.ndarray, case: int = 0) -> None:
    """Mismatch by plain summation, against what double precision can hold at the node."""
    assert flows.status[case] == LoadFlowStatus.CONVERGED
    s = injection(grid, flows, case, grid.branch_in_service)
    live = np.isfinite(flows.vm_pu[case])
    y = np.zeros(grid.n_node)
    np.add.at(y, grid.from_node, np.abs(grid.y_ff) + np.abs(grid.y_ft))
    np.add.at(y, grid.to_node, np.abs(grid.y_tt) + np.abs(grid.y_tf))
    off = s - (p_pu + 1j * q_pu)
    room = 1e-10 + 1e-14 * y
    pq, pv = (live & (grid.node_kind == kind) for kind in (NODE_PQ, NODE_PV))
    assert (np.abs(off.real)[pq | pv] <= room[pq | pv]).all()
    assert (np.abs(off.imag)[pq] <= room[pq]).all()


def feeder(n_node: int, z: complex, load_mva: complex, base_mva: float = 100.0) -> GridArrays:
    """A slack and a row of equal nodes."""
    grid = GridBuilder(base_mva=base_mva)
    grid.node(NODE_SLACK, vm_pu=1.02)
    for k in range(1, n_node):
        grid.node(s_mva=-load_mva)
        grid.branch(k - 1, k, z)
    return grid.build()


STEPS = np.linspace(0.1, 0.99, 11)
BEYOND = (1.05, 1.2, 2.0, 5.0, 40.0)


@cache
def collapse(seed: int) -> tuple[GridArrays, float, FlowArrays]:
    """A random grid, the largest multiple of its injections that has a solution (to 0.5 %), and the way up to it."""
    grid = random_grid(seed, 20)
    low, high = 1.0, 2.0
    while scaled(grid, [high]).status[0] == LoadFlowStatus.CONVERGED:
        low, high = high, 2 * high
    while high / low > 1.005:
        middle = np.sqrt(low * high)
        solved = scaled(grid, [middle]).status[0] == LoadFlowStatus.CONVERGED
        low, high = (middle, high) if solved else (low, middle)
    return grid, low, scaled(grid, low * STEPS)


def scaled(grid: GridArrays, scale: Any) -> FlowArrays:
    by = np.asarray(scale)[:, None]
    return solve(get_kernels("reference"), grid, p=by * grid.p_pu, q=by * grid.q_pu)


@pytest.mark.parametrize("seed", [1, 9])
def test_up_to_the_nose_and_not_beyond(kernels: Kernels, seed: int) -> None:
    """Eleven lanes from light load to 1 % before collapse, five beyond it, in one batch."""
    grid, most, expected = collapse(seed)
    scale = most * np.concatenate([STEPS, BEYOND])[:, None]
    p, q = scale * grid.p_pu, scale * grid.q_pu
    flows = solve(kernels, grid, p=p, q=q)
    for case in range(len(STEPS)):
        balances(grid, flows, p[case], q[case], case)
    np.testing.assert_allclose(flows.vm_pu[: len(STEPS)], expected.vm_pu, atol=1e-8)
    assert set(flows.status[len(STEPS) :]) <= set(FAILED)
    assert np.isnan(flows.vm_pu[len(STEPS) :]).all()


@pytest.mark.parametrize("margin", [1e-3, 1e-5, 1e-7])
def test_the_last_step_before_collapse(kernels: Kernels, margin: float) -> None:
    """v^2 = e^2/2 + sqrt(e^4/4 - (x p)^2): the slope grows without bound, so the room for v does too."""
    e, x = 1.02, 0.1
    p = e**2 / (2 * x) * (1 - margin)
    grid = GridBuilder()
    grid.node(NODE_SLACK, vm_pu=e)
    grid.node(s_mva=-100 * p)
    grid.branch(0, 1, complex(0, x))
    flows = solve(kernels, grid.build(), max_iterations=50)
    assert flows.status[0] == LoadFlowStatus.CONVERGED
    u = e**2 / 2 + np.sqrt(e**4 / 4 - (x * p) ** 2)
    assert flows.vm_pu[0, 1] == pytest.approx(np.sqrt(u), abs=1e-10 / np.sqrt(margin))


@pytest.mark.parametrize("z", [0.02 + 0.002j, 0.05 + 1e-5j, 0.03 + 0j, 0.02 - 0.01j])
def test_high_r_over_x(kernels: Kernels, z: complex) -> None:
    grid = feeder(12, z, 5 + 2j)
    balances(grid, solve(kernels, grid), grid.p_pu, grid.q_pu)


@pytest.mark.parametrize("z", [1e-4j, 1e-6j, 1e-6 + 1e-9j, 1e-8j])
@pytest.mark.parametrize("base_mva", [1.0, 100.0])
def test_couplers_among_lines(kernels: Kernels, z: complex, base_mva: float) -> None:
    """Every second branch is next to nothing; rounding then decides how far the mismatch can go down."""
    grid = GridBuilder(base_mva=base_mva)
    scale = base_mva / 100
    grid.node(NODE_SLACK, vm_pu=1.01)
    for k in range(1, 12):
        grid.node(s_mva=-3 - 1j)
        grid.branch(k - 1, k, (z if k % 2 else 0.005 + 0.03j) * scale)
    grid.branch(0, 11, (0.01 + 0.04j) * scale)
    grid.branch(3, 4, z * scale)
    arrays = grid.build()
    flows = solve(kernels, arrays, tolerance_mva=1e-8)
    s = injection(arrays, flows, 0, arrays.branch_in_service)[1:] * base_mva
    y = 10 / abs(z) / scale
    np.testing.assert_allclose(s, np.full(11, -3 - 1j), atol=1e-8 + 1e-14 * y * base_mva)
    assert flows.status[0] == LoadFlowStatus.CONVERGED


def test_the_star_of_a_three_winding_transformer(kernels: Kernels) -> None:
    """One arm has a negative reactance, as star equivalents do."""
    grid = GridBuilder()
    grid.node(NODE_SLACK)
    grid.node()
    grid.node(s_mva=-60 - 10j)
    grid.node(s_mva=-20 - 5j)
    for node, z in ((0, 0.001 + 0.11j), (2, 0.001 - 0.008j), (3, 0.002 + 0.09j)):
        grid.branch(1, node, z)
    arrays = grid.build()
    balances(arrays, solve(kernels, arrays), arrays.p_pu, arrays.q_pu)


def test_nothing_but_charging_lifts_the_far_end(kernels: Kernels) -> None:
    """No load at all; lossless closed form: v = e / (1 - x b / 2) at the open end of one line."""
    grid = GridBuilder()
    grid.node(NODE_SLACK, vm_pu=1.0)
    grid.node()
    grid.branch(0, 1, 0.1j, b_pu=0.4)
    flows = solve(kernels, grid.build())
    assert flows.vm_pu[0, 1] == pytest.approx(1 / (1 - 0.1 * 0.2), abs=1e-12)
    empty = feeder(30, 0.01 + 0.05j, 0j)
    flows = solve(kernels, empty)
    np.testing.assert_allclose(flows.vm_pu[0], 1.02, atol=1e-13)


def test_islands_with_and_without_a_source(kernels: Kernels) -> None:
    """One mask splits the grid in three: with a slack, with a PV node only, and a node that is out beside."""
    grid = GridBuilder()
    for kind in (NODE_SLACK, NODE_PQ, NODE_PQ, NODE_PV, NODE_PQ, NODE_OUT, NODE_PQ, NODE_SLACK):
        grid.node(kind, s_mva=5 if kind == NODE_PV else -4 - 1j)
    for f, t in ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7)):
        grid.outage(grid.branch(f, t, 0.01 + 0.05j))
    arrays = grid.build()
    mask = arrays.branch_in_service.copy()
    mask[1] = False
    flows = solve(kernels, arrays, branch_in_service=np.array([arrays.branch_in_service, mask]))
    assert (flows.status == LoadFlowStatus.CONVERGED).all()
    assert np.isfinite(flows.vm_pu[0]).tolist() == [True, True, True, True, True, False, True, True]
    assert np.isfinite(flows.vm_pu[1]).tolist() == [True, True, False, False, False, False, True, True]
    alone = solve(kernels, arrays, outage=np.arange(arrays.n_outage))
    assert (alone.status == LoadFlowStatus.CONVERGED).all()
    live = [set(np.flatnonzero(np.isfinite(row))) for row in alone.vm_pu]
    assert live[0] == {0, 6, 7} and live[3] == {0, 1, 2, 3, 6, 7} and live[6] == {0, 1, 2, 3, 4, 7}


def test_an_island_that_collapses_fails_the_case(kernels: Kernels) -> None:
    """Two parts, each with its slack; what one of them cannot carry is no solution of the whole."""
    grid = GridBuilder()
    for load in (-30 - 5j, -900 - 200j):
        slack = grid.node(NODE_SLACK)
        grid.branch(slack, grid.node(s_mva=load), 0.01 + 0.1j)
    flows = solve(kernels, grid.build())
    assert flows.status[0] in FAILED
    assert np.isnan(flows.vm_pu[0]).all()


@pytest.mark.parametrize("n_case", [1, 40])
def test_no_iteration_at_all(kernels: Kernels, n_case: int) -> None:
    """What is not solved at the start says so."""
    grid = feeder(6, 0.01 + 0.05j, 10 + 2j)
    flows = solve(kernels, grid, p=np.outer(np.linspace(1.9, 2, n_case), grid.p_pu), max_iterations=0)
    assert (flows.status == LoadFlowStatus.MAX_ITERATIONS).all()
    assert (flows.iterations == 0).all()
    assert np.isnan(flows.vm_pu).all()


@pytest.mark.parametrize("most", [1, 2, 3])
def test_no_more_steps_than_allowed(kernels: Kernels, most: int) -> None:
    """Of each kind: chord steps, then Newton; also where a step begins before the one before it is judged."""
    grid = random_grid(seed=4, n_node=600)
    p = grid.p_pu * np.linspace(0.99, 1.01, 40)[:, None]
    flows = solve(kernels, grid, p=p, max_iterations=most)
    assert flows.iterations.max() <= 2 * most
    solved = flows.status == LoadFlowStatus.CONVERGED
    assert np.isnan(flows.vm_pu[~solved]).all()
    again = solve(kernels, grid, p=p, max_iterations=30)
    np.testing.assert_allclose(flows.vm_pu[solved], again.vm_pu[solved], atol=1e-9)


def test_numbers_that_are_not_finite_never_converge(kernels: Kernels) -> None:
    grid = feeder(6, 0.01 + 0.05j, 10 + 2j)
    p = np.repeat(grid.p_pu[None], 12, axis=0)
    p[3, 2], p[5, 1], p[8, 4] = np.nan, np.inf, -1e300
    flows = solve(kernels, grid, p=p)
    bad = np.isin(np.arange(12), [3, 5, 8])
    np.testing.assert_array_equal(flows.status == LoadFlowStatus.CONVERGED, ~bad)
    assert np.isnan(flows.vm_pu[bad]).all()
    np.testing.assert_allclose(flows.vm_pu[~bad], flows.vm_pu[0][None].repeat(9, 0), atol=1e-11)


@pytest.mark.usefixtures("rust_kernels")
@pytest.mark.slow
def test_cases_whose_mean_is_past_the_nose_end_where_each_ends_on_its_own() -> None:
    """The mean has only a solution with low voltages; its neighbours must not follow it."""
    grid = gridprio.read_grid(pn.case39())
    level = np.linspace(0.2, 3.956, 100)[:, None]
    p, q = grid.p_mw * level, grid.q_mvar * level
    batch = gridprio.solve_load_flow(grid, p, q, outage=[22] * 100, backend="rust")
    for case in range(0, 60, 7):
        alone = gridprio.solve_load_flow(grid, p[case], q[case], outage=[22], backend="reference")
        assert (batch.status[case] == 0) == (alone.status[0] == 0)
        if alone.status[0] == 0:
            assert np.nanmax(np.abs(batch.arrays.v_pu[case] - alone.arrays.v_pu[0])) < 1e-8
