"""`municipalities.geojson`: outlines of municipalities, and nothing else of what a GeoJSON file may hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pydantic import ValidationError

from gridprio.errors import Problem
from gridprio.inputs.limits import MAP_MAX_POINTS, PROBLEMS_PER_CHECK, too_large
from gridprio.inputs.rows import problem_from
from gridprio.inputs.schema import Municipality

RING_MIN_POINTS = 4
"""The first point stands again at the end (RFC 7946, 3.1.6)."""
_EXPECTED = "a GeoJSON FeatureCollection whose features have properties municipality_id and name"


def read_map(file: str, content: bytes, problems: list[Problem]) -> dict[str, Any] | None:
    """A FeatureCollection of ids, names and outlines in degrees; None where something is wrong."""
    parsed = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    features = parsed.get("features") if isinstance(parsed, dict) else None
    if not isinstance(features, list) or not features or not all(isinstance(entry, dict) for entry in features):
        problems.append(Problem(file, None, None, "not a map of municipalities", expected=_EXPECTED))
        return None
    rows = [entry.get("properties") or {} for entry in features]
    before = len(problems)
    if all(isinstance(row, dict) for row in rows):
        problems.extend(islice(_row_problems(file, rows), PROBLEMS_PER_CHECK))
    else:
        problems.append(Problem(file, None, "properties", "not a map of municipalities", expected=_EXPECTED))
    outlines = [_Outline(file, f"feature {at}", entry.get("geometry")) for at, entry in enumerate(features, start=1)]
    problems.extend(islice((one.problem for one in outlines if one.problem is not None), PROBLEMS_PER_CHECK))
    points = sum(len(ring) for one in outlines for polygon in one.polygons for ring in polygon)
    if points > MAP_MAX_POINTS:
        raise too_large(file, "the map has too many points", points, MAP_MAX_POINTS, "Simplify the outlines.")
    if len(problems) > before:
        return None
    made = [_feature(_known(row), one.polygons) for row, one in zip(rows, outlines, strict=True)]
    return {"type": "FeatureCollection", "features": made}


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(row[name]) for name in Municipality.model_fields if row.get(name) is not None}


def _feature(properties: dict[str, Any], polygons: Any) -> dict[str, Any]:
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _row_problems(file: str, rows: list[dict[str, Any]]) -> Iterator[Problem]:
    for at, row in enumerate(rows, start=1):
        try:
            Municipality.model_validate(_known(row))
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                yield problem_from(detail, Municipality, f"{file} [feature {at}]", None, row)
    for name, count in Counter(str(row.get("municipality_id")) for row in rows).items():
        if count > 1:
            yield Problem(file, None, "municipality_id", f"stands {count} times", found=repr(name), mend="Keep one.")


class _Outline:
    """Polygons of one feature, `[polygon][ring][point]` of longitude and latitude, or what is wrong with it."""

    def __init__(self, file: str, feature: str, geometry: Any) -> None:
        self.place = f"{file} [{feature}]"
        self.problem: Problem | None = None
        self.polygons: list[list[list[list[float]]]] = []
        given = geometry if isinstance(geometry, dict) else {}
        kind, coordinates = given.get("type"), given.get("coordinates")
        polygons: Any = [coordinates] if kind == "Polygon" else coordinates
        if kind in ("Polygon", "MultiPolygon") and _is_filled_list(polygons) and all(map(_is_filled_list, polygons)):
            self.polygons = [[self._ring(ring) for ring in polygon] for polygon in polygons]
        else:
            self._note("not an outline", repr(kind)[:100], "a Polygon or a MultiPolygon with points")

    def _ring(self, ring: Any) -> list[list[float]]:
        points = [_point(entry) for entry in ring] if isinstance(ring, list) else []
        known = [point for point in points if point is not None]
        if len(known) < len(points):
            at = points.index(None)
            self._note("not a point", repr(ring[at])[:100], "longitude and latitude in degrees (WGS84)")
        elif len(known) < RING_MIN_POINTS:
            self._note("a ring of too few points", str(len(known)), f"at least {RING_MIN_POINTS}, the first again last")
        elif known[0] != known[-1]:
            self._note("a ring that is not closed", f"{known[0]} and {known[-1]}", "the first point again at the end")
        return known

    def _note(self, what: str, found: str, expected: str) -> None:
        self.problem = self.problem or Problem(self.place, None, "geometry", what, found, expected)


def _is_filled_list(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0


def _point(entry: Any) -> list[float] | None:
    """Longitude and latitude of `[longitude, latitude, ...]`; None where it is no place on earth."""
    if not isinstance(entry, list) or len(entry) < 2 or any(type(number) not in (int, float) for number in entry[:2]):
        return None
    longitude, latitude = entry[:2]
    return [longitude, latitude] if -180 <= longitude <= 180 and -90 <= latitude <= 90 else None
