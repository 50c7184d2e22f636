"""An invented study for seals: seven transformers that one crew may build late, so that orders reach many states."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

import gridprio
from gridprio.inputs import with_settings
from gridprio.inputs.study import Study

CROWDED = Path(__file__).parent / "cases" / "crowded"
MORE = ("D", "E", "F", "G")
DURATIONS = [3, 11, 6, 14, 8, 5, 9]
HOLDERS = {"F", "G"}
DRAWS = 2


def delayed_study(folder: Path, mean_months: float, sd_months: float) -> Study:
    """Written to the new `folder`; the last two projects have status.

    `mean_months` and `sd_months` of the delay of every project.
    """
    shutil.copytree(CROWDED, folder)
    tables = {name: pd.read_csv(folder / f"{name}.csv") for name in ("projects", "project_changes", "project_phases")}
    for rank, name in enumerate(MORE, start=4):
        for table, rows in tables.items():
            own = rows[rows.project_id == "A"].assign(project_id=name)
            own = own.assign(name=name, operator_rank=rank) if table == "projects" else own
            tables[table] = pd.concat([tables[table], own], ignore_index=True)
    tables["project_phases"] = tables["project_phases"].assign(
        duration_months=DURATIONS, delay_mean_months=mean_months, delay_sd_months=sd_months
    )
    projects = tables["projects"]
    tables["projects"] = projects.assign(listed=True, status=projects.project_id.isin(HOLDERS))
    for name, rows in tables.items():
        rows.to_csv(folder / f"{name}.csv", index=False)
    settings = {"draws": DRAWS, "max_draws": 24, "placebo_lists": 3, "search_orders": 0, "rule": "head_start"}
    return with_settings(gridprio.read_study(folder), **settings)
