"""Group limits: by hand, against pandapower alone, what projects do to them, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pandas as pd
import pytest
from scipy.optimize import brentq

import gridprio
from gridprio import read_study
from gridprio.cells.source import StateYear
from gridprio.cli.check import beside_the_grid
from gridprio.errors import InputError
from gridprio.grid import read_net, split_areas, study_union
from gridprio.grid.group_limits import PlacedGroup, with_group_limits
from gridprio.grid.union import UnionGrid
from gridprio.inputs import with_settings
from gridprio.inputs.assumptions import with_value
from gridprio.inputs.scenario_tables import Assumption
from gridprio.inputs.study import Study
from gridprio.model.grid import branch_name
from gridprio.pipeline.base_case import base_case_tables
from gridprio.pipeline.bottlenecks import study_bottlenecks
from gridprio.pipeline.branch_names import branch_tables
from gridprio.pipeline.grid_lines import grid_line_tables
from gridprio.pipeline.headroom import session_headroom, study_headroom
from gridprio.pipeline.measured import measured_tables
from gridprio.pipeline.session import Session
from tests.unit.grid.stations import read_stations, stations_net, stations_study

HEADER = "group_limit_id,name,elements,bus,limit_mva,emergency_limit_mva\n"
LOAD_MW = 25.0
"""Of station S2, behind trafo:2 and trafo:3 of 40 MVA; station S1 draws 59 MW behind two others."""


def grouped(folder: Path, rows: str, *, net: Any = None, changes: str = "", outages: bool = True) -> Study:
    stations_study(folder, net)
    if rows:
        (folder / "group_limits.csv").write_text(HEADER + rows)
    if changes:
        (folder / "project_changes.csv").write_text(changes)
    if not outages:
        head = folder / "study.toml"
        head.write_text(head.read_text().replace("security_min_kv = 1.0", "security_min_kv = 1000.0"))
    return read_stations(folder)


def union_of(study: Study) -> UnionGrid:
    return study_union(read_net(study.grid_source)[0], study)


@pytest.mark.parametrize("limit_mva", [0.5, 300.0])
def test_a_limit_at_each_bus_changes_no_load_flow_whatever_its_value(limit_mva: float) -> None:
    grid = gridprio.read_grid("pandapower:case118")
    arrays, n = grid.arrays, grid.arrays.n_branch
    bus_of = dict(zip(grid.bus_node.tolist(), grid.bus_ids.tolist(), strict=True))
    at = {node: set[tuple[str, int]]() for node in bus_of}
    for row, branch in enumerate(grid.branch_ids):
        for node in (arrays.from_node[row], arrays.to_node[row]):
            at[int(node)].add(branch[:2])
    groups = [
        PlacedGroup(f"g{node}", "", bus_of[node], frozenset(elements), "", 0, np.nan, {"": limit_mva})
        for node, elements in at.items()
    ]
    plain, grouped_ = (gridprio.solve_load_flow(each) for each in (grid, with_group_limits(grid, groups)))
    np.testing.assert_allclose(grouped_.vm_pu, plain.vm_pu, rtol=0.0, atol=2e-6)
    np.testing.assert_allclose(grouped_.loading_percent[..., :n], plain.loading_percent, rtol=0.0, atol=1e-4)


def demand_headroom(study: Study, station: str = "S2") -> tuple[float, str]:
    """MW in the first year, and what limits it."""
    table = study_headroom(with_settings(study, hours_per_month=2, end_year=2026))
    row = table[(table["station_id"] == station) & (table["direction"] == "demand")].iloc[0]
    return float(row["headroom_mw"]), str(row["limited_by"])


def carried_together(net: Any, elements: list[tuple[str, int, str]]) -> float:
    """MVA at nominal voltage of the summed current of these ends, from pandapower's results alone."""
    total = 0j
    for table, index, side in elements:
        result = net[f"res_{table}"].loc[index]
        bus = net.res_bus.loc[net[table].at[index, f"{side}_bus"]]
        power = result[f"p_{side}_mw"] + 1j * result[f"q_{side}_mvar"]
        total += power / (bus.vm_pu * np.exp(1j * np.radians(bus.va_degree)))
    return abs(total)


def room_by_pandapower(limit_mva: float, elements: list[tuple[str, int, str]]) -> float:
    """MW more at S2 until the elements together carry the limit."""
    net = stations_net()
    net.load.loc[:, ["p_mw", "q_mvar"]] = [[59.0, 0.0], [LOAD_MW, 0.0]]

    def above_mva(mw: float) -> float:
        net.load.at[1, "p_mw"] = LOAD_MW + mw
        pp.runpp(net, numba=False, tolerance_mva=1e-10)
        return carried_together(net, elements) - limit_mva

    return float(brentq(above_mva, 0.0, 200.0, xtol=1e-9))


@pytest.mark.parametrize(
    ("row", "limit", "ends", "by_hand"),
    [
        ("bay,Veld,trafo:2 trafo:3,3,60,", 60.0, [("trafo", 2, "hv"), ("trafo", 3, "hv")], 60.0 - LOAD_MW),
        ("tso,TenneT,line:0 line:1,0,100,", 100.0, [("line", 0, "from"), ("line", 1, "from")], 100.0 - 59.0 - LOAD_MW),
    ],
)
def test_headroom_is_the_limit_less_the_load_as_pandapower_sums_it(
    tmp_path: Path, row: str, limit: float, ends: list[tuple[str, int, str]], by_hand: float
) -> None:
    """The second group is at the feeding point: what the operator of the grid above makes available."""
    found, limited_by = demand_headroom(grouped(tmp_path / "s", row + "\n", outages=False))
    assert found == pytest.approx(room_by_pandapower(limit, ends), abs=1e-3)
    assert found == pytest.approx(by_hand, abs=6.0)  # losses, reactive power and 2 % of voltage
    assert limited_by == f"groepslimiet {row.split(',')[1]}"


@pytest.mark.slow
def test_backends_agree(tmp_path: Path) -> None:
    """In a grid of station S2 alone, without projects."""
    net, found = stations_net(), []
    net.trafo.loc[[0, 1], "in_service"] = False
    study = grouped(tmp_path / "s", "bay,Veld,trafo:2 trafo:3,3,30,35\n", net=net, changes=CHANGES)
    study = with_settings(study, hours_per_month=2, end_year=2026)
    for backend in ("reference", "rust"):
        with Session(study, backend) as session:
            table = session_headroom(session, with_projects=False).set_index(["station_id", "direction"])
        found.append(table.loc[("S2", "demand")])
    assert {row["limiting_branch"] for row in found} == {"group:bay"}
    assert [row["headroom_mw"] for row in found] == pytest.approx([found[0]["headroom_mw"]] * 2, abs=1e-3)


def test_after_an_outage_the_smaller_limit_counts(tmp_path: Path) -> None:
    """One of two transformers carries 40 MVA; the group 60, and after an outage what it says."""
    plain, _ = demand_headroom(grouped(tmp_path / "plain", ""))
    of_transformer, named = demand_headroom(grouped(tmp_path / "both", "bay,Veld,trafo:2 trafo:3,3,60,\n"))
    assert plain == pytest.approx(40.0 - LOAD_MW, abs=1.0)
    assert of_transformer == pytest.approx(plain, abs=1e-4) and named.startswith("transformator")
    of_group, named = demand_headroom(grouped(tmp_path / "less", "bay,Veld,trafo:2 trafo:3,3,30,35\n"))
    assert of_group == pytest.approx(30.0 - LOAD_MW, abs=1.0) and named == "groepslimiet Veld"
    after, named = demand_headroom(grouped(tmp_path / "more", "bay,Veld,trafo:2 trafo:3,3,34.5,34.5\n"))
    assert after > of_group + 4.0 and named.startswith("groepslimiet Veld")


def test_an_element_that_hangs_open_carries_nothing_for_its_group(tmp_path: Path) -> None:
    net = stations_net()
    pp.create_switch(net, 3, 3, "t", closed=False)
    grid = union_of(grouped(tmp_path / "s", "bay,Veld,trafo:2 trafo:3,3,60,\n", net=net)).grid
    rows = [grid.branch_ids.index(("trafo", row)) for row in (2, 3)]
    own = grid.arrays.n_node - 1
    assert [grid.arrays.from_node[row] == own for row in rows] == [True, False]


def test_nothing_changes_without_groups_and_next_to_nothing_with_one_that_never_binds(tmp_path: Path) -> None:
    plain, wide = (
        grouped(tmp_path / name, rows) for name, rows in (("plain", ""), ("wide", "tso,TenneT,line:0 line:1,0,5000,\n"))
    )
    found, expected = union_of(wide).grid, union_of(plain).grid
    assert found.branch_ids == (*expected.branch_ids, ("group", "tso"))
    assert found.outage_ids == expected.outage_ids and found.bus_ids.tolist() == expected.bus_ids.tolist()
    assert (split_areas(found)[0].outages == split_areas(expected)[0].outages).all()
    (tmp_path / "plain" / "group_limits.csv").write_text(HEADER)
    empty = union_of(read_study(tmp_path / "plain")).grid
    for name, array in vars(expected.arrays).items():
        np.testing.assert_array_equal(getattr(empty.arrays, name), array)
    tables = [study_headroom(study) for study in (plain, wide)]
    np.testing.assert_allclose(tables[1]["headroom_mw"], tables[0]["headroom_mw"], rtol=0, atol=1e-4)


def test_groups_lie_inside_each_other(tmp_path: Path) -> None:
    """Nodes: the bus, the outer group behind its coupling, the inner one behind both."""
    study = grouped(tmp_path / "s", "inner,Kabel,trafo:2,3,50,\nouter,Rail,trafo:2 trafo:3,3,60,\n")
    grid = union_of(study).grid
    ends = {
        branch_name(branch): (int(f), int(t))
        for branch, f, t in zip(grid.branch_ids, grid.arrays.from_node, grid.arrays.to_node, strict=True)
    }
    bus = int(grid.bus_node[3])
    assert ends["group:outer"][0] == bus and ends["trafo:3"][0] == ends["group:outer"][1] == ends["group:inner"][0]
    assert ends["trafo:2"][0] == ends["group:inner"][1] != ends["trafo:3"][0] and ends["trafo:0"][0] == bus


CHANGES = "project_id,action,element,from_bus,to_bus,std_type,group_limit_id,limit_mva\n"


def test_the_highest_limit_of_the_projects_counts_and_what_they_build_belongs_to_the_group(tmp_path: Path) -> None:
    changes = CHANGES + (
        "A,raise_group_limit,,,,,bay,70\nA,replace_trafo,trafo:2,,,planted 40 MVA,,\n"
        "B,raise_group_limit,,,,,bay,90\nB,add_trafo,,3,2,planted 40 MVA,bay,\n"
    )
    study = grouped(tmp_path / "s", "bay,Veld,trafo:2 trafo:3,3,60,72\n", changes=changes)
    union = union_of(study)
    ids = list(map(branch_name, union.grid.branch_ids))
    couplings = ("group:bay", "group:bay:A", "group:bay:B")
    rows = [ids.index(coupling) for coupling in couplings]
    assert union.grid.arrays.rating_mva[rows].tolist() == [60.0, 70.0, 90.0]
    assert union.grid.arrays.outage_limit_percent[rows] == pytest.approx([120.0] * 3)
    for installed, counts in (((), 0), (("A",), 1), (("B",), 2), (("A", "B"), 2), (("B", "A"), 2)):
        assert np.flatnonzero(union.in_service(installed)[rows]).tolist() == [counts]
    own = union.grid.arrays.n_node - 1
    inside = {name for name, end in zip(ids, union.grid.arrays.from_node, strict=True) if end == own}
    assert inside == {"trafo:2", "trafo:3", "trafo:4", "trafo:5"}


def test_a_project_that_raises_the_limit_lifts_it(tmp_path: Path) -> None:
    changes = CHANGES + "A,raise_group_limit,,,,,bay,37\nB,add_trafo,,3,2,planted 40 MVA,bay,\n"
    study = grouped(tmp_path / "s", "bay,Veld,trafo:2 trafo:3,3,35,\n", changes=changes, outages=False)
    table = study_headroom(study)
    row = table[(table["station_id"] == "S2") & (table["direction"] == "demand")].iloc[0]
    assert row["limited_by"] == "groepslimiet Veld" and row["lifted_by_project"] == "A"


def test_the_weakest_cut_counts_the_limit_which_never_goes_out(tmp_path: Path) -> None:
    found = study_bottlenecks(grouped(tmp_path / "s", "bay,Veld,trafo:2 trafo:3,3,60,\n")).set_index("station_id")
    assert found.loc["S2", ["cut_branches", "cut_mva", "cut_mva_one_out"]].tolist() == ["group:bay", 60.0, 40.0]
    assert found.at["S2", "cut_names"] == "groepslimiet Veld" and found.at["S2", "without_reserve"] == ""
    assert found.loc["S1", ["cut_branches", "cut_mva", "cut_mva_one_out"]].tolist() == ["trafo:0 trafo:1", 80.0, 40.0]


def test_an_element_that_goes_out_leaves_the_rest_of_its_cut_to_the_limits(tmp_path: Path) -> None:
    """A pair of 40 MVA each within 50, a third one of 40 within 30: without the third the pair carries 50."""
    net = stations_net()
    pp.create_transformer(net, 3, 2, "planted 40 MVA")
    net.line["max_i_ka"] = 5.0
    rows = "pair,Veld,trafo:2 trafo:3,3,50,\nthird,Weg,trafo:4,3,30,\n"
    found = study_bottlenecks(grouped(tmp_path / "two", rows, net=net)).set_index("station_id")
    assert found.loc["S2", ["cut_mva", "cut_mva_one_out"]].tolist() == [80.0, 50.0]
    # Without the limit four circuits of 19.75 MVA would be the cut; still a transformer of the pair is worst to lose.
    net.trafo.loc[4, "in_service"] = False
    net.line[["max_i_ka", "parallel"]] = [19.75 / (np.sqrt(3) * 150.0), 2]
    found = study_bottlenecks(grouped(tmp_path / "one", "pair,Veld,trafo:2 trafo:3,3,42,\n", net=net))
    row = found.set_index("station_id").loc["S2"]
    assert row[["cut_branches", "cut_mva", "cut_mva_one_out"]].tolist() == ["group:pair", 42.0, 40.0]


def test_a_month_may_have_its_own_limit(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    grouped(folder, "bay,Veld,trafo:2 trafo:3,3,60,\n")
    (folder / "seasonal_ratings.csv").write_text("rating_id,elements,months,rating_percent\ncold,group:bay,1 2,110\n")
    grid = union_of(read_study(folder)).grid
    assert grid.arrays.rating_percent[-1, [0, 1, 2]].tolist() == [110.0, 110.0, 100.0]
    (folder / "seasonal_ratings.csv").write_text("rating_id,elements,months,rating_percent\ncold,group:field,1 2,110\n")
    with pytest.raises(InputError, match="seasonal_ratings"):
        union_of(read_study(folder))


def test_a_switch_position_keeps_the_group(tmp_path: Path) -> None:
    net = stations_net()
    other = pp.create_bus(net, 150)
    pp.create_switch(net, 3, other, "b", closed=False)
    changes = "project_id,action,element,closed\nA,switch_element,switch:0,yes\n"
    union = union_of(grouped(tmp_path / "s", "bay,Veld,trafo:2 trafo:3,3,60,\n", net=net, changes=changes))
    turned = union.variant(["A"])
    assert turned.branch_ids == union.grid.branch_ids and turned.arrays.n_node == union.grid.arrays.n_node - 1
    assert turned.arrays.from_node[-1] == turned.bus_node[3]
    assert turned.arrays.to_node[-1] == turned.arrays.from_node[turned.branch_ids.index(("trafo", 2))]


def test_a_limit_that_is_assumed_higher_than_a_project_raises_it_to_stays(tmp_path: Path) -> None:
    """As a range of table `assumptions` may have it: the highest limit counts."""
    changes = CHANGES + "A,raise_group_limit,,,,,bay,70\n"
    study = grouped(tmp_path / "s", "bay,Veld,trafo:2 trafo:3,3,60,\n", changes=changes)
    assumed = Assumption(table="group_limits", row="bay", column="limit_mva", low=50.0, high=80.0)
    for value, after in ((50.0, 70.0), (80.0, 80.0)):
        union = union_of(with_value(study, assumed, value))
        couplings = [row for row, branch in enumerate(union.grid.branch_ids) if branch[0] == "group"]
        kept = union.in_service(["A"])[couplings]
        assert union.grid.arrays.rating_mva[couplings][kept].tolist() == [after]


def test_what_is_measured_of_a_group_is_compared(tmp_path: Path) -> None:
    """By the limit without projects; `gridprio check` knows groups as a run does."""
    folder = tmp_path / "s"
    changes = CHANGES + "A,raise_group_limit,,,,,tso,90\n"
    grouped(folder, "tso,TenneT,line:0 line:1,0,70,\n", changes=changes, outages=False)
    measured = folder / "measurements.csv"
    measured.write_text("element,year,highest_mva\ngroup:tso,2025,77\n")
    study = read_study(folder)
    assert beside_the_grid(study)[0] == []
    with Session(study, threads=1) as session:
        row = measured_tables(session)["measured"].set_index("branch").loc["group:tso"]
    assert (row["kind"], row["measured_percent"]) == ("found", pytest.approx(110.0))
    assert row["modelled_percent"] == pytest.approx(100.0 * carried() / 70.0, rel=1e-5)
    measured.write_text("element,year,highest_mva\ngroup:bay,2025,77\n")
    found = beside_the_grid(read_study(folder))[0]
    assert [(p.row, p.column) for p in found] == [(2, "element")]


@pytest.mark.slow
def test_overload_is_what_the_group_carries_above_its_limit_before_and_after_projects(tmp_path: Path) -> None:
    """84 MW at the feeding point all year: on 70 MVA, on 80 with A, on 90 with B."""
    changes = CHANGES + "A,raise_group_limit,,,,,tso,80\nB,raise_group_limit,,,,,tso,90\n"
    study = grouped(tmp_path / "s", "tso,TenneT,line:0 line:1,0,70,\n", changes=changes, outages=False)
    states = [StateYear(0, projects, (), 0) for projects in ((), (0,), (1,), (0, 1))]
    with Session(study, threads=1) as session:
        overload = session.cells.values(states).overload_mvah[:, 0].sum(axis=-1)
        base: pd.DataFrame = base_case_tables(session)["base_case"]
    excess = [8760 * max(carried() - limit, 0.0) for limit in (70.0, 80.0, 90.0, 90.0)]
    assert overload.tolist() == pytest.approx(excess, rel=1e-3)
    assert base.iloc[0]["worst_branch"] == "group:tso"
    assert base.iloc[0]["overload_mvah"] == pytest.approx(excess[0], rel=1e-3)


def carried() -> float:
    net = stations_net()
    net.load.loc[:, ["p_mw", "q_mvar"]] = [[59.0, 0.0], [LOAD_MW, 0.0]]
    pp.runpp(net, numba=False, tolerance_mva=1e-10)
    return carried_together(net, [("line", 0, "from"), ("line", 1, "from")])


def test_branches_of_a_group_keep_their_names_and_places(tmp_path: Path) -> None:
    """But for the limit itself, which is called by the name of the group."""
    net = stations_net()
    rows = "tso,TenneT,line:0 line:1,0,100,\nlow,Veld,trafo:2 trafo:3,2,60,\n"
    changes = CHANGES + "A,raise_group_limit,,,,,low,70\n"
    plain, own = (
        grouped(tmp_path / name, groups, net=net, changes=changes if groups else "")
        for name, groups in (("plain", ""), ("own", rows))
    )
    said = []
    for study in (plain, own):
        with Session(study, threads=1) as session:
            tables = {**branch_tables(session), **grid_line_tables(session)}
        said.append(tables)
    names = ["branch", "own_name", "from_station_id", "to_station_id", "from_kv", "to_kv", "name_nl", "name_en"]
    found = said[1]["branches"][names]
    base = len(union_of(own).grid.branch_ids) - 3
    pd.testing.assert_frame_equal(found.iloc[:base], said[0]["branches"][names].iloc[:base])
    assert found["name_en"].tolist()[base:] == ["group limit TenneT", "group limit Veld", "group limit Veld (A)"]
    assert found["name_nl"].tolist()[base:] == ["groepslimiet TenneT", "groepslimiet Veld", "groepslimiet Veld (A)"]
    pd.testing.assert_frame_equal(said[1]["grid_lines"], said[0]["grid_lines"])
