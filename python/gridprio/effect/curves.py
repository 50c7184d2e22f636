"""Tables `dilution` and `bindingness`: effect per status project by number and strength (docs/theory/effect.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.comparison import Floats, Ranges
from gridprio.effect.distinct import DistinctTimelines
from gridprio.effect.random_lists import Groups, list_groups, shuffled
from gridprio.effect.status_effect import IN_SERVICE
from gridprio.inputs.settings import Settings
from gridprio.model.metrics import METRICS
from gridprio.orders import Order, status_timeline
from gridprio.statistics import Interval, exact, exchangeable_band, mean_interval

SIZES = 10
"""Numbers with status from one to all, in equal ratios; the number of the study comes beside them."""
STRENGTHS = tuple(k / 10 for k in range(11))
CURVES = {"dilution": "n_status", "bindingness": "bindingness"}
"""Table -> the column along which it runs."""


@dataclass(frozen=True)
class StatusList:
    """Who has status, and the row of the timeline that follows from it."""

    holders: tuple[str, ...]
    timeline: int


@dataclass(frozen=True)
class CurvePoint:
    """A list and random ones of as many projects, under a rule of one strength."""

    at: float
    """number with status, or bindingness"""
    real: StatusList
    random: tuple[StatusList, ...]


class CurveLists:
    """All lists of both curves; every status works from the `status_from` of the study on, and through the order."""

    def __init__(
        self, order: Order, project_ids: Sequence[str], settings: Settings, matters: NDArray[np.bool_], lists: int
    ) -> None:
        self._order, self._ids, self._settings, self.distinct = order, project_ids, settings, DistinctTimelines(matters)
        self.without = self._row((), settings)
        groups = list_groups(order)
        self._group_of = {project: group for group, own in groups.items() for project in own}
        movable = [p for p in order.projects if p.project_id in self._group_of]
        self._own = [p.project_id for p in movable if p.status]
        self._sequence = [*self._own, *(p.project_id for p in movable if not p.status)]
        self._random = [shuffled(groups, settings.seed, number) for number in range(lists)]

    def dilution(self) -> list[CurvePoint]:
        """The real list cut by its own order; beyond it the others follow by the order, until all have status."""
        most = len(self._sequence)
        if not self._own:
            return []
        sizes = sorted({*np.rint(np.geomspace(1, most, SIZES)).astype(int).tolist(), len(self._own)})
        return [self._point(size, self._sequence[:size], self._settings) for size in sizes]

    def bindingness(self) -> list[CurvePoint]:
        """The real list under every strength, alike for all operators. Rule `tiers` is a head start of strength 1; that
        of a `reserved_share` acts in the plan, so its lists are the same under every strength."""
        if not self._own:
            return []
        rule = "reserved_share" if self._settings.rule == "reserved_share" else "head_start"
        of_rule = {"rule": rule, "bindingness_by_operator": {}}
        return [
            self._point(at, self._own, self._settings.model_copy(update={**of_rule, "bindingness": at}))
            for at in STRENGTHS
        ]

    def _point(self, at: float, holders: Sequence[str], settings: Settings) -> CurvePoint:
        counts = Counter(self._group_of[project] for project in holders)
        random = [self._list(_first(drawn, counts), settings) for drawn in self._random]
        return CurvePoint(at, self._list(holders, settings), tuple(random))

    def _list(self, holders: Sequence[str], settings: Settings) -> StatusList:
        return StatusList(tuple(holders), self._row(holders, settings))

    def _row(self, holders: Sequence[str], settings: Settings) -> int:
        from_start = settings.status_from
        return self.distinct.row(
            status_timeline(self._order, self._ids, holders, settings, status_from=from_start, name="curve")
        )


def _first(drawn: Groups, counts: Mapping[tuple[str, str], int]) -> list[str]:
    return [project for group, count in counts.items() for project in drawn[group][:count]]


@dataclass(frozen=True, eq=False)
class CurveOutcomes:
    """Outcomes of the timelines of `CurveLists` on common draws."""

    scenarios: tuple[str, ...]
    metric: Floats
    """[timeline, scenario, draw, metric]"""
    in_service_month: Floats
    """[timeline, draw, project], the end of the horizon where never"""
    project_row: Mapping[str, int]
    without: int
    """row of the timeline in which nobody has status"""
    ranges: Ranges
    drawn: bool
    """whether anything differs between draws by chance"""

    def per_project(self, one: StatusList) -> Floats:
        """[scenario, draw, metric and months in service], with minus without, per project with status.

        Months are those of the projects with status themselves.
        """
        rows = [self.project_row[project] for project in one.holders]
        change = self.metric[one.timeline] - self.metric[self.without]
        months = self.in_service_month[one.timeline][:, rows] - self.in_service_month[self.without][:, rows]
        own = np.broadcast_to(months.mean(axis=1)[None, :, None], (*change.shape[:2], 1))
        return np.concatenate([change / len(rows), own], axis=2)

    def range_per_project(self, one: StatusList) -> Floats:
        """[scenario, metric and months in service], no draw changes more."""
        rows = [self.project_row[project] for project in one.holders]
        own = np.full((len(self.scenarios), 1), self.ranges.in_service_months[rows].mean())
        return np.concatenate([self.ranges.metric / len(rows), own], axis=1)


def curve_table(
    curve: str, points: Sequence[CurvePoint], outcomes: CurveOutcomes, order_name: str, confidence: float
) -> pd.DataFrame:
    """Rows of a table of `CURVES`: `real` with an interval over draws, `random` with a band over lists, `selection`.

    `selection` is the real list less a random one; its band covers zero at `confidence` for a list drawn at random.
    """
    rows = [
        (order_name, scenario, point.at, kind, metric, *found)
        for point in points
        for scenario, kind, metric, found in _point_rows(point, outcomes, confidence)
    ]
    columns = ["order_name", "scenario", CURVES[curve], "kind", "metric", "mean", "low95", "high95"]
    return pd.DataFrame(rows, columns=columns)


def _point_rows(
    point: CurvePoint, outcomes: CurveOutcomes, confidence: float
) -> Iterator[tuple[str, str, str, tuple[float, float, float]]]:
    real, ranges = outcomes.per_project(point.real), outcomes.range_per_project(point.real)
    random = np.array([outcomes.per_project(one).mean(axis=1) for one in point.random])
    by_chance = outcomes.drawn and point.real.timeline != outcomes.without
    for at, scenario in enumerate(outcomes.scenarios):
        for column, metric in enumerate((*METRICS, IN_SERVICE)):
            found = _interval(real[at, :, column], float(ranges[at, column]), by_chance, confidence)
            yield scenario, "real", metric, (found.mean, found.low, found.high)
            lists = random[:, at, column]
            selection = found.mean - lists
            yield scenario, "random", metric, (float(lists.mean()), *exchangeable_band(lists, confidence))
            yield scenario, "selection", metric, (float(selection.mean()), *exchangeable_band(selection, confidence))


def _interval(differences: Floats, reach: float, by_chance: bool, confidence: float) -> Interval:
    if not by_chance:
        return exact(float(differences[0]), len(differences))
    # sums in another order may pass the range in the last digit
    low, high = min(-reach, float(differences.min())), max(reach, float(differences.max()))
    return mean_interval(differences, low, high, confidence=confidence)
