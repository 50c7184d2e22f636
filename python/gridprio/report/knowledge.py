"""Which driver or assumed input could turn which verdict, the most important first (table `sensitivity`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gridprio.report.groups import metric_margin
from gridprio.report.run_tables import RunTables
from gridprio.report.section import Cells, Section, by_scenario, stored_messages
from gridprio.text import Text, decimals_for, interval, number, same, say, word, word_kind

MOST_CHANGES = 10
SWITCHED = {"on": "knowledge.on", "off": "knowledge.off"}


def knowledge_section(tables: RunTables) -> Section | None:
    """One change after the other by importance; None where nothing was changed."""
    table = tables.sensitivity
    if table.empty:
        return None
    told = table[table["place"] <= MOST_CHANGES].groupby("place", sort=True)
    cells = (
        (str(row["scenario"]), _cells(tables, row)) for _, rows in told for row in _telling(rows).to_dict("records")
    )
    heads = ("knowledge.change", "knowledge.outcome", "knowledge.before", "knowledge.after", "knowledge.turns")
    listing = by_scenario(tables, "knowledge.table", heads, cells)
    sentences = (*stored_messages(tables, "sensitivity.turns", "sensitivity.none"), say("knowledge.note"))
    return Section("knowledge", say("knowledge.title"), sentences, (), (listing,))


def _telling(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose verdict becomes another; the largest change of a mean where there is none."""
    others = rows[rows["verdict"] != rows["verdict_before"]]
    return others if len(others) else rows.nlargest(1, "change_margins")


def _cells(tables: RunTables, row: Mapping[Any, Any]) -> Cells:
    metric = str(row["metric"])
    margin = metric_margin(tables, metric)
    before = number(float(row["mean_before"]), decimals_for(margin), signed=True)
    spread = max((float(row["high95"]) - float(row["low95"])) / 2, margin)
    after = interval(float(row["mean"]), float(row["low95"]), float(row["high95"]), spread)
    return (
        change_name(row),
        say("page.with_unit", label=word("metric", metric), unit=word_kind("unit", metric)),
        say("knowledge.verdict", verdict=word("verdict", row["verdict_before"]), amount=before),
        say("knowledge.verdict", verdict=word("verdict", row["verdict"]), amount=after),
        say("knowledge.yes" if row["turns"] else "knowledge.no"),
    )


def change_name(row: Mapping[Any, Any]) -> Text:
    """`waterstof: aan`, or `projects.P1.cost_meur: 12`."""
    value = str(row["value"])
    shown = say(SWITCHED[value]) if value in SWITCHED else same(value)
    return say("knowledge.name", name=str(row["name"]), value=shown)
