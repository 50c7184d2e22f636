"""Months of a project add up, no plan beats the bound of an order, and what is named as binding moves the project."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridprio.effect import TOGETHER, CauseKind, ProjectMonths, Relaxations, mean_months, why_not_table
from gridprio.kernels import get_kernels
from gridprio.model.plan import NOT_PLANNED
from gridprio.orders import operator_order, random_order, status_timeline
from gridprio.plan import build_problem, draw_delays, schedule_plans
from gridprio.search import NEVER, earliest_months
from gridprio.search.earliest import Earliest
from tests.effort import times
from tests.plan_studies import studies

KERNELS = get_kernels("auto")
many = settings(
    max_examples=times(50, 150), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
statuses = st.sets(st.sampled_from("abcdef"))
seeds = st.integers(0, 2**32 - 1)


def planned(rows: SimpleNamespace, status: set[str], seed: int, **channels: bool):  # type: ignore[no-untyped-def]
    """Problem, delays (none in draw 0), order, timeline and plans; works are insecure in some months."""
    random = np.random.default_rng(seed)
    problem = build_problem(rows, random.random((len(rows.projects), 36)) < 0.1)
    delays = draw_delays(problem, 3, seed=5)
    delays[0] = 0
    order = operator_order(rows.projects, "before_status", rows.project_phases)
    timeline = status_timeline(order, problem.project_ids, status, rows.settings, **channels)
    [plans] = schedule_plans(problem, [timeline], delays, KERNELS)
    return problem, delays, order, timeline, plans


@many
@given(studies(), statuses, seeds)
def test_every_month_of_a_project_has_one_cause(rows: SimpleNamespace, status: set[str], seed: int) -> None:
    problem, delays, _, timeline, plans = planned(rows, status, seed, channel="both")
    months, a = ProjectMonths(problem, timeline, plans), problem.arrays
    for draw in range(len(delays)):
        for project in range(a.n_project):
            causes = months.causes(draw, project)
            in_service = plans.in_service_month[draw, project]
            assert sum(causes.values()) == (a.n_month if in_service == NOT_PLANNED else in_service)
            assert min(causes.values(), default=1) > 0
            assert all((c.kind is CauseKind.PROJECT) >= (c.project != NOT_PLANNED) for c in causes)
            if draw == 0 and in_service != NOT_PLANNED:
                assert not any(c.kind is CauseKind.DELAY for c in causes)
                own = slice(a.phase_start[project], a.phase_start[project + 1])
                work = sum(n for c, n in causes.items() if c.kind is CauseKind.PHASE)
                assert work <= a.duration[own].sum() + a.lag[own].sum()


@many
@given(studies(), statuses, seeds)
def test_no_order_beats_the_earliest_month(rows: SimpleNamespace, status: set[str], seed: int) -> None:
    problem, delays, order, _, plans = planned(rows, status, seed)
    shuffled = [random_order(rows.projects, seed + k) for k in range(4)]
    others = [status_timeline(o, problem.project_ids, (), rows.settings) for o in shuffled]
    no_sooner(earliest_months(problem, delays), (plans, *schedule_plans(problem, others, delays, KERNELS)))
    saved = np.array(
        [
            rows.projects[row].support_permit_months if name == "permit" else 0
            for row, name in zip(problem.phase_project, problem.phase_name, strict=True)
        ],
        dtype=np.int32,
    )
    supported = [
        status_timeline(o, problem.project_ids, status, rows.settings, channel="both") for o in (order, *shuffled)
    ]
    bound = earliest_months(problem, delays, saved)
    no_sooner(bound, schedule_plans(problem, supported, delays, KERNELS))


def no_sooner(bound: Earliest, plans) -> None:  # type: ignore[no-untyped-def]
    for found in plans:
        pairs = (
            (bound.start, found.start_month),
            (bound.finish, found.finish_month),
            (bound.in_service, found.in_service_month),
        )
        for least, month in pairs:
            assert (least <= np.where(month == NOT_PLANNED, NEVER, month)).all()


@many
@given(studies(scarce=False, linked=False), seeds)
def test_without_anything_scarce_the_bound_is_the_plan(rows: SimpleNamespace, seed: int) -> None:
    problem, delays, _, _, plans = planned(rows, set(), seed)
    lapsing = any(phase.valid_months is not None for phase in rows.project_phases)
    if not lapsing:
        bound = np.minimum(earliest_months(problem, delays).in_service, problem.arrays.n_month)
        assert (bound == months_of(problem, plans)).all()


def months_of(problem, plans):  # type: ignore[no-untyped-def]
    return np.where(plans.in_service_month == NOT_PLANNED, problem.arrays.n_month, plans.in_service_month)


@many
@given(studies(), statuses, seeds)
def test_what_is_named_moves_the_project_and_all_else_does_less(
    rows: SimpleNamespace, status: set[str], seed: int
) -> None:
    rows.projects = tuple(p.model_copy(update={"status": p.project_id in status}) for p in rows.projects)
    problem, delays, order, timeline, plans = planned(rows, status, seed, channel="both")
    holders = [p for p in rows.projects if p.status]
    relaxations = Relaxations(rows, problem, order, timeline)

    def replan(problem, timelines, delays):  # type: ignore[no-untyped-def]
        return schedule_plans(problem, timelines, delays, get_kernels("reference"))

    def sooner(at, relaxed):  # type: ignore[no-untyped-def]
        free = delays.copy()
        free[:, list(relaxed.without_delay)] = 0
        [again] = schedule_plans(relaxed.problem, [relaxed.timeline], free, KERNELS)
        return mean_months(problem, plans)[at] - mean_months(problem, again)[at]

    table = why_not_table(rows, plans, relaxations, holders, delays, replan, "operator")
    for project, own in table.groupby("project_id"):
        assert own["binding"].sum() == (own["months_sooner"].max() > 0)
        assert own["months_sooner"].is_monotonic_decreasing
        at = problem.project_ids.index(project)
        [holder] = [p for p in holders if p.project_id == project]
        held = [code for code in own["constraint"] if TOGETHER in code]
        relaxed = {r.constraint: r for r in relaxations.of(holder)}
        for code in held:
            parts = code.split(TOGETHER)
            relaxed[code] = relaxations.together(holder, parts)
            assert own["binding"].iloc[0] and own["constraint"].iloc[0] == code
            for part in parts:
                others = [other for other in parts if other != part]
                assert sooner(at, relaxations.together(holder, others)) <= 0
        assert set(relaxed) == set(own["constraint"])
        assert [sooner(at, relaxed[code]) for code in own["constraint"]] == own["months_sooner"].tolist()
