"""Normal and emergency limits against hand calculation: two circuits of 40 MVA that may carry 120 % after an outage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from gridprio.cells.redispatch import RedispatchProblem
from gridprio.kernels.protocol import Kernels
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN
from gridprio.model.grid import NODE_SLACK, GridArrays
from gridprio.model.limits import limit_percent
from tests.kernels.cell_cases import RULES, Cell, Request, contingencies, evaluate
from tests.kernels.conftest import present
from tests.kernels.grids import GridBuilder
from tests.kernels.test_cells import assert_same_cells, random_cell
from tests.kernels.test_headroom import headroom, hours, point, two_transformers
from tests.kernels.test_near_cases import MANY, assert_same, year

EITHER_OUT = contingencies([0], [1], direction=CASE_DEMAND | CASE_FEED_IN)


CLASSES = 40
"""More than months: hours of one month differ in their limits, as by temperature."""


def with_limits(grid: GridArrays, normal: object = 100.0, emergency: object = np.nan) -> GridArrays:
    full = (np.full(grid.n_branch, 1.0) * np.asarray(value, dtype=float) for value in (normal, emergency))
    return replace(grid, **dict(zip(("limit_percent", "outage_limit_percent"), full, strict=True)))


def with_monthly_ratings(grid: GridArrays, percent_of: Mapping[int, float]) -> GridArrays:
    ratings = np.full((grid.n_branch, 12), 100.0)
    for month, percent in percent_of.items():
        ratings[:, month] = percent
    return replace(grid, rating_percent=ratings)


EMERGENCY = with_limits(two_transformers(), emergency=120.0)


def test_what_the_grid_gives_goes_before_the_rule() -> None:
    grid = with_limits(two_transformers(), [100.0, 80.0], [np.nan, 90.0])
    found = limit_percent(grid, 100.0, 120.0)
    np.testing.assert_allclose(found[:, 0], [[100.0, 80.0], [120.0, 90.0]])
    np.testing.assert_allclose(limit_percent(grid, 90.0, 120.0), 0.9 * found)


def test_headroom_differs_by_what_the_other_circuit_may_carry_more(kernels: Kernels) -> None:
    """20 MW and 4 MVAr of load: the circuit that stays carries 40 MVA, or 48 with the emergency limit."""
    hourly = hours(EMERGENCY, {1: -20.0})
    found = [headroom(kernels, grid, hourly, point(1, "demand"))[0] for grid in (two_transformers(), EMERGENCY)]
    by_hand = [np.sqrt(mva**2 - 4.0**2) - 20.0 for mva in (40.0, 48.0)]
    assert [answer.headroom_mw for answer in found] == pytest.approx(by_hand, rel=1e-3)
    assert found[1].headroom_mw - found[0].headroom_mw == pytest.approx(8.03, abs=0.02)
    assert {answer.limit_contingency > 0 for answer in found} == {True}


def test_beyond_twice_the_normal_limit_the_intact_grid_stops_first(kernels: Kernels) -> None:
    grid = with_limits(two_transformers(), emergency=250.0)
    (found,) = headroom(kernels, grid, hours(grid, {1: -20.0}), point(1, "demand"))
    assert found.headroom_mw == pytest.approx(np.sqrt(80.0**2 - 4.0**2) - 20.0, rel=1e-3)
    assert found.limit_contingency == 0


@pytest.mark.parametrize(("load_mw", "overload_percent"), [(47.0, 0.0), (50.0, 5.0), (90.0, 105.0)])
def test_overload_is_counted_above_the_emergency_limit(
    load_mw: float, overload_percent: float, kernels: Kernels
) -> None:
    """Each circuit is above it while the other is out; at 90 MW both are 112.5 % loaded in the intact grid too."""
    found = evaluate(kernels, Cell(EMERGENCY, EITHER_OUT, p_mw={1: -load_mw}))
    expected = 2 * overload_percent / 100 * 40.0 * 8760.0
    assert found.overload_mvah.sum() == pytest.approx(expected, rel=2e-3, abs=1e-6)
    assert found.insecure_hours.sum() == pytest.approx(8760.0 if expected else 0.0)
    assert found.worst_loading_percent[0] == pytest.approx(load_mw / 0.4, rel=1e-3) and found.worst_contingency[0] > 0


def test_the_worst_branch_is_the_one_nearest_to_its_limit(kernels: Kernels) -> None:
    """115 % of 120 % after an outage is less than 57.5 % of a limit of 50 % in the intact grid."""
    grid = with_limits(two_transformers(), [50.0, 100.0], 120.0)
    found = evaluate(kernels, Cell(grid, EITHER_OUT, p_mw={1: -46.0}))
    assert (found.worst_branch[0], found.worst_contingency[0]) == (0, 0)
    assert found.worst_loading_percent[0] == pytest.approx(57.5, rel=1e-3)


def test_a_request_gets_what_the_emergency_limit_leaves(kernels: Kernels) -> None:
    cell = Cell(two_transformers(), EITHER_OUT, [Request(1, 60.0)], p_mw={1: -20.0})
    for percent in (100.0, 120.0):
        given = replace(cell, grid=with_limits(cell.grid, emergency=percent))
        as_rule = evaluate(kernels, cell, emergency_limit_percent=percent).allocated_mw
        assert evaluate(kernels, given).allocated_mw == pytest.approx(as_rule, abs=1e-9)
        assert as_rule[0, 0] == pytest.approx(0.4 * percent - 20.0, rel=1e-3)


def test_a_month_has_its_own_limits(kernels: Kernels) -> None:
    """50 MW on the circuit that stays: it carries 48 MVA, 52.8 in January and 43.2 in July."""
    cell = Cell(with_monthly_ratings(EMERGENCY, {0: 110.0, 6: 90.0}), EITHER_OUT, p_mw={1: -50.0}, month=(0, 6))
    found = evaluate(kernels, cell)
    expected = [0.0, 2 * (50.0 - 43.2) * 4380.0]
    assert found.overload_mvah[0, [0, 6]] == pytest.approx(expected, rel=0.02, abs=1e-6)
    assert found.insecure_hours[0, [0, 6]] == pytest.approx([0.0, 4380.0])
    assert (found.worst_hour[0], found.worst_loading_percent[0]) == (1, pytest.approx(125.0, rel=5e-3))


def test_headroom_is_that_of_the_weakest_month(kernels: Kernels) -> None:
    """20 MW and 4 MVAr of load the whole year; of 48 MVA nine tenths in July."""
    grid = with_monthly_ratings(EMERGENCY, {6: 90.0})
    hourly = replace(
        hours(grid, {1: -20.0}, n_hour=12),
        month=np.arange(12, dtype=np.int8),
        limit_class=np.arange(12, dtype=np.int16),
    )
    (found,) = headroom(kernels, grid, hourly, point(1, "demand", n_hour=12))
    assert found.headroom_mw == pytest.approx(np.sqrt(43.2**2 - 4.0**2) - 20.0, rel=1e-3)
    assert found.limit_hour == 6


DEGREES = np.arange(31)
"""°C, an hour of each"""


def by_temperature() -> GridArrays:
    """A line of 100 MVA that carries 120 % at 0 and 80 % at 30 °C; a class for each degree."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    g.branch(0, 1, 1e-5j, percent_per_pu=100.0)
    return replace(g.build(), rating_percent=np.interp(DEGREES, [0.0, 30.0], [120.0, 80.0])[None])


def test_overload_is_in_the_warm_hours_alone(kernels: Kernels) -> None:
    """95 MW passes 120 - 4/3 T from 19 °C on, by 4/3 T - 25: to 30 °C together 4/3 x 294 - 12 x 25 = 92 MVAh."""
    month = np.zeros(31, dtype=int)
    cell = Cell(
        by_temperature(), contingencies(), p_mw={1: -95.0}, month=month, limit_class=DEGREES, weight_h=[1.0] * 31
    )
    found = evaluate(kernels, cell)
    assert found.overload_mvah[0].tolist() == pytest.approx([92.0] + [0.0] * 11, rel=1e-4)
    assert found.insecure_hours[0].tolist() == [12.0] + [0.0] * 11
    assert found.worst_hour[0] == 30 and found.worst_loading_percent[0] == pytest.approx(95.0, rel=1e-4)
    congestion = kernels.find_congestion(cell.grid, cell.contingencies, cell.batch(), rules=RULES, threads=1)
    assert (congestion.hours.tolist(), congestion.worst_hour.tolist()) == ([12.0], [30])
    assert congestion.overload_mvah.tolist() == pytest.approx([92.0], rel=1e-4)


def test_requests_and_headroom_stop_at_the_warmest_hour(kernels: Kernels) -> None:
    """80 MVA at 30 °C; what asks at 15 °C alone, where the line carries 100 MVA, stops there."""
    grid, mildest = by_temperature(), (DEGREES == 15).astype(float)
    requests = [Request(1, 50.0), Request(1, 90.0, profile=mildest.tolist())]
    cell = Cell(grid, contingencies(), requests, p_mw={1: -40.0}, month=[0] * 31, limit_class=DEGREES)
    found = evaluate(kernels, cell)
    assert found.allocated_mw[0].tolist() == pytest.approx([40.0, 20.0], rel=1e-3)
    assert found.limit_hour[0].tolist() == [30, 15]
    hourly = replace(hours(grid, {1: -40.0}, n_hour=31), limit_class=DEGREES.astype(np.int16), q_mvar=np.zeros((31, 2)))
    (answer,) = headroom(kernels, grid, hourly, point(1, "demand", n_hour=31))
    assert answer.headroom_mw == pytest.approx(40.0, rel=1e-3) and answer.limit_hour == 30


def test_redispatch_takes_off_in_warm_hours_alone() -> None:
    grid = by_temperature()
    hourly = replace(hours(grid, {1: -95.0}, n_hour=31), limit_class=DEGREES.astype(np.int16), q_mvar=np.zeros((31, 2)))
    drawn = (-hourly.p_mw).astype(np.complex128)
    problem = RedispatchProblem(grid, contingencies(), grid.branch_in_service, hourly, drawn, RULES, present("rust"))
    curtailed = problem.solve().demand_mw.sum(axis=1)
    np.testing.assert_allclose(curtailed, np.maximum(0.0, 95.0 - grid.rating_percent[0]), atol=0.02)


def test_redispatch_clears_down_to_the_emergency_limit() -> None:
    """60 MW against 40 or 48 MVA."""
    curtailed = []
    for grid in (two_transformers(), EMERGENCY):
        hourly = replace(hours(grid, {1: -60.0}), q_mvar=np.zeros((1, grid.n_node)))
        drawn = (-hourly.p_mw).astype(np.complex128)
        problem = RedispatchProblem(grid, EITHER_OUT, grid.branch_in_service, hourly, drawn, RULES, present("rust"))
        curtailed.append(problem.solve().demand_mw.sum())
    assert curtailed == pytest.approx([20.0, 12.0], rel=2e-3)


def test_redispatch_is_never_worse_than_no_curtailment(monkeypatch: pytest.MonkeyPatch) -> None:
    """60 MW against 40 MVA after an outage, beside 20 MW of sun, which a programme that finds no better takes off.

    What is left is 20 MVA at either transformer, when the other is out.
    """
    grid = two_transformers()
    hourly = replace(hours(grid, {1: -60.0}), q_mvar=np.zeros((1, grid.n_node)))
    drawn = np.array([[0.0, 80.0 + 0j]])
    monkeypatch.setattr(RedispatchProblem, "_least", lambda self, cuts, most: np.array([0.0, most[1], 0.0, 0.0]))
    problem = RedispatchProblem(grid, EITHER_OUT, grid.branch_in_service, hourly, drawn, RULES, present("rust"))
    found = problem.solve()
    assert found.overloaded.all() and not found.unsolved.any()
    assert found.feed_in_mw.sum() == found.demand_mw.sum() == 0.0
    assert found.left_mva == pytest.approx(2 * (60.0 - 40.0), rel=2e-3)


@pytest.mark.parametrize("seed", range(2))
def test_backends_agree_on_limits_of_every_branch(seed: int, fast_kernels: Kernels) -> None:
    cell = random_limits(random_cell(seed, n_node=5, n_hour=3), seed)
    assert_same_cells(evaluate(fast_kernels, cell), evaluate(present("reference"), cell))


@pytest.mark.parametrize("seed", range(2))
def test_a_screened_cell_with_limits_is_that_of_every_case(seed: int) -> None:
    kernels = present("rust")
    cell = random_limits(year(random_cell(seed, n_node=7, n_hour=MANY), MANY, 0.7), seed)
    assert_same(evaluate(kernels, cell), evaluate(kernels, cell, margin_percent=100.0))


def random_limits(cell: Cell, seed: int) -> Cell:
    rng = np.random.default_rng(seed)
    n = cell.grid.n_branch
    emergency = np.where(rng.random(n) < 0.5, np.nan, rng.uniform(90.0, 160.0, n))
    grid = with_limits(cell.grid, rng.uniform(60.0, 130.0, n), emergency)
    grid = replace(grid, rating_percent=rng.uniform(80.0, 125.0, (n, CLASSES)))
    return replace(cell, grid=grid, limit_class=rng.integers(CLASSES, size=len(cell.month)))
