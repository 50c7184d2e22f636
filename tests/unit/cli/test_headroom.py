from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pandapower as pp
import pandas as pd
import pytest

ONE_CREW = Path(__file__).parents[2] / "cases" / "one_crew"
FREE_MVA = 40.0 - 25.0
"""Rating of each transformer less the load behind it; losses and reactive power take a little of it."""


def test_headroom_of_a_planted_study(invoke, tmp_path):
    result = invoke("headroom", ONE_CREW, "--json", "--out", tmp_path / "headroom.csv", "--threads", 1)
    assert result.exit_code == 0, result.stderr
    every = json.loads(result.stdout)
    rows = [row for row in every if row["direction"] == "demand"]
    assert [(row["station_id"], row["year"]) for row in rows] == [
        ("S1", 2026),
        ("S2", 2026),
        ("S1", 2030),
        ("S2", 2030),
    ]
    assert all(math.isclose(row["headroom_mw"], FREE_MVA, rel_tol=0.03) for row in rows)
    assert all(row["headroom_mw"] < FREE_MVA for row in rows)
    assert {(row["station_id"], row["limiting_branch"]) for row in rows} == {("S1", "trafo:0"), ("S2", "trafo:1")}
    assert {row["limiting_outage"] for row in rows} == {""} and all(row["limiting_hour"] >= 0 for row in rows)
    assert {row["colour_class"] for row in rows} == {"red"}
    assert len(pd.read_csv(tmp_path / "headroom.csv")) == len(every) == 8


@pytest.mark.slow
def test_less_load_leaves_more_headroom(invoke, tmp_path):
    study = tmp_path / "study"
    study.mkdir()
    for path in ONE_CREW.iterdir():
        if path.is_file():
            (study / path.name).write_bytes(path.read_bytes())
    loads = (study / "loads.csv").read_text().replace("S1,services,demand,25.0", "S1,services,demand,5.0")
    (study / "loads.csv").write_text(loads)
    rows = json.loads(invoke("headroom", study, "--json", "--threads", 1).stdout)
    first = {row["station_id"]: row["headroom_mw"] for row in rows if row["year"] == 2026 and row["sector"]}
    assert math.isclose(first["S1"] - first["S2"], 20.0, rel_tol=0.02)
    assert {row["colour_class"] for row in rows if row["station_id"] == "S1" and row["sector"]} == {"transparent"}
    lines = invoke("headroom", study, "--threads", 1).stdout.splitlines()
    assert {line.strip().split("  ")[0] for line in lines if "afname" in line} == {"Station 1", "Station 2"}


def test_a_map_without_places_is_refused_before_the_calculation(invoke, tmp_path, monkeypatch):
    monkeypatch.setattr("gridprio.pipeline.headroom.study_headroom", None)
    result = invoke("headroom", ONE_CREW, "--out", tmp_path / "headroom.gpkg")
    assert result.exit_code == 2
    assert "longitude" in result.stderr and not (tmp_path / "headroom.gpkg").exists()


def test_bottlenecks_are_said_with_those_who_have_no_reserve(invoke):
    done = invoke("bottlenecks", ONE_CREW)
    assert done.exit_code == 0
    assert "Station 1: de zwakste doorsnede" in done.stdout
    assert "transformator T1 (150/10 kV, Station 1), 40 MVA (0 MVA als er één tak uitvalt). Daarachter" in done.stdout
    assert "Station 1 heeft geen reserve: bij uitval van transformator T1 (150/10 kV, Station 1) is het" in done.stdout
    row, *_ = json.loads(invoke("bottlenecks", ONE_CREW, "--json").stdout)
    assert (row["station_id"], row["stations_behind"], row["peak_demand_mw"]) == ("S1", "S1", 25.0)


def test_a_station_without_reserve_is_named_with_what_is_switched_and_also_without_ratings(invoke, tmp_path):
    study = tmp_path / "study"
    shutil.copytree(ONE_CREW, study)
    (study / "outage_actions.csv").write_text("action_id,outage,opens\nring,trafo:0,trafo:1\n")
    (first, second) = (
        [line for line in invoke("bottlenecks", study, "--language", "en").stdout.splitlines() if line.startswith(name)]
        for name in ("Station 1", "Station 2")
    )
    assert "after such an outage something is switched (table outage_actions)" in first[-1]
    assert len(first) == 3 and len(second) == 2  # nothing is switched after the outage that station 2 does not bear
    net = pp.from_json(str(study / "grid.json"))
    net.trafo["no_limit"] = True
    pp.to_json(net, str(study / "grid.json"))
    said = invoke("bottlenecks", study, "--language", "en").stdout
    assert "Station 2: no rating limits the way" in said
    assert "Station 2 has no reserve: when transformer" in said


def test_headroom_is_printed_by_station_in_the_words_of_one_language(invoke):
    """Of a study of stations in two readings, whose scenarios are codes in the table."""
    study = Path(__file__).parents[3] / "data" / "grids" / "fictional-map"
    for option, sector, reading in (
        ((), "gepubliceerde wachtrij", "elk project een gelijk deel"),
        (("--language", "en"), "published queue", "an equal share by each project"),
    ):
        done = invoke("headroom", study, "--threads", 1, *option)
        assert done.exit_code == 0, done.stderr
        heads, *lines = done.stdout.splitlines()[1:-1]
        assert sector in done.stdout and reading in done.stdout and "equal_share" not in done.stdout
        stations = [line[: heads.index("ri" if not option else "di")].strip() for line in lines]
        named = [name for at, name in enumerate(stations) if name and name != stations[at - 1]]
        assert len(named) == len(set(named)) > 2  # the lines of a station stand together


def test_what_headroom_is_enough_for_is_shown_where_the_width_allows(invoke, tmp_path, monkeypatch):
    """Some 14 MW are left at each station, enough for some 14,000 dwellings of 1 kW and no hectare of solar."""
    study = tmp_path / "study"
    shutil.copytree(ONE_CREW, study)
    heads = "key_figure_id,name,mw_per_unit,direction,sector,profile\n"
    rows = "dwellings,Dwelling,0.001,demand,housing,flat\nsolar_ha,Hectare,1.0,feed_in,solar,flat\n"
    (study / "key_figures.csv").write_text(heads + rows)
    _, head, *lines = invoke("headroom", study, "--threads", 1, "--language", "en").stdout.splitlines()
    mw, dwellings = (
        [line[head.index(start) : head.index(end)].replace(",", "").strip() for line in lines if " demand " in line]
        for start, end in (("MW", "limited by"), ("dwellings", "ha solar"))
    )
    assert len(mw) == 4 and [float(n) / 1000 for n in dwellings] == pytest.approx(list(map(float, mw)), abs=0.05)
    monkeypatch.setattr("gridprio.cli.messages.FILE_WIDTH", 80)
    narrow = invoke("headroom", study, "--threads", 1, "--language", "en").stdout
    assert "dwellings" not in narrow.splitlines()[1]
    assert "For how many dwellings and ha solar this is enough" in narrow
