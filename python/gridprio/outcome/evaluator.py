"""From orders to outcomes in one call, for whoever asks about many orders (docs/theory/outcome.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gridprio.congestion import CellBook
from gridprio.demand import StudyDemand
from gridprio.inputs.study import Study
from gridprio.kernels.protocol import Kernels
from gridprio.model.plan import CLAIM_OPEN, PlanProblem, Plans, PriorityTimeline
from gridprio.outcome.evaluate import METRICS, Outcomes, evaluate_plans, scenarios_of
from gridprio.outcome.states import AreaStates, area_states, distinct_plans, walk_cells
from gridprio.plan import schedule_plans

Lists = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Evaluator:
    """A study with its cells remembered: what was simulated for one order is a look-up for the next.

    Results do not depend on `threads`, on how orders are split over calls, or on what was evaluated before.
    """

    study: Study
    demand: StudyDemand
    plan_areas: Sequence[AreaStates]
    book: CellBook
    problem: PlanProblem
    delay_months: NDArray[np.int32]
    """[draw, phase], the study's own delay draws; one row of zeros when it has none"""
    kernels: Kernels
    threads: int = 1

    @property
    def scenarios(self) -> tuple[str, ...]:
        return scenarios_of(self.study)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names along the last axis of `evaluate`; less is better."""
        return METRICS

    @property
    def project_ids(self) -> tuple[str, ...]:
        return self.problem.project_ids

    def with_problem(self, problem: PlanProblem) -> Evaluator:
        """The same cells under other crews, budgets or durations; projects and phases stay."""
        return replace(self, problem=problem)

    def evaluate(
        self, orders: Lists | Sequence[PriorityTimeline], delay_months: NDArray[np.int32] | None = None
    ) -> NDArray[np.float64]:
        """[order, scenario, draw, metric] of priority lists `[order, place]` (rows of `project_ids`, the first in the
        list first) or of timelines (status rules). `delay_months` [draw, phase]; None is one draw without delay."""
        return self.evaluate_plans(self.plan(orders, delay_months))

    def plan(
        self, orders: Lists | Sequence[PriorityTimeline], delay_months: NDArray[np.int32] | None = None
    ) -> list[Plans]:
        """One `Plans` per order, with a row per draw."""
        timelines = self.timelines(orders) if isinstance(orders, np.ndarray) else orders
        return schedule_plans(self.problem, timelines, delay_months, self.kernels, threads=self.threads)

    def timelines(self, orders: Lists) -> list[PriorityTimeline]:
        """Lists without status as timelines of one epoch."""
        nothing = np.zeros((1, len(self.project_ids)), dtype=np.int32)
        lists = np.ascontiguousarray(orders, dtype=np.int32)
        return [
            PriorityTimeline(
                name=f"order_{k}",
                project_ids=self.project_ids,
                epoch_month=np.zeros(1, dtype=np.int32),
                project_order=row[None],
                claim=nothing + CLAIM_OPEN,
                permit_months_saved=nothing,
                land_months_saved=nothing,
            )
            for k, row in enumerate(lists)
        ]

    def evaluate_plans(self, plans: Sequence[Plans]) -> NDArray[np.float64]:
        """[plans, scenario, draw, metric] of plans that are already made."""
        found, row = self.outcomes(plans)
        values = np.stack([found.metric[name] for name in METRICS], axis=-1)
        by_order: NDArray[np.float64] = values[row].transpose(0, 2, 1, 3)
        return by_order

    def outcomes(self, plans: Sequence[Plans]) -> tuple[Outcomes, NDArray[np.intp]]:
        """Everything of the distinct plans, and the row of each [order, draw]."""
        distinct, row = distinct_plans(self.problem, plans)
        spaces = [area_states(area, distinct) for area in self.plan_areas]
        walks = walk_cells(spaces, self.scenarios, self.study.settings.start_year, self.book)
        return evaluate_plans(self.study, self.demand, walks, distinct), row
