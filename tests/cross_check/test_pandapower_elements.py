"""Every element of pandapower in one net, piece by piece, against `pandapower.runpp`; intact and under each outage."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from gridprio import read_grid, solve_load_flow
from gridprio.model.grid import Grid

from .compare import Expected, assert_same, assert_same_outages, outages_of, results_of, run_pandapower


def base() -> Any:
    return copy.deepcopy(_base())


@cache
def _base() -> Any:
    """110 kV ring of four, two transformers to a 20 kV ring of four with a tail."""
    net = pp.create_empty_network(sn_mva=10)
    hv = [pp.create_bus(net, 110) for _ in range(4)]
    mv = [pp.create_bus(net, 20) for _ in range(5)]
    pp.create_ext_grid(net, hv[0], vm_pu=1.02, va_degree=12)
    for f, t in ((0, 1), (1, 2), (2, 3), (3, 0)):
        pp.create_line(net, hv[f], hv[t], 25, "243-AL1/39-ST1A 110.0")
    for f, t in ((0, 1), (1, 2), (2, 3), (3, 0), (3, 4)):
        pp.create_line(net, mv[f], mv[t], 4, "NA2XS2Y 1x185 RM/25 12/20 kV")
    pp.create_transformer(net, hv[1], mv[0], "25 MVA 110/20 kV", tap_pos=-2)
    pp.create_transformer(net, hv[2], mv[2], "40 MVA 110/20 kV", tap_pos=3, parallel=2)
    for bus in (*mv, hv[3]):
        pp.create_load(net, bus, 2.5, 0.8)
    return net


def wards(net: Any) -> None:
    pp.create_ward(net, 5, ps_mw=1, qs_mvar=0.3, pz_mw=0.5, qz_mvar=-0.2)
    pp.create_ward(net, 6, 9, 9, 9, 9, in_service=False)


def xwards(net: Any) -> None:
    pp.create_xward(net, 2, 1, 0.5, 0.4, 0.2, r_ohm=3, x_ohm=20, vm_pu=1.01)
    pp.create_xward(net, 3, 1, 0.5, 0.4, 0.2, r_ohm=3, x_ohm=20, vm_pu=0.9, in_service=False)


def impedances(net: Any) -> None:
    pp.create_impedance(
        net, 1, 3, 0.02, 0.1, 60, rtf_pu=0.03, xtf_pu=0.12, gf_pu=0.01, bf_pu=0.02, gt_pu=0.0, bt_pu=0.01
    )
    pp.create_impedance(net, 5, 8, 0.02, 0.1, 30, in_service=False)


def dclines(net: Any) -> None:
    pp.create_dcline(net, 0, 2, p_mw=8, loss_percent=2, loss_mw=0.1, vm_from_pu=1.02, vm_to_pu=1.015)
    pp.create_dcline(net, 1, 3, p_mw=3, loss_percent=1, loss_mw=0.1, vm_from_pu=1.0, vm_to_pu=1.0, in_service=False)


def machines(net: Any) -> None:
    pp.create_motor(net, 6, pn_mech_mw=1.5, cos_phi=0.85, efficiency_percent=94, loading_percent=80, scaling=0.9)
    pp.create_storage(net, 7, p_mw=-1.2, max_e_mwh=5, q_mvar=0.2)
    pp.create_sgen(net, 8, 3.3, 0.4, scaling=0.7)
    pp.create_gen(net, 3, p_mw=12, vm_pu=1.015, scaling=0.5)
    pp.create_gen(net, 3, p_mw=2, vm_pu=1.015)
    pp.create_gen(net, 8, p_mw=1, vm_pu=1.0, in_service=False)


def asymmetric(net: Any) -> None:
    pp.create_asymmetric_load(net, 5, p_a_mw=0.3, p_b_mw=0.1, p_c_mw=0.2, q_a_mvar=0.05, scaling=1.1)
    pp.create_asymmetric_sgen(net, 6, p_a_mw=0.1, p_b_mw=0.4, q_c_mvar=0.02)


def zip_loads(net: Any) -> None:
    net.load[["const_z_p_percent", "const_z_q_percent"]] = [[10.0, 15.0]] * len(net.load)
    net.load[["const_i_p_percent", "const_i_q_percent"]] = [[30.0, 25.0]] * len(net.load)
    pp.create_load(net, 5, 1, 0.5, const_i_p_percent=100, const_z_q_percent=100)
    pp.create_sgen(net, 5, 0.7, 0.1)
    pp.create_switch(net, 7, 8, "b")


def slacks(net: Any) -> None:
    pp.create_ext_grid(net, 3, vm_pu=1.01, va_degree=11)
    pp.create_gen(net, 8, p_mw=2, vm_pu=1.0, slack=True, in_service=False)
    pp.create_gen(net, 2, p_mw=2, vm_pu=1.0)


def slack_generator(net: Any) -> None:
    net.ext_grid["in_service"] = False
    pp.create_gen(net, 0, p_mw=5, vm_pu=1.01, slack=True)


def phase_shifters(net: Any) -> None:
    net.trafo["tap_changer_type"] = ["Ideal", "Ratio"]
    net.trafo["tap_step_degree"] = [1.5, 60.0]
    net.trafo["tap_step_percent"] = [0.0, 1.2]


def symmetrical_tap_at_lv(net: Any) -> None:
    net.trafo["tap_side"] = "lv"
    net.trafo.loc[0, ["tap_changer_type", "tap_step_percent", "tap_step_degree"]] = ["Symmetrical", 1.2, 90.0]


def tap_table(net: Any) -> None:
    net["trafo_characteristic_table"] = _table(net)
    net.trafo["id_characteristic_table"] = np.array([0, 1])
    net.trafo["tap_dependency_table"] = np.array([True, False])
    net.trafo.loc[0, "tap_changer_type"] = "Tabular"


def _table(net: Any) -> Any:
    import pandas as pd

    steps = np.arange(-4, 5)
    return pd.DataFrame(
        {
            "id_characteristic": 0,
            "step": steps,
            "voltage_ratio": 1 + 0.02 * steps,
            "angle_deg": 0.5 * steps,
            "vk_percent": 12 + 0.1 * steps,
            "vkr_percent": 0.4 + 0.01 * steps,
            "vk_hv_percent": np.nan,
            "vkr_hv_percent": np.nan,
            "vk_mv_percent": np.nan,
            "vkr_mv_percent": np.nan,
            "vk_lv_percent": np.nan,
            "vkr_lv_percent": np.nan,
        }
    )


def shunts(net: Any) -> None:
    pp.create_shunt(net, 4, q_mvar=-1.5, p_mw=0.05, step=2, vn_kv=21)
    pp.create_shunt(net, 2, q_mvar=4, in_service=False)


def three_winding(net: Any) -> None:
    tv = pp.create_bus(net, 10)
    std_type = "63/25/38 MVA 110/20/10 kV"
    pp.create_transformer3w(net, 3, 8, tv, std_type, tap_pos=4)
    pp.create_transformer3w(net, 3, 8, tv, std_type, tap_pos=1, in_service=False)
    net.trafo3w[["shift_mv_degree", "shift_lv_degree"]] = [[150.0, 30.0]] * 2
    net.trafo3w.loc[0, "tap_at_star_point"] = True
    pp.create_load(net, tv, 4, 1)


def open_ends(net: Any) -> None:
    pp.create_switch(net, 1, 0, "l", closed=False)
    pp.create_switch(net, 5, 5, "l", closed=False)
    pp.create_switch(net, 4, 0, "t", closed=False)
    pp.create_switch(net, 4, 4, "l", closed=True)
    three_winding(net)
    pp.create_switch(net, 9, 0, "t3", closed=False)


def bus_switches(net: Any) -> None:
    spare = [pp.create_bus(net, 20) for _ in range(3)]
    for bus in spare:
        pp.create_load(net, bus, 0.4, 0.1)
    pp.create_switch(net, 4, spare[0], "b")
    pp.create_switch(net, spare[0], spare[1], "b", z_ohm=0.3)
    pp.create_switch(net, spare[1], spare[2], "b", closed=False)
    pp.create_switch(net, spare[1], spare[2], "b", closed=False, z_ohm=0.2)


def buses_out_of_service(net: Any) -> None:
    net.bus.loc[7, "in_service"] = False
    net.bus.loc[1, "in_service"] = False


def elements_out_of_service(net: Any) -> None:
    net.line.loc[[1, 6], "in_service"] = False
    net.trafo.loc[0, "in_service"] = False
    net.line.loc[2, ["r_ohm_per_km", "x_ohm_per_km", "in_service"]] = [np.nan, np.nan, False]


def ratings(net: Any) -> None:
    net.line["df"] = 0.8
    net.line["parallel"] = 2
    net.trafo["df"] = 0.9
    net.line.loc[0, "max_i_ka"] = np.nan


PIECES: list[Callable[[Any], None]] = [
    *(wards, xwards, impedances, dclines, machines, asymmetric, zip_loads, slacks, slack_generator, phase_shifters),
    *(symmetrical_tap_at_lv, tap_table, shunts, three_winding, open_ends, bus_switches, buses_out_of_service),
    *(elements_out_of_service, ratings),
]


@cache
def solved(piece: Callable[[Any], None]) -> tuple[Grid, Expected, dict[int, Expected]]:
    """Our grid, pandapower's results intact and under every outage."""
    net = base()
    piece(net)
    before = copy.deepcopy(net)
    grid = read_grid(net)
    for table in ("line", "trafo", "trafo3w", "switch", "gen", "load"):
        assert net[table].equals(before[table])
    assert run_pandapower(net)
    return grid, results_of(net), outages_of(copy.deepcopy(net), grid, list(range(len(grid.outage_ids))))


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.__name__)
def test_piece(piece: Callable[[Any], None], backend: str) -> None:
    grid, intact, outages = solved(piece)
    assert_same(intact, solve_load_flow(grid, tolerance_mva=1e-10, backend=backend))
    assert_same_outages(outages, grid, backend)


def test_injections_of_the_caller_replace_those_of_the_net(backend: str) -> None:
    """Two cases at once; what two fused buses inject adds up, and constant impedances stay."""
    net = base()
    wards(net)
    pp.create_switch(net, 7, 8, "b")
    grid = read_grid(net)
    rng = np.random.default_rng(3)
    p, q = rng.normal(-1.5, 1, (2, len(grid.bus_ids))), rng.normal(-0.3, 0.3, (2, len(grid.bus_ids)))
    flows = solve_load_flow(grid, p_mw=p, q_mvar=q, tolerance_mva=1e-10, backend=backend)
    net.load["in_service"] = False
    net.ward[["ps_mw", "qs_mvar"]] = 0.0
    for case in range(2):
        given = copy.deepcopy(net)
        for bus, p_mw, q_mvar in zip(grid.bus_ids, p[case], q[case], strict=True):
            pp.create_sgen(given, int(bus), p_mw, q_mvar)
        assert run_pandapower(given)
        assert_same(results_of(given), flows, case)


def test_masks_switch_on_what_was_out_of_service(backend: str) -> None:
    """Rows that are out of service keep their parameters: a mask is worth a conversion."""
    net = base()
    for piece in (elements_out_of_service, three_winding, bus_switches, impedances, buses_out_of_service):
        piece(net)
    net.line.loc[2] = net.line.loc[1]
    net.line.loc[2, ["from_bus", "to_bus"]] = [2, 3]
    grid = read_grid(net)
    mask = np.ones((1, grid.arrays.n_branch), dtype=bool)
    flows = solve_load_flow(grid, in_service=mask, tolerance_mva=1e-10, backend=backend)
    for table in ("line", "trafo", "trafo3w", "impedance"):
        net[table]["in_service"] = True
    net.switch.loc[net.switch.z_ohm > 0, "closed"] = True
    assert run_pandapower(net)
    assert_same(results_of(net), flows)
