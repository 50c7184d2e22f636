"""Table `space`: the land that projects need, how far its plan is, and by which year it has to be reserved."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED, PlanProblem, Plans

COLUMNS = ("municipality_id", "project_id", "land_ha", "planning_status", "reserve_by_year")


def space_table(study: Study, problem: PlanProblem, plans: Plans) -> pd.DataFrame:
    """One row per project that needs land, by municipality and year; `plans` are those with status.

    `reserve_by_year`: year in which its land phase begins, or its works where it has none; mean over draws, NaN where
    it is not planned in more than half of them.
    """
    rows = []
    for row, project in enumerate(study.projects):
        if project.land_ha > 0:
            phases = np.flatnonzero(problem.phase_project == row).tolist()
            by_name = {problem.phase_name[phase]: phase for phase in phases}
            phase = by_name.get("land", by_name.get("build"))
            year = math.nan if phase is None else _year(plans.start_month[:, phase], study.settings.start_year)
            rows.append((project.municipality_id, project.project_id, project.land_ha, project.planning_status, year))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(["municipality_id", "reserve_by_year"], kind="stable").reset_index(drop=True)


def _year(start: np.ndarray, start_year: int) -> float:
    planned = start[start != NOT_PLANNED]
    return math.nan if 2 * len(planned) < len(start) else float(start_year + int(planned.mean()) // 12)
