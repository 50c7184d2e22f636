"""Parts of the Numba twin that no other backend has: the start on what is de-energised."""

from __future__ import annotations

import numpy as np
import pytest

from gridprio.kernels.numba_backend.load_flow import analysed
from gridprio.model.grid import NODE_SLACK

from .grids import GridBuilder


@pytest.mark.parametrize("shift", [150.0, -90.0])
def test_dead_nodes_begin_at_the_angle_of_the_nearest_live_one(shift: float) -> None:
    grid = GridBuilder()
    grid.node(NODE_SLACK, va_radian=0.2)
    tap = np.exp(1j * np.radians(shift))
    for vm_pu in (1.01, 0.99):
        grid.node(vm_pu=vm_pu, va_radian=0.5 - np.angle(tap))
    grid.branch(0, 1, 0.1j, tap=tap, in_service=False)
    grid.branch(2, 1, 0.1j, in_service=False)
    start = analysed(grid.build()).start
    np.testing.assert_allclose(np.abs(start), [1.0, 1.01, 0.99])
    np.testing.assert_allclose(start / np.abs(start), np.exp(1j * 0.2) * np.array([1, 1 / tap, 1 / tap]), atol=1e-12)
