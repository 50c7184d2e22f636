"""Rows of effects with their numbers in words: in total per scenario and metric, and per project with status."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gridprio.model.metrics import METRICS
from gridprio.orders import CHANNELS
from gridprio.report.run_tables import RunTables
from gridprio.text import Text, decimals_for, interval, month, number, say, significant, word, word_kind

TOTAL = "total"
IN_SERVICE, BY_LIST = "in_service_months", "in_service_months_by_list"
MARKS = {"better": "▼", "worse": "▲", "none": "=", "undecided": "?", "not_assessable": "–"}
"""A second sign beside colour, for those who do not see the colours."""
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
    """month of entry into service without any status, mean over draws; `with_status`: with all of it"""
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
    channels = list(CHANNELS)
    return sorted(found, key=lambda r: (channels.index(r.channel), metrics.get(r.metric, 99), order[r.scenario]))


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
        scenario_name=say("answer.pooled") if pooled else tables.scenario(scenario),
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
        without_status=_level(_float(row["without_status"]), decimals_for(_spread(low, high, margin))),
        more_draws=_more_draws(_float(row["further_draws"])) if verdict == "undecided" else Text("", ""),
    )


def _level(level: float, decimals: int) -> Text:
    """A dash where it is not known."""
    return number(level, min(decimals, significant(level)))


def _more_draws(more: float) -> Text:
    """The number of further draws in words."""
    if math.isnan(more) or more > MANY_DRAWS:
        return say("draws.too_many")
    if more == 1:
        return say("draws.one_more")
    return say("draws.more", n=math.ceil(more / 10) * 10 if more > 20 else int(more))


def shown_channel(tables: RunTables) -> str:
    """The channel that the answer is about: all that status does, else the order alone."""
    channels = set(tables.status_effect["channel"].astype(str))
    return next((c for c in ("both", "order", "support") if c in channels), "both")


def project_rows(tables: RunTables) -> list[ProjectRow]:
    """Projects of the effects (with status, or listed); those that gain most first, then the order of the study."""
    effects, first, channel = tables.status_effect, tables.first_scenario, shown_channel(tables)
    effects = effects[(effects["channel"].astype(str) == channel) & (effects["scenario"].astype(str) == first)]
    dates = _dates(effects[effects["metric"] == BY_LIST])
    effects = effects[(effects["project_id"].astype(str) != TOTAL) & (effects["metric"] != BY_LIST)]
    ids = list(dict.fromkeys(effects["project_id"].astype(str)))
    listed = [str(p) for p in tables.projects["project_id"]]
    ids.sort(key=lambda p: listed.index(p) if p in listed else len(listed))
    found = [_project_row(tables, p, effects[effects["project_id"].astype(str) == p], dates) for p in ids]
    place = {"better": 0, "worse": 1, "undecided": 2, "none": 3, "not_assessable": 4}
    return sorted(found, key=lambda r: (place.get(r.verdict, 9), r.mean_months if r.verdict == "better" else 0.0))


def _project_row(
    tables: RunTables, project_id: str, rows: pd.DataFrame, dates: Mapping[str, tuple[float, float]]
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
    start, n_month = tables.settings.start_year, 12 * (tables.settings.end_year + 1 - tables.settings.start_year)
    before, after = (math.inf if m >= n_month else m for m in dates.get(project_id, (math.nan, math.nan)))
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
        without_status=month(start, before),
        with_status=month(start, after),
        reason=word_kind("reason", time["reason"]),
        lever=word_kind("lever", time["lever"]),
        waiting=_short(waiting) if waiting else Text("", ""),
        waiting_verdict=str(waiting["verdict"]) if waiting else "",
    )


def _dates(rows: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Project -> mean month in service without status and with all of it; the end of the horizon where never."""
    return {
        str(r["project_id"]): (_float(r["without_status"]), _float(r["with_status"])) for r in rows.to_dict("records")
    }


def _short(row: Mapping[Any, Any]) -> Text:
    mean, low, high, margin = (_float(row[c]) for c in ("mean", "low95", "high95", "margin"))
    return in_words(mean, low, high, margin)


def in_words(mean: float, low: float, high: float, margin: float) -> Text:
    """A difference with its interval, to the digits that the interval and what is negligible support."""
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
