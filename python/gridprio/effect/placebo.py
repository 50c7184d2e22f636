"""Table `placebo`: random lists of statuses beside the real one (docs/theory/effect.md).

A verdict says that a reshuffle matters; only where the real list stands among random ones says that this list is good.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from gridprio.effect.comparison import Comparison, Floats
from gridprio.effect.random_lists import list_groups, shuffled
from gridprio.effect.status_effect import margins
from gridprio.inputs.settings import Settings
from gridprio.model.metrics import METRICS
from gridprio.model.plan import PriorityTimeline
from gridprio.orders import Order, status_timeline

REAL = "real"


def placebo_timelines(
    order: Order, project_ids: Sequence[str], holders: Sequence[str], settings: Settings
) -> list[PriorityTimeline]:
    """Random lists through the order; per operator and carrier as many projects as have status.

    Drawn evenly from the projects that status can move. Holders that it cannot move keep theirs. Support is given to
    projects by name, so it is left out.
    """
    return [
        status_timeline(order, project_ids, drawn, settings, name=f"placebo_{number}")
        for number, drawn in enumerate(_lists(order, set(holders), settings), start=1)
    ]


def placebo_table(comparison: Comparison, settings: Settings, channel_prefix: str = "") -> pd.DataFrame:
    """Mean effect of every list through the order, and its rank among all: 1 has the lowest, ties share the worst.

    All lists on the draws of the random ones. `p_value` of the real list: the share of all lists, itself among them,
    that do at least as well.
    """
    columns = ["scenario", "channel", "metric", "list", "mean", "rank", "lists", "p_value", "draws"]
    if not len(comparison.placebo):
        return pd.DataFrame(columns=columns)
    orders, draws = comparison.orders, comparison.placebo.shape[2]
    without = comparison.metric[orders.without][:, :draws]
    real = comparison.metric[orders.with_all["order"]][:, :draws] - without
    means = np.stack([real, *(one - without for one in comparison.placebo)]).mean(axis=2)
    names = [REAL, *(f"random_{k + 1}" for k in range(len(comparison.placebo)))]
    rows = [
        (scenario, f"{channel_prefix}order", metric, name, *ranked, draws)
        for at, scenario in enumerate(comparison.scenarios)
        for metric in margins(settings)
        for name, ranked in zip(names, _ranked(means[:, at, METRICS.index(metric)]), strict=True)
    ]
    return pd.DataFrame(rows, columns=columns)


def _ranked(means: Floats) -> Iterator[tuple[float, int, int, float]]:
    """Mean, rank, number of lists, and p-value of each list; differences in the last digits are ties."""
    tie = 1e-9 * max(1.0, float(np.abs(means).max()))
    for mean in means.tolist():
        at_least_as_good = int((means <= mean + tie).sum())
        yield mean, at_least_as_good, len(means), at_least_as_good / len(means)


def _lists(order: Order, holders: set[str], settings: Settings) -> Iterator[set[str]]:
    groups = list_groups(order)
    counts = {group: len(holders.intersection(own)) for group, own in groups.items()}
    movable = {project for own in groups.values() for project in own}
    if not any(counts.values()):
        return
    for number in range(settings.placebo_lists):
        drawn = shuffled(groups, settings.seed, number)
        yield (holders - movable).union(*(drawn[group][:count] for group, count in counts.items()))
