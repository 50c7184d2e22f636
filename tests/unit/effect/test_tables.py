"""Tables of effects from given outcomes."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gridprio.effect import (
    Comparison,
    Effects,
    Pair,
    Ranges,
    Reason,
    StatusOrders,
    connections_table,
    distribution_table,
    effect_table,
    judge_effects,
    margins,
)
from gridprio.inputs.scenario_tables import Scenario
from gridprio.inputs.schema import Station
from gridprio.inputs.settings import Settings
from gridprio.model.metrics import DEFINITIONS, Metric
from gridprio.model.plan import NOT_PLANNED
from gridprio.orders import CHANNELS
from gridprio.outcome import METRICS, Outcomes
from gridprio.search.objective import weights_of
from tests.unit.outcome.fakes import development, study

N_MONTH = 60


def comparison(waiting, in_service=None, drawn=True, with_row=1, reach=1e3) -> Comparison:  # type: ignore[no-untyped-def]
    """`waiting` [without or with, draw], one scenario and one project; every metric has the same values."""
    metric = np.repeat(np.array(waiting, float)[:, None, :, None], len(METRICS), axis=3)
    since = np.zeros((2, metric.shape[2], 1)) if in_service is None else np.array(in_service, float)
    others = dict.fromkeys(((c, "P") for c in CHANNELS), 0)
    orders = StatusOrders((), 0, dict.fromkeys(CHANNELS, with_row), others)
    ranges = Ranges(np.full((1, len(METRICS)), reach), np.array([float(N_MONTH)]), np.zeros(0))
    return Comparison(orders, ("base",), metric, since, metric[:0], {"P": 0}, ranges, drawn)


def pair(waiting, connected, limit=None, in_service=None) -> Pair:  # type: ignore[no-untyped-def]
    """`waiting`, `connected` [without or with, draw, development], one scenario."""
    waiting, connected = np.array(waiting, float), np.array(connected, np.int32)
    n_draw, n = waiting.shape[1:]
    per_plan = waiting.reshape(2 * n_draw, 1, n)
    metric = {name: per_plan.sum(axis=2) for name in METRICS}
    limits = np.full((2 * n_draw, 1, n, 2), -1, np.int32) if limit is None else np.array(limit, np.int32)
    months = connected.reshape(2 * n_draw, 1, n)
    outcomes = Outcomes(("base",), metric, per_plan, per_plan * 0, months, limits.reshape(2 * n_draw, 1, n, 2))
    since = np.zeros((2, n_draw, 1)) if in_service is None else np.array(in_service, float)
    row = np.arange(2 * n_draw).reshape(2, n_draw)
    return Pair(outcomes, row, since, ("P",), np.full((1, n), 8.0), np.full(n, float(N_MONTH)), True)


def effects_of(holders=("P",), weights=None, silent=None) -> Effects:  # type: ignore[no-untyped-def]
    return Effects(Settings(), holders, weights, lambda c, p: Reason("crew:x", "operator"), silent or {})


def effects(found: Comparison, holders=("P",), weights=None, silent=None):  # type: ignore[no-untyped-def]
    rows = effects_of(holders, weights, silent).of(found)
    return effect_table(rows, judge_effects(rows, 0.95), 0.95)


def test_effect_is_paired_by_draw() -> None:
    """Draws differ wildly, the difference is 50 in each: judged by the difference, where unpaired means drown it."""
    without = np.tile([1000.0, 100.0, 550.0], 200)
    table = effects(comparison([without, without - 50]))
    row = table[(table.project_id == "total") & (table.metric == "waiting_mw_years_demand")].iloc[0]
    assert (row["mean"], row.verdict, row.draws) == (-50, "better", 600)
    assert (row.without_status, row.with_status) == (550, 500)
    assert row.low95 < -50 < row.high95 < -1
    assert row.probability_better == 1.0 and row.margin == 1.0 and row.reason == "" and row.further_draws == 0


def test_equal_draws_are_no_point_and_none_waits_for_enough_of_them() -> None:
    """After 20 equal draws a change of the whole range may still have a probability of more than a tenth."""
    few = effects(comparison(np.zeros((2, 20)), reach=100.0))
    total = few[(few.project_id == "total") & (few.metric == "waiting_mw_years_demand")].iloc[0]
    assert total.verdict == "undecided" and total.low95 < -10 and total.high95 > 10
    more = 20 + int(total.further_draws)
    enough = effects(comparison(np.zeros((2, more)), reach=100.0))
    assert set(enough[enough.metric == "waiting_mw_years_demand"].verdict) == {"none"}


def test_what_cannot_pass_the_margin_is_none_without_any_chance() -> None:
    found = effects(comparison(np.zeros((2, 2)), reach=0.4))
    assert set(found[(found.project_id == "total") & (found.margin > 0.4)].verdict) == {"none"}


def test_none_carries_the_binding_constraint_and_moved_where_the_project_does_move() -> None:
    still = effects(comparison([[3.0], [3.0]], drawn=False))
    of_project = still[(still.project_id == "P") & (still.metric != "in_service_months_by_list")]
    assert set(of_project.verdict) == {"none"}
    assert set(of_project.reason) == {"crew:x"} and set(of_project.lever) == {"operator"}
    moved = effects(comparison([[3.0], [3.0]], in_service=[[[20]], [[8]]], drawn=False))
    of_project = moved[moved.project_id == "P"].drop_duplicates("metric").set_index("metric")
    assert of_project.loc["waiting_mw_years_demand", "reason"] == "moved"
    for metric in ("in_service_months", "in_service_months_by_list"):
        assert of_project.loc[metric, ["mean", "without_status", "with_status"]].tolist() == [-12, 20, 8]
        assert of_project.loc[metric, "verdict"] == "better"


def test_pooled_only_with_weights() -> None:
    found = comparison([[3.0], [1.0]], drawn=False)
    assert set(effects(found).scenario) == {"base"}
    assert set(effects(found, weights=[2.0]).scenario) == {"base", "pooled"}


def test_one_draw_of_a_random_study_decides_nothing() -> None:
    table = effects(comparison([[300.0], [1.0]], drawn=True))
    assert set(table.verdict) == {"undecided"}


def test_one_draw_of_equal_timelines_is_exactly_no_effect() -> None:
    table = effects(comparison([[3.0], [3.0]], drawn=True, with_row=0))
    assert set(table.verdict) == {"none"}
    assert (table[["mean", "low95", "high95"]] == 0).all(axis=None)


def test_total_says_that_there_is_no_status_to_tell_of() -> None:
    found = comparison([[3.0], [1.0]], drawn=False)
    nobody = effects(found, holders=())
    assert set(nobody.verdict) == {"not_assessable"} and set(nobody.reason) == {"no_status"}
    table = effects(found, silent={"P": Reason("no_change:2028")})
    total = table[table.project_id == "total"]
    assert set(total.verdict) == {"not_assessable"} and set(total.reason) == {"no_change"}


def test_not_established_rows_are_pooled_where_scenarios_have_weights() -> None:
    table = effects_of(weights=[1.0]).not_established(comparison([[3.0], [1.0]]), Reason("unranked"))
    assert {row.scenario for row in table} == {"base", "pooled"} and {row.reason.code for row in table} == {"unranked"}


def test_developments_without_a_place_stay_in_the_sums() -> None:
    station = Station(station_id="s", name="s", buses=(1,), operator_id="op")
    of = replace(study([development("a", municipality_id="m1"), development("b")]), stations=(station,))
    found = pair([[[4.0, 2.0]], [[1.0, 2.0]]], np.zeros((2, 1, 2)))
    table = distribution_table(of, found, "need_year")
    assert set(table.order_name) == {"need_year"}
    rows = table[(table.metric == "waiting_mw_years_demand") & (table.group_kind != "area")]
    assert set(rows.group_kind) == {"development", "municipality", "province", "sector", "connection_class", "operator"}
    assert set(rows.groupby("group_kind").without_status.sum()) == {6.0}


def test_what_cannot_be_assessed_has_rows_and_no_number() -> None:
    table = effects(comparison([[3.0], [1.0]], drawn=False), silent={"R": Reason("no_change:2028")})
    rows = table[table.project_id == "R"]
    assert (
        set(rows.verdict) == {"not_assessable"} and rows["mean"].isna().all() and set(rows.reason) == {"no_change:2028"}
    )
    unknown = effects_of().not_established(comparison([[3.0], [1.0]]), Reason("order_basis"))
    judged = judge_effects(unknown, 0.95)
    assert set(judged.verdicts) == {"not_assessable"} and {row.project_id for row in unknown} == {"total", "P"}
    known = effects_of().of(comparison([[3.0], [1.0]]))
    assert {(r.channel, r.project_id, r.metric) for r in unknown} == {
        (r.channel, r.project_id, r.metric) for r in known
    }


def test_connections_name_years_limits_and_who_lifts_them() -> None:
    connected = [[[24, NOT_PLANNED], [36, 12]], [[12, NOT_PLANNED], [24, NOT_PLANNED]]]
    limit = np.full((2, 2, 2, 2), -1)
    limit[1, :, 0] = (7, 0)
    found = pair(4 * np.ones((2, 2, 2)), connected, limit, in_service=[[[24], [36]], [[12], [99]]])
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
    assert -5 <= table.loc["a", "low95"] < -1 < table.loc["a", "high95"] < 5
    assert table.loc["a", ["served_share_without_status", "served_share_with_status"]].tolist() == [0.5, 0.5]
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
    table = distribution_table(of, pair([[[4.0, 2.0, 1.0]], [[1.0, 2.0, 6.0]]], np.zeros((2, 1, 3))), "operator")
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
