"""Controls inside a batch: every backend against the reference, a batch against its cases one by one, and physics."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels
from gridprio.model.controls import ControlArrays, ControlResults
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import NODE_PQ, NODE_PV, NODE_SLACK, GridArrays

from .controls import no_controls, random_limits, random_taps, random_weights
from .grids import GridBuilder, random_grid
from .test_load_flow import injection, solve

FAILED = (LoadFlowStatus.MAX_ITERATIONS, LoadFlowStatus.DIVERGED, LoadFlowStatus.SINGULAR)


def ends(flows: FlowArrays) -> ControlResults:
    assert flows.controls is not None
    return flows.controls


def agree(found: FlowArrays, expected: FlowArrays) -> None:
    """The same ends, taps and machines at limits; kinds of failure of the load flow may differ."""
    ours, theirs = (np.where(np.isin(f.status, FAILED), 9, f.status) for f in (found, expected))
    np.testing.assert_array_equal(ours, theirs)
    solved = ~np.isin(expected.status, FAILED)
    for name in ("tap_pos", "tap_at_limit", "q_at_limit"):
        np.testing.assert_array_equal(getattr(ends(found), name)[solved], getattr(ends(expected), name)[solved])
    np.testing.assert_allclose(ends(found).p_slack_pu[solved], ends(expected).p_slack_pu[solved], atol=1e-9)
    np.testing.assert_allclose(found.v_pu, expected.v_pu, atol=1e-9)
    np.testing.assert_allclose(found.vm_pu, expected.vm_pu, atol=1e-9)
    np.testing.assert_allclose(found.loading_percent, expected.loading_percent, atol=1e-6)


def random_batch(grid: GridArrays, rng: np.random.Generator, n_case: int) -> dict[str, Any]:
    scale = rng.uniform(0.3, 1.4, (n_case, 1))
    return {
        "p": grid.p_pu * scale,
        "q": grid.q_pu * scale * rng.uniform(0.6, 1.4, (n_case, grid.n_node)),
        "outage": rng.integers(-1, grid.n_outage, n_case),
        "branch_in_service": grid.branch_in_service ^ (rng.random((n_case, grid.n_branch)) < 0.03),
    }


MAKERS = {"limits": random_limits, "taps": random_taps, "weights": random_weights}


@cache
def reference_solved(
    seed: int, n_node: int, base_mva: float, asked: frozenset[str]
) -> tuple[GridArrays, dict[str, Any], FlowArrays]:
    """A random batch, solved once for all backends, which are given the same examples."""
    grid, rng = random_grid(seed, n_node, base_mva=base_mva), np.random.default_rng(seed)
    controls = no_controls(grid)
    for name in sorted(asked):
        controls = replace(controls, **MAKERS[name](grid, rng))
    batch = random_batch(grid, rng, 9) | {"controls": controls}
    return grid, batch, solve(get_kernels("reference"), grid, **batch)


@pytest.mark.slow
@settings(max_examples=8, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    n_node=st.integers(3, 20),
    base_mva=st.sampled_from([1.0, 100.0]),
    asked=st.frozensets(st.sampled_from(sorted(MAKERS)), min_size=1),
)
def test_random_controls(fast_kernels: Kernels, seed: int, n_node: int, base_mva: float, asked: frozenset[str]) -> None:
    grid, batch, expected = reference_solved(seed, n_node, base_mva, asked)
    agree(solve(fast_kernels, grid, **batch), expected)


def everything(seed: int, n_node: int = 30) -> tuple[GridArrays, ControlArrays, np.random.Generator]:
    grid, rng = random_grid(seed, n_node), np.random.default_rng(seed)
    given = random_limits(grid, rng) | random_weights(grid, rng) | random_taps(grid, rng)
    return grid, no_controls(grid, **given), rng


@pytest.mark.parametrize("seed", [3, 4])
def test_a_batch_is_its_cases_one_by_one(fast_kernels: Kernels, seed: int) -> None:
    """Bit for bit, though the cases share tiles in every round and end after different numbers of rounds."""
    grid, controls, rng = everything(seed)
    n_case = 21
    batch = random_batch(grid, rng, n_case)
    together = solve(fast_kernels, grid, controls=controls, **batch)
    assert len(np.unique(ends(together).tap_pos, axis=0)) > n_case // 7
    assert len(np.unique(ends(together).q_at_limit, axis=0)) >= n_case // 7
    for case in range(n_case):
        one = {name: rows[case : case + 1] for name, rows in batch.items()}
        alone = solve(fast_kernels, grid, controls=controls, **one)
        for name in ("v_pu", "status", "iterations", "residual_mva"):
            assert getattr(alone, name).tobytes() == getattr(together, name)[case : case + 1].tobytes(), (case, name)
        for name in ("tap_pos", "tap_at_limit", "q_at_limit", "p_slack_pu"):
            found = getattr(ends(together), name)[case : case + 1]
            assert getattr(ends(alone), name).tobytes() == found.tobytes(), (case, name)


def test_threads_do_not_change_a_bit(fast_kernels: Kernels) -> None:
    grid, controls, rng = everything(5)
    batch = random_batch(grid, rng, {"rust": 150, "numba": 20}[fast_kernels.name])
    one, two = (solve(fast_kernels, grid, controls=controls, threads=n, **batch) for n in (1, 2))
    assert one.v_pu.tobytes() == two.v_pu.tobytes()
    assert ends(one).tap_pos.tobytes() == ends(two).tap_pos.tobytes()


def test_controls_that_can_do_nothing_change_nothing(kernels: Kernels) -> None:
    grid, _, rng = everything(6)
    batch = random_batch(grid, rng, 9)
    free, plain = solve(kernels, grid, controls=no_controls(grid), **batch), solve(kernels, grid, **batch)
    np.testing.assert_array_equal(free.status, plain.status)
    np.testing.assert_allclose(free.v_pu, plain.v_pu, atol=1e-10)
    assert not ends(free).q_at_limit.any() and not ends(free).p_slack_pu.any()


def test_a_plain_solve_after_a_controlled_one(fast_kernels: Kernels) -> None:
    """Nothing of the controls stays behind in what the kernels keep of a grid."""
    grid, controls, rng = everything(7)
    batch = random_batch(grid, rng, 9)
    before = solve(fast_kernels, grid, **batch)
    solve(fast_kernels, grid, controls=controls, **batch)
    assert solve(fast_kernels, grid, **batch).v_pu.tobytes() == before.v_pu.tobytes()


@pytest.mark.parametrize("seed", [8, 9])
def test_machines_give_what_their_limits_allow(kernels: Kernels, seed: int) -> None:
    """By plain summation: within the range or held at it, the voltage kept or let go."""
    grid, _, rng = everything(seed)
    controls = no_controls(grid, **random_limits(grid, rng))
    batch = random_batch(grid, rng, 12) | {"branch_in_service": grid.branch_in_service, "outage": np.array([-1])}
    flows = solve(kernels, grid, controls=controls, **batch)
    assert (flows.status == LoadFlowStatus.CONVERGED).any() and ends(flows).q_at_limit.any()
    for case in np.flatnonzero(flows.status == LoadFlowStatus.CONVERGED).tolist():
        held = ends(flows).q_at_limit[case]
        q = injection(grid, flows, case, grid.branch_in_service).imag - batch["q"][case]
        pv = (grid.node_kind == NODE_PV) & np.isfinite(flows.vm_pu[case])
        free = pv & (held == 0)
        np.testing.assert_allclose(flows.vm_pu[case][free], grid.vm_set_pu[free], atol=1e-12)
        assert ((q >= controls.q_min_pu) & (q <= controls.q_max_pu))[free].all()
        np.testing.assert_allclose(q[pv & (held > 0)], controls.q_max_pu[pv & (held > 0)], atol=1e-10)
        np.testing.assert_allclose(q[pv & (held < 0)], controls.q_min_pu[pv & (held < 0)], atol=1e-10)


def test_the_imbalance_is_shared_by_weight(kernels: Kernels) -> None:
    grid, _, rng = everything(10)
    controls = no_controls(grid, **random_weights(grid, rng))
    p = grid.p_pu * np.linspace(0.5, 1.3, 10)[:, None]
    flows = solve(kernels, grid, p=p, controls=controls)
    assert (flows.status == LoadFlowStatus.CONVERGED).all()
    for case in range(10):
        s = injection(grid, flows, case, grid.branch_in_service)
        live = np.isfinite(flows.vm_pu[case])
        weight = np.where(live, controls.slack_weight, 0) / controls.slack_weight[live].sum()
        shares = np.where(live, p[case] + weight * ends(flows).p_slack_pu[case], 0)
        np.testing.assert_allclose(s.real, shares, atol=1e-9)


def test_without_a_weight_on_the_live_side_nothing_takes_the_imbalance(kernels: Kernels) -> None:
    grid = GridBuilder()
    grid.node(NODE_SLACK)
    grid.node(NODE_PV, s_mva=10)
    grid.outage(grid.branch(0, 1, 0.01 + 0.1j))
    arrays = grid.build()
    controls = no_controls(arrays, slack_weight=np.array([0.0, 1.0]))
    flows = solve(kernels, arrays, controls=controls, outage=np.array([-1, 0]))
    assert flows.status.tolist() == [LoadFlowStatus.CONVERGED, LoadFlowStatus.NO_SLACK]
    assert np.isnan(flows.vm_pu[1]).all()


def test_no_slack_at_all(kernels: Kernels) -> None:
    grid = GridBuilder()
    grid.node(NODE_PV)
    grid.node(NODE_PQ, s_mva=-1)
    grid.branch(0, 1, 0.1j)
    arrays = grid.build()
    flows = solve(kernels, arrays, controls=no_controls(arrays))
    assert flows.status[0] == LoadFlowStatus.NO_SLACK and np.isnan(flows.vm_pu).all()


@pytest.mark.parametrize("load_mva", [400 + 200j, 5000 + 0j])
def test_beyond_collapse_is_a_status_without_voltages(kernels: Kernels, load_mva: complex) -> None:
    grid = GridBuilder()
    grid.node(NODE_SLACK, vm_pu=1.02)
    grid.node(s_mva=-load_mva)
    grid.branch(0, 1, 0.02 + 0.1j)
    arrays = grid.build()
    taps = random_taps(arrays, np.random.default_rng(0), n=1)
    flows = solve(kernels, arrays, controls=no_controls(arrays, **taps))
    assert flows.status[0] in FAILED
    assert np.isnan(flows.vm_pu).all()
    assert ends(flows).tap_pos.tolist() == [[0]]


def test_a_machine_at_its_limit_in_closed_form(kernels: Kernels) -> None:
    """One line without losses, x = 0.1: the machine gives q_max and the voltage follows from it."""
    grid = GridBuilder()
    grid.node(NODE_SLACK)
    grid.node(NODE_PV, vm_pu=1.05)
    grid.branch(0, 1, 0.1j)
    arrays = grid.build()
    controls = no_controls(arrays, q_max_pu=np.array([np.inf, 0.2]), q_min_pu=np.array([-np.inf, -0.1]))
    flows = solve(kernels, arrays, q=np.array([[0, 0.0], [0, -0.5], [0, 0.5]]), controls=controls)
    assert ends(flows).q_at_limit.tolist() == [[0, 1], [0, 1], [0, 0]]
    # v (v - 1) / 0.1 is what enters at the machine: its limit and what else is injected there
    for case, q in ((0, 0.2), (1, -0.3)):
        assert flows.vm_pu[case, 1] == pytest.approx(0.5 + np.sqrt(0.25 + 0.1 * q), abs=1e-10)
    assert flows.vm_pu[2, 1] == 1.05
