"""One self-contained HTML page from a run; works offline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gridprio.figures import connection_years, plan_bars, region_map
from gridprio.figures.embed import figure_json, plotly_script, theme_colours
from gridprio.report.effects import MARKS, in_service
from gridprio.report.groups import metric_margin, shown_metric
from gridprio.report.movers import moved_connections
from gridprio.report.run_tables import RunTables, run_tables, scenario_rows
from gridprio.report.view import PageView, page_view
from gridprio.store.whole import write_whole
from gridprio.text import LANGUAGES, Language, Text, say, word_kind

MAX_BARS = 40
"""Rows in a figure; beyond it only what status moves is drawn, and the text says so."""


def write_page(run: Any, path: Path) -> Path:
    """Write the page of a run to `path` and return it."""
    write_whole(path, render(run_tables(run)))
    return path


def render(tables: RunTables) -> str:
    """The whole page as HTML."""
    environment = Environment(
        loader=PackageLoader("gridprio.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["both"] = _both
    environment.globals["say"] = lambda code, **params: _both(say(code, **params))
    view = page_view(tables)
    figures = page_figures(tables)
    return environment.get_template("page.html").render(
        v=view,
        marks=MARKS,
        styles=Markup(_asset("page.css")),
        script=Markup(_asset("page.js")),
        plotly=Markup(plotly_script()) if figures else "",
        figures=Markup(_figures_json(figures)),
        shown=frozenset(figures),
        colours=Markup(json.dumps(theme_colours())),
        title=_plain_title(view),
    )


def page_figures(tables: RunTables) -> dict[str, dict[Language, str]]:
    """Figure name -> language -> Plotly JSON; figures without anything to show are absent."""
    found: dict[str, dict[Language, str]] = {}
    scenario = tables.first_scenario
    if len(tables.plan):
        ids = plan_projects(tables)
        names = {p: tables.name("projects", p) for p in ids}
        has = frozenset(tables.projects.loc[tables.projects["status"].astype(bool), "project_id"].astype(str))
        shown = (
            scenario if tables.plan["scenario"].astype(str).eq(scenario).any() else str(tables.plan["scenario"].iloc[0])
        )
        found["plan"] = {
            language: figure_json(
                plan_bars(
                    tables.plan, ids, names, scenario=shown, start_year=tables.settings.start_year,
                    language=language, with_status=has,
                )
            )
            for language in LANGUAGES
        }  # fmt: skip
    if tables.municipalities.get("features"):
        found["map"] = {language: figure_json(_map(tables, language)) for language in LANGUAGES}
    moved = moved_connections(tables, scenario).head(MAX_BARS)
    if len(moved):
        names = {str(d): tables.name("developments", d) for d in moved["development_id"]}
        found["connections"] = {
            language: figure_json(connection_years(moved, names, end_year=tables.settings.end_year, language=language))
            for language in LANGUAGES
        }
    return found


def plan_projects(tables: RunTables) -> list[str]:
    """Projects of the plan by date without status; with many, those with status and those that move first."""
    dates = in_service(tables, tables.first_scenario)
    ids = list(dict.fromkeys(p for p, _ in dates))
    moved = {p for p in ids if dates.get((p, "with_status")) != dates.get((p, "without_status"))}
    has = set(tables.projects.loc[tables.projects["status"].astype(bool), "project_id"].astype(str))
    if len(ids) > MAX_BARS:
        ids = sorted(ids, key=lambda p: (p not in has, p not in moved))[:MAX_BARS]
    return sorted(ids, key=lambda p: (dates.get((p, "without_status"), 1e9), p))


def _map(tables: RunTables, language: Language) -> Any:
    metric = shown_metric(tables)
    rows = scenario_rows(tables.distribution, tables.first_scenario)
    rows = rows[(rows["group_kind"] == "municipality") & (rows["metric"] == metric)]
    effect = dict(zip(rows["group_id"].astype(str), rows["effect"].astype(float), strict=True))
    return region_map(
        tables.municipalities,
        effect,
        tables.stations,
        tables.projects,
        margin=metric_margin(tables, metric) if metric else 1.0,
        unit=word_kind("unit", metric),
        language=language,
        fictional=bool(tables.manifest.get("study", {}).get("fictional", False)),
    )


def _figures_json(figures: Mapping[str, Mapping[Language, str]]) -> str:
    return "{" + ",".join(
        f'"{name}":{{' + ",".join(f'"{language}":{text}' for language, text in by.items()) + "}"
        for name, by in figures.items()
    ) + "}"  # fmt: skip


def _both(text: Text) -> Markup:
    """Both languages; the page shows one."""
    if text.nl == text.en:
        return Markup(escape(text.nl))
    return Markup('<span lang="nl">{}</span><span lang="en">{}</span>').format(text.nl, text.en)


def _plain_title(view: PageView) -> str:
    return view.title[view.language]


def _asset(name: str) -> str:
    return (Path(__file__).parent / "page" / name).read_text(encoding="utf-8")
