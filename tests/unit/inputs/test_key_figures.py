"""Numbers of spatial plans become developments, with the range of their key figures in what is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridprio.errors import Problem
from gridprio.inputs import inspect_study, read_study, with_settings
from gridprio.inputs.assumptions import value_now, with_value
from gridprio.inputs.schema import full_request_mw
from tests.station_studies import Changes, write_station_study

from .conftest import assert_all_words

FIGURES = """\
key_figure_id,name,unit,mw_per_unit,low_mw_per_unit,high_mw_per_unit,direction,sector,profile,connection_class,acm_category
dwellings,homes,dwelling,0.002,0.001,0.004,demand,dwellings,home,small,3
solar_ha,solar,ha,0.7,,,feed_in,solar,sun,large,
"""
PLANS = """plan_id,name,station_id,requested_year,ramp_years,request_date,dwellings,solar_ha,municipality_id
north,North,w,2028,2,2026-03,1000,10,m1
"""
TABLES: Changes = {"key_figures.csv": FIGURES, "spatial_plans.csv": PLANS}


def problems_of(folder: Path, changes: Changes) -> list[Problem]:
    return inspect_study(write_station_study(folder / "study", {**TABLES, **changes}))[1]


def test_each_number_of_a_plan_waits_with_the_megawatts_of_its_key_figure(tmp_path: Path) -> None:
    study = read_study(write_station_study(tmp_path / "study", TABLES))
    homes, solar = study.developments[-2:]
    assert (homes.development_id, homes.name) == ("north-dwellings", "North: homes")
    assert full_request_mw(homes) == pytest.approx(2.0)
    assert full_request_mw(solar) == pytest.approx(7.0)
    assert (homes.dwellings, solar.dwellings, homes.acm_category, homes.ramp_years) == (1000, 0, 3, 2)
    assert (homes.direction, solar.direction, homes.connection_class) == ("demand", "feed_in", "small")
    assert homes.profile == "", "a study of stations has no profiles"
    assert study.spatial_plans == () and not inspect_study(tmp_path / "study")[1]
    assert with_settings(study, draws=3).developments == study.developments


def test_the_range_of_a_key_figure_in_use_is_an_assumption_that_moves_all_its_developments(tmp_path: Path) -> None:
    study = read_study(write_station_study(tmp_path / "study", TABLES))
    (assumption,) = study.assumptions
    assert (assumption.row, assumption.low, assumption.high) == ("dwellings", 0.001, 0.004)
    changed = with_value(study, assumption, 0.004)
    assert full_request_mw(changed.developments[-2]) == pytest.approx(4.0)
    assert changed.developments[:-2] == study.developments[:-2] and changed.developments[-1] == study.developments[-1]
    assert value_now(changed, assumption) == 0.004 and full_request_mw(study.developments[-2]) == pytest.approx(2.0)


def test_a_range_of_the_users_own_goes_before(tmp_path: Path) -> None:
    own = "table,row,column,low,high\nkey_figures,dwellings,mw_per_unit,0.0015,0.003\n"
    study = read_study(write_station_study(tmp_path / "study", {**TABLES, "assumptions.csv": own}))
    assert [(row.low, row.high) for row in study.assumptions] == [(0.0015, 0.003)]


def test_a_development_may_name_its_key_figure(tmp_path: Path) -> None:
    header = "requested_year,request_date,acm_category,firm,dwellings,municipality_id"
    changes: Changes = {
        **TABLES,
        "developments.csv": "development_id,name,station_id,sector,direction,p_mw,size,key_figure_id," + header + "\n"
        "d1,Homes,w,dwellings,demand,,500,dwellings,2026,2025-02,3,no,500,m1\n",
    }
    study = read_study(write_station_study(tmp_path / "study", changes))
    assert full_request_mw(study.developments[0]) == pytest.approx(1.0)
    changes = {**changes, "developments.csv": str(changes["developments.csv"]).replace("demand,,500", "demand,3,500")}
    (problem,) = problems_of(tmp_path, changes)
    assert (problem.column, problem.what) == ("p_mw", "the megawatts are given twice")


@pytest.mark.parametrize(
    ("file", "old", "new", "column", "what"),
    [
        ("key_figures.csv", "solar_ha,solar", "sun_ha,solar", "solar_ha", "no key figure"),
        ("key_figures.csv", "0.001,0.004", "0.003,0.004", "low_mw_per_unit", "not a range"),
        ("key_figures.csv", "0.001,0.004", "0.001,", "high_mw_per_unit", "not a range"),
        ("spatial_plans.csv", "north,North,w", "north,North,x", "station_id", "not in table stations"),
        ("spatial_plans.csv", "1000,10", "0,", "dwellings", "no number at all"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, file: str, old: str, new: str, column: str, what: str) -> None:
    problems = problems_of(tmp_path, {file: str(TABLES[file]).replace(old, new)})
    assert [problem.column for problem in problems] == [column], problems
    assert what in problems[0].what
    assert_all_words(problems)


def test_a_plan_may_not_be_a_development_too(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, {"developments.csv": [("d1,Park", "north-dwellings,Park")]})
    assert (problem.file, problem.column) == ("spatial_plans.csv", "dwellings")
