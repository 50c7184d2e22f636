"""Named orders beside the best found and the bound: what a run and `gridprio search` tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gridprio.errors import InputError, Problem
from gridprio.model.plan import NOT_PLANNED, PriorityTimeline
from gridprio.orders import BEST_FOUND, Places
from gridprio.outcome import METRICS
from gridprio.plan import plan_months
from gridprio.search.best_schedule import BestSchedule, best_schedule
from gridprio.search.bound import Bound, lower_bound
from gridprio.search.earliest import NEVER, earliest_months
from gridprio.search.exact import exact_lists
from gridprio.search.explore import Budget, Found, SearchResult, explore, is_reached
from gridprio.search.objective import Floats, Lists, Objective
from gridprio.text import sentence

POOLED = "pooled"
NO_SCARCITY = "no_scarcity"
"""In `points`: a plan that no crew, desk, budget or exclusion holds up; neither an order nor a bound."""
BEST_SCHEDULE = "best_schedule"
"""In `points`: the best of all schedules, where they are few enough to go through; no order need give it."""
MOST_EXACT = 50_000
"""Lists, beginnings of lists, or schedules up to which all different plans are gone through."""
NEAR_SHARE = 0.01
"""An order is near the best when it has at most this share of its points more."""
Told = Callable[[Found], None]


@dataclass(frozen=True, eq=False)
class Compared:
    """Every named order in points, with the best found and what no order can beat."""

    objective: Objective
    places: Places
    lists: Mapping[str, Lists]
    """order name -> whole list; `best_found` is one of them"""
    points: Mapping[str, Floats]
    """order name, status orders too -> [scenario]"""
    result: SearchResult
    bound: Bound
    exact: bool
    """the best found is the best there is: every different plan was evaluated, or it meets the bound"""
    schedule: BestSchedule | None
    """of all schedules, where they could be gone through"""

    def lowest(self, name: str) -> tuple[Floats, float]:
        """Points by scenario and pooled that no order of this kind can beat.

        Status may come later and hold a project back that would harm, which no list from the first month does.
        """
        by_scenario, pooled = np.array(self.bound.by_scenario), self.bound.points
        if self.schedule is not None and (name in self.lists or name == BEST_SCHEDULE):
            by_scenario, pooled = np.maximum(by_scenario, self.schedule.least), max(pooled, self.schedule.pooled)
        if self.exact and name in self.lists:
            pooled = self.pooled(BEST_FOUND)
        return by_scenario, pooled

    @property
    def order_points(self) -> dict[str, Floats]:
        """[scenario] points of what is an order, by its name."""
        return {name: points for name, points in self.points.items() if name not in (NO_SCARCITY, BEST_SCHEDULE)}

    def pooled(self, name: str) -> float:
        return float(self.points[name] @ self.objective.scenario_share)

    def search_table(self) -> pd.DataFrame:
        """Table `search`: each order in each scenario and pooled, beside the best found and the bound."""
        rows: list[dict[str, object]] = []
        share = self.objective.scenario_share
        best = self.points[BEST_FOUND]
        for name, points in self.points.items():
            bound, lowest = self.lowest(name)
            for at, scenario in enumerate(self.objective.evaluator.scenarios):
                rows.append(_row(name, scenario, points[at], best[at], bound[at], self.exact))
            rows.append(_row(name, POOLED, float(points @ share), float(best @ share), lowest, self.exact))
        return pd.DataFrame(rows)

    def history_table(self) -> pd.DataFrame:
        """Table `search_history`: where the best improved, and the end."""
        return pd.DataFrame(
            [
                {"orders": f.orders, "plans": f.plans, "best_found_points": f.best, "bound_points": f.bound}
                for f in self.result.history
            ]
        )

    def orders_table(self) -> pd.DataFrame:
        """Table `orders`: the lists themselves."""
        ids = self.objective.evaluator.project_ids
        open_places = set(self.places.open_places.tolist())
        rows = [
            {"order_name": name, "place": place + 1, "project_id": ids[row], "searched": place in open_places}
            for name, whole in self.lists.items()
            for place, row in enumerate(whole.tolist())
        ]
        return pd.DataFrame(rows)


def _row(name: str, scenario: str, points: float, best: float, bound: float, exact: bool) -> dict[str, object]:
    return {
        "order_name": name,
        "scenario": scenario,
        "points": float(points),
        "best_found_points": float(best),
        "bound_points": float(bound),
        "exact": exact,
    }


def compare_orders(
    objective: Objective,
    places: Places,
    lists: Mapping[str, Lists],
    status: Sequence[PriorityTimeline],
    budget: Budget,
    told: Told | None = None,
    *,
    most_exact: int = 0,
) -> Compared:
    """Search from the named lists and the last ones with status; put these and all timelines beside what was found.

    Where all different plans fit the budget of orders, or are at most `most_exact`, every one is evaluated and the best
    is exact.
    """
    settings = objective.evaluator.study.settings
    bound = lower_bound(objective, settings.bound_states)
    # going through all schedules takes as long as it takes, so a time limit leaves it out
    schedule = best_schedule(objective, most_exact) if math.isinf(budget.seconds) else None
    starts = _starts(places, lists, status)
    most = max(most_exact, min(budget.orders, MOST_EXACT))
    every = exact_lists(objective, places, most)
    if every is not None:
        starts, budget = np.concatenate([starts, every]), Budget(len(every) + len(starts), budget.seconds)
    result = explore(
        lambda permutations: objective(places.whole(permutations)),
        starts,
        budget,
        settings.seed,
        key=lambda permutations: objective.keys(places.whole(permutations)),
        bound=bound.points if schedule is None else max(bound.points, schedule.pooled),
        progress=told,
    )
    exact = every is not None and result.history[-1].orders >= len(np.unique(starts, axis=0))
    _check(result)
    lists = {**lists, BEST_FOUND: places.whole(result.permutation[None])[0]}
    points = _points(objective, lists, status)
    if schedule is not None:
        points[BEST_SCHEDULE] = schedule.points
    return Compared(objective, places, lists, points, result, bound, exact or result.proven, schedule)


def judged_on(compared: Compared, objective: Objective, status: Sequence[PriorityTimeline]) -> Compared:
    """The same on the draws of another objective: all points, the bound, and which list is best.

    Best is the best of the lists from which the search began and of those that it found near its best. No scarcity
    keeps its difference from the first named list: that is paired on the draws of the search.
    """
    places, found = compared.places, compared.result
    named = {name: whole for name, whole in compared.lists.items() if name != BEST_FOUND}
    tried = _distinct([*near_best(found), *_starts(places, named, status)])
    by_scenario = _points_of(objective, places.whole(tried))
    values = by_scenario @ objective.scenario_share
    ranked = np.argsort(values, kind="stable")
    best, values = tried[ranked], values[ranked]
    bound = lower_bound(objective, objective.evaluator.study.settings.bound_states)
    result = replace(
        found,
        permutation=best[0],
        best=float(values[0]),
        bound=bound.points,
        proven=is_reached(bound.points, float(values[0])),
        permutations=best,
        values=values,
    )
    _check(result)
    lists = {**named, BEST_FOUND: places.whole(best[:1])[0]}
    row = {permutation.tobytes(): k for k, permutation in enumerate(tried)}
    points = {name: by_scenario[row[places.permutation(whole).tobytes()]] for name, whole in lists.items()}
    points |= _ruled_points(objective, status)
    first = next(iter(named))
    points[NO_SCARCITY] = points[first] + (compared.points[NO_SCARCITY] - compared.points[first])
    return Compared(objective, places, lists, points, result, bound, result.proven, None)


def near_best(result: SearchResult) -> Lists:
    """[order, movable], of the lists that a search kept, the best first."""
    return result.permutations[result.values <= result.best + NEAR_SHARE * abs(result.best)]


def _starts(places: Places, lists: Mapping[str, Lists], status: Sequence[PriorityTimeline]) -> Lists:
    """[order, movable], the named lists and the last one of each timeline."""
    last = [timeline.project_order[-1] for timeline in status]
    return np.stack([places.permutation(whole) for whole in (*lists.values(), *last)])


def _distinct(rows: Sequence[Lists]) -> Lists:
    return np.stack(list({row.tobytes(): row for row in rows}.values()))


def _points(objective: Objective, lists: Mapping[str, Lists], status: Sequence[PriorityTimeline]) -> dict[str, Floats]:
    points = dict(zip(lists, _points_of(objective, np.stack(list(lists.values()))), strict=True))
    return points | _ruled_points(objective, status) | {NO_SCARCITY: _without_scarcity(objective)}


def _ruled_points(objective: Objective, status: Sequence[PriorityTimeline]) -> dict[str, Floats]:
    if not status:
        return {}
    return dict(zip([timeline.name for timeline in status], _points_of(objective, list(status)), strict=True))


def _points_of(objective: Objective, orders: Lists | Sequence[PriorityTimeline]) -> Floats:
    """[order, scenario]"""
    evaluator, delays = objective.evaluator, objective.delay_months
    return objective.by_scenario(evaluator.evaluate(orders, delays, discounted=True))


def _without_scarcity(objective: Objective) -> Floats:
    """[scenario] points when every project comes as early as it could come alone, beside what is under way."""
    evaluator, problem = objective.evaluator, objective.evaluator.problem
    early = earliest_months(problem, objective.delay_months)
    start, finish = (
        np.where(months == NEVER, NOT_PLANNED, months).astype(np.int32) for months in (early.start, early.finish)
    )
    plans = plan_months(problem, start, finish)
    metric = evaluator.walk(plans, discounted=True).metric
    points: Floats = objective.by_scenario(metric.transpose(1, 0, 2)[None])[0]
    return points


def _check(result: SearchResult) -> None:
    """A bound above what was found would be a fault of gridprio, never of the study."""
    if result.bound > result.best + 1e-6 * (1.0 + abs(result.best)):
        raise AssertionError(f"the bound {result.bound} is above the order found, {result.best}")


def weights_in_words(objective: Objective) -> list[tuple[str, float]]:
    """Metric and points per unit, those that count."""
    return [(metric, weight) for metric, weight in zip(METRICS, objective.weight.tolist(), strict=True) if weight]


def budget_of(text: str) -> Budget:
    """`500` orders, or `90s` seconds; InputError for anything else."""
    number = text.removesuffix("s")
    if not number.isdigit() or int(number) < 1:
        what, expected = sentence("problem.no_budget"), sentence("expected.budget")
        raise InputError([Problem("--budget", None, None, what, repr(text), expected)])
    return Budget(10**9, float(number)) if text.endswith("s") else Budget(int(number))
