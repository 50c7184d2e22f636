"""Rows of effects with their numbers in words: in total per scenario and metric, and per project with status."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student_t

from gridprio.model.metrics import METRICS
from gridprio.report.run_tables import RunTables
from gridprio.statistics import Interval, further_draws
from gridprio.text import Text, decimals_for, interval, month, number, same, say, significant, word, word_kind

TOTAL = "total"
IN_SERVICE = "in_service_months"
MARKS = {"better": "▼", "worse": "▲", "none": "=", "undecided": "?", "not_assessable": "–"}
"""A second sign beside colour, for those who do not see the colours."""
CHANNELS = ("order", "support", "both")
MANY_DRAWS = 10_000
"""More draws than this are not worth naming."""


@dataclass(frozen=True)
class EffectRow:
    """One metric in one scenario through one channel; numbers are with minus without."""

    scenario: str
    scenario_name: Text
    channel: str
    channel_word: Text
    metric: str
    label: Text
    unit: Text
    mean: float
    low: float
    high: float
    margin: float
    probability_better: float
    verdict: str
    verdict_word: Text
    decimals: int
    """decimals that the interval and the margin allow"""
    value: Text
    without_status: Text
    """level of the metric without status, mean over draws, to judge the size of the effect by"""
    more_draws: Text
    """how many more draws it would take, for an undecided verdict; else empty"""


@dataclass(frozen=True)
class ProjectRow:
    """What status does to the date of one project, and why (not), in the first scenario."""

    project_id: str
    name: str
    operator: str
    has_status: bool
    """False for a project that is listed only"""
    verdict: str
    verdict_word: Text
    mean_months: float
    low_months: float
    high_months: float
    margin_months: float
    value: Text
    without_status: Text
    """month of entry into service"""
    with_status: Text
    reason: Text
    lever: Text
    waiting: Text
    """effect of this status alone on waiting for demand, MW-years; empty when not computed"""
    waiting_verdict: str


def effect_rows(tables: RunTables) -> list[EffectRow]:
    """The rows for the total, in the order of scenarios, metrics and channels."""
    total = tables.status_effect[tables.status_effect["project_id"].astype(str) == TOTAL]
    found = [_effect_row(tables, row) for row in total.to_dict("records")]
    order = {s: i for i, s in enumerate(tables.scenario_ids)}
    metrics = {m: i for i, m in enumerate(METRICS)}
    channels = {c: i for i, c in enumerate(CHANNELS)}
    return sorted(found, key=lambda r: (channels.get(r.channel, 9), metrics.get(r.metric, 99), order[r.scenario]))


def main_channel(rows: Sequence[EffectRow]) -> str:
    """The channel that the answer is about: all that status does, else the order alone."""
    channels = {r.channel for r in rows}
    return next((c for c in ("both", "order", "support") if c in channels), "both")


def of_main_channel(rows: Sequence[EffectRow]) -> list[EffectRow]:
    """Rows of that channel by scenario, without the pooled ones."""
    channel = main_channel(rows)
    return [r for r in rows if r.channel == channel and r.scenario != "pooled"]


def support_moves(rows: Sequence[EffectRow]) -> bool:
    """Whether support does anything measurable, so that the channels must be told apart."""
    return any(r.channel == "support" and r.verdict not in ("none", "not_assessable") for r in rows)


def _effect_row(tables: RunTables, row: Mapping[Any, Any]) -> EffectRow:
    mean, low, high, margin = (_float(row[c]) for c in ("mean", "low95", "high95", "margin"))
    scenario, channel, verdict = str(row["scenario"]), str(row["channel"]), str(row["verdict"])
    pooled = scenario == "pooled"
    return EffectRow(
        scenario=scenario,
        scenario_name=say("answer.pooled") if pooled else same(tables.name("scenarios", scenario)),
        channel=channel,
        channel_word=word("channel", channel),
        metric=str(row["metric"]),
        label=word("metric", row["metric"]),
        unit=word_kind("unit", row["metric"]),
        mean=mean,
        low=low,
        high=high,
        margin=margin,
        probability_better=_float(row["probability_better"]),
        verdict=verdict,
        verdict_word=word("verdict", verdict),
        decimals=decimals_for(_spread(low, high, margin)),
        value=interval(mean, low, high, _spread(low, high, margin)),
        without_status=_level(tables, scenario, str(row["metric"]), decimals_for(_spread(low, high, margin))),
        more_draws=_more_draws(tables, mean, low, high, margin) if verdict == "undecided" else Text("", ""),
    )


def _level(tables: RunTables, scenario: str, metric: str, decimals: int) -> Text:
    """Mean without status in one scenario; a dash where the run does not hold it, as for pooled scenarios."""
    rows = tables.outcomes
    mine = rows[(rows["order_name"] == "without_status") & (rows["scenario"].astype(str) == scenario)]
    if mine.empty or metric not in mine:
        return same("–")
    level = float(mine[metric].mean())
    return number(level, min(decimals, significant(level)))


def _more_draws(tables: RunTables, mean: float, low: float, high: float, margin: float) -> Text:
    """The number of further draws in words, from the interval and the number of draws of the run."""
    n, confidence = tables.draws, tables.settings.confidence
    if n < 2 or not math.isfinite(high - low):
        return say("draws.one_is_too_few")
    t = float(student_t.ppf((1 + confidence) / 2, n - 1))
    found = Interval(mean, low, high, (high - low) / 2 * math.sqrt(n) / t, n)
    more = further_draws(found, margin, confidence=confidence)
    if more is None or more > MANY_DRAWS:
        return say("draws.too_many")
    if more == 1:
        return say("draws.one_more")
    return say("draws.more", n=math.ceil(more / 10) * 10 if more > 20 else more)


def project_rows(tables: RunTables) -> list[ProjectRow]:
    """Projects of the effects (with status, or listed); those that gain most first, then the order of the study."""
    effects = tables.status_effect[tables.status_effect["project_id"].astype(str) != TOTAL]
    channels, first = set(effects["channel"].astype(str)), tables.first_scenario
    channel = next((c for c in ("both", "order", "support") if c in channels), "both")
    effects = effects[(effects["channel"].astype(str) == channel) & (effects["scenario"].astype(str) == first)]
    ids = list(dict.fromkeys(effects["project_id"].astype(str)))
    listed = [str(p) for p in tables.projects["project_id"]]
    ids.sort(key=lambda p: listed.index(p) if p in listed else len(listed))
    dates = in_service(tables, first)
    found = [_project_row(tables, p, effects[effects["project_id"].astype(str) == p], dates) for p in ids]
    place = {"better": 0, "worse": 1, "undecided": 2, "none": 3, "not_assessable": 4}
    return sorted(found, key=lambda r: (place.get(r.verdict, 9), r.mean_months if r.verdict == "better" else 0.0))


def _project_row(
    tables: RunTables, project_id: str, rows: pd.DataFrame, dates: dict[tuple[str, str], float]
) -> ProjectRow:
    by_metric = {str(r["metric"]): r for r in rows.to_dict("records")}
    time = by_metric.get(IN_SERVICE) or next(iter(by_metric.values()))
    in_time = IN_SERVICE in by_metric
    nothing = math.nan
    mean, low, high = (_float(time[c]) if in_time else nothing for c in ("mean", "low95", "high95"))
    margin = _float(time["margin"]) if in_time else nothing
    verdict = str(time["verdict"])
    project = tables.projects[tables.projects["project_id"].astype(str) == project_id]
    operator = str(project["operator_id"].iloc[0]) if len(project) and "operator_id" in project else ""
    waiting = by_metric.get("waiting_mw_years_demand")
    start = tables.settings.start_year
    return ProjectRow(
        project_id=project_id,
        name=tables.name("projects", project_id),
        operator=operator,
        has_status=bool(project["status"].iloc[0]) if len(project) else True,
        verdict=verdict,
        verdict_word=word("verdict_in_time" if in_time else "verdict", verdict),
        mean_months=mean,
        low_months=low,
        high_months=high,
        margin_months=margin,
        value=interval(mean, low, high, max(2.0, _spread(low, high, margin))),
        without_status=month(start, dates.get((project_id, "without_status"), math.nan)),
        with_status=month(start, dates.get((project_id, "with_status"), math.nan)),
        reason=word_kind("reason", time["reason"]),
        lever=word_kind("lever", time["lever"]),
        waiting=_short(waiting) if waiting else Text("", ""),
        waiting_verdict=str(waiting["verdict"]) if waiting else "",
    )


def _short(row: Mapping[Any, Any]) -> Text:
    mean, low, high, margin = (_float(row[c]) for c in ("mean", "low95", "high95", "margin"))
    return interval(mean, low, high, _spread(low, high, margin))


def in_service(tables: RunTables, scenario: str) -> dict[tuple[str, str], float]:
    """Median month of entry into service per (project, order) over draws of a scenario; infinite when not planned."""
    plan = tables.plan
    if plan.empty:
        return {}
    here = plan[plan["scenario"].astype(str) == scenario]
    plan = plan if here.empty else here
    finish = pd.to_numeric(plan["finish_month"]).astype(float)
    finish = finish.mask(finish < 0, np.inf)
    last = finish.groupby([plan["project_id"].astype(str), plan["order_name"].astype(str), plan["draw"]]).max()
    middle = last.groupby(level=[0, 1]).quantile(0.5, interpolation="lower")
    return {(str(k[0]), str(k[1])): float(v) for k, v in middle.items()}  # type: ignore[index]


def _float(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def _spread(low: float, high: float, margin: float) -> float:
    half = (high - low) / 2
    known = [x for x in (half, margin) if math.isfinite(x)]
    return max(known) if known else math.nan
