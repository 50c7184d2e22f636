"""Nodes at which nothing is fed in or drawn: steps leave them out where that holds in every case of a tile."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels
from gridprio.kernels.reference.load_flow import node_admittance
from gridprio.model.flows import FlowArrays
from gridprio.model.grid import NODE_PQ, NODE_SLACK, GridArrays

from .grids import GridBuilder, random_grid
from .test_load_flow import solve


def with_quiet_nodes(seed: int, n_node: int) -> tuple[GridArrays, np.ndarray]:
    """Half of the PQ nodes without injection, and which those are."""
    grid = random_grid(seed, n_node, load_mva=60.0 / n_node)
    rng = np.random.default_rng(seed)
    quiet = (grid.node_kind == NODE_PQ) & (rng.random(grid.n_node) < 0.5)
    assert quiet.sum() > 3
    p, q = (np.where(quiet, 0.0, power) for power in (grid.p_pu, grid.q_pu))
    return replace(grid, p_pu=p, q_pu=q, s_constant_current=np.zeros(grid.n_node, dtype=complex)), quiet


@cache
def fed(seed: int, n_node: int, who: str) -> tuple[GridArrays, np.ndarray, np.ndarray, list[int], FlowArrays]:
    """A grid, 40 hours of injections, and the hours that the reference solved: some where the grid is large."""
    grid, quiet = with_quiet_nodes(seed, n_node)
    spread = np.random.default_rng(9).uniform(0.8, 1.1, (40, grid.n_node))
    feeds = {"nobody": np.zeros(40), "one": np.arange(40) == 17, "all": np.ones(40)}[who]
    at_quiet = feeds[:, None] * np.where(quiet, spread * 0.1 / quiet.sum(), 0.0)
    p, q = grid.p_pu * spread + at_quiet, grid.q_pu * spread - 0.5 * at_quiet
    some = [0, 17, 39] if n_node > 100 else list(range(40))
    return grid, p, q, some, solve(get_kernels("reference"), grid, p=p[some], q=q[some])


@pytest.mark.parametrize("who", ["nobody", "one", "all"])
@pytest.mark.parametrize(("seed", "n_node"), [(1, 20), (2, 60), (3, 60), (4, 700)])
def test_as_the_reference(fast_kernels: Kernels, seed: int, n_node: int, who: str) -> None:
    grid, p, q, some, expected = fed(seed, n_node, who)
    found = solve(fast_kernels, grid, p=p, q=q)
    assert (expected.status == 0).all()
    np.testing.assert_array_equal(found.status[some], expected.status)
    np.testing.assert_allclose(found.v_pu[some], expected.v_pu, atol=1e-9)
    # a case whose injections were left out would be mended by Newton, in seven
    assert found.iterations.max() <= 5


@cache
def one_branch_open(
    seed: int,
) -> tuple[GridArrays, np.ndarray, np.ndarray, list[tuple[np.ndarray, FlowArrays]]]:
    """A grid, 40 hours, and the first three solved by the reference with each branch open in the mask in turn."""
    grid, _ = with_quiet_nodes(seed, 40)
    spread = np.random.default_rng(seed).uniform(0.9, 1.1, (40, grid.n_node))
    p, q = grid.p_pu * spread, grid.q_pu * spread
    solved = []
    for branch in np.flatnonzero(grid.branch_in_service):
        mask = grid.branch_in_service.copy()[None]
        mask[0, branch] = False
        expected = solve(get_kernels("reference"), grid, p=p[:3], q=q[:3], branch_in_service=mask)
        solved.append((mask, expected))
    return grid, p, q, solved


@pytest.mark.parametrize("seed", range(4))
def test_quiet_nodes_that_nothing_feeds(fast_kernels: Kernels, seed: int) -> None:
    """Also where more than quiet nodes are cut off."""
    grid, p, q, solved = one_branch_open(seed)
    assert any(np.isnan(expected.v_pu).any() for _, expected in solved)
    for mask, expected in solved:
        found = solve(fast_kernels, grid, p=p, q=q, branch_in_service=mask)
        np.testing.assert_array_equal(found.status[:3], expected.status)
        np.testing.assert_allclose(found.v_pu[:3], expected.v_pu, atol=1e-9)


@pytest.mark.parametrize(("apart", "tolerance_mva"), [(1.78e-8, 1e-6), (1.78e-6, 1e-8)])
def test_a_quiet_node_all_but_in_resonance(kernels: Kernels, apart: float, tolerance_mva: float) -> None:
    """Between a reactor and a capacitor in series that cancel: summing without it would leave little but rounding."""
    b = GridBuilder()
    slack, a, m, c = b.node(NODE_SLACK), b.node(s_mva=-30 - 5j), b.node(), b.node(s_mva=-30 - 5j)
    b.branch(slack, a, 0.01 + 0.1j)
    b.branch(a, m, 0.1j)
    b.branch(m, c, -0.1j * (1 - apart))
    b.branch(a, c, 0.01 + 0.2j)
    grid = b.build()
    spread = np.random.default_rng(1).uniform(0.6, 1.1, (64, grid.n_node))
    p, q = grid.p_pu * spread, grid.q_pu * spread
    found = solve(kernels, grid, p=p, q=q, tolerance_mva=tolerance_mva)
    y = node_admittance(grid, grid.branch_in_service)
    s = found.v_pu * np.conj(found.v_pu @ y.T.toarray())
    ds = (s - (p + 1j * q))[:, [a, c]]
    missed = np.maximum(np.abs(ds.real), np.abs(ds.imag)).max(axis=1) * grid.base_mva
    solved = found.status == 0
    assert solved.sum() > 50
    # the sum here is off by rounding too, most where the voltage between the two is high
    size = np.abs(found.v_pu) * (np.abs(found.v_pu) @ abs(y).T.toarray())
    rounding = 8 * np.finfo(float).eps * size[:, [a, c]].max(axis=1) * grid.base_mva
    assert (missed <= tolerance_mva + rounding)[solved].all()
