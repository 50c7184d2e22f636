"""Walks over remembered cells: every backend says what the definition says, on any number of threads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridprio.errors import BackendError
from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels
from gridprio.model.metrics import METRICS
from gridprio.model.walk import PlanMonths, WalkArea, WalkResults, WalkRules

N_YEAR = 3
N_MONTH = 12 * N_YEAR
SEVERAL = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
DETAILS = ("waiting_mw_years", "shortfall_mw_years", "connected_month", "held_cell")
MISSING = ("missing_area", "missing_key", "missing_year")


def running_sums(values: np.ndarray) -> np.ndarray:
    return np.hstack([np.zeros((len(values), 1)), np.cumsum(values, axis=1)])


def rules_of(rng: np.random.Generator, n_project: int, n_development: int, n_scenario: int) -> WalkRules:
    return WalkRules(
        n_scenario=n_scenario,
        work_open=rng.random((n_project, N_MONTH)) < rng.choice([0.5, 0.9, 1.0], (n_project, 1)),
        year_weight=rng.uniform(0.5, 1, N_YEAR),
        congestion_meur=rng.uniform(0, 1e-3, N_YEAR),
        capital_meur=rng.uniform(0, 9, (n_project, N_MONTH)),
        waiting_value=rng.uniform(0, 5, (n_development, 3)),
    )


def area_of(rng: np.random.Generator, n_project: int, development: np.ndarray) -> WalkArea:
    """An area of which nothing is known yet."""
    projects = rng.permutation(n_project).astype(np.int32)
    n_serving = int(rng.integers(0, n_project + 1))
    n, n_word = len(development), max(1, -(-(n_serving + n_project // 2) // 64))
    return WalkArea(
        serving=np.sort(projects[:n_serving]),
        working=np.sort(projects[: n_project // 2]),
        key=np.zeros((0, n_word), np.uint64),
        first_cell=np.zeros((0, N_YEAR), np.int32),
        overload_mvah=np.zeros((0, 13)),
        insecure_hours=np.zeros((0, 13)),
        allocated_mw=np.zeros((0, n)),
        requested_mw=np.zeros((0, n)),
        development=development.astype(np.int32),
        first_month=rng.integers(-14, N_MONTH + 4, n).astype(np.int32),
        offered=rng.random((n, N_YEAR)) < rng.choice([0.5, 1.0]),
        energy_h=running_sums(rng.uniform(0, 700, (n, 12))),
    )


def plans_of(rng: np.random.Generator, n_plan: int, n_project: int) -> PlanMonths:
    shape = (n_plan, n_project)
    start = rng.integers(-1, N_MONTH, shape)
    end = np.where(start < 0, -1, np.minimum(start + rng.integers(0, 20, shape), N_MONTH))
    since = np.where(rng.random(shape) < 0.8, end, -1)
    gone = np.where(
        (since >= 0) & (rng.random(shape) < 0.2), np.minimum(since + rng.integers(0, 20, shape), N_MONTH), -1
    )
    return PlanMonths(*(months.astype(np.int32) for months in (since, gone, start, end)))


def learnt(rng: np.random.Generator, area: WalkArea, number: int, lacking: WalkResults, n_scenario: int) -> WalkArea:
    """The area with cells for what is lacking; several states share one."""
    own = lacking.missing_area == number
    states = np.unique(lacking.missing_key[own][:, : area.n_word], axis=0)
    n_group, n = 5, len(area.development)
    n_cell = n_group * n_scenario
    requested = rng.choice([0.0, 4.0, 10.0], (n_cell, n))
    return replace(
        area,
        key=states,
        first_cell=rng.integers(0, n_group, (len(states), N_YEAR)).astype(np.int32) * n_scenario,
        overload_mvah=running_sums(rng.uniform(0, 99, (n_cell, 12))),
        insecure_hours=running_sums(rng.uniform(0, 9, (n_cell, 12))),
        allocated_mw=requested * rng.choice([0.0, 0.4, 0.9995, 1.0], (n_cell, n)),
        requested_mw=requested,
    )


def equal(one: WalkResults, other: WalkResults, names: tuple[str, ...]) -> None:
    for name in names:
        a, b = getattr(one, name), getattr(other, name)
        assert a.shape == b.shape and a.dtype == b.dtype, name
        assert np.array_equal(a, b, equal_nan=a.dtype == np.float64), name


@SEVERAL
@given(st.integers(0, 2**32 - 1), st.integers(1, 6) | st.just(70), st.integers(1, 3), st.integers(0, 4))
@pytest.mark.slow
def test_every_backend_finds_what_the_definition_finds(
    fast_planners: Kernels, seed: int, n_project: int, n_scenario: int, n_request: int
) -> None:
    rng = np.random.default_rng(seed)
    owners = np.array_split(rng.permutation(2 * n_request), 2)
    rules = rules_of(rng, n_project, 2 * n_request, n_scenario)
    areas = [area_of(rng, n_project, own) for own in owners]
    plans = plans_of(rng, 4, n_project)
    reference = get_kernels("reference")
    nothing = reference.walk_plans(rules, areas, plans, details=True, threads=1)
    assert np.isnan(nothing.metric).all() and len(nothing.missing_year) >= 4 * 2 * N_YEAR
    equal(fast_planners.walk_plans(rules, areas, plans, details=True, threads=2), nothing, (*MISSING, "metric"))

    areas = [learnt(rng, area, number, nothing, n_scenario) for number, area in enumerate(areas)]
    # One state forgotten: plans that pass it are not complete, the others are.
    forgotten = np.arange(len(areas[0].key)) == len(areas[0].key) - 1
    partly = [replace(areas[0], first_cell=np.where(forgotten[:, None], -1, areas[0].first_cell)), areas[1]]
    for known in (areas, partly):
        expected = reference.walk_plans(rules, known, plans, details=True, threads=1)
        for threads in (1, 3):
            found = fast_planners.walk_plans(rules, known, plans, details=True, threads=threads)
            equal(found, expected, (*MISSING, *DETAILS, "metric"))
        short = fast_planners.walk_plans(rules, known, plans, details=False, threads=1)
        equal(short, expected, ("metric",))
        assert len(short.waiting_mw_years) == 0


def test_every_metric_adds_something_up() -> None:
    """A metric that has a record and no sum would stay at 0."""
    rng = np.random.default_rng(5)
    rules, areas, plans = rules_of(rng, 9, 7, 2), [area_of(rng, 9, np.arange(7))], plans_of(rng, 40, 9)
    reference = get_kernels("reference")
    nothing = reference.walk_plans(rules, areas, plans, details=False, threads=1)
    areas = [learnt(rng, areas[0], 0, nothing, 2)]
    found = reference.walk_plans(rules, areas, plans, details=False, threads=1).metric
    assert dict(zip(METRICS, (found != 0).any(axis=(0, 1)), strict=True)) == dict.fromkeys(METRICS, True)


def test_no_plan_and_no_development_are_no_trouble(planners: Kernels) -> None:
    rng = np.random.default_rng(1)
    rules, area = rules_of(rng, 2, 0, 2), area_of(rng, 2, np.arange(0))
    for areas, n_plan in (([area], 0), ([], 3)):
        found = planners.walk_plans(rules, areas, plans_of(rng, n_plan, 2), details=True, threads=1)
        assert found.metric.shape == (n_plan, 2, len(METRICS))


def test_arrays_that_do_not_fit_are_named(rust_kernels: Kernels) -> None:
    rng = np.random.default_rng(1)
    rules, area, plans = rules_of(rng, 3, 2, 1), area_of(rng, 3, np.arange(2)), plans_of(rng, 2, 3)
    wrong = replace(area, development=np.array([0, 2], dtype=np.int32))
    with pytest.raises(BackendError, match=r"development\[1\] is 2, expected 0 to 2"):
        rust_kernels.walk_plans(rules, [wrong], plans, details=False, threads=1)
    known = replace(area, key=np.zeros((1, 1), np.uint64), first_cell=np.zeros((1, N_YEAR), np.int32))
    with pytest.raises(BackendError, match="first_cell"):
        rust_kernels.walk_plans(rules, [known], plans, details=False, threads=1)


def test_bits_follow_from_the_months_and_not_from_the_spans(planners: Kernels) -> None:
    """Project 1 changes the state without changing a cell: whenever it comes, every bit of the outcome is the same."""
    rng = np.random.default_rng(3)
    rules = replace(rules_of(rng, 2, 5, 2), capital_meur=np.zeros((2, N_MONTH)))
    area = replace(
        area_of(rng, 2, np.arange(5)), serving=np.arange(2, dtype=np.int32), working=np.zeros(0, dtype=np.int32)
    )
    in_service = np.array([[13, month] for month in range(N_MONTH)], dtype=np.int32)
    never = np.full_like(in_service, -1)
    plans = PlanMonths(in_service, never, never, never)
    nothing = planners.walk_plans(rules, [area], plans, details=False, threads=1)
    area = learnt(rng, area, 0, nothing, 2)
    alike = np.array([[2, 4, 6], [4, 0, 2]], dtype=np.int32)
    area = replace(area, first_cell=alike[(area.key[:, 0] & np.uint64(1)).astype(int)])
    # In another state nobody is allocated more or less, though the cell is another one.
    twin = replace(
        area,
        **{
            name: np.vstack([getattr(area, name)] * 2)
            for name in ("allocated_mw", "requested_mw", "overload_mvah", "insecure_hours")
        },
        first_cell=area.first_cell + np.where(area.key >> np.uint64(1) == 1, 10, 0).astype(np.int32),
    )
    found = planners.walk_plans(rules, [area], plans, details=False, threads=1).metric
    assert (found == found[:1]).all() and (found[..., :3] > 0).all()
    waiting = planners.walk_plans(rules, [twin], plans, details=False, threads=1).metric[..., [0, 1, 2, 5]]
    assert (waiting == found[..., [0, 1, 2, 5]]).all()


def test_who_is_offered_nothing_in_a_year_waits_and_who_is_connected_stays_so(planners: Kernels) -> None:
    rng = np.random.default_rng(4)
    rules = replace(rules_of(rng, 1, 2, 1), year_weight=np.ones(N_YEAR))
    asked = np.array([[10.0, 10.0]])
    area = replace(
        area_of(rng, 1, np.arange(2)),
        serving=np.zeros(0, dtype=np.int32),
        working=np.zeros(0, dtype=np.int32),
        key=np.zeros((1, 1), np.uint64),
        first_cell=np.zeros((1, N_YEAR), np.int32),
        overload_mvah=np.zeros((1, 13)),
        insecure_hours=np.zeros((1, 13)),
        allocated_mw=asked,
        requested_mw=asked,
        first_month=np.zeros(2, dtype=np.int32),
        offered=np.array([[True, False, False], [False, False, True]]),
    )
    found = planners.walk_plans(rules, [area], plans_of(rng, 1, 1), details=True, threads=1)
    assert found.connected_month[0, 0].tolist() == [0, 24]
    assert found.waiting_mw_years[0, 0].tolist() == [0.0, 20.0]
    assert found.shortfall_mw_years[0, 0].tolist() == [0.0, 0.0]
