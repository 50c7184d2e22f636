"""Table `regret`: how far each order is from the best one in the same scenario (docs/theory/statistics.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.inputs.study import Study
from gridprio.outcome import METRICS
from gridprio.pipeline.effects import scenario_weights
from gridprio.statistics import Verdict, regret
from gridprio.text import Message, message

POINTS = "points"
SETTLED = (Verdict.BETTER, Verdict.WORSE, Verdict.NONE)
Floats = NDArray[np.float64]


def regret_table(study: Study, metrics: Mapping[str, Floats], points: Mapping[str, Floats]) -> pd.DataFrame:
    """One row per metric, order and scenario; `expected_regret` and `cvar_regret` only with the user's weights.

    `metrics`: order name -> [scenario, draw, metric]; `points`: order name -> [scenario], empty where nothing was
    searched. Less is better in all of them. Orders are compared on the draws that all of them have.
    """
    scenarios = study.scenario_ids
    weights = scenario_weights(study, scenarios)
    draws = min(values.shape[1] for values in metrics.values())
    means = {name: values[:, :draws].mean(axis=1) for name, values in metrics.items()}
    rows: list[dict[str, Any]] = []
    for at, metric in enumerate(METRICS):
        rows += _rows(metric, {name: mean[:, at] for name, mean in means.items()}, scenarios, weights)
    if points:
        rows += _rows(POINTS, points, scenarios, weights)
    return pd.DataFrame(rows)


def turning_scenarios(status_effect: pd.DataFrame, channel: str) -> list[Message]:
    """Metrics on which a settled verdict in total is another one in another scenario, and which."""
    rows = status_effect[
        (status_effect["channel"] == channel)
        & (status_effect["project_id"] == "total")
        & (status_effect["scenario"] != "pooled")
        & status_effect["verdict"].isin(SETTLED)
    ]
    found = []
    for metric, own in rows.groupby("metric", sort=False):
        if own["verdict"].nunique() > 1:
            by_verdict = sorted(zip(own["verdict"].astype(str), own["scenario"], strict=True), key=lambda pair: pair[0])
            said = [
                message("regret.in", verdict=message(f"verdict.{verdict}"), scenarios=[name for _, name in pairs])
                for verdict, pairs in ((key, list(group)) for key, group in groupby(by_verdict, key=lambda p: p[0]))
            ]
            found.append(message("regret.turns", metric=str(metric), verdicts=said))
    return found


def _rows(
    metric: str, outcome: Mapping[str, Floats], scenarios: Sequence[str], weights: Sequence[float] | None
) -> list[dict[str, Any]]:
    found = regret(np.stack(list(outcome.values())), weights=weights)
    return [
        {
            "metric": metric,
            "order_name": name,
            "scenario": scenario,
            "outcome": float(outcome[name][at]),
            "regret": float(found.regret[row, at]),
            "worst_regret": float(found.worst[row]),
            "worst_scenario": scenarios[found.worst_scenario[row]],
            "expected_regret": np.nan if found.expected is None else float(found.expected[row]),
            "cvar_regret": np.nan if found.cvar is None else float(found.cvar[row]),
        }
        for row, name in enumerate(outcome)
        for at, scenario in enumerate(scenarios)
    ]
