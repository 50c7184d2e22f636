"""Where the months go, how many status can move, what holds a project up and what flips it: worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gridprio.effect import (
    CauseKind,
    Flips,
    PlannedOrder,
    ProjectMonths,
    Relaxations,
    binding_projects_table,
    budget_years,
    ledger_table,
    reach_months_table,
    why_not_table,
)
from gridprio.inputs.resource_tables import Budget, Delivery
from gridprio.kernels import get_kernels
from gridprio.orders import operator_order, status_timeline
from gridprio.plan import build_problem, schedule_plans
from gridprio.search import earliest_months
from tests.unit.plan.rows import crew, phase, project, study


class Planned:
    """The plan of the operator's order with the status of those that have it, by the definition."""

    def __init__(self, rows: SimpleNamespace, delays: list[list[int]] | None = None) -> None:
        self.rows, self.problem = rows, build_problem(rows)
        self.order = operator_order(rows.projects, "before_status", rows.project_phases)
        ids = self.problem.project_ids
        holders = [p.project_id for p in rows.projects if p.status]
        self.timeline = status_timeline(self.order, ids, holders, rows.settings, channel="both")
        no_delays = np.zeros((1, self.problem.arrays.n_phase), np.int32)
        self.delays = no_delays if delays is None else np.array(delays, np.int32)
        [self.plans] = replan(self.problem, [self.timeline], self.delays)

    def causes(self, project_id: str, draw: int = 0) -> dict[str, int]:
        months = ProjectMonths(self.problem, self.timeline, self.plans)
        found: dict[str, int] = {}
        for cause, n in months.causes(draw, self.problem.project_ids.index(project_id)).items():
            name = f"{cause.kind.value}:{cause.code}"
            found[name] = found.get(name, 0) + n
        return found

    def why_not(self, *project_ids: str) -> pd.DataFrame:
        relaxations = Relaxations(self.rows, self.problem, self.order, self.timeline)
        named = [p for p in self.rows.projects if p.project_id in project_ids]
        return why_not_table(self.rows, self.plans, relaxations, named, self.delays, replan, "operator")

    def flips(self, project_id: str, shared: str = "") -> pd.DataFrame:
        flips = Flips(self.rows, self.problem, self.timeline, self.plans, self.delays, replan)
        more = budget_years(self.rows, self.problem, self.timeline) if shared else ()
        [own] = [p for p in self.rows.projects if p.project_id == project_id]
        return flips.table([own], list(more), "operator")


def replan(problem, timelines, delays):  # type: ignore[no-untyped-def]
    return schedule_plans(problem, timelines, delays, get_kernels("reference"))


def test_work_waiting_for_a_crew_and_a_window_and_delay() -> None:
    # A has the team in months 0 to 17. B may build from April to July: it finds the team taken in its first summer,
    # and waits for the window from August 2027 on; two of its months are of a delay.
    rows = study(
        [project("A", operator_rank=1), project("B", operator_rank=2)],
        [
            phase("A", "build", 18, "team:1"),
            phase("B", "permit", 3, delay_mean_months=1),
            phase("B", "build", 6, "team:1", work_months=(4, 5, 6, 7)),
        ],
        [crew("team", 1)],
    )
    planned = Planned(rows, [[0, 0, 0], [0, 2, 0]])
    # the team is free in July 2027 (month 18); April to July 2028 and April, May 2029 without it would be later
    assert planned.causes("B") == {
        "phase:permit": 3, "scarce:crew:team": 15, "phase:build": 6, "scarce:outage_window": 16,
    }  # fmt: skip
    assert planned.causes("B", draw=1) == {
        "phase:permit": 3, "delay:permit": 2, "scarce:crew:team": 13, "phase:build": 6, "scarce:outage_window": 16,
    }  # fmt: skip
    assert planned.causes("A") == {"phase:build": 18}


def test_months_closed_right_before_the_start_wait_for_the_window_and_not_for_the_crew() -> None:
    rows = study(
        [project("A", operator_rank=1), project("B", operator_rank=2)],
        [phase("A", "build", 9, "team:1"), phase("B", "build", 2, "team:1", work_months=(4, 5, 6, 7))],
        [crew("team", 1)],
    )
    # until July the team is taken (months 0 to 6), from August to March nobody may work
    assert Planned(rows).causes("B") == {"scarce:crew:team": 7, "scarce:outage_window": 8, "phase:build": 2}


def test_money_and_material_are_named_while_they_are_short() -> None:
    money = [Budget(operator_id="op", year=2026 + k, budget_meur=12) for k in range(5)]
    rows = study(
        [project("A", operator_rank=1, cost_meur=12), project("B", operator_rank=2, cost_meur=6)],
        [phase("A", "build", 12, cost_share=1), phase("B", "build", 6, cost_share=1)],
        budgets=money,
    )
    assert Planned(rows).causes("B") == {"scarce:budget:budget@op": 12, "phase:build": 6}
    trafos = [Delivery(material="trafo", operator_id="", year=2026 + k, units=1) for k in range(5)]
    rows = study(
        [project("A", operator_rank=1), project("B", operator_rank=2)],
        [phase("A", "build", 6, materials="trafo:1"), phase("B", "build", 6, materials="trafo:1")],
        deliveries=trafos,
    )
    assert Planned(rows).causes("B") == {"scarce:material:trafo": 12, "phase:build": 6}


def test_another_project_is_named_with_its_operator() -> None:
    rows = study(
        [project("A", operator_id="tso", operator_rank=1), project("B", operator_rank=1, requires=("A",))],
        [phase("A", "permit", 30), phase("A", "build", 10), phase("B", "permit", 8), phase("B", "build", 5)],
    )
    planned = Planned(rows)
    table = reach_months_table(rows, planned.problem, [PlannedOrder("x", planned.timeline, planned.plans)])
    own = table[table.project_id == "B"].set_index("cause_kind")
    assert own.loc["project", ["whose_project", "whose_operator", "months"]].tolist() == ["A", "tso", 32]
    assert own.loc["phase"].set_index("cause")[["lever", "months"]].to_dict("index") == {
        "permit": {"lever": "province", "months": 8}, "build": {"lever": "operator", "months": 5},
    }  # fmt: skip
    assert own.months.sum() == 45


def test_running_works_and_dates_are_dates() -> None:
    rows = study(
        [project("A", tier=0), project("B", status=True, status_from="2027-01", operator_rank=2),
         project("C", operator_rank=1)],
        [phase("A", "build", 6, start="2026-05"), phase("B", "build", 4, "team:1", earliest="2026-03"),
         phase("C", "build", 20, "team:1")],
        [crew("team", 1)],
    )  # fmt: skip
    planned = Planned(rows)
    assert planned.causes("A") == {"date:fixed": 4, "phase:build": 6}
    assert planned.causes("B") == {"date:earliest": 2, "scarce:crew:team": 18, "phase:build": 4}


def test_what_is_not_planned_waits_until_the_end_of_the_horizon() -> None:
    rows = study(
        [project("A", operator_rank=1), project("B", operator_rank=2)],
        [phase("A", "build", 58, "team:1"), phase("B", "permit", 3), phase("B", "build", 6, "team:1")],
        [crew("team", 1)],
    )
    assert Planned(rows).causes("B") == {"scarce:crew:team": 60}, "its permit is not begun for nothing"
    rows = study([project("A")], [phase("A", "permit", 50), phase("A", "build", 30)])
    planned = Planned(rows)
    assert planned.causes("A") == {"horizon:horizon": 60}, "its own phases do not fit, so none is begun"
    table = reach_months_table(rows, planned.problem, [PlannedOrder("x", planned.timeline, planned.plans)])
    assert table.lever.tolist() == [""]


def test_the_bound_leaves_what_running_works_take_and_nothing_else() -> None:
    rows = study(
        [project("R", tier=0), project("A", operator_rank=1), project("B", operator_rank=2, support_permit_months=4)],
        [
            phase("R", "build", 7, "team:1", start="2026-01"),
            phase("A", "build", 20, "team:1"),
            phase("B", "permit", 6),
            phase("B", "build", 5, "team:1"),
        ],
        [crew("team", 1)],
    )
    planned = Planned(rows)
    assert planned.plans.in_service_month[0].tolist() == [7, 27, 32]
    assert earliest_months(planned.problem, planned.delays).in_service[0].tolist() == [7, 27, 12]
    saved = np.array([0, 0, 4, 0], np.int32)
    assert earliest_months(planned.problem, planned.delays, saved).in_service[0].tolist() == [7, 27, 12]
    assert earliest_months(planned.problem, planned.delays + 1).in_service[0].tolist() == [8, 28, 13]


def one_team(**columns: object) -> SimpleNamespace:
    """A takes the team for 24 months; B needs a permit of 10 months and then the team for 6."""
    return study(
        [
            project("A", operator_rank=1, operator_id="other", need_year=2026),
            project("B", operator_rank=1, status=True, **columns),
        ],
        [phase("A", "build", 24, "team:1"), phase("B", "permit", 10), phase("B", "build", 6, "team:1")],
        [crew("team", 1, lever="state")],
    )


def test_the_constraint_that_moves_it_most_binds_with_its_lever() -> None:
    table = Planned(one_team(status_from="2026-07")).why_not("B")
    found = table.set_index("constraint")
    # without the crew it is built right after its permit; first in the list it waits for nobody but A, which has begun
    assert found.months_sooner.to_dict() == {"crew:team": 14, "phase:permit": 0, "status_from": 0, "order": 0}
    assert found.binding.to_dict() == {"crew:team": True, "phase:permit": False, "status_from": False, "order": False}
    assert found.lever["crew:team"] == "state" and found.lever["phase:permit"] == "province"


def test_a_permit_that_nobody_shares_binds_and_the_fewest_months_that_flip_it_are_found() -> None:
    rows = study(
        [project("B", status=True)],
        [phase("B", "permit", 40, lever="municipality"), phase("B", "build", 6, work_months=(4, 5, 6, 7, 8, 9))],
    )
    planned = Planned(rows)  # works from May to September 2029 and in April 2030: in service in month 52
    binding = planned.why_not("B").iloc[0]
    assert (binding.constraint, binding.lever, binding.binding) == ("phase:permit", "municipality", True)
    flip = planned.flips("B")
    assert flip[["kind", "amount", "lever", "months_sooner", "smallest"]].values.tolist() == [
        ["permit_months", 12, "municipality", 12, True]
    ]


def test_constraints_that_move_it_only_together_are_named_together() -> None:
    # permit and land take 20 months side by side, procurement 8 beside them: without one the other still takes 20
    phases = [phase("B", name, n, after=()) for name, n in (("permit", 20), ("land", 20), ("procurement", 8))]
    build = phase("B", "build", 6, after=("permit", "land", "procurement"))
    why = Planned(study([project("B", status=True)], [*phases, build])).why_not("B")
    assert why.iloc[0][["constraint", "lever", "months_sooner", "binding"]].tolist() == [
        "phase:permit + phase:land", "province municipality", 12, True,
    ]  # fmt: skip
    assert why.binding.sum() == 1 and (why.months_sooner[1:] == 0).all()


def test_a_project_that_several_things_keep_out_of_the_plan_names_them() -> None:
    # neither the team, never free, nor the permit, 55 months of 60, can be missed alone; procurement can
    rows = study(
        [project("A", tier=0), project("B", status=True, operator_rank=1)],
        [
            phase("A", "build", 60, "team:1", start="2026-01"), phase("B", "permit", 55),
            phase("B", "procurement", 2), phase("B", "build", 6, "team:1"),
        ],
        [crew("team", 1, lever="state")],
    )  # fmt: skip
    planned = Planned(rows)
    why = planned.why_not("B").iloc[0]
    assert (why.constraint, why.lever, why.binding) == ("phase:permit + crew:team", "province state", True)
    assert why.months_sooner == 60 - 8


def test_a_required_project_first_and_a_year_of_budget_flip_it() -> None:
    rows = study(
        [
            project("A", operator_rank=1),
            project("Q", operator_rank=2),
            project("B", operator_rank=3, status=True, requires=("Q",)),
        ],
        [phase("A", "build", 20, "team:1"), phase("Q", "build", 6, "team:1"), phase("B", "build", 3)],
        [crew("team", 1)],
    )
    planned = Planned(rows)
    why = planned.why_not("B").iloc[0]
    assert (why.constraint, why.whose_project, why.whose_operator, why.months_sooner) == ("requires:Q", "Q", "op", 26)
    flip = planned.flips("B").iloc[0]
    assert (flip["kind"], flip["name"], flip.months_sooner) == ("project_first", "Q", 20)
    money = [Budget(operator_id="op", year=2026 + k, budget_meur=6) for k in range(5)]
    rows = study(
        [project("A", operator_rank=1, cost_meur=12), project("B", operator_rank=2, status=True, cost_meur=6)],
        [phase("A", "build", 24, cost_share=1), phase("B", "build", 6, cost_share=1)],
        budgets=money, bindingness=0.0,
    )  # fmt: skip
    flip = Planned(rows).flips("B", shared="budget")
    assert flip[["kind", "name", "year", "amount", "months_sooner", "smallest"]].values.tolist() == [
        ["places", "", 0, 1, 24, True],
        ["budget_year", "op", 2026, 6.0, 24, False],
        ["budget_year", "op", 2027, 6.0, 12, False],
    ]


def test_the_fewest_projects_of_its_own_operator_to_pass_are_found() -> None:
    names = ("A", "X", "C", "D")
    rows = study(
        [
            *(project(k, operator_id="other" if k == "X" else "op", operator_rank=n) for n, k in enumerate(names, 1)),
            project("B", operator_rank=9, status=True),
        ],
        [*(phase(k, "build", 8, "team:1") for k in names), phase("B", "build", 6, "team:1")],
        [crew("team", 1)], bindingness=0.0,
    )  # fmt: skip
    planned = Planned(rows)  # A, X or X, A in the first places, then C, D, B: in service in month 38
    assert planned.plans.in_service_month[0, 4] == 38
    flip = planned.flips("B").iloc[0]
    assert (flip["kind"], flip.amount, flip.lever) == ("places", 2, "operator")


def test_the_upstream_project_binds_a_development() -> None:
    rows = study(
        [
            project("line", operator_id="tso", operator_rank=1),
            project("trafo", operator_id="dso", operator_rank=1, requires=("line",)),
            project("other", operator_id="dso", operator_rank=2),
        ],
        [phase("line", "build", 40), phase("trafo", "build", 5), phase("other", "build", 3)],
    )
    rows.scenario_ids, rows.developments = ("base",), (SimpleNamespace(development_id="d"),)
    planned = Planned(rows)
    connected = np.array([[45]], np.int32)
    without = np.array([[[-1]], [[-1]], [[45]]], np.int32)
    months = ProjectMonths(planned.problem, planned.timeline, planned.plans)
    table = binding_projects_table(rows, connected, without, [0, 1, 2], planned.plans.in_service_month[0], months)
    assert table.iloc[0].tolist() == ["base", "d", "line trafo", "line", "tso"]
    nobody = binding_projects_table(rows, connected, without[2:], [2], planned.plans.in_service_month[0], months)
    assert nobody.iloc[0].tolist() == ["base", "d", "", "", ""]


def test_the_ledger_names_every_project_with_its_lever_or_the_year_of_its_decision() -> None:
    rows = one_team(decision="kept", decided_by="council", document="pMIEK 2026")
    research = project("R", maturity="research", listed=True, decide_by_year=2029)
    running = project("W", tier=0, operator_id="third")
    rows.projects = (*rows.projects, research, running)
    rows.project_phases = (*rows.project_phases, phase("W", "build", 3, start="2026-01"))
    planned = Planned(rows)
    reach = pd.DataFrame(
        {"project_id": ["A", "B", "W"], **dict.fromkeys(
            ("plan_month", "month_with_both", "movable_months_order", "movable_months_support",
             "movable_months_both"), 1.0)}
    )  # fmt: skip
    months = reach_months_table(rows, planned.problem, [PlannedOrder("with_status", planned.timeline, planned.plans)])
    table = ledger_table(
        rows,
        frozenset("ABW"),
        {
            "reach": reach, "reach_months": months, "why_not": planned.why_not("A", "B"), "flips": planned.flips("B"),
        },
    )  # fmt: skip
    found = table.set_index("project_id")
    assert found.index.tolist() == ["A", "B", "R", "W"]
    assert found.loc["B", ["status", "decision", "decided_by", "document"]].tolist() == [
        True, "kept", "council", "pMIEK 2026",
    ]  # fmt: skip
    assert found.loc["B", ["binding_constraint", "lever"]].tolist() == ["crew:team", "state"]
    assert found.loc["R", ["listed", "status", "assessment_reason", "binding_constraint"]].tolist() == [
        True, False, "no_change:2029", "no_phases",
    ]  # fmt: skip
    assert found.loc["R", "decide_by_year"] == 2029 and np.isnan(found.loc["R", "plan_month"])
    assert found.loc["W", "binding_constraint"] == "fixed" and found.loc["A", "binding_constraint"] == "own_work"
    # B: 10 months of permit (province) and 6 of works (operator), and 14 for the team
    own = [f"own_months_{who}" for who in ("province", "municipality", "operator", "state")]
    assert found.loc["B", own].tolist() == [10, 0, 6, 0]
    assert found.loc["B", ["late_months", "waits_for"]].tolist() == [0, "state:14:crew:team"]
    assert found.loc["R", "waits_for"] == "" and np.isnan(found.loc["R", "late_months"])


@pytest.mark.parametrize("kind", CauseKind)
def test_every_kind_of_cause_is_explained(kind: CauseKind) -> None:
    from pathlib import Path

    page = (Path(__file__).parents[3] / "docs/theory/reach.md").read_text(encoding="utf-8")
    assert f"`{kind.value}`" in page
