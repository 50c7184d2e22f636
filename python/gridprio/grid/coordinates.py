"""Which coordinates of a net are longitude and latitude; anything else is a drawing and stays off the map.

Files do not say which they are. Coordinates count as geographic when all lie within the degrees of the globe and the
lines confirm it: a line is at least as long as the straight way between its ends, and seldom many times longer.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_KM = 6371.0088
SLACK_RATIO, SLACK_KM = 1.10, 0.1
"""A line may be this much shorter than the way between its ends: lengths and places are rounded."""
CONFIRMING_SHARE = 0.8
"""Share of the lines that must be long enough."""
MIN_MEDIAN_RATIO = 0.2
"""Smallest median of straight way over line length; below it the places do not spread as the lines do."""


def bus_longitude_latitude(net: Any, bus_ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """`[bus, 2]` degree, rows as in `bus_ids`; all NaN unless the coordinates prove to be geographic."""
    xy = _coordinates(net, bus_ids)
    return xy if _is_geographic(net, bus_ids, xy) else np.full_like(xy, np.nan)


def _coordinates(net: Any, bus_ids: NDArray[np.int64]) -> NDArray[np.float64]:
    xy = np.full((len(bus_ids), 2), np.nan)
    if "geo" in net.bus:
        for row, text in enumerate(net.bus["geo"].reindex(bus_ids)):
            if isinstance(text, str) and text:
                xy[row] = _point(text)
    table = net.get("bus_geodata")
    if table is not None and len(table) and np.isnan(xy).all():
        xy = table.reindex(bus_ids)[["x", "y"]].to_numpy(dtype=float)
    return xy


def _point(text: str) -> tuple[float, float]:
    """Longitude and latitude of a GeoJSON point (RFC 7946), NaN where it is something else."""
    try:
        x, y = json.loads(text)["coordinates"][:2]
        return float(x), float(y)
    except (ValueError, KeyError, TypeError):
        return np.nan, np.nan


def _is_geographic(net: Any, bus_ids: NDArray[np.int64], xy: NDArray[np.float64]) -> bool:
    known = np.asarray(np.isfinite(xy).all(axis=1))
    if not known.any() or (np.abs(xy[known]) > np.array([180.0, 90.0])).any():
        return False
    ends = np.searchsorted(bus_ids, net.line[["from_bus", "to_bus"]].to_numpy(dtype=np.int64)).reshape(-1, 2)
    length_km = net.line["length_km"].to_numpy(dtype=float)
    usable = np.flatnonzero(known[ends].all(axis=1) & (length_km > 0))
    way_km = great_circle_km(xy[ends[usable, 0]], xy[ends[usable, 1]])
    apart = np.flatnonzero(way_km > 0)
    usable_km, way_km = length_km[usable][apart], way_km[apart]
    if not len(way_km):
        return False
    long_enough = np.count_nonzero(way_km <= SLACK_RATIO * usable_km + SLACK_KM) / len(way_km)
    return bool(long_enough >= CONFIRMING_SHARE and np.median(way_km / usable_km) >= MIN_MEDIAN_RATIO)


def great_circle_km(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Haversine distance of points `[point, longitude latitude]` in degree."""
    (x1, y1), (x2, y2) = np.radians(a).T, np.radians(b).T
    h = np.sin((y2 - y1) / 2) ** 2 + np.cos(y1) * np.cos(y2) * np.sin((x2 - x1) / 2) ** 2
    distance: NDArray[np.float64] = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(h))
    return distance
