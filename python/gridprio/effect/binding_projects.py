"""Whose project binds a development: those without which it is not connected in time (docs/theory/reach.md)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.months import CauseKind, ProjectMonths
from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED

COLUMNS = ("scenario", "development_id", "needed_projects", "binding_project", "binding_operator")
Months = NDArray[np.int32]


def binding_projects_table(
    study: Study,
    connected: Months,
    connected_without: Months,
    candidates: Sequence[int],
    in_service: Months,
    months: ProjectMonths,
) -> pd.DataFrame:
    """One row per scenario and development, of one plan without delays.

    `connected` [scenario, development]; `connected_without` [candidate, scenario, development]: the same without one
    project and what requires it; `in_service` [project]. The needed project that comes last binds, or the one that it
    waits for, and so on upstream.
    """
    rows = []
    for at, scenario in enumerate(study.scenario_ids):
        for place, development in enumerate(study.developments):
            month = connected[at, place]
            later = connected_without[:, at, place]
            is_needed = (month != NOT_PLANNED) & ((later == NOT_PLANNED) | (later > month))
            needed = [project for project, needs in zip(candidates, is_needed, strict=True) if needs]
            binds = _upstream(max(needed, key=lambda p: (in_service[p], p)), months) if needed else NOT_PLANNED
            names = sorted(needed, key=lambda p: (in_service[p], p))
            rows.append(
                (
                    scenario,
                    development.development_id,
                    " ".join(study.projects[p].project_id for p in names),
                    study.projects[binds].project_id if needed else "",
                    study.projects[binds].operator_id if needed else "",
                )
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _upstream(project: int, months: ProjectMonths) -> int:
    """The project at the end of the chain of those that wait for each other."""
    while True:
        waits = {c.project: n for c, n in months.causes(0, project).items() if c.kind is CauseKind.PROJECT}
        waits.pop(NOT_PLANNED, None)
        if not waits:
            return project
        project = max(waits, key=lambda other: (waits[other], -other))
