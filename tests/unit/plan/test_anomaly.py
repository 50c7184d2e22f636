"""More crew can make the last finish later under a given list, so nothing may assume otherwise (Graham 1966)."""

from __future__ import annotations

from gridprio.kernels import get_kernels
from gridprio.orders import operator_order, status_timeline
from gridprio.plan import build_problem, schedule_plans
from gridprio.report.method import method_notes
from gridprio.report.run_tables import run_tables
from tests.synthetic_run import make_run
from tests.unit.plan.rows import crew, phase, project, study

WORKS = {"a": ("hv:1", 7), "b": ("hv:1 civil:1", 4), "c": ("civil:1", 6), "d": ("", 10)}


def last_finish(hv_units: float) -> int:
    rows = study(
        [project(i, operator_rank=rank, requires=("c",) if i == "d" else ()) for rank, i in enumerate(WORKS, start=1)],
        [phase(i, "build", months, crews) for i, (crews, months) in WORKS.items()],
        [crew("hv", hv_units), crew("civil", 1)],
    )
    problem = build_problem(rows)
    order = operator_order(rows.projects, "before_status")
    timeline = status_timeline(order, problem.project_ids, set(), rows.settings)
    plan = schedule_plans(problem, [timeline], None, get_kernels("reference"))[0]
    return int(plan.in_service_month.max())


def test_a_second_crew_makes_the_last_project_later():
    # one crew: b waits for a until month 7, so c has the civil crew from 0 to 6, and d, which requires c, ends at 16
    # two crews: b starts at once and takes the civil crew to 4, so c ends at 10 and d at 20
    assert last_finish(1) == 16
    assert last_finish(2) == 20


def test_the_page_says_that_more_does_not_always_help():
    notes = method_notes(run_tables(make_run()))
    assert any("do not always help under a given order" in note.en for note in notes)
    assert any("helpen bij een gegeven volgorde niet altijd" in note.nl for note in notes)
