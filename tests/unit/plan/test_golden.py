"""The ready cases with planted answers (tests/cases): the plan behind them, worked out by hand in their README."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gridprio.inputs import read_study
from gridprio.kernels import get_kernels
from gridprio.orders import operator_order, random_order, status_timeline
from gridprio.plan import build_problem, draw_delays, schedule_plans

CASES = Path(__file__).parents[2] / "cases"


@pytest.mark.parametrize(
    ("case", "status", "in_service"),
    [
        ("one_crew", "", {"A": 12, "B": 24}),
        ("one_crew", "B", {"A": 24, "B": 12}),
        ("crowded", "", {"A": 12, "B": 24, "C": 48}),
        ("crowded", "BC", {"A": 48, "B": 12, "C": 36}),
        ("crowded", "B", {"A": 24, "B": 12, "C": 48}),
        ("crowded", "C", {"A": 36, "B": 48, "C": 24}),
    ],
)
def test_one_team_builds_in_the_order_of_the_rule(case, status, in_service):
    study = read_study(CASES / case)
    problem = build_problem(study)
    order = operator_order(study.projects, study.settings.order_basis)
    timeline = status_timeline(order, problem.project_ids, set(status), study.settings)
    plan = schedule_plans(problem, [timeline], None, get_kernels("reference"))[0]
    months = dict(zip(plan.project_ids, plan.in_service_month[0].tolist(), strict=True))
    assert {project: months[project] for project in in_service} == in_service


def test_permits_only_are_not_moved_by_any_order():
    study = read_study(CASES / "permits_only")
    problem = build_problem(study)
    delays = draw_delays(problem, 50, seed=1)
    assert delays.any()
    orders = [operator_order(study.projects, "before_status"), *(random_order(study.projects, k) for k in range(4))]
    timelines = [
        status_timeline(order, problem.project_ids, status, study.settings)
        for order in orders
        for status in (set(), set(problem.project_ids[:1]))
    ]
    plans = schedule_plans(problem, timelines, delays, get_kernels("reference"))
    assert all(np.array_equal(plan.start_month, plans[0].start_month) for plan in plans)
