"""What an outage is required for, in which months and up to which interruption, row by row, on every backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from gridprio.kernels.protocol import Kernels
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, Contingencies
from gridprio.model.grid import NODE_SLACK, GridArrays
from tests.kernels.cell_cases import ALL_MONTHS, Cell, Request, contingencies, evaluate
from tests.kernels.conftest import present
from tests.kernels.grids import GridBuilder
from tests.kernels.test_allocation import random_mesh, random_ring
from tests.kernels.test_cells import random_cell, two_stations
from tests.kernels.test_congestion import find
from tests.kernels.test_near_cases import FEW, MANY, assert_same, year

BOTH = CASE_DEMAND | CASE_FEED_IN
DIRECTIONS = (CASE_DEMAND, CASE_FEED_IN, BOTH)
PAIRS = [0], [1], [2], [3]


def asked(
    *out: Sequence[int],
    direction: Sequence[int],
    months: Sequence[int] | None = None,
    mw: Sequence[float] | None = None,
) -> Contingencies:
    """One entry per outage."""
    n = len(out)
    return replace(
        contingencies(*out),
        required_direction=np.array([BOTH, *direction], dtype=np.uint8),
        required_months=np.array([ALL_MONTHS, *(months or [ALL_MONTHS] * n)], dtype=np.uint16),
        interruption_max_mw=np.array([0.0, *(mw or [0.0] * n)]),
    )


def three_spurs() -> GridArrays:
    """Slack 0 and stations 1, 2 and 3, each behind one line."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    for station in (1, 2, 3):
        g.node()
        g.branch(0, station, 1e-3j, percent_per_pu=50.0)
    return g.build()


def test_each_outage_has_its_own_accepted_interruption(kernels: Kernels) -> None:
    """30, 20 and 10 MW behind lines that may interrupt 25, 20 and 0 MW: the first and the third are too much."""
    outages = asked([0], [1], [2], direction=[CASE_DEMAND] * 3, mw=[25.0, 20.0, 0.0])
    cell = Cell(three_spurs(), outages, [Request(k, 40.0) for k in (1, 2, 3)], p_mw={1: -10.0, 2: -20.0, 3: 0.0})
    found = evaluate(kernels, cell)
    np.testing.assert_allclose(found.allocated_mw[0], [15.0, 0.0, 0.0], atol=1e-3)
    assert not found.insecure_hours.any() and found.interrupted_mw[0] == pytest.approx(20.0)
    hours = {1: (-26.0, -25.0, 0.0), 2: (0.0, -20.0, 0.0), 3: (0.0, 0.0, -1.0)}
    over = replace(cell, p_mw=hours, requests=[], month=(0, 1, 2), weight_h=(10.0, 20.0, 30.0))
    np.testing.assert_array_equal(evaluate(kernels, over).insecure_hours[0, :3], [10.0, 0.0, 30.0])
    lost = find(kernels, over)
    assert lost.contingency.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(lost.not_accepted_h, [10.0, 0.0, 30.0])


def test_what_is_interrupted_counts_where_an_outage_is_required_for_demand(kernels: Kernels) -> None:
    """Load of 10 MW behind sun of 15 MW draws nothing, so no reserve for demand is asked for, and a rule for feed-in
    asks nothing about it either. Where the load is left alone, both rules differ."""
    weight_h = (100.0, 8660.0)
    for direction, insecure_h in ((CASE_DEMAND, 100.0), (CASE_FEED_IN, 0.0), (BOTH, 100.0)):
        outage = asked([0], direction=[direction])
        p_mw, exempt_mw = {1: (-10.0, 5.0)}, {1: (0.0, 15.0)}
        cell = Cell(three_spurs(), outage, month=(0, 0), weight_h=weight_h, p_mw=p_mw, exempt_mw=exempt_mw)
        found = evaluate(kernels, cell)
        assert found.insecure_hours[0].sum() == insecure_h
        assert found.interrupted_mw[0] == pytest.approx(10.0 if direction & CASE_DEMAND else 0.0)
        assert (find(kernels, cell).not_accepted_h.sum()) == insecure_h
        behind_the_sun = evaluate(kernels, replace(cell, requests=[Request(1, 4.0, profile=(0.0, 1.0))]))
        assert behind_the_sun.allocated_mw[0, 0] == pytest.approx(4.0)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_rule_judges_the_branches_that_carry_its_direction(kernels: Kernels, direction: int) -> None:
    """Stations behind two lines of 40 MVA: 58 MW is drawn at the first, 62 MW is fed in at the second."""
    outages = asked(*PAIRS, direction=[direction] * 4)
    found = evaluate(kernels, Cell(two_stations(), outages, p_mw={1: -58.0, 2: 62.0}))
    demand, feed_in = (18.0 * (direction & CASE_DEMAND > 0), 22.0 * (direction & CASE_FEED_IN > 0))
    np.testing.assert_allclose(found.branch_overload_mvah[0] / 8760, [demand, demand, feed_in, feed_in], rtol=1e-3)
    requests = [Request(1, 30.0, -1), Request(2, 30.0, 1, exempt=True)]
    room = evaluate(kernels, Cell(two_stations(), outages, requests, p_mw={1: -20.0, 2: 20.0}))
    expected = [20.0 if direction & CASE_DEMAND else 30.0, 20.0 if direction & CASE_FEED_IN else 30.0]
    np.testing.assert_allclose(room.allocated_mw[0], expected, atol=0.02)


def test_a_direction_may_be_required_in_part_of_the_year(kernels: Kernels) -> None:
    """Rows of one outage: demand in winter and both directions in summer."""
    winter, summer = ALL_MONTHS & ~0b11110000, 0b11110000
    outages = asked(*PAIRS, *PAIRS, direction=[CASE_DEMAND] * 4 + [BOTH] * 4, months=[winter] * 4 + [summer] * 4)
    cell = Cell(two_stations(), outages, p_mw={1: -58.0, 2: 62.0}, month=(0, 5), weight_h=(100.0, 60.0))
    found = evaluate(kernels, cell)
    np.testing.assert_allclose(found.branch_overload_mvah[0], [160 * 18.0] * 2 + [60 * 22.0] * 2, rtol=1e-3)
    np.testing.assert_allclose(found.overload_mvah[0, [0, 5]], [100 * 36.0, 60 * 80.0], rtol=1e-3)


def mixed(cell: Cell, seed: int) -> Cell:
    """With random directions, months and accepted interruptions, and feed-in that may be taken off."""
    rng, given = np.random.default_rng(seed), cell.contingencies
    n = len(given.required_direction) - 1
    rows = replace(
        given,
        required_direction=np.array([BOTH, *rng.choice(DIRECTIONS, n)], dtype=np.uint8),
        required_months=np.array([ALL_MONTHS, *rng.choice([ALL_MONTHS, 0b1], n)], dtype=np.uint16),
        interruption_max_mw=np.array([0.0, *rng.uniform(0, 20, n)]),
    )
    return replace(cell, contingencies=rows)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("cell_of", [random_ring, random_mesh], ids=["ring", "mesh"])
def test_backends_agree_on_mixed_rules(cell_of: object, seed: int) -> None:
    cell = mixed(cell_of(seed), seed)  # type: ignore[operator]
    expected = evaluate(present("reference"), cell)
    for backend in ("numba", "rust"):
        found = evaluate(present(backend), cell)
        np.testing.assert_allclose(found.allocated_mw, expected.allocated_mw, atol=1e-4)
        np.testing.assert_allclose(found.overload_mvah, expected.overload_mvah, rtol=1e-6, atol=1e-6)
        np.testing.assert_array_equal(found.insecure_hours, expected.insecure_hours)


@pytest.mark.parametrize("n_hour", [FEW, MANY])
@pytest.mark.parametrize("seed", range(4))
def test_a_screened_cell_of_mixed_rules_is_that_of_every_case(seed: int, n_hour: int) -> None:
    cell = mixed(year(random_cell(seed, n_node=7, n_hour=n_hour), n_hour, 1.0), seed)
    assert_same(evaluate(present("rust"), cell), evaluate(present("rust"), cell, margin_percent=100.0))
