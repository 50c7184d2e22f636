"""The one figure of each first screen: bars with intervals, few enough for a laptop."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from gridprio.model.metrics import WAITING
from gridprio.report.bars import BarChart, BarGroup, BarLine, bar_of, bar_scale
from gridprio.report.connections import change_text, year_text
from gridprio.report.effects import BY_LIST, TOTAL, EffectRow, in_words, shown_channel
from gridprio.report.movers import development_mw, moved_connections
from gridprio.report.run_tables import RunTables, scenario_rows
from gridprio.report.scenarios import in_scenarios
from gridprio.text import Text, same, say

WAITS, IN_TIME = "verdict_of_waiting", "verdict_in_time"
MOST_LINES = 9
"""Projects or developments in a figure; the tables of the page hold all."""


def waiting_chart(tables: RunTables, rows: Sequence[EffectRow]) -> BarChart | None:
    """Waiting by metric and scenario; scenarios that read alike once."""
    rows = [r for r in rows if r.metric in WAITING and r.verdict != "not_assessable"]
    groups = []
    for metric in dict.fromkeys(r.metric for r in rows):
        mine = [r for r in rows if r.metric == metric]
        alike: dict[Any, list[EffectRow]] = {}
        for r in mine:
            alike.setdefault((r.value, r.verdict), []).append(r)
        n = len(tables.all_scenarios)
        named = [(in_scenarios([r.scenario_name for r in own], n), own[0]) for own in alike.values()]
        groups.append(_group(mine[0], named))
    return BarChart(say("page.glance"), say("page.less_more"), tuple(groups), same(""), WAITS) if groups else None


def channel_chart(tables: RunTables, rows: Sequence[EffectRow]) -> BarChart | None:
    """Waiting by metric and channel, in the first scenario; support is permit and land months together."""
    rows = [r for r in rows if r.metric in WAITING and r.scenario == tables.first_scenario]
    rows = [r for r in rows if r.verdict != "not_assessable" and r.channel != "support"]
    groups = []
    for metric in dict.fromkeys(r.metric for r in rows):
        mine = [r for r in rows if r.metric == metric]
        groups.append(_group(mine[0], [(r.channel_word, r) for r in mine]))
    title = say("first.by_channel", scenario=tables.scenario(tables.first_scenario))
    return BarChart(title, say("page.less_more"), tuple(groups), same(""), WAITS) if groups else None


def _group(first: EffectRow, named: Sequence[tuple[Text, EffectRow]]) -> BarGroup:
    scale = bar_scale(x for _, r in named for x in (r.low, r.high, r.mean, r.margin))
    lines = (BarLine(label, bar_of(r.mean, r.low, r.high, r.margin, scale), r.value, r.verdict) for label, r in named)
    return BarGroup(first.label, first.unit, tuple(lines))


def project_chart(tables: RunTables) -> BarChart | None:
    """Projects that status moves most, with status marked, in the first scenario."""
    effects = tables.status_effect
    mine = effects[(effects["channel"].astype(str) == shown_channel(tables)) & (effects["metric"] == BY_LIST)]
    mine = mine[(mine["scenario"].astype(str) == tables.first_scenario) & (mine["project_id"] != TOTAL)]
    moved = mine[mine["mean"].abs() > 0]
    if moved.empty:
        return None
    found = moved.sort_values("mean", key=lambda s: -s.abs(), kind="stable").head(MOST_LINES).sort_values("mean")
    has = set(tables.projects.loc[tables.projects["status"].astype(bool), "project_id"].astype(str))
    scale = bar_scale(found[["mean", "low95", "high95", "margin"]].to_numpy(dtype=float).ravel().tolist())
    lines = []
    for row in found.to_dict("records"):
        mean, low, high, margin = (float(row[c]) for c in ("mean", "low95", "high95", "margin"))
        name = ("★ " if str(row["project_id"]) in has else "") + tables.name("projects", row["project_id"])
        bar = bar_of(mean, low, high, margin, scale)
        lines.append(BarLine(same(name), bar, in_words(mean, low, high, max(2.0, margin)), str(row["verdict"])))
    title = say("first.projects_moved", scenario=tables.scenario(tables.first_scenario))
    note = _others(len(lines), len(moved))
    return BarChart(title, say("page.earlier_later"), (BarGroup(same(""), same(""), tuple(lines)),), note, IN_TIME)


def _others(shown: int, n: int) -> Text:
    """Where the lines are that the figure leaves out; empty where it leaves out none."""
    return say("first.of_all", shown=shown, n=n) if shown < n else same("")


def plan_chart(tables: RunTables) -> BarChart | None:
    """Developments by what status moves, then by what they ask for, in the first scenario."""
    rows = scenario_rows(tables.connections, tables.first_scenario).to_dict("records")
    if not rows:
        return None
    compared = len(tables.plan_sides) > 1
    moved = moved_connections(tables, tables.first_scenario).to_dict("records") if compared else []
    months = {_key(r): [12 * float(r[c]) for c in ("change_years", "low95", "high95")] for r in moved}
    rows.sort(key=lambda r: (-abs(months.get(_key(r), [0.0])[0]), -development_mw(tables, str(r["development_id"]))))
    shown = rows[:MOST_LINES]
    scale = bar_scale(x for row in shown for x in months.get(_key(row), []))
    lines = tuple(_plan_line(tables, row, months.get(_key(row)), scale) for row in shown)
    title = say("first.plans" if compared else "first.plans_alone", scenario=tables.scenario(tables.first_scenario))
    note = _others(len(lines), len(rows))
    direction = say("page.earlier_later") if compared else same("")
    return BarChart(title, direction, (BarGroup(same(""), same(""), lines),), note, IN_TIME)


def _key(row: Mapping[Any, Any]) -> tuple[str, str]:
    return str(row["development_id"]), str(row["direction"])


def _plan_line(tables: RunTables, row: Mapping[Any, Any], months: Sequence[float] | None, scale: float) -> BarLine:
    """A bar where the change is measurable (`months`); years that differ without are undecided."""
    name = same(tables.name("developments", row["development_id"]))
    years = [year_text(row[f"year_{side}_status"]) for side in ("without", "with")]
    value = years[0] + same(" → ") + years[1] if years[0] != years[1] else years[0]
    if months is None:
        compared = len(tables.plan_sides) > 1
        return BarLine(name, None, value, ("none" if years[0] == years[1] else "undecided") if compared else "")
    mean, low, high = months
    bar = bar_of(mean, low, high, 1.0, scale)
    return BarLine(name, bar, value if math.isfinite(mean) else change_text(mean), "better" if mean < 0 else "worse")
