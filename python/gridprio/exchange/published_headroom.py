"""The product of a study, its headroom, as a document of the information model of the capacity map (docs/published.md).

Official colours are left out: a class that is computed is not one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

import pandas as pd

from gridprio.demand import requested_mw
from gridprio.inputs.enumerations import Direction
from gridprio.inputs.schema import Station
from gridprio.inputs.study import Study
from gridprio.published.information_model import V1_3, V2_1, Document, read_document
from gridprio.text import say

Version = Literal["1.3", "2.1"]
_WORDS = {Direction.DEMAND: "demand", Direction.FEED_IN: "generation"}


def headroom_document(study: Study, headroom: pd.DataFrame, version: Version, issued: dt.date) -> Document:
    """An energy area per station with headroom, MW; v1.3 holds the first year alone.

    `headroom`: table of `study_headroom`. Available is what is held already plus the least headroom over sectors and
    scenarios. Where that is 0 it may be less: headroom does not tell by how much a limit is passed.
    """
    least = headroom.groupby(["station_id", "year", "direction"])["headroom_mw"].min()
    years = sorted(set(headroom["year"]))
    stations = [station for station in study.stations if station.station_id in set(headroom["station_id"])]
    identifier = str(uuid.uuid5(uuid.NAMESPACE_URL, f"gridprio:{study.head.name}:headroom"))
    note = say("published.computed_headroom")["nl"]
    if study.head.fictional:
        note = f"{say('answer.fictional')['nl'].upper()}. {note}"
    if version == "1.3":
        content: dict[str, Any] = {
            "conforms_to": V1_3,
            "creator": "gridprio",
            "identifier": identifier,
            "issued": issued.isoformat(),
            "title": study.head.title_nl or study.head.name,
            "description": note,
            "energy_areas": [
                {**_area(station), **_capacities(study, station, years[0], least), "works": []} for station in stations
            ],
        }
        return read_document("headroom", content)
    areas: dict[str, list[dict[str, Any]]] = {}
    for station in stations:
        by_year = [
            {"capacity_interval": {"year": year}, "description": note, **_capacities(study, station, year, least)}
            for year in years
        ]
        areas.setdefault(station.operator_id, []).append({**_area(station), "area_capacity": by_year, "works": []})
    content = {
        "conforms_to": V2_1,
        "contact_point": "",
        "identifier": identifier,
        "version": "2.1.0",
        "geographical_regions": [
            {
                "description": study.head.title_nl or study.head.name,
                "regions": [{"description": name, "energy_areas": listed} for name, listed in areas.items()],
            }
        ],
    }
    return read_document("headroom", content)


def _area(station: Station) -> dict[str, Any]:
    return {"short_code": station.station_id, "description": station.name, "type": "energy_area"}


def _capacities(study: Study, station: Station, year: int, least: pd.Series[float]) -> dict[str, float | int]:
    """Of the directions in which the station has headroom; megawatts with one decimal, as the map has them."""
    found: dict[str, float | int] = {}
    for direction, word in _WORDS.items():
        key = station.station_id, year, direction.value
        if key not in least.index:
            continue
        held = _held_mw(study, station, direction, year)
        waiting = [
            mw
            for row in study.developments
            if row.station_id == station.station_id and row.direction == direction and (mw := requested_mw(row, year))
        ]
        found |= {
            f"{word}_available_capacity": round(held + max(float(least[key]), 0.0), 1),
            f"{word}_quoted_capacity": round(held, 1),
            f"{word}_capacity_in_queue": round(sum(waiting), 1),
            f"{word}_requests_in_queue": len(waiting),
        }
    return found


def _held_mw(study: Study, station: Station, direction: Direction, year: int) -> float:
    """Peaks and unused contracts of who is connected; in a study of stations what its own area has contracted."""
    loads = [row for row in study.loads if row.station_id == station.station_id and row.direction == direction]
    if loads:
        return sum(row.p_mw + row.contracted_unused_mw for row in loads)
    rows = [row for row in study.station_capacity if row.area_id in station.areas and row.direction == direction]
    until = [row for row in rows if row.year <= year] or rows[:1]
    return max(until, key=lambda row: row.year).contracted_mw if until else 0.0
