"""The schedule kernels give the bytes of the reference, on any number of threads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridprio.errors import BackendError
from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels
from gridprio.orders import operator_order, status_timeline
from gridprio.plan import build_problem, draw_delays
from gridprio.plan.schedule import join_timelines
from tests.effort import times
from tests.kernels.conftest import present
from tests.plan_studies import studies
from tests.unit.plan.rows import phase, project, study

FIELDS = ("start", "finish", "binding", "binding_resource")


@settings(
    max_examples=times(75, 300),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(studies(), st.sets(st.sampled_from("abcdef")), st.integers(0, 2**32 - 1))
@pytest.mark.slow
def test_every_backend_gives_the_bytes_of_the_reference(
    fast_planners: Kernels, rows: Any, status: set[str], seed: int
) -> None:
    random = np.random.default_rng(seed)
    insecure = random.random((len(rows.projects), 36)) < random.choice([0.0, 0.2, 0.6], (len(rows.projects), 1))
    problem = build_problem(rows, insecure)
    order = operator_order(rows.projects, "before_status")
    both: tuple[set[str], ...] = set(), status
    lists = [status_timeline(order, problem.project_ids, chosen, rows.settings, channel="both") for chosen in both]
    delays = draw_delays(problem, 3, seed=1)
    delays[0] = 0
    orders = join_timelines(problem, lists)
    expected = get_kernels("reference").schedule(problem.arrays, orders, delays, threads=1)
    for threads in (1, 3):
        found = fast_planners.schedule(problem.arrays, orders, delays, threads=threads)
        for name in FIELDS:
            assert np.array_equal(getattr(found, name), getattr(expected, name)), name
            assert getattr(found, name).dtype == np.int32


def test_a_chain_of_phases_of_0_months_waits_for_an_overrun_at_its_head(planners: Kernels) -> None:
    names = ("study", "permit", "land", "build")
    chain = [phase("a", name, 0, after=names[max(k - 1, 0) : k]) for k, name in enumerate(names)]
    rows = study([project("a")], chain)
    problem = build_problem(rows)
    assert problem.phase_name == names
    order = operator_order(rows.projects, "before_status")
    orders = join_timelines(problem, [status_timeline(order, problem.project_ids, (), rows.settings)])
    delays = np.array([[3, 0, 2, 0], [3, 0, 0, 2], [0, 0, 0, 2], [3, 1, 0, 2]], dtype=np.int32)
    found = planners.schedule(problem.arrays, orders, delays, threads=1)
    finish = np.cumsum(delays, axis=1)
    assert found.finish.tolist() == finish.tolist()
    assert found.start.tolist() == (finish - delays).tolist()


def test_arrays_of_orders_that_do_not_fit_are_refused() -> None:
    rows = study([project("a")], [phase("a", "build", 2)])
    problem = build_problem(rows)
    order = operator_order(rows.projects, "before_status")
    orders = join_timelines(problem, [status_timeline(order, problem.project_ids, (), rows.settings)])
    short = replace(orders, saved=orders.saved[..., :0])
    with pytest.raises(BackendError, match=r"^saved has 0 .* 1"):
        present("rust").schedule(problem.arrays, short, np.zeros((1, 1), np.int32), threads=1)
