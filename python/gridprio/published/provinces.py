"""Which province an area lies in: by the centre of its box in outlines, or by a table of the user.

The outlines that are shipped are simplified from those of CBS and Kadaster (CC BY 4.0); their file says so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import InputError, Problem
from gridprio.inputs.rows import suggestion
from gridprio.published.records import PublishedArea
from gridprio.text import sentence

Ring = NDArray[np.float64]
"""[point, 2] longitude and latitude, closed"""

_OTHER_NAMES = {"friesland": "fryslân"}
NEAREST_DEGREE = 0.25
"""An area may have its centre in water or across the border; further away it is in no province."""


@dataclass(frozen=True)
class Provinces:
    """Outer rings by name, and what the user says of single areas."""

    outlines: Mapping[str, tuple[Ring, ...]]
    by_area: Mapping[str, str] = field(default_factory=dict)
    """area_id -> province, before any outline"""

    def name_of(self, given: str) -> str:
        """The province that `given` means, in the spelling of the outlines or the table; InputError where none."""
        known = {folded(name): name for name in (*self.outlines, *self.by_area.values())}
        if folded(given) in known:
            return known[folded(given)]
        what, expected = sentence("problem.no_such_province"), sentence("expected.province")
        problem = Problem("--province", None, None, what, repr(given), expected, suggestion(given, sorted(known)))
        raise InputError([problem])

    def of(self, area: PublishedArea) -> tuple[str, bool]:
        """Province and whether an outline or the table holds it; blank where there is no box or no province near.

        Not held: the nearest outline is taken.
        """
        if area.area_id in self.by_area:
            return self.by_area[area.area_id], True
        if area.box is None:
            return "", False
        held = [name for name, rings in self.outlines.items() if any(_holds(ring, area.box.centre) for ring in rings)]
        if held:
            return held[0], len(held) == 1
        distances = {
            name: min(_distance_degree(ring, area.box.centre) for ring in rings)
            for name, rings in self.outlines.items()
            if rings
        }
        nearest = min(distances, key=distances.__getitem__, default="")
        return (nearest, False) if nearest and distances[nearest] <= NEAREST_DEGREE else ("", False)


def folded(name: str) -> str:
    """Names that mean the same province are the same after this."""
    plain = " ".join(name.casefold().replace("-", " ").split())
    return _OTHER_NAMES.get(plain, plain)


def shipped_outlines() -> dict[str, tuple[Ring, ...]]:
    text = resources.files("gridprio.published").joinpath("provinces.geojson").read_text(encoding="utf-8")
    return outlines_of(json.loads(text)["features"])


def outlines_of(features: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Ring, ...]]:
    """Outer rings of polygons by property `name`; ValueError or KeyError where a feature is not that."""
    outlines: dict[str, tuple[Ring, ...]] = {}
    for feature in features:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        rings = tuple(np.array([point[:2] for point in polygon[0]], dtype=np.float64) for polygon in polygons)
        if not all(len(ring) >= 4 and np.isfinite(ring).all() for ring in rings):
            raise ValueError(f"the outline of {feature['properties']['name']!r} is no closed ring of numbers")
        outlines[str(feature["properties"]["name"])] = rings
    return outlines


def _holds(ring: Ring, point: Sequence[float]) -> bool:
    """Whether a ray to the east crosses the ring an odd number of times (Jordan curve theorem)."""
    x, y = point
    start, end = ring[:-1], ring[1:]
    crosses = (start[:, 1] > y) != (end[:, 1] > y)
    start, end = start[crosses], end[crosses]
    at = start[:, 0] + (y - start[:, 1]) / (end[:, 1] - start[:, 1]) * (end[:, 0] - start[:, 0])
    return bool(np.count_nonzero(at > x) % 2)


def _distance_degree(ring: Ring, point: Sequence[float]) -> float:
    """To the nearest point of the ring, in degrees of latitude."""
    scale = np.array([math.cos(math.radians(point[1])), 1.0])
    ring = (ring - np.asarray(point)) * scale
    start, step = ring[:-1], np.diff(ring, axis=0)
    length2 = np.maximum((step**2).sum(axis=1), 1e-30)
    along = np.clip(-(start * step).sum(axis=1) / length2, 0.0, 1.0)
    nearest = start + along[:, None] * step
    return float(np.sqrt((nearest**2).sum(axis=1)).min())
