"""Results that are longer than the caches are written another way."""

from __future__ import annotations

import numpy as np
import pytest

from gridprio.kernels.cases import Columns
from gridprio.kernels.protocol import Kernels

from .conftest import LEVELS
from .grids import random_grid
from .test_kept import same_bits
from .test_load_flow import solve

COUNT, LONG_BYTES = 14_000, 1 << 23


pytestmark = pytest.mark.parametrize("kernels", [*(f"rust {level}" for level in LEVELS), "numba"], indirect=True)
"""The backends for many cases."""


def test_what_has_no_solution_and_what_is_cut_off(kernels: Kernels) -> None:
    """Rows that are written again after the lanes have left them: without a number, by Newton, with nodes cut off."""
    grid = random_grid(5, 41)
    rng = np.random.default_rng(2)
    p = grid.p_pu * rng.uniform(0.95, 1.05, (COUNT, 1))
    p[::500] *= 1e3
    outage = np.where(np.arange(COUNT) % 10, -1, rng.integers(-1, grid.n_outage, COUNT)).astype(np.int32)
    found = solve(kernels, grid, p=p, outage=outage)
    assert found.v_pu.nbytes > LONG_BYTES
    assert (found.status[::500] != 0).all() and np.isnan(found.v_pu[::500]).all()
    without_voltage = np.isnan(found.v_pu[found.status == 0]).sum(axis=1)
    assert 0 < (without_voltage > without_voltage.min()).mean() < 0.1
    some = np.unique(np.concatenate([np.arange(0, COUNT, 500), np.arange(0, COUNT, 10)[:400]]))
    expected = solve(kernels, grid, p=p[some], outage=outage[some])
    np.testing.assert_array_equal(found.status[some], expected.status)
    np.testing.assert_allclose(found.v_pu[some], expected.v_pu, atol=1e-9)


def test_as_in_parts_and_on_any_number_of_threads(kernels: Kernels) -> None:
    grid = random_grid(5, 41)
    p = grid.p_pu * np.random.default_rng(1).uniform(0.95, 1.05, (COUNT, 1))
    found = solve(kernels, grid, p=p)
    assert found.v_pu.nbytes > LONG_BYTES
    assert (found.status == 0).all()
    for part in np.array_split(np.arange(COUNT), 4):
        expected = solve(kernels, grid, p=p[part])
        assert expected.v_pu.nbytes < LONG_BYTES
        np.testing.assert_allclose(found.v_pu[part], expected.v_pu, atol=1e-9)
    same_bits(solve(kernels, grid, p=p, threads=2), found)


def test_many_columns(kernels: Kernels) -> None:
    """So many that a tile asks for its injections itself: most without a node, and nodes that have several."""
    grid = random_grid(5, 41)
    rng = np.random.default_rng(3)
    node = np.full(9_001, -1, dtype=np.int32)
    node[rng.choice(9_001, 100, replace=False)] = rng.integers(0, grid.n_node, 100)
    share = np.array([(node == one).sum() for one in range(grid.n_node)])
    own = grid.p_pu * rng.uniform(0.95, 1.05, (200, 1)), grid.q_pu * rng.uniform(0.95, 1.05, (200, 1))
    p, q = (np.where(node >= 0, part[:, node] / np.maximum(share, 1)[node], np.nan) for part in own)
    found = solve(kernels, grid, p=p, q=q, columns=Columns(node, 1.0))
    # nodes without a column keep the injection of the grid
    at_nodes = [np.where(share > 0, part, given) for part, given in zip(own, (grid.p_pu, grid.q_pu), strict=True)]
    expected = solve(kernels, grid, p=at_nodes[0], q=at_nodes[1])
    assert (found.status == 0).all()
    np.testing.assert_allclose(found.v_pu, expected.v_pu, atol=1e-9)
    same_bits(solve(kernels, grid, p=p, q=q, columns=Columns(node, 1.0), threads=2), found)
