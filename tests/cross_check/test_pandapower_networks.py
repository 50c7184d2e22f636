"""Every kind of net that pandapower and SimBench ship, intact and under single outages, against `pandapower.runpp`."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import numpy as np
import pytest

from gridprio import read_grid, solve_load_flow
from gridprio.grid.sources import read_net
from gridprio.model.grid import Grid

from .compare import Expected, assert_same, assert_same_outages, outages_of, results_of, run_pandapower

SMALL = (
    *("case4gs", "case5", "case6ww", "case9", "case14", "case24_ieee_rts", "case30", "case_ieee30", "case33bw"),
    *("case39", "case57", "case89pegase", "case118", "case145", "case_illinois200", "case300"),
    *("example_multivoltage", "example_simple", "mv_oberrhein", "panda_four_load_branch", "simple_four_bus_system"),
    *("simple_mv_open_ring_net", "create_cigre_network_hv", "create_cigre_network_mv", "create_cigre_network_lv"),
    *("create_kerber_dorfnetz", "kb_extrem_landnetz_kabel_trafo", "create_dickert_lv_network"),
    *("create_synthetic_voltage_control_lv_network", "ieee_european_lv_asymmetric", "GBreducednetwork", "iceland"),
)
LARGE = ("case1354pegase", "case1888rte", "case2869pegase", "lv_schutterwald", "GBnetwork")
SIMBENCH = ("1-HV-mixed--2-no_sw", "1-HV-urban--0-sw", "1-MV-urban--0-sw", "1-MV-rural--1-sw", "1-LV-rural1--0-sw")
SIMBENCH_LARGE = ("1-HVMV-mixed-all-2-no_sw", "1-HVMV-urban-2.203-0-sw")
SOURCES = [
    *(f"pandapower:{name}" for name in SMALL),
    *(pytest.param(f"pandapower:{name}", marks=pytest.mark.slow) for name in LARGE),
    *(f"simbench:{code}" for code in SIMBENCH),
    *(pytest.param(f"simbench:{code}", marks=pytest.mark.slow) for code in SIMBENCH_LARGE),
]
FEW_BUSES = 40
"""Nets up to this size are checked under every single outage, larger ones under a sample."""


@cache
def solved(source: str) -> tuple[Any, Grid, Expected]:
    """The net, our grid made before pandapower touched it, and pandapower's results."""
    if source.startswith("simbench"):
        pytest.importorskip("simbench")
    net, _ = read_net(source)
    grid = read_grid(net)
    assert run_pandapower(net)
    return net, grid, results_of(net)


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


@pytest.mark.parametrize("source", SOURCES[: len(SMALL)])
def test_single_outages(source: str, backend: str) -> None:
    assert_same_outages(solved_outages(source), solved(source)[1], backend)
