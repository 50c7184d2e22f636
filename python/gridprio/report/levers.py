"""What one step on each lever brings, per whose lever it is (table `shadow_prices`)."""

from __future__ import annotations

from dataclasses import dataclass

from gridprio.figures.language import Text, number, same
from gridprio.figures.order_words import ANOMALY, lever_words, price_rows, step_words
from gridprio.report.run_tables import RunTables

ORDER = "operator"
MOST_STEPS = 6
"""Steps shown of each lever; the table has all."""


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


def lever_tables(tables: RunTables) -> tuple[LeverTable, ...]:
    """By province, municipality, operator and State, as the table has them; empty where a run has no prices."""
    found: dict[str, list[LeverStep]] = {}
    for row in price_rows(tables.shadow_prices, ORDER, MOST_STEPS):
        change = float(str(row["change"]))
        found.setdefault(str(row["lever"]), []).append(
            LeverStep(
                step=step_words(row),
                change=number(change, 1, signed=True),
                note=ANOMALY if row["anomaly"] else same(""),
            )
        )
    return tuple(LeverTable(lever_words(lever), tuple(steps)) for lever, steps in found.items())
