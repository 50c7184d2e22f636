"""gridprio search on a planted study, and what a run says of its orders."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import gridprio

pytestmark = pytest.mark.slow

PLANTED = Path(__file__).parents[2] / "cases" / "one_crew"
TABLES = ("plan", "outcomes", "orders", "search", "search_history", "shadow_prices", "contribution")


def test_a_planted_study_is_solved_exactly(invoke, tmp_path):
    options = ("--cells", tmp_path / "cells", "--threads", "1")
    result = invoke("search", PLANTED, "--out", tmp_path / "one", "--budget", "50", *options)
    assert result.exit_code == 0, result.output
    assert "140 punten is het minimum" in result.stdout and "één ploeg meer: team" in result.stdout
    run = gridprio.read_run(tmp_path / "one")
    pooled = run.search[run.search.scenario == "pooled"].set_index("order_name")
    assert pooled.points["operator"] == pytest.approx(160) and pooled.points["with_order"] == pytest.approx(140)
    assert pooled.points["best_found"] == pooled.bound_points["operator"] == pytest.approx(140)
    assert pooled.exact.all() and (pooled.points.drop("no_scarcity") >= 140 - 1e-9).all()
    named = set(run.orders.order_name)
    assert named == set(run.outcomes.order_name) == set(run.plan.order_name) >= {"pint", "random_9", "best_found"}
    assert run.orders.groupby("order_name").place.apply(list).map(lambda p: p == list(range(1, len(p) + 1))).all()
    assert (run.search_history.best_found_points.diff().dropna() <= 0).all()
    more = ("--budget", "50", "--threads", "2", "--json", "--cells", tmp_path / "cells")
    again = invoke("search", PLANTED, "--out", tmp_path / "two", *more)
    assert json.loads(again.stdout)["run"] == str(tmp_path / "two")
    for name in TABLES:
        assert (tmp_path / "one" / f"{name}.parquet").read_bytes() == (
            tmp_path / "two" / f"{name}.parquet"
        ).read_bytes()


def test_weights_and_seed_are_settings(invoke, tmp_path):
    weights = "waiting_mw_years_demand=2,waiting_dwelling_years=0"
    result = invoke(
        "search", PLANTED, "--out", tmp_path / "run", "--weights", weights, "--seed", "7", "--fresh",
        "--set", "random_orders=0", "--set", "shapley_blocks=0", "--set", "language=en",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "2 × Waiting for demand (MW-years)" in result.stdout and "Waiting dwellings" not in result.stdout
    run = gridprio.read_run(tmp_path / "run")
    assert run.manifest["settings"]["weight_waiting_mw_years_demand"] == 2 and run.manifest["seed"] == 7
    assert set(run.orders.order_name) == {"operator", "request_date", "need_year", "best_found"}
    for wrong in (("--weights", "beauty=1"), ("--budget", "soon"), ("--set", "search_scenario=none")):
        assert invoke("search", PLANTED, "--out", tmp_path / "no", *wrong).exit_code == 2


def test_a_run_says_how_far_its_orders_are_from_the_best_and_the_bound(invoke, tmp_path):
    result = invoke("run", PLANTED, "--out", tmp_path / "run", "--fresh", "--threads", "1", "--set", "language=en")
    assert result.exit_code == 0, result.output
    assert "The operator's order has 160 points: 20 (14.3%) more than the best order found" in result.stdout
    assert "The order with status has 140 points: 0 (0.0%) more" in result.stdout
    run = gridprio.read_run(tmp_path / "run")
    assert "best_found" in set(run.plan.order_name) and "best_found" in set(run.outcomes.order_name)
    off = invoke("run", PLANTED, "--out", tmp_path / "off", "--fresh", "--set", "search_orders=0")
    assert off.exit_code == 0 and "search" not in gridprio.read_run(tmp_path / "off").tables


def test_societal_scores_make_an_order(invoke, tmp_path):
    study = tmp_path / "study"
    study.mkdir()
    for file in PLANTED.iterdir():
        if file.is_file():
            (study / file.name).write_bytes(file.read_bytes())
    projects = pd.read_csv(study / "projects.csv").project_id
    (study / "criteria.csv").write_text("criterion_id,name,weight\nhomes,Homes,2\n")
    rows = "".join(f"{project},homes,{score}\n" for score, project in enumerate(projects))
    (study / "scores.csv").write_text("project_id,criterion_id,score\n" + rows)
    assert invoke("run", study, "--out", tmp_path / "run", "--fresh", "--threads", "1").exit_code == 0
    assert "societal_score" in set(gridprio.read_run(tmp_path / "run").outcomes.order_name)
