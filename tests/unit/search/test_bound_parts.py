"""The parts of the bound, each against what it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gridprio.plan import plan_months
from gridprio.search.bound import lower_bound
from gridprio.search.joint import JointLeast
from gridprio.search.reachable import plan_limits
from tests.plan_studies import studies
from tests.search_studies import contended, every_permutation, searched, study_of
from tests.unit.plan.rows import crew, phase, project
from tests.unit.plan.rows import study as plan_rows

WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""Studies are large; making them smaller takes minutes."""


@settings(deadline=None, max_examples=40, phases=WITHOUT_SHRINKING)
@given(studies(), st.integers(0, 2), st.integers(0, 1000))
def test_every_plan_keeps_to_the_effort(rows: SimpleNamespace, draws: int, seed: int) -> None:
    objective, places = searched(study_of(rows, search_draws=draws), 0)
    problem = objective.evaluator.problem
    limits = plan_limits(problem, objective.delay_months)
    n = len(places.open_places)
    lists = np.stack([np.random.default_rng(seed + k).permutation(n) for k in range(20)]).astype(np.int32)
    made = objective.evaluator.schedule(places.whole(lists), objective.delay_months)
    months = plan_months(problem, made.start, made.finish)
    for month in range(problem.arrays.n_month):
        gone = (months.out_of_service >= 0) & (months.out_of_service <= month)
        there = (months.in_service >= 0) & (months.in_service <= month) & ~gone
        for effort in (limits.effort, limits.planned_effort):
            draw = np.arange(len(there)) % len(effort.room)
            used = (effort.work[draw] @ there.astype(float)[:, :, None])[:, :, 0]
            assert (used <= effort.room[draw, :, month] + 1e-6).all()


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 3))
def test_the_least_of_all_areas_is_never_above_and_mostly_the_minimum(seed: int, n_area: int, n_scarce: int) -> None:
    random = np.random.default_rng(seed)
    states = random.integers(1, 9, n_area)
    points = [np.round(random.uniform(0, 10, n), 1) for n in states]
    work = [random.integers(0, 6, (n, n_scarce)).astype(float) for n in states]
    for own in work:
        own[0] = 0.0
    room = random.integers(0, 8, n_scarce).astype(float)
    least = min(
        sum(points[at][k] for at, k in enumerate(choice))
        for choice in product(*map(range, states))
        if (sum(work[at][k] for at, k in enumerate(choice)) <= room).all()
    )
    joint = JointLeast()
    for _ in range(2):  # the second time it begins with what it learnt
        found = joint(points, each(points), [own.T[None] for own in work], room[None], everywhere(points))
        assert found == pytest.approx(least, abs=1e-9)


def test_states_that_cannot_be_do_not_count() -> None:
    points = [np.array([5.0, np.inf, 1.0]), np.array([np.inf, 2.0])]
    work = [np.array([[[0.0, 0.0, 3.0]]]), np.array([[[0.0, 1.0]]])]
    possible = [np.isfinite(own)[None] for own in points]
    assert JointLeast()(points, each(points), work, np.array([[4.0]]), possible) == 3.0
    assert JointLeast()(points, each(points), work, np.array([[3.0]]), possible) == 7.0


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_no_draw_has_less_than_its_bound(seed: int, n_area: int) -> None:
    random = np.random.default_rng(seed)
    states = random.integers(2, 7, n_area)
    points = [np.round(random.uniform(0, 10, n), 1) for n in states]
    work = [random.integers(0, 6, (5, 2, n)).astype(float) for n in states]
    room, possible = random.integers(0, 8, (5, 2)).astype(float), [random.random((5, n)) < 0.6 for n in states]
    for own, may in zip(work, possible, strict=True):
        own[:, :, 0], may[:, 0] = 0.0, True
    bound = JointLeast()(points, each(points), work, room, possible)
    for draw in range(5):
        assert bound[draw] <= 1e-9 + min(
            sum(points[at][k] for at, k in enumerate(choice))
            for choice in product(*(np.flatnonzero(own[draw]) for own in possible))
            if (sum(work[at][draw, :, k] for at, k in enumerate(choice)) <= room[draw]).all()
        )


def test_the_bound_of_draws_has_prices_of_their_own() -> None:
    """One of two areas can have its cheap state; without prices both would, and draws that are alike have one bound."""
    points, work = [np.array([6.0, 1.0])] * 2, [np.array([[0.0, 2.0]])] * 2
    draws = [np.repeat(own[None], 3, axis=0) for own in work]
    possible = [np.ones((3, 2), dtype=bool)] * 2
    bound = JointLeast()(points, each(points), draws, np.full((3, 1), 2.0), possible)
    assert bound == pytest.approx([7.0] * 3, abs=1e-6)


def each(points: Sequence[np.ndarray]) -> list[np.ndarray]:
    """[area][state, project], one project per state."""
    return [np.eye(len(own)) for own in points]


def everywhere(points: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [np.ones((1, len(own)), dtype=bool) for own in points]


def test_a_desk_long_before_service_is_scarce() -> None:
    """Two permits of a year on one desk, then a year of works that nothing holds up: both not before three years."""
    ids = ("a", "b")
    rows = plan_rows(
        [project(i, operator_rank=k + 1) for k, i in enumerate(ids)],
        [row for i in ids for row in (phase(i, "permit", 12, "desk:1"), phase(i, "build", 12))],
        [crew("desk", 1, kind="permit_desk")],
        end_year=2029,
    )
    objective, _ = searched(study_of(rows), 0)
    effort = plan_limits(objective.evaluator.problem, None).effort
    both = effort.work[0].sum(axis=1)
    assert next(month for month in range(48) if (both <= effort.room[0, :, month]).all()) == 36


def test_what_a_crew_has_left_below_the_size_of_a_need_serves_nobody() -> None:
    """A crew of 1.8 builds for one project at a time, and an overrun of half a year holds it too."""
    ids = ("a", "b")
    rows = plan_rows(
        [project(i, operator_rank=k + 1) for k, i in enumerate(ids)],
        [phase(i, "build", 12, "hv:1") for i in ids],
        [crew("hv", 1.8)],
        end_year=2029,
    )
    objective, _ = searched(study_of(rows), 0)
    for delay, months in ((None, 24), (np.array([[6, 6]], dtype=np.int32), 36)):
        effort = plan_limits(objective.evaluator.problem, delay).effort
        both = effort.work[0].sum(axis=1)
        assert next(month for month in range(48) if (both <= effort.room[0, :, month]).all()) == months


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_near_the_optimum_of_contended_studies(seed: int) -> None:
    objective, places = searched(study_of(contended(5, seed)), seed, regular=True)
    best = float(objective(places.whole(every_permutation(5))).min())
    bound = lower_bound(objective, 100_000)
    assert 0.8 * best <= bound.points <= best * (1 + 1e-9)
