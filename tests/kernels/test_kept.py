"""What a grid keeps from call to call changes no result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels
from gridprio.model.flows import FlowArrays
from gridprio.model.grid import GridArrays

from .grids import random_grid
from .test_load_flow import solve

Batch = Callable[[GridArrays], dict[str, object]]


def near(grid: GridArrays, count: int = 70) -> dict[str, object]:
    """Within 5 % of the grid's own injections: its own factor serves."""
    spread = np.random.default_rng(1).uniform(0.95, 1.05, (count, 1))
    return {"p": grid.p_pu * spread, "q": grid.q_pu * spread}


def far(grid: GridArrays, count: int = 70) -> dict[str, object]:
    spread = np.random.default_rng(2).uniform(0.2, 0.6, (count, grid.n_node))
    return {"p": grid.p_pu * spread, "q": grid.q_pu * spread}


def few(grid: GridArrays) -> dict[str, object]:
    """Newton from the grid's own state."""
    return far(grid, 5)


def outages(grid: GridArrays) -> dict[str, object]:
    return {**near(grid, 3 * grid.n_outage), "outage": np.tile(np.arange(grid.n_outage), 3)}


BATCHES: list[Batch] = [near, far, few, outages]


@pytest.mark.parametrize("batch", BATCHES)
def test_the_same_bits_after_other_calls_and_on_any_number_of_threads(fast_kernels: Kernels, batch: Batch) -> None:
    fresh, used = (random_grid(5, 40) for _ in range(2))
    first = solve(fast_kernels, fresh, **batch(fresh))
    for other in BATCHES:
        solve(fast_kernels, used, **other(used))
    for threads in (1, 2, 3):
        same_bits(solve(fast_kernels, used, **batch(used), threads=threads), first)


@cache
def by_reference(batch: Batch, seed: int) -> FlowArrays:
    grid = random_grid(seed, 30)
    return solve(get_kernels("reference"), grid, **batch(grid))


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("seed", range(3))
def test_as_the_reference(fast_kernels: Kernels, batch: Batch, seed: int) -> None:
    grid = random_grid(seed, 30)
    found, expected = solve(fast_kernels, grid, **batch(grid)), by_reference(batch, seed)
    np.testing.assert_array_equal(found.status, expected.status)
    np.testing.assert_allclose(found.v_pu, expected.v_pu, atol=1e-9)


def test_an_outage_that_gives_the_grid_its_own_state_back(fast_kernels: Kernels) -> None:
    """Closed in the mask, open in the grid as it was read and opened by the outage."""
    grid = random_grid(3, 30)
    tie = grid.outage_branch[grid.outage_start[-2] :]
    own = grid.branch_in_service.copy()
    own[tie] = False
    closed = own.copy()
    closed[tie] = True
    grid = replace(grid, branch_in_service=own)
    outage = np.full(70, grid.n_outage - 1, dtype=np.int32)
    found = solve(fast_kernels, grid, **near(grid), outage=outage, branch_in_service=closed[None])
    expected = solve(fast_kernels, grid, **near(grid), branch_in_service=own[None])
    same_bits(found, expected)


def same_bits(found: FlowArrays, expected: FlowArrays) -> None:
    np.testing.assert_array_equal(found.status, expected.status)
    np.testing.assert_array_equal(found.iterations, expected.iterations)
    np.testing.assert_array_equal(found.v_pu, expected.v_pu)
