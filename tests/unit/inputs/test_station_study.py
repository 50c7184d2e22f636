"""A study of stations as it is read: both readings, and every mistake with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridprio.errors import InputError
from gridprio.inputs import inspect_study, read_study, with_settings
from gridprio.inputs.plausibility import implausible
from tests.station_studies import TEXTS, UNKNOWN, Changes, write_station_study

from .conftest import assert_all_words

TEMPERATURES = "rating_id,kind,temperature,temperatures_c,rating_percents\nair,cable,air,0 30,120 90\n"
MODE = ("study.toml", [('mode = "stations"', 'mode = "stations"\ngrid = "net.json"')])
LOADS = "load_id,station_id,sector,direction,p_mw,profile\nl1,w,industry,demand,3,flat\n"

CASES: dict[str, tuple[Changes, tuple[str, int | None, str | None, str, str]]] = {
    "a grid": (dict([MODE]), ("study.toml", None, "[study] grid", "has no grid", "Leave it out")),
    "loads": ({"loads.csv": LOADS}, ("loads.csv", 2, None, "has no grid", "Leave it out")),
    "ratings by temperature": (
        {"temperature_ratings.csv": TEMPERATURES},
        ("temperature_ratings.csv", 2, None, "has no grid", "Leave it out"),
    ),
    "buses": (
        {"stations.csv": [("station_id,", "buses,station_id,"), ("w,West", "7,w,West"), ("e,East", ",e,East")]},
        ("stations.csv", 2, "buses", "has no grid", "Leave it out"),
    ),
    "secure works": (
        {"study.toml": [("placebo_lists = 0\n", "secure_works = true\n")]},
        ("study.toml", None, "[settings] secure_works", "has no grid", "Leave it out"),
    ),
    "taps": (
        {"study.toml": [("placebo_lists = 0\n", 'taps = "acting"\n')]},
        ("study.toml", None, "[settings] taps", "has no grid", "Leave it out"),
    ),
    "voltage limits": (
        {"study.toml": [("placebo_lists = 0\n", 'voltage_limits = "hold"\n')]},
        ("study.toml", None, "[settings] voltage_limits", "has no grid", "Leave it out"),
    ),
    "no capacities": (
        {"station_capacity.csv": None, "project_capacity.csv": None},
        ("station_capacity", None, None, "missing or has no rows", "station_capacity.csv"),
    ),
    "ring of areas": (
        {"areas.csv": [("top,Transmission,transmission,,", "top,Transmission,transmission,west,")]},
        ("areas.csv", None, "parents", "in a ring", "Remove one of these parents"),
    ),
    "unknown parent": (
        {"areas.csv": [("East,regional,top", "East,regional,topp")]},
        ("areas.csv", 4, "parents", "not in table areas", "Did you mean 'top'?"),
    ),
    "unknown area": (
        {"station_capacity.csv": [("east,demand", "eastt,demand")], "project_capacity.csv": None},
        ("station_capacity.csv", 4, "area_id", "not in table areas", "Did you mean 'east'?"),
    ),
    "unknown scenario": (
        {"station_capacity.csv": "area_id,direction,year,scenario_id,capacity_mw\nwest,demand,2026,midd,5\n"},
        ("station_capacity.csv", 2, "scenario_id", "not in table scenarios", "Did you mean 'mid'?"),
    ),
    "station that nothing limits": (
        {
            "areas.csv": [("west,West,regional,top,", "west,West,regional,,")],
            "station_capacity.csv": "area_id,direction,year,capacity_mw\ntop,demand,2026,5\n",
            "project_capacity.csv": None,
        },
        ("stations.csv", 2, "areas", "has a capacity", "rows in station_capacity"),
    ),
    "adds to nothing": (
        {"project_capacity.csv": [("pe,east,demand,10", "pe,east,feed_in,10")]},
        ("project_capacity.csv", 3, "area_id", "to which anything could be added", "or leave this out"),
    ),
    "adds twice": (
        {"project_capacity.csv": [("pe,east,demand,10", "pw,west,demand,")]},
        ("project_capacity.csv", 3, "direction", "stand twice", "row 2"),
    ),
    "year that was withdrawn": (
        {"station_capacity.csv": [("20,2029", "20,2090")]},
        ("station_capacity.csv", 3, "published_year", "value not allowed", "at most 2089"),
    ),
    "capacity without phases": (
        {"project_phases.csv": [("pt,build,36,hv_high:1\n", "")], "projects.csv": [("1,no,no,30", ",no,no,30")]},
        ("projects.csv", 4, "project_id", "has changes and no phases", "build phase"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, case: str) -> None:
    changes, (file, row, column, what, words) = CASES[case]
    _, problems = inspect_study(write_station_study(tmp_path / "study", changes))
    assert_all_words(problems)
    found = [p for p in problems if (p.file, p.column) == (file, column) and row in (None, p.row)]
    assert found, problems
    assert what in str(found[0].what)
    assert words in f"{found[0].expected} {found[0].mend}"


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    changes = {"loads.csv": LOADS, "areas.csv": [("East,regional,top", "East,regional,topp")], **dict([MODE])}
    _, problems = inspect_study(write_station_study(tmp_path / "study", changes))
    assert {p.file for p in problems} >= {"loads.csv", "areas.csv", "study.toml"}


def test_a_study_with_a_grid_refuses_what_only_stations_have(tmp_path: Path) -> None:
    changes = {"study.toml": [('mode = "stations"', 'grid = "simbench:1-HV-mixed--2-no_sw"')]}
    _, problems = inspect_study(write_station_study(tmp_path / "study", changes))
    assert_all_words(problems)
    named = {(p.file, p.column) for p in problems}
    assert named == {
        ("stations.csv", "buses"),
        ("developments.csv", "profile"),
        ("station_capacity.csv", None),
        ("project_capacity.csv", None),
        ("areas.csv", "parents"),
    }


def test_a_whole_study_has_no_problem_and_one_reading(tmp_path: Path) -> None:
    study = read_study(write_station_study(tmp_path / "study"))
    assert study.scenario_ids == ("mid",)
    assert not implausible(study)
    assert "capacities of stations" in repr(study)


def test_unknown_megawatts_give_every_scenario_two_readings(tmp_path: Path) -> None:
    weighted = {**UNKNOWN, "scenarios.csv": "scenario_id,name,weight\nmid,Middle,1\nhigh,High,2\n"}
    study = read_study(write_station_study(tmp_path / "study", weighted))
    both = ("mid:all_needed", "mid:equal_share")
    assert study.scenario_ids == (*both, "high:all_needed", "high:equal_share")
    assert {scenario.weight for scenario in study.scenarios} == {None}
    assert any("not used" in str(warning.what) for warning in implausible(study))
    assert with_settings(study, scenarios=("mid",)).scenario_ids == both
    with pytest.raises(InputError, match="not in table scenarios"):
        with_settings(study, scenarios=("low",))


def test_settings_of_the_study_name_scenarios_as_they_are_written(tmp_path: Path) -> None:
    changes = {**UNKNOWN, "study.toml": [("placebo_lists = 0\n", 'scenarios = ["mid"]\n')]}
    study = read_study(write_station_study(tmp_path / "study", changes))
    assert study.scenario_ids == ("mid:all_needed", "mid:equal_share")


def test_what_can_hardly_be_meant_is_named(tmp_path: Path) -> None:
    feed_in = "west,feed_in,2026,30,20,,,capacity map (invented)\n"
    changes: Changes = {"station_capacity.csv": [("40,20,2029", "40,25,2029"), (feed_in, "")]}
    warnings = implausible(read_study(write_station_study(tmp_path / "study", changes)))
    assert_all_words(warnings)
    assert [(w.file, w.row, w.column) for w in warnings] == [
        ("station_capacity.csv", 3, "queue_mw"),
        ("developments.csv", 5, "direction"),
    ]


def test_dutch_names_are_read(tmp_path: Path) -> None:
    head = "gebied,richting,jaar,aanwezig,benodigd,wachtrij,jaar_opgelost,bron"
    table = TEXTS["station_capacity.csv"].split("\n", 1)[1]
    folder = write_station_study(tmp_path / "study", {"station_capacity.csv": None})
    (folder / "stationscapaciteit.csv").write_text(f"{head}\n{table}", encoding="utf-8")
    study = read_study(folder)
    assert study.station_capacity[1].contracted_mw == 40
    assert study.station_capacity[1].source == "capacity map (invented)"


def test_values_of_lists_may_be_dutch_and_nothing_else(tmp_path: Path) -> None:
    dutch = {
        "station_capacity.csv": [("west,demand", "west,Afname"), ("west,feed_in", "west,invoeding")],
        "projects.csv": [("concrete", "concreet")],
        "project_phases.csv": [("build", "bouw")],
    }
    study, problems = inspect_study(write_station_study(tmp_path / "dutch", dutch))
    assert not problems and study is not None
    assert study.station_capacity == read_study(write_station_study(tmp_path / "plain")).station_capacity
    other = {"station_capacity.csv": [("west,demand", "west,bouw")]}
    _, problems = inspect_study(write_station_study(tmp_path / "other", other))
    assert [(problem.column, problem.found) for problem in problems] == [("direction", "'bouw'")]


def test_a_row_that_was_not_read_makes_no_warning_of_what_lacks_it(tmp_path: Path) -> None:
    changes = {"station_capacity.csv": [("top,demand,2026,100", "top,demand,2026,x"), ("30,20,", "x,20,")]}
    study, problems = inspect_study(write_station_study(tmp_path / "study", changes))
    assert problems and study is not None
    assert any("limits" in warning.what for warning in implausible(study))
    assert not implausible(study, is_whole=False)
