"""Which figures the page of a run shows, and from which rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gridprio.figures import (
    AXES,
    connection_years,
    grid_map,
    lorenz_curves,
    middle_plan,
    overload_bars,
    plan_bars,
    region_map,
    status_curve,
)
from gridprio.figures.embed import figure_json
from gridprio.report.congestion import longest_overloaded
from gridprio.report.curves import first_curve
from gridprio.report.effects import IN_SERVICE, in_service
from gridprio.report.grid_years import changes, grid_years, places
from gridprio.report.groups import metric_margin, shown_metric
from gridprio.report.movers import moved_connections
from gridprio.report.run_tables import RunTables, scenario_rows
from gridprio.text import LANGUAGES, Language, word_kind

MAX_BARS = 40
"""Rows in a figure; beyond it only what status moves is drawn, and the text says so."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure in either language, and the stored rows that it shows."""

    draw: Callable[[Language], Any]
    rows: pd.DataFrame


@dataclass(frozen=True, eq=False)
class PageFigure:
    """Plotly JSON by language, and the rows behind it."""

    json: Mapping[Language, str]
    rows: pd.DataFrame


def page_figures(tables: RunTables) -> dict[str, PageFigure]:
    """Figure name -> figure; those without anything to show are absent."""
    drawn: Mapping[str, Drawn | None] = {
        "plan": _plan(tables),
        "grid": _grid(tables),
        "map": _map(tables),
        "congestion": _congestion(tables),
        "connections": _connections(tables),
        "lorenz": _lorenz(tables),
        **{curve: _curve(tables, curve) for curve in AXES},
    }
    return {
        name: PageFigure({language: figure_json(found.draw(language)) for language in LANGUAGES}, found.rows)
        for name, found in drawn.items()
        if found
    }


def plan_projects(tables: RunTables, sides: Sequence[str]) -> list[str]:
    """Projects of the plan by date on the first side; with many, those with status and those that move first."""
    dates = in_service(tables, tables.first_scenario)
    ids = list(dict.fromkeys(p for p, _ in dates))
    moved = {p for p in ids if dates.get((p, sides[-1])) != dates.get((p, sides[0]))}
    has = _with_status(tables)
    if len(ids) > MAX_BARS:
        ids = sorted(ids, key=lambda p: (p not in has, p not in moved))[:MAX_BARS]
    return sorted(ids, key=lambda p: (dates.get((p, sides[0]), 1e9), p))


def _with_status(tables: RunTables) -> frozenset[str]:
    return frozenset(tables.projects.loc[tables.projects["status"].astype(bool), "project_id"].astype(str))


def _plan(tables: RunTables) -> Drawn | None:
    if tables.plan.empty:
        return None
    ids = plan_projects(tables, tables.plan_sides)
    scenarios = tables.plan["scenario"].astype(str)
    scenario = tables.first_scenario if scenarios.eq(tables.first_scenario).any() else str(scenarios.iloc[0])
    rows = middle_plan(tables.plan, scenario)
    return Drawn(
        lambda language: plan_bars(
            tables.plan,
            ids,
            {p: tables.name("projects", p) for p in ids},
            scenario=scenario,
            start_year=tables.settings.start_year,
            language=language,
            with_status=_with_status(tables),
            sides=tables.plan_sides,
        ),
        rows[rows["project_id"].isin(ids) & rows["order_name"].isin(tables.plan_sides)],
    )


def _grid(tables: RunTables) -> Drawn | None:
    where = places(tables)
    if tables.plan.empty or tables.is_search or not any(kind == "station" for kind, _ in where):
        return None
    rows = grid_years(tables)
    names = {key: _name(tables, *key) for key in where}
    return Drawn(
        lambda language: grid_map(rows, where, names, sides=tables.plan_sides, language=language),
        changes(rows),
    )


def _name(tables: RunTables, kind: str, key: str) -> str:
    if kind == "line":
        return key
    return tables.name("stations" if kind == "transformers" else f"{kind}s", key)


def _congestion(tables: RunTables) -> Drawn | None:
    rows = longest_overloaded(tables)
    if rows.empty:
        return None
    return Drawn(lambda language: overload_bars(rows, tables.element, sides=tables.plan_sides, language=language), rows)


def _connections(tables: RunTables) -> Drawn | None:
    moved = moved_connections(tables, tables.first_scenario).head(MAX_BARS)
    names = {str(d): tables.name("developments", d) for d in moved["development_id"]}
    if moved.empty:
        return None
    return Drawn(
        lambda language: connection_years(moved, names, end_year=tables.settings.end_year, language=language), moved
    )


def _map(tables: RunTables) -> Drawn | None:
    if not tables.municipalities.get("features") or tables.status_effect.empty:
        return None
    metric = shown_metric(tables)
    rows = scenario_rows(tables.distribution, tables.first_scenario)
    rows = rows[(rows["group_kind"] == "municipality") & (rows["metric"] == metric)]
    effect = dict(zip(rows["group_id"].astype(str), rows["effect"].astype(float), strict=True))
    return Drawn(
        lambda language: region_map(
            tables.municipalities,
            effect,
            tables.stations,
            tables.projects,
            margin=metric_margin(tables, metric) if metric else 1.0,
            unit=word_kind("unit", metric),
            headroom=tables.headroom,
            language=language,
            fictional=bool(tables.manifest.get("study", {}).get("fictional", False)),
        ),
        rows,
    )


def _lorenz(tables: RunTables) -> Drawn | None:
    rows, of = (t[t["scenario"].astype(str) == tables.first_scenario] for t in (tables.lorenz, tables.inequality))
    rows = rows[rows["side"].isin(tables.plan_sides)]
    if rows.empty:
        return None
    gini = {str(side): float(value) for side, value in zip(of["side"], of["gini"], strict=True)}
    return Drawn(lambda language: lorenz_curves(rows, gini, language), rows)


def _curve(tables: RunTables, curve: str) -> Drawn | None:
    rows = first_curve(tables, curve, IN_SERVICE)
    return None if rows.empty else Drawn(lambda language: status_curve(rows, curve, language), rows)
