"""Curves of dilution and bindingness, on small studies through the compiled planner."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from gridprio.inputs.study import Study
from gridprio.pipeline.curves import curve_messages, curve_tables
from gridprio.pipeline.schedules import make_schedules
from gridprio.statistics import exchangeable_band, knee
from tests.chance_studies import chance_evaluator, chance_study, with_seed
from tests.effort import times

SERVED = [1.0, 2.0, 20.0, 1.0, 9.0, 4.0]
KINDS = {"real", "random", "selection"}


def curves(study: Study, served: list[float] = SERVED) -> dict[str, pd.DataFrame]:
    evaluator = chance_evaluator(study, served)
    return curve_tables(evaluator, make_schedules(evaluator))


def curve_study(status: list[int], **settings: object) -> Study:
    return chance_study(SERVED, status, **{"curve_lists": 9, "curve_draws": 6, "confidence": 0.8, **settings})  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", ["head_start", "tiers", "reserved_share"])
def test_all_with_status_is_none_exactly_also_where_projects_name_their_own_month(rule: str) -> None:
    study = curve_study([2, 4], rule=rule)
    later = study.projects[2].model_copy(update={"status_from": "2028-01"})
    projects = (*study.projects[:2], later, *study.projects[3:])
    table = curves(Study(**{**vars(study), "projects": projects}))["dilution"]
    everyone = table[table.n_status == len(SERVED)]
    assert set(everyone.kind) == KINDS and (everyone[["mean", "low95", "high95"]] == 0).all(axis=None)
    assert (table[table.n_status < len(SERVED)]["mean"] != 0).any()


@pytest.mark.parametrize("rule", ["head_start", "tiers", "reserved_share"])
def test_strength_zero_is_exactly_zero_and_a_stronger_rule_moves_more(rule: str) -> None:
    table = curves(curve_study([2, 4], rule=rule))["bindingness"]
    assert table.bindingness.unique().tolist() == pytest.approx(np.arange(11) / 10)
    assert (table.loc[table.bindingness == 0, ["mean", "low95", "high95"]] == 0).all(axis=None)
    months = table[(table.metric == "in_service_months") & (table.kind == "real")].set_index("bindingness")["mean"]
    assert months[1.0] <= months[0.2] <= 0 and months[1.0] < 0


@pytest.mark.parametrize(("rule", "strength"), [("head_start", 0.3), ("tiers", 1.0), ("reserved_share", 0.5)])
def test_the_curve_of_strengths_goes_through_the_rule_in_force(rule: str, strength: float) -> None:
    tables = curves(curve_study([2, 4], rule=rule, bindingness=0.3, reserved_share=0.5))
    in_force = tables["dilution"].query("n_status == 2").drop(columns="n_status").reset_index(drop=True)
    at = tables["bindingness"].query("abs(bindingness - @strength) < 1e-9").drop(columns="bindingness")
    pd.testing.assert_frame_equal(at.reset_index(drop=True), in_force)
    assert (in_force["mean"] != 0).any()


def test_effects_are_per_project_with_status_and_worked_out_by_hand() -> None:
    """One team, 12 months each, no delay: whoever of p0 to p5 goes first gains 12 months per place."""
    study = curve_study([3, 5], bindingness=1.0)
    phases = tuple(p.model_copy(update={"delay_mean_months": 0, "delay_sd_months": 0}) for p in study.project_phases)
    table = curves(Study(**{**vars(study), "project_phases": phases}))["dilution"]
    months = table[(table.metric == "in_service_months") & (table.kind == "real")].set_index("n_status")
    # p3 passes three; p3 and p5 pass three and four; then p0, p1 and p2 follow and give way less and less
    assert months.loc[1, "mean"] == -36 and months.loc[2, "mean"] == -(36 + 48) / 2
    assert (months["low95"] == months["mean"]).all()
    waiting = table[(table.metric == "waiting_mw_years_demand") & (table.kind == "real")].set_index("n_status")
    # p3 (1 MW) three years sooner; p0, p1 and p2 (23 MW) one year later
    assert waiting.loc[1, "mean"] == pytest.approx(23 - 3)


@pytest.mark.slow
def test_the_selection_effect_of_a_random_list_covers_zero() -> None:
    missed, repetitions = 0, times(40, 150)
    for seed in range(repetitions):
        drawn = np.random.default_rng(seed).permutation(len(SERVED))[:2].tolist()
        study = with_seed(curve_study(drawn, rule="tiers", curve_lists=19, confidence=0.9), seed)
        table = curves(study)["dilution"].query(
            "n_status == 2 and kind == 'selection' and metric == 'waiting_mw_years_demand'"
        )
        missed += bool((table.low95 > 1e-9).any() or (table.high95 < -1e-9).any())
    assert missed / repetitions <= 0.1 + 3 * math.sqrt(0.1 * 0.9 / repetitions)


def test_a_good_list_is_beyond_the_band_of_random_ones() -> None:
    table = curves(curve_study([2, 4], curve_lists=39, confidence=0.95, rule="tiers"))["dilution"]
    own = table[(table.n_status == 2) & (table.metric == "waiting_mw_years_demand")].set_index("kind")
    assert own.loc["selection", "mean"] < 0 and own.loc["selection", "high95"] <= 0


def test_nobody_with_status_and_no_lists_give_no_curve() -> None:
    assert curves(curve_study([]))["dilution"].empty
    assert curves(curve_study([2], curve_lists=0)) == {}


def test_band_holds_one_more_value_at_its_rate() -> None:
    assert exchangeable_band(range(39), 0.95) == (0, 38)
    assert exchangeable_band(range(99), 0.9) == (4, 94)
    assert all(math.isnan(bound) for bound in exchangeable_band(range(38), 0.95))


def test_knee_is_where_the_curve_leaves_its_steep_part() -> None:
    assert knee([1, 2, 3, 10, 20], [20, 12, 6, 5, 4]) == 2
    assert knee([1, 2, 3], [3, 2, 1]) == 0 and knee([1, 2, 3], [0, 0, 0]) == 0


@pytest.mark.parametrize(
    ("months", "few"),
    [([14.0, 13.0, 5.0, 0.0], (30, 5.0)), ([3.0, 9.0, 5.0, 0.0], (10, 9.0)), ([0.0, 0.0, 0.0, 0.0], (1, 0.0))],
)
def test_the_message_names_the_knee_of_a_falling_curve_else_its_top(
    months: list[float], few: tuple[int, float]
) -> None:
    number = [1, 10, 30, 60]
    table = pd.DataFrame({"n_status": number, "mean": [0.0 - m for m in months]})
    table = table.assign(scenario="a", kind="real", metric="in_service_months")
    [told] = curve_messages({"dilution": pd.concat([table, table.assign(kind="random", mean=7.0)])})
    assert told.params == {"few": few[0], "few_months": few[1], "all": 60, "all_months": months[-1]}
    assert curve_messages({}) == []
