"""Feeding areas and projects in the service form of the capacity map, drawn with a seed.

Names, places, dates and megawatts are invented. What is drawn follows the map of August 2026: capacities of regional
areas (median 62 MW, 5-95 %: 21-198), need over capacity (median 0.87, 0.39-1.41), a skewed queue, windows of projects
by operator and phase, withheld figures, withdrawn years, and transmission areas that differ by direction and overlap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from data.make.fictional_province.places import PLACES, Place
from numpy.typing import NDArray
from scipy.stats import norm

SEED = 20260802
REGIONAL = "Merelnet"
TRANSMISSION = "Merelland Transport"
WEST, SOUTH, SPAN_DEGREE, HALF_DEGREE = 3.0, 53.2, 1.2, 0.09
"""In the North Sea, so that no real province can be meant."""
CAPACITY_MW, CAPACITY_SPREAD = 62.0, 0.68
"""Median, and standard deviation of the logarithm: 5-95 % is 21-198 MW."""
NEED_RATIO, NEED_SPREAD = 0.87, 0.39
"""Of need over capacity: 5-95 % is 0.39-1.41 within 15 %."""
QUEUE_MW, QUEUE_SPREAD = 8.0, 1.2
WITHHELD = 0.2
"""Part of the capacities and needs that are not published."""
WIDTHS = {"inProgress": (0, 1), "scheduled": (1, 2, 3), "approved": (3, 3, 4)}
"""Years between first and last of a transmission window; means near 0.6, 1.9 and 3.0."""
FIRST_YEARS = {"inProgress": (2026, 2030), "scheduled": (2029, 2034), "approved": (2031, 2035)}
N_REGIONAL = 24
DIRECTIONS = ("Withdrawal", "Injection")
SOLVED = {"Withdrawal": 2035, "Injection": 2036}
WORKS = ("verzwaren verbinding", "realiseren station", "plaatsen 3e transformator", "vervangen schakelinstallatie")


def service_areas() -> list[dict[str, Any]]:
    """The file of the service: regional areas, then two overlapping transmission areas; the same on every machine."""
    rng = np.random.default_rng(SEED)
    shared = [_transmission_project(rng, at, place) for at, place in enumerate(PLACES[:14])]
    scores = {name: _normal_scores(rng, N_REGIONAL) for direction in DIRECTIONS for name in _drawn(direction)}
    regional = [
        _regional(rng, at, place, shared, {name: float(score[at]) for name, score in scores.items()})
        for at, place in enumerate(PLACES[:N_REGIONAL])
    ]
    boxes = (WEST - 0.2, SOUTH - 0.2, WEST + SPAN_DEGREE + 0.2, SOUTH + SPAN_DEGREE + 0.2)
    above = [
        _transmission("Merelland afname", "Withdrawal", shared, boxes, (1200, 1560, 900)),
        _transmission("Merelland invoeding", "Injection", [], boxes, (1100, 1250, 700)),
    ]
    return [{"serviceArea": area} for area in [*regional, *above]]


def outline() -> dict[str, Any]:
    """The province as GeoJSON, for the centre of each box to lie in."""
    west, south, east, north = WEST - 0.3, SOUTH - 0.3, WEST + SPAN_DEGREE + 0.3, SOUTH + SPAN_DEGREE + 0.3
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [[[round(x, 3), round(y, 3)] for x, y in ring]]}
    feature = {"type": "Feature", "properties": {"name": "Merelland"}, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}


def _drawn(direction: str) -> tuple[str, str, str]:
    return f"capacity{direction}", f"need{direction}", f"queue{direction}"


def _normal_scores(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Quantiles of the normal distribution in random order, so that few areas have the median of many."""
    scores: NDArray[np.float64] = norm.ppf((rng.permutation(n) + 0.5) / n)
    return scores


def _lognormal(score: float, median: float, spread: float) -> float:
    return float(np.round(median * np.exp(spread * score), 3))


def _mw(value: float | None) -> str:
    return "-" if value is None else f"{value:g} MW"


def _project(operator: str, name: str, phase: str | None, first: int, last: int, text: str) -> dict[str, Any]:
    kind = "TENNET" if operator == TRANSMISSION else "RNB"
    days = (f"{first}-01-01 00:00:00", f"{last}-12-31 00:00:00") if kind == "TENNET" and last > first else (None, None)
    source = "Investeringsplan" if kind == "TENNET" else "Laatste inzichten"
    return {
        "name": name,
        "gridOperator": operator,
        "gridOperatorType": kind,
        "projectPhase": phase,
        "dateString": text,
        "startDate": days[0],
        "endDate": days[1],
        "year": str(last),
        "quarter": "4" if days[0] else "",
        "source": source,
    }


def _transmission_project(rng: np.random.Generator, at: int, place: Place) -> dict[str, Any]:
    phase = ("inProgress", "scheduled", "scheduled", "approved")[at % 4]
    first = int(rng.integers(*FIRST_YEARS[phase], endpoint=True))
    last = first + int(rng.choice(WIDTHS[phase]))
    text = f"{first} - {last}" if last > first else f"{first}"
    return _project(TRANSMISSION, f"{place.name} 150 kV {WORKS[at % len(WORKS)]}", phase, first, last, text)


def _own_project(rng: np.random.Generator, at: int, place: Place) -> dict[str, Any]:
    """Single years, quarters and windows; one date is withdrawn."""
    phase = (None, "inProgress", "scheduled", "approved")[at % 4]
    year = 2099 if at == 7 else int(rng.integers(2027, 2035))
    text = {0: f"{year}", 1: f"{year} - Q{1 + at % 4}", 2: f"Tussen {year} en {year + 2}"}[at % 3]
    last = year + 2 if at % 3 == 2 else year
    return _project(REGIONAL, f"Extra capaciteit op {place.name}", phase, year, last, text)


def _regional(
    rng: np.random.Generator, at: int, place: Place, shared: list[dict[str, Any]], scores: dict[str, float]
) -> dict[str, Any]:
    x, y = WEST + place.u * SPAN_DEGREE, SOUTH + place.v * SPAN_DEGREE
    own = [_own_project(rng, at, place)] if at % 3 else []
    area: dict[str, Any] = {"id": place.name.upper()[:4] + f"{at + 1:02d}", "name": place.name, "rnb": REGIONAL}
    area |= {"bboxLeft": round(x - HALF_DEGREE, 4), "bboxRight": round(x + HALF_DEGREE, 4)}
    area |= {"bboxBottom": round(y - HALF_DEGREE, 4), "bboxTop": round(y + HALF_DEGREE, 4)}
    area |= {"information": "", "history": None, "congestionUrl": None, "projects": [*own, *shared]}
    for direction in DIRECTIONS:
        of_capacity, of_need, of_queue = (scores[name] for name in _drawn(direction))
        capacity = round(_lognormal(of_capacity, CAPACITY_MW, CAPACITY_SPREAD), 1)
        need = round(capacity * _lognormal(of_need, NEED_RATIO, NEED_SPREAD), 1)
        queue = round(_lognormal(of_queue, QUEUE_MW, QUEUE_SPREAD), 1)
        withheld = bool(rng.random() < WITHHELD)
        solved = own[0]["year"] if own and need + queue > capacity else "-"
        area |= {
            f"existingTransportCapacity{direction}": _mw(None if withheld else capacity),
            f"requiredTransportCapacity{direction}": _mw(None if withheld else need),
            f"queue{direction}": _mw(queue),
            f"uniqueRequests{direction}": str(int(rng.integers(1, 60))),
            f"yearSolved{direction}": solved,
            f"tennetYearSolved{direction}": str(SOLVED[direction]),
            f"tennet{direction}Max": 3,
        }
    return area


def _transmission(
    name: str, direction: str, projects: list[dict[str, Any]], box: tuple[float, ...], mw: tuple[int, int, int]
) -> dict[str, Any]:
    """Figures in one direction alone."""
    area: dict[str, Any] = {"id": name, "name": name, "rnb": TRANSMISSION, "information": "", "history": None}
    area |= dict(zip(("bboxLeft", "bboxBottom", "bboxRight", "bboxTop"), (round(side, 4) for side in box), strict=True))
    area |= {"congestionUrl": None, "projects": projects}
    for one in DIRECTIONS:
        capacity, need, queue = map(_mw, mw if one == direction else (None, None, None))
        area |= {
            f"existingTransportCapacity{one}": capacity,
            f"requiredTransportCapacity{one}": need,
            f"queue{one}": queue,
            f"uniqueRequests{one}": "9" if one == direction else "-",
            f"yearSolved{one}": str(SOLVED[one]) if one == direction else "-",
            f"tennetYearSolved{one}": None,
            f"tennet{one}Max": None,
        }
    return area
