"""Table `why_not`: what holds each project with status up, found by relaxing each constraint in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.reach import mean_months
from gridprio.effect.relaxations import Relaxations
from gridprio.inputs.schema import Project
from gridprio.inputs.study import Study
from gridprio.model.plan import PlanProblem, Plans, PriorityTimeline

COLUMNS = (
    "order_name", "project_id", "constraint", "lever", "whose_project", "whose_operator", "months_sooner", "binding",
)  # fmt: skip
Replan = Callable[[PlanProblem, Sequence[PriorityTimeline], NDArray[np.int32]], Sequence[Plans]]
"""Plans of timelines under delays [draw, phase]."""


def why_not_table(
    study: Study,
    plans: Plans,
    relaxations: Relaxations,
    holders: Iterable[Project],
    delay_months: NDArray[np.int32],
    replan: Replan,
    order_name: str,
) -> pd.DataFrame:
    """One row per project and constraint, what brings it forward most first; `plans` are those with status.

    `months_sooner`: mean over draws, the end of the horizon where not planned; below zero is a scheduling anomaly.
    `binding`: the one that moves it most; none where nothing but its own study and works does.
    """
    operator = {project.project_id: project.operator_id for project in study.projects}
    rows: list[tuple[Any, ...]] = []
    for project in holders:
        at = plans.project_ids.index(project.project_id)
        moved = []
        for relaxed in relaxations.of(project):
            delays = delay_months.copy()
            delays[:, list(relaxed.without_delay)] = 0
            [again] = replan(relaxed.problem, [relaxed.timeline], delays)
            sooner = mean_months(relaxed.problem, plans)[at] - mean_months(relaxed.problem, again)[at]
            moved.append((float(sooner), relaxed))
        moved.sort(key=lambda found: -found[0])
        rows += [
            (
                order_name, project.project_id, relaxed.constraint, relaxed.lever, relaxed.whose_project,
                operator.get(relaxed.whose_project, ""), sooner, place == 0 and sooner > 0,
            )
            for place, (sooner, relaxed) in enumerate(moved)
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))
