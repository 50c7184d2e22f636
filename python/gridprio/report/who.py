"""Goal shift, inequality, and whose status helps or hurts whom, in the words of the page (docs/theory/who.md)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gridprio.report.groups import metric_margin
from gridprio.report.run_tables import RunTables, scenario_rows
from gridprio.text import Text, decimals_for, interval, number, percent, same, say, word, word_kind

METRIC = "waiting_mw_years_demand"
"""Shown in the matrix; the table of the run holds the others."""
TOTAL = "total"
SIDES = {"without_status": "page.without_status", "with_status": "page.with_status"}


@dataclass(frozen=True)
class InequalityLine:
    side: Text
    gini: Text
    worst_tenth: Text
    worst_off: str
    worst_waiting: Text


@dataclass(frozen=True)
class Matrix:
    """What the statuses of each row change for those of each column."""

    title: Text
    columns: tuple[str, ...]
    rows: tuple[tuple[Text, tuple[Text, ...]], ...]


def goal_sentences(tables: RunTables) -> list[Text]:
    """In the first scenario, for each metric of waiting that changes by more than its margin for goals or others."""
    found = []
    for row in scenario_rows(tables.goal_shift, tables.first_scenario).to_dict("records"):
        metric, saved, added = str(row["metric"]), float(row["saved"]), float(row["added"])
        margin, ratio = metric_margin(tables, metric), float(row["saved_per_added"])
        if not row["goals"] or max(abs(saved), abs(added)) <= margin:
            continue
        for_goals = _change(-saved, -float(row["saved_high95"]), -float(row["saved_low95"]), margin)
        for_others = _change(added, float(row["added_low95"]), float(row["added_high95"]), margin)
        told = ratio if saved > margin and added > margin else math.nan
        sentence = say(
            "goal.shift",
            n=int(row["goals"]),
            metric=metric,
            saved=for_goals,
            added=for_others,
            unit=word_kind("unit", metric),
            scenario=tables.scenario(tables.first_scenario),
            ratio=same("") if math.isnan(told) else say("goal.ratio", ratio=told),
        )
        found.append(sentence)
    return found


def _change(mean: float, low: float, high: float, margin: float) -> Text:
    return interval(mean, low, high, max((high - low) / 2, margin))


def inequality_lines(tables: RunTables) -> tuple[InequalityLine, ...]:
    """Without and with status, in the first scenario; without alone where nobody has status."""
    return tuple(
        InequalityLine(
            side=say(SIDES[str(row["side"])]),
            gini=number(float(row["gini"]), 2),
            worst_tenth=percent(float(row["worst_tenth_share"])),
            worst_off=tables.name("developments", row["worst_development_id"]),
            worst_waiting=percent(float(row["worst_waiting_share"])),
        )
        for row in scenario_rows(tables.inequality, tables.first_scenario).to_dict("records")
        if row["side"] in tables.plan_sides
    )


def externality_matrices(tables: RunTables) -> tuple[Matrix, ...]:
    """Of each kind with more than one group, in the first scenario."""
    table = scenario_rows(tables.externality, tables.first_scenario)
    table = table[table["metric"] == METRIC]
    decimals = max(0, decimals_for(metric_margin(tables, METRIC)))
    found = []
    for kind, rows in table.groupby("group_kind", sort=False):
        effect = rows.set_index(["by_group", "on_group"])["effect"]
        owners, others = (list(dict.fromkeys(rows[column].astype(str))) for column in ("by_group", "on_group"))
        if max(len(owners) - 1, len(others)) < 2:
            continue
        lines = tuple(
            (
                say("page.whole_list") if owner == TOTAL else same(owner),
                tuple(number(float(effect[owner, other]), decimals, signed=True) for other in others),
            )
            for owner in owners
        )
        parts = {"kind": word("group_kind", kind), "metric": word("metric", METRIC), "unit": word_kind("unit", METRIC)}
        found.append(Matrix(say("page.externality", **parts), tuple(other or "–" for other in others), lines))
    return tuple(found)
