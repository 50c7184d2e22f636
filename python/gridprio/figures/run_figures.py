"""Figures of a run for notebooks: `run.plot.plan()`, each from the tables of the run alone."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from gridprio.effect import IN_SERVICE
from gridprio.figures.connection_years import connection_years
from gridprio.figures.curves import curve_rows, status_curve
from gridprio.figures.lorenz import lorenz_curves
from gridprio.figures.plan_bars import plan_bars
from gridprio.figures.region_map import region_map
from gridprio.model.metrics import DEFINITIONS
from gridprio.text import Language, word


class RunFigures:
    """Plotly figures in the language of the run; `scenario` is the first of the study where none is given."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._settings = run.manifest["settings"]
        self._language: Language = self._settings["language"]

    def plan(self, scenario: str | None = None) -> go.Figure:
        """When each phase of each planned project goes on, without and with status."""
        projects = self._run.projects
        planned = set(self._run.plan["project_id"])
        shown = [project for project in projects["project_id"] if project in planned]
        return plan_bars(
            self._run.plan, shown, dict(zip(projects["project_id"], projects["name"], strict=True)),
            scenario=self._scenario(scenario), start_year=self._settings["start_year"], language=self._language,
            with_status=frozenset(projects.loc[projects["status"], "project_id"]),
        )  # fmt: skip

    def connections(self, scenario: str | None = None) -> go.Figure:
        """The year asked for and the years without and with status, of developments that status moves."""
        table = self._run.connections[self._run.connections["scenario"] == self._scenario(scenario)]
        moved = table["year_without_status"].ne(table["year_with_status"])
        moved &= table[["year_without_status", "year_with_status"]].notna().any(axis=1)
        names = dict(zip(self._run.developments["development_id"], self._run.developments["name"], strict=True))
        return connection_years(table[moved], names, end_year=self._settings["end_year"], language=self._language)

    def map(self, metric: str = "waiting_mw_years_demand", scenario: str | None = None) -> go.Figure:
        """Municipalities by what status changes of `metric`; projects and stations (by class) that have a place."""
        table = self._run.distribution
        table = table[(table["group_kind"] == "municipality") & (table["metric"] == metric)]
        table = table[table["scenario"] == self._scenario(scenario)]
        return region_map(
            self._run.municipalities or {}, dict(zip(table["group_id"], table["effect"], strict=True)),
            self._run.stations, self._run.projects, margin=self._margin(metric), unit=word("unit", metric),
            headroom=getattr(self._run, "headroom", None), language=self._language,
            fictional=bool(self._run.manifest["study"].get("fictional")),
        )  # fmt: skip

    def dilution(self, scenario: str | None = None) -> go.Figure:
        """Months sooner per project with status, with more or fewer projects that have it."""
        return self._curve("dilution", scenario)

    def bindingness(self, scenario: str | None = None) -> go.Figure:
        """Months sooner per project with status, under a weaker or stricter rule."""
        return self._curve("bindingness", scenario)

    def lorenz(self, scenario: str | None = None) -> go.Figure:
        """How evenly waiting falls on those who ask, without and with status."""
        name = self._scenario(scenario)
        rows, of = (table[table["scenario"] == name] for table in (self._run.lorenz, self._run.inequality))
        return lorenz_curves(rows, dict(zip(of["side"], of["gini"], strict=True)), self._language)

    def _curve(self, curve: str, scenario: str | None) -> go.Figure:
        rows = curve_rows(getattr(self._run, curve), curve, IN_SERVICE, self._scenario(scenario))
        return status_curve(rows, curve, self._language)

    def _scenario(self, scenario: str | None) -> str:
        return str(self._run.scenarios["scenario_id"].iloc[0]) if scenario is None else scenario

    def _margin(self, metric: str) -> float:
        """What counts as negligible, as the settings of the run say it."""
        return float(self._settings[next(entry.margin.setting for entry in DEFINITIONS if entry.name == metric)])
