"""The planner from rows to months, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gridprio.errors import InputError
from gridprio.inputs.resource_tables import Budget
from gridprio.model.plan import NOT_PLANNED, Binding
from gridprio.plan import build_problem, draw_delays
from gridprio.text import word_message
from tests.unit.plan.rows import crew, in_service, phase, plan, project, study, why


def two_builds(**settings):
    return study(
        [project("a", operator_rank=1), project("b", operator_rank=2)],
        [phase("a", "build", 10, "hv:1"), phase("b", "build", 4, "hv:1")],
        [crew("hv", 1)],
        **settings,
    )


def test_one_crew_works_down_the_list():
    result = plan(two_builds())
    assert result.start_month[0].tolist() == [0, 10]
    assert result.in_service_month[0].tolist() == [10, 14]
    assert result.binding[0].tolist() == [Binding.NONE, Binding.CREW]
    assert result.resource_names[result.binding_resource[0, 1]] == "hv"
    assert in_service(two_builds(rule="tiers"), status=["b"]) == [14, 4]


def test_status_from_freezes_what_has_started():
    # a runs when the status begins to work in month 6, so b still waits for it
    rows = two_builds(rule="tiers", status_from="2026-07")
    assert in_service(rows, status=["b"]) == [10, 14]


def test_status_from_moves_what_has_not_started():
    rows = study(
        [project(i, operator_rank=k) for k, i in enumerate("abc", start=1)],
        [phase(i, "build", 6, "hv:1") for i in "abc"],
        [crew("hv", 1)],
        rule="tiers",
        status_from="2026-04",
    )
    assert in_service(rows) == [6, 12, 18]
    assert in_service(rows, status=["c"]) == [6, 18, 12]


def test_phases_follow_each_other_with_lag_and_after():
    rows = study(
        [project("a")],
        [
            phase("a", "build", 5, after=("permit", "land", "procurement"), lag_months=2),
            phase("a", "study", 3),
            phase("a", "permit", 12),
            phase("a", "land", 8, after=("study",)),
            phase("a", "procurement", 14, after=("study",)),
        ],
    )
    result = plan(rows)
    months = dict(zip(result.phase_name, result.start_month[0].tolist(), strict=True))
    assert months == {"study": 0, "permit": 3, "land": 3, "procurement": 3, "build": 19}
    assert result.binding[0, result.phase_name.index("build")] == Binding.MATERIAL
    assert result.binding[0, result.phase_name.index("permit")] == Binding.PREDECESSOR
    assert result.build_start_month.tolist() == [[19]]


def test_work_pauses_outside_its_calendar():
    rows = study([project("a")], [phase("a", "build", 8, work_months=(4, 5, 6, 7, 8, 9))])
    result = plan(rows)
    assert (result.start_month[0, 0], result.finish_month[0, 0]) == (3, 12 + 5)
    assert result.binding[0, 0] == Binding.OUTAGE_WINDOW


def test_earliest_month():
    result = plan(study([project("a")], [phase("a", "build", 2, earliest="2027-03")]))
    assert (result.start_month[0, 0], result.binding[0, 0]) == (14, Binding.EARLIEST)


def test_budget_of_the_operator_per_year():
    rows = study(
        [project("a", operator_rank=1, cost_meur=12), project("b", operator_rank=2, cost_meur=12)],
        [phase("a", "build", 12, cost_share=1), phase("b", "build", 6, cost_share=1)],
        budgets=[
            Budget(operator_id="op", year=year, budget_meur=meur)
            for year, meur in zip(range(2026, 2031), (13, 11, 12, 0, 0), strict=False)
        ],
    )
    result = plan(rows)
    # at 2 MEUR a month five months fit in 2027, so the sixth must fall in 2028
    assert result.start_month[0].tolist() == [0, 19]
    assert result.binding[0, 1] == Binding.BUDGET
    assert result.resource_names[result.binding_resource[0, 1]] == "budget@op"


def test_crew_growth_and_share_taken():
    rows = study(
        [project("a")], [phase("a", "build", 3, "hv:1.5")], [crew("hv", 2, growth_per_year=0.5, share_taken=0.4)]
    )
    # 1.2, 1.5, 1.8, ... units: enough from 2027
    assert in_service(rows) == [15]


def test_crews_of_the_region_then_those_that_work_everywhere():
    rows = study(
        [
            project(i, operator_rank=k, region=r)
            for k, (i, r) in enumerate(zip("abc", ("n", "n", "z"), strict=True), start=1)
        ],
        [phase(i, "build", 6, "hv:1") for i in "abc"],
        [crew("hv", 1), crew("hv", 1, region="n"), crew("hv", 9, region="elsewhere")],
    )
    assert in_service(rows) == [6, 6, 12]


def test_permit_desk_is_a_resource_of_its_own_kind():
    rows = study(
        [project("a", operator_rank=1), project("b", operator_rank=2)],
        [phase(i, "permit", 5, "desk:1") for i in "ab"],
        [crew("desk", 1, kind="permit_desk")],
    )
    assert plan(rows).binding[0].tolist() == [Binding.NONE, Binding.PERMIT_DESK]


def test_requires_waits_and_resumes_before_what_is_lower_in_the_list():
    rows = study(
        [
            project("a", operator_rank=1, requires=("c",)),
            project("b", operator_rank=2),
            project("c", operator_rank=3),
        ],
        [phase("a", "study", 2), *(phase(i, "build", 6, "hv:1") for i in "abc")],
        [crew("hv", 1)],
    )
    result = plan(rows)
    assert result.in_service_month[0].tolist() == [18, 6, 12]
    assert result.start_month[0, 0] == 0
    assert result.binding[0, 1] == Binding.REQUIRES


def test_of_projects_that_exclude_each_other_the_first_is_built():
    rows = study(
        [project("a", operator_rank=1), project("b", operator_rank=2, excludes=("a",))],
        [phase(i, "build", 6) for i in "ab"],
        rule="tiers",
    )
    assert in_service(rows) == [6, NOT_PLANNED]
    assert plan(rows).binding[0, 1] == Binding.EXCLUDED
    assert in_service(rows, status=["b"]) == [NOT_PLANNED, 6]


def test_started_works_stay_when_the_order_turns():
    rows = study(
        [project("a", operator_rank=1), project("b", operator_rank=2, excludes=("a",))],
        [phase(i, "build", 6) for i in "ab"],
        rule="tiers",
        status_from="2026-03",
    )
    assert in_service(rows, status=["b"]) == [6, NOT_PLANNED]


def test_running_works_keep_their_dates_and_come_first():
    rows = study(
        [project("a", operator_rank=1), project("r", tier=0, operator_rank=2)],
        [phase("a", "build", 6, "hv:1"), phase("r", "build", 30, "hv:1", start="2024-01", cost_share=1)],
        [crew("hv", 1)],
    )
    result = plan(rows)
    assert result.start_month[0].tolist() == [6, 0]
    assert result.in_service_month[0].tolist() == [12, 6]
    assert result.binding[0].tolist() == [Binding.CREW, Binding.FIXED]


def test_running_works_that_need_more_than_there_is_are_noted():
    rows = study([project("r", tier=0)], [phase("r", "build", 6, "hv:3", start="2026-05")], [crew("hv", 1)])
    problem = build_problem(rows)
    assert problem.arrays.capacity[0, 3:11].tolist() == [1000, 3000, 3000, 3000, 3000, 3000, 3000, 1000]
    assert word_message(problem.notes[0]).en.startswith("hv: from May 2026, running works use 3 units, more than the 1")


def test_what_does_not_fit_has_a_reason():
    rows = study(
        [project("a", operator_rank=1), project("b", operator_rank=2), project("c", operator_rank=3, requires=("b",))],
        [
            phase("a", "build", 50, "hv:1"),
            phase("b", "build", 20, "hv:1"),
            phase("c", "build", 1),
            phase("c", "study", 61),
        ],
        [crew("hv", 1)],
    )
    result = plan(rows)
    assert result.in_service_month[0].tolist() == [50, NOT_PLANNED, NOT_PLANNED]
    assert result.binding[0].tolist() == [Binding.NONE, Binding.CREW, Binding.HORIZON, Binding.HORIZON]


def test_what_cannot_be_finished_takes_no_crew_from_others():
    """b would study first, with the crew that c needs, but its build does not fit: c goes as if b were not there."""
    phases = [phase("b", "study", 10, "hv:1"), phase("b", "build", 55, "hv:1"), phase("c", "build", 6, "hv:1")]
    result = plan(study([project("b", operator_rank=1), project("c", operator_rank=2)], phases, [crew("hv", 1)]))
    assert result.start_month[0].tolist() == [NOT_PLANNED, NOT_PLANNED, 0]
    assert why(result) == ["horizon", "horizon", "none"]


def test_what_has_started_stays_and_only_the_rest_is_taken_back():
    """a overruns, so that the build of b no longer fits: its study has been made, its procurement is given up."""
    phases = [
        phase("a", "build", 10, "hv:1"),
        phase("b", "study", 2),
        phase("b", "procurement", 20, "buyer:1"),
        phase("b", "build", 30, "hv:1"),
        phase("c", "procurement", 20, "buyer:1"),
    ]
    rows = study(
        [project(name, operator_rank=k) for k, name in enumerate("abc", start=1)],
        phases,
        [crew("hv", 1), crew("buyer", 1)],
    )
    late = plan(rows, delays=np.array([[0, 30, 0, 0, 0]], dtype=np.int32))
    assert plan(rows).start_month[0].tolist() == [0, 0, 2, 22, 22]
    assert late.start_month[0].tolist() == [0, 0, NOT_PLANNED, NOT_PLANNED, 2]


def test_support_shortens_permit_and_land():
    rows = study(
        [project("a", support_permit_months=5, support_land_months=9)],
        [phase("a", "permit", 12), phase("a", "land", 6), phase("a", "build", 3)],
    )
    assert in_service(rows) == [21]
    assert in_service(rows, status=["a"], channel="support") == [10]


def reserved(**settings):
    return study(
        [project(i, operator_rank=k) for k, i in enumerate("abcd", start=1)],
        [phase(i, "build", 6, "hv:1") for i in "abcd"],
        [crew("hv", 2)],
        rule="reserved_share",
        reserved_share=0.5,
        **settings,
    )


def test_reserved_share_is_kept_for_status_and_lapses():
    assert in_service(reserved()) == [6, 6, 12, 12]
    # one of two units is kept for d; when d is done the unit is free for all
    assert in_service(reserved(), status=["d"]) == [6, 12, 12, 6]
    assert in_service(reserved(), status=list("abcd")) == [6, 6, 12, 12]


def test_delay_holds_up_the_crew_and_what_follows():
    delays = np.array([[0, 0], [3, 2]], dtype=np.int32)
    result = plan(two_builds(), delays=delays)
    assert result.in_service_month.tolist() == [[10, 14], [13, 19]]


def test_an_overrun_gives_way_to_works_that_had_started():
    rows = study(
        [project("b", operator_rank=1), project("a", operator_rank=2)],
        [phase("b", "build", 8, "hv:1", work_months=(4, 5, 6, 7, 8, 9)), phase("a", "build", 5, "hv:1")],
        [crew("hv", 1)],
    )
    assert plan(rows).start_month[0].tolist() == [3, 9]
    late = plan(rows, delays=np.array([[0, 3]], dtype=np.int32))
    # b pauses from October to March and then has the crew in April and May (15, 16): a works on in 14, 17 and 18
    assert late.finish_month[0].tolist() == [17, 19]


def test_later_draws_do_not_move_earlier_starts():
    rows = study(
        [project(i, operator_rank=k) for k, i in enumerate("abcd", start=1)],
        [phase(i, "build", 6, "hv:1") for i in "abcd"],
        [crew("hv", 1)],
    )
    one = plan(rows, delays=np.array([[2, 0, 0, 0], [2, 0, 5, 9]], dtype=np.int32)).start_month
    assert one[0].tolist() == [0, 8, 14, 20]
    assert one[1].tolist() == [0, 8, 14, 25]


def test_delays_belong_to_their_phase():
    phases = [phase(i, "build", n, delay_mean_months=4, delay_sd_months=3) for i, n in (("a", 6), ("b", 7))]
    one = draw_delays(build_problem(study([project("a")], phases[:1])), 50, seed=7)
    two = draw_delays(build_problem(study([project("b"), project("a")], phases[::-1])), 400, seed=7)
    assert (one[:, 0] == two[:50, 1]).all()
    assert not (two[:, 0] == two[:, 1]).all()
    assert two.mean() == pytest.approx(4, abs=0.4)
    assert two.std() == pytest.approx(3, abs=0.4)
    assert (draw_delays(build_problem(study([project("a")], phases[:1])), 50, seed=8) != one).any()


def test_every_problem_is_named_at_once():
    rows = study(
        [project("a", requires=("b",)), project("b", requires=("a",), excludes=("x",))],
        [phase("a", "build", 6, "nobody:1"), phase("b", "build", 6)],
    )
    with pytest.raises(InputError) as caught:
        build_problem(rows)
    text = str(caught.value)
    for part in ("in a ring", "excludes 'x'", "no crew 'nobody'"):
        assert part in text


def test_phases_that_cannot_be_put_in_a_row_are_named():
    rows = study(
        [project("a"), project("b")],
        [phase("a", "build", 6, after=("land",)), phase("b", "permit", 6, after=("land",)), phase("b", "land", 6)],
    )
    with pytest.raises(InputError, match=r"a has no phase land[^$]*phases of b wait for each other"):
        build_problem(rows)
