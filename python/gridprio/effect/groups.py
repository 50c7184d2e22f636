"""Groups of developments by place, sector, class and operator, and intervals of what changes for them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gridprio.effect.comparison import Pair
from gridprio.inputs.schema import Development, Station
from gridprio.inputs.study import Study
from gridprio.statistics import Interval, exact, mean_interval

Floats = NDArray[np.float64]
KINDS = ("development", "municipality", "province", "area", "sector", "connection_class", "operator")


def groups_of(study: Study) -> dict[tuple[str, str], list[int]]:
    """(kind, id) -> rows of developments, kinds and ids in a fixed order; id "" is of those of which it is unknown."""
    stations = {station.station_id: station for station in study.stations}
    found: dict[str, dict[str, list[int]]] = {kind: {} for kind in KINDS}
    for row, development in enumerate(study.developments):
        for kind, group in _memberships(development, stations[development.station_id]):
            found[kind].setdefault(group, []).append(row)
    return {(kind, group): rows for kind, groups in found.items() for group, rows in sorted(groups.items())}


def _memberships(development: Development, station: Station) -> Iterator[tuple[str, str]]:
    yield "development", development.development_id
    yield "municipality", development.municipality_id or station.municipality_id
    yield "province", station.province_id
    for area in station.areas:
        yield "area", area
    yield "sector", development.sector
    yield "connection_class", development.connection_class.value
    yield "operator", station.operator_id


class Changes:
    """Intervals of changes between the two plans of a pair; alike draws are judged once."""

    def __init__(self, pair: Pair, confidence: float) -> None:
        self._by_chance, self._confidence = pair.by_chance, confidence
        self._seen: dict[tuple[bytes, float], Interval] = {}

    def __call__(self, change: Floats, most: float) -> Interval:
        """Of `change` [draw], which no draw takes beyond `most` either way."""
        if not self._by_chance:
            return exact(float(change[0]), len(change))
        key = change.tobytes(), most
        if key not in self._seen:
            # sums in another order may pass the range in the last digit
            low, high = min(-most, float(change.min())), max(most, float(change.max()))
            self._seen[key] = mean_interval(change, low, high, confidence=self._confidence)
        return self._seen[key]
