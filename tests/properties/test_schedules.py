"""All schedules of small studies: those of lists are among them, the best is the best, and more never worsens it."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridprio.inputs.resource_tables import Budget as BudgetRow
from gridprio.model.plan import PlanProblem
from gridprio.plan import build_problem
from gridprio.search import MOST_EXACT, Budget, compare_orders
from gridprio.search.best_schedule import best_schedule
from gridprio.search.levers import steps
from gridprio.search.phase_months import PhaseMonths
from gridprio.search.schedules import every_schedule
from tests.mixed_studies import mixed
from tests.plan_studies import studies
from tests.search_studies import evaluator_of, every_permutation, searched, study_of
from tests.unit.plan.rows import crew, phase, project
from tests.unit.plan.rows import study as plan_rows

ROUNDING = 1e-9
NO_LAPSES = frozenset({"lapses"})
MORE = ("crew", "permit_desk", "budget", "delivery", "outage_slot", "permit_time")


def rows_of(start: np.ndarray, finish: np.ndarray) -> set[bytes]:
    return {row.tobytes() for row in np.hstack([start, finish])}


def holds_every_plan(rows: SimpleNamespace, seed: int) -> None:
    objective, places = searched(study_of(rows), seed)
    every = every_schedule(objective.evaluator.problem, MOST_EXACT)
    if every is None:
        assert (objective.evaluator.problem.arrays.predecessor_valid >= 0).any()
        return
    made = objective.evaluator.schedule(places.whole(every_permutation(len(places.open_places))))
    assert rows_of(made.start, made.finish) <= rows_of(every.start, every.finish)


@settings(deadline=None, max_examples=60)
@given(studies(most=5), st.integers(0, 10_000))
def test_every_plan_of_every_list_is_a_schedule(rows: SimpleNamespace, seed: int) -> None:
    holds_every_plan(rows, seed)


@pytest.mark.parametrize("seed", range(25))
def test_every_plan_of_crowded_studies_is_a_schedule(seed: int) -> None:
    holds_every_plan(mixed(5, seed, NO_LAPSES), seed)


@pytest.mark.parametrize("seed", range(30))
def test_more_of_anything_never_worsens_the_best_schedule_of_a_regular_objective(seed: int) -> None:
    study = study_of(mixed(4, seed, NO_LAPSES | {"choices"}), weight_capital_cost_meur=0)
    objective, _ = searched(study, seed, regular=True)
    before = best_schedule(objective, MOST_EXACT)
    assert before is not None
    more = [step for step in steps(study, objective.evaluator.problem) if step.kind in MORE]
    assert more
    for step in more:
        eased = objective.with_evaluator(objective.evaluator.with_problem(step.problem))
        after = best_schedule(eased, MOST_EXACT)
        assert after is not None
        assert after.pooled <= before.pooled + ROUNDING * (1 + abs(before.pooled)), (step.kind, step.name, step.year)


@st.composite
def two_crews_and_money(draw: st.DrawFn) -> SimpleNamespace:
    """So few months that every schedule can be tried; money of a year that works over its end share with others."""
    ids = "abc"
    projects = [project(i, operator_rank=k + 1, cost_meur=draw(st.integers(1, 6))) for k, i in enumerate(ids)]
    phases = [
        phase(i, "build", draw(st.integers(1, 4)), draw(st.sampled_from(("hv:1", "civil:1", "hv:1 civil:1"))),
              cost_share=1.0, earliest=draw(st.sampled_from((None, "2026-06", "2026-10"))))
        for i in ids
    ]  # fmt: skip
    money = draw(st.lists(st.integers(0, 8), min_size=2, max_size=2))
    budgets = [BudgetRow(operator_id="op", year=2026 + k, budget_meur=meur) for k, meur in enumerate(money)]
    return plan_rows(projects, phases, [crew("hv", 1), crew("civil", 1)], budgets, end_year=2027)


def feasible(problem: PlanProblem) -> list[tuple[int, ...]]:
    """Starts [phase] of all schedules that crews and money allow; n_month + 1 stands for none."""
    a = problem.arrays
    months = [PhaseMonths(a, k) for k in range(a.n_phase)]
    options = [
        [m for m in range(int(a.earliest[k]), a.n_month) if months[k].possible[m]] + [a.n_month + 1]
        for k in range(a.n_phase)
    ]
    found = []
    for starts in product(*options):
        free, money = a.capacity.copy(), a.budget.copy()
        for k, start in enumerate(starts):
            if start <= a.n_month:
                for need in range(a.need_start[k], a.need_start[k + 1]):
                    free[a.pool[a.pool_start[need]]] -= a.need_units[need] * months[k].works[start]
                if a.phase_budget[k] >= 0:
                    money[a.phase_budget[k]] -= months[k].rate * months[k].by_year[start]
        if (free >= 0).all() and (money >= 0).all():
            found.append(starts)
    return found


@settings(deadline=None, max_examples=12)
@given(two_crews_and_money(), st.integers(1, 9), st.integers(1, 9))
def test_the_best_schedule_is_that_of_all_feasible_ones(rows: SimpleNamespace, first: int, second: int) -> None:
    problem = build_problem(rows)
    every = every_schedule(problem, MOST_EXACT)
    assert every is not None
    weight = np.array([first, second, 1.0])
    started = np.where(every.start < 0, problem.arrays.n_month + 1, every.start)
    best = min(float(weight @ np.array(starts)) for starts in feasible(problem))
    assert float((started @ weight).min()) == best


def test_a_schedule_may_interleave_two_projects_and_a_list_may_not() -> None:
    # the desk serves a first, the crew b: a is in service in month 20 and b in 15; of the lists a, b gives 17 and 20,
    # and b, a gives 27 and 13
    rows = plan_rows(
        [project("a"), project("b")],
        [
            phase("a", "permit", 2, "desk:1"), phase("a", "procurement", 10), phase("a", "build", 5, "hv:1"),
            phase("b", "permit", 10, "desk:1"), phase("b", "build", 3, "hv:1"),
        ],
        [crew("hv", 1), crew("desk", 1, kind="permit_desk")],
    )  # fmt: skip
    objective, places = searched(study_of(rows), 0)
    made = objective.evaluator.schedule(places.whole(every_permutation(2)))
    every = every_schedule(objective.evaluator.problem, MOST_EXACT)
    assert every is not None

    def ends(finish: np.ndarray) -> set[tuple[int, int]]:
        return {(int(row[2]), int(row[4])) for row in finish}

    assert ends(made.finish) == {(17, 20), (27, 13)}
    assert ends(every.finish) == {(17, 20), (27, 13), (20, 15)}


def test_the_best_schedule_is_a_row_and_the_bound() -> None:
    for seed in range(12):
        study = study_of(mixed(4, seed, NO_LAPSES), weight_capital_cost_meur=0)
        objective, places = searched(study, seed, regular=True)
        compared = compare_orders(objective, places, {"operator": places.base}, [], Budget(5), most_exact=MOST_EXACT)
        table = compared.search_table()
        assert compared.schedule is not None and compared.exact
        assert (table.points >= table.bound_points - ROUNDING * (1 + table.points.abs()))[
            table.order_name != "no_scarcity"
        ].all()
        least, best = compared.pooled("best_schedule"), compared.pooled("best_found")
        assert least <= best + ROUNDING * (1 + abs(best))


def test_lapsing_permits_and_delays_are_not_claimed() -> None:
    rows = plan_rows([project("a")], [phase("a", "permit", 2, valid_months=3), phase("a", "build", 3)])
    assert every_schedule(evaluator_of(study_of(rows), 0).problem, MOST_EXACT) is None
    delayed, _ = searched(study_of(mixed(3, 1, NO_LAPSES), search_draws=2), 1)
    assert best_schedule(delayed, MOST_EXACT) is None and best_schedule(delayed, 0) is None
    planned, _ = searched(study_of(mixed(3, 1, NO_LAPSES)), 1)
    assert best_schedule(planned, MOST_EXACT) is not None and best_schedule(planned, 1) is None
