from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from gridprio.figures import connection_years, middle_plan, plan_bars, region_map
from gridprio.figures.embed import figure_json, plotly_script, theme_colours
from gridprio.text import Text
from tests import synthetic_run as made


def test_middle_plan_is_the_median_over_draws_and_leaves_out_what_is_seldom_planned() -> None:
    rows = [
        ("with_status", "s", draw, "P", phase, start, finish, "crew")
        for draw in range(3)
        for phase, start, finish in (
            ("permit", draw, 10 + draw),
            ("build", 12 if draw == 0 else -1, 20 if draw == 0 else -1),
        )
    ]
    found = middle_plan(pd.DataFrame(rows, columns=made.plan().columns), "s")
    assert found[["phase", "start_month", "finish_month"]].to_numpy().tolist() == [["permit", 1.0, 11.0]]


def test_plan_bars_stand_where_the_plan_says() -> None:
    figure = plan_bars(
        made.plan(), ["P1", "P6"], {"P1": "Een", "P6": "Zes"}, scenario="midden", start_year=2026,
        with_status=frozenset({"P1"}),
    )  # fmt: skip
    assert len(figure.data) == 2 * len(made.PHASES)
    build = [t for t in figure.data if t.name == "bouw"]
    without, with_status = build
    # median draw 1 of P1: starts in month 5, build after 6 + 18 + 9 months; status gains 14, but not before month 0
    assert without.base[0] == pytest.approx(2026 + (5 + 33) / 12)
    assert with_status.base[0] == pytest.approx(2026 + 33 / 12)
    assert without.x[0] == pytest.approx(15 / 12)
    assert without.y[0] < with_status.y[0]  # the axis runs down: without above with
    assert list(figure.layout.yaxis.ticktext) == ["★ Een", "Zes"]
    assert "te weinig uitvoerders (hoogspanning primair)" in without.customdata[0]


def test_what_falls_outside_the_horizon_is_said_at_the_end_of_each_bar() -> None:
    plan = made.plan()
    late = (plan["project_id"] == "P6") & (plan["phase"] == "build") & (plan["order_name"] == "with_status")
    nothing = (plan["project_id"] == "P1") & (plan["order_name"] == "without_status")
    plan.loc[late | nothing, ["start_month", "finish_month"]] = -1
    figure = plan_bars(plan, ["P1", "P6"], {}, scenario="midden", start_year=2026)
    said = [(a.text, a.xref, a.y) for a in figure.layout.annotations]
    assert said == [
        ("niet binnen de horizon", "x domain", pytest.approx(-0.2)),
        ("bouw niet binnen de horizon", "x", pytest.approx(1.2)),
    ]


def test_map_colours_by_effect_beyond_the_margin_and_says_fictional() -> None:
    projects = made.make_run().projects
    figure = region_map(
        made.municipalities(), {"M1": -70.0, "M2": 14.0, "M3": 0.5, "M4": -1.0}, made.make_run().stations, projects,
        margin=1.0, unit=Text("MW-jaar", "MW-years"), fictional=True,
    )  # fmt: skip
    areas = {t.text.split("<")[1][2:]: t.name for t in figure.data if t.fill == "toself"}
    assert areas == {
        "Noorderveen": "korter wachten",
        "Ouddorp": "langer wachten",
        "Havenwijk": "geen meetbaar effect",
        "Oosterweide": "geen meetbaar effect",
    }
    assert figure.layout.annotations[0].text == "FICTIEF"
    points = {t.name: len(t.x) for t in figure.data if t.mode == "markers"}
    assert points == {"station": 4, "project zonder status": 2, "project met status": 5}


def test_map_marks_stations_by_the_worse_class_of_both_directions() -> None:
    run = made.make_run()
    ids = run.stations["station_id"].tolist()[:3]
    rows = [(ids[0], "demand", 0.0, "red"), (ids[0], "feed_in", 31.5, "transparent"), (ids[1], "demand", 4.0, "yellow"),
            (ids[1], "feed_in", float("nan"), "transparent")]  # fmt: skip
    classes = pd.DataFrame(rows, columns=["station_id", "direction", "headroom_mw", "colour_class"]).assign(
        published_class=""
    )
    figure = region_map(run.municipalities, {}, run.stations, run.projects, margin=1.0, unit=Text("MW", "MW"),
                        headroom=classes, language="en")  # fmt: skip
    shown = {trace.name: trace for trace in figure.data if trace.mode == "markers"}
    red, yellow = shown["station, computed class red"], shown["station, computed class yellow"]
    name = run.stations.set_index("station_id")["name"]
    assert list(red.text) == [f"<b>{name[ids[0]]}</b><br>demand: red, 0.0 MW headroom<br>"
                              "feed-in: transparent, 31.5 MW headroom"]  # fmt: skip
    assert len(yellow.x) == 1 and yellow.text[0].startswith(f"<b>{name[ids[1]]}</b><br>demand: yellow, 4.0 MW")
    assert yellow.text[0].endswith("feed-in: transparent, no limit")
    assert len(shown["station"].x) == len(run.stations) - 2
    assert len({(trace.marker.symbol, trace.marker.color) for trace in (red, yellow, shown["station"])}) == 3


def test_map_takes_holes_islands_and_missing_coordinates() -> None:
    square = [[0.0, 52.0], [1.0, 52.0], [1.0, 53.0], [0.0, 52.0]]
    geometry = {"type": "MultiPolygon", "coordinates": [[square], [square, square]]}
    features = [{"type": "Feature", "properties": {"municipality_id": "M"}, "geometry": geometry}]
    stations = pd.DataFrame({"name": ["a", "b"], "longitude": [0.5, np.nan], "latitude": [52.5, np.nan]})
    figure = region_map({"features": features}, {}, stations, pd.DataFrame(), margin=1.0, unit=Text("", ""))
    assert list(figure.data[0].x).count(None) == 2
    assert len(next(t for t in figure.data if t.mode == "markers").x) == 1
    with pytest.raises(ValueError, match="Polygon"):
        region_map(
            {"features": [{"properties": {"municipality_id": "M"}, "geometry": {"type": "Point", "coordinates": []}}]},
            {}, stations, pd.DataFrame(), margin=1.0, unit=Text("", ""),
        )  # fmt: skip


def test_connection_years_put_the_unconnected_beyond_the_horizon() -> None:
    table = made.connections().query("scenario == 'midden'")
    figure = connection_years(table, {"D1": "Woonwijk"}, end_year=2040, language="en")
    without = next(t for t in figure.data if t.name == "without status")
    assert list(without.x) == [2032.5, 2033.0, 2032.0, 2027.0, 2041.5]
    assert "not before 2041" in without.text[4]
    assert figure.layout.yaxis.ticktext[0] == "Woonwijk"
    assert {t.name for t in figure.data} >= {"connected earlier", "connected later"}


def test_embedded_json_cannot_end_its_script_and_holds_the_theme() -> None:
    table = made.connections().query("scenario == 'midden'")
    text = figure_json(connection_years(table, {"D1": "</script><b>x"}, end_year=2040))
    assert "</script" not in text
    assert json.loads(text)["data"]
    assert theme_colours()["--ink"] in text
    assert "http" not in plotly_script()[:200]


def test_names_with_markup_are_shown_as_they_are() -> None:
    name = "<a href='http://x'>n</a> <b>"
    square = {"type": "Polygon", "coordinates": [[[0.0, 52.0], [1.0, 52.0], [1.0, 53.0], [0.0, 52.0]]]}
    features = [{"type": "Feature", "properties": {"municipality_id": "M", "name": name}, "geometry": square}]
    stations = pd.DataFrame({"name": [name], "longitude": [0.5], "latitude": [52.5]})
    figure = region_map({"features": features}, {}, stations, pd.DataFrame(), margin=1.0, unit=Text("", ""))
    texts = [
        str(part) for trace in figure.data for part in ([trace.text] if isinstance(trace.text, str) else trace.text)
    ]
    assert len(texts) == 3 and all("&lt;a href" in text and "<a" not in text for text in texts)
    assert "<" not in figure_json(figure)
