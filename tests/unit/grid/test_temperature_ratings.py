"""Ratings by temperature: what an hour may carry by hand and by pandapower alone, what is refused, whole studies."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandapower as pp
import pandas as pd
import pytest

from gridprio import read_study
from gridprio.errors import InputError
from gridprio.exchange.workbook import Layout, write_workbook
from gridprio.grid import ratings as of_grid
from gridprio.grid import read_net, study_union
from gridprio.inputs.plausibility import implausible
from gridprio.inputs.read import inspect_as_written, inspect_study, with_settings
from gridprio.inputs.study import Study
from gridprio.pipeline.base_case import base_case_tables
from gridprio.pipeline.headroom import study_headroom
from gridprio.pipeline.rating_messages import rating_messages
from gridprio.pipeline.session import Session
from gridprio.text import in_language, word_message
from tests.unit.grid.stations import LOAD_MW, read_stations, stations_net, stations_study

HEADER = "rating_id,kind,elements,temperature,temperatures_c,rating_percents\n"
HOUR = np.arange(8760)
AIR_C = np.round(10.0 - 9.0 * np.cos(2 * np.pi * HOUR / 8760) - 6.0 * np.cos(2 * np.pi * HOUR / 24), 1)
"""-5 to 25 °C: warm in July and in the middle of the day"""
DAY = np.round(0.8 + 0.2 * np.cos(2 * np.pi * (HOUR - 18) / 24), 3)
POINTS = "-5 10 25,190 150 110"


def rated(folder: Path, rows: str, **series: np.ndarray) -> Study:
    return read_stations(written(folder, rows, **series))


def written(folder: Path, rows: str, **series: np.ndarray) -> Path:
    stations_study(folder)
    columns = {"flat": np.ones(8760), "air": AIR_C, **series}
    pd.DataFrame(columns).to_csv(folder / "profiles.csv", index=False)
    (folder / "temperature_ratings.csv").write_text(HEADER + rows)
    return folder


def percents(study: Study) -> dict[str, np.ndarray]:
    """Percent of the rating in every hour, by branch."""
    union = study_union(read_net(study.grid_source)[0], study)
    assert union.classes.of_step is not None
    by_hour = union.grid.arrays.rating_percent[:, union.classes.of_step]
    return {":".join(map(str, branch)): row for branch, row in zip(union.grid.branch_ids, by_hour, strict=True)}


def test_an_hour_has_the_percent_of_its_temperature_rounded_up(tmp_path: Path) -> None:
    """Between points in a straight line, below the first as the first; what is rounded up past the last is the last."""
    air = np.minimum(AIR_C, 24.4)
    found = percents(rated(tmp_path / "s", "air,transformer,,air,0 20 24.4,130 110 88\n", air=air))
    degrees = np.minimum(np.ceil(air), 24.4)
    by_hand = np.where(degrees <= 20, 130.0 - np.maximum(degrees, 0.0), 110.0 - 5.0 * (degrees - 20.0))
    np.testing.assert_allclose(found["trafo:0"], by_hand)
    assert found["trafo:4"].tolist() == found["trafo:0"].tolist(), "what a project adds is of the kind too"
    assert (found["line:0"] == 100.0).all()


def test_a_named_branch_goes_before_its_kind_in_both_tables(tmp_path: Path) -> None:
    """trafo:0 by month in January, trafo:1 by temperature; the others of the kind by the other temperature."""
    folder = written(
        tmp_path / "s",
        "kind,transformer,,air,-5 25,130 100\nnamed,,trafo:1,cool,0 30,120 90\n",
        cool=np.zeros(8760),
    )
    (folder / "seasonal_ratings.csv").write_text("rating_id,elements,months,rating_percent\nice,trafo:0,1,140\n")
    by_month, by_temperature = (word_message(said)["en"] for said in rating_messages(read_study(folder)))
    assert "1 row of table seasonal_ratings" in by_month and "2 rows" in by_temperature
    assert "series air and cool" in by_temperature and "limit is that of the hour" in by_temperature
    found, kind = percents(read_study(folder)), 130.0 - (np.ceil(AIR_C) + 5.0)
    np.testing.assert_allclose(found["trafo:2"], kind)
    np.testing.assert_allclose(found["trafo:0"], np.where(HOUR < 744, 140.0, kind))
    np.testing.assert_allclose(found["trafo:1"], 120.0)


def test_classes_are_few(tmp_path: Path) -> None:
    """A degree of a month: at most 31 degrees in 12 months."""
    study = rated(tmp_path / "s", f"air,transformer,,air,{POINTS}\n")
    classes = study_union(read_net(study.grid_source)[0], study).classes
    assert classes.of_step is not None and len(classes) == classes.of_step.max() + 1 <= 12 * 31
    pairs = pd.DataFrame({"month": classes.month, "degree": classes.temperature_c["air"]})
    assert not pairs.duplicated().any()


def test_too_many_classes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = rated(tmp_path / "s", f"air,transformer,,air,{POINTS}\n")
    monkeypatch.setattr(of_grid, "MOST_CLASSES", 100)
    with pytest.raises(InputError, match=r"temperature_ratings.csv.*temperature.*at most 100"):
        percents(study)


def test_problems_come_all_at_once(tmp_path: Path) -> None:
    rows = (
        "few,,trafo:0,air,0 10 30,120 100\n"
        "down,,trafo:1,air,10 5 30,120 110 100\n"
        "rise,,trafo:2,air,0 10 30,100 110 90\n"
        "warm,,trafo:3,air,0 20,120 100\n"
        "gone,,line:0,ari,0 30,120 100\n"
        "kelvin,,line:1,kelvin,0 30,120 100\n"
        "loads,cable,,flat,0 30,120 100\n"
    )
    folder = written(tmp_path / "s", rows, kelvin=AIR_C + 273.15)
    _, problems = inspect_study(folder)
    at = [(Path(p.file).stem, p.row, p.column) for p in problems]
    assert at[:6] == [
        *[("temperature_ratings", row, column) for row, column in ((2, "rating_percents"), (3, "temperatures_c"))],
        *[("temperature_ratings", row, column) for row, column in ((4, "rating_percents"), (5, "temperatures_c"))],
        *[("temperature_ratings", row, column) for row, column in ((6, "temperature"), (7, "temperatures_c"))],
    ]
    assert ("profiles", 2, "kelvin") in at
    assert {(table, column) for table, _, column in at[6:]} == {
        *(("loads", "profile"), ("developments", "profile"), ("profiles", "kelvin")),
    }
    assert "25 °C" in in_language(problems[3].found, "en") and "20 °C" in in_language(problems[3].expected, "nl")


def test_a_misspelt_series_is_one_problem(tmp_path: Path) -> None:
    """The column that was meant falls below zero, which only a profile of power may not."""
    _, problems = inspect_study(written(tmp_path / "s", f"air,transformer,,aur,{POINTS}\n"))
    assert [(Path(p.file).stem, p.column) for p in problems] == [("temperature_ratings", "temperature")]


def test_a_series_that_hardly_is_a_temperature_is_doubted(tmp_path: Path) -> None:
    rows = f"air,transformer,,air,{POINTS}\nshare,,line:0,share,{POINTS}\neven,,line:1,even,{POINTS}\n"
    study = rated(tmp_path / "s", rows, share=DAY, even=15.0 + DAY)
    found = [warning for warning in implausible(study) if Path(warning.file).stem == "temperature_ratings"]
    assert [(warning.row, warning.column) for warning in found] == [(3, "temperature"), (4, "temperature")]
    assert "0.6 to 1 °C" in in_language(found[0].found, "en") and "15,6 tot en met 16 °C" in in_language(
        found[1].found, "nl"
    )
    assert all(warning.mend for warning in found)


def test_one_of_both_tables_speaks_of_a_kind_or_a_branch(tmp_path: Path) -> None:
    rows = (
        f"kind,transformer,,air,{POINTS}\nnamed,,trafo:1 line:0,air,{POINTS}\nagain,,trafo:1,air,{POINTS}\n"
        f"cables,cable,,air,{POINTS}\nboth,cable,trafo:2,air,{POINTS}\nnone,,trafo:99,air,{POINTS}\n"
    )
    folder = written(tmp_path / "s", rows)
    months = "rating_id,kind,elements,months,rating_percent\nkind_m,transformer,,1,110\nline_m,,line:0,2,110\n"
    (folder / "seasonal_ratings.csv").write_text(months)
    with pytest.raises(InputError) as found:
        percents(read_study(folder))
    at = [(Path(p.file).stem, p.row, p.column) for p in found.value.problems]
    assert set(at) == {
        *(("temperature_ratings", row, column) for row, column in ((2, "kind"), (3, "elements"), (4, "elements"))),
        *(("temperature_ratings", row, column) for row, column in ((5, "kind"), (6, "kind"), (7, "elements"))),
    }
    assert "kind_m" in in_language(found.value.problems[0].mend, "en")


def test_steps_are_those_of_the_profiles(tmp_path: Path) -> None:
    """One table of profiles, so one length; a station study has none of it."""
    study = rated(tmp_path / "s", f"air,transformer,,air,{POINTS}\n")
    quarters = replace(study, profiles=study.profiles.loc[np.repeat(HOUR, 4)].reset_index(drop=True))
    assert len(percents(quarters)["trafo:0"]) == 35040
    assert study.missing_profiles == () and replace(study, profiles=None).missing_profiles == ("flat", "air")


def test_a_workbook_holds_the_table_and_the_series(tmp_path: Path) -> None:
    study, problems = inspect_as_written(written(tmp_path / "s", f"air,transformer,,air,{POINTS}\n"))
    assert study is not None and not problems
    write_workbook(tmp_path / "s.xlsx", study, Layout("nl"))
    shutil.copy(tmp_path / "s" / "grid.json", tmp_path)
    back = read_study(tmp_path / "s.xlsx")
    assert back.temperature_ratings == study.temperature_ratings
    np.testing.assert_allclose(percents(back)["trafo:0"], percents(study)["trafo:0"])


def all_hours(folder: Path, rows: str, profile: np.ndarray | None = None) -> Study:
    """Hour by hour of one year, with the existing connections on this profile."""
    folder = written(folder, rows, **({} if profile is None else {"flat": profile}))
    return with_settings(read_stations(folder), hours="all", end_year=2026)


def base_case(study: Study) -> pd.DataFrame:
    with Session(study, threads=1) as session:
        return base_case_tables(session)["base_case"].set_index("outage")


def by_pandapower(load_mw: float) -> float:
    """Loading in percent of what is left of the first station after an outage."""
    net = stations_net()
    net.trafo.at[0, "in_service"] = False
    net.load = net.load.iloc[:0]
    pp.create_load(net, 1, load_mw)
    pp.create_load(net, 2, 25.0 * load_mw / LOAD_MW)
    pp.runpp(net, numba=False, tolerance_mva=1e-10)
    return float(net.res_trafo.loading_percent.at[1])


@pytest.mark.slow
def test_overload_of_a_flat_load_is_in_the_warm_hours_alone(tmp_path: Path) -> None:
    """The limit falls from 190 % at -5 to 110 % at 25 °C: overload above the degree where it is the loading."""
    found = base_case(all_hours(tmp_path / "s", f"air,transformer,,air,{POINTS}\n"))
    loading = by_pandapower(LOAD_MW)
    limit = 10.0 + (150.0 - loading) * 15.0 / 40.0
    warm = np.ceil(AIR_C)[np.ceil(AIR_C) > limit]
    assert 1000 < len(warm) < 8000
    by_hand = 0.4 * (loading - 150.0 + 40.0 / 15.0 * (warm - 10.0)).sum()
    assert found.at["trafo:0", "overload_mvah"] == pytest.approx(by_hand, rel=1e-4)
    assert found.at["trafo:0", "insecure_hours"] == len(warm)
    assert AIR_C[found.at["trafo:0", "worst_hour"]] > 24.0 and found.at[
        "trafo:0", "worst_limit_percent"
    ] == pytest.approx(110)
    assert found.at["trafo:0", "worst_loading_percent"] == pytest.approx(loading, abs=1e-3)


@pytest.mark.slow
def test_overload_of_a_load_that_varies_is_pandapowers(tmp_path: Path) -> None:
    found = base_case(all_hours(tmp_path / "s", f"air,transformer,,air,{POINTS}\n", DAY))
    loading = {level: by_pandapower(LOAD_MW * level) for level in np.unique(DAY).tolist()}
    limit = np.interp(np.ceil(AIR_C), [-5.0, 10.0, 25.0], [190.0, 150.0, 110.0])
    above = np.array([loading[level] for level in DAY.tolist()]) - limit
    assert 0 < (above > 0).sum() < 4000
    assert found.at["trafo:0", "overload_mvah"] == pytest.approx(0.4 * above[above > 0].sum(), rel=1e-4)
    assert found.at["trafo:0", "insecure_hours"] == (above > 0).sum()


@pytest.mark.slow
def test_representative_hours_have_their_own_temperature(tmp_path: Path) -> None:
    """Within the 9 % of docs/theory/demand.md of every hour of the year."""
    overload, insecure = {}, {}
    for name in ("all", "representative"):
        study = all_hours(tmp_path / name, f"air,transformer,,air,{POINTS}\n", DAY)
        found = base_case(with_settings(study, hours=name, hours_per_month=4))
        overload[name], insecure[name] = found.at["trafo:0", "overload_mvah"], found.at["trafo:0", "insecure_hours"]
    assert overload["representative"] == pytest.approx(overload["all"], rel=0.09)
    assert insecure["representative"] == pytest.approx(insecure["all"], rel=0.24)


@pytest.mark.slow
def test_headroom_is_that_of_a_warm_hour(tmp_path: Path) -> None:
    """A flat load in every hour: without ratings the first hour limits, with them one of 25 °C."""
    rows = "air,transformer,,air,-5 25,230 200\n"
    study = all_hours(tmp_path / "warm", rows)
    found = study_headroom(study, threads=1)
    found = found[(found["station_id"] == "S1") & (found["direction"] == "demand")].iloc[0]
    assert np.ceil(AIR_C[found["limiting_hour"]]) == 25.0
    plain = with_settings(replace(study, temperature_ratings=()), loading_limit_percent=200.0)
    plain = study_headroom(plain, threads=1)
    plain = plain[(plain["station_id"] == "S1") & (plain["direction"] == "demand")].iloc[0]
    assert found["headroom_mw"] == pytest.approx(plain["headroom_mw"], rel=1e-4)
