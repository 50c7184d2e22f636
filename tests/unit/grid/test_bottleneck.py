"""Minimum cuts by hand: two lines of 60 and 40 MVA to a ring of two stations, one transformer of 25 MVA behind it."""

from __future__ import annotations

import numpy as np
import pytest

from gridprio.grid.bottleneck import bottleneck
from gridprio.model.grid import NODE_SLACK, GridArrays
from tests.kernels.grids import GridBuilder

LINE_60, LINE_40, RING, TRANSFORMER = range(4)


def ring(transformer_mva: float = 25.0, line_mva: float = 60.0) -> GridArrays:
    g = GridBuilder()
    g.node(NODE_SLACK)
    for _ in range(4):
        g.node()  # 1 and 2 on the ring, 3 behind the transformer, 4 without supply
    for a, b, mva in ((0, 1, line_mva), (0, 2, 40.0), (1, 2, 200.0), (2, 3, transformer_mva)):
        g.branch(a, b, 0.1j, percent_per_pu=1e4 / mva)
    return g.build()


EVERY = np.ones(4, dtype=bool)


def test_a_station_of_the_ring_is_limited_by_both_lines() -> None:
    found = bottleneck(ring(), EVERY, 2)
    assert found.branches == (LINE_60, LINE_40) and found.alone == ()
    assert (found.mva, found.largest_mva) == (pytest.approx(100.0), pytest.approx(60.0))
    assert found.behind.tolist() == [False, True, True, True, False]


def test_a_station_behind_one_transformer_is_limited_by_it_and_has_no_reserve() -> None:
    found = bottleneck(ring(), EVERY, 3)
    assert (found.branches, found.alone, found.mva) == ((TRANSFORMER,), (TRANSFORMER,), pytest.approx(25.0))
    assert found.behind.tolist() == [False, False, False, True, False]
    large = bottleneck(ring(500.0), EVERY, 3)
    assert large.branches == (LINE_60, LINE_40) and large.alone == (TRANSFORMER,)


def test_works_take_the_reserve_away() -> None:
    found = bottleneck(ring(), np.array([False, True, True, True]), 1)
    assert (found.branches, found.alone, found.mva) == ((LINE_40,), (LINE_40, RING), pytest.approx(40.0))


def test_without_supply_and_without_limit() -> None:
    assert (bottleneck(ring(), EVERY, 4).mva, bottleneck(ring(), EVERY, 0).mva) == (0.0, np.inf)
    unlimited = bottleneck(ring(line_mva=np.nan), EVERY, 1)
    assert (unlimited.mva, unlimited.branches, unlimited.alone) == (np.inf, (), ())
