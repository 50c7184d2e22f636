"""Named orders to compare the operator's with: whole lists, in which fixed projects keep their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gridprio.games import Contributions, contributions
from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED
from gridprio.orders import (
    need_year_order,
    per_cost,
    random_order,
    ranked_by,
    request_date_order,
    societal_scores,
)
from gridprio.outcome import METRICS, FixedDatesGame
from gridprio.plan import plan_months
from gridprio.search.objective import Floats, Lists, Objective
from gridprio.search.places import Places, moved_to_front

OPERATOR, BEST_FOUND = "operator", "best_found"
Z95 = 1.96
"""Half-width of the interval of a sampled mean, in standard errors."""


def given_orders(study: Study, places: Places, project_ids: Sequence[str], n_random: int = 0) -> dict[str, Lists]:
    """Whole lists that need no outcomes: the operator's, by date of request, by need, by score, and random ones."""
    found = {OPERATOR: places.base}
    rankings = {
        "request_date": request_date_order(study.projects).project_ids,
        "need_year": need_year_order(study.projects).project_ids,
    }
    if study.scores:
        scores = societal_scores(study.criteria, study.scores)
        rankings["societal_score"] = ranked_by(study.projects, scores)
    for k in range(n_random):
        order = random_order(study.projects, study.settings.seed + k)
        rankings[f"random_{k}"] = order.project_ids
    return found | {name: _listed(project_ids, places, ranking) for name, ranking in rankings.items()}


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
    lists = {name: _listed(evaluator.project_ids, places, ranking) for name, ranking in rankings.items()}
    return lists, _table(ids, found)


def _listed(project_ids: Sequence[str], places: Places, ranking: Sequence[str]) -> Lists:
    row = {project_id: k for k, project_id in enumerate(project_ids)}
    permutation = moved_to_front(places, [row[project_id] for project_id in ranking])
    whole: Lists = places.whole(permutation[None])[0]
    return whole


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
