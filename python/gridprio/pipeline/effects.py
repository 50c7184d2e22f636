"""Tables of what status changes, from the outcomes of the compared plans."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import CellSource
from gridprio.effect import (
    Comparison,
    Reason,
    Reasons,
    connections_table,
    distribution_table,
    not_assessable_reason,
    not_established_table,
    status_effect_table,
)
from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED
from gridprio.outcome import Evaluator, Outcomes
from gridprio.pipeline.schedules import Schedules


def effect_tables(
    evaluator: Evaluator, schedules: Schedules, outcomes: Outcomes, row: NDArray[np.intp]
) -> dict[str, pd.DataFrame]:
    """Tables `status_effect`, `connections` and `distribution`; `row` [order, draw] of the distinct plans."""
    study, cells = evaluator.study, evaluator.cells
    problem, orders = schedules.problem, schedules.orders
    n_month = problem.arrays.n_month
    in_service = np.stack([plans.in_service_month for plans in schedules.plans])
    comparison = Comparison(
        orders=orders,
        outcomes=outcomes,
        row=row,
        in_service_month=np.where(in_service == NOT_PLANNED, n_month, in_service).astype(np.float64),
        project_row={project_id: k for k, project_id in enumerate(problem.project_ids)},
        drawn=schedules.drawn,
    )
    holders = [p.project_id for p in study.projects if p.status]
    silent = {
        p.project_id: not_assessable_reason(p)
        for p in study.projects
        if (p.status or p.listed) and p.project_id not in cells.changing_projects
    }
    reasons = Reasons(study, problem)
    projects = [*holders, *(p for p in silent if p not in holders)]
    weights = _weights(study, outcomes.scenarios)
    effects = status_effect_table(
        comparison,
        study.settings,
        projects,
        weights,
        lambda channel, project: reasons.binding(project, schedules.plans[orders.with_all[channel]], channel),
        silent,
        schedules.prefix,
    )
    if not schedules.established:
        why = Reason(schedules.unknown_because)
        unknown = not_established_table(outcomes.scenarios, study.settings, projects, why, weights is not None)
        effects = pd.concat([unknown, effects], ignore_index=True)
    return {
        "status_effect": effects,
        "connections": connections_table(
            study, comparison, cells.limit_name, _projects_near(cells), n_month, schedules.order_name
        ),
        "distribution": distribution_table(study, comparison, schedules.order_name),
    }


def _weights(study: Study, scenarios: tuple[str, ...]) -> list[float] | None:
    """The user's weights of the scenarios that are run; None unless every one has a weight."""
    weight = {s.scenario_id: s.weight for s in study.scenarios}
    given = [w for s in scenarios if (w := weight[s]) is not None]
    return given if len(given) == len(scenarios) and sum(given) > 0 else None


def _projects_near(source: CellSource) -> Callable[[int], Sequence[int]]:
    near = {development: area.serving for area in source.areas for development in area.development_rows}
    return near.__getitem__
