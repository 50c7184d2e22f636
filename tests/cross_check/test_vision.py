"""Vision: a public Excel export as power-grid-model-io converts it, against power-grid-model's own power flow."""

from __future__ import annotations

import numpy as np

from gridprio import read_grid, solve_load_flow
from gridprio.grid import inspect_grid
from gridprio.model.flows import LoadFlowStatus
from tests.external import EXTERNAL, read_external

EXPORT = EXTERNAL / "vision" / "vision_nl.json"
TOLERANCE = 1e-8
"""pu; a link is a tiny impedance in power-grid-model, and one bus here, which is 1.5e-9 of it."""


def test_voltages_are_those_of_power_grid_model(backend: str) -> None:
    flows = solve_load_flow(read_grid(EXPORT), tolerance_mva=1e-10, backend=backend)
    assert flows.status[0] == LoadFlowStatus.CONVERGED
    nodes, u_pu, u_angle = np.array(read_external("vision/power_flow.json")["rows"]).T
    at = np.searchsorted(flows.grid.bus_ids, nodes.astype(int))
    assert flows.grid.bus_ids[at].tolist() == nodes.astype(int).tolist()
    np.testing.assert_allclose(flows.v_pu[0, at], u_pu * np.exp(1j * u_angle), rtol=0, atol=TOLERANCE)
    assert np.ptp(u_pu) > 0.05


def test_dutch_names_are_kept() -> None:
    found = inspect_grid(EXPORT)
    assert found.problems == ()
    assert found.net.bus.loc[[0, 1, 4, 15], "name"].tolist() == ["node1", "node2", "node 4", "transformer_load_2"]
    assert found.net.line.at[5, "name"] == "cable1"
    assert found.net.trafo.at[9, "name"] == "transformer1"
