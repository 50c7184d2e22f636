from __future__ import annotations

import numpy as np

from gridprio.cells import contingencies_for
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN
from gridprio.model.grid import NODE_SLACK, GridArrays
from gridprio.model.rules import OutageRules
from tests.kernels.grids import GridBuilder


def grid() -> GridArrays:
    """Two lines at 150 kV, one at 50 kV, and a line with its transformer that fail together."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    for _ in range(5):
        g.branch(0, 1, 0.1j)
    for out in ([0], [1], [2], [4, 3]):
        g.outage(*out)
    arrays = g.build()
    kv = np.array([150.0, 110.0, 50.0, 150.0, 10.0])
    return GridArrays(**{**vars(arrays), "nominal_kv": kv})


def test_single_outages_from_the_voltage_of_the_rule() -> None:
    found = contingencies_for(grid(), OutageRules(110.0, False))
    assert found.start.tolist() == [0, 0, 1, 2, 4]
    assert found.branch.tolist() == [0, 1, 3, 4]
    assert found.required_direction.tolist() == [CASE_DEMAND | CASE_FEED_IN] + [CASE_DEMAND] * 3
    assert set(found.required_months.tolist()) == {0xFFF}
    assert len(contingencies_for(grid(), OutageRules(0.0, False)).start) == 6


def test_maintenance_pairs_april_to_september() -> None:
    found = contingencies_for(grid(), OutageRules(110.0, True))
    assert len(found.start) - 1 == 1 + 3 + 3
    april_to_september = sum(1 << month for month in (3, 4, 5, 6, 7, 8))
    assert found.required_months[4:].tolist() == [april_to_september] * 3
    assert found.branch[found.start[4] : found.start[5]].tolist() == [0, 1]
