"""Who gains and who waits, by group: the rows of the page's tables and of its map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gridprio.model.metrics import WAITING
from gridprio.report.run_tables import RunTables, scenario_rows
from gridprio.text import Text, decimals_for, number, same, say, word, word_kind

MAX_ROWS = 60
"""Groups listed on the page; the tables of the run hold the rest."""


@dataclass(frozen=True)
class GroupLine:
    name: Text
    without_status: Text
    with_status: Text
    effect: Text
    verdict: str
    verdict_word: Text


@dataclass(frozen=True)
class GroupTable:
    """Who gains and who waits, per municipality, province, ... for one metric in the first scenario."""

    kind: str
    title: Text
    metric: Text
    unit: Text
    lines: tuple[GroupLine, ...]


def metric_margin(tables: RunTables, metric: str) -> float:
    """The margin under which a change of a metric is negligible, from the effects themselves."""
    rows = tables.status_effect[tables.status_effect["metric"].astype(str) == metric]
    return float(rows["margin"].iloc[0]) if len(rows) else 0.0


def shown_metric(tables: RunTables, kind: str = "municipality") -> str:
    """The waiting metric that differs most, in margins, between the groups of a kind."""
    rows = scenario_rows(tables.distribution, tables.first_scenario)
    rows = rows[(rows["group_kind"] == kind) & rows["metric"].isin(WAITING)]
    if rows.empty:
        return ""
    size = rows.groupby("metric", sort=False)["effect"].apply(lambda e: e.abs().max())
    margins = {m: metric_margin(tables, str(m)) or 1.0 for m in size.index}
    return str(max(size.index, key=lambda m: size[m] / margins[m]))


def map_metric(tables: RunTables) -> Text:
    metric = shown_metric(tables)
    if not metric:
        return same("")
    return say("page.with_unit", label=word("metric", metric), unit=word_kind("unit", metric))


def group_tables(tables: RunTables) -> tuple[GroupTable, ...]:
    found = []
    for kind in dict.fromkeys(tables.distribution["group_kind"].astype(str)):
        if kind == "development":  # stands in the table of connections
            continue
        metric = shown_metric(tables, kind)
        if not metric:
            continue
        rows = scenario_rows(tables.distribution, tables.first_scenario)
        rows = rows[(rows["group_kind"] == kind) & (rows["metric"] == metric)]
        rows = rows.sort_values("effect", kind="stable")
        margin = metric_margin(tables, metric)
        label, unit = word("metric", metric), word_kind("unit", metric)
        lines = [_group_line(r, _name(tables, kind, str(r["group_id"])), margin) for r in rows.to_dict("records")]
        title = word("group_kind", kind)
        found.append(GroupTable(kind, title, label, unit, tuple(lines[:MAX_ROWS])))
    return tuple(found)


def _name(tables: RunTables, kind: str, key: str) -> Text:
    """A name of the study, or the word for a code; else the id."""
    if kind == "municipality":
        return same(tables.municipality_names.get(key, key) or "–")
    return same(tables.name("areas", key)) if kind == "area" else word(kind, key or "–")


def _group_line(row: dict[Any, Any], name: Text, margin: float) -> GroupLine:
    effect, low, high = (float(row[column]) for column in ("effect", "low95", "high95"))
    verdict = "none" if -margin <= low and high <= margin else "undecided"
    verdict = "better" if high < -margin else "worse" if low > margin else verdict
    decimals = decimals_for(margin)
    return GroupLine(
        name=name,
        without_status=number(float(row["without_status"]), decimals),
        with_status=number(float(row["with_status"]), decimals),
        effect=number(effect, decimals, signed=True) if abs(effect) > margin else same("≈ 0"),
        verdict=verdict,
        verdict_word=word("verdict_of_waiting", verdict),
    )
