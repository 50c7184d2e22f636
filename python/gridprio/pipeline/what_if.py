"""What status changes under one variant of a study, at once from the cells that are known: what a board shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import Progress
from gridprio.effect import WITH, WITHOUT, DistinctTimelines, connection_year, earliest_year, total_effects
from gridprio.inputs.study import Study
from gridprio.orders import place_matters, status_timeline
from gridprio.outcome import Evaluator, Outcomes
from gridprio.pipeline.not_known import without_unknown
from gridprio.pipeline.ranges import effect_ranges
from gridprio.pipeline.schedules import WHAT_IF, compared_order
from gridprio.pipeline.tables import outcomes_table, plan_table


@dataclass(frozen=True, eq=False)
class WhatIf:
    """Tables about the plans without and with status, with the columns of a run (docs/run-folder.md)."""

    tables: Mapping[str, pd.DataFrame]
    """plan (of one scenario: plans do not depend on it), outcomes, and waiting: per scenario and development the years
    of table `connections` and the MW-years that wait without and with status, means over draws"""
    established: bool
    """whether the effect of status can be told from the operator's order; else the order compared is one by need"""
    sides: tuple[str, str]
    """order names of the plans without and with status"""
    status_effect: Callable[[str], pd.DataFrame]
    """of all statuses in total, through order and support, in a scenario; intervals take most of the time, so they are
    made when they are asked for"""


def what_if(evaluator: Evaluator, progress: Progress | None = None) -> WhatIf:
    """Both plans on the draws of the first look of a run.

    `progress` is told of the cells that have to be simulated; what it raises ends the work. MissingCellsError where a
    seal lacks cells.
    """
    study, problem = evaluator.study, evaluator.problem
    order = compared_order(study)
    established = order.basis == "before_status"
    sides = (WITHOUT, WITH) if established else (WHAT_IF + WITHOUT, WHAT_IF + WITH)
    holders = [project.project_id for project in study.projects if project.status]
    distinct, rows = DistinctTimelines(place_matters(problem)), []
    for side, own in zip(sides, ((), holders), strict=True):
        timeline = status_timeline(order, problem.project_ids, own, study.settings, channel="both", name=side)
        rows.append(distinct.row(timeline))
    plans = evaluator.plans(distinct.timelines, study.settings.draws)
    outcomes, found = evaluator.outcomes(plans, progress)
    pair = found[rows]
    # [plan, scenario, metric] of distinct plans -> [side, scenario, draw, metric]
    metric = np.stack([outcomes.metric[name] for name in evaluator.metrics], axis=-1)[pair].transpose(0, 2, 1, 3)
    ranges = effect_ranges(evaluator, distinct.timelines).metric
    by_chance = problem.has_chance and rows[0] != rows[1]
    named = {side: plans[row] for side, row in zip(sides, rows, strict=True)}
    tables = {
        "plan": plan_table(problem, named, evaluator.scenarios[:1]),
        "outcomes": outcomes_table(dict(zip(sides, metric, strict=True)), evaluator.scenarios),
        "waiting": _waiting(study, outcomes, pair, problem.arrays.n_month),
    }
    not_known = evaluator.cells.not_known

    @cache
    def status_effect(scenario: str) -> pd.DataFrame:
        at = [evaluator.scenarios.index(scenario)]
        found = total_effects(study.settings, (scenario,), metric[:, at], ranges[at], by_chance)
        return without_unknown(found, not_known)

    status_effect(evaluator.scenarios[0])
    return WhatIf(
        tables={name: without_unknown(table, not_known) for name, table in tables.items()},
        established=established,
        sides=sides,
        status_effect=status_effect,
    )


def _waiting(study: Study, outcomes: Outcomes, pair: NDArray[np.intp], n_month: int) -> pd.DataFrame:
    """`pair` [side, draw]: rows of `outcomes`."""
    municipality = {station.station_id: station.municipality_id for station in study.stations}
    mw_years = outcomes.waiting_mw_years[pair].mean(axis=1)
    rows = []
    for at, scenario in enumerate(outcomes.scenarios):
        for place, development in enumerate(study.developments):
            years = [connection_year(outcomes.connected_month[own, at, place], n_month, study.settings) for own in pair]
            rows.append(
                {
                    "scenario": scenario,
                    "development_id": development.development_id,
                    "municipality_id": development.municipality_id or municipality[development.station_id],
                    "direction": development.direction.value,
                    "requested_year": development.requested_year,
                    "earliest_year": earliest_year(development),
                    "year_without_status": years[0],
                    "year_with_status": years[1],
                    "mw_years_without_status": mw_years[0, at, place],
                    "mw_years_with_status": mw_years[1, at, place],
                }
            )
    return pd.DataFrame(rows)
