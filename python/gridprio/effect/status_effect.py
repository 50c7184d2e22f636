"""Table `status_effect`: what status does, in total and per project, through each channel (docs/theory/effect.md)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.channels import CHANNELS, StatusOrders
from gridprio.effect.reasons import Reason
from gridprio.inputs.settings import Settings
from gridprio.model.metrics import DEFINITIONS
from gridprio.outcome import Outcomes
from gridprio.statistics import Interval, interval, pooled_differences, probability_better, verdict

TOTAL, POOLED = "total", "pooled"
IN_SERVICE = "in_service_months"
MARGIN_IN_SERVICE_MONTHS = 1.0
"""A project that comes less than this earlier or later has not moved."""
MOVED = "moved"
"""Reason: the project does come at another time, but the metric does not hang on it."""
COLUMNS = (
    "scenario", "channel", "project_id", "metric", "mean", "low95", "high95", "probability_better", "margin",
    "verdict", "reason", "lever",
)  # fmt: skip
Floats = NDArray[np.float64]


def margins(settings: Settings) -> dict[str, float]:
    """Metric -> change that counts as negligible, for the metrics of which the effect is told."""
    return {metric.name: getattr(settings, metric.margin.setting) for metric in DEFINITIONS}


@dataclass(frozen=True, eq=False)
class Comparison:
    """Plans with and without status, in rows of the timelines of `orders`."""

    orders: StatusOrders
    outcomes: Outcomes
    row: NDArray[np.intp]
    """[timeline, draw], distinct plan"""
    in_service_month: NDArray[np.float64]
    """[timeline, draw, project], the end of the horizon where never"""
    project_row: Mapping[str, int]
    drawn: bool
    """whether anything differs between draws by chance"""

    def difference(self, metric: str, with_status: int, without: int) -> Floats:
        """[scenario, draw], with minus without"""
        values = self.outcomes.metric[metric]
        difference: Floats = (values[self.row[with_status]] - values[self.row[without]]).T
        return difference

    def months_later(self, project: str, with_status: int, without: int) -> Floats:
        """[draw]"""
        at = self.project_row[project]
        later: Floats = self.in_service_month[with_status, :, at] - self.in_service_month[without, :, at]
        return later


@dataclass(frozen=True)
class _Row:
    scenario: str
    channel: str
    project_id: str
    metric: str
    found: Interval
    probability_better: float
    margin: float
    verdict: str
    reason: Reason

    def cells(self) -> tuple[Any, ...]:
        return (
            self.scenario, self.channel, self.project_id, self.metric, self.found.mean, self.found.low,
            self.found.high, self.probability_better, self.margin, self.verdict, self.reason.code, self.reason.lever,
        )  # fmt: skip


def _nothing_to_tell(comparison: Comparison, not_assessable: Mapping[str, Reason]) -> Reason | None:
    """Why there is no effect in total to tell: nobody has status, or no holder changes anything."""
    holders = {project for _, project in comparison.orders.with_others}
    if not holders:
        return Reason("no_status")
    return Reason("no_change") if holders <= set(not_assessable) else None


def status_effect_table(
    comparison: Comparison,
    settings: Settings,
    status_projects: Sequence[str],
    weights: Sequence[float] | None,
    reason_of: Callable[[str, str], Reason],
    not_assessable: Mapping[str, Reason],
    channel_prefix: str = "",
) -> pd.DataFrame:
    """Effects in total and of the status of each project, all others alike.

    `weights` [scenario]: the user's, None = none, so nothing is pooled. `reason_of(channel, project)` says why a
    project does not move; `not_assessable`: projects with nothing to move, and why.
    """
    rows: list[_Row] = []
    orders = comparison.orders
    nothing = _nothing_to_tell(comparison, not_assessable)
    for channel in CHANNELS:
        name = channel_prefix + channel
        with_all = orders.with_all[channel]
        if nothing is not None:
            rows += _unknown(comparison, settings, weights, name, TOTAL, nothing)
        else:
            rows += _effects(comparison, settings, weights, name, TOTAL, with_all, orders.without, Reason())
        for project in status_projects:
            if project in not_assessable:
                rows += _unknown(comparison, settings, weights, name, project, not_assessable[project])
                continue
            without = orders.with_others[channel, project]
            moved = comparison.months_later(project, with_all, without).any()
            why = Reason(MOVED) if moved else reason_of(channel, project)
            rows += _effects(comparison, settings, weights, name, project, with_all, without, why)
    return pd.DataFrame([row.cells() for row in rows], columns=list(COLUMNS))


def not_established_table(
    scenarios: Sequence[str], settings: Settings, projects: Sequence[str], reason: Reason, pooled: bool = False
) -> pd.DataFrame:
    """All rows of an order from which the effect of status cannot be told; `pooled`: scenarios have weights."""
    rows = [
        _not_assessable(scenario, channel, project, metric, margin, reason)
        for channel in CHANNELS
        for project in (TOTAL, *projects)
        for metric, margin in _metrics(settings, project)
        for scenario in (*scenarios, *([POOLED] if pooled else []))
    ]
    return pd.DataFrame([row.cells() for row in rows], columns=list(COLUMNS))


def _metrics(settings: Settings, project: str) -> Iterator[tuple[str, float]]:
    yield from margins(settings).items()
    if project != TOTAL:
        yield IN_SERVICE, MARGIN_IN_SERVICE_MONTHS


def _effects(
    comparison: Comparison,
    settings: Settings,
    weights: Sequence[float] | None,
    channel: str,
    project: str,
    with_status: int,
    without: int,
    reason: Reason,
) -> Iterator[_Row]:
    for metric, margin in _metrics(settings, project):
        if metric == IN_SERVICE:
            later = comparison.months_later(project, with_status, without)
            by_scenario = np.tile(later, (len(comparison.outcomes.scenarios), 1))
        else:
            by_scenario = comparison.difference(metric, with_status, without)
        named = list(zip(comparison.outcomes.scenarios, by_scenario, strict=True))
        if weights is not None:
            named.append((POOLED, pooled_differences(by_scenario, weights)))
        for scenario, differences in named:
            drawn = comparison.drawn and with_status != without
            found = interval(differences, confidence=settings.confidence, drawn=drawn)
            says = verdict(found.mean, found.low, found.high, margin)
            why = reason if says == "none" else Reason()
            better = probability_better(differences, margin)
            yield _Row(scenario, channel, project, metric, found, better, margin, says, why)


def _unknown(
    comparison: Comparison,
    settings: Settings,
    weights: Sequence[float] | None,
    channel: str,
    project: str,
    reason: Reason,
) -> Iterator[_Row]:
    scenarios = [*comparison.outcomes.scenarios, *([POOLED] if weights is not None else [])]
    for metric, margin in _metrics(settings, project):
        for scenario in scenarios:
            yield _not_assessable(scenario, channel, project, metric, margin, reason)


def _not_assessable(scenario: str, channel: str, project: str, metric: str, margin: float, reason: Reason) -> _Row:
    nothing = Interval(math.nan, math.nan, math.nan, math.nan, 0)
    says = verdict(math.nan, math.nan, math.nan, margin)
    return _Row(scenario, channel, project, metric, nothing, math.nan, margin, says, reason)
