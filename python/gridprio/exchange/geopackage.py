"""Layers of a run as one GeoPackage with styles, for QGIS; needs the extra `gis`."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from gridprio.errors import InputError, Problem
from gridprio.exchange.gis_layers import Layer, positions, refuse_nothing, run_layers
from gridprio.exchange.qgis_style import style_of
from gridprio.store import Run
from gridprio.store.whole import write_whole
from gridprio.text import Language, sentence

GEOPACKAGE = "map.gpkg"
WGS84, RD_NEW = "EPSG:4326", "EPSG:28992"
RD_WEST, RD_SOUTH, RD_EAST, RD_NORTH = 3.2, 50.75, 7.22, 53.7
"""Degrees within which RD New is defined (EPSG area of use 1275)."""
STYLE_TABLE = """create table layer_styles (
    id integer primary key, f_table_catalog text, f_table_schema text, f_table_name text, f_geometry_column text,
    styleName text, styleQML text, styleSLD text, useAsDefault boolean, description text, owner text, ui text,
    update_time text)"""
"""Where QGIS looks for the styles of a GeoPackage."""


def write_run_geopackage(run: Run) -> Path:
    """Write `map.gpkg` into the folder of the run; InputError where nothing has a place or extra `gis` is missing."""
    path = run.folder / GEOPACKAGE
    write_geopackage(path, run_layers(run), run.manifest["settings"]["language"], run.manifest["created"])
    return path


def write_geopackage(path: Path, layers: Sequence[Layer], language: Language, made: str) -> None:
    """Layers in RD New (EPSG:28992) where all lie within its area, else in WGS84 (EPSG:4326).

    `made`: date and time (ISO 8601), which the file holds; equal layers made then give equal bytes. RD New is computed
    without the correction grid of RDNAPTRANS, which is within 0.25 m.
    """
    pyogrio, pyproj, shapely = _extras()
    refuse_nothing(layers, path.name)
    system = reference_system(layers)
    to_system = _transform(pyproj, system)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{made[:19]}.000Z"})
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "map.gpkg"
        for layer in layers:
            shapes = shapely.transform([shapely.geometry.shape(g) for g in layer.geometry], to_system)
            table = pa.Table.from_pandas(layer.table, preserve_index=False).replace_schema_metadata(None)
            table = table.append_column("geometry", pa.array(shapely.to_wkb(shapes).tolist(), pa.binary()))
            pyogrio.write_arrow(
                table, draft, layer=layer.name, driver="GPKG", geometry_name="geometry", geometry_type=layer.kind,
                crs=system, append=draft.exists(),
            )  # fmt: skip
        _add_styles(draft, [layer.name for layer in layers], language, made)
        write_whole(path, draft.read_bytes())


def reference_system(layers: Sequence[Layer]) -> str:
    """RD_NEW or WGS84."""
    x, y = np.array([place for layer in layers for place in positions(layer)]).T
    inside = x.min() >= RD_WEST and x.max() <= RD_EAST and y.min() >= RD_SOUTH and y.max() <= RD_NORTH
    return RD_NEW if inside else WGS84


def _transform(pyproj: Any, system: str) -> Any:
    """Function of an array [vertex, 2] in longitude and latitude."""
    if system == WGS84:
        return lambda places: places
    transformer = pyproj.Transformer.from_crs(WGS84, system, always_xy=True)
    return lambda places: np.column_stack(transformer.transform(places[:, 0], places[:, 1]))


def _add_styles(path: Path, names: Sequence[str], language: Language, made: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(STYLE_TABLE)
        for name in names:
            row = ("", "", name, "geometry", name, style_of(name, language), "", True, "", "gridprio", "", made)
            connection.execute(f"insert into layer_styles values (null, {', '.join('?' * len(row))})", row)
        connection.execute(
            "insert into gpkg_contents (table_name, data_type, identifier, last_change) "
            "values ('layer_styles', 'attributes', 'layer_styles', ?)",
            (f"{made[:19]}.000Z",),
        )
    connection.close()


def _extras() -> tuple[Any, Any, Any]:
    try:
        import pyogrio
        import pyproj
        import shapely
    except ModuleNotFoundError as error:
        what, mend = sentence("problem.not_installed", name=str(error.name)), sentence("remedy.install_gis")
        raise InputError([Problem("GeoPackage", None, None, what, mend=mend)]) from error
    return pyogrio, pyproj, shapely
