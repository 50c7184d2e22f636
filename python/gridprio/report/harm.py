"""What each project relieves and harms: each left out of the plan with status in turn (docs/theory/ledger.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gridprio.report.groups import metric_margin
from gridprio.report.run_tables import RunTables
from gridprio.text import Text, decimals_for, lower, number, say, significant, word, word_kind

SAVED = {
    "saved_waiting_mw_years": "waiting_mw_years_demand",
    "saved_waiting_dwelling_years": "waiting_dwelling_years",
    "saved_overload_mvah": "overload_mvah",
    "saved_insecure_hours": "insecure_hours",
}
"""Column -> the metric that gives its margin and unit; the first adds up waiting for demand and for feed-in."""
MOST_NAMES = 3
LEAST_POINTS = 0.5
"""Fewer points than this round to none."""


@dataclass(frozen=True)
class HarmLine:
    """One project in the first scenario; points of relief less those of harm are what it saves."""

    name: str
    relief: Text
    harm: Text
    saved: Text
    harms: bool
    """the whole of it is harm: without the project there are fewer points"""
    lowers: tuple[Text, ...]
    """what it lowers beyond the margin of the metric, and by how much"""
    raises: tuple[Text, ...]


def harm_lines(tables: RunTables) -> tuple[HarmLine, ...]:
    """Projects that save least first; empty where a run has no table `last_out`."""
    rows = tables.last_out[tables.last_out["scenario"].astype(str) == tables.first_scenario]
    found = rows.sort_values("saved_points", kind="stable").to_dict("records")
    margins = {metric: metric_margin(tables, metric) for metric in SAVED.values()}
    return tuple(_line(tables, row, margins) for row in found)


def harm_sentences(tables: RunTables) -> list[Text]:
    """The projects with more points than without, in any scenario, worst first; and what they raise."""
    ranked = tables.last_out.sort_values("saved_points", kind="stable").drop_duplicates("project_id")
    worst = ranked[ranked["saved_points"] < -LEAST_POINTS]
    if worst.empty:
        return []
    names: list[Text] = [
        say(
            "harm.name",
            name=tables.name("projects", row["project_id"]),
            points=-row["saved_points"],
            scenario=tables.scenario(row["scenario"]),
        )
        for row in worst.iloc[:MOST_NAMES].to_dict("records")
    ]
    if len(worst) > MOST_NAMES:
        names.append(say("answer.other_projects", n=len(worst) - MOST_NAMES))
    return [say("harm.projects", n=len(worst), names=names)]


def _line(tables: RunTables, row: dict[Any, Any], margins: dict[str, float]) -> HarmLine:
    amounts = {column: float(row[column]) for column in SAVED}
    moved = {column: value for column, value in amounts.items() if abs(value) > margins[SAVED[column]]}
    relief, harm, saved = (float(row[f"{name}_points"]) for name in ("relief", "harm", "saved"))
    return HarmLine(
        name=tables.name("projects", row["project_id"]),
        relief=number(relief, 0),
        harm=number(harm, 0),
        saved=number(saved, 0, signed=True),
        harms=saved < -LEAST_POINTS,
        lowers=tuple(_amount(column, value, margins) for column, value in moved.items() if value > 0),
        raises=tuple(_amount(column, -value, margins) for column, value in moved.items() if value < 0),
    )


def _amount(column: str, value: float, margins: dict[str, float]) -> Text:
    metric = SAVED[column]
    what = say("harm.waiting") if column == "saved_waiting_mw_years" else lower(word("metric", metric))
    shown = number(value, min(max(0, decimals_for(margins[metric])), significant(value)))
    return say("harm.amount", what=what, amount=shown, unit=word_kind("unit", metric))
