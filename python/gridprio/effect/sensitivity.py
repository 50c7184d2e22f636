"""Table `sensitivity`: which driver or assumed input turns which verdict on status (docs/theory/sensitivity.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.judgement import effect_table, judge_effects
from gridprio.effect.reasons import Reason
from gridprio.effect.status_effect import TOTAL, Effect, margins
from gridprio.inputs.settings import Settings
from gridprio.model.metrics import METRICS
from gridprio.statistics import Verdict

SETTLED = (Verdict.BETTER, Verdict.WORSE, Verdict.NONE)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Variant:
    """One thing of the study that is another."""

    kind: str
    """`driver` or `assumption`"""
    name: str
    value: str
    """`on`, `off`, or the number"""


def total_effects(
    settings: Settings, scenarios: Sequence[str], metric: Floats, ranges: Floats, by_chance: bool
) -> pd.DataFrame:
    """Effect of all statuses in total: scenario, metric, mean, low95, high95, margin and verdict, judged together.

    `metric` [without and with, scenario, draw, metric]; `ranges` [scenario, metric]. A scenario in which a seal lacks
    cells has NaN, and is not assessable.
    """
    effects = []
    for name, margin in margins(settings).items():
        at = METRICS.index(name)
        for row, scenario in enumerate(scenarios):
            without, with_status = metric[:, row, :, at]
            known = bool(np.isfinite(metric[:, row, :, at]).all())
            if not known:
                with_status = without = np.empty(0)
            reach = float(ranges[row, at]) if known else math.nan
            chance = by_chance and known
            found = Effect(scenario, "both", TOTAL, name, margin, with_status, without, reach, chance, Reason())
            effects.append(found)
    judged = judge_effects(effects, settings.confidence)
    table = effect_table(effects, judged, settings.confidence)
    return table[["scenario", "metric", "mean", "low95", "high95", "margin", "verdict"]]


def sensitivity_table(base: pd.DataFrame, found: Mapping[Variant, pd.DataFrame]) -> pd.DataFrame:
    """One row per variant, scenario and metric, the variant that matters most first.

    `base` and each of `found` are of `total_effects`. `turns`: a settled verdict becomes another settled one.
    `change_margins`: change of the mean in margins.
    """
    frames = []
    for variant, table in found.items():
        mine = base.merge(table.drop(columns="margin"), on=["scenario", "metric"], suffixes=("_before", ""))
        mine["turns"] = (
            mine["verdict_before"].isin(SETTLED)
            & mine["verdict"].isin(SETTLED)
            & (mine["verdict"] != mine["verdict_before"])
        )
        mine["change_margins"] = (mine["mean"] - mine["mean_before"]).abs() / mine["margin"]
        frames.append((variant, mine))
    frames.sort(key=lambda pair: _matters(pair[1]), reverse=True)
    rows: list[dict[Any, Any]] = []
    for place, (variant, mine) in enumerate(frames, start=1):
        named = {"place": place, "kind": variant.kind, "name": variant.name, "value": variant.value}
        rows += [{**named, **row} for row in mine.to_dict("records")]
    columns = ["place", "kind", "name", "value", "scenario", "metric", "mean_before", "verdict_before", "mean", "low95",
               "high95", "verdict", "turns", "change_margins"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _matters(rows: pd.DataFrame) -> tuple[int, int, float]:
    """Verdicts that turn, verdicts that become others, then the largest change of a mean."""
    others = int((rows["verdict"] != rows["verdict_before"]).sum())
    largest = rows["change_margins"].max()
    return int(rows["turns"].sum()), others, -1.0 if math.isnan(largest) else float(largest)
