"""The game of fixed dates on drawn cells."""

from __future__ import annotations

import numpy as np
import pytest

from gridprio.orders import given_orders
from gridprio.outcome import FixedDatesGame
from gridprio.plan import plan_months
from gridprio.search import contribution_orders
from tests.search_studies import contended, searched, study_of


def game_of(rows):
    objective, places = searched(study_of(rows), 4)
    evaluator = objective.evaluator
    made = evaluator.schedule(places.base[None])
    months = plan_months(evaluator.problem, made.start, made.finish)
    return objective, places, FixedDatesGame(evaluator, months, places.movable.tolist())


def test_everybody_is_the_plan_and_nobody_is_the_grid_as_given() -> None:
    objective, places, game = game_of(contended(4, 1))
    every, none = game.metrics(np.array([[True] * 4, [False] * 4]))
    planned = objective.evaluator.evaluate(places.base[None])[0, :, 0]
    assert every == pytest.approx(planned) and (none != planned).any()
    capital = objective.evaluator.metrics.index("capital_cost_meur")
    assert (none[:, capital] == 0).all()


def test_a_coalition_that_breaks_a_requirement_is_its_largest_feasible_part() -> None:
    rows = contended(4, 1)
    chain = {"p1": ("p0",), "p2": ("p1",)}
    rows.projects = tuple(p.model_copy(update={"requires": chain.get(p.project_id, ())}) for p in rows.projects)
    _, _, game = game_of(rows)
    asked = np.array([[False, True, True, True], [True, False, True, False], [True, True, True, False]])
    expected = [[False, False, False, True], [True, False, False, False], [True, True, True, False]]
    assert game.feasible(asked).tolist() == expected
    assert (game.metrics(asked) == game.metrics(np.array(expected))).all()


def test_orders_by_contribution_rank_what_the_table_says() -> None:
    objective, places = searched(study_of(contended(5, 2)), 2)
    lists, table = contribution_orders(objective, places, pairs=1)
    ids = np.array(objective.evaluator.project_ids)
    assert set(lists) == {"benefit_cost", "pint", "toot", "shapley_cost"} and table.exact.all()
    for column in ("pint", "toot"):
        ranked = table.sort_values(column, ascending=False, kind="stable").project_id.tolist()
        planned = [p for p in ids[lists[column]] if p in set(ranked)]
        assert planned == ranked
    assert all(sorted(row.tolist()) == list(range(5)) for row in lists.values())
    given = given_orders(objective.evaluator.study, places, objective.evaluator.project_ids, 2)
    assert (given["operator"] == places.base).all() and not (given["random_0"] == given["random_1"]).all()
