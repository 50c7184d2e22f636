"""Redispatch where a case has no solution: a station that its own sun keeps from collapse, against closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gridprio.cells.redispatch import Redispatch, RedispatchProblem
from gridprio.kernels.protocol import Kernels
from gridprio.model.cell import HourlyInjections
from gridprio.model.grid import NODE_SLACK, GridArrays
from tests.kernels import cell_cases
from tests.kernels.grids import GridBuilder

RULES = replace(cell_cases.RULES, emergency_limit_percent=300.0)
"""After an outage nothing is overloaded; it has a solution or none."""
CIRCUIT_X = 0.2
"""Of each of two circuits to the station, pu of 100 MVA; their ratings are never met."""
RATING_MVA = 50.0
"""Of the line from the station to its sun"""
SUN_MW, REACTIVE_MVAR = 100.0, 40.0
"""At the end of that line; the reactive power is drawn and stays, so that the loading is convex in the sun."""


def station_with_sun() -> GridArrays:
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    g.node()
    for _ in range(2):
        g.branch(0, 1, CIRCUIT_X * 1j, percent_per_pu=1.0)
    g.branch(1, 2, 1e-5j, percent_per_pu=1e4 / RATING_MVA)
    return g.build()


def curtailed(kernels: Kernels, demand_mw: list[float], *outages: list[int]) -> Redispatch:
    grid, n_hour = station_with_sun(), len(demand_mw)
    p, q, drawn = (np.zeros((n_hour, grid.n_node), dtype=kind) for kind in (float, float, complex))
    drawn[:, 1], drawn[:, 2] = demand_mw, REACTIVE_MVAR * 1j
    p[:, 2] = SUN_MW
    p, q = p - drawn.real, q - drawn.imag
    month = np.zeros(n_hour, dtype=np.int8)
    hourly = HourlyInjections(month, month.astype(np.int16), np.ones(n_hour), p, q, np.zeros_like(p))
    rows = cell_cases.contingencies(*outages), grid.branch_in_service
    return RedispatchProblem(grid, *rows, hourly, drawn, RULES, kernels).solve()


def voltage(drawn_mw: float, x: float) -> float:
    """Of the station behind reactance `x`, which draws this and the reactive power; nan where it has no solution."""
    p, q = drawn_mw / 100.0, REACTIVE_MVAR / 100.0
    root = 0.25 - q * x - (p * x) ** 2
    return float(np.sqrt(0.5 - q * x + np.sqrt(root))) if root >= 0 else np.nan


def left_mva(demand_mw: float, feed_in_mw: float) -> float:
    sun = SUN_MW - feed_in_mw
    return float(np.hypot(sun, REACTIVE_MVAR)) / voltage(demand_mw - sun, CIRCUIT_X / 2) - RATING_MVA


def test_the_best_point_is_one_between_the_first_and_the_last(kernels: Kernels) -> None:
    """What clears the line takes so much sun that the outage of a circuit has no solution. The first programme takes
    less, since the loading is convex, and the outage still has one."""
    demand_mw = 235.0
    cleared = curtailed(kernels, [demand_mw])
    assert cleared.left_mva[0] == 0.0 and not cleared.unsolved[0]
    most_mw = cleared.feed_in_mw[0, 2]
    assert left_mva(demand_mw, most_mw) == pytest.approx(0.0, abs=0.01)
    assert np.isnan(voltage(demand_mw - SUN_MW + most_mw, CIRCUIT_X))

    found = curtailed(kernels, [demand_mw], [0], [1])
    mw = found.feed_in_mw[0, 2]
    assert found.overloaded[0] and not found.unsolved[0] and 0.0 < mw < most_mw
    assert voltage(demand_mw - SUN_MW + mw, CIRCUIT_X) > 0.0
    assert found.left_mva[0] == pytest.approx(left_mva(demand_mw, mw), abs=0.01)
    assert 1.0 < found.left_mva[0] < 0.2 * left_mva(demand_mw, 0.0)
    assert found.feed_in_mw.sum() + found.demand_mw.sum() == pytest.approx(mw)


def test_an_hour_without_solution_is_said_so_and_cleared_of_its_overload(kernels: Kernels) -> None:
    """Beside an hour with one; the outage has none even with all sun, the intact grid has one without."""
    found = curtailed(kernels, [400.0, 100.0], [0], [1])
    assert np.isnan(voltage(400.0 - SUN_MW, CIRCUIT_X)) and voltage(400.0, CIRCUIT_X / 2) > 0.0
    assert found.unsolved.tolist() == [True, False] and found.overloaded.all() and not found.left_mva.any()
    for hour, demand_mw in enumerate((400.0, 100.0)):
        assert left_mva(demand_mw, found.feed_in_mw[hour, 2]) == pytest.approx(0.0, abs=0.01)
    alone = curtailed(kernels, [100.0], [0], [1])
    np.testing.assert_allclose(found.feed_in_mw[1], alone.feed_in_mw[0], atol=1e-6)
