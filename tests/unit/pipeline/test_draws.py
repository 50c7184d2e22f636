"""Drawing on until verdicts are settled: on small studies through the compiled planner."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from gridprio.effect import BY_LIST, IN_SERVICE, TOTAL, effect_table
from gridprio.inputs.study import Study
from gridprio.model.metrics import METRICS
from gridprio.outcome import Evaluator
from gridprio.pipeline.draws import Drawn, draw_until_settled
from gridprio.pipeline.effects import study_effects
from gridprio.pipeline.ranges import effect_ranges
from gridprio.pipeline.schedules import Schedules, make_schedules
from gridprio.plan import draw_delays
from gridprio.statistics import mean_interval
from tests.chance_studies import chance_evaluator, chance_study, with_seed
from tests.effort import times

DEMAND = METRICS.index("waiting_mw_years_demand")
REPETITIONS = times(60, 500)


def compared(study: Study, served_mw: list[float]) -> tuple[Evaluator, Schedules, Drawn]:
    evaluator = chance_evaluator(study, served_mw)
    schedules = make_schedules(evaluator)
    return evaluator, schedules, draw_until_settled(evaluator, schedules, study_effects(evaluator, schedules))


def within(misses: int, repetitions: int, rate: float = 0.05) -> bool:
    """At most the stated rate, but for three standard errors."""
    return misses / repetitions <= rate + 3 * math.sqrt(rate * (1 - rate) / repetitions)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.0, 3.0])
def test_intervals_cover_the_effect_of_skewed_delays_at_every_look(ratio: float) -> None:
    """The truth is the mean over all draws of all repetitions and as many more."""
    served = [4.0, 12.0, 1.0]
    study = chance_study(served, [1, 2], ratio=ratio)
    looks = (10, 20, 40, 80, 160)
    evaluator = chance_evaluator(study, served, 2 * REPETITIONS * looks[-1])
    schedules = make_schedules(evaluator)
    timelines = [schedules.timelines[k] for k in (schedules.orders.without, schedules.orders.with_all["both"])]
    metric = evaluator.evaluate(timelines, evaluator.delay_months)[:, 0, :, DEMAND]
    effect = metric[1] - metric[0]
    reach = float(effect_ranges(evaluator, timelines).metric[0, DEMAND])
    assert np.abs(effect).max() <= reach
    own = effect[: REPETITIONS * looks[-1]].reshape(REPETITIONS, -1)
    error = 4 * effect.std() / math.sqrt(len(effect))
    for n in looks:
        found = [mean_interval(row[:n], -reach, reach) for row in own]
        assert within(sum(not i.low - error <= effect.mean() <= i.high + error for i in found), REPETITIONS)


@pytest.mark.slow
def test_two_exchangeable_projects_are_no_better_in_total() -> None:
    """Status on one against the other: whoever goes first, the total has the same distribution."""
    study = chance_study([5.0, 5.0], [1], ratio=2.0, margin_waiting_mw_years=0.1, max_draws=80)
    called = 0
    for seed in range(REPETITIONS):
        _, _, drawn = compared(with_seed(study, seed), [5.0, 5.0])
        rows = zip(drawn.effects, drawn.judgement.verdicts, strict=True)
        called += any(v in ("better", "worse") for e, v in rows if e.project_id == TOTAL)
    assert within(called, REPETITIONS)


def test_statuses_that_can_move_nothing_name_no_project_as_moved() -> None:
    """Teams for everybody: the order decides nothing."""
    served = [5.0, 5.0, 5.0, 5.0]
    study = chance_study(served, [2, 3], teams=9, max_draws=40)
    called = 0
    for seed in range(REPETITIONS):
        _, _, drawn = compared(with_seed(study, seed), served)
        rows = zip(drawn.effects, drawn.judgement.verdicts, strict=True)
        called += any(v in ("better", "worse") for e, v in rows if e.metric in (BY_LIST, IN_SERVICE))
    assert within(called, REPETITIONS)


def test_works_with_a_fixed_start_are_exactly_unmoved_on_any_number_of_draws() -> None:
    """By their own status and by the list; the other project does move, so there is something to decide by chance."""
    study = chance_study([5.0, 9.0, 4.0], [0, 2], max_draws=10)
    running = study.projects[0].model_copy(update={"tier": 0})
    begun = study.project_phases[0].model_copy(update={"start": "2026-03"})
    study = replace(study, projects=(running, *study.projects[1:]), project_phases=(begun, *study.project_phases[1:]))
    _, _, drawn = compared(study, [5.0, 9.0, 4.0])
    table = effect_table(drawn.effects, drawn.judgement, 0.95)
    dates = table[table.metric.isin((BY_LIST, IN_SERVICE))]
    fixed = dates[dates.project_id == "p0"]
    assert set(fixed.metric) == {BY_LIST, IN_SERVICE} and set(fixed.verdict) == {"none"}
    assert (fixed[["mean", "low95", "high95", "further_draws"]] == 0).all(axis=None)
    assert set(fixed.reason[fixed.metric == IN_SERVICE]) == {"fixed"}
    assert "undecided" in set(dates.verdict[dates.project_id != "p0"])


def test_bindingness_zero_is_exactly_zero() -> None:
    study = chance_study([5.0, 9.0], [1], bindingness=0.0)
    _, _, drawn = compared(study, [5.0, 9.0])
    table = effect_table(drawn.effects, drawn.judgement, 0.95)
    assert (table[["mean", "low95", "high95"]] == 0).all(axis=None) and set(table.verdict) == {"none"}
    assert set(table.draws) == {study.settings.draws}


@pytest.mark.slow
def test_intervals_of_a_run_cover_the_truth_where_it_stops() -> None:
    served = [3.0, 8.0, 2.0]
    study = chance_study(served, [1, 2], ratio=3.0, mean=2.0)
    many = chance_evaluator(with_seed(study, 10_000), served, 40_000)
    schedules = make_schedules(many)
    metric = many.evaluate(list(schedules.timelines), many.delay_months)[:, 0, :, DEMAND]
    missed = rows = 0
    for seed in range(times(20, 100)):
        _, own, drawn = compared(with_seed(study, seed), served)
        table = effect_table(drawn.effects, drawn.judgement, 0.95).set_index(["channel", "project_id", "metric"])
        for project in (TOTAL, "p1", "p2"):
            without = own.orders.without if project == TOTAL else own.orders.with_others["both", project]
            truth = metric[own.orders.with_all["both"]] - metric[without]
            row = table.loc[("both", project, "waiting_mw_years_demand")]
            error = 4 * truth.std() / math.sqrt(len(truth))
            missed += not row.low95 - error <= truth.mean() <= row.high95 + error
            rows += 1
    assert within(missed, rows)


def test_it_draws_on_while_a_verdict_of_the_page_can_still_fall_and_no_longer() -> None:
    served = [1.0, 30.0]
    clear = chance_study(served, [1], ratio=0.5, mean=2.0, max_draws=640)
    _, _, drawn = compared(clear, served)
    table = effect_table(drawn.effects, drawn.judgement, 0.95)
    page = table[(table.channel == "both") & (table.project_id == TOTAL)].set_index("metric")
    assert page.loc["waiting_mw_years_demand", "verdict"] == "better"
    n = drawn.comparison.draws
    assert clear.settings.draws < n <= 640
    left = table[(table.channel == "both") & (table.verdict == "undecided")]
    assert n == 640 or (left.further_draws.isna() | (n + left.further_draws > 640)).all()
    stay = clear.settings.model_copy(update={"max_draws": 1})
    _, _, few = compared(type(clear)(**{**vars(clear), "settings": stay}), served)
    assert few.comparison.draws == clear.settings.draws


def test_more_draws_go_on_from_the_same_ones() -> None:
    served = [1.0, 30.0]
    study = chance_study(served, [1], max_draws=40)
    _, schedules, drawn = compared(study, served)
    delays = draw_delays(schedules.problem, drawn.comparison.draws, study.settings.seed)
    at_once = chance_evaluator(study, served).evaluate(list(schedules.timelines), delays)
    np.testing.assert_array_equal(at_once, [drawn.metric(k) for k in range(len(at_once))])


def test_the_range_holds_what_no_draw_has_shown() -> None:
    """p1 is in service between its 12 months and never: so far apart can its development end."""
    served = [2.0, 6.0]
    study = chance_study(served, [1])
    evaluator = chance_evaluator(study, served)
    ranges = effect_ranges(evaluator, make_schedules(evaluator).timelines)
    assert ranges.in_service_months.tolist() == [108.0, 108.0]
    assert ranges.metric[0, DEMAND] == pytest.approx((2 + 6) * 9.0)
    assert ranges.connected_months.tolist() == [120.0, 120.0]
