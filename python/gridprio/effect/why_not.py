"""Table `why_not`: what holds each project with status up, found by relaxing each constraint in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.reach import mean_months
from gridprio.effect.relaxations import Relaxation, Relaxations
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
    `binding`: the one that moves it most. Where none does by itself, a row of those that do together comes first; none
    binds where nothing but its own study and works holds the project up.
    """
    operator = {project.project_id: project.operator_id for project in study.projects}
    rows: list[tuple[Any, ...]] = []
    for project in holders:
        at = plans.project_ids.index(project.project_id)

        def sooner(relaxed: Relaxation, at: int = at) -> float:
            delays = delay_months.copy()
            delays[:, list(relaxed.without_delay)] = 0
            [again] = replan(relaxed.problem, [relaxed.timeline], delays)
            return float(mean_months(relaxed.problem, plans)[at] - mean_months(relaxed.problem, again)[at])

        moved = [(sooner(relaxed), relaxed) for relaxed in relaxations.of(project)]
        if len(moved) > 1 and max(months for months, _ in moved) <= 0:
            moved += _together(relaxations, project, [relaxed.constraint for _, relaxed in moved], sooner)
        moved.sort(key=lambda found: -found[0])
        rows += [
            (
                order_name, project.project_id, relaxed.constraint, relaxed.lever, relaxed.whose_project,
                " ".join(operator[other] for other in relaxed.whose_project.split()), months, place == 0 and months > 0,
            )
            for place, (months, relaxed) in enumerate(moved)
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _together(
    relaxations: Relaxations, project: Project, constraints: Sequence[str], sooner: Callable[[Relaxation], float]
) -> list[tuple[float, Relaxation]]:
    """Constraints that move the project together while all but one of them do not; none where even all do not.

    Deletion filter: each in turn is put back, and stays so where the others still move the project (Chinneck and
    Dravnieks 1991, Locating minimal infeasible constraint sets in linear programs, ORSA Journal on Computing 3(2)).
    """
    held = relaxations.together(project, constraints)
    months = sooner(held)
    if months <= 0:
        return []
    left = list(constraints)
    for code in constraints:
        fewer = [other for other in left if other != code]
        without = relaxations.together(project, fewer)
        if (by_fewer := sooner(without)) > 0:
            left, held, months = fewer, without, by_fewer
    return [(months, held)]
