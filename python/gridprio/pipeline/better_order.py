"""A better order beside the plans of a run: found on few draws, judged on more, as all beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.model.plan import Plans, PriorityTimeline
from gridprio.orders import BEST_FOUND, OPERATOR, given_orders, listed_timeline, own_order, search_places
from gridprio.outcome import Evaluator
from gridprio.search import (
    Budget,
    Compared,
    compare_orders,
    distance_messages,
    judged_on,
    points_message,
    search_room_table,
    shadow_prices,
    study_objective,
    weights_in_words,
    weights_of,
)
from gridprio.text import Message


@dataclass(frozen=True, eq=False)
class BetterOrder:
    """What a run finds by searching."""

    compared: Compared
    plans: Plans
    """on the first delay draws of the study"""
    metrics: NDArray[np.float64]
    """[scenario, draw, metric] on the draws on which orders are judged"""
    prices: pd.DataFrame
    """table `shadow_prices` of the operator's order"""


def better_order(
    evaluator: Evaluator, status: Sequence[PriorityTimeline], draws: int, advance: Callable[[float], None]
) -> BetterOrder | None:
    """A modest search from the operator's order; None where settings switch it off.

    `status`: the timelines with status, without support, that are put beside it. `draws`: the first of the run, on
    which orders are judged.
    """
    study, problem = evaluator.study, evaluator.problem
    budget = study.settings.search_orders
    if not budget or not any(weights_of(study.settings).values()):
        return None
    places = search_places(problem, own_order(study))
    judged = study_objective(evaluator, draws)
    few = min(draws, study.settings.search_draws or study.settings.draws)
    every = math.factorial(len(places.open_places)) <= budget  # then the best is proven, on the draws that count
    objective = judged if every or few == draws else study_objective(evaluator, few)
    given = given_orders(study, places, problem.project_ids)
    compared = compare_orders(
        objective, places, given, status, Budget(budget), lambda found: advance(min(1.0, found.orders / budget))
    )
    if objective is not judged:
        compared = judged_on(compared, judged, status)
    timeline = listed_timeline(study, problem.project_ids, BEST_FOUND, compared.lists[BEST_FOUND])
    plans = evaluator.plans([timeline], study.settings.draws)
    metrics = evaluator.evaluate([timeline], evaluator.delay_months[:draws])
    own = {OPERATOR: compared.lists[OPERATOR]}
    prices = shadow_prices(objective, places, own, Budget(0), study.settings.seed)
    return BetterOrder(compared, plans[0], metrics[0], prices)


def search_tables(compared: Compared) -> Mapping[str, pd.DataFrame]:
    return {
        "orders": compared.orders_table(),
        "search": compared.search_table(),
        "search_history": compared.history_table(),
        "search_room": search_room_table(compared),
    }


def compared_messages(compared: Compared) -> list[Message]:
    """How far each order is from the best found and from the bound, and what a point is."""
    objective, study = compared.objective, compared.objective.evaluator.study
    scenario = study.settings.search_scenario
    return [
        *distance_messages(
            {name: compared.pooled(name) for name in compared.points},
            compared.pooled(BEST_FOUND),
            compared.bound.points,
            compared.result.history[-1].orders,
            floors={name: compared.lowest(name)[1] for name in compared.points},
            exact=compared.exact,
            bound_share=compared.bound.share,
            schedule=None if compared.schedule is None else compared.schedule.pooled,
        ),
        points_message(
            weights_in_words(objective),
            scenario=scenario,
            weighted=bool(study.scenarios) and all(s.weight is not None for s in study.scenarios),
            draws=0 if objective.delay_months is None else len(objective.delay_months),
        ),
    ]
