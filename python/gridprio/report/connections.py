"""Who is connected when, without and with status: the rows of the page's table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gridprio.report.movers import moved_connections
from gridprio.report.run_tables import RunTables, scenario_rows
from gridprio.text import Text, month, percent, same, say, word


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
    served: Text
    """part that is served of what it asks for over the horizon, without and with status"""
    verdict: str
    limit: Text
    lifted_by: str


def connection_lines(tables: RunTables) -> list[ConnectionLine]:
    """Connections of the first scenario: who moves first, then the others."""
    moved = moved_connections(tables, tables.first_scenario)
    change = {
        (str(r["development_id"]), str(r["direction"])): float(r["change_years"]) for r in moved.to_dict("records")
    }
    rows = scenario_rows(tables.connections, tables.first_scenario).to_dict("records")
    developments = tables.developments.set_index(tables.developments["development_id"].astype(str))
    towns = tables.municipality_names
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
                    direction=word("direction", key[1]),
                    requested=_requested(row),
                    without_status=year_text(row["year_without_status"]),
                    with_status=year_text(row["year_with_status"]),
                    change=change_text(by),
                    served=_served(row),
                    verdict="better" if by < 0 else "worse" if by > 0 else "none",
                    limit=tables.element(row["limiting_element"]),
                    lifted_by=", ".join(n for n in tables.names("projects", row["lifted_by_project"]) if n),
                ),
            )
        )
    return [line for _, line in sorted(lines, key=lambda pair: -pair[0])]


def _served(row: Mapping[Any, Any]) -> Text:
    before, after = (percent(float(row[f"served_share_{side}_status"])) for side in ("without", "with"))
    return before + same(" → ") + after


def change_text(years: float) -> Text:
    """12 months earlier; in words where it enters or leaves the horizon."""
    if years == 0:
        return word("verdict", "none")
    if math.isinf(years):
        return say("connection.enters" if years < 0 else "connection.leaves")
    return say("connection.earlier" if years < 0 else "connection.later", n=round(abs(12 * years)))


def _requested(row: Mapping[Any, Any]) -> Text:
    requested, earliest = row["requested_year"], row["earliest_year"]
    if not float(earliest) > float(requested):
        return year_text(requested)
    return say("connection.possible_from", requested=year_text(requested), earliest=year_text(earliest))


def year_text(value: Any) -> Text:
    """2032, or the month where the run tells it: jul 2032."""
    year = float(value)
    if math.isnan(year):
        return say("amount.not_within_horizon")
    whole = math.floor(year)
    return same(whole) if year == whole else month(whole, 12 * (year - whole))
