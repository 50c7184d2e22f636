"""Results that are longer than the caches are written another way."""

from __future__ import annotations

import numpy as np

from gridprio.kernels.protocol import Kernels

from .grids import random_grid
from .test_kept import same_bits
from .test_load_flow import solve

COUNT, LONG_BYTES = 14_000, 1 << 23


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
