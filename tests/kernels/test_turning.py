"""Regions whose voltages turn as a whole against each other: a step does not have to know by how much."""

from __future__ import annotations

import numpy as np

from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels
from gridprio.model.grid import NODE_PV, NODE_SLACK, GridArrays

from .grids import GridBuilder
from .test_load_flow import solve

N_REGION, N_NODE = 20, 4


def regions_in_a_row() -> GridArrays:
    """Each a tight ring with a generator, tied to the next by one weak line."""
    b = GridBuilder()
    for region in range(N_REGION):
        kind, feeds_mva = (NODE_PV, 15) if region else (NODE_SLACK, 0)
        nodes = [b.node(kind, feeds_mva)] + [b.node(s_mva=-5 - 1j) for _ in range(N_NODE - 1)]
        for f, t in zip(nodes, nodes[1:] + nodes[:1], strict=True):
            b.branch(f, t, 0.002 + 0.02j)
        if region:
            b.branch(nodes[0] - N_NODE, nodes[0], 0.01 + 0.1j)
    return b.build()


def test_steps_do_not_grow_with_the_angle(fast_kernels: Kernels) -> None:
    grid = regions_in_a_row()
    rng = np.random.default_rng(1)
    region = np.arange(grid.n_node) // N_NODE
    # pu that each region sends towards the slack, from its generator
    sent = rng.uniform(-0.06, 0.06, (64, N_REGION))
    p = grid.p_pu + np.where(grid.node_kind == NODE_PV, sent[:, region], 0.0)
    found = solve(fast_kernels, grid, p=p)
    expected = solve(get_kernels("reference"), grid, p=p)
    assert (expected.status == 0).all()
    np.testing.assert_array_equal(found.status, expected.status)
    np.testing.assert_allclose(found.v_pu, expected.v_pu, atol=1e-9)
    turned = np.ptp(np.angle(expected.v_pu), axis=0)
    assert turned[region == N_REGION - 1].min() > 0.7
    assert found.iterations.max() <= 8
