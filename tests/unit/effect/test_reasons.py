"""Why a project does not move, and whose lever it is."""

from __future__ import annotations

import pytest

from gridprio.effect import Reason, Reasons, not_assessable_reason
from gridprio.kernels.select import get_kernels
from gridprio.orders import operator_order, status_timeline
from gridprio.plan import build_problem, schedule_plans
from tests.unit.plan.rows import crew, phase, project, study


def reason_of(project_id: str, rows, channel: str = "both") -> Reason:  # type: ignore[no-untyped-def]
    problem = build_problem(rows)
    order = operator_order(rows.projects, "before_status")
    timeline = status_timeline(order, problem.project_ids, (), rows.settings)
    [plans] = schedule_plans(problem, [timeline], None, get_kernels("reference"))
    return Reasons(rows, problem).binding(project_id, plans, channel)


def two(*phases, crews=(), **columns):  # type: ignore[no-untyped-def]
    projects = [project("A", operator_rank=1), project("B", operator_rank=2, **columns)]
    return study(projects, list(phases), list(crews))


def test_a_crew_that_is_taken_with_its_own_lever() -> None:
    rows = two(
        phase("A", "build", 12, "team:1"), phase("B", "build", 12, "team:1"), crews=[crew("team", 1, lever="state")]
    )
    assert reason_of("B", rows) == Reason("crew:team", "state")


def test_a_full_permit_desk_is_found_behind_a_build_that_only_follows() -> None:
    desk = crew("desk", 1, kind="permit_desk", lever="municipality")
    rows = two(
        phase("A", "permit", 12, "desk:1"), phase("B", "permit", 6, "desk:1"), phase("B", "build", 3), crews=[desk]
    )
    assert reason_of("B", rows) == Reason("permit_desk:desk", "municipality")


def test_a_permit_desk_is_the_lever_of_the_province_unless_it_says_otherwise() -> None:
    desk = crew("desk", 1, kind="permit_desk")
    rows = two(phase("A", "permit", 12, "desk:1"), phase("B", "permit", 6, "desk:1"), crews=[desk])
    assert reason_of("B", rows) == Reason("permit_desk:desk", "province")


@pytest.mark.parametrize(("lever", "expected"), [(None, "province"), ("state", "state")])
def test_its_own_lead_time_with_the_lever_of_the_longest_phase(lever: str | None, expected: str) -> None:
    rows = two(phase("B", "permit", 12, lever=lever), phase("B", "build", 6))
    assert reason_of("B", rows) == Reason("predecessor", expected)


def test_material_is_the_lever_of_who_buys_it() -> None:
    rows = two(phase("B", "permit", 6), phase("B", "procurement", 18), phase("B", "build", 6))
    assert reason_of("B", rows) == Reason("material", "operator")


@pytest.mark.parametrize(
    ("columns", "settings", "expected"),
    [
        ({"tier": 1}, {}, Reason("tier", "operator")),
        ({"safety": True}, {}, Reason("tier", "operator")),
        ({}, {"bindingness": 0.0}, Reason("bindingness", "operator")),
        ({"status_from": "2040-12"}, {}, Reason("status_from", "province")),
    ],
)
def test_what_keeps_the_order_from_moving_a_project_comes_before_its_crew(
    columns: dict[str, object], settings: dict[str, object], expected: Reason
) -> None:
    rows = two(phase("A", "build", 12, "team:1"), phase("B", "build", 12, "team:1"), crews=[crew("team", 1)], **columns)
    rows.settings = rows.settings.model_copy(update=settings)
    assert reason_of("B", rows, "order") == expected
    assert reason_of("B", rows, "support") == Reason("crew:team", "operator")


def test_another_carrier_without_anything_scarce() -> None:
    assert reason_of("B", two(phase("B", "build", 6), carrier="heat")) == Reason("other_carrier")


def test_a_project_without_phases_waits_for_nobody() -> None:
    assert reason_of("B", two(phase("A", "build", 6))) == Reason("not_scarce")


def test_what_changes_nothing_names_the_year_of_its_decision() -> None:
    assert not_assessable_reason(project("R", decide_by_year=2029)) == Reason("no_change:2029")
    assert not_assessable_reason(project("R")) == Reason("no_change")
