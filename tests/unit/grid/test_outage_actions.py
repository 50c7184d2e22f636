"""Actions after an outage in studies: what projects make of them, what is refused, what tables and names say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pandas as pd
import pytest

from gridprio import read_study, run_study
from gridprio.cells.contingencies import contingencies_for
from gridprio.cells.rules import cell_rules
from gridprio.cells.source import StateYear
from gridprio.exchange.new_study import write_study_anew
from gridprio.exchange.workbook import Layout
from gridprio.grid import read_net, study_union
from gridprio.grid.union import UnionGrid
from gridprio.inputs.study import Study
from gridprio.model.grid import branch_name
from gridprio.pipeline.base_case import base_case_tables
from gridprio.pipeline.branch_names import branch_tables
from gridprio.pipeline.headroom import study_headroom
from gridprio.pipeline.session import Session
from tests.outage_action_nets import POINTS, by_pandapower, closed_by, open_ring, parallel_path

HEAD = """[study]
name = "ring"
title_en = "Ring"
title_nl = "Ring"
fictional = true
grid = "grid.json"

[settings]
start_year = 2026
end_year = 2030
order_basis = "before_status"
rule = "tiers"
status_from = "2026-01"
hours_per_month = 2
security_min_kv = 1.0
interruption_max_mw = 4.5
draws = 1
seed = 0
discount_rate = 0.0
price_year = 2026
"""
LOADS = {1: 2.5, 2: 3.0, 3: 2.0, 4: 3.0}
"""By bus, MW: station Sn stands at bus n."""
ACTIONS = "action_id,outage,closes,opens,taps\n"
CHANGES = "project_id,action,outage,closes,opens,taps,element,std_type,closed\n"


def study_of(folder: Path, net: Any, *, actions: str = "", changes: str = "", head: str = HEAD) -> Study:
    """Project R takes 12 months of a crew, project N, which changes nothing, the same."""
    folder.mkdir(exist_ok=True)
    pp.to_json(net, str(folder / "grid.json"))
    tables = {
        "stations": "station_id,name,buses,operator_id,municipality_id,province_id\n"
        + "".join(f"S{n},Station {n},{n},op,m{n},p\n" for n in LOADS if n in net.bus.index),
        "loads": "load_id,station_id,sector,direction,p_mw,profile,power_factor\n"
        + "".join(f"L{n},S{n},services,demand,{mw},flat,1.0\n" for n, mw in LOADS.items() if n in net.bus.index),
        "profiles": "flat\n" + "1.0\n" * 8760,
        "scenarios": "scenario_id,name\nbase,Base\n",
        "crews": "crew_type,units\nteam,1\n",
        "projects": "project_id,name,operator_id,maturity,operator_rank,listed,status,cost_meur\n"
        "N,Nothing,op,concrete,1,False,False,1\nR,Remote control,op,concrete,2,True,True,1\n",
        "project_phases": "project_id,phase,duration_months,crews\nN,build,12,team:1\nR,build,12,team:1\n",
        "developments": "development_id,name,station_id,municipality_id,sector,direction,p_mw,dwellings,profile,"
        "power_factor,requested_year,connection_lead_months,request_date,firm\n"
        "D2,Plan 2,S2,m2,housing,demand,2,200,flat,1.0,2026,0,2024-01,False\n",
    }
    if "S2" not in tables["stations"]:
        tables["developments"] = tables["developments"].replace("S2,m2", "S1,m1")
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    (folder / "study.toml").write_text(head)
    if actions:
        (folder / "outage_actions.csv").write_text(ACTIONS + actions)
    if changes:
        (folder / "project_changes.csv").write_text(CHANGES + changes)
    return read_study(folder)


def every_outage(point: str = "line switch") -> str:
    return "".join(f"close-{n},line:{n},{closed_by(point)},,\n" for n in range(4))


def by_project(point: str = "line switch") -> str:
    return "".join(f"R,after_outage,line:{n},{closed_by(point)},,,,,\n" for n in range(4))


def union_of(study: Study) -> UnionGrid:
    return study_union(read_net(study.grid_source)[0], study)


def interrupted(study: Study, installed: tuple[int, ...] = (), works: tuple[int, ...] = ()) -> float:
    """MW of the worst outage in the first year."""
    with Session(study, "auto", 1) as session:
        cells = session.cells
        rows = cells.cache.rows([cells.need(StateYear(0, installed, works, 0), "base")])  # type: ignore[union-attr]
        return max(float(cells.cache.results(row.area).interrupted_mw[row.row]) for row in rows)  # type: ignore[union-attr]


@pytest.mark.parametrize("point", POINTS)
def test_the_table_holds_in_every_state(tmp_path: Path, point: str) -> None:
    study = study_of(tmp_path, open_ring(point), actions=every_outage(point))
    assert interrupted(study) == 0.0 and interrupted(study, (0, 1)) == 0.0


@pytest.mark.parametrize("point", POINTS)
def test_a_project_makes_it_possible(tmp_path: Path, point: str) -> None:
    """5.5 MW stand behind line 0; with R nothing is interrupted, and taking R away gives the base back."""
    union = union_of(study_of(tmp_path, open_ring(point), changes=by_project(point)))
    base, with_r = union.in_service(), union.in_service(["R"])
    changed = [union.grid.branch_ids[row] for row in np.flatnonzero(base != with_r)]
    assert len(changed) == 4 and {branch[0] for branch in changed} == {"action"}
    study = read_study(tmp_path)
    assert interrupted(study, (1,)) == 0.0 and interrupted(study) == 5.5


def test_status_brings_date_and_relief_forward(tmp_path: Path) -> None:
    """By hand: without status R is there after 24 months, behind N, with it after 12. Until then 5.5 MW may be
    interrupted, more than the 4.5 that are accepted, so every hour is insecure and the 2 MW of D2 wait."""
    study = study_of(tmp_path, open_ring(), changes=by_project())
    run_study(study, tmp_path / "run", backend="auto", threads=1)
    outcomes = pd.read_parquet(tmp_path / "run" / "outcomes.parquet").set_index("order_name")
    without, with_ = outcomes.loc["without_status"], outcomes.loc["with_status"]
    assert without.waiting_mw_years_demand == pytest.approx(4.0) and with_.waiting_mw_years_demand == pytest.approx(2.0)
    assert (without.insecure_hours, with_.insecure_hours) == (17520.0, 8760.0)
    plan = pd.read_parquet(tmp_path / "run" / "plan.parquet")
    finish = plan[plan["project_id"] == "R"].set_index("order_name")["finish_month"]
    assert (finish["without_status"], finish["with_status"]) == (24, 12)
    contribution = pd.read_parquet(tmp_path / "run" / "contribution.parquet").query(
        "project_id == 'R' and game == 'fixed_dates'"
    )
    for metric, worth in (("waiting_mw_years_demand", 2.0 * 3), ("insecure_hours", 8760.0 * 3)):
        np.testing.assert_allclose(contribution[contribution["metric"] == metric]["shapley"], worth, rtol=1e-9)


def demand_headroom(study: Study) -> pd.Series:
    table = study_headroom(study, backend="auto")
    return table[(table["station_id"] == "S2") & (table["direction"] == "demand")].iloc[0]


def test_headroom_is_what_pandapower_leaves(tmp_path: Path) -> None:
    row = demand_headroom(study_of(tmp_path, open_ring(), actions=every_outage()))

    def close(net: Any) -> None:
        net.switch.loc[0, "closed"] = True

    outages = [("line", n) for n in range(4)]
    for more, worst in ((0.0, pytest.approx(100.0, abs=1e-2)), (0.1, pytest.approx(100.7, abs=0.2))):
        demand = {**LOADS, 2: LOADS[2] + float(row.headroom_mw) + more}
        seen = by_pandapower(open_ring(), [demand], [8760.0], outages, dict.fromkeys(outages, close))
        assert seen.worst_percent == worst and seen.interrupted_mw == 0.0
    assert row.limiting_branch == "line:2" and row.limiting_outage == "line:0"


def test_the_project_lifts_the_headroom(tmp_path: Path) -> None:
    row = demand_headroom(study_of(tmp_path, open_ring(), changes=by_project()))
    assert row.headroom_mw == 0.0 and row.limiting_outage == "line:0" and row.lifted_by_project == "R"


def test_states_are_told_apart(tmp_path: Path) -> None:
    """The name of a state, by which cells are kept and sealed, goes by what can be switched."""
    study = study_of(tmp_path, open_ring(), changes=by_project())
    with Session(study, "auto", 1) as session:
        keys = {session.cells.key(StateYear(0, projects, (), 0)) for projects in ((), (0,), (1,), (0, 1))}
    assert len(keys) == 2


def test_two_switches_at_one_end_of_a_line(tmp_path: Path) -> None:
    """A breaker and a disconnector stand in series: the line is closed where both are, and so for its replacement."""
    wide = {"r_ohm_per_km": 0.06, "x_ohm_per_km": 0.11, "c_nf_per_km": 300.0, "max_i_ka": 0.6}
    both = "".join(f"c{n},line:{n},switch:0 switch:1,,\n" for n in range(4))
    for at, (closed, actions, lost) in enumerate(
        ((False, both, 0.0), (True, every_outage(), 0.0), (False, every_outage(), 5.5))
    ):
        net = open_ring()
        net.std_types["line"]["wide"] = wide
        pp.create_switch(net, 4, 4, "l", closed=closed)
        replaced = "N,replace_line,,,,,line:4,wide,\n"
        study = study_of(tmp_path / str(at), net, actions=actions, changes=replaced)
        assert interrupted(study) == interrupted(study, (0,)) == lost


def test_what_is_out_for_works_or_replaced(tmp_path: Path) -> None:
    """No action closes line 4 during works on it; what replaces line 4 or line 0 takes its place in the action."""
    wide = {"r_ohm_per_km": 0.06, "x_ohm_per_km": 0.11, "c_nf_per_km": 300.0, "max_i_ka": 0.6}
    net = open_ring("out of service")
    replaced = "N,replace_line,,,,,line:{n},wide,\n"
    study = study_of(
        tmp_path / "works", net, actions=every_outage("out of service"), changes="N,out_for_works,,,,,line:4,,\n"
    )
    assert (interrupted(study), interrupted(study, works=(0,))) == (0.0, 5.5)
    for point in ("line switch", "bus-bus switch"):
        net = open_ring(point)
        net.std_types["line"]["wide"] = wide
        for n in (0, 4):
            folder = tmp_path / f"{point} {n}"
            study = study_of(folder, net, actions=every_outage(point), changes=replaced.format(n=n))
            assert interrupted(study) == interrupted(study, (0,)) == 0.0
            plain = study_of(folder.with_name(f"{folder.name} plain"), net, changes=replaced.format(n=n))
            assert interrupted(plain) == interrupted(plain, (0,)) == 5.5


@pytest.mark.parametrize("point", [p for p in POINTS if p != "out of service"])
def test_a_project_that_moves_the_open_point(tmp_path: Path, point: str) -> None:
    """The ring is closed until project N opens the switch, which the action closes after an outage."""
    net = open_ring(point)
    net.switch["closed"] = True
    opened = "N,switch_element,,,,,switch:0,,False\n"
    assert interrupted(study_of(tmp_path / "plain", net, changes=opened), (0,)) == 5.5
    acted = study_of(tmp_path / "acted", net, actions=every_outage(point), changes=opened)
    assert interrupted(acted) == interrupted(acted, (0,)) == 0.0


def test_a_switch_and_a_tap_of_one_transformer(tmp_path: Path) -> None:
    """In whatever order the actions stand, the twin at the other tap stands behind the same switch."""
    for rows in (("a,line:0,,,trafo:0=-2", "b,line:1,switch:0,,"), ("b,line:1,switch:0,,", "a,line:0,,,trafo:0=-2")):
        net = parallel_path()
        pp.create_switch(net, 2, 0, "t", closed=False)
        union = union_of(study_of(tmp_path / rows[0][0], net, actions="".join(f"{row}\n" for row in rows)))
        arrays, row = union.grid.arrays, union.grid.branch_ids.index
        twin, own, switch = row(("trafo", 0, "tap=-2")), row(("trafo", 0)), row(("switch", 0))
        assert arrays.from_node[twin] == arrays.from_node[own] == arrays.to_node[switch]


def test_a_switch_at_an_element_of_a_group(tmp_path: Path) -> None:
    """Lines 3 and 4 share a limit at bus 4, where the switch of line 4 stands: it ends at the node of the group."""
    study = study_of(tmp_path, open_ring(), actions=every_outage())
    (tmp_path / "group_limits.csv").write_text("group_limit_id,name,elements,limit_mva\nbay,Bay,line:3 line:4,9.0\n")
    union = union_of(read_study(study.folder))
    arrays, row = union.grid.arrays, union.grid.branch_ids.index
    bay, switch, line = row(("group", "bay")), row(("switch", 0)), row(("line", 3))
    assert arrays.to_node[bay] == arrays.from_node[switch] == arrays.to_node[line]


def test_one_system_of_a_row_may_be_the_outage(tmp_path: Path) -> None:
    net = open_ring()
    net.line.loc[0, "parallel"] = 2
    union = union_of(study_of(tmp_path, net, actions="a,line:0:2,switch:0,,\nb,line:0,switch:0,,\n"))
    after = [branch_name(union.grid.outage_ids[row[0]]) for row in union.grid.arrays.switchings if row[3] == 1]
    assert sorted(after) == ["line:0:1", "line:0:2", "line:0:2"]


PAIRS = HEAD.replace("security_min_kv", "maintenance_outages = true\nsecurity_min_kv")


def after(study: Study, *out: str) -> dict[str, bool]:
    """Branch -> whether it is in service once these branches are out, in the state as read."""
    union = union_of(study)
    every, names = contingencies_for(union.grid.arrays, cell_rules(study).outages), union.grid.branch_ids
    of = [{branch_name(names[branch]) for branch in every.out(k)} for k in range(len(every.start) - 1)]
    mask = every.in_service(of.index(set(out)), union.in_service())
    return {branch_name(name): bool(there) for name, there in zip(names, mask, strict=True)}


@pytest.mark.parametrize("point", ["line switch", "out of service"])
def test_an_action_is_carried_out_whole_or_not_at_all(tmp_path: Path, point: str) -> None:
    """Line 1 is opened and line 4 closed after line 0; where line 4 is out too, or for works, line 1 stays."""
    actions = f"a,line:0,{closed_by(point)},line:1,\n"
    works = "N,out_for_works,,,,,line:4,,\n"
    study = study_of(tmp_path, open_ring(point), actions=actions, changes=works, head=PAIRS)
    assert not after(study, "line:0")["line:1"] and not after(study, "line:0", "line:3")["line:1"]
    assert after(study, "line:0", "line:4")["line:1"]
    union = union_of(study)
    markers = [row for row, branch in enumerate(union.grid.branch_ids) if branch[0] == "action"]
    assert union.in_service()[markers].all() and not union.in_service((), ["N"])[markers].any()


def test_no_tap_of_what_is_out_of_service(tmp_path: Path) -> None:
    """After line 0 the 2.5 MW at bus 1 are lost, after line 2 the 3 MW at bus 2: the transformer is no way."""
    net = parallel_path()
    net.trafo.loc[0, "in_service"] = net.line.loc[1, "in_service"] = False
    study = study_of(tmp_path, net, actions="a,line:0,line:1,,trafo:0=-2\nb,line:2,,,trafo:0=-2\n")
    left = after(study, "line:0")
    assert not (left["trafo:0"] or left["trafo:0:tap=-2"] or left["line:1"])
    assert interrupted(study) == 3.0


def test_a_transformer_is_in_the_grid_once_after_a_pair(tmp_path: Path) -> None:
    """Of two positions that which is named first counts; an action that opens the transformer opens it at any tap."""
    actions = "a,line:0,,,trafo:0=-2\nb,line:1,,,trafo:0=-4\nc,line:2,,,trafo:0=-2\n"
    study = study_of(tmp_path / "two", parallel_path(), actions=actions, head=PAIRS)
    for pair, position in (((0, 1), -2), ((1, 2), -2), ((0, 2), -2)):
        left = after(study, *(f"line:{n}" for n in pair))
        assert [name for name, there in left.items() if there and "trafo" in name[:5]] == [f"trafo:0:tap={position}"]
    opened = study_of(
        tmp_path / "open", parallel_path(), actions="a,line:0,,,trafo:0=-2\nb,line:1,,trafo:0,\n", head=PAIRS
    )
    assert not any(there for name, there in after(opened, "line:0", "line:1").items() if name.startswith("trafo"))
    assert after(opened, "line:0")["trafo:0:tap=-2"] and not after(opened, "line:1")["trafo:0"]


def test_tables_name_what_is_switched(tmp_path: Path) -> None:
    """The line behind the switch keeps its stations; the transformer at another tap has a name of its own; markers are
    nowhere."""
    with Session(study_of(tmp_path / "ring", open_ring(), actions=every_outage()), "auto", 1) as session:
        names = branch_tables(session)["branches"].set_index("branch")
        assert names.loc["line:4", ["from_station_id", "to_station_id"]].tolist() == ["S2", "S4"]
        assert set(names.index) == {*(f"line:{n}" for n in range(5)), "switch:0"}
        assert base_case_tables(session)["base_case"]["interrupted_mw"].max() == 0.0
    turned = "a,line:0,,,trafo:0=-2\nb,line:1,,,trafo:0=-2\n"
    with Session(study_of(tmp_path / "path", parallel_path(), actions=turned), "auto", 1) as session:
        names = branch_tables(session)["branches"].set_index("branch")
        assert [name for name in names.index if name.startswith("trafo")] == ["trafo:0", "trafo:0:tap=-2"]
        assert names.loc["trafo:0:tap=-2", "name_en"] == names.loc["trafo:0", "name_en"] + " (tap -2)"
        assert names.loc["trafo:0:tap=-2", "name_nl"] == names.loc["trafo:0", "name_nl"] + " (trapstand -2)"


def test_in_dutch_and_as_a_workbook(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", open_ring(), actions=every_outage(), changes=by_project())
    again = read_study(write_study_anew(tmp_path / "book", study, Layout("nl")))
    assert again.outage_actions == study.outage_actions and again.project_changes == study.project_changes
    english = tmp_path / "study" / "outage_actions.csv"
    text = english.read_text().replace(ACTIONS, "actie,uitval,sluit,opent,trapstanden\n")
    english.unlink()
    (tmp_path / "study" / "acties_na_uitval.csv").write_text(text)
    assert read_study(tmp_path / "study").outage_actions == study.outage_actions


def overload_mvah(study: Study, installed: tuple[int, ...]) -> float:
    with Session(study, "auto", 1) as session:
        cells = session.cells
        (row,) = cells.cache.rows([cells.need(StateYear(0, installed, (), 0), "base")])  # type: ignore[union-attr]
        return float(cells.cache.results(row.area).overload_mvah[row.row].sum())  # type: ignore[union-attr]


SHIFTER = {
    "sn_mva": 150.0, "vn_hv_kv": 150.0, "vn_lv_kv": 150.0, "vk_percent": 9.0, "vkr_percent": 0.2, "pfe_kw": 0.0,
    "i0_percent": 0.0, "shift_degree": 0.0, "tap_side": "hv", "tap_neutral": 0, "tap_min": -12, "tap_max": 12,
    "tap_step_percent": 0.0, "tap_step_degree": 1.0, "tap_changer_type": "Ideal",
}  # fmt: skip
BOTH = (("line", 0), ("line", 1))


def heavy(folder: Path, net: Any, changes: str) -> Study:
    """250 MW at bus 1, 3 MW at bus 2."""
    study_of(folder, net, changes=changes)
    loads = folder / "loads.csv"
    loads.write_text(loads.read_text().replace("demand,2.5", "demand,250.0"))
    return read_study(folder)


def test_a_phase_shifter_as_a_project(tmp_path: Path) -> None:
    """Behind an open switch that project R closes, set after an outage of line 0 or 1: pandapower's overload without
    the project and with it."""
    net = parallel_path()
    pp.create_switch(net, 2, 0, "t", closed=False)
    changes = "R,switch_element,,,,,switch:0,,True\n" + "".join(
        f"R,after_outage,line:{n},,,trafo:0=-2,,,\n" for n in (0, 1)
    )
    study = heavy(tmp_path, net, changes)
    demand, relieved = [{1: 250.0, 2: 3.0}], parallel_path()

    def turn(one: Any) -> None:
        one.trafo.loc[0, "tap_pos"] = -2

    without = by_pandapower(net, demand, [8760.0], [("line", n) for n in range(3)], {})
    outages = [*(("line", n) for n in range(3)), ("trafo", 0)]
    with_r = by_pandapower(relieved, demand, [8760.0], outages, dict.fromkeys(BOTH, turn))
    assert 0.0 < with_r.overload_mvah < without.overload_mvah
    np.testing.assert_allclose(overload_mvah(study, ()), without.overload_mvah, rtol=1e-5)
    np.testing.assert_allclose(overload_mvah(study, (1,)), with_r.overload_mvah, rtol=1e-5)


@pytest.mark.parametrize("shift", [0.0, 2.0])
def test_a_transformer_with_a_shift_is_added(tmp_path: Path, shift: float) -> None:
    """A type of the net with `shift_degree`, in `add_trafo`: pandapower's overload of the net with it."""
    net = parallel_path()
    net.trafo = net.trafo.iloc[:0]
    added = parallel_path()
    added.trafo["shift_degree"] = shift
    net.std_types["trafo"]["shifter"] = {**SHIFTER, "shift_degree": shift}
    folder = tmp_path
    study_of(folder, net)
    header = "project_id,action,from_bus,to_bus,std_type\n"
    (folder / "project_changes.csv").write_text(f"{header}R,add_trafo,2,1,shifter\n")
    loads = folder / "loads.csv"
    loads.write_text(loads.read_text().replace("demand,2.5", "demand,250.0"))
    outages = [*(("line", n) for n in range(3)), ("trafo", 0)]
    seen = by_pandapower(added, [{1: 250.0, 2: 3.0}], [8760.0], outages, {})
    np.testing.assert_allclose(overload_mvah(read_study(folder), (1,)), seen.overload_mvah, rtol=1e-5)
