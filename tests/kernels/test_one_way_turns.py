"""Limits of one direction below the reactive power that flows: met where active power turns, on every backend."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gridprio.kernels.protocol import Kernels
from tests.kernels.cell_cases import Cell, Request, contingencies, evaluate, worst_excess_percent
from tests.kernels.test_one_way_limits import INTO, OUT, coupled


def limited(way: int, limit_mva: float, requests: list[Request], p_mw: float, q_mvar: float) -> Cell:
    """A station behind a coupling of `limit_mva` in one direction."""
    percent = np.array([1e4 / limit_mva])
    grid = replace(coupled(way), from_percent_per_pu=percent, to_percent_per_pu=percent, rating_mva=1e4 / percent)
    return Cell(grid, contingencies(), requests, p_mw={1: p_mw}, q_mvar={1: q_mvar})


@pytest.mark.parametrize("asked", [45.0, 60.0, 300.0, 900.0])
@pytest.mark.parametrize(("way", "sign"), [(OUT, 1), (INTO, -1)])
@pytest.mark.parametrize("limit_mva", [1.0, 5.0, 9.9, 10.1, 20.0])
def test_a_request_gets_what_turns_active_power(
    kernels: Kernels, limit_mva: float, way: int, sign: int, asked: float
) -> None:
    """40 MW and 10 MVAr the other way: 40 MW may be turned, and sqrt(limit^2 - 10^2) comes on top above 10 MVA."""
    cell = limited(way, limit_mva, [Request(1, asked, sign=sign)], -sign * 40.0, -10.0)
    found = evaluate(kernels, cell, negligible_percent=0.0)
    most = min(asked, 40.0 + np.sqrt(max(0.0, limit_mva**2 - 100.0)))
    assert found.allocated_mw[0, 0] == pytest.approx(most, abs=0.02)
    assert (found.limit_branch[0, 0] == 0) == (most < asked)


def largest_secure(cell: Cell) -> np.ndarray:
    """Each request in turn, later ones at zero: the largest MW with which nothing is overloaded, by bisection."""
    allocated = np.zeros(len(cell.requests))
    for at, request in enumerate(cell.requests):
        low, high, trial = 0.0, request.requested_mw, request.requested_mw
        for _ in range(25):
            allocated[at] = trial
            low, high = (trial, high) if worst_excess_percent(cell, allocated) <= 1e-6 else (low, trial)
            trial = (low + high) / 2
        allocated[at] = 0.0 if request.firm and low < request.requested_mw else low
    return allocated


@pytest.mark.parametrize("q_per_p", [0.0, 0.2, -0.2])
@pytest.mark.parametrize("way", [OUT, INTO])
def test_a_queue_gets_the_most_that_is_secure(kernels: Kernels, way: int, q_per_p: float) -> None:
    """Four requests in order, one for all or nothing, with reactive power of their own; by bisection."""
    sign = 1 if way == OUT else -1
    asks = [(15.0, False), (50.0, True), (20.0, False), (30.0, False)]
    requests = [Request(1, mw, sign=sign, firm=firm, q_per_p=q_per_p) for mw, firm in asks]
    cell = limited(way, 5.0, requests, -sign * 40.0, -20.0)
    found = evaluate(kernels, cell, negligible_percent=0.0).allocated_mw[0]
    np.testing.assert_allclose(found, largest_secure(cell), atol=0.01)
    if q_per_p == 0.0:
        np.testing.assert_allclose(found, [15.0, 0.0, 20.0, 5.0], atol=0.01)


@pytest.mark.parametrize(("way", "sign"), [(OUT, 1), (INTO, -1)])
def test_a_firm_request_that_turns_no_power_is_not_refused(kernels: Kernels, way: int, sign: int) -> None:
    """A cut on apparent power at 25 MW and 20 MVAr would leave 30.4 MW, too little for the first."""
    requests = [Request(1, 35.0, sign=sign, firm=True), Request(1, 30.0, sign=sign)]
    cell = limited(way, 5.0, requests, -sign * 40.0, -20.0)
    found = evaluate(kernels, cell, negligible_percent=0.0).allocated_mw[0]
    np.testing.assert_allclose(found, [35.0, 5.0], atol=0.01)
