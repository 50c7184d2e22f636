"""Maps of a run, read back by GDAL and as plain JSON."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from gridprio.errors import InputError
from gridprio.exchange import geopackage
from gridprio.exchange.geojson import write_geojson
from gridprio.exchange.gis_layers import headroom_layer, run_layers
from gridprio.exchange.qgis_style import STYLES
from gridprio.store import Run
from tests.unit.exchange.conftest import made_run

pyogrio = pytest.importorskip("pyogrio", reason="the extra gis is not installed")
shapely = pytest.importorskip("shapely")

LAYERS = {
    "stations": ("Point", 2),
    "lines": ("LineString", 2),
    "line_loading": ("LineString", 1),
    "projects": ("Point", 7),
    "headroom": ("Point", 2),
    "waiting": ("Point", 12),
}
"""Kind and number of features; what has no place is on no map: a station, a line and a development."""


@pytest.fixture(scope="module")
def path(run: Run) -> Path:
    return geopackage.write_run_geopackage(run)


def layer(path: Path, name: str) -> tuple[list[dict[str, object]], list[object]]:
    meta, table = pyogrio.read_arrow(path, layer=name)
    shapes = shapely.from_wkb(table[meta["geometry_name"] or "wkb_geometry"].to_pylist())
    return table.to_pylist(), list(shapes)


def test_layers_types_and_reference_system(path: Path) -> None:
    found = {name: kind for name, kind in pyogrio.list_layers(path) if kind is not None}
    assert found == {name: kind for name, (kind, _) in LAYERS.items()}
    for name, (_, number) in LAYERS.items():
        about = pyogrio.read_info(path, layer=name)
        assert about["crs"] == "EPSG:28992" and about["features"] == number, name


def test_places_are_those_of_the_kadaster(path: Path) -> None:
    """Amersfoort, the origin of RD New, is at 155000, 463000; the first station lies 19.4 km west and 49.5 km north."""
    rows, shapes = layer(path, "stations")
    assert rows[0]["name"] == "Noord"
    to_rd = geopackage._transform(pytest.importorskip("pyproj"), geopackage.RD_NEW)
    origin = to_rd(shapely.get_coordinates(shapely.Point(5.38720621, 52.15517440)))
    assert origin[0] == pytest.approx((155000, 463000), abs=1)
    assert (shapes[0].x - 155000, shapes[0].y - 463000) == pytest.approx((-19_440, 49_540), abs=200)


def test_attributes_are_columns_of_the_tables(path: Path) -> None:
    lines, _ = layer(path, "lines")
    assert lines[0]["worst_loading_percent"] == 130.0 and lines[0]["worst_outage"] == "line:1"
    assert lines[1]["worst_loading_percent"] is None and lines[1]["added_by"] == "P1"
    loading, _ = layer(path, "line_loading")
    assert (loading[0]["branch"], loading[0]["loading_percent"], loading[0]["overload_outage"]) == (
        "line:0",
        80.0,
        "line:1",
    )
    projects, _ = layer(path, "projects")
    assert projects[0]["in_service_year_without_status"] == 2031.0  # month 60 of the last round, from 2026
    assert projects[0]["in_service_year_with_status"] == 2030.0 and projects[1]["lever"] is None
    waiting, _ = layer(path, "waiting")
    assert waiting[0]["years_later_with_status"] == pytest.approx(-1.2)
    headroom, _ = layer(path, "headroom")
    assert [(row["fits_mw"], row["requested_mw"]) for row in headroom] == [(4.0, 20.0), (20.0, 20.0)]


def test_every_layer_has_its_style(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        styles = dict(connection.execute("select f_table_name, styleQML from layer_styles where useAsDefault"))
    assert styles.keys() == LAYERS.keys()
    for name, text in styles.items():
        root = ElementTree.fromstring(text)
        symbols = {symbol.get("name") for symbol in root.iter("symbol")}
        assert {rule.get("symbol") for rule in root.iter("rule") if rule.get("symbol")} == symbols
        assert len(symbols) == len(STYLES[name])
        shapes = [(rule.shape, rule.size) for rule in STYLES[name]]
        assert len(set(shapes)) == len(shapes)  # colour is not the only carrier


def test_equal_runs_give_equal_bytes(run: Run, path: Path) -> None:
    before = path.read_bytes()
    assert geopackage.write_run_geopackage(run).read_bytes() == before


def test_a_region_outside_the_netherlands_stays_in_degrees(tmp_path: Path) -> None:
    path = geopackage.write_run_geopackage(made_run(tmp_path, longitude=12.5))
    assert pyogrio.read_info(path, layer="stations")["crs"] == "EPSG:4326"
    assert layer(path, "stations")[1][0].x == 12.5


def test_a_map_on_which_nothing_has_a_place_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridprio.exchange.geojson.run_layers", lambda run: [])
    with pytest.raises(InputError, match=r"map\.geojson"):
        write_geojson(run)


def test_geojson_is_in_degrees(run: Run) -> None:
    paths = write_geojson(run)
    assert {path.name for path in paths} == {f"map_{name}.geojson" for name in LAYERS}
    for path in paths:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        kind, number = LAYERS[path.stem.removeprefix("map_")]
        assert [feature["geometry"]["type"] for feature in features] == [kind] * number
        assert all(3 < feature["geometry"]["coordinates"][0] < 8 for feature in features if kind == "Point")


def test_headroom_of_a_study_is_a_layer(run: Run, tmp_path: Path) -> None:
    from gridprio.inputs.schema import Station

    stations = [Station(station_id="N", name="Noord", longitude=5.1, latitude=52.6)]
    found = run.as_given.assign(headroom_mw=1.0, colour_class="red")
    geopackage.write_geopackage(tmp_path / "h.gpkg", [headroom_layer(stations, found)], "en", "2026-01-01T00:00:00")
    assert pyogrio.read_info(tmp_path / "h.gpkg", layer="station_headroom")["features"] == 2


def test_nothing_to_draw_and_a_missing_extra_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_places = headroom_layer([], pd.DataFrame({"station_id": ["N"]}))
    for layers in ([], [without_places]):
        with pytest.raises(InputError, match="nothing to draw"):
            geopackage.write_geopackage(tmp_path / "m.gpkg", layers, "en", "2026-01-01T00:00:00")

    monkeypatch.setitem(sys.modules, "pyogrio", None)
    with pytest.raises(InputError, match=r"pip install 'gridprio\[gis\]'"):
        geopackage.write_geopackage(tmp_path / "m.gpkg", [], "en", "2026-01-01T00:00:00")


def test_municipalities_are_areas(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = [[5.0, 52.0], [5.1, 52.0], [5.1, 52.1], [5.0, 52.0]]
    feature = {"properties": {"municipality_id": "M1"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    monkeypatch.setattr(type(run), "municipalities", {"features": [feature]})
    found = next(layer for layer in run_layers(run) if layer.name == "municipalities")
    assert found.kind == "MultiPolygon" and len(found.table) == 3
    assert found.table["waiting_mw_years_demand_without_status"].tolist() == [210.0] * 3
