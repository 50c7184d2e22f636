"""A study of stations from its tables to a run folder and a page, against figures by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gridprio
from gridprio.cells import StateYear, StationCells
from gridprio.errors import InputError
from gridprio.exchange.seal import seal_study
from gridprio.inputs import read_study
from gridprio.pipeline.headroom import study_headroom
from gridprio.report.page import write_page
from gridprio.store import Run
from tests.station_studies import UNKNOWN, Changes, write_station_study

FIRST, EVERY = 2026, ("pw", "pe", "pt")


def cells_of(folder: Path, changes: Changes | None = None) -> StationCells:
    return StationCells(read_study(write_station_study(folder / "study", changes)))


def served(cells: StationCells, in_service: tuple[str, ...], year: int) -> dict[str, list[float]]:
    """Allocated MW by development, one per scenario."""
    found = {}
    rows = tuple(k for k, p in enumerate(cells.study.projects) if p.project_id in in_service)
    for area, plan_area in enumerate(cells.areas):
        state = StateYear(area, tuple(r for r in rows if r in plan_area.serving), (), year - FIRST)
        mw = cells.values([state]).allocated_mw[0]
        for at, row in enumerate(plan_area.development_rows):
            found[cells.study.developments[row].development_id] = mw[:, at].tolist()
    return found


def test_areas_that_share_no_request_are_apart(tmp_path: Path) -> None:
    cells = cells_of(tmp_path)
    assert [area.name for area in cells.areas] == ["west+2:demand", "west:feed_in"]
    assert [area.development_rows for area in cells.areas] == [(1, 0, 2), (3,)]
    assert [area.serving for area in cells.areas] == [(0, 1, 2), ()]
    assert cells.changing_projects == set(EVERY)


@pytest.mark.parametrize(
    ("in_service", "d2", "d1", "d3", "why"),
    [
        ((), 5, 5, 0, "homes first; West has 10, Top 20, of which 10 are left for a firm 12"),
        (("pw",), 5, 15, 0, "West has 30, and with 20 Top is full"),
        (("pe",), 5, 5, 0, "East has 30, and Top still 10"),
        (("pt",), 5, 5, 12, "Top has 50: room for the firm request"),
        (EVERY, 5, 15, 12, "everything fits"),
    ],
)
def test_the_queue_by_hand(
    tmp_path: Path, in_service: tuple[str, ...], d2: float, d1: float, d3: float, why: str
) -> None:
    assert served(cells_of(tmp_path), in_service, 2027) == {"d2": [d2], "d1": [d1], "d3": [d3], "d4": [10.0]}, why


def test_readings_by_hand(tmp_path: Path) -> None:
    """West lacks 20 in the queue less 10 of room: 10 MW, by two projects."""
    cells = cells_of(tmp_path, UNKNOWN)
    assert served(cells, (), 2026)["d1"] == [5, 5]
    assert served(cells, ("pw",), 2026)["d1"] == [5, 10]
    assert served(cells, ("pt",), 2026)["d1"] == [5, 10]
    assert served(cells, EVERY, 2026)["d1"] == [15, 15]


def test_published_megawatts_count_before_the_unknown_ones(tmp_path: Path) -> None:
    """Of the 10 MW that West lacks, a project brings 4; two others bring the other 6."""
    more = [("pw,west,demand,20", "pw,west,demand,\npt,west,demand,"), ("pe,east,demand,10", "pe,west,demand,4")]
    cells = cells_of(tmp_path, {"project_capacity.csv": more})
    assert served(cells, ("pe",), 2026)["d1"] == [9, 9]
    assert served(cells, ("pe", "pw"), 2026)["d1"] == [9, 12]


def test_without_a_published_queue_the_developments_say_what_lacks(tmp_path: Path) -> None:
    cells = cells_of(tmp_path, {**UNKNOWN, "station_capacity.csv": [("40,20,2029", "40,,2029")]})
    assert served(cells, EVERY, 2026)["d1"] == [15, 15]


def test_rows_hold_from_their_year_and_for_their_scenario(tmp_path: Path) -> None:
    rows = "area_id,direction,year,scenario_id,capacity_mw\n" + "".join(
        f"{area},demand,{year},{scenario},{mw}\n"
        for area, year, scenario, mw in (
            ("top", 2026, "", 100), ("east", 2026, "", 50),
            ("west", 2028, "", 7), ("west", 2030, "", 9), ("west", 2026, "high", 3),
        )
    )  # fmt: skip
    scenarios = "scenario_id,name\nmid,Middle\nhigh,High\n"
    cells = cells_of(tmp_path, {"station_capacity.csv": rows, "scenarios.csv": scenarios})
    assert [served(cells, (), year)["d1"] for year in (2026, 2029, 2030)] == [[2, 0], [2, 0], [4, 0]]
    assert served(cells, (), 2026)["d4"] == [15, 15], "nothing limits feed-in"


def test_equal_room_is_one_cell(tmp_path: Path) -> None:
    cells = cells_of(tmp_path, {"project_capacity.csv": [("pt,top,demand,30", "pt,top,demand,0")]})
    assert cells.key(StateYear(0, (), (), 1)) == cells.key(StateYear(0, (2,), (), 1))
    assert cells.key(StateYear(0, (), (), 1)) != cells.key(StateYear(0, (0,), (), 1))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("stations")
    study = read_study(write_station_study(folder / "study", UNKNOWN))
    return gridprio.run_study(gridprio.inputs.with_settings(study, bindingness=1.0), out=folder / "run", threads=1)


def test_what_is_not_known_is_blank_in_every_table(run: Run) -> None:
    unknown = ["overload_mvah", "insecure_hours"]
    assert run.outcomes[[*unknown, "congestion_cost_meur"]].isna().all(axis=None)
    assert run.cells[unknown].isna().all(axis=None)
    effect = run.status_effect.set_index("metric").loc[unknown]
    assert set(effect["verdict"]) == {"not_assessable"} and set(effect["reason"]) == {"not_in_inputs"}
    assert effect["mean"].isna().all()
    assert run.outcomes["waiting_mw_years_demand"].notna().all()


def test_both_readings_stand_in_the_tables(run: Run) -> None:
    """Without status West has its station in month 24, with status in month 12; half of 10 MW for a year is 5."""
    total = run.status_effect.query("project_id == 'total' and channel == 'both'").set_index(["metric", "scenario"])
    effect = total.loc["waiting_mw_years_demand"]
    assert effect["without_status"].to_dict() == {"mid:all_needed": 54.0, "mid:equal_share": 49.0}
    assert effect["mean"].to_dict() == {"mid:all_needed": 0.0, "mid:equal_share": -5.0}
    assert list(effect["verdict"]) == ["none", "better"]
    park = run.connections.query("development_id == 'd1'")
    assert set(park["binding_operator"]) == {"high"} and set(park["limiting_element"]) == {"area:west"}
    codes = [m["code"] for m in run.manifest["messages"]]
    assert codes == ["cells.stations", "cells.readings", "regret.turns", *["run.bound_by_others"] * 2]


def test_the_page_says_indicative_and_speaks_of_no_load_flow(run: Run, tmp_path: Path) -> None:
    text = write_page(run, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Indicatief: capaciteit per voedingsgebied" in text
    assert "loadflow" not in text and "gebied west" in text


def test_headroom_is_the_least_room(tmp_path: Path) -> None:
    study = read_study(write_station_study(tmp_path / "study"))
    found = study_headroom(study).query("year == 2026").set_index(["station_id", "direction", "sector"])
    assert found["headroom_mw"].to_dict() == {
        ("w", "demand", "dwellings"): 10.0,
        ("w", "demand", "industry"): 10.0,
        ("e", "demand", "industry"): 20.0,
        ("w", "feed_in", "solar"): 10.0,
    }
    assert found.loc[("w", "demand", "industry"), "limiting_branch"] == "area:west"


def test_results_do_not_depend_on_backend_or_threads(tmp_path: Path) -> None:
    study = read_study(write_station_study(tmp_path / "study", UNKNOWN))
    one, other = (
        gridprio.run_study(study, out=tmp_path / name, backend=name, threads=threads)
        for name, threads in (("reference", 1), ("auto", 2))
    )
    np.testing.assert_array_equal(one.outcomes.iloc[:, 3:].to_numpy(), other.outcomes.iloc[:, 3:].to_numpy())


def test_there_is_no_grid_to_seal(tmp_path: Path) -> None:
    study = read_study(write_station_study(tmp_path / "study"))
    with pytest.raises(InputError, match="hand over the study itself"):
        seal_study(study, tmp_path / "sealed")
