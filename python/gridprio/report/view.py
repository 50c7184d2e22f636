"""The page as data: everything a reader sees, before any HTML (snapshot-tested)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gridprio.figures import words
from gridprio.figures.language import Language, Text, decimals_for, month, number, percent, same
from gridprio.report.answer import Answer, answer_of_tables, main_channel, support_moves
from gridprio.report.effects import EffectRow, ProjectRow
from gridprio.report.levers import LeverTable, lever_tables
from gridprio.report.method import method_notes
from gridprio.report.movers import moved_connections
from gridprio.report.run_tables import RunTables

MAX_ROWS = 60
"""Connections and groups listed on the page; the tables of the run hold the rest."""


@dataclass(frozen=True)
class Bar:
    """An interval drawn on a scale from -scale to +scale, in percent of the width."""

    low: float
    high: float
    mean: float
    margin_low: float
    margin_high: float


@dataclass(frozen=True)
class EffectLine:
    row: EffectRow
    bar: Bar | None
    probability: Text


@dataclass(frozen=True)
class EffectGroup:
    """One metric through one channel, all scenarios."""

    label: Text
    unit: Text
    channel: Text
    margin: Text
    lines: tuple[EffectLine, ...]


@dataclass(frozen=True)
class ProjectLine:
    row: ProjectRow
    bar: Bar | None


@dataclass(frozen=True)
class ConnectionLine:
    name: str
    municipality: str
    direction: Text
    requested: Text
    """the year of the request, and the earliest possible one where its own lead time makes that later"""
    without_status: Text
    with_status: Text
    change: Text
    verdict: str
    limit: Text
    lifted_by: str


@dataclass(frozen=True)
class GroupLine:
    name: str
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


@dataclass(frozen=True)
class PageView:
    language: Language
    title: Text
    answer: Answer
    scenario_name: str
    """the first scenario, for what is shown for one scenario only"""
    effects: tuple[EffectGroup, ...]
    quiet_effects: tuple[EffectGroup, ...]
    """metrics without a measurable effect in any scenario"""
    other_channels: tuple[EffectGroup, ...]
    map_metric: Text
    """what the map shows, with its unit"""
    projects: tuple[ProjectLine, ...]
    not_assessable: tuple[ProjectRow, ...]
    """projects with nothing to move: they inform, with a year to decide"""
    connections: tuple[ConnectionLine, ...]
    connections_total: int
    groups: tuple[GroupTable, ...]
    levers: tuple[LeverTable, ...]
    messages: tuple[Text, ...]
    method: tuple[Text, ...]
    sources: tuple[str, ...]
    provenance: tuple[tuple[Text, str], ...]
    settings: tuple[tuple[str, str], ...]
    inputs: tuple[tuple[str, str], ...]


def page_view(tables: RunTables) -> PageView:
    """Everything the page says about a run."""
    study = tables.manifest.get("study", {})
    name = str(study.get("name", ""))
    found = answer_of_tables(tables)
    main = main_channel(found.rows)
    apart = support_moves(found.rows)
    others = [r for r in found.rows if r.channel != main and apart]
    first = first_scenario(tables)
    connections = _connection_lines(tables)
    groups = _effect_groups([r for r in found.rows if r.channel == main], name_channel=apart)
    quiet = tuple(g for g in groups if {line.row.verdict for line in g.lines} == {"none"})
    return PageView(
        language=tables.settings.language,
        title=Text(str(study.get("title_nl") or name), str(study.get("title_en") or study.get("title_nl") or name)),
        answer=found,
        scenario_name=tables.name("scenarios", first),
        effects=tuple(g for g in groups if g not in quiet),
        quiet_effects=quiet,
        other_channels=_effect_groups(others, name_channel=True),
        map_metric=_map_metric(tables),
        projects=_project_lines([p for p in found.projects if p.verdict != "not_assessable"]),
        not_assessable=tuple(p for p in found.projects if p.verdict == "not_assessable"),
        connections=tuple(connections[:MAX_ROWS]),
        connections_total=len(connections),
        groups=_group_tables(tables),
        levers=lever_tables(tables),
        messages=tuple(_message(m) for m in tables.manifest.get("messages", ())),
        method=method_notes(tables),
        sources=tuple(str(s) for s in study.get("sources", ())),
        provenance=_provenance(tables),
        settings=tuple((k, str(v)) for k, v in tables.settings.model_dump(mode="json").items()),
        inputs=tuple((str(k), str(v)) for k, v in dict(tables.manifest.get("inputs", {})).items()),
    )


def first_scenario(tables: RunTables) -> str:
    return next((s for s in tables.scenario_ids if s != "pooled"), "")


def scenario_rows(table: pd.DataFrame, scenario: str) -> pd.DataFrame:
    """Rows of one scenario; all rows where the table does not tell scenarios apart."""
    mine = table[table["scenario"].astype(str) == scenario]
    return table if mine.empty else mine


def _message(message: object) -> Text:
    if isinstance(message, dict):
        return Text(str(message.get("nl", "")), str(message.get("en", "")))
    return same(message)


def _effect_groups(rows: list[EffectRow], *, name_channel: bool) -> tuple[EffectGroup, ...]:
    groups = []
    for channel, metric in dict.fromkeys((r.channel, r.metric) for r in rows):
        mine = [r for r in rows if (r.channel, r.metric) == (channel, metric)]
        scale = _scale([(r.low, r.high, r.mean, r.margin) for r in mine])
        lines = [
            EffectLine(
                r,
                None if r.verdict == "not_assessable" else _bar(r.low, r.high, r.mean, r.margin, scale),
                percent(r.probability_better),
            )
            for r in mine
        ]
        margin = number(mine[0].margin, max(0, decimals_for(mine[0].margin)))
        groups.append(
            EffectGroup(
                mine[0].label, mine[0].unit, mine[0].channel_word if name_channel else same(""), margin, tuple(lines)
            )
        )
    return tuple(groups)


def _project_lines(rows: Sequence[ProjectRow]) -> tuple[ProjectLine, ...]:
    scale = _scale([(r.low_months, r.high_months, r.mean_months, r.margin_months) for r in rows])
    return tuple(
        ProjectLine(
            r,
            None
            if not math.isfinite(r.mean_months)
            else _bar(r.low_months, r.high_months, r.mean_months, r.margin_months, scale),
        )
        for r in rows
    )


def _scale(rows: list[tuple[float, ...]]) -> float:
    """A little wider than the largest finite number."""
    return 1.08 * max((abs(x) for row in rows for x in row if math.isfinite(x)), default=1.0) or 1.0


def _bar(low: float, high: float, mean: float, margin: float, scale: float) -> Bar:
    def at(x: float) -> float:
        return round(50 + 50 * max(-1.0, min(1.0, x / scale)), 1)

    return Bar(at(low), at(high), at(mean), at(-margin), at(margin))


def _connection_lines(tables: RunTables) -> list[ConnectionLine]:
    """Connections of the first scenario: who moves first, then the others."""
    moved = moved_connections(tables, first_scenario(tables))
    change = {
        (str(r["development_id"]), str(r["direction"])): float(r["change_years"]) for r in moved.to_dict("records")
    }
    rows = scenario_rows(tables.connections, first_scenario(tables)).to_dict("records")
    developments = tables.developments.set_index(tables.developments["development_id"].astype(str))
    towns = municipality_names(tables)
    lines = []
    for row in rows:
        key = (str(row["development_id"]), str(row["direction"]))
        by = change.get(key, 0.0)
        town = ""
        if key[0] in developments.index and "municipality_id" in developments:
            town_id = str(developments.loc[[key[0]], "municipality_id"].iloc[0])
            town = towns.get(town_id, town_id)
        lines.append(
            (
                abs(by),
                ConnectionLine(
                    name=tables.name("developments", key[0]),
                    municipality=town,
                    direction=words.DIRECTIONS.get(key[1], same(key[1])),
                    requested=_requested(row),
                    without_status=_year(row["year_without_status"]),
                    with_status=_year(row["year_with_status"]),
                    change=_change(by),
                    verdict="better" if by < 0 else "worse" if by > 0 else "none",
                    limit=words.element(row["limiting_element"]),
                    lifted_by=", ".join(n for n in tables.names("projects", row["lifted_by_project"]) if n),
                ),
            )
        )
    return [line for _, line in sorted(lines, key=lambda pair: -pair[0])]


def _change(years: float) -> Text:
    if years == 0:
        return words.VERDICTS["none"]
    if math.isinf(years):
        return (
            Text("komt nu binnen de horizon", "now within the horizon")
            if years < 0
            else Text("valt nu buiten de horizon", "now beyond the horizon")
        )
    months = number(abs(12 * years), 0)
    unit = Text(" maand", " month") if months.nl == "1" else Text(" maanden", " months")
    return months + unit + (Text(" eerder", " earlier") if years < 0 else Text(" later", " later"))


def _requested(row: Mapping[Any, Any]) -> Text:
    asked, earliest = row["requested_year"], row["earliest_year"]
    if not float(earliest) > float(asked):
        return _year(asked)
    return _year(asked) + Text(", kan vanaf ", ", possible from ") + _year(earliest)


def _year(value: Any) -> Text:
    """2032, or the month where the run tells it: jul 2032."""
    year = float(value)
    if math.isnan(year):
        return Text("niet binnen de horizon", "not within the horizon")
    whole = math.floor(year)
    return same(whole) if year == whole else month(whole, 12 * (year - whole))


def _blank(value: object) -> str:
    return "" if value is None or value != value else str(value)


def municipality_names(tables: RunTables) -> dict[str, str]:
    return {
        str(f["properties"]["municipality_id"]): str(f["properties"].get("name") or f["properties"]["municipality_id"])
        for f in tables.municipalities.get("features", [])
    }


def metric_margin(tables: RunTables, metric: str) -> float:
    """The margin under which a change of a metric is negligible, from the effects themselves."""
    rows = tables.status_effect[tables.status_effect["metric"].astype(str) == metric]
    return float(rows["margin"].iloc[0]) if len(rows) else 0.0


def shown_metric(tables: RunTables, kind: str = "municipality") -> str:
    """The waiting metric that differs most, in margins, between the groups of a kind."""
    rows = scenario_rows(tables.distribution, first_scenario(tables))
    rows = rows[(rows["group_kind"] == kind) & rows["metric"].isin(words.WAITING)]
    if rows.empty:
        return ""
    size = rows.groupby("metric", sort=False)["effect"].apply(lambda e: e.abs().max())
    margins = {m: metric_margin(tables, str(m)) or 1.0 for m in size.index}
    return str(max(size.index, key=lambda m: size[m] / margins[m]))


def _map_metric(tables: RunTables) -> Text:
    metric = shown_metric(tables)
    if not metric:
        return same("")
    label, unit = words.metric(metric)
    return label + same(" (") + unit + same(")")


def _group_tables(tables: RunTables) -> tuple[GroupTable, ...]:
    names = {"municipality": municipality_names(tables)}
    found = []
    for kind in dict.fromkeys(tables.distribution["group_kind"].astype(str)):
        metric = shown_metric(tables, kind)
        if not metric:
            continue
        rows = scenario_rows(tables.distribution, first_scenario(tables))
        rows = rows[(rows["group_kind"] == kind) & (rows["metric"] == metric)]
        rows = rows.sort_values("effect", kind="stable")
        margin = metric_margin(tables, metric)
        label, unit = words.metric(metric)
        lines = [_group_line(r, names.get(kind, {}), margin) for r in rows.to_dict("records")]
        title = words.GROUPS.get(kind, same(kind))
        found.append(GroupTable(kind, title, label, unit, tuple(lines[:MAX_ROWS])))
    return tuple(found)


def _group_line(row: dict[Any, Any], names: dict[str, str], margin: float) -> GroupLine:
    effect = float(row["effect"])
    verdict = "better" if effect < -margin else "worse" if effect > margin else "none"
    decimals = decimals_for(margin)
    word = {
        "better": Text("korter wachten", "shorter waiting"),
        "worse": Text("langer wachten", "longer waiting"),
        "none": words.VERDICTS["none"],
    }[verdict]
    key = str(row["group_id"])
    return GroupLine(
        name=names.get(key, key) or "–",
        without_status=number(float(row["without_status"]), decimals),
        with_status=number(float(row["with_status"]), decimals),
        effect=number(effect, decimals, signed=True) if verdict != "none" else same("≈ 0"),
        verdict=verdict,
        verdict_word=word,
    )


def _provenance(tables: RunTables) -> tuple[tuple[Text, str], ...]:
    m = tables.manifest
    versions = ", ".join(f"{k} {v}" for k, v in dict(m.get("versions", {})).items())
    wall = ", ".join(f"{k} {float(v):.1f} s" for k, v in dict(m.get("wall_time_s", {})).items())
    rows = (
        (Text("Gemaakt", "Made"), str(m.get("created", ""))),
        (Text("Toevalsgetal (seed)", "Seed"), str(m.get("seed", ""))),
        (Text("Versies", "Versions"), versions),
        (Text("Rekenkern", "Backend"), f"{m.get('backend', '')}, {m.get('threads', '')} threads"),
        (Text("Rekentijd", "Wall time"), wall),
    )
    return tuple((label, value) for label, value in rows if value)
