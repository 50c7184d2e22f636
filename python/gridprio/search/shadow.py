"""What one step on each lever brings under a given order, and when the order is searched anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from gridprio.orders.places import Places
from gridprio.outcome import METRICS
from gridprio.search.explore import ROUNDING, Budget, explore
from gridprio.search.levers import Step, steps
from gridprio.search.objective import Floats, Lists, Objective

POINTS = "points"
"""Name of the objective in column `metric`."""
SAME_ORDER, SEARCHED_AGAIN = "same_order", "searched_again"


def shadow_prices(
    objective: Objective,
    places: Places,
    orders: Mapping[str, Lists],
    again: Budget,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Table `shadow_prices` of whole lists by name; with `again.orders` > 0 each step is also searched from the best.

    Below zero is better. A list that serves worse with more of something is an anomaly of the list, and is marked.
    """
    study, problem = objective.evaluator.study, objective.evaluator.problem
    names, lists = list(orders), np.stack(list(orders.values()))
    before = _values(objective, lists)
    best = int(before[:, -1].argmin())
    rows: list[dict[str, object]] = []
    every = steps(study, problem)
    for done, step in enumerate(every):
        eased = objective.with_evaluator(objective.evaluator.with_problem(step.problem))
        change = _values(eased, lists) - before
        for name, own, was in zip(names, change, before, strict=True):
            rows += _rows(step, name, SAME_ORDER, own, was)
        if again.orders:
            # The best list of the unchanged study is a start, so more never looks worse than it is.
            starts = np.stack([places.permutation(row) for row in lists])
            found = explore(lambda p, of=eased: of(places.whole(p)), starts, again, seed)  # type: ignore[misc]
            after = _values(eased, places.whole(found.permutation[None]))[0]
            rows += _rows(step, names[best], SEARCHED_AGAIN, after - before[best], before[best])
        if progress is not None:
            progress((done + 1) / len(every))
    return pd.DataFrame(rows, columns=list(COLUMNS))


COLUMNS = ("lever", "kind", "name", "year", "amount", "unit", "order_name", "basis", "metric", "change", "anomaly")


def _values(objective: Objective, lists: Lists) -> Floats:
    """[order, metric, points last], mean over scenarios and draws, discounted."""
    metric = objective.evaluator.evaluate(lists, objective.delay_months, discounted=True)
    means = np.einsum("osdm,s->om", metric, objective.scenario_share) / metric.shape[2]
    return np.column_stack([means, objective.of(metric)])


def _rows(step: Step, order_name: str, basis: str, change: Floats, before: Floats) -> list[dict[str, object]]:
    anomaly = bool(change[-1] > ROUNDING * (1 + abs(before[-1])))
    return [
        {
            "lever": step.lever,
            "kind": step.kind,
            "name": step.name,
            "year": step.year,
            "amount": step.amount,
            "unit": step.unit,
            "order_name": order_name,
            "basis": basis,
            "metric": metric,
            "change": float(value),
            "anomaly": anomaly,
        }
        for metric, value in zip((*METRICS, POINTS), change, strict=True)
    ]
