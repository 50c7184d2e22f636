"""Headroom of a study written into the information model, and read back."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest

from gridprio.exchange.published_headroom import Version, headroom_document
from gridprio.inputs import read_study
from gridprio.inputs.enumerations import Direction
from gridprio.inputs.study import Study
from gridprio.published.information_model import document_text
from gridprio.published.reader import read_publication

ISSUED = dt.date(2026, 8, 8)
TWO_STATIONS = Path(__file__).parents[2] / "cases/one_crew"


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(TWO_STATIONS)


def headroom_of(study: Study) -> pd.DataFrame:
    station = study.stations[0].station_id
    rows = [
        ("industry", 2026, "a", 7.04),
        ("homes", 2026, "a", 5.0),
        ("homes", 2026, "b", 6.0),
        ("homes", 2030, "a", -1.0),
    ]
    columns = ["sector", "year", "scenario", "headroom_mw"]
    return pd.DataFrame(rows, columns=columns).assign(station_id=station, direction="demand")


@pytest.mark.parametrize("version", ["1.3", "2.1"])
def test_what_is_written_reads_back_as_a_publication(tmp_path: Path, study: Study, version: Version) -> None:
    path = tmp_path / "headroom.json"
    path.write_text(document_text(headroom_document(study, headroom_of(study), version, ISSUED)), encoding="utf-8")
    [area] = read_publication([path])[0].areas
    station = study.stations[0]
    held = sum(r.p_mw + r.contracted_unused_mw for r in study.loads if r.station_id == station.station_id)
    demand = area.figures[Direction.DEMAND]
    assert (area.area_id, demand.needed_mw) == (station.station_id, pytest.approx(held, abs=0.05))
    assert demand.capacity_mw == pytest.approx(held + 5.0, abs=0.05)
    assert area.figures[Direction.FEED_IN].capacity_mw is None
    if version == "2.1":
        assert demand.capacity_by_year_mw[2030] == pytest.approx(held, abs=0.05)


def test_no_official_colour_is_written(study: Study) -> None:
    for version in ("1.3", "2.1"):
        text = document_text(headroom_document(study, headroom_of(study), version, ISSUED))
        assert "constraint" not in text and "indicatief" in text


def test_the_queue_is_what_is_requested_in_the_year(study: Study) -> None:
    content = json.loads(document_text(headroom_document(study, headroom_of(study), "2.1", ISSUED)))
    [area] = content["geographical_regions"][0]["regions"][0]["energy_areas"]
    asked = [d for d in study.developments if d.station_id == area["short_code"] and d.direction == Direction.DEMAND]
    for year in area["area_capacity"]:
        waiting = [d for d in asked if d.requested_year <= year["capacity_interval"]["year"]]
        assert year["demand_requests_in_queue"] == len(waiting)
