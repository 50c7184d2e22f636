"""Numbers of a variant as the page shows them."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from gridprio.inputs.study import Study
from gridprio.model.metrics import DEFINITIONS
from gridprio.pipeline.what_if import WhatIf

WAITING = {"demand": "waiting_mw_years_demand", "feed_in": "waiting_mw_years_feed_in"}


def effect_rows(study: Study, answer: WhatIf, start: WhatIf | None, scenario: str) -> list[dict[str, Any]]:
    """Per metric: without and with status, effect with its interval, and the change with status against the study."""
    without, with_status = metric_means(answer, scenario)
    before = None if start is None else metric_means(start, scenario)[1]
    effect = {str(row["metric"]): row for row in answer.status_effect(scenario).to_dict("records")}
    rows = []
    for metric in DEFINITIONS:
        name = metric.name
        rows.append(
            {
                "metric": name,
                "margin": float(getattr(study.settings, metric.margin.setting)),
                "without": without[name],
                "with": with_status[name],
                "mean": effect[name]["mean"],
                "low95": effect[name]["low95"],
                "high95": effect[name]["high95"],
                "against_start": None if before is None else with_status[name] - before[name],
            }
        )
    return rows


def metric_means(answer: WhatIf, scenario: str) -> tuple[dict[str, float], dict[str, float]]:
    """By metric, means over draws: without and with status."""
    table = answer.tables["outcomes"]
    own = table[table["scenario"] == scenario]
    without, with_status = (own[own["order_name"] == side] for side in answer.sides)
    names = [metric.name for metric in DEFINITIONS]
    return {name: float(without[name].mean()) for name in names}, {n: float(with_status[n].mean()) for n in names}


def sign(low: float, high: float, margin: float) -> str:
    """Whether an interval lies wholly beyond the margin: less, more, about the same, or not settled; nothing where
    it is not known."""
    if math.isnan(low):
        return ""
    if high < -margin:
        return "▼"
    if low > margin:
        return "▲"
    return "≈" if -margin <= low and high <= margin else "?"


def in_service(plan: pd.DataFrame, order_name: str) -> dict[str, float]:
    """Project -> month in which it is in service, median over draws; infinite where not within the horizon in half."""
    own = plan[plan["order_name"] == order_name]
    finish = own["finish_month"].astype(float).where(own["finish_month"] >= 0, float("inf"))
    last = finish.groupby([own["project_id"], own["draw"]]).max()
    return {
        str(key): float(value) for key, value in last.groupby(level=0).quantile(0.5, interpolation="higher").items()
    }


def waiting_by_municipality(answer: WhatIf, scenario: str) -> tuple[dict[str, float], str]:
    """Change of waiting by status per municipality, MW-years, of the direction in which it changes most; the metric."""
    table = answer.tables["waiting"]
    own = table[table["scenario"] == scenario]
    change = own["mw_years_with_status"] - own["mw_years_without_status"]
    direction = max(WAITING, key=lambda name: change[own["direction"] == name].abs().sum())
    found = change[own["direction"] == direction].groupby(own["municipality_id"]).sum()
    return {str(key): float(value) for key, value in found.items()}, WAITING[direction]
