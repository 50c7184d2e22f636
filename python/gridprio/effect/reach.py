"""Tables `reach` and `reach_months`: where months go, and how many status can move (docs/theory/reach.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.levers import Levers
from gridprio.effect.months import Cause, CauseKind, ProjectMonths
from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED, PlanProblem, Plans, PriorityTimeline
from gridprio.orders import CHANNELS

SUPPORTS = ("permit", "land", "support")
"""Channels of support: months saved on permits, on land, and on both, the order unchanged."""
MONTHS_COLUMNS = (
    "order_name", "project_id", "cause_kind", "cause", "phase", "lever", "whose_project", "whose_operator", "months",
)  # fmt: skip
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PlannedOrder:
    """The plans of one timeline under the name that the run gives them."""

    order_name: str
    timeline: PriorityTimeline
    plans: Plans


@dataclass(frozen=True, eq=False)
class ChannelMonths:
    """Months in service [project] by channel, means over draws, the end of the horizon where never."""

    planned: Mapping[str, Floats]
    """with the status of all that have it"""
    earliest: Mapping[str, Floats]
    """`order` and `both`: no order has it sooner; of `SUPPORTS`: the earliest that is planned"""


def reach_months_table(study: Study, problem: PlanProblem, planned: Sequence[PlannedOrder]) -> pd.DataFrame:
    """One row per plan, project and cause; months are means over draws and add up to the month in service."""
    levers, rows = Levers(study), []
    for one in planned:
        for project, found in enumerate(_mean_causes(problem, one)):
            rows += [(one.order_name, *cells) for cells in _rows(study, problem, levers, project, found)]
    return pd.DataFrame(rows, columns=list(MONTHS_COLUMNS))


def _mean_causes(problem: PlanProblem, planned: PlannedOrder) -> list[dict[Cause, float]]:
    """[project]"""
    months = ProjectMonths(problem, planned.timeline, planned.plans)
    draws = len(planned.plans.start_month)
    found: list[Counter[Cause]] = [Counter() for _ in problem.project_ids]
    for draw in range(draws):
        for project, causes in enumerate(found):
            causes.update(months.causes(draw, project))
    return [{cause: count / draws for cause, count in causes.items()} for causes in found]


def _rows(
    study: Study, problem: PlanProblem, levers: Levers, project: int, found: Mapping[Cause, float]
) -> Iterator[tuple[Any, ...]]:
    project_id, kinds = problem.project_ids[project], list(CauseKind)
    for cause in sorted(found, key=lambda c: (kinds.index(c.kind), -found[c], c.code, c.phase, c.project)):
        whose = "" if cause.project == NOT_PLANNED else problem.project_ids[cause.project]
        operator = "" if cause.project == NOT_PLANNED else study.projects[cause.project].operator_id
        is_own = cause.kind is not CauseKind.HORIZON  # no one has a lever on the end of the horizon
        lever = levers.of_cause(project_id, cause.phase, cause.code) if is_own else ""
        yield project_id, cause.kind.value, cause.code, cause.phase, lever, whose, operator, found[cause]


def reach_table(study: Study, problem: PlanProblem, order_name: str, plan: Floats, by: ChannelMonths) -> pd.DataFrame:
    """One row per project with phases; `plan` [project]: months in service without status.

    `movable_months_*`: how much sooner than in the plan without status; status cannot move it more.
    """
    rows = np.flatnonzero(np.diff(problem.arrays.phase_start) > 0)
    columns = {
        "order_name": order_name,
        "project_id": [problem.project_ids[row] for row in rows],
        "status": [study.projects[row].status for row in rows],
        "plan_month": plan[rows],
        **{f"month_with_{name}": by.planned[name][rows] for name in CHANNELS},
        **{f"earliest_by_{name}": by.earliest[name][rows] for name in CHANNELS},
        **{f"movable_months_{name}": (plan - by.earliest[name])[rows] for name in CHANNELS},
    }
    return pd.DataFrame(columns)


def mean_months(problem: PlanProblem, plans: Plans) -> Floats:
    """[project], mean month in service over draws; a draw without counts as the end of the horizon."""
    in_service = plans.in_service_month
    months: Floats = np.where(in_service == NOT_PLANNED, problem.arrays.n_month, in_service).mean(axis=0)
    return months
