"""Tables of effects from given outcomes."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gridprio.effect import (
    Comparison,
    Reason,
    StatusOrders,
    connections_table,
    distribution_table,
    not_established_table,
    status_effect_table,
)
from gridprio.effect.status_effect import margins
from gridprio.inputs.schema import Scenario, Station
from gridprio.inputs.settings import Settings
from gridprio.model.metrics import DEFINITIONS, Metric
from gridprio.model.plan import NOT_PLANNED
from gridprio.outcome import METRICS, Outcomes
from gridprio.search.objective import weights_of
from tests.unit.outcome.fakes import development, study

N_MONTH = 60


def comparison(waiting, connected, limit=None, in_service=None, drawn=True) -> Comparison:  # type: ignore[no-untyped-def]
    """Two plans per draw; `waiting`, `connected` [without or with, draw, development], one scenario."""
    waiting, connected = np.array(waiting, float), np.array(connected, np.int32)
    n_draw, n = waiting.shape[1:]
    per_plan = waiting.reshape(2 * n_draw, 1, n)
    metric = {name: per_plan.sum(axis=2) for name in METRICS}
    limits = np.full((2 * n_draw, 1, n, 2), -1, np.int32) if limit is None else np.array(limit, np.int32)
    months = connected.reshape(2 * n_draw, 1, n)
    outcomes = Outcomes(("base",), metric, per_plan, per_plan * 0, months, limits.reshape(2 * n_draw, 1, n, 2))
    since = np.zeros((2, n_draw, 1)) if in_service is None else np.array(in_service, float)
    channels = dict.fromkeys(("order", "support", "both"), 1)
    others = dict.fromkeys(((c, "P") for c in channels), 0)
    orders = StatusOrders((), 0, channels, others)
    return Comparison(orders, outcomes, np.arange(2 * n_draw).reshape(2, n_draw), since, {"P": 0}, drawn)


def effects(found: Comparison, weights=None, silent=None):  # type: ignore[no-untyped-def]
    projects = ["P", *(silent or {})]
    return status_effect_table(
        found, Settings(), projects, weights, lambda c, p: Reason("crew:x", "operator"), silent or {}
    )


def test_effect_is_paired_by_draw() -> None:
    """Draws differ wildly, the difference is 5 in each: an exact interval, where unpaired means would drown it."""
    without = [[[100.0]], [[10.0]], [[55.0]]]
    table = effects(comparison([[w[0] for w in without], [[w[0][0] - 5] for w in without]], np.zeros((2, 3, 1))))
    row = table[(table.project_id == "total") & (table.metric == "waiting_mw_years_demand")].iloc[0]
    assert (row["mean"], row.low95, row.high95, row.verdict) == (-5, -5, -5, "better")
    assert row.probability_better == 1.0 and row.margin == 1.0 and row.reason == ""


def test_none_carries_the_binding_constraint_and_moved_where_the_project_does_move() -> None:
    still = effects(comparison([[[3.0]], [[3.0]]], np.zeros((2, 1, 1)), drawn=False))
    of_project = still[still.project_id == "P"]
    assert set(of_project.verdict) == {"none"}
    assert set(of_project.reason) == {"crew:x"} and set(of_project.lever) == {"operator"}
    moved = effects(comparison([[[3.0]], [[3.0]]], np.zeros((2, 1, 1)), in_service=[[[20]], [[8]]], drawn=False))
    of_project = moved[moved.project_id == "P"].drop_duplicates("metric").set_index("metric")
    assert of_project.loc["waiting_mw_years_demand", "reason"] == "moved"
    assert of_project.loc["in_service_months", "mean"] == -12
    assert of_project.loc["in_service_months", "verdict"] == "better"


def test_pooled_only_with_weights() -> None:
    found = comparison([[[3.0]], [[1.0]]], np.zeros((2, 1, 1)), drawn=False)
    assert set(effects(found).scenario) == {"base"}
    assert set(effects(found, weights=[2.0]).scenario) == {"base", "pooled"}


def test_one_draw_of_a_random_study_decides_nothing() -> None:
    table = effects(comparison([[[300.0]], [[1.0]]], np.zeros((2, 1, 1)), drawn=True))
    assert set(table.verdict) == {"undecided"}


def test_one_draw_of_equal_timelines_is_exactly_no_effect() -> None:
    found = comparison([[[3.0]], [[3.0]]], np.zeros((2, 1, 1)), drawn=True)
    same = replace(found, orders=replace(found.orders, with_all=dict.fromkeys(found.orders.with_all, 0)))
    table = effects(same)
    assert set(table.verdict) == {"none"}
    assert (table[["mean", "low95", "high95"]] == 0).all(axis=None)


def test_total_says_that_there_is_no_status_to_tell_of() -> None:
    found = comparison([[[3.0]], [[1.0]]], np.zeros((2, 1, 1)), drawn=False)
    nobody = replace(found, orders=replace(found.orders, with_others={}))
    table = status_effect_table(nobody, Settings(), [], None, lambda c, p: Reason(), {})
    assert set(table.verdict) == {"not_assessable"} and set(table.reason) == {"no_status"}
    table = status_effect_table(found, Settings(), ["P"], None, lambda c, p: Reason(), {"P": Reason("no_change:2028")})
    total = table[table.project_id == "total"]
    assert set(total.verdict) == {"not_assessable"} and set(total.reason) == {"no_change"}


def test_not_established_rows_are_pooled_where_scenarios_have_weights() -> None:
    table = not_established_table(("a",), Settings(), ["P"], Reason("unranked"), pooled=True)
    assert set(table.scenario) == {"a", "pooled"} and set(table.reason) == {"unranked"}


def test_developments_without_a_place_stay_in_the_sums() -> None:
    station = Station(station_id="s", name="s", buses=(1,), operator_id="op")
    of = replace(study([development("a", municipality_id="m1"), development("b")]), stations=(station,))
    found = comparison([[[4.0, 2.0]], [[1.0, 2.0]]], np.zeros((2, 1, 2)))
    table = distribution_table(of, found, "need_year")
    assert set(table.order_name) == {"need_year"}
    rows = table[(table.metric == "waiting_mw_years_demand") & (table.group_kind != "area")]
    assert set(rows.group_kind) == {"municipality", "province", "sector", "operator"}
    assert set(rows.groupby("group_kind").without_status.sum()) == {6.0}


def test_what_cannot_be_assessed_has_rows_and_no_number() -> None:
    table = effects(
        comparison([[[3.0]], [[1.0]]], np.zeros((2, 1, 1)), drawn=False), silent={"R": Reason("no_change:2028")}
    )
    rows = table[table.project_id == "R"]
    assert (
        set(rows.verdict) == {"not_assessable"} and rows["mean"].isna().all() and set(rows.reason) == {"no_change:2028"}
    )
    unknown = not_established_table(("a", "b"), Settings(), ["P"], Reason("order_basis"))
    assert set(unknown.verdict) == {"not_assessable"} and set(unknown.project_id) == {"total", "P"}
    assert set(unknown.scenario) == {"a", "b"}


def test_connections_name_years_limits_and_who_lifts_them() -> None:
    connected = [[[24, NOT_PLANNED], [36, 12]], [[12, NOT_PLANNED], [24, NOT_PLANNED]]]
    limit = np.full((2, 2, 2, 2), -1)
    limit[1, :, 0] = (7, 0)
    found = comparison(np.zeros((2, 2, 2)), connected, limit, in_service=[[[24], [36]], [[12], [99]]])
    plans = [development("a", requested_year=2027, connection_lead_months=6), development("b")]
    of = study(plans, end_year=2030)
    table = connections_table(of, found, lambda d, b, c: f"line:{b}", lambda d: [0], N_MONTH, "operator").set_index(
        "development_id"
    )
    assert table.loc["a", ["requested_year", "earliest_year", "year_without_status", "year_with_status"]].tolist() == [
        2027,
        2027.5,
        2028.5,
        2027.5,
    ]
    assert table.loc["a", ["low95", "high95"]].tolist() == [-1, -1]
    assert table.loc["a", ["limiting_element", "lifted_by_project"]].tolist() == ["line:7", "P"]
    assert math.isnan(table.loc["b", "year_with_status"])
    assert table.loc["b", "year_without_status"] == 2026 + (60 + 12) / 2 / 12
    assert table.loc["b", ["limiting_element", "lifted_by_project"]].tolist() == ["", ""]


def test_distribution_adds_up_over_every_kind_of_group() -> None:
    plans = [
        development("a", municipality_id="m1", dwellings=100),
        development("b", sector="sun", direction="feed_in"),
        development("c", sector="sun"),
    ]
    station = Station(
        station_id="s",
        name="s",
        buses=(1,),
        operator_id="op",
        municipality_id="m2",
        province_id="p",
        areas=("hub", "res"),
    )
    of = replace(
        study(plans), stations=(station,), scenarios=(Scenario(scenario_id="base", name="base"),), folder=Path()
    )
    table = distribution_table(of, comparison([[[4.0, 2.0, 1.0]], [[1.0, 2.0, 6.0]]], np.zeros((2, 1, 3))), "operator")
    demand = table[table.metric == "waiting_mw_years_demand"].set_index(["group_kind", "group_id"]).effect
    assert demand["municipality"].to_dict() == {"m1": -3.0, "m2": 5.0}
    assert demand["sector"].to_dict() == {"housing": -3.0, "sun": 5.0}
    for kind in ("province", "operator"):
        assert demand[kind].tolist() == [2.0]
    assert demand["area"].to_dict() == {"hub": 2.0, "res": 2.0}
    dwellings = table[(table.metric == "waiting_dwelling_years") & (table.group_kind == "province")].iloc[0]
    assert (dwellings.without_status, dwellings.with_status, dwellings.effect) == pytest.approx((40, 10, -30))


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.name)
def test_a_setting_is_the_margin_and_another_the_weight_of_a_metric(metric: Metric) -> None:
    usual = Settings()
    assert margins(usual)[metric.name] == metric.margin.default
    assert weights_of(usual)[metric.name] == metric.weight
    other = Settings.model_validate({metric.margin.setting: 7.5, metric.weight_setting: 7.5})
    assert {name for name, margin in margins(other).items() if margin == 7.5} == {
        one.name for one in DEFINITIONS if one.margin == metric.margin
    }
    assert [name for name, weight in weights_of(other).items() if weight == 7.5] == [metric.name]
