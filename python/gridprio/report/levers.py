"""What one step on each lever brings, per whose lever it is (table `shadow_prices`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gridprio.report.run_tables import RunTables
from gridprio.text import Text, number, same, say, word

ORDER = "operator"
MOST_STEPS = 6
"""Steps shown of each lever; the table has all."""
STEP_PARAMS = {
    "crew": ("name",),
    "permit_desk": ("name",),
    "budget": ("name", "year"),
    "delivery": ("name",),
    "outage_slot": ("name",),
    "permit_time": ("amount",),
    "land_time": ("amount",),
    "outage_month": (),
}
"""Columns that the sentence of each kind of step tells."""


@dataclass(frozen=True)
class LeverStep:
    """One more of something, and the change of the points under the operator's order."""

    step: Text
    change: Text
    note: Text


@dataclass(frozen=True)
class LeverTable:
    """The steps of one holder, the one that brings most first."""

    lever: Text
    steps: tuple[LeverStep, ...]


def lever_tables(prices: pd.DataFrame) -> tuple[LeverTable, ...]:
    """By province, municipality, operator and State, as the table has them; empty where a run has no prices."""
    own = prices[(prices["order_name"] == ORDER) & (prices["metric"] == "points")]
    return tuple(
        LeverTable(
            word("lever", lever),
            tuple(
                _step(row)
                for row in own[own["lever"] == lever]
                .sort_values("change", kind="stable")
                .head(MOST_STEPS)
                .to_dict("records")
            ),
        )
        for lever in own["lever"].drop_duplicates()
    )


def best_step(tables: RunTables, lever: str) -> Text:
    """The step of one holder that brings most under the operator's order; that none helps; empty without prices."""
    prices = tables.shadow_prices
    own = prices[(prices["order_name"] == ORDER) & (prices["metric"] == "points") & (prices["lever"] == lever)]
    if own.empty:
        return same("")
    row = own.sort_values("change", kind="stable").to_dict("records")[0]
    if not float(row["change"]) < 0:
        return say("first.no_step", who=word("lever", lever))
    return say(
        "first.best_step",
        who=word("lever", lever),
        step=_step_text(row),
        points=-float(row["change"]),
        estimate=say("first.without_interval") if tables.draws > 1 else same(""),
    )


def _step(row: Mapping[object, object]) -> LeverStep:
    return LeverStep(
        step=_step_text(row),
        change=number(float(str(row["change"])), 1, signed=True),
        note=say("step.anomaly") if row["anomaly"] else same(""),
    )


def _step_text(row: Mapping[object, object]) -> Text:
    kind = str(row["kind"])
    return say(f"step.{kind}", **{name: row[name] for name in STEP_PARAMS[kind]})
