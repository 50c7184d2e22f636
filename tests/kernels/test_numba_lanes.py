"""Parts of the Numba twin that no other backend has: the vector value, and the start on what is dead."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from gridprio.kernels.numba_backend.lanes import (
    ALIGNMENT_BYTES,
    LANES,
    larger,
    load,
    load_all,
    not_less,
    root,
    select,
    size,
    smaller,
    splat,
    store,
    zeros,
)
from gridprio.kernels.numba_backend.load_flow import compiled
from gridprio.model.grid import NODE_SLACK

from .grids import GridBuilder


@njit
def every_operation(a, b, c, out):
    x, y = load(a, 0), load(b, 1)
    store(out, 0, x + y * splat(2.0) - load_all(c, 1))
    store(out, 1, -x / y)
    store(out, 2, root(size(x)))
    store(out, 3, larger(x, y))
    store(out, 4, smaller(x, y))
    bits = not_less(x, y)
    store(out, 5, select(bits, x, y))
    return bits


def test_every_operation_is_that_of_numpy() -> None:
    rng = np.random.default_rng(2)
    a, b, c, out = rng.normal(size=(1, LANES)), rng.normal(size=(2, LANES)), rng.normal(size=2), zeros(6, LANES)
    a[0, 3], a[0, 5] = np.nan, b[1, 5]
    with np.errstate(invalid="ignore"):
        bits = every_operation(a, b, c, out)
        x, y = a[0], b[1]
        at_least = ~(x < y)
        expected = [x + 2 * y - c[1], -x / y, np.sqrt(abs(x)), np.where(x > y, x, y), np.where(x < y, x, y)]
    np.testing.assert_allclose(out, [*expected, np.where(at_least, x, y)], rtol=1e-15)
    assert [bool(bits >> k & 1) for k in range(LANES)] == at_least.tolist()
    assert out.ctypes.data % ALIGNMENT_BYTES == 0


@pytest.mark.parametrize("shift", [150.0, -90.0])
def test_dead_nodes_begin_at_the_angle_of_the_nearest_live_one(shift: float) -> None:
    grid = GridBuilder()
    grid.node(NODE_SLACK, va_radian=0.2)
    tap = np.exp(1j * np.radians(shift))
    for vm_pu in (1.01, 0.99):
        grid.node(vm_pu=vm_pu, va_radian=0.5 - np.angle(tap))
    grid.branch(0, 1, 0.1j, tap=tap, in_service=False)
    grid.branch(2, 1, 0.1j, in_service=False)
    start = compiled(grid.build()).start
    np.testing.assert_allclose(np.abs(start), [1.0, 1.01, 0.99])
    np.testing.assert_allclose(start / np.abs(start), np.exp(1j * 0.2) * np.array([1, 1 / tap, 1 / tap]), atol=1e-12)
