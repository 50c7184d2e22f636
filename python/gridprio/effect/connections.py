"""Table `connections`: who is connected earlier and who later, what limits them and which project lifts that."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.status_effect import Comparison
from gridprio.inputs.schema import Development
from gridprio.inputs.settings import Settings
from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED
from gridprio.statistics import interval

Months = NDArray[np.int32]


def connections_table(
    study: Study,
    comparison: Comparison,
    limit_name: Callable[[int, int, int], str],
    projects_near: Callable[[int], Sequence[int]],
    n_month: int,
    order_name: str,
) -> pd.DataFrame:
    """One row per scenario and development; years are means over draws.

    `limit_name(development, branch, contingency)`: what held it back, in words of the net. `projects_near(development)`
    : rows of projects that change the area of the development. A draw in which a development is not connected within
    the horizon counts as its end; a year is NaN when that is so in more than half of the draws.
    """
    without, with_status = comparison.orders.without, comparison.orders.with_all["both"]
    connected = comparison.outcomes.connected_month
    rows: list[tuple[Any, ...]] = []
    for at, scenario in enumerate(comparison.outcomes.scenarios):
        for place, development in enumerate(study.developments):
            before = connected[comparison.row[without], at, place]
            after = connected[comparison.row[with_status], at, place]
            later = _capped(after, n_month) - _capped(before, n_month)
            drawn = comparison.drawn and with_status != without
            found = interval(later / 12, confidence=study.settings.confidence, drawn=drawn)
            rows.append(
                (
                    order_name,
                    scenario,
                    development.development_id,
                    development.direction.value,
                    development.requested_year,
                    earliest_year(development),
                    _year(before, n_month, study.settings),
                    _year(after, n_month, study.settings),
                    found.low,
                    found.high,
                    _most_common(_limits(comparison, with_status, at, place, limit_name)),
                    _most_common(_lifting(comparison, with_status, at, place, projects_near(place))),
                )
            )
    names = ["order_name", "scenario", "development_id", "direction", "requested_year", "earliest_year",
             "year_without_status", "year_with_status", "low95", "high95", "limiting_element",
             "lifted_by_project"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def earliest_year(development: Development) -> float:
    """The requested year with the development's own lead time: the first date at which it can be connected."""
    return development.requested_year + development.connection_lead_months / 12


def _capped(month: Months, n_month: int) -> NDArray[np.float64]:
    return np.where(month == NOT_PLANNED, n_month, month).astype(np.float64)


def _year(month: Months, n_month: int, settings: Settings) -> float:
    if 2 * (month == NOT_PLANNED).sum() > len(month):
        return math.nan
    return settings.start_year + float(_capped(month, n_month).mean()) / 12


def _limits(
    comparison: Comparison,
    timeline: int,
    scenario: int,
    development: int,
    limit_name: Callable[[int, int, int], str],
) -> Iterator[str]:
    for plan in comparison.row[timeline]:
        branch, contingency = comparison.outcomes.limit[plan, scenario, development]
        if contingency >= 0:
            yield limit_name(development, int(branch), int(contingency))


def _lifting(
    comparison: Comparison, timeline: int, scenario: int, development: int, near: Sequence[int]
) -> Iterator[str]:
    """Projects of the area that came into service in the month in which a development that was held was connected."""
    names = list(comparison.project_row)
    for draw, plan in enumerate(comparison.row[timeline]):
        month = comparison.outcomes.connected_month[plan, scenario, development]
        if month != NOT_PLANNED and comparison.outcomes.limit[plan, scenario, development, 1] >= 0:
            yield " ".join(names[p] for p in near if comparison.in_service_month[timeline, draw, p] == month)


def _most_common(texts: Iterator[str]) -> str:
    """The text that stands most often, the first in the alphabet on a tie; empty when there is none."""
    count = Counter(text for text in texts if text)
    return min(count, key=lambda text: (-count[text], text), default="")
