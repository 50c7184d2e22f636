"""Invented places: twelve municipalities, thirty stations, five in-feeds. No name is that of a real Dutch place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import Voronoi
from shapely.geometry import MultiPoint, Point, Polygon, mapping

SEED = 20260101
LON_0, LON_SPAN, LAT_0, LAT_SPAN = 5.55, 0.90, 52.05, 0.90
KM_PER_DEGREE_LAT, KM_PER_DEGREE_LON = 111.2, 67.9
PROVINCE_ID = "merelland"


@dataclass(frozen=True)
class Municipality:
    municipality_id: str
    name: str
    u: float
    """east, 0..1 of the patch"""
    v: float
    """north, 0..1 of the patch"""


@dataclass(frozen=True)
class Place:
    """A 150 kV station: transformers to its medium-voltage bus and who lives there."""

    station_id: str
    name: str
    municipality_id: str
    u: float
    v: float
    n_trafo: int
    mva: int
    mv_kv: int
    kind: str
    """urban, rural, industry, greenhouse, campus or logistics: which sectors connect"""
    firm_use: float
    """coincident peak of 2026 over the capacity with one transformer out (assumption)"""
    solar_mw: float
    wind_mw: float
    areas: str = ""


@dataclass(frozen=True)
class InFeed:
    infeed_id: str
    name: str
    u: float
    v: float
    n_trafo: int
    mva: int


MUNICIPALITIES = (
    Municipality("ottermonde", "Ottermonde", 0.15, 0.82),
    Municipality("kraanwolde", "Kraanwolde", 0.38, 0.88),
    Municipality("sperwerzijl", "Sperwerzijl", 0.64, 0.83),
    Municipality("leeuwerikum", "Leeuwerikum", 0.88, 0.84),
    Municipality("vlierdrecht", "Vlierdrecht", 0.11, 0.52),
    Municipality("distelrade", "Distelrade", 0.38, 0.47),
    Municipality("reigersholt", "Reigersholt", 0.60, 0.52),
    Municipality("hommelgeest", "Hommelgeest", 0.88, 0.50),
    Municipality("elzenmonde", "Elzenmonde", 0.13, 0.14),
    Municipality("dassenhem", "Dassenhem", 0.39, 0.18),
    Municipality("wielewaalsum", "Wielewaalsum", 0.64, 0.14),
    Municipality("fazantwijk", "Fazantwijk", 0.88, 0.15),
)

# fmt: off
PLACES = (
    Place("N01", "Ottermonde Haven", "ottermonde", 0.08, 0.89, 3, 80, 20, "industry", 0.66, 45, 60, "havenhub"),
    Place("N02", "Ottermonde Centrum", "ottermonde", 0.16, 0.80, 3, 60, 10, "urban", 0.88, 20, 0),
    Place("N03", "Ottermonde Zuiderveld", "ottermonde", 0.21, 0.73, 2, 60, 20, "rural", 0.62, 55, 18, "res-noord"),
    Place("N04", "Kraanwolde", "kraanwolde", 0.35, 0.83, 2, 80, 20, "urban", 0.97, 25, 0),
    Place("N05", "Kraanwolde Dijk", "kraanwolde", 0.37, 0.95, 2, 60, 20, "rural", 0.45, 30, 60, "res-noord"),
    Place("N06", "Sperwerzijl", "sperwerzijl", 0.62, 0.78, 2, 80, 10, "urban", 0.63, 25, 0),
    Place("N07", "Sperwerzijl Kassen", "sperwerzijl", 0.68, 0.90, 3, 80, 20, "greenhouse", 0.85, 30, 0, "kassenhub"),
    Place("N08", "Leeuwerikum West", "leeuwerikum", 0.80, 0.82, 2, 60, 10, "urban", 0.93, 20, 0),
    Place("N09", "Leeuwerikum Energiepark", "leeuwerikum", 0.92, 0.92, 2, 100, 20, "rural", 0.30, 75, 125, "res-noord"),
    Place("N10", "Leeuwerikum Meer", "leeuwerikum", 0.90, 0.73, 2, 60, 20, "rural", 0.55, 95, 15, "res-noord"),
    Place("M01", "Vlierdrecht Noord", "vlierdrecht", 0.08, 0.60, 2, 80, 10, "urban", 0.62, 20, 0),
    Place("M02", "Vlierdrecht Polder", "vlierdrecht", 0.06, 0.44, 2, 60, 20, "rural", 0.58, 35, 52, "res-midden"),
    Place("M03", "Vlierdrecht Campus", "vlierdrecht", 0.17, 0.53, 3, 80, 20, "campus", 0.82, 20, 0, "campus"),
    Place("M04", "Distelrade West", "distelrade", 0.36, 0.56, 2, 80, 10, "urban", 0.95, 20, 0),
    Place("M05", "Distelrade Industrie", "distelrade", 0.42, 0.45, 3, 80, 20, "industry", 0.90, 40, 0, "industrie"),
    Place("M06", "Distelrade Heide", "distelrade", 0.33, 0.38, 2, 60, 20, "rural", 0.60, 100, 0, "res-midden"),
    Place("M07", "Reigersholt", "reigersholt", 0.58, 0.59, 2, 60, 10, "urban", 0.90, 20, 0),
    Place("M08", "Reigersholt Veen", "reigersholt", 0.60, 0.44, 2, 80, 20, "rural", 0.50, 92, 15, "res-midden"),
    Place("M09", "Hommelgeest", "hommelgeest", 0.91, 0.57, 2, 80, 10, "urban", 0.62, 20, 0),
    Place("M10", "Hommelgeest Logistiek", "hommelgeest", 0.87, 0.42, 2, 80, 20, "logistics", 0.98, 60, 0, "logistiek"),
    Place("S01", "Elzenmonde", "elzenmonde", 0.11, 0.22, 2, 80, 10, "urban", 0.82, 20, 0),
    Place("S02", "Elzenmonde Chemie", "elzenmonde", 0.06, 0.10, 3, 100, 20, "industry", 0.64, 30, 20, "chemie"),
    Place("S03", "Elzenmonde Weide", "elzenmonde", 0.22, 0.07, 2, 60, 20, "rural", 0.55, 105, 0, "res-zuid"),
    Place("S04", "Dassenhem Stad", "dassenhem", 0.36, 0.26, 3, 80, 10, "urban", 0.92, 25, 0),
    Place("S05", "Dassenhem Zuid", "dassenhem", 0.42, 0.09, 2, 60, 10, "urban", 0.63, 15, 0),
    Place("S06", "Wielewaalsum", "wielewaalsum", 0.61, 0.08, 2, 60, 10, "urban", 0.99, 15, 0),
    Place("S07", "Wielewaalsum Akker", "wielewaalsum", 0.67, 0.19, 2, 80, 20, "rural", 0.52, 125, 24, "res-zuid"),
    Place("S08", "Fazantwijk", "fazantwijk", 0.83, 0.23, 2, 80, 10, "urban", 0.62, 20, 0),
    Place("S09", "Fazantwijk Waterstofkade", "fazantwijk", 0.93, 0.14, 2, 100, 20, "industry", 0.60, 30, 30, "kade"),
    Place("S10", "Fazantwijk Bos", "fazantwijk", 0.85, 0.05, 2, 60, 20, "rural", 0.48, 32, 45, "res-zuid"),
)
# fmt: on

IN_FEEDS = (
    InFeed("ZWK", "Zwanekamp", 0.49, 0.80, 3, 500),
    InFeed("RVO", "Ravenoord", 0.26, 0.47, 2, 450),
    InFeed("BVG", "Bevergoor", 0.75, 0.53, 2, 450),
    InFeed("EGB", "Egelbrink", 0.49, 0.23, 3, 450),
)

AREAS = (
    ("havenhub", "Energiehub Ottermonde Haven", "energy_hub"),
    ("kassenhub", "Energiehub Sperwerzijl Kassen", "energy_hub"),
    ("campus", "Bedrijvenpark Vlierdrecht Campus", "business_park"),
    ("industrie", "Industrieterrein Distelrade", "business_park"),
    ("logistiek", "Logistiek park Hommelgeest", "business_park"),
    ("chemie", "Chemiecluster Elzenmonde", "business_park"),
    ("kade", "Waterstofkade Fazantwijk", "energy_hub"),
    ("res-noord", "Energieregio Noord", "res_region"),
    ("res-midden", "Energieregio Midden", "res_region"),
    ("res-zuid", "Energieregio Zuid", "res_region"),
)


def lon_lat(u: float, v: float) -> tuple[float, float]:
    """Degree east and north of a point of the patch, rounded to about ten metres."""
    return round(LON_0 + LON_SPAN * u, 4), round(LAT_0 + LAT_SPAN * v, 4)


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Length of a route between two points of the patch: straight line plus 15 % (assumption)."""
    east = (a[0] - b[0]) * LON_SPAN * KM_PER_DEGREE_LON
    north = (a[1] - b[1]) * LAT_SPAN * KM_PER_DEGREE_LAT
    return round(1.15 * float(np.hypot(east, north)), 1)


def outline() -> Polygon:
    """An irregular coast around the patch: a circle-like curve with seeded waves, the same on every machine."""
    rng = np.random.default_rng(SEED)
    angle = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    wave = sum(rng.uniform(0.004, 0.02) * np.sin(k * angle + rng.uniform(0, 2 * np.pi)) for k in range(3, 12))
    corner = np.maximum(np.abs(np.cos(angle)), np.abs(np.sin(angle)))
    radius = (0.56 + wave) / corner**0.85
    return Polygon([(0.5 + r * np.cos(a), 0.5 + r * np.sin(a)) for r, a in zip(radius, angle, strict=True)])


def municipality_polygons() -> dict[str, Polygon]:
    """Voronoi cells of the municipality seeds, cut by the coast."""
    points = np.array([(m.u, m.v) for m in MUNICIPALITIES])
    far = np.array([(-5.0, 0.5), (6.0, 0.5), (0.5, -5.0), (0.5, 6.0)])
    cells = Voronoi(np.vstack([points, far]))
    land = outline()
    polygons = {}
    for at, municipality in enumerate(MUNICIPALITIES):
        corners = cells.vertices[cells.regions[cells.point_region[at]]]
        polygons[municipality.municipality_id] = MultiPoint(corners).convex_hull.intersection(land)
    for place in PLACES:
        if not polygons[place.municipality_id].contains(Point(place.u, place.v)):
            raise ValueError(f"{place.station_id} does not lie in {place.municipality_id}")
    return polygons


def municipalities_geojson() -> dict[str, object]:
    names = {m.municipality_id: m.name for m in MUNICIPALITIES}
    features = []
    for municipality_id, polygon in municipality_polygons().items():
        ring = [list(lon_lat(u, v)) for u, v in mapping(polygon)["coordinates"][0]]
        properties = {
            "municipality_id": municipality_id,
            "name": names[municipality_id],
            "province_id": PROVINCE_ID,
            "fictional": True,
        }
        features.append(
            {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        )
    return {"type": "FeatureCollection", "name": "fictieve gemeenten", "features": features}


PUBLISHED_DEMAND = {
    **dict.fromkeys(("M04", "M07", "M10", "N04", "N08", "S06"), "red"),
    **dict.fromkeys(("N01", "N02", "S01"), "yellow"),
    "S04": "amber",
}
PUBLISHED_FEED_IN = {"N09": "yellow", "S03": "red"}
"""Invented official colours of those that are not transparent."""


def stations_rows(mv_bus: dict[str, int]) -> list[dict[str, object]]:
    rows = []
    for place in PLACES:
        longitude, latitude = lon_lat(place.u, place.v)
        rows.append(
            {
                "station_id": place.station_id,
                "name": place.name,
                "buses": mv_bus[place.station_id],
                "operator_id": "streeknet",
                "municipality_id": place.municipality_id,
                "province_id": PROVINCE_ID,
                "areas": place.areas,
                "longitude": longitude,
                "latitude": latitude,
                "published_class_demand": PUBLISHED_DEMAND.get(place.station_id, "transparent"),
                "published_class_feed_in": PUBLISHED_FEED_IN.get(place.station_id, "transparent"),
            }
        )
    return rows
