"""Table `status_effect`: what status does, in total and per project, through each channel (docs/theory/effect.md)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.effect.comparison import Comparison
from gridprio.effect.reasons import Reason
from gridprio.inputs.settings import Settings
from gridprio.model.metrics import DEFINITIONS, METRICS
from gridprio.orders import CHANNELS
from gridprio.statistics import normalised_weights

TOTAL, POOLED = "total", "pooled"
IN_SERVICE = "in_service_months"
"""How much later a project is in service by its own status, the others keeping theirs."""
BY_LIST = "in_service_months_by_list"
"""How much later a project, with status or without, is in service by the whole list of statuses."""
MARGIN_IN_SERVICE_MONTHS = 1.0
"""A project that comes less than this earlier or later has not moved."""
CELLS_MISSING = "cells_missing"
"""Reason: a seal lacks cells of one of the two orders."""
MOVED = "moved"
"""Reason: the project does come at another time, but the metric does not hang on it."""
Floats = NDArray[np.float64]


def margins(settings: Settings) -> dict[str, float]:
    """Metric -> change that counts as negligible, for the metrics of which the effect is told."""
    return {metric.name: getattr(settings, metric.margin.setting) for metric in DEFINITIONS}


@dataclass(frozen=True, eq=False)
class Effect:
    """One row of the table before it is judged."""

    scenario: str
    channel: str
    project_id: str
    metric: str
    margin: float
    with_status: Floats
    """[draw]; empty where there is nothing to assess"""
    without_status: Floats
    """[draw]"""
    range: float
    """no draw changes the metric by more"""
    by_chance: bool
    """whether the effect differs between draws by chance; else any draw tells it"""
    reason: Reason

    @property
    def differences(self) -> Floats:
        """[draw], below zero is better"""
        return self.with_status - self.without_status

    @property
    def is_assessable(self) -> bool:
        return len(self.with_status) > 0


@dataclass(frozen=True)
class _Sides:
    """Rows of timelines, and what the row of the table is called."""

    channel: str
    project_id: str
    with_status: int
    without: int
    reason: Reason


class Effects:
    """All effects of a comparison; `of` makes them for the draws so far."""

    def __init__(
        self,
        settings: Settings,
        holders: Sequence[str],
        weights: Sequence[float] | None,
        reason_of: Callable[[str, str], Reason],
        not_assessable: Mapping[str, Reason],
        channel_prefix: str = "",
    ) -> None:
        """`holders`: projects with status. `weights` [scenario]: the user's, None = none, so nothing is pooled.

        `reason_of(channel, project)` says why a project does not move; `not_assessable`: projects with nothing to
        move, and why; those that are listed only have rows too.
        """
        self.settings, self.holders, self._reason_of = settings, holders, reason_of
        self.projects = [*holders, *(p for p in not_assessable if p not in holders)]
        self._weights = None if weights is None else normalised_weights(weights, len(weights))
        self._not_assessable, self._prefix = not_assessable, channel_prefix

    def of(self, comparison: Comparison) -> list[Effect]:
        """In total, of the status of each project, all others alike, and of the list on the date of each project."""
        found: list[Effect] = []
        nothing = self._nothing_to_tell()
        orders = comparison.orders
        for channel in CHANNELS:
            name, with_all = self._prefix + channel, orders.with_all[channel]
            if nothing is not None:
                found += self._unknown(comparison, name, TOTAL, nothing)
            else:
                found += self._metrics(comparison, _Sides(name, TOTAL, with_all, orders.without, Reason()))
                for project in comparison.project_row:
                    by_list = _Sides(name, project, with_all, orders.without, Reason())
                    found += self._in_service(comparison, by_list, BY_LIST)
            for project in self.projects:
                if project in self._not_assessable:
                    found += self._unknown(comparison, name, project, self._not_assessable[project])
                    continue
                without = orders.with_others[channel, project]
                at = comparison.project_row[project]
                months = comparison.in_service_month[:, :, at]
                moves = bool((months[with_all] != months[without]).any())
                why = Reason(MOVED) if moves else self._reason_of(channel, project)
                own = _Sides(name, project, with_all, without, why)
                found += [*self._metrics(comparison, own), *self._in_service(comparison, own, IN_SERVICE)]
        return found

    def not_established(self, comparison: Comparison, reason: Reason) -> list[Effect]:
        """All rows of an order from which the effect of status cannot be told, as `of` has them for another."""
        found: list[Effect] = []
        for channel in CHANNELS:
            for project in (TOTAL, *self.projects):
                found += self._unknown(comparison, channel, project, reason)
            for project in comparison.project_row:
                for scenario in self._scenarios(comparison.scenarios):
                    found.append(_empty(scenario, channel, project, BY_LIST, MARGIN_IN_SERVICE_MONTHS, reason))
        return found

    def _nothing_to_tell(self) -> Reason | None:
        """Why there is no effect in total to tell: nobody has status, or no holder changes anything."""
        if not self.holders:
            return Reason("no_status")
        return Reason("no_change") if set(self.holders) <= set(self._not_assessable) else None

    def _margins(self, project: str) -> Iterator[tuple[str, float]]:
        yield from margins(self.settings).items()
        if project != TOTAL:
            yield IN_SERVICE, MARGIN_IN_SERVICE_MONTHS

    def _scenarios(self, scenarios: Sequence[str]) -> list[str]:
        return [*scenarios, *([POOLED] if self._weights is not None else [])]

    def _metrics(self, comparison: Comparison, sides: _Sides) -> Iterator[Effect]:
        for metric, margin in margins(self.settings).items():
            at = METRICS.index(metric)
            both = comparison.metric[[sides.with_status, sides.without], :, :, at]
            ranges = comparison.ranges.metric[:, at]
            if self._weights is not None:
                both = np.concatenate([both, (self._weights @ both)[:, None]], axis=1)
                ranges = np.append(ranges, self._weights @ ranges)
            for row, scenario in enumerate(self._scenarios(comparison.scenarios)):
                if np.isnan(both[:, row]).any():
                    yield _empty(scenario, sides.channel, sides.project_id, metric, margin, Reason(CELLS_MISSING))
                else:
                    yield self._effect(comparison, sides, scenario, (metric, margin), both[:, row], float(ranges[row]))

    def _in_service(self, comparison: Comparison, sides: _Sides, metric: str) -> Iterator[Effect]:
        at = comparison.project_row[sides.project_id]
        both = comparison.in_service_month[[sides.with_status, sides.without], :, at]
        reach = float(comparison.ranges.in_service_months[at])
        for scenario in self._scenarios(comparison.scenarios):
            yield self._effect(comparison, sides, scenario, (metric, MARGIN_IN_SERVICE_MONTHS), both, reach)

    def _effect(
        self,
        comparison: Comparison,
        sides: _Sides,
        scenario: str,
        named: tuple[str, float],
        both: Floats,
        reach: float,
    ) -> Effect:
        by_chance = comparison.drawn and sides.with_status != sides.without
        return Effect(
            scenario, sides.channel, sides.project_id, *named, both[0], both[1], reach, by_chance, sides.reason
        )

    def _unknown(self, comparison: Comparison, channel: str, project: str, reason: Reason) -> Iterator[Effect]:
        for metric, margin in self._margins(project):
            for scenario in self._scenarios(comparison.scenarios):
                yield _empty(scenario, channel, project, metric, margin, reason)


def _empty(scenario: str, channel: str, project: str, metric: str, margin: float, reason: Reason) -> Effect:
    nothing = np.empty(0)
    return Effect(scenario, channel, project, metric, margin, nothing, nothing, math.nan, False, reason)
