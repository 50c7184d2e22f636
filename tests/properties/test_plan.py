"""What is true of every plan, on every backend, under random studies (docs/theory/plan.md)."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridprio.inputs.enumerations import Phase
from gridprio.kernels.protocol import Kernels
from gridprio.model.plan import NOT_PLANNED, Binding, PlanProblem, Plans
from gridprio.orders import movable_projects, operator_order, random_order, status_timeline
from gridprio.plan import build_problem, draw_delays, schedule_plans, work_open
from tests.plan_studies import studies


@pytest.fixture
def kernels(planners: Kernels) -> Kernels:
    """A plan has no lanes: each backend once."""
    return planners


quick = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
statuses = st.sets(st.sampled_from("abcdef"))


def plans_of(
    rows: SimpleNamespace,
    kernels: Kernels,
    *status_sets: set[str],
    draws: int = 3,
    insecure: np.ndarray | None = None,
    **channels: object,
) -> tuple[PlanProblem, np.ndarray, list[Plans]]:
    """One plan per set of projects with status; draw 0 has no delay."""
    problem = build_problem(rows, insecure)
    delays = draw_delays(problem, draws, seed=5)
    delays[0] = 0
    order = operator_order(rows.projects, "before_status")
    lists = [status_timeline(order, problem.project_ids, s, rows.settings, **channels) for s in status_sets]
    return problem, delays, schedule_plans(problem, lists, delays, kernels)


def may_run(problem: PlanProblem, phase: int, month: int) -> bool:
    return bool(problem.arrays.calendar[phase] >> (month % 12) & 1)


def work_months(problem: PlanProblem, phase: int, start: int, count: int) -> list[int]:
    months = [m for m in range(start, problem.arrays.n_month) if may_run(problem, phase, m)]
    return months[:count]


@quick
@given(studies(), statuses)
def test_no_crew_desk_group_delivery_or_budget_is_exceeded(kernels, rows, status):
    # without delays what a phase takes follows from its start alone; each pool of a type is counted together
    problem, _, plans = plans_of(rows, kernels, status, draws=1)
    a, plan = problem.arrays, plans[0]
    use: dict[tuple[int, ...], np.ndarray] = {}
    money, drawn = np.zeros_like(a.budget), np.zeros_like(a.deliveries)
    for phase, start in enumerate(plan.start_month[0].tolist()):
        if start == NOT_PLANNED or a.duration[phase] == 0:
            continue
        months = work_months(problem, phase, start, int(a.duration[phase]))
        for need in range(a.need_start[phase], a.need_start[phase + 1]):
            kinds = {
                problem.resource_names[k].split("@")[0] for k in a.pool[a.pool_start[need] : a.pool_start[need + 1]]
            }
            assert len(kinds) == 1
            use.setdefault(kinds.pop(), np.zeros(a.n_month, np.int64))[months] += a.need_units[need]
        for k in range(a.material_start[phase], a.material_start[phase + 1]):
            drawn[a.material[k], start // 12] += a.material_units[k]
        if a.phase_budget[phase] >= 0:
            for month in months:
                money[a.phase_budget[phase], month // 12] += a.cost[phase] // a.duration[phase]
    assert (drawn <= a.deliveries).all()
    for kind, taken in use.items():
        same = [k for k, name in enumerate(problem.resource_names) if name.split("@")[0] == kind]
        assert (taken <= a.capacity[same].sum(axis=0)).all()
    assert (money <= a.budget).all()


@quick
@given(studies(linked=False), statuses)
def test_overruns_do_not_exceed_a_crew_either(kernels, rows, status):
    # only builds use the crew and none pauses by calendar, so the months of work follow from start and finish
    phases = [
        row.model_copy(update={"crews": "hv:1" if row.phase == Phase.BUILD else "", "work_months": (), "start": None})
        for row in rows.project_phases
    ]
    crews = (rows.crews[0].model_copy(update={"growth_per_year": 0.0}),)
    areas = tuple(area.model_copy(update={"no_works_months": ()}) for area in rows.areas)
    rows = SimpleNamespace(**{**vars(rows), "project_phases": phases, "crews": crews, "budgets": (), "areas": areas})
    problem, delays, (plan,) = plans_of(rows, kernels, status, draws=4)
    a = problem.arrays
    uses = (np.diff(a.need_start) > 0) & (a.duration > 0)
    for draw in range(4):
        started = np.flatnonzero(uses & (plan.start_month[draw] != NOT_PLANNED))
        ends = {f: int(plan.start_month[draw, f] + a.duration[f]) for f in started}
        left = {f: int(delays[draw, f]) for f in started}
        due = {f: int(plan.finish_month[draw, f]) for f in started}
        for month in range(a.n_month):
            teams = a.capacity[0, month] // 1000
            teams -= sum(plan.start_month[draw, f] <= month < ends[f] for f in started)
            assert teams >= 0
            # overruns share what is left, the first that is due first: if any sharing can do it, this one does
            late = sorted((due[f], f) for f in started if ends[f] <= month and left[f] > 0 and due[f] != NOT_PLANNED)
            for _, f in late[:teams]:
                left[f] -= 1
            assert not any(left[f] for f in started if due[f] == month + 1)


@quick
@given(studies(), statuses)
def test_nothing_starts_before_what_it_waits_for(kernels, rows, status):
    problem, _, plans = plans_of(rows, kernels, status, channel="both")
    a, plan = problem.arrays, plans[0]
    for draw in range(len(plan.start_month)):
        start, finish = plan.start_month[draw], plan.finish_month[draw]
        for phase in np.flatnonzero((start != NOT_PLANNED) & (a.fixed_start < 0)):
            assert start[phase] >= a.earliest[phase]
            for k in range(a.predecessor_start[phase], a.predecessor_start[phase + 1]):
                lag = 0 if a.predecessor_binding[k] == Binding.REQUIRES else a.lag[phase]
                assert finish[a.predecessor[k]] != NOT_PLANNED
                assert start[phase] >= finish[a.predecessor[k]] + lag


@quick
@given(studies(), statuses)
def test_nothing_starts_on_what_has_lapsed(kernels, rows, status):
    problem, _, plans = plans_of(rows, kernels, status, channel="both")
    a, plan = problem.arrays, plans[0]
    for draw in range(len(plan.start_month)):
        start, finish = plan.start_month[draw], plan.finish_month[draw]
        for phase in np.flatnonzero((start != NOT_PLANNED) & (a.fixed_start < 0)):
            for k in range(a.predecessor_start[phase], a.predecessor_start[phase + 1]):
                if a.predecessor_valid[k] >= 0:
                    assert start[phase] <= finish[a.predecessor[k]] + a.predecessor_valid[k]


@quick
@given(studies(), statuses)
def test_what_excludes_each_other_and_sizes_are_never_built_both(kernels, rows, status):
    problem, _, plans = plans_of(rows, kernels, status)
    a, plan = problem.arrays, plans[0]
    begun = [a.fixed_start[a.phase_start[p] : a.phase_start[p + 1]].max(initial=-1) >= 0 for p in range(a.n_project)]
    for draw in range(len(plan.start_month)):
        started = {int(plan.phase_project[f]) for f in np.flatnonzero(plan.start_month[draw] != NOT_PLANNED)}
        for project in started:
            for other in a.exclude[a.exclude_start[project] : a.exclude_start[project + 1]]:
                assert int(other) not in started or (begun[project] and begun[other])


@quick
@given(studies(), statuses)
def test_a_temporary_solution_works_before_it_goes_or_never(kernels, rows, status):
    problem, _, plans = plans_of(rows, kernels, status)
    plan = plans[0]
    since, gone = plan.in_service_month, plan.out_of_service_month
    assert ((gone == NOT_PLANNED) | ((since != NOT_PLANNED) & (since < gone))).all()
    a = problem.arrays
    for project in range(a.n_project):
        bridged = a.until[a.until_start[project] : a.until_start[project + 1]]
        months = since[:, bridged]
        works = since[:, project] != NOT_PLANNED
        assert (~works[:, None] | (months == NOT_PLANNED) | (months > since[:, project, None])).all()
        if a.until_month[project] >= 0:
            assert (since[works, project] < a.until_month[project]).all()


@quick
@given(studies(), statuses, st.integers(0, 2**32 - 1))
def test_works_never_go_on_in_months_that_are_closed(kernels, rows, status, seed):
    random = np.random.default_rng(seed)
    insecure = random.random((len(rows.projects), 36)) < 0.4
    problem, _, plans = plans_of(rows, kernels, status, insecure=insecure)
    open_months = work_open(problem)
    for phase in np.flatnonzero(problem.arrays.closed_row >= 0):
        project = problem.phase_project[phase]
        assert not (open_months[project] & insecure[project]).any()
        for start, finish in zip(plans[0].start_month[0, [phase]], plans[0].finish_month[0, [phase]], strict=True):
            if start != NOT_PLANNED and finish != NOT_PLANNED:
                assert open_months[project, start:finish].sum() == problem.arrays.duration[phase]


@quick
@given(studies(), statuses)
def test_finish_is_duration_delay_and_pauses_after_start(kernels, rows, status):
    problem, delays, plans = plans_of(rows, kernels, status)
    a, plan = problem.arrays, plans[0]
    for draw, phase in zip(*np.nonzero(plan.finish_month != NOT_PLANNED), strict=True):
        start, finish = int(plan.start_month[draw, phase]), int(plan.finish_month[draw, phase])
        needed = int(a.duration[phase]) + int(delays[draw, phase])
        worked = sum(may_run(problem, phase, m) for m in range(start, finish))
        assert worked >= needed
        if draw == 0 or a.need_start[phase] == a.need_start[phase + 1]:
            assert worked == needed
        assert finish <= a.n_month


@quick
@given(studies(), statuses)
def test_running_works_keep_their_dates(kernels, rows, status):
    problem, _, plans = plans_of(rows, kernels, set(), status)
    fixed = problem.arrays.fixed_start >= 0
    for plan in plans:
        assert (plan.start_month[:, fixed] == problem.arrays.fixed_start[fixed]).all()
        assert (plan.binding[:, fixed] == Binding.FIXED).all()
    assert (plans[0].finish_month[0, fixed] == plans[1].finish_month[0, fixed]).all()


@quick
@given(studies(), st.sampled_from(("2026-01", "2026-07", "2027-03")))
def test_status_for_all_is_status_for_none(kernels, rows, month):
    everyone = set(movable_projects(rows.projects))
    _, _, (nobody, all_have) = plans_of(rows, kernels, set(), everyone, status_from=month)
    assert_same(nobody, all_have)


@quick
@given(studies(), statuses)
def test_status_without_strength_does_nothing(kernels, rows, status):
    weak = {"rule": "head_start", "bindingness": 0.0}
    rows = SimpleNamespace(**{**vars(rows), "settings": rows.settings.model_copy(update=weak)})
    _, _, (without, with_status) = plans_of(rows, kernels, set(), status)
    assert_same(without, with_status)


@quick
@given(studies(scarce=False, linked=False), statuses, st.integers(0, 9))
def test_what_needs_nothing_scarce_is_not_moved_by_any_order(kernels, rows, status, seed):
    problem, delays, plans = plans_of(rows, kernels, set(), status)
    shuffled = status_timeline(random_order(rows.projects, seed), problem.project_ids, set(), rows.settings)
    plans += schedule_plans(problem, [shuffled], delays, kernels)
    for plan in plans[1:]:
        assert_same(plans[0], plan)


@quick
@given(studies(), statuses)
def test_what_has_started_before_the_status_works_stays(kernels, rows, status):
    _, _, (without, with_status) = plans_of(rows, kernels, set(), status, status_from="2027-01")
    early = (without.start_month < 12) & (without.start_month != NOT_PLANNED)
    assert (with_status.start_month[early] == without.start_month[early]).all()
    assert not ((with_status.start_month < 12) & (with_status.start_month != NOT_PLANNED) & ~early).any()


@quick
@given(studies(), statuses, st.data())
def test_a_later_overrun_does_not_change_what_started_before(kernels, rows, status, data):
    problem, delays, (plan,) = plans_of(rows, kernels, status, draws=2)
    started = np.flatnonzero(plan.start_month[1] != NOT_PLANNED)
    if not len(started):
        return
    phase = data.draw(st.sampled_from(started.tolist()))
    start = int(plan.start_month[1, phase])
    months = work_months(problem, phase, start, int(problem.arrays.duration[phase]))
    known = months[-1] + 1 if months else start
    changed = delays.copy()
    changed[1, phase] += data.draw(st.integers(1, 6))
    order = operator_order(rows.projects, "before_status")
    timeline = status_timeline(order, problem.project_ids, status, rows.settings)
    other = schedule_plans(problem, [timeline], changed, kernels)[0]
    early = (plan.start_month[1] < known) & (plan.start_month[1] != NOT_PLANNED)
    assert (other.start_month[1, early] == plan.start_month[1, early]).all()
    assert (other.start_month[0] == plan.start_month[0]).all()


@quick
@given(studies(), statuses, st.randoms(use_true_random=False))
def test_names_and_places_in_the_table_do_not_matter(kernels, rows, status, random):
    names = {p.project_id: f"project-{k}" for k, p in enumerate(rows.projects)}
    table = [
        p.model_copy(
            update={
                "project_id": names[p.project_id],
                "requires": tuple(names[r] for r in p.requires),
                "excludes": tuple(names[r] for r in p.excludes),
                "until_projects": tuple(names[r] for r in p.until_projects),
            }
        )
        for p in rows.projects
    ]
    random.shuffle(table)
    phases = [p.model_copy(update={"project_id": names[p.project_id]}) for p in rows.project_phases]
    random.shuffle(phases)
    # the merged list of several operators may hang on the table, so the list itself is carried over
    problem, delays, (plan,) = plans_of(rows, kernels, set())
    other_rows = SimpleNamespace(**{**vars(rows), "projects": tuple(table), "project_phases": tuple(phases)})
    other = build_problem(other_rows)
    assert (other.arrays.capacity == problem.arrays.capacity).all()
    by_id = {p.project_id: p for p in table}
    order = operator_order(rows.projects, "before_status")
    renamed = order.reordered([by_id[names[project_id]] for project_id in order.project_ids])
    column = {
        (other.project_ids[project], name): k
        for k, (project, name) in enumerate(zip(other.phase_project, other.phase_name, strict=True))
    }
    to_other = [
        column[names[problem.project_ids[project]], name]
        for project, name in zip(problem.phase_project, problem.phase_name, strict=True)
    ]
    other_delays = np.zeros_like(delays)
    other_delays[:, to_other] = delays
    timeline = status_timeline(renamed, other.project_ids, set(), rows.settings)
    moved = schedule_plans(other, [timeline], other_delays, kernels)[0]
    assert (moved.start_month[:, to_other] == plan.start_month).all()
    assert (moved.finish_month[:, to_other] == plan.finish_month).all()
    assert (moved.binding[:, to_other] == plan.binding).all()


def assert_same(one: Plans, other: Plans) -> None:
    for name in ("start_month", "finish_month", "binding", "binding_resource", "in_service_month"):
        assert (getattr(one, name) == getattr(other, name)).all(), name
