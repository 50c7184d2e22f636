"""What status can move, what holds each project up and what would flip it, from the plans of a run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect import (
    SUPPORTS,
    Change,
    ChannelMonths,
    Flips,
    PlannedOrder,
    ProjectMonths,
    Relaxations,
    Replan,
    StatusOrders,
    binding_projects_table,
    budget_years,
    mean_months,
    reach_months_table,
    reach_table,
    space_table,
    why_not_table,
)
from gridprio.inputs.moves import has_open_phase
from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED, PlanProblem, Plans, PriorityTimeline
from gridprio.model.walk import PlanMonths
from gridprio.orders import status_timeline
from gridprio.outcome import Evaluator, FixedDatesGame
from gridprio.pipeline.schedules import Schedules
from gridprio.plan import plan_months, schedule_plans
from gridprio.search import earliest_months, steps

SHARED_STEPS = ("crew", "permit_desk", "outage_slot", "delivery")
"""Steps of the shadow prices that may flip a project: one unit more, for all projects."""


def reach_tables(evaluator: Evaluator, schedules: Schedules) -> Mapping[str, pd.DataFrame]:
    """Tables `reach`, `reach_months`, `why_not`, `flips` and `space`, on the delay draws of table `plan`."""
    study, problem, orders = evaluator.study, schedules.problem, schedules.orders
    rows = {"without_status": orders.without, "with_status": orders.with_all["both"]}
    planned = {
        name: PlannedOrder(schedules.prefix + name, orders.timelines[row], schedules.plans[row])
        for name, row in rows.items()
    }
    without, with_status = planned["without_status"], planned["with_status"]
    can_move = has_open_phase(study.project_phases)
    projects = [p for p in study.projects if p.project_id in can_move]
    name, delays, replan = schedules.order_name, _delays(evaluator, schedules), _replan(evaluator)
    relaxations = Relaxations(study, problem, schedules.order, with_status.timeline)
    flips = Flips(study, problem, with_status.timeline, with_status.plans, delays, replan)
    in_plan = mean_months(problem, without.plans)
    return {
        "reach": reach_table(study, problem, name, in_plan, _channel_months(evaluator, schedules)),
        "why_not": why_not_table(study, with_status.plans, relaxations, projects, delays, replan, name),
        "flips": flips.table(projects, _shared_changes(evaluator, with_status.timeline), name),
        "reach_months": reach_months_table(study, problem, list(planned.values())),
        "space": space_table(study, problem, with_status.plans),
    }


def binding_projects(evaluator: Evaluator, orders: StatusOrders) -> pd.DataFrame | None:
    """Per scenario and development the projects that it needs and the one that binds it; None where a seal lacks cells.

    On planned dates with status: every project that comes before the last connection is left out in turn.
    """
    plans, months = planned_with_status(evaluator, orders)
    in_service = months.in_service[0]
    serving = sorted({p for area in evaluator.cells.areas if area.development_rows for p in area.serving})
    players = [p for p in serving if in_service[p] != NOT_PLANNED]
    game = FixedDatesGame(evaluator, months, players)
    every_one = np.ones((1, len(players)), dtype=np.bool_)
    [connected], _ = game.connected_months(every_one)
    candidates = [p for p in players if in_service[p] <= connected.max(initial=NOT_PLANNED)]
    but_one = np.array(candidates, dtype=np.intp)[:, None] != game.players
    without, is_known = game.connected_months(np.concatenate([every_one, but_one]))
    if not is_known:
        return None
    chain = ProjectMonths(evaluator.problem, orders.timelines[orders.with_all["both"]], plans)
    return binding_projects_table(evaluator.study, connected, without[1:], candidates, in_service, chain)


def planned_with_status(evaluator: Evaluator, orders: StatusOrders) -> tuple[Plans, PlanMonths]:
    """The plan in which all have their status, without delays."""
    problem = evaluator.problem
    no_delay = np.zeros((1, problem.arrays.n_phase), dtype=np.int32)
    [plans] = _replan(evaluator)(problem, [orders.timelines[orders.with_all["both"]]], no_delay)
    return plans, plan_months(problem, plans.start_month, plans.finish_month)


def _delays(evaluator: Evaluator, schedules: Schedules) -> NDArray[np.int32]:
    """[draw, phase] under which the plans of the run were made."""
    return evaluator.delay_months[: len(schedules.plans[schedules.orders.without].start_month)]


def _replan(evaluator: Evaluator) -> Replan:
    return partial(schedule_plans, kernels=evaluator.kernels, threads=evaluator.threads)


def _shared_changes(evaluator: Evaluator, timeline: PriorityTimeline) -> list[Change]:
    study, problem = evaluator.study, evaluator.problem
    more = [
        Change(step.kind, step.name, step.year, 1.0, "unit", step.lever, step.problem, timeline)
        for step in steps(study, problem)
        if step.kind in SHARED_STEPS
    ]
    return [*more, *budget_years(study, problem, timeline)]


def _channel_months(evaluator: Evaluator, schedules: Schedules) -> ChannelMonths:
    study, problem, orders = evaluator.study, schedules.problem, schedules.orders
    delays, replan = _delays(evaluator, schedules), _replan(evaluator)
    without = mean_months(problem, schedules.plans[orders.without])
    planned = {name: mean_months(problem, schedules.plans[row]) for name, row in orders.with_all.items()}
    earliest = {name: np.minimum(without, planned[name]) for name in SUPPORTS}
    for row, project in enumerate(study.projects):
        if project.status and project.support_permit_months + project.support_land_months > 0:
            own, ids = [project.project_id], problem.project_ids
            alone = [status_timeline(schedules.order, ids, own, study.settings, channel=name) for name in SUPPORTS]
            for name, plans in zip(SUPPORTS, replan(problem, alone, delays), strict=True):
                earliest[name][row] = min(earliest[name][row], mean_months(problem, plans)[row])
    bounds = {
        name: np.minimum(earliest_months(problem, delays, saved).in_service, problem.arrays.n_month).mean(axis=0)
        for name, saved in (("order", None), ("both", _support_months(study, problem)))
    }
    return ChannelMonths(planned, earliest | bounds)


def _support_months(study: Study, problem: PlanProblem) -> NDArray[np.int32]:
    """[phase], all that support of the projects with status may take off."""
    saved = np.zeros(problem.arrays.n_phase, dtype=np.int32)
    for phase, row in enumerate(problem.phase_project.tolist()):
        project = study.projects[row]
        by_phase = {"permit": project.support_permit_months, "land": project.support_land_months}
        saved[phase] = by_phase.get(problem.phase_name[phase], 0) if project.status else 0
    return saved
