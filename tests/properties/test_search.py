"""What holds for every study, order and cell: the bound is below the exact value, and that below what search finds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridprio.orders.places import Places
from gridprio.plan import build_problem
from gridprio.search.bound import lower_bound
from gridprio.search.exact import PartialPlans, distinct_lists, exact_lists, settles
from gridprio.search.explore import Budget, explore
from gridprio.search.levers import steps
from gridprio.search.objective import Objective
from tests.plan_studies import studies
from tests.search_studies import every_permutation, searched, study_of
from tests.unit.plan.rows import crew, phase, project
from tests.unit.plan.rows import study as plan_rows

ROUNDING = 1e-9
"""Relative; sums of the bound run in another order than those of the kernels."""


@settings(deadline=None, max_examples=60)
@given(studies(), st.integers(0, 10_000), st.integers(0, 2))
def test_bound_exact_and_search_stand_in_order(rows: SimpleNamespace, seed: int, draws: int) -> None:
    objective, places = searched(study_of(rows, search_draws=draws), seed)
    n = len(places.open_places)
    every = objective(places.whole(every_permutation(n)))
    best = float(every.min())
    bound = lower_bound(objective, 10_000)
    assert bound.whole
    assert bound.points <= best + ROUNDING * (1 + abs(best))
    less = lower_bound(objective, 20)
    assert less.points <= bound.points + ROUNDING * (1 + abs(best))
    found = explore(lambda p: objective(places.whole(p)), np.arange(n)[None], Budget(30), seed)
    assert best - ROUNDING * (1 + abs(best)) <= found.best <= every[0] + ROUNDING * (1 + abs(best))
    exact = exact_lists(objective, places, 10_000)
    assert exact is not None and len(exact) <= len(every)
    assert float(objective(places.whole(exact)).min()) == best


@settings(deadline=None, max_examples=40)
@given(studies(), st.integers(0, 10_000))
def test_every_plan_of_every_list_is_among_the_distinct_ones(rows: SimpleNamespace, seed: int) -> None:
    objective, places = searched(study_of(rows), seed)
    every = every_permutation(len(places.open_places))
    exact = exact_lists(objective, places, 10_000)
    assert exact is not None
    keys = objective.keys(places.whole(exact))
    assert len(set(keys)) == len(keys) and set(keys) == set(objective.keys(places.whole(every)))


@settings(deadline=None, max_examples=40)
@given(studies().filter(lambda rows: settles(build_problem(rows))), st.integers(0, 10_000))
def test_merged_beginnings_hold_every_plan(rows: SimpleNamespace, seed: int) -> None:
    objective, places = searched(study_of(rows), seed)
    n = len(places.open_places)
    merged = distinct_lists(n, PartialPlans(objective.evaluator, places), 10_000)
    assert merged is not None

    def plans(permutations: np.ndarray) -> set[bytes]:
        made = objective.evaluator.schedule(places.whole(permutations))
        return {row.tobytes() for row in np.hstack([made.start, made.finish])}

    assert plans(merged) == plans(every_permutation(n))


@st.composite
def one_scarce_phase(draw: st.DrawFn) -> SimpleNamespace:
    """Each project takes one crew in one phase: what serial generation by project finds an optimum for."""
    n = draw(st.integers(2, 4))
    ids = "abcd"[:n]
    projects = [
        project(i, operator_rank=k + 1, requires=tuple(ids[:1]) if k == 2 and draw(st.booleans()) else ())
        for k, i in enumerate(ids)
    ]
    phases = [
        row
        for i in ids
        for row in (
            phase(i, "study", draw(st.integers(0, 6))),
            phase(
                i,
                "build",
                draw(st.integers(1, 9)),
                draw(st.sampled_from(("hv:1", "hv:2", "civil:1", "hv:1 civil:1"))),
                work_months=draw(st.sampled_from(((), (4, 5, 6, 7, 8, 9)))),
            ),
        )
    ]
    crews = [crew("hv", draw(st.integers(2, 3)), growth_per_year=draw(st.sampled_from((0, 1, -1)))), crew("civil", 1)]
    return plan_rows(projects, phases, crews, end_year=2028)


@settings(deadline=None, max_examples=60)
@given(one_scarce_phase(), st.integers(0, 10_000))
def test_more_crew_never_worsens_the_optimum_of_a_regular_objective(rows: SimpleNamespace, seed: int) -> None:
    study = study_of(rows, weight_capital_cost_meur=0)
    objective, places = searched(study, seed, regular=True)
    before = _optimum(objective, places)
    more = [step for step in steps(study, objective.evaluator.problem) if step.kind in ("crew", "permit_desk")]
    assert more
    for step in more:
        eased = objective.with_evaluator(objective.evaluator.with_problem(step.problem))
        assert _optimum(eased, places) <= before + ROUNDING * (1 + abs(before)), (step.kind, step.name)


def _optimum(objective: Objective, places: Places) -> float:
    exact = exact_lists(objective, places, 10_000)
    assert exact is not None
    return float(objective(places.whole(exact)).min())
