"""Permits that lapse, sizes of one project and temporary solutions, worked out by hand."""

from __future__ import annotations

import numpy as np

from gridprio.model.plan import NOT_PLANNED
from tests.unit.plan.rows import crew, in_service, phase, plan, project, study, why


def with_permit(valid_months: int | None, **of_permit: object):
    return study(
        [project("a", operator_rank=1), project("b", operator_rank=2)],
        [
            phase("a", "build", 20, "hv:1"),
            phase("b", "study", 2),
            phase("b", "permit", 6, valid_months=valid_months, **of_permit),
            phase("b", "build", 5, "hv:1"),
        ],
        [crew("hv", 1), crew("desk", 1, kind="permit_desk")],
    )


def test_a_permit_that_would_lapse_is_asked_for_later():
    assert plan(with_permit(None)).start_month[0].tolist() == [0, 0, 2, 20]
    result = plan(with_permit(4))
    # the crew comes in month 20, so the permit may be there in month 16 at the earliest; the study need not wait
    assert result.start_month[0].tolist() == [0, 0, 10, 20]
    assert why(result) == ["none", "none", "lapses", "crew:hv"]


def test_a_permit_that_pauses_is_not_later_than_it_must():
    # it works from April to September: with 6 months of work any start in a season ends in the next one or at its end
    result = plan(with_permit(4, work_months=(4, 5, 6, 7, 8, 9)))
    assert result.start_month[0, 2] == 4 and result.finish_month[0, 2] == 16
    assert result.start_month[0, 3] == 20


def test_the_permit_takes_its_desk_where_it_stands_in_the_end():
    rows = with_permit(0, crews="desk:1")
    rows.projects += (project("c", operator_rank=3),)
    rows.project_phases += (phase("c", "permit", 12, "desk:1"),)
    result = plan(rows)
    assert result.start_month[0].tolist() == [0, 0, 14, 20, 0]


def test_a_permit_that_has_started_cannot_move():
    # a overruns by 9 months after the permit was given, so it lapses before the crew is free
    delays = np.array([[9, 0, 0, 0]], dtype=np.int32)
    result = plan(with_permit(4), delays=delays)
    assert result.start_month[0].tolist() == [0, 0, 10, NOT_PLANNED]
    assert why(result)[3] == "lapses"
    # with a month less of overrun than what is left of its validity it is still valid
    assert plan(with_permit(4), delays=np.array([[0, 0, 0, 9]], dtype=np.int32)).start_month[0, 3] == 20


def test_what_does_not_fit_is_taken_back_whole():
    rows = with_permit(4)
    rows.project_phases = (phase("a", "build", 58, "hv:1"), *rows.project_phases[1:])
    result = plan(rows)
    assert result.start_month[0].tolist() == [0, NOT_PLANNED, NOT_PLANNED, NOT_PLANNED]
    assert why(result)[1:] == ["crew:hv"] * 3


def test_where_no_later_month_helps_nothing_is_planned():
    # the permit is given in September alone and the works begin in April, more than four months later, every year
    rows = study(
        [project("a")],
        [
            phase("a", "permit", 1, valid_months=4, work_months=(9,)),
            phase("a", "build", 1, work_months=(4,)),
        ],
    )
    result = plan(rows)
    assert result.start_month[0].tolist() == [NOT_PLANNED, NOT_PLANNED]
    assert why(result) == ["lapses", "lapses"]


def sizes(*months: int, **of_big: object):
    return study(
        [
            project("first", operator_rank=1),
            project("big", operator_rank=2, size_of="x", **of_big),
            project("small", operator_rank=3, size_of="x"),
            project("last", operator_rank=4),
        ],
        [phase(i, "build", n, "hv:1") for i, n in zip(("first", "big", "small", "last"), months, strict=True)],
        [crew("hv", 1)],
    )


def test_of_the_sizes_the_first_that_fits_is_built():
    result = plan(sizes(20, 30, 10, 5))
    assert result.in_service_month[0].tolist() == [20, 50, NOT_PLANNED, 55]
    assert why(result)[2] == "excluded"
    result = plan(sizes(20, 50, 10, 5))
    assert result.in_service_month[0].tolist() == [20, NOT_PLANNED, 30, 35]
    assert why(result)[1] == "crew:hv"


def test_where_no_size_fits_the_last_tells_why():
    result = plan(sizes(55, 50, 10, 5))
    assert result.in_service_month[0].tolist() == [55, NOT_PLANNED, NOT_PLANNED, 60]
    assert why(result)[1:3] == ["crew:hv", "crew:hv"]


def test_a_size_that_gives_way_takes_nothing():
    rows = sizes(20, 50, 10, 5)
    rows.project_phases += (phase("big", "permit", 12, "desk:1"), phase("last", "permit", 12, "desk:1"))
    rows.crews += (crew("desk", 1, kind="permit_desk"),)
    result = plan(rows)
    start = dict(zip(zip(result.phase_project, result.phase_name, strict=True), result.start_month[0], strict=True))
    assert start[3, "permit"] == 0 and start[1, "permit"] == NOT_PLANNED


def test_a_size_that_has_started_stays():
    # big fits when the plan is made; an overrun of what comes first is known when big has its permit
    rows = sizes(20, 38, 10, 1)
    rows.project_phases += (phase("big", "permit", 3),)
    delays = np.zeros((2, 5), dtype=np.int32)
    delays[1, 0] = 4
    result = plan(rows, delays=delays)
    assert result.in_service_month[0].tolist() == [20, 58, NOT_PLANNED, 59]
    assert result.in_service_month[1, 1:3].tolist() == [NOT_PLANNED, NOT_PLANNED]


def temporary(months: int, bridge: int = 10, **columns: object):
    return study(
        [project("bridge", operator_rank=1, **columns), project("final", operator_rank=2)],
        [phase("bridge", "build", bridge, "hv:1"), phase("final", "build", months, "hv:1")],
        [crew("hv", 1)],
    )


def test_a_temporary_solution_goes_when_what_it_bridges_to_works():
    result = plan(temporary(20, until_projects=("final",)))
    assert result.in_service_month[0].tolist() == [10, 30]
    assert result.out_of_service_month[0].tolist() == [30, NOT_PLANNED]


def test_a_temporary_solution_goes_on_its_date_if_that_comes_first():
    result = plan(temporary(20, until_projects=("final",), until="2027-03"))
    assert result.out_of_service_month[0].tolist() == [14, NOT_PLANNED]
    assert plan(temporary(20, until="2050-01")).out_of_service_month[0, 0] == NOT_PLANNED


def test_a_temporary_solution_stays_while_the_other_is_not_planned():
    result = plan(temporary(55, until_projects=("final",)))
    assert result.in_service_month[0].tolist() == [10, NOT_PLANNED]
    assert result.out_of_service_month[0, 0] == NOT_PLANNED


def test_a_temporary_solution_that_comes_too_late_is_left_out_and_takes_nothing():
    late = temporary(20, until="2026-09")
    result = plan(late)
    assert result.in_service_month[0].tolist() == [NOT_PLANNED, 20]
    assert why(result) == ["overtaken", "none"]
    rows = temporary(4, until_projects=("final",))
    rows.projects = (rows.projects[0].model_copy(update={"operator_rank": 3}), *rows.projects[1:])
    assert in_service(rows) == [NOT_PLANNED, 4]


def test_a_temporary_solution_that_has_started_is_finished_but_never_works():
    # its overrun becomes known in month 10, when it cannot be left out any more
    delays = np.array([[12, 0]], dtype=np.int32)
    result = plan(temporary(20, until="2027-06"), delays=delays)
    assert result.finish_month[0].tolist() == [22, 42]
    assert result.in_service_month[0].tolist() == [NOT_PLANNED, 42]
    assert result.out_of_service_month[0].tolist() == [NOT_PLANNED, NOT_PLANNED]
