"""Table `connections`: who is connected earlier and who later, what limits them and which project lifts that."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.demand import waiting_rule
from gridprio.effect.comparison import Pair
from gridprio.inputs.schema import Development
from gridprio.inputs.settings import Settings
from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED
from gridprio.statistics import exact, mean_interval

Months = NDArray[np.int32]


def connections_table(
    study: Study,
    pair: Pair,
    limit_name: Callable[[int, int, int], str],
    projects_near: Callable[[int], Sequence[int]],
    n_month: int,
    order_name: str,
) -> pd.DataFrame:
    """One row per scenario and development; years and served shares are means over draws.

    `limit_name(development, branch, contingency)`: what held it back, in words of the net. `projects_near(development)`
    : rows of projects that change the area of the development. A draw in which a development is not connected within
    the horizon counts as its end; a year is NaN when that is so in more than half of the draws.
    """
    connected = pair.outcomes.connected_month
    rows: list[tuple[Any, ...]] = []
    for at, scenario in enumerate(pair.outcomes.scenarios):
        for place, development in enumerate(study.developments):
            before, after = (connected[row, at, place] for row in pair.row)
            later = (_capped(after, n_month) - _capped(before, n_month)) / 12
            reach = float(pair.connected_range_months[place]) / 12
            found = (
                mean_interval(later, -reach, reach, confidence=study.settings.confidence)
                if pair.by_chance
                else exact(float(later[0]), len(later))
            )
            rows.append(
                (
                    order_name,
                    scenario,
                    development.development_id,
                    development.direction.value,
                    development.requested_year,
                    earliest_year(development),
                    connection_year(before, n_month, study.settings),
                    connection_year(after, n_month, study.settings),
                    found.low,
                    found.high,
                    *_served_shares(pair, at, place),
                    _most_common(chain(_limits(pair, at, place, limit_name), _rules(study, pair, at, place))),
                    _most_common(_lifting(pair, at, place, projects_near(place))),
                )
            )
    names = ["order_name", "scenario", "development_id", "direction", "requested_year", "earliest_year",
             "year_without_status", "year_with_status", "low95", "high95", "served_share_without_status",
             "served_share_with_status", "limiting_element", "lifted_by_project"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def earliest_year(development: Development) -> float:
    """The requested year with the development's own lead time: the first date at which it can be connected."""
    return development.requested_year + development.connection_lead_months / 12


def _capped(month: Months, n_month: int) -> NDArray[np.float64]:
    return np.where(month == NOT_PLANNED, n_month, month).astype(np.float64)


def connection_year(month: Months, n_month: int, settings: Settings) -> float:
    """Mean over draws `month` [draw]; NaN where it is not connected within the horizon in more than half of them."""
    if 2 * (month == NOT_PLANNED).sum() > len(month):
        return math.nan
    return settings.start_year + float(_capped(month, n_month).mean()) / 12


def _served_shares(pair: Pair, scenario: int, development: int) -> Iterator[float]:
    """Without and with status: the part that is served of what it asks for over the horizon; NaN where that is 0."""
    asked = float(pair.asked_mw_years[scenario, development])
    for row in pair.row:
        waiting = float(pair.outcomes.waiting_mw_years[row, scenario, development].mean())
        yield 1 - waiting / asked if asked > 0 else math.nan


def _limits(
    pair: Pair, scenario: int, development: int, limit_name: Callable[[int, int, int], str]
) -> Iterator[tuple[str, int]]:
    """What held it back with status, and in how many draws."""
    held = pair.outcomes.limit[pair.row[1], scenario, development]
    different, count = np.unique(held[held[:, 1] >= 0], axis=0, return_counts=True)
    for (branch, contingency), times in zip(different.tolist(), count.tolist(), strict=True):
        yield limit_name(development, branch, contingency), times


def _rules(study: Study, pair: Pair, scenario: int, development: int) -> Iterator[tuple[str, int]]:
    """`rule:ID` where nothing else held it with status in the month before it was connected, and in how many draws."""
    row = pair.row[1]
    free = pair.outcomes.limit[row, scenario, development, 1] < 0
    months = pair.outcomes.connected_month[row, scenario, development][free]
    wanted, start = study.developments[development], study.settings.start_year
    first = max(round((earliest_year(wanted) - start) * 12), 0)
    for month, times in zip(*np.unique(months[months > first], return_counts=True), strict=True):
        rule = waiting_rule(wanted, study.queue_rules, start + (int(month) - 1) // 12)
        if rule:
            yield f"rule:{rule}", int(times)


def _lifting(pair: Pair, scenario: int, development: int, near: Sequence[int]) -> Iterator[tuple[str, int]]:
    """Projects of the area that came into service in the month in which a development that was held was connected."""
    row = pair.row[1]
    month = pair.outcomes.connected_month[row, scenario, development]
    was_held = (month != NOT_PLANNED) & (pair.outcomes.limit[row, scenario, development, 1] >= 0)
    lifts = pair.in_service_month[1][np.ix_(was_held, near)] == month[was_held, None]
    different, count = np.unique(lifts, axis=0, return_counts=True)
    for lifting, times in zip(different, count.tolist(), strict=True):
        yield " ".join(pair.project_ids[p] for p, does in zip(near, lifting, strict=True) if does), times


def _most_common(texts: Iterator[tuple[str, int]]) -> str:
    """The text that stands most often, the first in the alphabet on a tie; empty when there is none."""
    count: Counter[str] = Counter()
    for text, times in texts:
        count[text] += times
    del count[""]
    return min(count, key=lambda text: (-count[text], text), default="")
