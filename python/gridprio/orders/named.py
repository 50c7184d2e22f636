"""Whole orders to compare the operator's with, in which fixed projects keep their places (docs/theory/orders.md)."""

from __future__ import annotations

from collections.abc import Sequence

from gridprio.inputs.study import Study
from gridprio.model.plan import PlanProblem, PriorityTimeline
from gridprio.orders.order import Order, need_year_order, operator_order, random_order, request_date_order
from gridprio.orders.places import Lists, Places, moved_to_front, search_places
from gridprio.orders.rankings import ranked_by, societal_scores
from gridprio.orders.status import status_timeline

OPERATOR, BEST_FOUND = "operator", "best_found"


def own_order(study: Study) -> Order:
    """The operator's order, whatever its basis: where searches begin and whose fixed places every order keeps."""
    return operator_order(study.projects, study.settings.order_basis, study.project_phases)


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
    return found | {name: listed(project_ids, places, ranking) for name, ranking in rankings.items()}


def listed(project_ids: Sequence[str], places: Places, ranking: Sequence[str]) -> Lists:
    """A ranking of project ids, best first, as a whole list."""
    row = {project_id: k for k, project_id in enumerate(project_ids)}
    permutation = moved_to_front(places, [row[project_id] for project_id in ranking])
    whole: Lists = places.whole(permutation[None])[0]
    return whole


def named_orders(study: Study, problem: PlanProblem) -> list[PriorityTimeline]:
    """The given orders but the operator's, without status; names are unique."""
    lists = given_orders(study, search_places(problem, own_order(study)), problem.project_ids)
    return [
        listed_timeline(study, problem.project_ids, name, whole) for name, whole in lists.items() if name != OPERATOR
    ]


def listed_timeline(study: Study, project_ids: Sequence[str], name: str, whole: Lists) -> PriorityTimeline:
    """A whole list as a timeline without status."""
    order = own_order(study)
    by_id = {project.project_id: project for project in order.projects}
    reordered = order.reordered([by_id[project_ids[row]] for row in whole.tolist()])
    return status_timeline(reordered, project_ids, (), study.settings, name=name)
