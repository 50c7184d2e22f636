"""Least curtailment on a meshed grid of ten branches against pandapower alone: every hour of a week with every outage.

The 168 hours are those of seven equal days in steps of two hours, so each step is solved once and stands for fourteen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandapower as pp
import pytest
from scipy.optimize import brentq

import gridprio
from gridprio.cells import contingencies_for
from gridprio.cells.redispatch import Redispatch, RedispatchProblem
from gridprio.grid import split_areas
from gridprio.inputs.settings import Settings
from gridprio.kernels import get_kernels
from gridprio.model.cell import HourlyInjections
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules, record_from
from tests.cross_check.compare import run_pandapower

HOURS = 12
RULES = record_from(CellRules, vars(Settings(security_min_kv=0.0)))
LINES = ((0, 1, 20.0), (0, 2, 30.0), (0, 3, 25.0), (1, 2, 10.0), (2, 3, 15.0), (1, 4, 20.0), (3, 4, 12.0), (2, 4, 18.0))
STATIONS = (1, 2, 3, 4)
SUN = np.clip(np.sin((np.arange(HOURS) - 3) / 6 * np.pi), 0.0, None)
"""At noon; nobody draws while it shines, so that each hour is about one direction."""
LOAD = np.where(SUN > 1e-9, 0.0, 0.7 + 0.3 * np.cos((np.arange(HOURS) - 10) / 3 * np.pi))
LOAD_MW = {1: 25.0, 2: 35.0, 3: 30.0, 4: 45.0}
SUN_MW = {2: 60.0, 4: 150.0}
COS_PHI_Q = 0.2


def meshed_net() -> Any:
    """Eight lines and two unequal parallel transformers between 110 kV stations and the feeding point."""
    net = pp.create_empty_network(sn_mva=100.0)
    top = pp.create_bus(net, 380.0)
    buses = [pp.create_bus(net, 110.0) for _ in range(5)]
    pp.create_ext_grid(net, top)
    for sn_mva, vk_percent in ((200.0, 12.0), (150.0, 15.0)):
        pp.create_transformer_from_parameters(
            net, top, buses[0], sn_mva, 380.0, 110.0, vkr_percent=0.3, vk_percent=vk_percent, pfe_kw=0, i0_percent=0
        )
    for a, b, km in LINES:
        pp.create_line_from_parameters(net, buses[a], buses[b], km, 0.06, 0.35, 9.0, 0.35)
    for station in STATIONS:
        pp.create_load(net, buses[station], 0.0, 0.0)
        pp.create_sgen(net, buses[station], 0.0)
    return net


def found(net: Any, backend: str) -> tuple[Redispatch, np.ndarray]:
    """Redispatch and, by node of the area, the station (-1 none)."""
    grid = gridprio.read_grid(net)
    (area,) = split_areas(grid)
    station_of = np.full(area.arrays.n_node, -1)
    for row in area.bus_rows:
        node = int(np.flatnonzero(area.nodes == grid.bus_node[row])[0])
        station_of[node] = int(grid.bus_ids[row]) - 1
    load, sun = (
        np.outer(shape, [mw.get(int(s), 0.0) for s in station_of]) for shape, mw in ((LOAD, LOAD_MW), (SUN, SUN_MW))
    )
    month, weight_h = np.zeros(HOURS, dtype=np.int8), np.full(HOURS, 14.0)
    hourly = HourlyInjections(month, month.astype(np.int16), weight_h, sun - load, -COS_PHI_Q * load, sun)
    return solved(area.arrays, hourly, load * (1 + 1j * COS_PHI_Q), backend), station_of


def solved(grid: GridArrays, hourly: HourlyInjections, drawn_mva: np.ndarray, backend: str) -> Redispatch:
    rows = contingencies_for(grid, RULES.outages), grid.branch_in_service
    return RedispatchProblem(grid, *rows, hourly, drawn_mva, RULES, get_kernels(backend)).solve()


def worst_percent(net: Any, hour: int, feed_in: dict[int, float], demand: dict[int, float]) -> float:
    """Largest loading over all outages, where somebody draws, with this much curtailed, by pandapower alone."""
    for row, station in enumerate(STATIONS):
        load = LOAD[hour] * LOAD_MW[station] - demand.get(station, 0.0)
        net.load.loc[row, ["p_mw", "q_mvar"]] = load, COS_PHI_Q * load
        net.sgen.loc[row, "p_mw"] = SUN[hour] * SUN_MW.get(station, 0.0) - feed_in.get(station, 0.0)
    outages = [("line", -1)]
    if LOAD[hour] > 0:
        outages += [(table, row) for table in ("line", "trafo") for row in net[table].index]
    worst = 0.0
    for table, row in outages:
        if row >= 0:
            net[table].loc[row, "in_service"] = False
        assert run_pandapower(net)
        worst = max(worst, net.res_line.loading_percent.max(), net.res_trafo.loading_percent.max())
        net[table].loc[net[table].index, "in_service"] = True
    return worst


@pytest.fixture(scope="module")
def net() -> Any:
    return meshed_net()


@pytest.fixture(scope="module")
def curtailed(net: Any) -> tuple[Redispatch, np.ndarray]:
    return found(net, "reference")


def by_station(found: tuple[Redispatch, np.ndarray], hour: int, share: float = 1.0) -> list[dict[int, float]]:
    result, station_of = found
    return [
        {int(s): share * float(mw) for s, mw in zip(station_of, part[hour], strict=True) if mw > 0}
        for part in (result.feed_in_mw, result.demand_mw)
    ]


@pytest.mark.slow
def test_the_curtailed_week_is_secure_and_one_percent_less_is_not(net, curtailed):
    result, _ = curtailed
    total = result.feed_in_mw.sum(axis=1) + result.demand_mw.sum(axis=1)
    assert (result.feed_in_mw.sum() > 10) and (result.demand_mw.sum() > 10)
    assert not result.unsolved.any() and result.left_mva.max() < 1e-3
    for hour in range(HOURS):
        before = worst_percent(net, hour, {}, {})
        assert result.overloaded[hour] == (before > 100.0) == (total[hour] > 0)
        if total[hour] > 0:
            assert worst_percent(net, hour, *by_station(curtailed, hour)) == pytest.approx(100.0, abs=1e-3)
            assert worst_percent(net, hour, *by_station(curtailed, hour, 0.99)) > 100.0 + 1e-3


def test_no_other_curtailment_is_less(net, curtailed):
    """At noon: over the ways to share it between the two stations with sun, the least total that pandapower accepts."""
    result, _ = curtailed
    hour = int(np.argmax(SUN))
    least = np.inf

    def above_percent(mw: float, split: dict[int, float]) -> float:
        return worst_percent(net, hour, {s: w * mw for s, w in split.items()}, {}) - 100.0

    for share in np.linspace(0.0, 1.0, 6):
        high = SUN[hour] * min(SUN_MW[s] / w if w else np.inf for s, w in ((2, share), (4, 1 - share)))
        split = {2: share, 4: 1.0 - share}
        if above_percent(high, split) > 0.0:
            continue
        least = min(least, brentq(above_percent, 0.0, high, args=(split,), xtol=1e-3))
    assert result.feed_in_mw[hour].sum() == pytest.approx(least, abs=2e-2)


@pytest.mark.parametrize("backend", ["rust", "numba"])
def test_backends_agree(net, curtailed, backend):
    result, _ = found(net, backend)
    assert result.feed_in_mw == pytest.approx(curtailed[0].feed_in_mw, abs=1e-4)
    assert result.demand_mw == pytest.approx(curtailed[0].demand_mw, abs=1e-4)


@pytest.mark.parametrize("exempt", [True, False])
@pytest.mark.parametrize("sun_q_per_p", [0.2, 0.0, -0.4])
def test_demand_beside_sun_takes_its_own_reactive_power_with_it(exempt, sun_q_per_p):
    """40 MW of demand and 10 MW of sun behind a line of 25 MVA: what is left by pandapower is what the line carries."""
    net = pp.create_empty_network(sn_mva=100.0)
    pp.create_ext_grid(net, pp.create_bus(net, 110.0))
    station = pp.create_bus(net, 110.0)
    pp.create_line_from_parameters(net, 0, station, 10.0, 0.06, 0.4, 0.0, 25.0 / (np.sqrt(3) * 110.0))
    pp.create_load(net, station, 40.0, 16.0)
    pp.create_sgen(net, station, 10.0, 10.0 * sun_q_per_p)
    grid = gridprio.read_grid(net)
    (area,) = split_areas(grid)
    node = int(np.flatnonzero(area.nodes == grid.bus_node[station])[0])
    p, q, sun, drawn = (np.zeros((1, area.arrays.n_node), dtype=kind) for kind in (float, float, float, complex))
    p[0, node], q[0, node], drawn[0, node] = -30.0, 10.0 * sun_q_per_p - 16.0, 40.0 + 16.0j
    sun[0, node] = 10.0 if exempt else 0.0
    month = np.zeros(1, dtype=np.int8)
    hourly = HourlyInjections(month, month.astype(np.int16), np.ones(1), p, q, sun)
    (curtailed,) = solved(area.arrays, hourly, drawn, "reference").demand_mw[:, node]
    net.load.loc[0, ["p_mw", "q_mvar"]] = 40.0 - curtailed, 0.4 * (40.0 - curtailed)
    assert run_pandapower(net)
    assert net.res_line.loading_percent.item() == pytest.approx(100.0, abs=1e-3)
