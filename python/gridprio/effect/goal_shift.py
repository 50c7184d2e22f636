"""Table `goal_shift`: waiting saved for what the statuses are for, and waiting added elsewhere (docs/theory/who.md)."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from gridprio.effect.comparison import Pair
from gridprio.effect.groups import Changes
from gridprio.inputs.study import Study
from gridprio.outcome import waiting_value

COLUMNS = (
    "order_name", "scenario", "metric", "goals", "saved", "saved_low95", "saved_high95", "added", "added_low95",
    "added_high95", "saved_per_added",
)  # fmt: skip


def goal_shift_table(study: Study, pair: Pair, needed: pd.DataFrame, order_name: str) -> pd.DataFrame:
    """One row per scenario and metric of waiting.

    `needed`: scenario, development_id and needed_projects, ids separated by blanks. The goals of the statuses are the
    developments that need a project with status. `saved_per_added` is NaN where no waiting is added elsewhere.
    """
    holders = {project.project_id for project in study.projects if project.status}
    texts = zip(needed["scenario"], needed["development_id"], needed["needed_projects"], strict=True)
    goals = {(scenario, name) for scenario, name, projects in texts if holders & set(projects.split())}
    interval = Changes(pair, study.settings.confidence)
    waiting = pair.outcomes.waiting_mw_years[pair.row]
    rows = []
    for at, scenario in enumerate(pair.outcomes.scenarios):
        is_goal = np.array([(scenario, d.development_id) in goals for d in study.developments], dtype=bool)
        later = waiting[1, :, at] - waiting[0, :, at]
        for metric, value in waiting_value(study).items():
            asked = pair.asked_mw_years[at] * value
            saved = interval(-(later[:, is_goal] @ value[is_goal]), float(asked[is_goal].sum()))
            added = interval(later[:, ~is_goal] @ value[~is_goal], float(asked[~is_goal].sum()))
            ratio = saved.mean / added.mean if added.mean > 0 else math.nan
            sides = (saved.mean, saved.low, saved.high, added.mean, added.low, added.high)
            rows.append((order_name, scenario, metric, int(is_goal.sum()), *sides, ratio))
    return pd.DataFrame(rows, columns=list(COLUMNS))
