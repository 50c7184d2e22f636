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
from gridprio.inputs.source import tidy
from gridprio.inputs.spatial_tables import Municipality
from gridprio.text import Sentence, sentence

RING_MIN_POINTS = 4
"""The first point stands again at the end (RFC 7946, 3.1.6)."""


def read_map(file: str, content: bytes, problems: list[Problem]) -> dict[str, Any] | None:
    """A FeatureCollection of ids, names and outlines in degrees; None where something is wrong."""
    parsed = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    features = parsed.get("features") if isinstance(parsed, dict) else None
    if not isinstance(features, list) or not features or not all(isinstance(entry, dict) for entry in features):
        what, found, expected = (
            sentence("problem.not_a_map"),
            sentence("found.something_else"),
            sentence("expected.map"),
        )
        problems.append(Problem(file, None, None, what, found, expected, sentence("remedy.map_properties")))
        return None
    rows = [_known(entry.get("properties")) for entry in features]
    outlines = [_Outline(f"{file} [{at}]", entry.get("geometry")) for at, entry in enumerate(features, start=1)]
    points = sum(len(ring) for one in outlines for polygon in one.polygons for ring in polygon)
    if points > MAP_MAX_POINTS:
        raise too_large(file, sentence("expected.at_most_points", n=MAP_MAX_POINTS), sentence("found.points", n=points))
    before = len(problems)
    problems.extend(islice(_row_problems(file, rows), PROBLEMS_PER_CHECK))
    problems.extend(islice((one.problem for one in outlines if one.problem is not None), PROBLEMS_PER_CHECK))
    if len(problems) > before:
        return None
    made = [_feature(row, one.polygons) for row, one in zip(rows, outlines, strict=True)]
    return {"type": "FeatureCollection", "features": made}


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _known(properties: Any) -> dict[str, str]:
    """What is read of the properties of a feature."""
    given = properties if isinstance(properties, dict) else {}
    return {name: tidy(str(given[name])) for name in Municipality.model_fields if given.get(name) is not None}


def _feature(properties: dict[str, str], polygons: Any) -> dict[str, Any]:
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _row_problems(file: str, rows: list[dict[str, str]]) -> Iterator[Problem]:
    for at, row in enumerate(rows, start=1):
        try:
            Municipality.model_validate(row)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                yield problem_from(detail, Municipality, f"{file} [{at}]", None, row)
    names = Counter(row["municipality_id"] for row in rows if "municipality_id" in row)
    doubles = sorted(name for name, count in names.items() if count > 1)
    if doubles:
        what, expected, remedy = (sentence(c) for c in ("problem.ids_twice", "expected.once", "remedy.keep_one"))
        yield Problem(file, None, "municipality_id", what, ", ".join(doubles[:20]), expected, remedy)


class _Outline:
    """Polygons of one feature, `[polygon][ring][point]` of longitude and latitude, or what is wrong with it."""

    def __init__(self, place: str, geometry: Any) -> None:
        self.place = place
        self.problem: Problem | None = None
        self.polygons: list[list[list[list[float]]]] = []
        given = geometry if isinstance(geometry, dict) else {}
        kind, coordinates = given.get("type"), given.get("coordinates")
        polygons: Any = [coordinates] if kind == "Polygon" else coordinates
        if kind in ("Polygon", "MultiPolygon") and _is_filled(polygons) and all(map(_is_filled, polygons)):
            self.polygons = [[self._ring(ring) for ring in polygon] for polygon in polygons]
        else:
            self._note(sentence("problem.no_outline"), repr(kind)[:100], sentence("expected.outline"))

    def _ring(self, ring: Any) -> list[list[float]]:
        points = [_point(entry) for entry in ring] if isinstance(ring, list) else []
        known = [point for point in points if point is not None]
        if len(known) < len(points):
            seen = repr(ring[points.index(None)])[:100]
            self._note(sentence("problem.no_point"), seen, sentence("expected.point"))
        elif len(known) < RING_MIN_POINTS:
            expected = sentence("expected.ring_points", n=RING_MIN_POINTS)
            self._note(sentence("problem.short_ring"), str(len(known)), expected)
        elif known[0] != known[-1]:
            self._note(sentence("problem.open_ring"), f"{known[0]}, {known[-1]}", sentence("expected.closed_ring"))
        return known

    def _note(self, what: Sentence, found: str, expected: Sentence) -> None:
        if self.problem is None:
            remedy = sentence("remedy.export_map_anew")
            self.problem = Problem(self.place, None, "geometry", what, found, expected, remedy)


def _is_filled(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0


def _point(entry: Any) -> list[float] | None:
    """Longitude and latitude of `[longitude, latitude, ...]`; None where it is no place on earth."""
    if not isinstance(entry, list) or len(entry) < 2 or any(type(number) not in (int, float) for number in entry[:2]):
        return None
    longitude, latitude = entry[:2]
    return [longitude, latitude] if -180 <= longitude <= 180 and -90 <= latitude <= 90 else None
