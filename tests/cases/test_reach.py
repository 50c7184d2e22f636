"""Reach, why not and whose project binds, through the whole pipeline on planted studies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gridprio.report.reach import reach_of
from gridprio.report.run_tables import run_tables
from gridprio.store import Run
from tests.cases.test_planted import effect, planted, ran, with_rows


def mean_month(run: Run, order_name: str) -> pd.Series:
    """Mean month in service per project over draws; never counts as the end of the horizon."""
    settings = run.manifest["settings"]
    n_month = 12 * (settings["end_year"] - settings["start_year"] + 1)
    plan = run.plan[run.plan.order_name == order_name]
    finish = plan.finish_month.where(plan.finish_month >= 0, n_month)
    return finish.groupby([plan.project_id, plan.draw]).max().groupby("project_id").mean()


def supported(**months: int):  # type: ignore[no-untyped-def]
    study = planted("permits_only")
    changed = {"support_permit_months": months.get("permit", 0), "support_land_months": months.get("land", 0)}
    return with_rows(study, projects=tuple(p.model_copy(update=changed if p.status else {}) for p in study.projects))


def test_a_permit_bound_project_shows_none_through_order_and_an_effect_through_support(tmp_path: Path) -> None:
    run = ran(supported(permit=6), tmp_path)
    for project in ("B", "C"):
        through_order = effect(run, project, "in_service_months", "order")
        assert (through_order["mean"], through_order.verdict) == (0, "none")
        assert effect(run, project, "in_service_months", "support")["mean"] == -6
        assert effect(run, project, "in_service_months", "permit")["mean"] == -6
        assert effect(run, project, "in_service_months", "land")["mean"] == 0
    reach = run.reach.set_index("project_id")
    assert (reach.movable_months_order == 0).all()
    assert reach.loc[["B", "C"], ["movable_months_permit", "movable_months_both"]].values == pytest.approx(6)
    assert reach.loc["A", ["movable_months_permit", "movable_months_both"]].tolist() == [0, 0]
    binding = run.why_not[run.why_not.binding].set_index("project_id")
    assert binding.loc["B", ["constraint", "lever"]].tolist() == ["phase:permit", "province"]
    flips = run.flips.set_index("project_id")
    assert flips.loc["B", ["kind", "amount", "months_sooner"]].tolist() == ["permit_months", 12, 12]


@pytest.mark.parametrize("name", ["one_crew", "crowded", "permits_only"])
def test_months_add_up_to_the_plan_and_no_order_of_the_run_beats_the_bound(name: str, tmp_path: Path) -> None:
    run = ran(planted(name), tmp_path)
    reach = run.reach.set_index("project_id")
    for order_name, column in (("without_status", "plan_month"), ("with_status", "month_with_both")):
        months = run.reach_months[run.reach_months.order_name == order_name].groupby("project_id").months.sum()
        expected = mean_month(run, order_name)
        np.testing.assert_allclose(months[expected.index], expected, rtol=0, atol=1e-9)
        np.testing.assert_allclose(reach.loc[expected.index, column], expected, rtol=0, atol=1e-9)
    for order_name in run.plan.order_name.unique():
        found = mean_month(run, order_name)
        assert (reach.loc[found.index, "earliest_by_both"] <= found + 1e-9).all()
        if order_name not in ("with_status", "with_support"):
            assert (reach.loc[found.index, "earliest_by_order"] <= found + 1e-9).all()


def test_all_with_status_equals_none_in_the_tables_of_reach(tmp_path: Path) -> None:
    study = planted("crowded")
    everyone = tuple(p.model_copy(update={"status": True, "status_from": None}) for p in study.projects)
    run = ran(with_rows(study, projects=everyone), tmp_path)
    assert (run.reach.plan_month == run.reach.month_with_both).all()
    columns = [c for c in run.reach_months.columns if c != "order_name"]
    without, with_status = (
        run.reach_months[run.reach_months.order_name == name][columns].reset_index(drop=True)
        for name in ("without_status", "with_status")
    )
    pd.testing.assert_frame_equal(without, with_status)


def test_a_chain_of_two_operators_names_the_upstream_project(tmp_path: Path) -> None:
    study = planted("one_crew")
    changes = {"A": {"operator_id": "tso"}, "B": {"requires": ("A",)}}
    projects = tuple(p.model_copy(update=changes[p.project_id]) for p in study.projects)
    run = ran(with_rows(study, projects=projects), tmp_path)
    found = run.connections.set_index("development_id")
    columns = ["needed_projects", "binding_project", "binding_operator"]
    assert found.loc["D1", columns].tolist() == ["A", "A", "tso"]
    assert found.loc["D2", columns].tolist() == ["A B", "A", "tso"]
    waits = run.reach_months.query("project_id == 'B' and cause_kind == 'project' and order_name == 'without_status'")
    assert waits[["whose_project", "whose_operator"]].values.tolist() == [["A", "tso"]]
    [line] = [line for line in reach_of(run_tables(run)).lines if line.name == "B"]
    assert "hangen aan A van tso" in line.most.nl and "hang on A of tso" in line.most.en


def test_the_ledger_has_every_project(tmp_path: Path) -> None:
    study = planted("crowded")
    run = ran(study, tmp_path)
    ledger = run.ledger.set_index("project_id")
    assert ledger.index.tolist() == [p.project_id for p in study.projects]
    assert ledger.loc["R", ["assessment", "assessment_reason", "decide_by_year"]].tolist() == [
        "not_assessable", "no_change:2028", 2028,
    ]  # fmt: skip
    assert (ledger.loc[["B", "C"], "assessment"] == "assessed").all()
