"""What the grid is in each year under the plan: lines, projects and stations by state, from the tables of a run.

Lines in service and the transformers of stations show how they are loaded by existing connections and their growth,
stations who waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gridprio.figures import middle_plan
from gridprio.figures.grid_map import Places
from gridprio.report.movers import development_mw
from gridprio.report.run_tables import RunTables, scenario_rows

COLUMNS = ("side", "year", "kind", "id", "state", "waiting_mw", "loading_percent")
LOADED_PERCENT = 70.0
"""From this loading of the intact grid on a line is shown as loaded."""
STATES = ("below_70", "from_70", "over_after_outage", "over_intact")
"""Of what is in service, the worst last."""
Loading = tuple[float, float, str]
"""Highest of the intact grid, highest above its limit in any required case (NaN: none), and the outage of that one."""


def grid_years(tables: RunTables) -> pd.DataFrame:
    """State at the end of each year, per order shown, in the first scenario; empty without a plan or years.

    Projects follow the median plan over draws. A station waits with what is requested by then and not yet connected.
    """
    years = range(tables.settings.start_year, tables.settings.end_year + 1)
    begin, finish = _months(tables)
    rows: list[tuple[str, int, str, str, str, float, float]] = []
    loadings = _loadings(tables)
    for side in tables.plan_sides:
        for year in years:
            month = 12 * (year + 1 - tables.settings.start_year)
            done = {p for (order, p), m in finish.items() if order == side and m <= month}
            begun = {p for (order, p), m in begin.items() if order == side and m < month}
            loaded = {branch: loading for (of, at, branch), loading in loadings.items() if (of, at) == (side, year)}
            rows += [(side, year, "line", *line) for line in _lines(tables, done, loaded)]
            states = ((p, "in_service" if p in done else "in_progress" if p in begun else "not_begun")
                      for p in tables.projects["project_id"].astype(str))  # fmt: skip
            rows += [(side, year, "project", project, state, 0.0, np.nan) for project, state in states]
            worst = _worst_transformers(tables, loaded)
            rows += [(side, year, "transformers", at, state, 0.0, percent) for at, (state, percent) in worst.items()]
            rows += [(side, year, "station", *station, worst.get(station[0], ("", np.nan))[1])
                     for station in _stations(tables, side, year)]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def changes(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `grid_years` that differ from the year before; the first year whole. No row says: as before."""
    shown = ["state", "waiting_mw", "loading_percent"]
    before = rows.groupby(["side", "kind", "id"], sort=False)[shown].shift()
    same = (rows[shown] == before) | (rows[shown].isna() & before.isna())
    return rows[~same.all(axis=1)].reset_index(drop=True)


def _months(tables: RunTables) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
    """Month in which each project begins, and in which it is in service; infinite where a phase is not planned."""
    middle = middle_plan(tables.plan, tables.first_scenario)
    keys = [middle["order_name"].astype(str), middle["project_id"].astype(str)]
    phases = tables.plan.groupby([tables.plan["order_name"].astype(str), tables.plan["project_id"].astype(str)])[
        "phase"
    ]
    whole = middle.groupby(keys).size() == phases.nunique().reindex(middle.groupby(keys).size().index)
    finish = (middle.groupby(keys)["finish_month"].max() + 1).where(whole, np.inf)
    return middle.groupby(keys)["start_month"].min().to_dict(), finish.to_dict()  # type: ignore[return-value]


def _loadings(tables: RunTables) -> dict[tuple[str, int, str], Loading]:
    """By order, year and branch, in the first scenario."""
    rows = scenario_rows(tables.branch_loading, tables.first_scenario)
    keys = zip(rows["order_name"].astype(str), rows["year"].astype(int), rows["branch"].astype(str), strict=True)
    percent = (rows[column].astype(float) for column in ("loading_percent", "overload_percent"))
    values = zip(*percent, rows["overload_outage"].astype(str), strict=True)
    return dict(zip(keys, values, strict=True))


def _lines(tables: RunTables, done: set[str], loaded: Mapping[str, Loading]) -> Iterator[tuple[str, str, float, float]]:
    """Lines that are in service, will be, or are removed by a project; MW that wait are none."""
    for row in tables.grid_lines.to_dict("records"):
        added, removed = (set(str(row[column]).split()) for column in ("added_by", "removed_by"))
        in_service = bool(row["in_service"]) or bool(added & done)
        state, percent = "removed" if removed & done else "in_service" if in_service else "not_yet", np.nan
        if state == "in_service" and str(row["branch"]) in loaded:
            state, percent = _line_state(*loaded[str(row["branch"])])
        yield str(row["branch"]), state, 0.0, percent


def _line_state(intact: float, over: float, outage: str) -> tuple[str, float]:
    """How a line or transformer is loaded, and the highest loading that says so."""
    if np.isnan(over):
        return "from_70" if intact >= LOADED_PERCENT else "below_70", intact
    return "over_after_outage" if outage else "over_intact", over


def _worst_transformers(tables: RunTables, loaded: Mapping[str, Loading]) -> dict[str, tuple[str, float]]:
    """State and loading of the worst transformer in service by station, of those of which a loading is known."""
    worst: dict[str, tuple[str, float]] = {}
    for branch, stations in tables.transformer_stations.items():
        if branch in loaded:
            found = _line_state(*loaded[branch])
            for station in stations:
                worst[station] = max(worst.get(station, found), found, key=_rank)
    return dict(sorted(worst.items()))


def _rank(found: tuple[str, float]) -> tuple[int, float]:
    """The worst state last, and of one state the highest loading."""
    return STATES.index(found[0]), found[1]


def _stations(tables: RunTables, side: str, year: int) -> Iterator[tuple[str, str, float]]:
    """Stations with what waits there, MW."""
    rows = scenario_rows(tables.connections, tables.first_scenario)
    at = dict(zip(tables.developments["development_id"].astype(str), tables.developments["station_id"].astype(str),
                  strict=True)) if "station_id" in tables.developments else {}  # fmt: skip
    requested: dict[str, float] = {}
    waiting: dict[str, float] = {}
    for row in rows[rows["requested_year"] <= year].to_dict("records"):
        development = str(row["development_id"])
        station, mw = at.get(development, ""), development_mw(tables, development)
        connected = float(row[f"year_{side}"]) < year + 1
        requested[station] = requested.get(station, 0.0) + mw
        waiting[station] = waiting.get(station, 0.0) + (0.0 if connected else mw)
    for station in tables.stations["station_id"].astype(str):
        mw = waiting.get(station, 0.0)
        state = "nobody_waits" if mw == 0 else "all_wait" if mw == requested[station] else "some_wait"
        yield station, state, mw


def places(tables: RunTables) -> Places:
    """Where the stations, projects (else at their station) and lines lie, of those of which it is known."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for kind, table in (("station", tables.stations), ("project", tables.projects)):
        for row in table.to_dict("records"):
            point = _point(row.get("longitude"), row.get("latitude"))
            at = found.get(("station", str(row.get("station_id"))), [])
            if point or at:
                found[kind, str(row[f"{kind}_id"])] = [point] if point else at
    found |= {("transformers", station): at for (kind, station), at in found.items() if kind == "station"}
    for row in tables.grid_lines.to_dict("records"):
        ends = [_point(row[f"{end}_longitude"], row[f"{end}_latitude"]) for end in ("from", "to")]
        if all(ends):
            found["line", str(row["branch"])] = [end for end in ends if end]
    return found


def _point(longitude: Any, latitude: Any) -> tuple[float, float] | None:
    known = pd.notna(longitude) and pd.notna(latitude)
    return (float(longitude), float(latitude)) if known else None
