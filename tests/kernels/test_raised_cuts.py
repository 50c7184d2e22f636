"""Cuts that were taken at more than is allocated, and hold a request back no longer where it has come to rest."""

from __future__ import annotations

import numpy as np
import pytest

from gridprio.kernels.protocol import Kernels
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN
from gridprio.model.grid import NODE_SLACK
from tests.kernels.cell_cases import Cell, Request, contingencies, evaluate
from tests.kernels.grids import GridBuilder


def one_line(rating_mva: float) -> GridBuilder:
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    g.branch(0, 1, 1e-4j, percent_per_pu=1e4 / rating_mva)
    return g


@pytest.mark.parametrize(
    ("direction", "feed_in_mw", "expected_mw"),
    [(CASE_DEMAND, 20.0, 15.0), (CASE_DEMAND, 8.0, 5.0), (CASE_DEMAND | CASE_FEED_IN, 20.0, 15.0)],
)
def test_what_an_outage_interrupts_holds_only_where_it_is_required(
    kernels: Kernels, direction: int, feed_in_mw: float, expected_mw: float
) -> None:
    """5 MW of demand beside feed-in, and 10 MW may be interrupted: 5 MW more where the station draws on balance.

    With 20 MW of feed-in it draws from a request of 15 MW on. Up to there the outage is not required for demand.
    """
    feed_in = {1: feed_in_mw}
    out = contingencies([0], direction=direction, interruption_max_mw=10.0)
    cell = Cell(one_line(1000.0).build(), out, [Request(1, 100.0)], p_mw={1: feed_in_mw - 5.0}, exempt_mw=feed_in)
    found = evaluate(kernels, cell)
    np.testing.assert_allclose(found.allocated_mw[0], [expected_mw], atol=1e-4)
    assert (found.limit_branch[0, 0], found.limit_contingency[0, 0]) == (0, 1)
