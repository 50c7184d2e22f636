"""The games of projects on drawn cells."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from gridprio.games import contribution, every_coalition, exact_contributions
from gridprio.model.metrics import METRICS
from gridprio.orders import given_orders
from gridprio.outcome import AreaValues, FixedDatesGame, ReplannedGame
from gridprio.pipeline.contributions import StudyGames
from gridprio.plan import plan_months
from gridprio.search import Objective, contribution_orders
from tests.search_studies import contended, searched, study_of


def chained(n: int = 4) -> SimpleNamespace:
    rows = contended(n, 1)
    chain = {"p1": ("p0",), "p2": ("p1",)}
    rows.projects = tuple(p.model_copy(update={"requires": chain.get(p.project_id, ())}) for p in rows.projects)
    return rows


def opened(rows: SimpleNamespace) -> tuple[Objective, np.ndarray, AreaValues]:
    objective, places = searched(study_of(rows), 4)
    return objective, places.base, AreaValues(objective.evaluator, objective.weight, objective.scenario_share)


def fixed_dates(rows: SimpleNamespace) -> tuple[Objective, np.ndarray, AreaValues, FixedDatesGame]:
    objective, order, values = opened(rows)
    made = objective.evaluator.schedule(order[None])
    months = plan_months(objective.evaluator.problem, made.start, made.finish)
    return objective, order, values, FixedDatesGame(objective.evaluator, months, range(len(order)))


def all_areas(game: FixedDatesGame, values: AreaValues, coalitions: np.ndarray) -> np.ndarray:
    return sum(game.worth(coalitions, values, area) for area in range(len(values.areas)))


def test_areas_add_up_to_the_plan() -> None:
    objective, order, values, game = fixed_dates(contended(4, 1))
    every, none = all_areas(game, values, np.array([[True] * 4, [False] * 4]))
    planned = objective.evaluator.evaluate(order[None])[0, :, 0]
    assert -every[:-1].reshape(planned.shape) == pytest.approx(planned) and (none != every).any()
    assert (none[:-1].reshape(planned.shape)[:, METRICS.index("capital_cost_meur")] == 0).all()
    weight = np.where(np.array(METRICS) == "capital_cost_meur", 0.0, objective.weight)
    points = objective.evaluator.evaluate(order[None], discounted=True)[0, :, 0] @ weight @ objective.scenario_share
    assert every[-1] == pytest.approx(-points)


def test_a_coalition_that_breaks_a_requirement_is_its_largest_feasible_part() -> None:
    _, _, values, game = fixed_dates(chained())
    asked = np.array([[False, True, True, True], [True, False, True, False], [True, True, True, False]])
    expected = np.array([[False, False, False, True], [True, False, False, False], [True, True, True, False]])
    assert game.feasible(asked).tolist() == expected.tolist()
    assert (all_areas(game, values, asked) == all_areas(game, values, expected)).all()


def test_replanned_coalitions_are_plans_without_the_others() -> None:
    objective, order, values = opened(chained())
    game = ReplannedGame(objective.evaluator, order, range(4))
    found = game.worth(np.array([[True] * 4, [False] * 4, [True, False, True, True]]), values).sum(axis=1)
    planned = objective.evaluator.evaluate(order[None])[0, :, 0]
    assert -found[0, :-1].reshape(planned.shape) == pytest.approx(planned)
    alone = game.worth(np.array([[True, False, False, True]]), values).sum(axis=1)
    assert (found[2] == alone[0]).all() and (found[1] != alone[0]).any()


def test_who_is_left_out_leaves_the_crew_to_others() -> None:
    objective, order, _ = opened(contended(3, 0))
    last = int(order[-1])
    game = ReplannedGame(objective.evaluator, order, range(3))
    alone = np.zeros((1, 3), dtype=bool)
    alone[0, last] = True
    months = game._planned(alone).in_service[0]
    planned = objective.evaluator.schedule(order[None])
    before = plan_months(objective.evaluator.problem, planned.start, planned.finish).in_service[0]
    assert 0 <= months[last] < before[last] and (np.delete(months, last) == -1).all()


@pytest.mark.parametrize("rows", [contended(5, 2), chained(5)], ids=["contended", "chained"])
def test_contributions_area_by_area_are_those_of_the_whole_game(rows: SimpleNamespace) -> None:
    """Areas have players of their own, and what they add is added up: as if the whole were one game."""
    objective, _, values, game = fixed_dates(rows)
    found = StudyGames(objective).fixed_dates()
    table = all_areas(game, values, every_coalition(5))
    unions = [[0b00001, 0b11110], [0b00011, 0b11100]]
    whole, total = exact_contributions(table, unions), found.total.found
    assert total.exact and found.projects == list(range(5))
    for name in ("pint", "toot", "shapley"):
        assert getattr(total, name) == pytest.approx(getattr(whole, name), abs=1e-9)
    assert total.shapley.sum(axis=0) == pytest.approx(table[-1] - table[0])
    named = contribution(lambda s: float(table[sum(1 << i for i in s), 0]), list(range(5)))  # type: ignore[misc]
    assert total.shapley[:, 0] == pytest.approx(list(named.values()))


def test_orders_by_contribution_rank_what_the_game_says() -> None:
    objective, places = searched(study_of(contended(5, 2)), 2)
    games = StudyGames(objective)
    points = games.points(games.fixed_dates())
    study, ids = objective.evaluator.study, np.array(objective.evaluator.project_ids)
    lists = contribution_orders(study.projects, places, points)
    assert set(lists) == {"benefit_cost", "pint", "toot", "shapley_cost"}
    for column in ("pint", "toot"):
        ranked = sorted(points[column], key=lambda p: -points[column][p])
        assert [p for p in ids[lists[column]] if p in points[column]] == ranked
    assert all(sorted(row.tolist()) == list(range(5)) for row in lists.values())
    given = given_orders(study, places, objective.evaluator.project_ids, 2)
    assert (given["operator"] == places.base).all() and not (given["random_0"] == given["random_1"]).all()
