"""Parts of the Numba twin that no other backend has: what is de-energised, at the start and in Newton."""

from __future__ import annotations

import numpy as np
import pytest

from gridprio.kernels import get_kernels
from gridprio.kernels.numba_backend import load_flow
from gridprio.kernels.numba_backend.load_flow import analysed
from gridprio.model.grid import NODE_PV, NODE_SLACK

from .grids import GridBuilder, random_grid
from .test_load_flow import solve


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


def test_split_off_machines_need_no_pivoting(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = random_grid(5, 41)
    monkeypatch.setattr(load_flow, "_last_resort", lambda *_: pytest.fail("Newton found no solution"))
    found = solve(get_kernels("numba"), grid, p=np.repeat(grid.p_pu[None], 2, axis=0))
    assert (np.isnan(found.v_pu) & (grid.node_kind == NODE_PV)).any()
    assert (found.status == 0).all()
