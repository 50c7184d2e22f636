"""AC load flow: physics and edge cases, the same on every backend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gridprio.kernels.protocol import Kernels
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import NODE_OUT, NODE_PQ, NODE_PV, NODE_SLACK, GridArrays
from gridprio.model.rules import LoadFlowOptions

from .grids import GridBuilder


def solve(kernels: Kernels, grid: GridArrays, **given: Any) -> FlowArrays:
    case: dict[str, Any] = {
        "p": grid.p_pu,
        "q": grid.q_pu,
        "outage": np.array([-1]),
        "branch_in_service": grid.branch_in_service,
        "threads": 1,
    } | given
    options: dict[str, Any] = {"tolerance_mva": 1e-10}
    options |= {name: case.pop(name) for name in ("tolerance_mva", "max_iterations") if name in case}
    return kernels.solve_load_flow(grid, options=LoadFlowOptions(**options), **case)


def two_nodes(load_mva: complex = 50 + 20j, z: complex = 0.02 + 0.1j) -> GridArrays:
    grid = GridBuilder()
    grid.node(NODE_SLACK, vm_pu=1.02)
    grid.node(s_mva=-load_mva)
    grid.branch(0, 1, z)
    return grid.build()


def ring() -> GridBuilder:
    """Slack 0 - 1 - 2 - 3 - 0 with a radial tail 4 behind 3; outages: each branch by itself."""
    grid = GridBuilder()
    grid.node(NODE_SLACK, vm_pu=1.01, va_radian=0.1)
    grid.node(NODE_PV, s_mva=30, vm_pu=1.02)
    grid.node(s_mva=-40 - 10j, y_shunt=0.05j)
    grid.node(s_mva=-20 - 5j, s_current=0.1 + 0.02j)
    grid.node(s_mva=-5 - 1j)
    for f, t in ((0, 1), (1, 2), (2, 3), (3, 0), (3, 4)):
        branch = grid.branch(f, t, 0.01 + 0.08j, b_pu=0.03)
        grid.outage(branch)
    return grid


def injection(grid: GridArrays, flows: FlowArrays, case: int, closed: np.ndarray) -> np.ndarray:
    """What leaves each node into branches, shunts and constant-current loads, by plain summation."""
    v = np.nan_to_num(flows.vm_pu[case] * np.exp(1j * flows.va_radian[case]))
    i = grid.y_shunt * v
    for b in np.flatnonzero(closed):
        f, t = grid.from_node[b], grid.to_node[b]
        i[f] += grid.y_ff[b] * v[f] + grid.y_ft[b] * v[t]
        i[t] += grid.y_tf[b] * v[f] + grid.y_tt[b] * v[t]
    s: np.ndarray = v * i.conj() + grid.s_constant_current * np.abs(v)
    return s


def test_two_nodes_against_the_closed_form(kernels: Kernels) -> None:
    z, s, e = 0.02 + 0.1j, 0.5 + 0.2j, 1.02
    flows = solve(kernels, two_nodes())
    a = (z * np.conj(s)).real - e**2 / 2
    u2 = -a + np.sqrt(a**2 - abs(z * s) ** 2)
    assert flows.status[0] == LoadFlowStatus.CONVERGED
    assert flows.vm_pu[0, 1] == pytest.approx(np.sqrt(u2), abs=1e-12)
    assert flows.loading_percent[0, 0] == pytest.approx(100 * abs(s) / np.sqrt(u2), abs=1e-9)
    assert flows.residual_mva[0] <= 1e-10


def test_each_outage_balances_and_splits_off_only_what_it_must(kernels: Kernels) -> None:
    grid = ring().build()
    flows = solve(kernels, grid, outage=np.arange(-1, grid.n_outage))
    assert (flows.status == LoadFlowStatus.CONVERGED).all()
    for case, outage in enumerate(range(-1, grid.n_outage)):
        closed = np.ones(grid.n_branch, dtype=bool)
        if outage >= 0:
            closed[outage] = False
        s = injection(grid, flows, case, closed)
        pq = (grid.node_kind == NODE_PQ) & np.isfinite(flows.vm_pu[case])
        np.testing.assert_allclose(s[pq], (grid.p_pu + 1j * grid.q_pu)[pq], atol=1e-11)
        np.testing.assert_allclose(s[1].real, grid.p_pu[1], atol=1e-11)
        assert flows.vm_pu[case, 1] == pytest.approx(1.02, abs=1e-14)
        assert flows.va_radian[case, 0] == pytest.approx(0.1, abs=1e-14)
        assert np.isnan(flows.vm_pu[case, 4]) == (outage == 4)
        assert (flows.loading_percent[case] == 0).tolist() == [b == outage for b in range(5)]


def test_one_row_stands_for_all_cases(kernels: Kernels) -> None:
    grid = ring().build()
    scale = np.linspace(0.5, 1.2, 11)[:, None]
    flows = solve(kernels, grid, p=grid.p_pu * scale, outage=np.array([2]))
    single = [solve(kernels, grid, p=grid.p_pu * x, outage=np.array([2])) for x in scale[:, 0]]
    np.testing.assert_allclose(flows.vm_pu, np.concatenate([f.vm_pu for f in single]), atol=1e-12)
    np.testing.assert_allclose(flows.loading_percent, np.concatenate([f.loading_percent for f in single]), atol=1e-9)


def test_zero_load_is_flat(kernels: Kernels) -> None:
    flows = solve(kernels, two_nodes(0))
    np.testing.assert_allclose(flows.vm_pu[0], 1.02, atol=1e-14)
    assert flows.loading_percent[0, 0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("load_mva", [400 + 200j, 5000 + 0j])
def test_beyond_collapse_is_a_status_without_voltages(kernels: Kernels, load_mva: complex) -> None:
    flows = solve(kernels, two_nodes(load_mva))
    assert flows.status[0] in (LoadFlowStatus.MAX_ITERATIONS, LoadFlowStatus.DIVERGED, LoadFlowStatus.SINGULAR)
    assert np.isnan(flows.vm_pu).all()
    assert np.isnan(flows.loading_percent).all()


def test_a_failed_case_leaves_its_neighbours_alone(kernels: Kernels) -> None:
    grid = two_nodes()
    p = grid.p_pu * np.array([1, 50, 0.5, 1, 1, 80, 1, 1, 1, 1])[:, None]
    flows = solve(kernels, grid, p=p)
    assert (flows.status == LoadFlowStatus.CONVERGED).tolist() == [x not in (1, 5) for x in range(10)]
    assert flows.vm_pu[0, 1] == flows.vm_pu[9, 1]


def test_near_collapse_still_converges(kernels: Kernels) -> None:
    z, e = 0.1j, 1.02
    p_max = e**2 / 2 / 0.1
    flows = solve(kernels, two_nodes(100 * p_max * 0.9999, z))
    assert flows.status[0] == LoadFlowStatus.CONVERGED
    assert 0.7 < flows.vm_pu[0, 1] < 0.75


@pytest.mark.parametrize("z", [1e-6 + 1e-6j, 1e-7j, 0.3 + 0.01j, 0.05 + 1e-9j])
@pytest.mark.parametrize("base_mva", [1.0, 100.0])
def test_odd_impedances(kernels: Kernels, z: complex, base_mva: float) -> None:
    grid = GridBuilder(base_mva=base_mva)
    scale = base_mva / 100
    grid.node(NODE_SLACK)
    grid.node(s_mva=-10 - 3j)
    grid.node(s_mva=-20 - 3j)
    grid.branch(0, 1, z * scale)
    grid.branch(1, 2, (0.02 + 0.1j) * scale)
    arrays = grid.build()
    flows = solve(kernels, arrays, tolerance_mva=1e-8)
    assert flows.status[0] == LoadFlowStatus.CONVERGED
    s = injection(arrays, flows, 0, np.ones(2, dtype=bool))[1:]
    np.testing.assert_allclose(s * base_mva, (arrays.p_pu + 1j * arrays.q_pu)[1:] * base_mva, atol=1e-5)


def test_two_slacks_share_and_two_islands_are_independent(kernels: Kernels) -> None:
    grid = GridBuilder()
    for va in (0.0, 0.3):
        slack = grid.node(NODE_SLACK, va_radian=va)
        load = grid.node(s_mva=-30 - 5j)
        grid.branch(slack, load, 0.01 + 0.1j)
    tie = grid.branch(1, 3, 0.01 + 0.1j, in_service=False)
    arrays = grid.build()
    apart = solve(kernels, arrays)
    assert apart.vm_pu[0, 1] == pytest.approx(apart.vm_pu[0, 3], abs=1e-12)
    assert apart.va_radian[0, 3] - apart.va_radian[0, 1] == pytest.approx(0.3, abs=1e-12)
    assert apart.loading_percent[0, tie] == 0
    together = solve(kernels, arrays, branch_in_service=np.ones(3, dtype=bool))
    assert together.status[0] == LoadFlowStatus.CONVERGED
    assert together.loading_percent[0, tie] > 10


def test_parts_without_slack_are_nan(kernels: Kernels) -> None:
    grid = ring().build()
    nothing = solve(kernels, grid, branch_in_service=np.zeros(grid.n_branch, dtype=bool))
    assert nothing.status[0] == LoadFlowStatus.CONVERGED
    assert np.isfinite(nothing.vm_pu[0]).tolist() == [True, False, False, False, False]
    assert (nothing.loading_percent == 0).all()


def test_no_slack_at_all(kernels: Kernels) -> None:
    grid = GridBuilder()
    grid.node(NODE_PV)
    grid.node(s_mva=-1)
    grid.branch(0, 1, 0.1j)
    flows = solve(kernels, grid.build())
    assert flows.status[0] == LoadFlowStatus.NO_SLACK
    assert np.isnan(flows.vm_pu).all()


def test_a_node_that_is_out_blocks_its_branches(kernels: Kernels) -> None:
    grid = GridBuilder()
    grid.node(NODE_SLACK)
    grid.node(NODE_OUT, s_mva=-10)
    grid.node(s_mva=-10)
    grid.branch(0, 1, 0.1j)
    grid.branch(1, 2, 0.1j)
    flows = solve(kernels, grid.build())
    assert flows.status[0] == LoadFlowStatus.CONVERGED
    assert np.isnan(flows.vm_pu[0, 1:]).all()
    assert (flows.loading_percent == 0).all()


def test_unrated_branches_are_nan(kernels: Kernels) -> None:
    grid = GridBuilder()
    grid.node(NODE_SLACK)
    grid.node(s_mva=-10)
    grid.branch(0, 1, 0.1j, percent_per_pu=np.nan)
    grid.branch(0, 1, 0.1j)
    flows = solve(kernels, grid.build())
    assert np.isnan(flows.loading_percent[0, 0])
    assert flows.loading_percent[0, 1] > 0


@pytest.mark.parametrize("shift", [30, 150, -90, 180, -120])
def test_phase_shifts_only_turn_the_angle(kernels: Kernels, shift: float) -> None:
    def solved(tap: complex) -> FlowArrays:
        grid = GridBuilder()
        grid.node(NODE_SLACK)
        grid.node(s_mva=-30 - 10j, va_radian=-np.angle(tap))
        grid.node(s_mva=-20 - 10j, va_radian=-np.angle(tap))
        grid.branch(0, 1, 0.002 + 0.1j, tap=tap)
        grid.branch(1, 2, 0.02 + 0.1j)
        return solve(kernels, grid.build())

    plain, turned = solved(0.98), solved(0.98 * np.exp(1j * np.radians(shift)))
    np.testing.assert_allclose(turned.vm_pu, plain.vm_pu, atol=1e-12)
    angle = np.degrees(plain.va_radian[0] - turned.va_radian[0])[1:]
    np.testing.assert_allclose((angle - shift + 180) % 360 - 180, 0, atol=1e-9)


def test_threads_do_not_change_a_bit(kernels: Kernels) -> None:
    grid = ring().build()
    scale = np.linspace(0.2, 1.5, 37)[:, None]
    outage = np.arange(37) % (grid.n_outage + 1) - 1
    one, two = (solve(kernels, grid, p=grid.p_pu * scale, outage=outage, threads=n) for n in (1, 2))
    for name in ("v_pu", "status", "iterations", "residual_mva"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes(), name
