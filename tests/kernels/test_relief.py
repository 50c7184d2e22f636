"""Requests that relieve a branch for others, and requests that load one by being taken off after a fault."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gridprio.kernels.protocol import Kernels
from gridprio.kernels.reference.cell_cuts import Cuts, joined, one_cut
from gridprio.kernels.reference.cell_fill import Filling
from gridprio.model.grid import NODE_SLACK
from tests.kernels.cell_cases import Cell, Request, contingencies, evaluate
from tests.kernels.grids import GridBuilder


def ring_that_a_later_request_relieves(first_mw: float, later: Request, first_line_mva: float = 1000.0) -> Cell:
    """A ring 0-1-2-3-0 of equal lines. Feed-in at 1 brings a quarter over 1-2 (20 MVA), at 2 half the other way.

    Over 0-1 they bring three quarters and half.
    """
    g = GridBuilder()
    g.node(NODE_SLACK)
    for _ in range(3):
        g.node()
    for at, rating_mva in enumerate((first_line_mva, 20.0, 1000.0, 1000.0)):
        g.branch(at, (at + 1) % 4, 1e-3j, percent_per_pu=1e4 / rating_mva)
    return Cell(g.build(), contingencies(), [Request(1, first_mw, 1), later])


@pytest.mark.parametrize("wish_mw", [70.0, 110.0, 130.0, 200.0])
def test_room_that_a_later_request_makes_is_for_who_stands_first(kernels: Kernels, wish_mw: float) -> None:
    """80 MW fill the weak line, and 20 MW at 2 make room for 40 MW more, however much is wished."""
    cell = ring_that_a_later_request_relieves(wish_mw, Request(2, 20.0, 1))
    np.testing.assert_allclose(evaluate(kernels, cell).allocated_mw[0], [min(wish_mw, 120.0), 20.0], atol=0.05)


@pytest.mark.parametrize(("firm", "expected_mw"), [(False, [100.0, 10.0]), (True, [280 / 3, 20.0])])
def test_room_that_is_made_settles_with_what_it_takes(kernels: Kernels, firm: bool, expected_mw: list[float]) -> None:
    """80 MVA on 0-1: the more the first gets, the less is left for the later one, which then makes less room.

    first / 4 - later / 2 = 20 and 3/4 first + later / 2 = 80. A firm one that fits beside the 80 MW, which the first
    has without it, keeps its place: 3/4 first = 80 - 20 / 2.
    """
    cell = ring_that_a_later_request_relieves(200.0, Request(2, 20.0, 1, firm=firm), first_line_mva=80.0)
    np.testing.assert_allclose(evaluate(kernels, cell).allocated_mw[0], expected_mw, atol=0.05)


def test_requests_that_relieve_each_other_get_what_they_wish(kernels: Kernels) -> None:
    """Line 1-2 carries a quarter of the first less half of the second, in two hours with 1 and 0.8 of their profiles.

    20 = first / 4 - 0.8 / 2 second and 20 = second / 2 - 0.8 / 4 first: 400 and 200 MW. It takes many repetitions.
    """
    cell = ring_that_a_later_request_relieves(450.0, Request(2, 600.0, 1, profile=(0.8, 1.0)))
    cell = replace(cell, requests=[Request(1, 450.0, 1, profile=(1.0, 0.8)), *cell.requests[1:]], month=(0, 6))
    np.testing.assert_allclose(evaluate(kernels, cell).allocated_mw[0], [400.0, 200.0], atol=0.5)


def test_a_firm_request_takes_the_room_that_a_later_one_makes(kernels: Kernels) -> None:
    cell = ring_that_a_later_request_relieves(100.0, Request(2, 20.0, 1))
    cell = replace(cell, requests=[Request(1, 100.0, 1, firm=True), *cell.requests[1:]])
    found = evaluate(kernels, cell)
    np.testing.assert_allclose(found.allocated_mw[0], [100.0, 20.0])
    np.testing.assert_array_equal(found.limit_branch[0], [-1, -1])


@pytest.mark.parametrize(("beyond_mw", "fits"), [(5e-7, True), (2e-6, False)])
def test_a_firm_request_that_gets_all_but_a_watt_is_connected(kernels: Kernels, beyond_mw: float, fits: bool) -> None:
    def line(request: Request) -> Cell:
        g = GridBuilder()
        g.node(NODE_SLACK)
        g.node()
        g.branch(0, 1, 0.01 + 0.05j, percent_per_pu=200.0)
        return Cell(g.build(), contingencies(), [request])

    room = evaluate(kernels, line(Request(1, 80.0))).allocated_mw[0, 0]
    found = evaluate(kernels, line(Request(1, room + beyond_mw, firm=True))).allocated_mw[0, 0]
    assert found == pytest.approx(room if fits else 0.0)


def test_a_firm_request_without_a_lasting_place_is_refused() -> None:
    """It fits beside what the first gets without it, and not beside what the first gets with it."""
    slope = np.array([[1.0, 0.04], [-0.5, 1.0]])
    cuts = Cuts(
        np.zeros((2, 3), np.int32), np.array([10.0, 5.0]), slope, slope > 0.05, np.zeros(2), np.zeros(2, np.bool_)
    )
    allocated, bound_by = Filling(cuts, np.array([100.0, 9.81]), np.array([False, True])).fill(np.array([100.0, 9.81]))
    np.testing.assert_allclose(allocated, [10.0, 0.0])
    assert bound_by[0] == 0


def test_of_cuts_that_leave_as_little_the_first_is_named() -> None:
    """Within a millionth of the least; the first of the three leaves more than that."""
    room = np.array([10.0, 10.0 - 0.8e-6, 10.0 - 1.6e-6])
    cuts = joined([one_cut((row, 0, 0), room[row], np.ones(1), 0.0) for row in range(3)])
    for requested_mw, named in ((20.0, 1), (10.0 - 1e-6, -1)):
        assert Filling(cuts, np.array([requested_mw]), np.array([False])).most(0, room) == (room[2], named)


@pytest.mark.parametrize("more_mw", [(0.0,), (0.5, -0.5), (-0.5, 0.5)])
def test_who_loads_a_branch_by_being_taken_off_is_held_back_alone(kernels: Kernels, more_mw: tuple[float, ...]) -> None:
    """60 MW are drawn at 1 and 50 fed in at 2; the line 0-1 may carry 40, each of two lines 1-2 may carry 60.

    With one of these out, more than 10 MW of the request at 2 overload the other, which carries feed-in and is not
    judged. Beyond 30 MW that is more than the 20 MW on 0-1 when all feed-in at 2 is taken off: so it is taken off, and
    0-1 is judged. More of the request changes nothing there. The later request at 3 has no part in it.
    `more_mw[hour]` is drawn beside the 60.
    """
    g = GridBuilder()
    g.node(NODE_SLACK)
    for _ in range(3):
        g.node()
    for from_node, to_node, rating_mva in ((0, 1, 40), (1, 2, 60), (1, 2, 60), (0, 3, 100)):
        g.branch(from_node, to_node, 1e-4j, percent_per_pu=1e4 / rating_mva)
    requests = [Request(2, 40.0, 1, exempt=True), Request(3, 20.0, 1)]
    feed_in = {2: np.full(len(more_mw), 50.0)}
    drawn = {1: np.array([-60.0 - more for more in more_mw])}
    month = (0,) * len(more_mw)
    cell = Cell(g.build(), contingencies([1]), requests, p_mw=drawn | feed_in, exempt_mw=feed_in, month=month)
    found = evaluate(kernels, cell)
    np.testing.assert_allclose(found.allocated_mw[0], [30.0 + min(more_mw), 20.0], atol=0.05)
    np.testing.assert_array_equal(found.limit_branch[0], [0, -1])
