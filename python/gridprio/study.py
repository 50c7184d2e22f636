"""The pipeline: one study from its rows to a run folder (docs/architecture.md)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.better import better_order, compared_words, search_tables
from gridprio.effect import (
    Comparison,
    Reason,
    Reasons,
    StatusOrders,
    connections_table,
    distribution_table,
    not_assessable_reason,
    not_established_table,
    status_effect_table,
    status_orders,
)
from gridprio.field import FieldCells, StudyCells
from gridprio.inputs.study import Study
from gridprio.kernels.protocol import Kernels
from gridprio.kernels.select import get_kernels
from gridprio.model.plan import NOT_PLANNED, PlanProblem, Plans, PriorityTimeline
from gridprio.named_orders import named_orders
from gridprio.orders import Order, need_year_order, operator_order
from gridprio.outcome import CellSource, Evaluator, Outcomes
from gridprio.plan import build_problem, draw_delays
from gridprio.planned import metrics_of, outcomes_table, plan_table
from gridprio.sealed import SealedCells, is_sealed
from gridprio.search import BEST_FOUND
from gridprio.store import Progress, Run, RunWriter, read_run
from gridprio.text import Message, message

Rows = NDArray[np.intp]

WHAT_IF = "need_year_"
"""Before the names of orders and channels: the order was made from need years, a what-if, because the effect of status
cannot be told from the operator's."""


@dataclass(frozen=True, eq=False)
class Schedules:
    """What is built when, under every order that is compared."""

    order: Order
    established: bool
    """whether the effect of status can be told from the operator's order; else `order` is reconstructed"""
    orders: StatusOrders
    problem: PlanProblem
    plans: tuple[Plans, ...]
    """per timeline of `orders`; the operator's own order follows where it is another, then the named orders"""
    named: Mapping[str, int]
    """name of an order -> row of `plans`"""
    drawn: bool
    unranked: tuple[str, ...]
    """concrete projects that the operator's order leaves out"""
    unknown_because: str
    """`order_basis` or `unranked`; empty when the effect is established"""

    @property
    def order_name(self) -> str:
        """The order that is compared, as the run folder names it."""
        return "operator" if self.established else "need_year"


def run_study(
    study: Study,
    out: str | Path | None = None,
    backend: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    cells: str | Path | None = None,
) -> Run:
    """Plan, simulate and compare; the tables of docs/run-folder.md in `out`, or in a temporary folder.

    `threads`: None is all there are; results do not depend on it. `progress(stage, part)`: part from 0 to 1.
    `cells`: folder in which cells are kept for later runs; results do not depend on it.
    Raises InputError for a study that cannot be run; an interrupted run leaves a folder that says so.
    """
    kernels = get_kernels(backend)
    threads = threads or os.cpu_count() or 1
    folder = Path(out) if out is not None else Path(tempfile.mkdtemp(prefix="gridprio-")) / "run"
    with RunWriter(folder, study, backend=kernels.name, threads=threads, progress=progress) as writer:
        with writer.stage("grid"):
            ground = open_cells(study, kernels, threads, cells)
        with evaluator_of(study, ground.source, build_problem(study), kernels, threads) as evaluator:
            with writer.stage("plan"):
                schedules = make_schedules(study, evaluator)
            writer.comparison(
                established=schedules.established, reason=schedules.unknown_because, order=schedules.order_name
            )
            with writer.stage("cells") as advance:
                outcomes, row = evaluator.outcomes(schedules.plans, advance)
                planned_cells = ground.table()  # those that a search asks for besides are many
            with writer.stage("search") as advance:
                # A sealed study has the cells of its own orders alone.
                better = None if is_sealed(study) else better_order(study, ruled_order(schedules), evaluator, advance)
        writer.cells(ground.origin())
        with writer.stage("effect"):
            tables = _effect_tables(study, ground, schedules, outcomes, row)
        with writer.stage("write"):
            named = _named_orders(schedules)
            plans = {name: schedules.plans[timeline] for name, timeline in named.items()}
            metrics = {name: metrics_of(outcomes, row[timeline]) for name, timeline in named.items()}
            if better is not None:
                plans[BEST_FOUND], metrics[BEST_FOUND] = better.plans, better.metrics
                tables |= {**search_tables(better.compared), "shadow_prices": better.prices}
            writer.write("plan", plan_table(schedules.problem, plans, outcomes.scenarios))
            writer.write("cells", planned_cells)
            writer.write("outcomes", outcomes_table(metrics, outcomes.scenarios))
            for name, table in tables.items():
                writer.write(name, table)
            searched = [] if better is None else compared_words(better.compared)
            for sentence in [*_messages(study, schedules), *ground.messages(), *searched]:
                writer.message(sentence)
    return read_run(folder)


def make_evaluator(
    study: Study, backend: str = "auto", threads: int | None = None, cells: str | Path | None = None
) -> Evaluator:
    """What search and the board ask: many orders to outcomes, every cell simulated once.

    `cells`: folder in which cells are kept; use the evaluator as a context manager then. Raises InputError for a study
    that cannot be run.
    """
    kernels, threads = get_kernels(backend), threads or os.cpu_count() or 1
    ground = open_cells(study, kernels, threads, cells)
    return evaluator_of(study, ground.source, build_problem(study), kernels, threads)


def open_cells(study: Study, kernels: Kernels, threads: int, folder: str | Path | None) -> StudyCells:
    """The cells of a study: from its grid, or from what was sealed instead of it."""
    if is_sealed(study):
        return SealedCells(study)
    return FieldCells(study, kernels, threads, None if folder is None else Path(folder))


def evaluator_of(study: Study, source: CellSource, problem: PlanProblem, kernels: Kernels, threads: int) -> Evaluator:
    """With the study's own delay draws."""
    drawn = bool((problem.delay_sd_months > 0).any())
    delays = draw_delays(problem, study.settings.draws if drawn else 1, study.settings.seed)
    return Evaluator(study, source, problem, delays, kernels, threads)


def make_schedules(study: Study, evaluator: Evaluator) -> Schedules:
    """All plans that the comparison needs and those of the named orders, all under the same delay draws."""
    settings = study.settings
    order = operator_order(study.projects, settings.order_basis, study.project_phases)
    established = order.shows_status_effect
    compared = order if established else need_year_order(study.projects, study.project_phases)
    problem = evaluator.problem
    holders = [p.project_id for p in study.projects if p.status]
    orders = status_orders(compared, problem.project_ids, holders, settings, "" if established else WHAT_IF)
    timelines = list(orders.timelines)
    if not established:
        timelines += status_orders(order, problem.project_ids, (), settings, "operator_").timelines
    beside = named_orders(study, evaluator)
    named = {timeline.name: row for row, timeline in enumerate(beside, len(timelines))}
    timelines += beside
    return Schedules(
        order=compared,
        established=established,
        orders=orders,
        problem=problem,
        plans=evaluator.plans(timelines),
        named=named,
        drawn=bool((problem.delay_sd_months > 0).any()),
        unranked=order.unranked,
        unknown_because="" if established else "unranked" if order.basis == "before_status" else "order_basis",
    )


def _effect_tables(
    study: Study,
    ground: StudyCells,
    schedules: Schedules,
    outcomes: Outcomes,
    row: Rows,
) -> dict[str, pd.DataFrame]:
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
        if (p.status or p.listed) and p.project_id not in ground.changing_projects
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
        "" if schedules.established else WHAT_IF,
    )
    if not schedules.established:
        why = Reason(schedules.unknown_because)
        unknown = not_established_table(outcomes.scenarios, study.settings, projects, why, weights is not None)
        effects = pd.concat([unknown, effects], ignore_index=True)
    return {
        "status_effect": effects,
        "connections": connections_table(
            study, comparison, ground.limit_name, _projects_near(ground.source), n_month, schedules.order_name
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


def _named_orders(schedules: Schedules) -> dict[str, int]:
    """Order names of the run folder -> timeline; plans that are the same stand under each of their names."""
    orders, prefix = schedules.orders, "" if schedules.established else WHAT_IF
    named = {
        f"{prefix}without_status": orders.without,
        f"{prefix}with_order": orders.with_all["order"],
        f"{prefix}with_support": orders.with_all["support"],
        f"{prefix}with_status": orders.with_all["both"],
    }
    return (named if schedules.established else {"operator": len(orders.timelines), **named}) | dict(schedules.named)


def ruled_order(schedules: Schedules) -> list[PriorityTimeline]:
    """The order that status makes of the one compared, without support."""
    name = ("" if schedules.established else WHAT_IF) + "with_order"
    return [replace(schedules.orders.timelines[schedules.orders.with_all["order"]], name=name)]


def _messages(study: Study, schedules: Schedules) -> list[Message]:
    """What a reader of the results should know."""
    said = list(schedules.problem.notes)
    if schedules.unranked:
        said.append(message("plan.unranked", projects=schedules.unranked))
    names = _named_orders(schedules)
    plans = schedules.plans[next(at for name, at in names.items() if name.endswith("with_status"))]
    never = (plans.in_service_month == NOT_PLANNED).mean(axis=0)
    with_phases = np.diff(schedules.problem.arrays.phase_start) > 0
    late = [p.name for p, share, any_ in zip(study.projects, never, with_phases, strict=True) if share > 0.5 and any_]
    if late:
        said.append(message("plan.late", projects=late))
    return said
