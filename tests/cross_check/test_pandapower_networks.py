"""Nets that pandapower and SimBench ship, intact and under single outages, against `pandapower.runpp`.

pandapower solves the net as it ships it, so that what our reading fills in or sets right is part of the comparison.
"""

from __future__ import annotations

import copy
import random
from functools import cache
from typing import Any

import numpy as np
import pandapower.networks
import pytest

from gridprio import read_grid, solve_load_flow
from gridprio.model.grid import Grid

from ..effort import IS_LONG
from .compare import Expected, assert_same, assert_same_outages, outages_of, results_of, run_pandapower

SAMPLE = (
    *("pandapower:case14", "pandapower:case39", "pandapower:case89pegase", "pandapower:case300"),
    *("pandapower:example_multivoltage", "pandapower:create_cigre_network_mv", "pandapower:mv_oberrhein"),
    *("pandapower:ieee_european_lv_asymmetric", "simbench:1-HV-mixed--2-no_sw", "simbench:1-LV-rural1--0-sw"),
)
"""One of each kind: cases of several sizes, every element and switch, open rings, unbalanced loads, SimBench."""
NETWORKS = (
    *("case4gs", "case5", "case6ww", "case9", "case24_ieee_rts", "case30", "case_ieee30", "case33bw", "case57"),
    *("case118", "case145", "case_illinois200", "example_simple", "panda_four_load_branch", "simple_four_bus_system"),
    *("simple_mv_open_ring_net", "create_cigre_network_hv", "create_cigre_network_lv", "create_kerber_dorfnetz"),
    *("kb_extrem_landnetz_kabel_trafo", "create_dickert_lv_network", "create_synthetic_voltage_control_lv_network"),
    *("GBreducednetwork", "iceland", "case1354pegase", "case1888rte", "case2869pegase", "lv_schutterwald", "GBnetwork"),
)
SIMBENCH = (
    *("1-HV-urban--0-sw", "1-MV-urban--0-sw", "1-MV-rural--1-sw", "1-HVMV-mixed-all-2-no_sw"),
    "1-HVMV-urban-2.203-0-sw",
)
REST = [*(f"pandapower:{name}" for name in NETWORKS), *(f"simbench:{code}" for code in SIMBENCH)]
SOURCES = [*SAMPLE, *(REST if IS_LONG else ())]
MANY_BUSES = {"pandapower:GBnetwork", "pandapower:case2869pegase", "pandapower:lv_schutterwald"}
"""Checked intact alone: each outage is a load flow of pandapower."""
SEED = 7
FEW_BUSES = 40
"""Nets up to this size are checked under every single outage, larger ones under a sample."""


def shipped_net(source: str) -> Any:
    """The net as its library gives it."""
    library, _, name = source.partition(":")
    if library == "simbench":
        return pytest.importorskip("simbench").get_simbench_net(name)
    net = getattr(pandapower.networks, name)()
    return net[0] if isinstance(net, tuple) else net


@cache
def solved(source: str) -> tuple[Any, Grid, Expected]:
    """The net as shipped, our grid of its source, and pandapower's results."""
    random.seed(SEED)  # Kerber's villages draw their cable types from it
    net = shipped_net(source)
    assert run_pandapower(net)
    random.seed(SEED)
    return net, read_grid(source), results_of(net)


@cache
def solved_outages(source: str) -> dict[int, Expected]:
    net, grid, _ = solved(source)
    n = len(grid.outage_ids)
    sample = n if len(grid.bus_ids) <= FEW_BUSES else 6
    rows = np.random.default_rng(7).permutation(n)[: min(n, sample, 25)]
    return outages_of(copy.deepcopy(net), grid, sorted(rows.tolist()))


@pytest.mark.parametrize("source", SOURCES)
def test_intact(source: str, backend: str) -> None:
    _, grid, expected = solved(source)
    assert_same(expected, solve_load_flow(grid, tolerance_mva=1e-10, backend=backend))


@pytest.mark.parametrize("source", [source for source in SOURCES if source not in MANY_BUSES])
def test_single_outages(source: str, backend: str) -> None:
    assert_same_outages(solved_outages(source), solved(source)[1], backend)
