"""Limits of groups of one direction: against pandapower alone, which side feeds, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from scipy.optimize import brentq
from typer.testing import CliRunner

from gridprio import find_violations, solve_load_flow
from gridprio.cells.source import StateYear
from gridprio.cli.app import app
from gridprio.errors import InputError
from gridprio.inputs import with_settings
from gridprio.inputs.study import Study
from gridprio.model.grid import branch_name
from gridprio.pipeline.base_case import base_case_tables
from gridprio.pipeline.bottlenecks import study_bottlenecks
from gridprio.pipeline.headroom import study_headroom
from gridprio.pipeline.session import Session
from gridprio.text import in_language
from tests.unit.grid.stations import read_stations, stations_net
from tests.unit.grid.test_group_limits import CHANGES, LOAD_MW, carried_together, grouped, union_of

HEADER = "group_limit_id,name,elements,bus,direction,limit_mva,emergency_limit_mva\n"
BAY = [("trafo", 2, "hv"), ("trafo", 3, "hv")]
SUN = "D3,Sun,S2,m2,solar,feed_in,20,0,flat,1.0,2026,0,2024-01,True\n"


def one_way(folder: Path, rows: str, *, net: Any = None, changes: str = "", sun_mw: float = 0.0) -> Study:
    """As `grouped`, with a column `direction`; feed-in is asked for at S2, where `sun_mw` is there from July."""
    grouped(folder, "", net=net, outages=False)
    (folder / "group_limits.csv").write_text(HEADER + rows)
    if changes:
        (folder / "project_changes.csv").write_text(changes)
    asked = folder / "developments.csv"
    asked.write_text(asked.read_text().rstrip("\n") + "\n" + SUN)
    if sun_mw:
        loads = folder / "loads.csv"
        loads.write_text(loads.read_text().rstrip("\n") + f"\nL3,S2,solar,feed_in,{sun_mw},late,1.0\n")
        (folder / "profiles.csv").write_text("flat,late\n" + "1.0,0.0\n" * 4344 + "1.0,1.0\n" * 4416)
    return read_stations(folder)


def both(demand_mva: float, feed_in_mva: float, bus: int = 3) -> str:
    return (
        f"out,Veld afname,trafo:2 trafo:3,{bus},demand,{demand_mva},\n"
        f"in,Veld invoeding,trafo:2 trafo:3,{bus},feed_in,{feed_in_mva},\n"
    )


def headrooms(study: Study, backend: str = "auto") -> dict[str, tuple[float, str]]:
    """Of S2 in the first year by direction, and what limits it."""
    table = study_headroom(with_settings(study, hours_per_month=2, end_year=2026), backend=backend)
    table = table[(table["station_id"] == "S2") & table["sector"].isin(["housing", "solar"])]
    return {row["direction"]: (float(row["headroom_mw"]), str(row["limited_by"])) for _, row in table.iterrows()}


def room_by_pandapower(limit_mva: float, sign: int, side: str) -> float:
    """MW of demand (-1) or feed-in (1) more at S2 until the transformers carry the limit that way."""
    net = stations_net()
    net.load.loc[:, ["p_mw", "q_mvar"]] = [[59.0, 0.0], [LOAD_MW, 0.0]]

    def above_mva(mw: float) -> float:
        net.load.at[1, "p_mw"] = LOAD_MW - sign * mw
        pp.runpp(net, numba=False, tolerance_mva=1e-10)
        is_this_way = sign * net.res_trafo["p_hv_mw"].loc[[2, 3]].sum() < 0
        carried = carried_together(net, [(table, row, side) for table, row, _ in BAY])
        return (carried if is_this_way else -carried) - limit_mva

    return float(brentq(above_mva, 0.0, 200.0, xtol=1e-9))


@pytest.mark.parametrize(("bus", "side"), [(3, "hv"), (2, "lv")])
def test_each_direction_has_the_room_that_pandapower_says(tmp_path: Path, bus: int, side: str) -> None:
    """25 MW are drawn: 60 MVA leave 35 MW of demand, 30 MVA of feed-in leave 55 MW, at either side."""
    found = headrooms(one_way(tmp_path / "s", both(60, 30, bus)))
    for direction, sign, limit, by_hand, name in (
        ("demand", -1, 60.0, 35.0, "groepslimiet Veld afname"),
        ("feed_in", 1, 30.0, 55.0, "groepslimiet Veld invoeding"),
    ):
        mw, limited_by = found[direction]
        assert mw == pytest.approx(room_by_pandapower(limit, sign, side), abs=1e-3)
        assert mw == pytest.approx(by_hand, abs=3.0) and limited_by == name


def test_a_limit_below_the_reactive_power_leaves_what_turns_active_power(tmp_path: Path) -> None:
    """What flows at rest may be turned whatever the limit; the room grows with it."""
    found = []
    for limit in (0.1, 1.0, 3.0, 6.0):
        mw, named = headrooms(one_way(tmp_path / f"{limit}", both(60, limit)))["feed_in"]
        assert mw == pytest.approx(room_by_pandapower(limit, 1, "hv"), abs=2e-3) and mw >= LOAD_MW
        assert named == "groepslimiet Veld invoeding"
        found.append(mw)
    assert found == sorted(found)


def test_one_direction_does_not_touch_the_other(tmp_path: Path) -> None:
    base, feed_in, demand = (
        headrooms(one_way(tmp_path / f"{at}", both(*limits)))
        for at, limits in enumerate([(60, 30), (60, 20), (50, 30)])
    )
    assert feed_in["demand"][0] == pytest.approx(base["demand"][0], abs=1e-9)
    assert demand["feed_in"][0] == pytest.approx(base["feed_in"][0], abs=1e-9)
    assert feed_in["feed_in"][0] == pytest.approx(base["feed_in"][0] - 10, abs=0.5)
    assert demand["demand"][0] == pytest.approx(base["demand"][0] - 10, abs=0.5)


@pytest.mark.slow
def test_backends_agree(tmp_path: Path) -> None:
    study = one_way(tmp_path / "s", both(60, 30), sun_mw=40.0)
    found = [headrooms(study, backend) for backend in ("reference", "numba", "rust")]
    for direction, (mw, named) in found[0].items():
        assert mw > 1.0
        for other in found[1:]:
            assert other[direction] == (pytest.approx(mw, abs=1e-3), named)


@pytest.mark.slow
def test_overload_of_a_year_is_what_flows_each_way_above_its_limit(tmp_path: Path) -> None:
    """25 MW are drawn until July and 45 MW fed in from then on, against 20 and 30 MVA; projects raise one of both."""
    changes = CHANGES + "A,raise_group_limit,,,,,out,22\nB,raise_group_limit,,,,,in,35\n"
    study = one_way(tmp_path / "s", both(20, 30), changes=changes, sun_mw=70.0)
    states = [StateYear(0, projects, (), 0) for projects in ((), (0,), (1,))]
    with Session(study, threads=1) as session:
        names = [branch_name(branch) for branch in session.cells.grid.union.grid.branch_ids]
        overload = session.cells.values(states).overload_mvah[:, 0]
        base = base_case_tables(session)["base_case"]
    drawn, fed = (carried_at(mw) for mw in (LOAD_MW, LOAD_MW - 70.0))
    halves = np.stack([overload[:, :6].sum(axis=1), overload[:, 6:].sum(axis=1)], axis=1)
    above = np.array([(drawn - 20, fed - 30), (drawn - 22, fed - 30), (drawn - 20, fed - 35)])
    np.testing.assert_allclose(halves, above * [4344, 4416], rtol=1e-3)
    assert halves[1, 1] == pytest.approx(halves[0, 1], rel=1e-9)
    assert halves[2, 0] == pytest.approx(halves[0, 0], rel=1e-9)
    assert "group:in" in names and base.iloc[0]["worst_branch"] == "group:in"
    assert base.iloc[0]["worst_loading_percent"] == pytest.approx(100 * fed / 30, rel=1e-3)


def carried_at(s2_mw: float) -> float:
    net = stations_net()
    net.load.loc[:, ["p_mw", "q_mvar"]] = [[59.0, 0.0], [s2_mw, 0.0]]
    pp.runpp(net, numba=False, tolerance_mva=1e-10)
    return carried_together(net, BAY)


def ways(study: Study) -> dict[str, int]:
    grid = union_of(study).grid
    return {branch_name(grid.branch_ids[row]): way for row, way in grid.arrays.one_way_limits.tolist()}


def test_demand_flows_from_the_higher_voltage_else_from_the_external_grid(tmp_path: Path) -> None:
    rows = "".join(
        f"{name}-{direction},x,{elements},{bus},{direction},50,\n"
        for name, elements, bus in (
            ("high", "trafo:0 trafo:1", 3), ("low", "trafo:2 trafo:3", 2), ("near", "line:0 line:1", 0),
        )
        for direction in ("demand", "feed_in", "both")
    )  # fmt: skip
    found = ways(one_way(tmp_path / "s", rows))
    expected = {"high": 1, "low": -1, "near": 1}
    assert found == {
        f"group:{name}-{direction}": way * sign
        for name, way in expected.items()
        for direction, sign in (("demand", 1), ("feed_in", -1))
    }
    assert ways(one_way(tmp_path / "far", "far,x,line:0 line:1,3,demand,50,\n")) == {"group:far": -1}


def test_a_side_that_cannot_be_told_is_refused(tmp_path: Path) -> None:
    """Of one of two circuits both sides are fed without it; a group of both voltages is not told by its voltage."""
    rows = (
        "one,x,line:0,0,demand,50,\neach,x,line:0 line:1,0,demand,50,\n"
        "mixed,x,line:0 trafo:0,3,feed_in,50,\nboth,x,line:1,0,both,60,\n"
    )
    with pytest.raises(InputError) as found:
        union_of(one_way(tmp_path / "s", rows))
    at = [(Path(p.file).stem, p.row, p.column) for p in found.value.problems]
    assert at == [("group_limits", 2, "direction"), ("group_limits", 4, "direction")]
    for language, word in (("nl", "voedt"), ("en", "feeds")):
        assert word in in_language(found.value.problems[0].what, language)


def test_what_is_added_to_one_direction_is_in_the_other_too(tmp_path: Path) -> None:
    for name in ("out", "in"):
        changes = CHANGES + f"A,add_trafo,,3,2,planted 40 MVA,{name},\n"
        union = union_of(one_way(tmp_path / name, both(60, 30), changes=changes))
        ids, ends = list(map(branch_name, union.grid.branch_ids)), union.grid.arrays.from_node.tolist()
        inner = union.grid.arrays.n_node - 1
        assert [branch for branch, end in zip(ids, ends, strict=True) if end == inner] == [
            "trafo:2",
            "trafo:3",
            "trafo:4",
        ]


def test_the_weakest_cut_is_that_of_a_direction(tmp_path: Path) -> None:
    table = study_bottlenecks(one_way(tmp_path / "s", both(60, 30))).set_index("station_id")
    names = ["cut_branches", "cut_mva", "cut_branches_feed_in", "cut_mva_feed_in"]
    assert table.loc["S2", names].tolist() == ["group:out", 60.0, "group:in", 30.0]
    assert table.loc["S1", names].tolist() == ["trafo:0 trafo:1", 80.0, "trafo:0 trafo:1", 80.0]
    table = study_bottlenecks(one_way(tmp_path / "lv", both(60, 30, bus=2))).set_index("station_id")
    assert table.loc["S2", names].tolist() == ["group:out", 60.0, "group:in", 30.0]
    assert "cut_mva_feed_in" not in study_bottlenecks(grouped(tmp_path / "plain", ""))
    said = CliRunner().invoke(app, ["bottlenecks", str(tmp_path / "s"), "--language", "nl"]).stdout
    assert said.count("voor invoeding is de zwakste doorsnede groepslimiet Veld invoeding, 30 MVA.") == 1
    assert said.count("de zwakste doorsnede voor afname tussen hier en de voedingspunten is groepslimiet Veld") == 1
    assert said.count("de zwakste doorsnede tussen hier en de voedingspunten is") == 1  # of S1, alike in both


def test_one_direction_without_a_limit_is_said_to_have_none(tmp_path: Path) -> None:
    net = stations_net()
    net.trafo["no_limit"], net.line["max_i_ka"] = True, np.nan
    folder = tmp_path / "s"
    one_way(folder, "in,Veld invoeding,trafo:2 trafo:3,3,feed_in,30,\n", net=net)
    said = CliRunner().invoke(app, ["bottlenecks", str(folder), "--language", "en"]).stdout
    assert "Station 2: no rating limits the way to the feeding points for demand." in said
    assert "Station 2: for feed-in the weakest cut is group limit Veld invoeding, 30 MVA." in said
    assert "Station 1: no rating limits the way to the feeding points." in said


@pytest.mark.parametrize("backend", ["reference", "numba", "rust"])
def test_violations_are_of_the_direction_that_flows(tmp_path: Path, backend: str) -> None:
    """Cases of S2 with 45 MW drawn, 45 MW fed in, and little."""
    grid = union_of(one_way(tmp_path / "s", both(40, 30))).grid
    p_mw = np.zeros((3, len(grid.bus_ids)))
    p_mw[:, np.flatnonzero(grid.bus_ids == 2)[0]] = [-45.0, 45.0, -5.0]
    found = find_violations(grid, p_mw, 0 * p_mw, [], backend=backend).table
    assert found[["case", "branch"]].to_numpy().tolist() == [[0, "group:out"], [1, "group:in"]]
    row = grid.branch_ids.index(("group", "in"))
    loading = solve_load_flow(grid, p_mw, 0 * p_mw, backend=backend).loading_percent[:, row]
    assert found["loading_percent"].iloc[1] == pytest.approx(loading[1], abs=1e-6) and loading[0] > 100.0


def net_with_kv(*kv: float) -> Any:
    """`stations_net` with these nominal voltages of its buses in place of 150, 10, 10 and 150 kV."""
    net = stations_net()
    net.bus["vn_kv"] = kv
    return net


def of_demand(elements: str, bus: int) -> str:
    return f"out,x,{elements},{bus},demand,50,\n"


def test_small_differences_of_voltage_do_not_tell_which_side_feeds(tmp_path: Path) -> None:
    """Lines to a bus of 151.5 kV, and a transformer between buses of 150 and 151.5 kV: the external grid decides."""
    lines = one_way(tmp_path / "lines", of_demand("line:0 line:1", 0), net=net_with_kv(150, 10, 10, 151.5))
    assert ways(lines) == {"group:out": 1}
    changes = CHANGES + "A,raise_group_limit,,,,,out,60\nB,raise_group_limit,,,,,out,70\n"
    net = net_with_kv(150, 10, 151.5, 150)
    trafos = one_way(tmp_path / "trafos", of_demand("trafo:2 trafo:3", 3), net=net, changes=changes)
    assert ways(trafos)["group:out"] == 1


def test_the_voltage_is_that_of_the_own_end_of_a_transformer(tmp_path: Path) -> None:
    """Transformers from a bus of 152 kV that a closed switch makes one with a bus of another voltage, named first."""
    for kv in (150.0, 8.0):
        net = net_with_kv(kv, 10, 10, 152)
        net.line["in_service"] = False
        pp.create_switch(net, 0, 3, et="b")
        assert ways(one_way(tmp_path / f"{kv}", of_demand("trafo:2 trafo:3", 0), net=net)) == {"group:out": 1}


@pytest.mark.parametrize("bus", [2, 3])
def test_a_feeding_side_against_the_external_grid_is_refused(tmp_path: Path, bus: int) -> None:
    """With the only external grid on the 10 kV side the side of 150 kV cannot feed."""
    net = stations_net()
    net.ext_grid["bus"] = 2
    with pytest.raises(InputError) as found:
        union_of(one_way(tmp_path / "s", of_demand("trafo:2 trafo:3", bus), net=net))
    (problem,) = found.value.problems
    assert (Path(problem.file).stem, problem.row, problem.column) == ("group_limits", 2, "direction")
    for language, word in (("nl", "hoogste spanning"), ("en", "higher voltage")):
        assert word in in_language(problem.what, language)
