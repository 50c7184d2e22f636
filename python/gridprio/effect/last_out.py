"""Table `last_out`: what is lost, scenario by scenario, when one project is left out of the plan with status."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.inputs.study import Study
from gridprio.outcome import METRICS

SAVED = {
    "saved_waiting_mw_years": ("waiting_mw_years_demand", "waiting_mw_years_feed_in"),
    "saved_waiting_dwelling_years": ("waiting_dwelling_years",),
    "saved_overload_mvah": ("overload_mvah",),
    "saved_insecure_hours": ("insecure_hours",),
}
"""Column -> the metrics that it adds up."""
Floats = NDArray[np.float64]


def last_out_table(
    study: Study, projects: Sequence[str], scenarios: Sequence[str], saved: Floats, points: Floats
) -> pd.DataFrame:
    """One row per scenario and project that is planned, what saves most points first.

    `saved` and `points` [project, scenario, metric]: without it less with it, above zero is better. `relief_points` are
    those of the metrics that it lowers and `harm_points` of those that it raises; the difference is saved. `place`
    counts within the scenario, equal points share the better place; `among_first`: it is at most the number of projects
    with status.
    """
    n_status = sum(project.status for project in study.projects)
    frames = []
    for at, scenario in enumerate(scenarios):
        own = points[:, at]
        mine = pd.DataFrame(
            {
                "scenario": scenario,
                "project_id": np.array(projects, object),
                "saved_points": own.sum(axis=1),
                "relief_points": own.clip(min=0).sum(axis=1),
                "harm_points": -own.clip(max=0).sum(axis=1),
            }
        )
        for column, metrics in SAVED.items():
            mine[column] = saved[:, at, [METRICS.index(metric) for metric in metrics]].sum(axis=1)
        mine["place"] = mine["saved_points"].rank(method="min", ascending=False).astype(int)
        mine["among_first"] = mine["place"] <= n_status
        frames.append(mine.sort_values("place", kind="stable"))
    return pd.concat(frames, ignore_index=True)


def over_scenarios(table: pd.DataFrame) -> pd.DataFrame:
    """Per project the least and most points in any scenario, and the share of scenarios in which it is among the
    first."""
    by_project = table.groupby("project_id", sort=False, as_index=False)
    return by_project.agg(
        saved_points_lowest=("saved_points", "min"),
        saved_points_highest=("saved_points", "max"),
        among_first_share=("among_first", "mean"),
    )
