"""A run on the map: points, lines and areas whose attributes are columns of its tables (docs/excel-and-gis.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gridprio.errors import InputError, Problem
from gridprio.inputs.schema import Station
from gridprio.model.metrics import WAITING
from gridprio.store import Run
from gridprio.text import sentence

Geometry = Mapping[str, Any]
"""GeoJSON geometry in longitude and latitude (WGS84)."""
STATION = ["station_id", "name", "operator_id", "municipality_id", "province_id", "longitude", "latitude"]
PROJECT = [
    "project_id", "name", "operator_id", "municipality_id", "station_id", "carrier", "maturity", "stage", "listed",
    "status", "need_year", "cost_meur", "longitude", "latitude",
]  # fmt: skip
PROSPECT = ["project_id", "binding_constraint", "lever", "whose_project", "plan_month", "month_with_both", "start_year"]
ENDS = ["from_longitude", "from_latitude", "to_longitude", "to_latitude"]
PLACE = ["station_id", "name", "longitude", "latitude"]
DEVELOPMENT = ["development_id", "name", "station_id", "municipality_id", "sector", "p_mw", "dwellings"]
CONNECTION = [
    "order_name", "scenario", "development_id", "direction", "requested_year", "year_without_status",
    "year_with_status", "served_share_without_status", "served_share_with_status", "limiting_element",
    "lifted_by_project",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Layer:
    """Features of one kind of geometry."""

    name: str
    kind: str
    """Point, LineString or MultiPolygon"""
    geometry: tuple[Geometry, ...]
    table: pd.DataFrame
    """attributes, a row per geometry"""


def run_layers(run: Run) -> list[Layer]:
    """The layers that the tables of the run have rows and places for; what has no place is on none."""
    layers = (_stations, _lines, _line_loading, _projects, _headroom, _waiting, _municipalities)
    found = [layer(run) for layer in layers]
    return [layer for layer in found if layer is not None and layer.geometry]


def refuse_nothing(layers: Sequence[Layer], name: str) -> None:
    """InputError for a map called `name` on which nothing has a place."""
    if not any(layer.geometry for layer in layers):
        raise InputError(
            [Problem(name, None, None, sentence("problem.nothing_to_draw"), mend=sentence("remedy.add_places"))]
        )


def point_layer(name: str, table: pd.DataFrame) -> Layer:
    """Rows with `longitude` and `latitude`, as points; those columns go into the geometry."""
    placed = table[table["longitude"].notna() & table["latitude"].notna()]
    points = zip(placed["longitude"].astype(float), placed["latitude"].astype(float), strict=True)
    geometry = tuple({"type": "Point", "coordinates": list(point)} for point in points)
    return Layer(name, "Point", geometry, placed.drop(columns=["longitude", "latitude"]).reset_index(drop=True))


def headroom_layer(stations: Sequence[Station], headroom: pd.DataFrame) -> Layer:
    """Table `headroom` at the places of its stations."""
    places = pd.DataFrame([(s.station_id, s.name, s.longitude, s.latitude) for s in stations], columns=PLACE)
    return point_layer("station_headroom", headroom.merge(places, "left", "station_id"))


def _stations(run: Run) -> Layer | None:
    return point_layer("stations", run.stations[STATION]) if "stations" in run.tables else None


def _lines(run: Run) -> Layer | None:
    """Lines with the worst loading before any project, of those that are the worst of a case of `base_case`."""
    if "grid_lines" not in run.tables:
        return None
    worst = run.base_case
    share = worst["worst_loading_percent"] / worst["worst_limit_percent"]
    worst = worst.loc[share.sort_values(ascending=False, kind="stable").index].drop_duplicates("worst_branch")
    worst = worst[["worst_branch", "worst_loading_percent", "worst_limit_percent", "outage"]]
    worst = worst.rename(columns={"worst_branch": "branch", "outage": "worst_outage"})
    return _line_layer("lines", run.grid_lines.merge(worst, "left", "branch"))


def _line_loading(run: Run) -> Layer | None:
    """Every line that is in service under the plans without and with status, year by year, with its loading."""
    if "branch_loading" not in run.tables or "grid_lines" not in run.tables:
        return None
    places = run.grid_lines[["branch", "nominal_kv", "rating_mva", *ENDS]]
    return _line_layer("line_loading", run.branch_loading.merge(places, "inner", "branch"))


def _line_layer(name: str, table: pd.DataFrame) -> Layer:
    """Rows with the places of both ends, as lines; these columns go into the geometry."""
    placed = table[table[ENDS].notna().all(axis=1)].reset_index(drop=True)
    geometry = tuple(
        {"type": "LineString", "coordinates": [[x1, y1], [x2, y2]]}
        for x1, y1, x2, y2 in placed[ENDS].itertuples(index=False)
    )
    return Layer(name, "LineString", geometry, placed.drop(columns=ENDS))


def _projects(run: Run) -> Layer | None:
    """Projects at their own place, else at that of their station, with the last round of the ledger."""
    if "projects" not in run.tables or "stations" not in run.tables:
        return None
    places = run.stations[["station_id", "longitude", "latitude"]]
    table = run.projects[PROJECT].merge(places, "left", "station_id", suffixes=("", "_station"))
    for axis in ("longitude", "latitude"):
        table[axis] = table[axis].fillna(table.pop(f"{axis}_station"))
    if "ledger" in run.tables:
        last = run.ledger[run.ledger["round"] == run.ledger["round"].max()][PROSPECT]
        table = table.merge(last, "left", "project_id")
        first = table.pop("start_year")
        table["in_service_year_without_status"] = first + table.pop("plan_month") / 12
        table["in_service_year_with_status"] = first + table.pop("month_with_both") / 12
    return point_layer("projects", table)


def _headroom(run: Run) -> Layer | None:
    """What fits in the grid as given of all that is requested at a station."""
    if "as_given" not in run.tables:
        return None
    total = run.as_given[run.as_given["development_id"] == ""]
    return point_layer("headroom", _placed(run, total.drop(columns=["development_id", "limiting_element"])))


def _waiting(run: Run) -> Layer | None:
    if "connections" not in run.tables:
        return None
    table = run.developments[DEVELOPMENT].merge(run.connections[CONNECTION], "inner", "development_id")
    table["years_later_with_status"] = table["year_with_status"] - table["year_without_status"]
    return point_layer("waiting", _placed(run, table))


def _placed(run: Run, table: pd.DataFrame) -> pd.DataFrame:
    """With the place of the station of each row."""
    return table.merge(run.stations[["station_id", "longitude", "latitude"]], "left", "station_id")


def _municipalities(run: Run) -> Layer | None:
    """Every municipality by scenario, with what waits there: `METRIC_without_status` and `METRIC_with_status`."""
    outlines = run.municipalities
    if outlines is None or "distribution" not in run.tables:
        return None
    shapes = {str(f["properties"]["municipality_id"]): _areas(f["geometry"]) for f in outlines["features"]}
    rows = run.distribution
    rows = rows[(rows["group_kind"] == "municipality") & rows["group_id"].isin(shapes) & rows["metric"].isin(WAITING)]
    rows = rows.melt(["group_id", "scenario", "metric"], ["without_status", "with_status"], "side")
    columns = rows["metric"] + "_" + rows["side"]
    table = rows.assign(metric=columns).pivot(index=["group_id", "scenario"], columns="metric", values="value")
    table = table.reset_index().rename(columns={"group_id": "municipality_id"})
    return Layer("municipalities", "MultiPolygon", tuple(shapes[key] for key in table["municipality_id"]), table)


def _areas(geometry: Geometry) -> Geometry:
    if geometry["type"] == "MultiPolygon":
        return geometry
    return {"type": "MultiPolygon", "coordinates": [geometry["coordinates"]]}


def positions(layer: Layer) -> Iterator[tuple[float, float]]:
    """Longitude and latitude of every vertex."""
    for geometry in layer.geometry:
        yield from _vertices(geometry["coordinates"])


def _vertices(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], int | float):
        yield float(coordinates[0]), float(coordinates[1])
        return
    for part in coordinates:
        yield from _vertices(part)
