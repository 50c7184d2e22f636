"""Table `distribution`: who gains and who loses, by development, place, sector, connection class and operator."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.comparison import Pair
from gridprio.effect.groups import Changes, groups_of
from gridprio.inputs.enumerations import named_units
from gridprio.inputs.schema import Project
from gridprio.inputs.study import Study
from gridprio.outcome import capital_meur, waiting_value

Floats = NDArray[np.float64]
COLUMNS = (
    "order_name", "scenario", "group_kind", "group_id", "metric", "without_status", "with_status", "effect", "low95",
    "high95",
)  # fmt: skip


def distribution_table(study: Study, pair: Pair, order_name: str) -> pd.DataFrame:
    """Waiting and shortfall per group, means over draws, with an interval of the effect.

    Group "" holds developments of which it is not known. Every kind adds up to the total but `area`: a development may
    belong to several areas, or to none. Capital cost is that of the projects, by province; projects that provinces
    share count for each by its share.
    """
    interval = Changes(pair, study.settings.confidence)
    rows = []
    for scenario, kind, group, metric, sides, most in (*_waiting(study, pair), *_capital(study, pair)):
        without, with_status = sides
        found = interval(with_status - without, most)
        before, after = float(without.mean()), float(with_status.mean())
        rows.append((order_name, scenario, kind, group, metric, before, after, after - before, found.low, found.high))
    return pd.DataFrame(rows, columns=list(COLUMNS))


Row = tuple[str, str, str, str, Floats, float]
"""Scenario, kind, group, metric, [2, draw] without and with status, and the most that a draw can change."""


def _waiting(study: Study, pair: Pair) -> Iterator[Row]:
    waiting = pair.outcomes.waiting_mw_years[pair.row]
    one = np.ones(len(study.developments))
    measures = [(metric, waiting, value) for metric, value in waiting_value(study).items()]
    measures.append(("shortfall_mw_years", pair.outcomes.shortfall_mw_years[pair.row], one))
    groups = groups_of(study)
    for at, scenario in enumerate(pair.outcomes.scenarios):
        for (kind, group), members in groups.items():
            for metric, mw_years, value in measures:
                sides = mw_years[:, :, at, members] @ value[members]
                most = float(pair.asked_mw_years[at, members] @ value[members])
                yield scenario, kind, group, metric, sides, most


def _province_shares(project: Project) -> dict[str, float]:
    """Part of a project that belongs to each province; "" is none that is known."""
    return named_units(project.province_shares, "province_id") or {project.province_id: 1.0}


def _capital(study: Study, pair: Pair) -> Iterator[Row]:
    n_month = 12 * (study.settings.end_year - study.settings.start_year + 1)
    cost = np.hstack([capital_meur(study, n_month), np.zeros((len(study.projects), 1))])
    of_project = cost[np.arange(len(cost)), pair.in_service_month.astype(np.intp)]
    most = cost.max(axis=1)
    share: dict[str, Floats] = {}
    for row, project in enumerate(study.projects):
        for province, part in _province_shares(project).items():
            share.setdefault(province, np.zeros(len(cost)))[row] = part
    for scenario in pair.outcomes.scenarios:
        for province, parts in sorted(share.items()):
            yield scenario, "province", province, "capital_cost_meur", of_project @ parts, float(most @ parts)
