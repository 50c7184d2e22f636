"""Planted studies: small enough to work out by hand (see the README of each), run through the whole pipeline."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gridprio
from gridprio.effect import margins
from gridprio.inputs import with_settings
from gridprio.inputs.study import Study
from gridprio.kernels.select import BACKENDS
from gridprio.store import Run
from tests.kernels.conftest import present

HERE = Path(__file__).parent
RULES = ("head_start", "tiers", "reserved_share")


def planted(name: str, **settings: object) -> Study:
    return with_settings(gridprio.read_study(HERE / name), **settings)


def ran(study: Study, tmp_path: Path, name: str = "run", **how: object) -> Run:
    return gridprio.run_study(study, out=tmp_path / name, **{"threads": 1, **how})


def effect(run: Run, project: str, metric: str, channel: str = "order", scenario: str = "base") -> pd.Series:
    table = run.status_effect
    found = table[
        (table.project_id == project) & (table.metric == metric) & (table.channel == channel)
        & (table.scenario == scenario)
    ]  # fmt: skip
    assert len(found) == 1
    return found.iloc[0]


def test_one_crew_gives_the_effect_worked_out_by_hand(tmp_path: Path) -> None:
    run = ran(planted("one_crew"), tmp_path)
    for channel in ("order", "both"):
        for project in ("total", "B"):
            waiting = effect(run, project, "waiting_mw_years_demand", channel)
            assert (waiting["mean"], waiting.low95, waiting.high95) == pytest.approx((-10.0, -10.0, -10.0), abs=1e-9)
            assert waiting.verdict == "better" and waiting.probability_better == 1.0
            assert effect(run, project, "waiting_dwelling_years", channel)["mean"] == pytest.approx(-1000, abs=1e-6)
    assert effect(run, "B", "in_service_months")["mean"] == -12
    support = effect(run, "total", "waiting_mw_years_demand", "support")
    assert support["mean"] == 0 and support.verdict == "none"
    outcomes = run.outcomes.set_index("order_name")["waiting_mw_years_demand"]
    assert outcomes["without_status"] == pytest.approx(80, abs=1e-9)
    assert outcomes["with_status"] == pytest.approx(70, abs=1e-9)


def test_one_crew_names_who_is_connected_when_what_limits_them_and_who_pays(tmp_path: Path) -> None:
    run = ran(planted("one_crew"), tmp_path)
    rows = run.connections.set_index("development_id")
    assert rows.loc["D1", ["year_without_status", "year_with_status"]].tolist() == [2027, 2028]
    assert rows.loc["D2", ["year_without_status", "year_with_status"]].tolist() == [2028, 2027]
    assert rows.loc["D1", ["low95", "high95"]].tolist() == [1, 1]
    assert rows.limiting_element.tolist() == ["trafo:0", "trafo:1"]
    assert rows.lifted_by_project.tolist() == ["A", "B"]
    share = run.distribution
    share = share[(share.group_kind == "municipality") & (share.metric == "waiting_mw_years_demand")]
    assert share.set_index("group_id").effect.to_dict() == pytest.approx({"m1": 20, "m2": -30}, abs=1e-9)


def test_permits_without_desks_leave_nothing_for_the_order_to_move(tmp_path: Path) -> None:
    """No permit uses a desk and nothing else is scarce, so the order changes nothing: exactly, for every project."""
    run = ran(planted("permits_only"), tmp_path)
    table = run.status_effect[run.status_effect.channel == "order"]
    assert set(table.project_id) == {"total", "A", "B", "C"}
    assert set(margins(planted("permits_only").settings)) <= set(table.metric)
    assert (table[["mean", "low95", "high95", "probability_better"]] == 0).all().all()
    assert (table.verdict == "none").all()
    of_projects = table[(table.project_id != "total") & (table.metric != "in_service_months_by_list")]
    assert (of_projects.reason == "predecessor").all()
    assert (of_projects.lever == "province").all()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ["one_crew", "crowded"])
def test_all_with_status_equals_none_exactly(name: str, rule: str, tmp_path: Path) -> None:
    study = planted(name, rule=rule)
    everyone = tuple(p.model_copy(update={"status": True, "status_from": None}) for p in study.projects)
    run = ran(with_rows(study, projects=everyone), tmp_path)
    total = run.status_effect.query("project_id == 'total' and channel == 'order'")
    assert len(total) and (total[["mean", "low95", "high95"]] == 0).all().all()
    assert len(run.distribution) and (run.distribution[["effect", "low95", "high95"]] == 0).all(axis=None)
    assert len(run.goal_shift) and (run.goal_shift[["saved", "added"]] == 0).all(axis=None)
    all_of_them = run.externality[run.externality.by_group == "total"]
    assert len(all_of_them) and (all_of_them.effect == 0).all()
    for table, columns in (("lorenz", ["asked_share", "waiting_share"]), ("inequality", ["gini", "worst_tenth_share"])):
        sides = getattr(run, table).groupby("side")[columns]
        without, with_status = (sides.get_group(side).to_numpy() for side in ("without_status", "with_status"))
        assert (without == with_status).all()


def with_rows(study: Study, **rows: object) -> Study:
    return replace(study, **rows)


@pytest.mark.parametrize("basis", ["after_status", "unknown"])
def test_an_order_that_may_hold_status_establishes_nothing_and_says_so(basis: str, tmp_path: Path) -> None:
    run = ran(planted("one_crew", order_basis=basis), tmp_path)
    table = run.status_effect
    told = table[table.channel.isin(["order", "support", "both"])]
    assert len(told) and (told.verdict == "not_assessable").all() and told["mean"].isna().all()
    assert (told.reason == "order_basis").all()
    what_if = table[table.channel == "need_year_order"]
    assert len(what_if) and (what_if.verdict != "not_assessable").all()
    assert {"operator", "need_year_without_status", "need_year_with_status"} <= set(run.outcomes.order_name)
    assert run.manifest["comparison"] == {"established": False, "reason": "order_basis", "order": "need_year"}


def test_an_order_that_leaves_projects_out_establishes_nothing_and_says_so(tmp_path: Path) -> None:
    study = planted("one_crew", order_basis="before_status")
    first, *others = study.projects
    left_out = (first.model_copy(update={"operator_rank": None}), *others)
    run = ran(with_rows(study, projects=left_out), tmp_path)
    assert run.manifest["comparison"] == {"established": False, "reason": "unranked", "order": "need_year"}
    told = run.status_effect[run.status_effect.channel.isin(["order", "support", "both"])]
    assert set(told.verdict) == {"not_assessable"} and set(told.reason) == {"unranked"}
    what_if = run.status_effect[run.status_effect.channel == "need_year_both"]
    assert set(zip(told.scenario, told.project_id, told.metric, strict=True)) == set(
        zip(what_if.scenario, what_if.project_id, what_if.metric, strict=True)
    )
    assert set(run.connections.order_name) == set(run.distribution.order_name) == {"need_year"}


def test_groups_add_up_to_the_outcomes_and_comparison_is_named(tmp_path: Path) -> None:
    run = ran(planted("one_crew"), tmp_path)
    assert run.manifest["comparison"] == {"established": True, "reason": "", "order": "operator"}
    mean = run.outcomes.groupby(["order_name", "scenario"]).mean(numeric_only=True)
    kinds = run.distribution[run.distribution.group_kind != "area"].groupby(["scenario", "group_kind", "metric"])
    assert set(kinds.groups) and {kind for _, kind, _ in kinds.groups} == {
        "development", "municipality", "province", "sector", "connection_class", "operator",
    }  # fmt: skip
    for (scenario, _, metric), rows in kinds:
        for side in ("without_status", "with_status"):
            assert rows[side].sum() == pytest.approx(mean.loc[(side, scenario), metric])


def test_status_can_help_one_project_and_be_a_loss_for_another(tmp_path: Path) -> None:
    run = ran(planted("crowded"), tmp_path)
    assert effect(run, "B", "waiting_mw_years_demand")["mean"] == pytest.approx(-10, abs=1e-9)
    assert effect(run, "C", "waiting_mw_years_demand")["mean"] == pytest.approx(40, abs=1e-9)
    assert effect(run, "total", "waiting_mw_years_demand")["mean"] == pytest.approx(30, abs=1e-9)
    assert effect(run, "B", "waiting_mw_years_demand").verdict == "better"
    assert effect(run, "C", "waiting_mw_years_demand").verdict == "worse"
    assert effect(run, "C", "in_service_months").verdict == "better"
    research = effect(run, "R", "waiting_mw_years_demand")
    assert research.verdict == "not_assessable" and research.reason == "no_change:2028"


def test_a_project_may_turn_a_switch(tmp_path: Path) -> None:
    run = ran(planted("coupler"), tmp_path)
    assert effect(run, "B", "waiting_mw_years_demand")["mean"] == pytest.approx(-25, abs=1e-9)
    assert run.connections.lifted_by_project.tolist() == ["B"]
    assert (run.outcomes.overload_mvah == 0).all() and (run.outcomes.shortfall_mw_years == 0).all()


def test_a_request_that_an_outage_would_cut_off_is_held_by_its_supply(tmp_path: Path) -> None:
    """With reserve asked everywhere and no interruption allowed, a station on one transformer can take nothing more."""
    study = planted("one_crew", security_min_kv=10.0, interruption_max_mw=0.0, end_year=2026)
    small = tuple(d.model_copy(update={"p_mw": 5.0}) for d in study.developments)
    run = ran(with_rows(study, developments=small, project_changes=()), tmp_path)
    assert run.connections.limiting_element.tolist() == ["trafo:0 without trafo:0", "trafo:1 without trafo:1"]
    assert run.connections.year_with_status.isna().all()
    assert run.outcomes.insecure_hours.gt(0).all()


@pytest.mark.parametrize("backend", ["rust", "numba"])
def test_tables_are_byte_equal_on_one_and_two_threads(backend: str, tmp_path: Path) -> None:
    present(backend)
    digests = []
    for threads in (1, 2):
        run = ran(planted("crowded"), tmp_path, f"threads{threads}", backend=backend, threads=threads)
        digests.append(
            {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(run.folder.glob("*.parquet"))}
        )
    assert len(digests[0]) >= 6
    assert digests[0] == digests[1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_backends_agree(backend: str, tmp_path: Path) -> None:
    present(backend)
    run = ran(planted("one_crew", end_year=2027), tmp_path, backend=backend)
    assert run.manifest["backend"] == backend
    expected = {"without_status": 80.0, "with_status": 70.0}
    found = run.outcomes.set_index("order_name")["waiting_mw_years_demand"]
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    assert np.allclose(run.outcomes.overload_mvah, 0)


def test_an_interrupted_run_says_so(tmp_path: Path) -> None:
    def stop(stage: str, part: float) -> None:
        if stage == "cells":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ran(planted("one_crew"), tmp_path, progress=stop)
    assert "not complete" in (tmp_path / "run" / "INTERRUPTED").read_text(encoding="utf-8")
    with pytest.raises(gridprio.errors.StoreError, match="not complete"):
        gridprio.read_run(tmp_path / "run")


def test_every_named_order_is_planned_and_evaluated(tmp_path: Path) -> None:
    """A asks first and is needed first, so both orders plan what the operator plans without status."""
    run = ran(planted("one_crew"), tmp_path)
    for table in (run.plan, run.outcomes):
        assert {"request_date", "need_year", "without_status"} <= set(table.order_name)
        assert not table.duplicated(
            [c for c in ("order_name", "scenario", "draw", "project_id", "phase") if c in table]
        ).any()
    outcomes = run.outcomes.set_index("order_name")["waiting_mw_years_demand"]
    starts = run.plan[run.plan.phase == "build"].groupby("order_name").start_month.apply(tuple)
    assert starts["without_status"] and outcomes["without_status"] > 0
    for name in ("request_date", "need_year"):
        assert starts[name] == starts["without_status"]
        assert outcomes[name] == outcomes["without_status"]
    assert starts["with_status"] != starts["without_status"]
    assert outcomes["with_status"] != outcomes["without_status"]
