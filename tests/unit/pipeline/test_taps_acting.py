"""Setting `taps` in a study: cells, headroom, base case and messages go by it as one, and nothing mixes both."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from pandapower.control import DiscreteTapControl

from gridprio import solve_load_flow
from gridprio.cells import SimulatedCells
from gridprio.cells.disk_cache import area_digest
from gridprio.cells.source import StateYear
from gridprio.grid import read_net, study_union
from gridprio.grid.plausibility import implausible_beside_grid
from gridprio.inputs import read_study, with_settings
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.study import Study
from gridprio.pipeline.base_case import base_case_tables
from gridprio.pipeline.headroom import study_headroom
from gridprio.pipeline.hours_error import hours_error_messages, hours_error_tables
from gridprio.pipeline.plausibility import grid_warnings
from gridprio.pipeline.schedules import Schedules
from gridprio.pipeline.session import Session
from gridprio.text import in_language
from tests.cases.test_switches import COUPLER
from tests.cross_check.test_voltage_headroom import feeder


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A feeder that carries 9 MW, with a controller at both transformers behind which it begins."""
    folder: Path = tmp_path_factory.mktemp("feeder") / "study"
    found = feeder(folder, controlled=True, band=(1.03, 1.05))[2]
    loads = tuple(load.model_copy(update={"p_mw": 9.0}) if load.load_id == "L2" else load for load in found.loads)
    return with_settings(replace(found, loads=loads), loading_limit_percent=40.0)


def simulated(session: Session) -> SimulatedCells:
    assert isinstance(session.cells, SimulatedCells)
    return session.cells


def test_controls_are_in_the_areas_with_acting_alone(study: Study) -> None:
    for how in ("fixed", "acting"):
        with Session(with_settings(study, taps=how), threads=1) as session:
            cells = simulated(session)
            controls = [area.grid.controls for area in cells.cache.areas]
            said = [message for message in cells.messages() if message.code == "cells.taps_acting"]
        assert [one is not None for one in controls].count(True) == (how == "acting")
        assert [message.params["n"] for message in said] == ([2] if how == "acting" else [])


def test_another_band_is_another_cell(study: Study) -> None:
    with Session(study, threads=1) as session:
        cells = simulated(session)
        grid, rows, rules = cells.cache.areas[0].grid, cells.cache.contingencies(0), cells.cache.rules
    controls = grid.controls
    assert controls is not None
    taps = replace(controls.taps, vm_lower_pu=controls.taps.vm_lower_pu + 0.001)
    other = replace(grid, controls=replace(controls, taps=taps))
    assert area_digest(grid, rows, rules) == area_digest(replace(grid), rows, rules) != area_digest(other, rows, rules)


def test_base_case_and_headroom_go_by_it(study: Study) -> None:
    overload, headroom = {}, {}
    for how in ("fixed", "acting"):
        asked = with_settings(study, taps=how)
        with Session(asked, threads=1) as session:
            overload[how] = base_case_tables(session)["base_case"]["overload_mvah"].sum()
        rows = study_headroom(with_settings(asked, loading_limit_percent=100.0), threads=1)
        at_end = rows[(rows["station_id"] == "S2") & (rows["direction"] == "demand")]
        headroom[how] = float(at_end["headroom_mw"].iloc[0])
    # The feeder begins at a higher voltage, so the same power takes less current.
    assert 0 < overload["acting"] < 0.97 * overload["fixed"]
    assert headroom["acting"] > headroom["fixed"] + 0.1


def test_hours_are_not_held_against_all_hours(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session(study, threads=1) as session:
        nothing: Schedules = None  # type: ignore[assignment]  # is not looked at
        assert hours_error_tables(session, nothing, lambda part: None) == {}
        assert [message.code for message in hours_error_messages(session, None)] == ["hours_error.taps"]


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, ""),
        ({"hours": "all"}, "some 87,600 load flows for one plan: 10 cases, 8,760 hours, 1 year, 1 scenario"),
        ({"hours": "all", "taps": "fixed"}, ""),
        ({"hours_per_month": 5, "end_year": 2058}, ""),
        (
            {"hours_per_month": 5, "end_year": 2059},
            "some 20,400 load flows for one plan: 10 cases, 60 hours, 34 years, 1 scenario",
        ),
    ],
    ids=str,
)
def test_check_warns_of_what_takes_long(study: Study, settings: dict[str, Any], found: str) -> None:
    """The intact grid, three cables, four transformers and two that projects add."""
    said = [warning for warning in grid_warnings(with_settings(study, **settings)) if warning.column == "taps"]
    assert [in_language(warning.found, "en") for warning in said] == ([found] if found else [])
    assert all(in_language(warning.expected, "en").startswith("at most 20,000") for warning in said)


def test_check_warns_where_nothing_can_act(tmp_path: Path) -> None:
    net, _, plain = feeder(tmp_path / "plain", controlled=False)
    for settings in ({"taps": "acting"}, {"taps": "acting", "hours": "all"}):
        found = [p for p in implausible_beside_grid(net, with_settings(plain, **settings)) if p.column == "taps"]
        assert ["nothing in the net acts" in p.what for p in found] == [True]


def test_check_warns_of_a_band_narrower_than_a_step(study: Study, tmp_path: Path) -> None:
    """Of the net by the transformer, of a project by its row; a type without taps stays beside those that move."""
    net, _, narrow = feeder(tmp_path / "narrow", controlled=True, band=(1.03, 1.04))
    found = [p for p in implausible_beside_grid(net, narrow) if p.column == "tap_step_percent"]
    assert [(p.file, p.row, p.found) for p in found] == [("trafo", row, "1.5 %") for row in (2, 3)]
    assert all(p.expected and p.mend for p in found)
    assert not implausible_beside_grid(net, with_settings(narrow, taps="fixed"))[1:]
    wide, _ = read_net(study.grid_source)
    beside = study.project_changes[0].model_copy(update={"from_bus": 3, "to_bus": 2})
    replaced = beside.model_copy(update={"action": ChangeAction.REPLACE_TRAFO, "element": "trafo:3", "from_bus": None})
    elsewhere = beside.model_copy(update={"to_bus": 1})
    for step, said in ((0.0, "no tap changer"), (1.5, ""), (2.5, "narrower")):
        wide.std_types["trafo"]["planted 40 MVA"]["tap_step_percent"] = step
        asked = replace(study, project_changes=(beside, replaced, elsewhere))
        found = [p for p in implausible_beside_grid(wide, asked) if p.column == "std_type"]
        assert [p.row for p in found] == ([2, 3] if said else [])
        assert all(said in p.what and p.mend for p in found)


def test_no_control_makes_no_difference(study: Study, tmp_path: Path) -> None:
    """Without controllers and limits in the net the cells are those of the fixed taps, bit for bit."""
    plain = feeder(tmp_path / "plain", controlled=False)[2]
    allocated = []
    for how in ("fixed", "acting"):
        with Session(with_settings(plain, taps=how), threads=1) as session:
            assert all(area.grid.controls is None for area in simulated(session).cache.areas)
            allocated.append(base_case_tables(session)["base_case"])
    assert allocated[0].equals(allocated[1]) and np.isfinite(allocated[0]["overload_mvah"]).all()


def test_controls_act_in_every_position_of_a_switch_too(tmp_path: Path) -> None:
    """Project B closes a coupler: the grid has another node numbering then, and its controllers keep their nodes."""
    folder = tmp_path / "coupler"
    shutil.copytree(COUPLER, folder)
    net = pp.from_json(str(folder / "grid.json"))
    net.trafo[["tap_min", "tap_max", "tap_neutral", "tap_pos", "tap_step_percent"]] = [-9, 9, 0, 0, 1.5]
    net.trafo["tap_side"], net.trafo["tap_changer_type"] = "hv", "Ratio"
    for transformer in net.trafo.index:
        DiscreteTapControl(net, transformer, 1.03, 1.05)
    pp.to_json(net, str(folder / "grid.json"))
    study = with_settings(read_study(folder), taps="acting")
    turning = {p.project_id: row for row, p in enumerate(study.projects)}["B"]
    with Session(study, threads=1) as session:
        cells = simulated(session)
        area = cells.grid.plan_areas[-1]
        numbers = [area.cache_area(rows) for rows in ((), (turning,))]
        values = cells.values([StateYear(area.number, rows, (), 0) for rows in ((), (turning,))])
        grids = [cells.cache.areas[number].grid for number in numbers]
    assert numbers[0] != numbers[1] and grids[0].n_node != grids[1].n_node
    for grid in grids:
        assert grid.controls is not None
        taps = grid.controls.taps
        ends = [{grid.from_node[row], grid.to_node[row]} for row in taps.branch]
        assert all(taps.node[at] in ends[taps.transformer[at]] for at in range(len(taps.node)))
    assert np.isfinite(values.allocated_mw).all()


@pytest.mark.parametrize("action", ["add_trafo,,3,2", "replace_trafo,trafo:2,,"])
def test_what_a_project_adds_has_the_controller_of_its_neighbour(tmp_path: Path, action: str) -> None:
    """Left at its tap it would send current round through those that move, and the project would look harmful."""
    folder = tmp_path / "study"
    net, end, _ = feeder(folder, controlled=True, band=(1.03, 1.05))
    pp.create_load(net, end, 4.0, 0.8)
    taps = {"tap_neutral": 0, "tap_min": -9, "tap_max": 9, "tap_step_percent": 1.5, "tap_changer_type": "Ratio"}
    net.std_types["trafo"]["planted 40 MVA"] |= taps
    pp.to_json(net, str(folder / "grid.json"))
    columns = "project_id,action,element,from_bus,to_bus,std_type\n"
    (folder / "project_changes.csv").write_text(f"{columns}A,{action},planted 40 MVA\n")
    union = study_union(read_net(read_study(folder).grid_source)[0], read_study(folder))
    ours = solve_load_flow(union.grid, in_service=union.in_service(["A"]), run_control=True, tolerance_mva=1e-10)
    added = pp.create_transformer(net, 3, 2, "planted 40 MVA")
    net.trafo.loc[added, [*taps, "tap_pos"]] = [*taps.values(), 0]
    net.trafo.at[2, "in_service"] = action.startswith("add")
    DiscreteTapControl(net, added, 1.03, 1.05)
    pp.runpp(net, numba=False, tolerance_mva=1e-10, run_control=True)
    new = union.grid.branch_ids.index(("trafo", added))
    assert ours.loading_percent[0, new] == pytest.approx(net.res_trafo.loading_percent.at[added], abs=1e-5)
    assert 1.0 < ours.loading_percent[0, new] < 10.0
