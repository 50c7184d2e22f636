"""The page as data: everything a reader sees, before any HTML (snapshot-tested)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gridprio.report.answer import Answer, answer_of_tables
from gridprio.report.bars import Bar, bar_of, bar_scale
from gridprio.report.base_case import base_case_section
from gridprio.report.compared import compared_section
from gridprio.report.congestion import congestion_section
from gridprio.report.connections import ConnectionLine, connection_lines
from gridprio.report.contributions import contributions_section
from gridprio.report.curves import curves_section
from gridprio.report.effects import EffectRow, ProjectRow, main_channel, support_moves
from gridprio.report.found import found_section
from gridprio.report.given import given_section
from gridprio.report.groups import GroupTable, group_tables, map_metric
from gridprio.report.harm import HarmLine, harm_lines
from gridprio.report.headroom import published_sentences
from gridprio.report.knowledge import knowledge_section
from gridprio.report.ledger import LedgerLine, ledger_lines
from gridprio.report.levers import LeverTable, lever_tables
from gridprio.report.measured import measured_section
from gridprio.report.method import is_of_stations, method_notes, points_note
from gridprio.report.movers import movers_listing
from gridprio.report.reach import Reach, reach_of
from gridprio.report.run_tables import RunTables
from gridprio.report.scenarios import in_scenarios
from gridprio.report.screens import Screen, first_screens
from gridprio.report.section import Listing, Section
from gridprio.report.shortfall import shortfall_sentence
from gridprio.report.who import InequalityLine, Matrix, externality_matrices, inequality_lines
from gridprio.text import Language, Text, decimals_for, number, percent, same, say, word, word_stored

MAX_ROWS = 60
"""Connections listed on the page; the tables of the run hold the rest."""
POOLED = "pooled"
TOLD_IN_SECTIONS = (
    "base_case.", "curves.", "sensitivity.turns", "sensitivity.none", "regret.", "given.", "run.bound_by_others",
    "search.above", "search.room",
)  # fmt: skip
"""Messages of a run, by how their code begins, that a section of the page says itself."""


@dataclass(frozen=True)
class EffectLine:
    """A row for one scenario, or for several in which all reads alike."""

    where: Text
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
class PageView:
    language: Language
    title: Text
    answer: Answer
    screens: tuple[Screen, ...]
    """a first screen per reader; none of a search"""
    of_stations: bool
    """whether capacities of feeding areas stood for the grid"""
    plan_sides: tuple[Text, ...]
    """the orders that plans are shown of, one or two"""
    scenario_name: Text
    """the first scenario, for what is shown for one scenario only"""
    movers: Listing | None
    """who is connected earlier and who later, by scenario"""
    found: Section | None
    """of a search: what moves in the best order found"""
    base_case: Section | None
    measured: Section | None
    """the base case beside what the operator has measured"""
    effects: tuple[EffectGroup, ...]
    quiet_effects: tuple[EffectGroup, ...]
    """metrics without a measurable effect in any scenario"""
    other_channels: tuple[EffectGroup, ...]
    map_metric: Text
    """what the map shows, with its unit"""
    congestion: Section | None
    has_classes: bool
    """whether the map shows stations by computed class"""
    published: tuple[Text, ...]
    """in which part of the stations that is the published one"""
    projects: tuple[ProjectLine, ...]
    not_assessable: tuple[ProjectRow, ...]
    """projects with nothing to move: they inform, with a year to decide"""
    reach: Reach
    curves: Section | None
    connections: tuple[ConnectionLine, ...]
    connections_total: int
    groups: tuple[GroupTable, ...]
    shortfall: Text
    """who is connected and can no longer be carried; empty where nobody is"""
    inequality: tuple[InequalityLine, ...]
    externality: tuple[Matrix, ...]
    harm: tuple[HarmLine, ...]
    contributions: Section | None
    orders: Section | None
    knowledge: Section | None
    given: Section | None
    levers: tuple[LeverTable, ...]
    ledger: tuple[LedgerLine, ...]
    points: Text
    """what a point is"""
    messages: tuple[Text, ...]
    method: tuple[Text, ...]
    sources: tuple[str, ...]
    remarks: tuple[str, ...]
    provenance: tuple[tuple[Text, Text], ...]
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
    connections = connection_lines(tables)
    groups = _effect_groups([r for r in found.rows if r.channel == main], name_channel=apart)
    quiet = tuple(g for g in groups if {line.row.verdict for line in g.lines} == {"none"})
    return PageView(
        language=tables.settings.language,
        title=Text(str(study.get("title_nl") or name), str(study.get("title_en") or study.get("title_nl") or name)),
        answer=found,
        screens=() if tables.is_search else first_screens(tables, found),
        of_stations=is_of_stations(tables),
        plan_sides=tuple(word("order", side) for side in tables.plan_sides),
        scenario_name=tables.scenario(tables.first_scenario),
        movers=None if tables.is_search else movers_listing(tables),
        found=found_section(tables),
        base_case=base_case_section(tables),
        measured=measured_section(tables),
        effects=tuple(g for g in groups if g not in quiet),
        quiet_effects=quiet,
        other_channels=_effect_groups(others, name_channel=True),
        map_metric=map_metric(tables),
        has_classes=len(tables.headroom) > 0,
        published=tuple(published_sentences(tables)),
        congestion=congestion_section(tables),
        projects=_project_lines([p for p in found.projects if p.verdict != "not_assessable"]),
        not_assessable=tuple(p for p in found.projects if p.verdict == "not_assessable"),
        reach=reach_of(tables),
        curves=curves_section(tables),
        connections=tuple(connections[:MAX_ROWS]),
        connections_total=len(connections),
        groups=group_tables(tables) if len(tables.plan_sides) > 1 else (),
        shortfall=shortfall_sentence(tables),
        inequality=inequality_lines(tables),
        externality=externality_matrices(tables),
        harm=harm_lines(tables),
        contributions=contributions_section(tables),
        orders=compared_section(tables),
        knowledge=knowledge_section(tables),
        given=given_section(tables),
        levers=lever_tables(tables.shadow_prices),
        ledger=ledger_lines(tables),
        points=points_note(tables),
        messages=_messages(tables),
        method=method_notes(tables),
        sources=tuple(str(s) for s in study.get("sources", ())),
        remarks=tuple(str(s) for s in study.get("remarks", ())),
        provenance=_provenance(tables),
        settings=tuple((k, str(v)) for k, v in tables.settings.model_dump(mode="json").items()),
        inputs=tuple((str(k), str(v)) for k, v in dict(tables.manifest.get("inputs", {})).items()),
    )


def _messages(tables: RunTables) -> tuple[Text, ...]:
    """Those that no section says."""
    entries = tables.manifest["messages"]
    return tuple(word_stored(entry) for entry in entries if not entry["code"].startswith(TOLD_IN_SECTIONS))


def _effect_groups(rows: list[EffectRow], *, name_channel: bool) -> tuple[EffectGroup, ...]:
    groups = []
    for channel, metric in dict.fromkeys((r.channel, r.metric) for r in rows):
        mine = [r for r in rows if (r.channel, r.metric) == (channel, metric)]
        scale = bar_scale(x for r in mine for x in (r.low, r.high, r.mean, r.margin))
        lines = _lines(mine, scale)
        margin = number(mine[0].margin, max(0, decimals_for(mine[0].margin)))
        groups.append(
            EffectGroup(mine[0].label, mine[0].unit, mine[0].channel_word if name_channel else same(""), margin, lines)
        )
    return tuple(groups)


def _lines(rows: Sequence[EffectRow], scale: float) -> tuple[EffectLine, ...]:
    """Rows of one metric; scenarios that read alike once, the user's pooled row by itself."""
    alike: dict[object, list[EffectRow]] = {}
    for r in rows:
        shown = (r.value, r.without_status, r.verdict, r.probability_better, r.more_draws, r.scenario == POOLED)
        alike.setdefault(shown, []).append(r)
    n = sum(r.scenario != POOLED for r in rows)
    return tuple(
        EffectLine(
            in_scenarios([r.scenario_name for r in own], n),
            own[0],
            None
            if own[0].verdict == "not_assessable"
            else bar_of(own[0].mean, own[0].low, own[0].high, own[0].margin, scale),
            percent(own[0].probability_better),
        )
        for own in alike.values()
    )


def _project_lines(rows: Sequence[ProjectRow]) -> tuple[ProjectLine, ...]:
    scale = bar_scale(x for r in rows for x in (r.low_months, r.high_months, r.mean_months, r.margin_months))
    return tuple(
        ProjectLine(r, bar_of(r.mean_months, r.low_months, r.high_months, r.margin_months, scale)) for r in rows
    )


def _provenance(tables: RunTables) -> tuple[tuple[Text, Text], ...]:
    manifest = tables.manifest
    versions = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    wall = ", ".join(f"{stage} {float(spent):.1f} s" for stage, spent in manifest["wall_time_s"].items())
    return (
        (say("provenance.created"), same(manifest["created"])),
        (say("provenance.seed"), same(manifest["seed"])),
        (say("provenance.versions"), same(versions)),
        (say("provenance.backend"), say("provenance.threads", backend=manifest["backend"], n=manifest["threads"])),
        (say("provenance.wall_time"), same(wall)),
    )
