"""Group limits: what is refused, what is warned of, and what a group leaves alone in the tables beside it."""

from __future__ import annotations

from pathlib import Path

import pandapower as pp
import pytest

from gridprio import read_study
from gridprio.cli.check import beside_the_grid
from gridprio.errors import InputError
from gridprio.grid import read_net
from gridprio.grid.measured import measured_element, measurement_problems
from gridprio.grid.plausibility import implausible_beside_grid
from gridprio.text import in_language
from tests.unit.grid.stations import stations_net
from tests.unit.grid.test_group_limits import CHANGES, grouped, union_of


def test_a_project_that_opens_a_busbar_does_not_part_a_group(tmp_path: Path) -> None:
    """Two buses that a switch joins are one place, unless a project may open it."""
    net = stations_net()
    other = pp.create_bus(net, 150)
    pp.create_switch(net, 3, other, "b", closed=True)
    net.trafo.loc[3, "hv_bus"] = other
    row = "bay,Veld,trafo:2 trafo:3,3,60,\n"
    grid = union_of(grouped(tmp_path / "one", row, net=net)).grid
    assert grid.branch_ids[-1] == ("group", "bay")
    for at, switch in enumerate(("switch:0", "switch:00")):
        changes = f"project_id,action,element,closed\nA,switch_element,{switch},no\n"
        with pytest.raises(InputError) as found:
            union_of(grouped(tmp_path / f"opened{at}", row, net=net, changes=changes))
        assert [(p.row, p.column) for p in found.value.problems] == [(2, "bus")]
    for column in ("opens", "closes"):
        study = grouped(tmp_path / column, row, net=net)
        (study.folder / "outage_actions.csv").write_text(f"action_id,outage,{column}\na,line:0,switch:0\n")
        with pytest.raises(InputError) as found:
            union_of(read_study(study.folder))
        assert [(p.row, p.column) for p in found.value.problems] == [(2, "bus")]


def test_what_a_project_adds_at_the_bus_of_a_group_without_naming_it_is_a_warning(tmp_path: Path) -> None:
    changes = CHANGES + "A,add_trafo,,3,2,planted 40 MVA,,\nB,add_trafo,,3,2,planted 40 MVA,bay,\n"
    study = grouped(tmp_path / "s", "bay,Veld,trafo:2 trafo:3,3,60,\n", changes=changes)
    found = implausible_beside_grid(read_net(study.grid_source)[0], study)
    assert [(Path(p.file).stem, p.row, p.column) for p in found] == [("project_changes", 2, "group_limit_id")]
    for language, word in (("nl", "groep"), ("en", "group")):
        assert word in in_language(found[0].what, language) and "bay" in found[0].expected


def test_an_element_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as found:
        union_of(grouped(tmp_path / "s", "bay,Veld,trafo:2 trafo:3 trafo:02,3,60,\n"))
    assert [(p.row, p.column, p.found) for p in found.value.problems] == [(2, "elements", "'trafo:02'")]


def test_problems_with_the_grid_come_all_at_once(tmp_path: Path) -> None:
    rows = (
        "nowhere,a,trafo:9 bus:0,,60,\napart,b,trafo:2 line:0,2,60,\ntwice,c,trafo:2 trafo:3,,60,\n"
        "far,d,trafo:0 trafo:2 line:0,0,60,\nfirst,e,trafo:0 trafo:1,3,60,\nacross,f,trafo:1 trafo:2,3,60,\n"
        "nobus,g,trafo:0,77,60,\nloose,h,trafo:0 trafo:2,1,60,\n"
    )
    changes = CHANGES + "B,add_trafo,,0,2,planted 40 MVA,first,\n"
    with pytest.raises(InputError) as found:
        union_of(grouped(tmp_path / "s", rows, changes=changes))
    at = [(Path(p.file).stem, p.row, p.column) for p in found.value.problems]
    assert at == [
        *(("group_limits", 2, "elements"), ("group_limits", 2, "elements"), ("group_limits", 3, "bus")),
        *(("group_limits", 4, "bus"), ("group_limits", 5, "bus"), ("group_limits", 8, "bus")),
        *(("group_limits", 9, "bus"), ("group_limits", 7, "elements"), ("project_changes", 2, "group_limit_id")),
    ]
    for language, word in (("nl", "groep"), ("en", "group")):
        assert word in in_language(found.value.problems[2].what, language)


def test_problems_of_the_tables_come_all_at_once(tmp_path: Path) -> None:
    """An id of one word, an emergency limit that is no less, projects that raise it, and groups that are there."""
    rows = "my bay,a,trafo:2 trafo:3,3,60,\nok:x,b,trafo:2 trafo:3,3,60,\nbay,c,trafo:0 trafo:1,3,60,50\n"
    changes = CHANGES + (
        "A,raise_group_limit,,,,,bay,60\nA,replace_trafo,trafo:2,,,planted 40 MVA,bay,\n"
        "B,raise_group_limit,,,,,field,70\nB,raise_group_limit,,,,,,\n"
    )
    with pytest.raises(InputError) as found:
        grouped(tmp_path / "s", rows, changes=changes)
    assert {(Path(p.file).stem, p.row, p.column) for p in found.value.problems} == {
        *(("group_limits", 2, "group_limit_id"), ("group_limits", 3, "group_limit_id")),
        *(("group_limits", 4, "emergency_limit_mva"), ("project_changes", 2, "limit_mva")),
        *(("project_changes", 3, "group_limit_id"), ("project_changes", 4, "group_limit_id")),
        *(("project_changes", 5, "group_limit_id"), ("project_changes", 5, "limit_mva")),
    }


def test_a_problem_of_a_group_is_none_of_its_measurement(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    grouped(folder, "tso,TenneT,line:0 line:1,2,70,\n")
    (folder / "measurements.csv").write_text("element,year,highest_mva\ngroup:tso,2025,77\n")
    found = beside_the_grid(read_study(folder))[0]
    assert [(Path(p.file).stem, p.row, p.column) for p in found] == [("group_limits", 2, "bus")]


def test_the_name_of_a_group_is_no_name_of_a_branch(tmp_path: Path) -> None:
    net = stations_net()
    net.line.loc[0, "name"] = "Veld"
    folder = tmp_path / "s"
    grouped(folder, "tso,Veld,line:0 line:1,0,70,\n", net=net)
    (folder / "measurements.csv").write_text("element,year,highest_mva\nVeld,2025,77\n")
    study = read_study(folder)
    grid = union_of(study).grid
    assert measured_element(grid, "Veld") == (("line", 0),) and measurement_problems(study, grid) == []


def test_a_range_keeps_the_limit_below_the_emergency_limit_and_a_bus_is_no_number_to_vary(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    grouped(folder, "bay,Veld,trafo:2 trafo:3,3,60,72\n")
    (folder / "assumptions.csv").write_text(
        "table,row,column,low,high\ngroup_limits,bay,limit_mva,50,72\ngroup_limits,bay,emergency_limit_mva,60,80\n"
    )
    assert len(read_study(folder).assumptions) == 2
    (folder / "assumptions.csv").write_text(
        "table,row,column,low,high\ngroup_limits,bay,limit_mva,50,73\n"
        "group_limits,bay,emergency_limit_mva,59,80\ngroup_limits,bay,bus,2,4\n"
    )
    with pytest.raises(InputError) as found:
        read_study(folder)
    assert [(p.row, p.column) for p in found.value.problems] == [(2, "low"), (3, "low"), (4, "column")]
