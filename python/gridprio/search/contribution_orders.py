"""Orders by what each project contributes on its planned date."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gridprio.games import Contributions, contributions
from gridprio.model.plan import NOT_PLANNED
from gridprio.orders import Lists, Places, listed, per_cost, ranked_by
from gridprio.outcome import METRICS, FixedDatesGame
from gridprio.plan import plan_months
from gridprio.search.objective import Floats, Objective

Z95 = 1.96
"""Half-width of the interval of a sampled mean, in standard errors."""


def contribution_orders(objective: Objective, places: Places, pairs: int) -> tuple[dict[str, Lists], pd.DataFrame]:
    """Whole lists by what each project contributes on its planned date, and table `contribution`.

    Values are points saved, capital cost left out: it stands below the line in `per_cost`.
    """
    evaluator, study = objective.evaluator, objective.evaluator.study
    schedules = evaluator.schedule(places.base[None])
    months = plan_months(evaluator.problem, schedules.start, schedules.finish)
    players = [int(row) for row in places.movable if months.in_service[0, row] != NOT_PLANNED]
    game = FixedDatesGame(evaluator, months, players)
    weight = np.where(np.array(METRICS) == "capital_cost_meur", 0.0, objective.weight)

    def saved(coalitions: np.ndarray) -> Floats:
        metric = game.metrics(coalitions, discounted=True)
        points: Floats = -(metric @ weight) @ objective.scenario_share
        return points

    found = contributions(saved, len(players), pairs, study.settings.seed)
    ids = [evaluator.project_ids[row] for row in players]

    def valued(values: Floats) -> Mapping[str, float]:
        return dict(zip(ids, values.tolist(), strict=True))

    projects = study.projects
    rankings = {
        "benefit_cost": ranked_by(projects, per_cost(projects, valued(found.pint))),
        "pint": ranked_by(projects, valued(found.pint)),
        "toot": ranked_by(projects, valued(found.toot)),
        "shapley_cost": ranked_by(projects, per_cost(projects, valued(found.shapley))),
    }
    lists = {name: listed(evaluator.project_ids, places, ranking) for name, ranking in rankings.items()}
    return lists, _table(ids, found)


def _table(ids: list[str], found: Contributions) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "game": "fixed_dates",
            "scenario": "pooled",
            "metric": "points",
            "project_id": ids,
            "pint": found.pint,
            "toot": found.toot,
            "shapley": found.shapley,
            "low95": found.shapley - Z95 * found.standard_error,
            "high95": found.shapley + Z95 * found.standard_error,
            "exact": found.exact,
        }
    )
