"""Every backend against the reference on random grids: outages, masks, several slacks, islands."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels
from gridprio.model.flows import FlowArrays, LoadFlowStatus
from gridprio.model.grid import GridArrays
from tests.effort import IS_LONG

from .grids import random_grid
from .test_load_flow import solve


def agree(found: FlowArrays, expected: FlowArrays, every: int = 1) -> None:
    """`expected` holds one of so many cases."""
    np.testing.assert_array_equal(found.status[::every] == 0, expected.status == 0)
    np.testing.assert_allclose(found.vm_pu[::every], expected.vm_pu, atol=1e-9)
    np.testing.assert_allclose(found.va_radian[::every], expected.va_radian, atol=1e-9)
    np.testing.assert_allclose(found.loading_percent[::every], expected.loading_percent, atol=1e-6)


Batch = tuple[GridArrays, dict[str, Any], FlowArrays]


@cache
def outages_and_masks(seed: int, n_node: int, n_slack: int, base_mva: float) -> Batch:
    """A random batch, solved once for all backends, which are given the same examples."""
    grid = random_grid(seed, n_node, n_slack=min(n_slack, n_node), base_mva=base_mva)
    rng = np.random.default_rng(seed)
    n_case = 19
    given = {
        "p": grid.p_pu * rng.uniform(0.6, 1.1, (n_case, grid.n_node)),
        "q": grid.q_pu * rng.uniform(0.6, 1.1, (n_case, grid.n_node)),
        "outage": rng.integers(-1, grid.n_outage, n_case),
        "branch_in_service": grid.branch_in_service ^ (rng.random((n_case, grid.n_branch)) < 0.1),
    }
    return grid, given, solve(get_kernels("reference"), grid, **given)


@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    n_node=st.integers(2, 25),
    n_slack=st.integers(1, 2),
    base_mva=st.sampled_from([1.0, 100.0]),
)
def test_outages_and_masks(fast_kernels: Kernels, seed: int, n_node: int, n_slack: int, base_mva: float) -> None:
    grid, given, expected = outages_and_masks(seed, n_node, n_slack, base_mva)
    agree(solve(fast_kernels, grid, **given), expected)


def test_many_hours_on_one_state(fast_kernels: Kernels) -> None:
    grid = random_grid(seed=11, n_node=40)
    rng = np.random.default_rng(0)
    p = grid.p_pu * rng.uniform(0.5, 1.1, (100, grid.n_node))
    found = solve(fast_kernels, grid, p=p, threads=2)
    expected = solve(get_kernels("reference"), grid, p=p)
    assert (expected.status == LoadFlowStatus.CONVERGED).all()
    agree(found, expected)
    assert found.residual_mva.max() <= 1e-10


OUTAGES = np.arange(100)
EVERY = 1 if IS_LONG else 3
"""Of so many hours and outages the reference solves one, so that every lane of 8 has some; the backends solve all."""


@cache
def grid_in_blocks() -> tuple[GridArrays, FlowArrays]:
    """The grid, and the reference's results by outage."""
    grid = random_grid(seed=3, n_node=600, n_slack=2)
    return grid, solve(get_kernels("reference"), grid, outage=OUTAGES[::EVERY])


@cache
def hours_in_blocks(share: float) -> tuple[dict[str, Any], FlowArrays]:
    """The hours, and the reference's results of them."""
    grid, _ = grid_in_blocks()
    scale = np.random.default_rng(2).uniform(1 - share, 1 + share, (40, grid.n_node))
    given = {"p": grid.p_pu * scale, "q": grid.q_pu * scale}
    some = {name: rows[::EVERY] for name, rows in given.items()}
    return given, solve(get_kernels("reference"), grid, **some)


@pytest.mark.parametrize("share", [0.02, 0.3])
@pytest.mark.slow
def test_many_hours_on_a_grid_in_blocks(fast_kernels: Kernels, share: float) -> None:
    """More rows than fit a block; constant current, several slacks, PV rows above the cuts."""
    (grid, by_outage), (given, by_hour) = grid_in_blocks(), hours_in_blocks(share)
    found, one = solve(fast_kernels, grid, **given, threads=2), solve(fast_kernels, grid, **given)
    agree(found, by_hour, EVERY)
    assert (found.status == LoadFlowStatus.CONVERGED).all()
    assert found.residual_mva.max() <= 1e-10
    assert found.v_pu.tobytes() == one.v_pu.tobytes()
    out = solve(fast_kernels, grid, outage=OUTAGES)
    agree(out, by_outage, EVERY)
    assert (out.status == LoadFlowStatus.CONVERGED).all() and out.residual_mva.max() <= 1e-10


def test_many_hours_under_two_outages(fast_kernels: Kernels) -> None:
    """Each state has a base case of its own; what shares it does not depend on the threads."""
    grid = random_grid(seed=11, n_node=40)
    rng = np.random.default_rng(1)
    p = grid.p_pu * rng.uniform(0.5, 1.1, (90, grid.n_node))
    given = {"p": p, "outage": np.arange(90) % 2 + 3}
    found, one = solve(fast_kernels, grid, **given, threads=2), solve(fast_kernels, grid, **given)
    agree(found, solve(get_kernels("reference"), grid, **given))
    for name in ("v_pu", "status", "iterations", "residual_mva"):
        assert getattr(found, name).tobytes() == getattr(one, name).tobytes(), name


@cache
def hours_times_outages(n_case: int) -> Batch:
    grid = random_grid(seed=5, n_node=30)
    outage = np.repeat(np.arange(-1, 12), n_case)
    scale = np.tile(np.linspace(0.4, 1.1, n_case), 13)[:, None]
    given = {"p": grid.p_pu * scale, "q": grid.q_pu * scale, "outage": outage}
    return grid, given, solve(get_kernels("reference"), grid, **given)


@pytest.mark.parametrize("n_case", [1, 7, 8, 9, 17])
def test_hours_times_outages(fast_kernels: Kernels, n_case: int) -> None:
    grid, given, expected = hours_times_outages(n_case)
    agree(solve(fast_kernels, grid, **given), expected)
