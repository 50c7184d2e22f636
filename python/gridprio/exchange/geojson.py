"""Layers of a run as GeoJSON, in WGS84 (RFC 7946)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gridprio.exchange.gis_layers import refuse_nothing, run_layers
from gridprio.store import Run
from gridprio.store.whole import write_whole


def write_geojson(run: Run) -> list[Path]:
    """A file `map_LAYER.geojson` per layer in the folder of the run; unknown numbers are null.

    InputError for a run in which nothing has a place.
    """
    paths, layers = [], run_layers(run)
    refuse_nothing(layers, "map.geojson")
    for layer in layers:
        values = layer.table.astype(object).where(layer.table.notna(), None)
        features = [
            {"type": "Feature", "geometry": geometry, "properties": properties}
            for geometry, properties in zip(layer.geometry, values.to_dict("records"), strict=True)
        ]
        collection: dict[str, Any] = {"type": "FeatureCollection", "features": features}
        paths.append(run.folder / f"map_{layer.name}.geojson")
        write_whole(paths[-1], json.dumps(collection, ensure_ascii=False, allow_nan=False) + "\n")
    return paths
