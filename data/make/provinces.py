"""python -m data.make.provinces SOURCE: writes the simplified provinces that the package ships.

SOURCE: provinces as GeoJSON with properties `code` and `name`, from the boundaries of CBS and Kadaster (CC BY 4.0).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import shapely

TARGET = Path(__file__).parents[2] / "python/gridprio/published/provinces.geojson"
ATTRIBUTION = (
    "© CBS / Kadaster, gebiedsindelingen 2022, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/); "
    "simplified to about 1 km and to islands above 10 km2 by gridprio, fit to tell provinces apart and for nothing else"
)
TOLERANCE_DEGREE = 0.01
LEAST_DEGREE2 = 0.0013
"""About 10 km2 at this latitude."""


def simplified(source: dict[str, Any]) -> dict[str, Any]:
    """Outer rings, each simplified by itself: borders of two provinces differ by up to the tolerance."""
    features = []
    for feature in source["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        parts = [part for part in getattr(shape, "geoms", [shape]) if part.area >= LEAST_DEGREE2]
        outlines = [part.simplify(TOLERANCE_DEGREE).exterior for part in parts]
        rings = [[[[round(x, 3), round(y, 3)] for x, y in outline.coords]] for outline in outlines]
        properties = {name: feature["properties"][name] for name in ("code", "name")}
        geometry = {"type": "MultiPolygon", "coordinates": rings}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return {"type": "FeatureCollection", "attribution": ATTRIBUTION, "features": features}


def main(source: str) -> None:
    made = simplified(json.loads(Path(source).read_text(encoding="utf-8")))
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    TARGET.write_text(text.replace('{"type":"Feature",', '\n{"type":"Feature",') + "\n", encoding="utf-8")
    print(f"written: {TARGET}, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
