"""Search on studies small enough to enumerate, and what is said beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gridprio.errors import InputError
from gridprio.inputs.resource_tables import Budget as BudgetRow
from gridprio.model.metrics import DEFINITIONS
from gridprio.orders import given_orders, operator_order, status_timeline
from gridprio.search import (
    Budget,
    budget_of,
    compare_orders,
    explore,
    judged_on,
    search_room_table,
    shadow_prices,
    study_objective,
)
from gridprio.search.bound import lower_bound
from gridprio.search.exact import exact_lists
from gridprio.search.levers import steps
from gridprio.text.entries import entries
from tests.mixed_studies import mixed
from tests.search_studies import contended, evaluator_of, every_permutation, searched, study_of
from tests.unit.plan.rows import crew, phase, project
from tests.unit.plan.rows import study as plan_rows
from tests.unit.plan.test_anomaly import WORKS


@pytest.mark.slow
def test_the_optimum_of_small_studies_is_found_for_nearly_every_seed() -> None:
    hits, tried = 0, 0
    every = every_permutation(7)
    for number in range(3):
        objective, places = searched(study_of(contended(7, number, end_year=2031)), number, regular=True)
        values = objective(places.whole(every))
        assert len(np.unique(values)) > 1_000  # a real choice: of the 5,040 lists many differ
        known = dict(zip((row.tobytes() for row in every), values.tolist(), strict=True))
        for seed in range(20):
            found = explore(
                lambda lists, of=known: np.array([of[row.tobytes()] for row in np.ascontiguousarray(lists, np.int32)]),
                every[:1],
                Budget(700),
                seed,
            )
            assert found.best >= values.min()
            hits, tried = hits + (found.best == values.min()), tried + 1
    assert hits >= 0.95 * tried


def test_exact_goes_through_all_plans_and_says_so() -> None:
    objective, places = searched(study_of(contended(5, 3)), 3)
    lists = given_orders(objective.evaluator.study, places, objective.evaluator.project_ids, 3)
    compared = compare_orders(objective, places, lists, [], Budget(200))
    best = objective(places.whole(every_permutation(5))).min()
    assert compared.exact and compared.pooled("best_found") == pytest.approx(best, rel=1e-12)
    assert all(compared.pooled(name) >= best - 1e-9 for name in lists)
    assert compared.bound.points <= best
    assert set(lists) == {"operator", "request_date", "need_year", "random_0", "random_1", "random_2"}


def test_few_plans_are_gone_through_whatever_the_budget_when_asked() -> None:
    objective, places = searched(study_of(contended(5, 3)), 3)
    lists = given_orders(objective.evaluator.study, places, objective.evaluator.project_ids, 0)
    assert compare_orders(objective, places, lists, [], Budget(10), most_exact=1_000).exact
    assert not compare_orders(objective, places, lists, [], Budget(10)).exact


@pytest.mark.slow
def test_what_was_found_on_planned_dates_is_judged_on_drawn_ones() -> None:
    """All points, which list is best, and what none can beat, on one and the same draws."""
    changed = 0
    for seed in range(6):
        objective, places = searched(study_of(contended(6, seed)), seed)
        evaluator = objective.evaluator
        study, ids = evaluator.study, evaluator.project_ids
        delays = np.random.default_rng(seed).integers(0, 9, (20, evaluator.problem.arrays.n_phase)).astype(np.int32)
        drawn = replace(objective, delay_months=delays)
        order = operator_order(study.projects, "before_status", study.project_phases)
        ruled = [status_timeline(order, ids, ids[3:], study.settings, name="with_order")]
        found = compare_orders(objective, places, given_orders(study, places, ids, 2), ruled, Budget(30))
        judged = judged_on(found, drawn, ruled)
        assert set(judged.points) == set(found.points) and not judged.exact
        for name, whole in judged.lists.items():
            assert judged.pooled(name) == pytest.approx(float(drawn(whole[None])[0]))
            assert judged.pooled("best_found") <= judged.pooled(name)
        assert judged.pooled("best_found") <= judged.pooled("with_order")
        assert judged.bound.points == lower_bound(drawn, study.settings.bound_states).points
        assert judged.lowest("best_found")[1] <= judged.pooled("best_found")
        place = search_room_table(judged).set_index("project_id").best_place
        best = [ids[row] for row in judged.lists["best_found"]]
        assert [best[at - 1] for at in place] == place.index.tolist()
        changed += (judged.lists["best_found"] != found.lists["best_found"]).any()
    assert changed  # what is best on planned dates need not be so on drawn ones


def test_a_budget_too_small_for_all_plans_claims_nothing() -> None:
    objective, places = searched(study_of(contended(6, 3)), 3)
    compared = compare_orders(
        objective,
        places,
        given_orders(objective.evaluator.study, places, objective.evaluator.project_ids, 0),
        [],
        Budget(20),
    )
    assert not compared.exact and compared.result.history[-1].orders == 20
    table = compared.search_table()
    assert set(table.order_name) == {"operator", "request_date", "need_year", "best_found", "no_scarcity"}
    assert (table.bound_points <= table.points + 1e-9).all()
    assert set(table.scenario) == {"low", "high", "pooled"}


def test_merged_beginnings_are_fewer_than_lists_where_projects_do_not_meet() -> None:
    projects = [project(i, operator_rank=k + 1) for k, i in enumerate("abcdef")]
    phases = [phase(i, "build", 3, "one:1" if i in "abc" else "two:1") for i in "abcdef"]
    rows = plan_rows(projects, phases, [crew("one", 1), crew("two", 1)])
    objective, places = searched(study_of(rows), 1)
    for most in (720, 719):  # all lists are made, or their beginnings are merged
        exact = exact_lists(objective, places, most)
        assert exact is not None and len(exact) == 36  # 3! x 3! plans among 720 lists
    assert exact_lists(objective, places, 35) is None


def test_sizes_and_temporary_solutions_are_exact_where_all_lists_are_made_and_else_not_claimed() -> None:
    tried = 0
    for seed in range(40):
        objective, places = searched(study_of(mixed(5, seed)), seed)
        if not objective.evaluator.problem.arrays.has_choices:
            continue
        every = objective(places.whole(every_permutation(len(places.open_places))))
        exact = exact_lists(objective, places, 120)
        assert exact is not None and float(objective(places.whole(exact)).min()) == float(every.min())
        assert exact_lists(objective, places, 119) is None or len(every) < 120  # beginnings do not settle their plan
        tried += 1
    assert tried > 5


def test_fixed_projects_keep_their_places() -> None:
    rows = contended(5, 1)
    rows.projects = tuple(
        p.model_copy(update={"safety": True}) if k in (0, 3) else p for k, p in enumerate(rows.projects)
    )
    _, places = searched(study_of(rows), 1)
    whole = places.whole(every_permutation(len(places.open_places)))
    assert len(places.open_places) == 3 and (whole[:, [0, 3]] == [0, 3]).all()
    assert (np.sort(whole, axis=1) == np.arange(5)).all()
    again = np.array([places.permutation(row) for row in whole])
    assert (places.whole(again) == whole).all()


def test_what_waits_for_nobody_is_not_searched() -> None:
    rows = contended(3, 1)
    rows.projects = (*rows.projects, project("alone", operator_rank=4))
    rows.project_phases = (*rows.project_phases, phase("alone", "build", 5))
    _, places = searched(study_of(rows), 1)
    assert places.movable.tolist() == [0, 1, 2]


def prices_of(rows: object, seed: int, again: int = 0, **settings: object) -> pd.DataFrame:
    objective, places = searched(study_of(rows, **settings), seed, regular=True)  # type: ignore[arg-type]
    return shadow_prices(objective, places, {"operator": places.base}, Budget(again), 0)


def test_shadow_prices_are_differences_of_whole_plans() -> None:
    rows = contended(4, 2)
    rows.budgets = tuple(BudgetRow(operator_id="op", year=2026 + k, budget_meur=8) for k in range(4))
    objective, places = searched(study_of(rows), 2, regular=True)
    prices = shadow_prices(objective, places, {"operator": places.base}, Budget(0), 0)
    points = prices[prices.metric == "points"].set_index(["kind", "name", "year"])
    before = objective(places.base[None])[0]
    richer = contended(4, 2)
    richer.budgets = rows.budgets
    richer.crews = (crew("hv", 2), crew("desk", 1, kind="permit_desk"))
    after = evaluator_of(study_of(richer), 2, regular=True)
    expected = objective.with_evaluator(after)(places.base[None])[0] - before
    assert points.loc[("crew", "hv", 0), "change"] == pytest.approx(expected, abs=1e-9) and expected < 0
    assert points.loc[("permit_desk", "desk", 0), "lever"] == "province"
    assert points.loc[("permit_time", "", 0), "lever"] == "province"
    assert [year for kind, name, year in points.index if kind == "budget"] == [2026, 2027, 2028, 2029]
    levers = list(dict.fromkeys(prices.lever))
    assert levers == [name for name in ("province", "municipality", "operator", "state") if name in levers]


def test_searched_again_is_never_worse_than_the_same_order() -> None:
    rows = contended(4, 5)
    prices = prices_of(rows, 5, again=30)
    points = prices[prices.metric == "points"]
    wide = points.pivot_table(index=["kind", "name", "year"], columns="basis", values="change")
    assert len(wide) and (wide["searched_again"] <= wide["same_order"] + 1e-9).all()
    assert not points[points.basis == "searched_again"].anomaly.any()


def test_an_order_that_gets_worse_with_more_crew_is_marked() -> None:
    rows = plan_rows(
        [project(i, operator_rank=k, requires=("c",) if i == "d" else ()) for k, i in enumerate(WORKS, start=1)],
        [phase(i, "build", months, crews) for i, (crews, months) in WORKS.items()],
        [crew("hv", 1), crew("civil", 1)],
        end_year=2028,
    )
    marked = [row for seed in range(20) for row in prices_of(rows, seed).to_dict("records") if row["anomaly"]]
    assert {row["name"] for row in marked} == {"hv"} and all(
        row["change"] > 0 for row in marked if row["metric"] == "points"
    )


def test_land_and_permits_save_no_more_than_they_last() -> None:
    rows = plan_rows(
        [project("a", operator_rank=1)],
        [
            phase("a", "permit", 4, lever="state"),
            phase("a", "land", 20, earliest="2026-06"),
            phase("a", "build", 6, work_months=(4, 5, 6)),
        ],
    )
    study = study_of(rows)
    found = {step.kind: step for step in steps(study, evaluator_of(study, 0).problem)}
    assert found["permit_time"].lever == "state" and found["permit_time"].problem.arrays.duration.tolist() == [0, 20, 6]
    assert found["land_time"].lever == "municipality"
    assert found["land_time"].problem.arrays.duration.tolist() == [4, 8, 6]
    assert found["land_time"].problem.arrays.earliest.tolist() == [0, 0, 0]
    assert found["outage_month"].problem.arrays.calendar[2] == 0b1111 << 3
    assert set(found) == {"permit_time", "land_time", "outage_month"}


def test_weights_of_nothing_are_refused() -> None:
    study = study_of(
        contended(2, 0),
        **{metric.weight_setting: 0 for metric in DEFINITIONS},
    )
    with pytest.raises(InputError, match="every weight of the search is 0"):
        study_objective(evaluator_of(study, 0))


def test_the_scenario_of_the_search_counts_alone() -> None:
    low, high, both = (searched(study_of(contended(3, 1), search_scenario=name), 1) for name in ("low", "high", ""))
    base = low[1].base[None]
    assert both[0](base)[0] == pytest.approx((low[0](base)[0] + high[0](base)[0]) / 2)
    assert low[0](base)[0] != high[0](base)[0]


@pytest.mark.parametrize(("text", "orders", "seconds"), [("2000", 2000, np.inf), ("90s", 10**9, 90.0)])
def test_budgets(text: str, orders: int, seconds: float) -> None:
    assert budget_of(text) == Budget(orders, seconds)


@pytest.mark.parametrize("text", ["", "0", "s", "2h", "-5", "1.5"])
def test_wrong_budgets(text: str) -> None:
    with pytest.raises(InputError, match="budget"):
        budget_of(text)


def test_every_given_order_has_a_word() -> None:
    objective, places = searched(study_of(contended(5, 3)), 3)
    evaluator = objective.evaluator
    lists = given_orders(evaluator.study, places, evaluator.project_ids)
    assert {f"order.{name}" for name in lists} <= entries().keys()
