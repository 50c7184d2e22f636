"""The grid year by year: states follow the plan and the connections of the run, and the map holds them all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from gridprio.figures import grid_map, middle_plan
from gridprio.figures.rd_new import rd_new
from gridprio.report.charts import page_figures
from gridprio.report.grid_years import changes, grid_years, places
from gridprio.report.run_tables import RunTables, run_tables
from tests.synthetic_run import make_run


@pytest.fixture(scope="module")
def tables() -> RunTables:
    run: Any = make_run()
    run.developments = run.developments.assign(station_id=run.stations["station_id"].iloc[0])
    line = {"branch": "line:1", "from_longitude": 5.1, "from_latitude": 52.6, "to_longitude": 5.3, "to_latitude": 52.6}
    new = line | {"branch": "line:2", "in_service": False, "added_by": "P1", "removed_by": ""}
    run.grid_lines = pd.DataFrame([line | {"in_service": True, "added_by": "", "removed_by": "P1"}, new])
    of_line_2 = {"order_name": "without_status", "scenario": run.scenarios["scenario_id"].iloc[0], "branch": "line:2"}
    found = [
        (2034, 120.0, 120.0, ""),
        (2035, 60.0, 110.0, "line:1"),
        (2036, 71.0, np.nan, ""),
        (2037, 120.0, 110.0, "t"),
    ]
    names = ("year", "loading_percent", "overload_percent", "overload_outage")
    ends = {"from_station_id": "", "to_station_id": run.stations["station_id"].iloc[0], "name_nl": "", "name_en": ""}
    run.branches = pd.DataFrame([ends | {"branch": branch} for branch in ("trafo:1", "trafo:2", "line:2")])
    of_transformers = [
        ("trafo:1", 2030, 118.0, np.nan, ""),
        ("trafo:2", 2030, 43.0, 113.0, "trafo:1"),
        ("trafo:1", 2031, 71.0, np.nan, ""),
        ("trafo:2", 2031, 73.0, np.nan, ""),
    ]
    rows = [of_line_2 | dict(zip(names, row, strict=True)) for row in found]
    rows += [of_line_2 | dict(zip(("branch", *names), row, strict=True)) for row in of_transformers]
    run.branch_loading = pd.DataFrame(rows)
    return run_tables(run)


def test_a_station_shows_its_worst_transformer_and_none_where_no_loading_is_known(tables: RunTables) -> None:
    rows = grid_years(tables).query("kind == 'transformers' and side == 'without_status'").set_index("year")
    assert set(rows["id"]) == {tables.stations["station_id"].iloc[0]}
    assert rows["state"].to_dict() == {2030: "over_after_outage", 2031: "from_70"}
    assert rows["loading_percent"].to_dict() == {2030: 113.0, 2031: 73.0}  # above its limit before the most loaded
    made = grid_map(
        grid_years(tables), places(tables), {key: key[1] for key in places(tables)}, sides=tables.plan_sides
    )
    at = made.layout.meta["years"].index(2030)
    said = [text for points in made.layout.meta["steps"][at] for text in points["text"]]
    assert sum("zwaarste transformator: 113%" in text for text in said) == 2  # the ring and the station, on one side


def test_lines_in_service_show_how_they_are_loaded(tables: RunTables) -> None:
    rows = grid_years(tables).query("id == 'line:2' and side == 'without_status'").set_index("year")
    assert rows.loc[2034:2037, "state"].tolist() == ["over_intact", "over_after_outage", "from_70", "over_after_outage"]
    assert rows.loc[2034:2037, "loading_percent"].tolist() == [120.0, 110.0, 71.0, 110.0]


def test_projects_and_their_lines_come_into_service_in_the_year_of_the_plan(tables: RunTables) -> None:
    rows = grid_years(tables)
    middle = middle_plan(tables.plan, tables.first_scenario)
    start = tables.settings.start_year
    for side in ("without_status", "with_status"):
        last = middle[(middle["order_name"] == side) & (middle["project_id"] == "P1")]["finish_month"].max()
        ready = start + int(last) // 12
        mine = rows[rows["side"] == side].set_index(["kind", "id", "year"])["state"]
        assert mine["project", "P1", ready] == mine["line", "line:2", ready] == "in_service"
        assert mine["project", "P1", ready - 1] == "in_progress"
        assert mine["line", "line:2", ready - 1] == "not_yet"
        assert (mine["line", "line:1", ready - 1], mine["line", "line:1", ready]) == ("in_service", "removed")


def test_a_station_waits_with_what_is_requested_and_not_connected(tables: RunTables) -> None:
    rows = grid_years(tables).query("kind == 'station' and year == 2032").set_index(["side", "id"])
    station = tables.stations["station_id"].iloc[0]
    # D1 (24 MW) and D3 (6 MW) are connected by then, D2 (12 MW) in 2033 or with status in 2032, D5 (30 MW) later
    assert rows.loc[("without_status", station), "waiting_mw"] == pytest.approx(12.0 + 30.0)
    assert rows.loc[("with_status", station), "waiting_mw"] == pytest.approx(30.0)
    assert rows.loc[("with_status", station), "state"] == "some_wait"


def test_the_map_and_its_table_hold_the_states_of_every_year(tables: RunTables) -> None:
    rows, where = grid_years(tables), places(tables)
    made = grid_map(rows, where, {key: key[1] for key in where}, sides=tables.plan_sides)
    meta = made.layout.meta
    placed = rows[[key in where for key in zip(rows["kind"], rows["id"], strict=True)]]
    for year, step in zip(meta["years"], meta["steps"], strict=True):
        assert sum(len(points["text"]) for points in step) == (placed.query("kind != 'line'")["year"] == year).sum()
    again = page_figures(tables)["grid"].rows
    pd.testing.assert_frame_equal(again, changes(rows))
    keys = pd.MultiIndex.from_frame(rows[["side", "kind", "id"]]).drop_duplicates()
    full = again.set_index(["side", "kind", "id", "year"])["state"].unstack()
    full = full.reindex(index=keys, columns=meta["years"]).ffill(axis=1)
    for (side, kind, name, year), state in rows.set_index(["side", "kind", "id", "year"])["state"].items():
        assert full.loc[(side, kind, name), year] == state


def test_rd_new_is_exact_at_amersfoort() -> None:
    assert rd_new(5.38720621, 52.15517440) == (155_000, 463_000)


def test_rd_new_against_proj() -> None:
    pyproj = pytest.importorskip("pyproj")
    to_rd = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:28992", always_xy=True)
    for longitude in (3.5, 4.9, 5.4, 6.2, 7.1):
        for latitude in (50.8, 51.9, 52.6, 53.4):
            x, y = to_rd.transform(longitude, latitude)
            assert rd_new(longitude, latitude) == (pytest.approx(x, abs=2), pytest.approx(y, abs=2))
