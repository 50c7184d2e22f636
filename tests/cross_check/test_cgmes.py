"""CGMES of pypowsybl, read by pandapower's converter: against pandapower, the IEEE 14-bus case and pypowsybl."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks
import pytest

from gridprio import read_grid, solve_load_flow
from gridprio.grid import read_net
from gridprio.model.flows import LoadFlows, LoadFlowStatus
from tests.external import EXTERNAL

MODEL = EXTERNAL / "cgmes" / "ieee14.zip"
TOLERANCE = 1e-7
"""Of voltages (pu) and loadings (ratio): both programs end on 1e-8 MVA."""


def converted(path: Path) -> Any:
    from_cim = pytest.importorskip("pandapower.converter.cim.cim2pp.from_cim").from_cim
    return from_cim(file_list=[str(path)], cgmes_version="2.4.15")


@pytest.fixture(scope="module")
def net() -> Any:
    return converted(MODEL)


@pytest.fixture(scope="module")
def flows(net: Any) -> LoadFlows:
    found = solve_load_flow(read_grid(net), tolerance_mva=1e-8)
    assert found.status[0] == LoadFlowStatus.CONVERGED
    return found


def by_pandapower(net: Any) -> Any:
    solved = copy.deepcopy(net)
    pp.runpp(solved, tolerance_mva=1e-8, **solved.user_pf_options)
    return solved


def phasors(net: Any) -> Any:
    return net.res_bus["vm_pu"] * np.exp(1j * np.radians(net.res_bus["va_degree"]))


def test_load_flow_is_that_of_pandapower(net: Any, flows: LoadFlows) -> None:
    solved = by_pandapower(net)
    expected = phasors(solved).loc[flows.grid.bus_ids].to_numpy()
    np.testing.assert_allclose(flows.v_pu[0], expected, rtol=0, atol=TOLERANCE)
    assert (net.line["max_i_ka"] > 0).all()
    loading = [solved[f"res_{table}"].at[index, "loading_percent"] for table, index in flows.grid.branch_ids]
    np.testing.assert_allclose(flows.loading_percent[0] / 100, np.array(loading) / 100, rtol=0, atol=TOLERANCE)
    assert flows.loading_percent[0].max() > 40  # the branch from bus 1 to bus 2 carries most of the power


def test_voltages_are_the_published_ones(net: Any, flows: LoadFlows) -> None:
    """By the name of the bus: the number that the case gives it."""
    case = by_pandapower(pandapower.networks.case14())
    published = phasors(case)
    rows = [int(net.bus.at[bus, "name"]) - 1 for bus in flows.grid.bus_ids]
    assert sorted(rows) == list(range(14))
    np.testing.assert_allclose(flows.v_pu[0], published.loc[rows].to_numpy(), rtol=0, atol=TOLERANCE)
    turned = {at: abs(flows.v_pu[0, at] - v) for at, v in enumerate(published)}
    assert max(turned.values()) > 0.01, "the order of the buses differs, so names are needed"


def test_tap_changer_and_ratings_arrive(net: Any) -> None:
    trafo = net.trafo.set_index("name").loc["Transformer 4-7"]
    assert (trafo["tap_side"], trafo["tap_pos"], trafo["vn_hv_kv"]) == ("hv", -22, 135.0)
    high = net.line[net.bus["vn_kv"].reindex(net.line["from_bus"]).to_numpy() == 135]
    assert len(high) == 7
    assert (high["max_i_ka"] == 0.8).all()


def test_nodes_breakers_and_three_windings_have_the_load_flow_of_pypowsybl() -> None:
    """Circuit 2 is open at one end, and its generator has no limit of reactive power (tests/cases/external/cgmes)."""
    expected = {50.0: (50.05337584, -2.60223765), 10.0: (10.02551659, -2.20055695)}
    at_150 = {"Station West": (152.0, 0.0), "Station Oost": (151.54480784, -0.48323832)}
    net, _ = read_net(EXTERNAL / "cgmes" / "breakers.zip")
    assert len(net.trafo3w) == 1 and dict(zip(net.line["name"], net.line["in_service"], strict=True)) == {
        "Circuit 1": True, "Circuit 2": False,
    }  # fmt: skip
    found = solve_load_flow(read_grid(net), tolerance_mva=1e-9)
    zone, dead = net.bus["zone"], 0
    for at, (bus, kv) in enumerate(zip(found.grid.bus_ids, found.grid.bus_kv, strict=True)):
        if np.isnan(found.vm_pu[0, at]):
            dead += 1
            continue
        vm_kv, va_degree = expected.get(kv) or at_150[zone[bus]]
        assert found.vm_pu[0, at] == pytest.approx(vm_kv / kv, abs=1e-8)
        assert found.va_degree[0, at] == pytest.approx(va_degree, abs=1e-7)
    assert dead == 1  # behind the open breaker
