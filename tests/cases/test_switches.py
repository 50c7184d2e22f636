"""Projects that turn switches: the coupler case with other kinds of switches, against grids built in that position."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandapower as pp
import pytest

import gridprio
from gridprio.errors import InputError
from gridprio.inputs.schema import ProjectChange, ProjectPhase
from gridprio.inputs.study import Study
from gridprio.store import Run

COUPLER = Path(__file__).parent / "coupler"
LINE = {"length_km": 0.01, "r_ohm_per_km": 0.01, "x_ohm_per_km": 0.01, "c_nf_per_km": 0, "max_i_ka": 5}
KINDS = ("coupler", "line", "trafo", "open_point")
NUMBERS = ["overload_mvah", "insecure_hours", "served_mw_demand", "waiting_mw_demand"]


@cache
def coupler_net() -> Any:
    return pp.from_json(str(COUPLER / "grid.json"))


def net_with(kind: str) -> tuple[Any, dict[int, bool]]:
    """Net of the case and the switches that project B turns, so that 30 MW more fit at station 1."""
    net = copy.deepcopy(coupler_net())
    net.trafo = net.trafo.loc[[0, 1]]
    if kind == "coupler":
        return net, {0: True}
    if kind == "line":
        line = pp.create_line_from_parameters(net, 1, 2, **LINE)
        return net, {int(pp.create_switch(net, 2, line, "l", closed=False)): True}
    like = net.trafo.loc[0, ["hv_bus", "sn_mva", "vn_hv_kv", "vn_lv_kv", "vkr_percent", "vk_percent", "pfe_kw"]]
    electrical = {**like.to_dict(), "i0_percent": net.trafo.at[0, "i0_percent"]}
    if kind == "trafo":
        trafo = pp.create_transformer_from_parameters(net, lv_bus=1, **electrical)
        return net, {int(pp.create_switch(net, 1, trafo, "t", closed=False)): True}
    # Station 1 moves from its own transformer to the pair of station 2.
    pp.create_transformer_from_parameters(net, lv_bus=2, **electrical)
    own = pp.create_bus(net, 10.0)
    net.trafo.at[0, "lv_bus"] = own
    line = pp.create_line_from_parameters(net, own, 1, **LINE)
    return net, {0: True, int(pp.create_switch(net, own, line, "l", closed=True)): False}


def study_with(folder: Path, net: Any, turned: dict[int, bool]) -> Study:
    shutil.copytree(COUPLER, folder)
    pp.to_json(net, str(folder / "grid.json"))
    study = gridprio.read_study(folder)
    kept = tuple(change for change in study.project_changes if change.project_id != "B")
    turns = tuple(
        ProjectChange(project_id="B", action="switch_element", element=f"switch:{switch}", closed=closed)
        for switch, closed in turned.items()
    )
    return replace(study, project_changes=kept + turns)


def ran(study: Study, folder: Path) -> Run:
    return gridprio.run_study(study, out=folder, threads=1)


@pytest.fixture(scope="module")
def turning(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """The run in which project B turns switches, by kind."""

    @cache
    def run(kind: str) -> Run:
        folder = tmp_path_factory.mktemp(kind)
        return ran(study_with(folder / "study", *net_with(kind)), folder / "run")

    return run


@pytest.mark.parametrize("kind", KINDS)
def test_turning_switches_relieves_as_worked_out_by_hand(kind: str, turning: Callable[[str], Run]) -> None:
    run = turning(kind)
    waiting = run.status_effect.query("project_id == 'B' and metric == 'waiting_mw_years_demand' and channel == 'both'")
    assert waiting["mean"].tolist() == pytest.approx([-25.0], abs=1e-9)
    assert run.connections.lifted_by_project.tolist() == ["B"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_turned_switch_equals_the_grid_built_with_it_turned(
    kind: str, turning: Callable[[str], Run], tmp_path: Path
) -> None:
    net, turned = net_with(kind)
    run = turning(kind)
    for switch, closed in turned.items():
        net.switch.at[switch, "closed"] = closed
    fresh = ran(study_with(tmp_path / "fresh_study", net, {}), tmp_path / "fresh")

    def total(of: Run, area: set[str]) -> Any:
        """In the last year; states of an area with the same results count once."""
        last = of.cells[(of.cells.year == 2030) & of.cells.area.isin(area)].drop_duplicates(["area", "month", *NUMBERS])
        return last.groupby("month")[NUMBERS].sum()

    in_2030 = set(run.cells[run.cells.year == 2030].area)
    [turned_area] = [area for area in in_2030 if (total(run, {area}).served_mw_demand == 25).all()]
    assert run.cells.area.nunique() > 1
    everything = total(run, {turned_area})
    assert everything.to_numpy() == pytest.approx(total(fresh, set(fresh.cells.area)).to_numpy(), abs=1e-9)


def test_a_switch_that_is_never_turned_changes_nothing(tmp_path: Path) -> None:
    net, turned = net_with("coupler")
    study = study_with(tmp_path / "study", net, turned)
    late = tuple(
        ProjectPhase.model_validate({**phase.model_dump(), "duration_months": 600})
        if phase.project_id == "B"
        else phase
        for phase in study.project_phases
    )
    study = replace(study, project_phases=late)
    without = replace(study, project_changes=tuple(c for c in study.project_changes if c.project_id != "B"))
    outcomes = [ran(s, tmp_path / name).outcomes for name, s in (("never", study), ("without", without))]
    numbers = [table.select_dtypes("number").to_numpy() for table in outcomes]
    assert numbers[0] == pytest.approx(numbers[1], abs=1e-9)
    assert (outcomes[0].waiting_mw_years_demand > 100).all()


def test_an_area_without_turned_switches_is_as_in_a_study_without_them(tmp_path: Path) -> None:
    net, turned = net_with("coupler")
    apart = pp.create_bus(net, 10.0, name="apart")
    net.trafo.loc[2] = net.trafo.loc[0]
    net.trafo.at[2, "lv_bus"] = apart
    study = study_with(tmp_path / "study", net, turned)
    station = study.stations[0].model_copy(update={"station_id": "S3", "buses": (apart,)})
    load = study.loads[0].model_copy(update={"load_id": "L3", "station_id": "S3", "p_mw": 50.0})
    study = replace(study, stations=(*study.stations, station), loads=(*study.loads, load))
    without = replace(study, project_changes=tuple(c for c in study.project_changes if c.project_id != "B"))
    cells = [ran(s, tmp_path / name).cells for name, s in (("with", study), ("without", without))]
    own = [table[table.area == "apart"].reset_index(drop=True) for table in cells]
    assert own[0].equals(own[1])
    assert own[0].groupby("year").size().tolist() == [12] * 5 and (own[0].overload_mvah > 0).all()
    assert cells[0].area.nunique() == 3


def test_a_run_names_the_file_and_row_of_a_wrong_switch(tmp_path: Path) -> None:
    shutil.copytree(COUPLER, tmp_path / "study")
    (tmp_path / "study" / "project_changes.csv").write_text(
        "project_id,action,element,std_type,closed\nA,replace_trafo,trafo:1,planted 40 MVA,\n\n"
        "B,switch_element,switch:7,,True\n"
    )
    with pytest.raises(InputError) as caught:
        ran(gridprio.read_study(tmp_path / "study"), tmp_path / "run")
    assert [(p.file, p.row) for p in caught.value.problems] == [("project_changes.csv", 4)]
