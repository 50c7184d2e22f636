"""From orders to outcomes in one call, for whoever asks about many orders (docs/theory/outcome.md)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gridprio.cells import CellSource, Progress, within
from gridprio.errors import MissingCellsError, Problem
from gridprio.inputs.study import Study
from gridprio.kernels.protocol import Kernels
from gridprio.model.faults import check_finite
from gridprio.model.metrics import METRICS
from gridprio.model.plan import PlanProblem, Plans, PriorityTimeline, ScheduleArrays
from gridprio.model.walk import PlanMonths, WalkResults, WalkRules
from gridprio.outcome.evaluate import Outcomes, as_outcomes, walk_rules
from gridprio.outcome.table import AreaTable
from gridprio.outcome.works import insecure_works
from gridprio.plan import in_secure_months, join_timelines, lists_as_orders, plan_months, schedule_plans
from gridprio.text.notebook import as_html

PLANS_PER_CALL = 4096
"""Plans that are scheduled and walked at once; bounds memory and changes no result."""

Lists = NDArray[np.integer]
Orders = Lists | Sequence[PriorityTimeline]


@dataclass(frozen=True, eq=False)
class Sampled:
    """Outcomes of orders over draws."""

    metric: NDArray[np.float64]
    """[order, scenario, draw, metric]"""
    in_service_month: NDArray[np.int32]
    """[order, draw, project], NOT_PLANNED when not within the horizon"""


class Evaluator:
    """A study with its cells remembered: what was simulated for one order is a look-up for the next.

    Results do not depend on `threads`, on how orders are split over calls, or on what was evaluated before.
    """

    def __init__(
        self,
        study: Study,
        cells: CellSource,
        problem: PlanProblem,
        delay_months: NDArray[np.int32],
        kernels: Kernels,
        threads: int = 1,
    ) -> None:
        """`delay_months` [draw, phase]: the study's own draws, all that may ever be looked at; one row when nothing is
        drawn.

        Where the settings ask for `secure_works`, whatever problem is planned keeps to the secure months; InputError
        names cells that cannot be had for it.
        """
        self.study, self.cells, self.delay_months = study, cells, delay_months
        self.kernels, self.threads = kernels, threads
        self.scenarios = study.scenario_ids
        self.tables = [AreaTable(study, area, k, len(self.scenarios)) for k, area in enumerate(cells.areas)]
        self._insecure = self.insecure_works() if study.settings.secure_works else None
        self._use(problem)

    def __repr__(self) -> str:
        return (
            f"Evaluator({self.study.head.name!r}: {len(self.project_ids)} projects, {len(self.tables)} areas,"
            f" {len(self.scenarios)} scenarios, {len(self.delay_months)} draws)"
        )

    def _repr_html_(self) -> str:
        months = self.problem.arrays.n_month
        facts = {
            "projects": len(self.project_ids),
            "areas": len(self.tables),
            "scenarios": ", ".join(self.scenarios),
            "draws of delays": len(self.delay_months),
            "horizon": f"{months} months",
            "metrics, less is better": ", ".join(self.metrics),
        }
        return as_html(self.study.head.name, "evaluator of orders", facts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Whatever happened: keep the cells that are there, if there is a place for them."""
        self.cells.close()

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names along the last axis of `evaluate`; less is better."""
        return METRICS

    @property
    def project_ids(self) -> tuple[str, ...]:
        return self.problem.project_ids

    @property
    def walk_rules(self) -> WalkRules:
        """Of outcomes that are not discounted."""
        return self._rules[False]

    def with_problem(self, problem: PlanProblem) -> Evaluator:
        """The same cells under other crews, budgets or durations; projects and phases stay."""
        other = copy.copy(self)
        other._use(problem)
        return other

    def with_study(self, study: Study) -> Evaluator:
        """The same cells, problem and draws for a study that differs in statuses and in the status rule alone."""
        other = copy.copy(self)
        other.study = study
        return other

    def replanned(self, study: Study, problem: PlanProblem, delay_months: NDArray[np.int32]) -> Evaluator:
        """The same cells for a study with other orders, statuses, crews or phases; projects and developments stay."""
        other = self.with_study(study)
        other.delay_months = delay_months
        other._use(problem)
        return other

    def insecure_works(self) -> NDArray[np.bool_]:
        """[project, month], months in which the works of a project would add an insecure hour."""
        return insecure_works(self.study, self.cells, self.tables)

    def with_kernels(self, kernels: Kernels) -> Evaluator:
        """The same cells walked by another backend."""
        other = copy.copy(self)
        other.kernels = kernels
        return other

    def evaluate(
        self,
        orders: Orders,
        delay_months: NDArray[np.int32] | None = None,
        *,
        discounted: bool = False,
        skip_missing: bool = False,
        progress: Progress | None = None,
    ) -> NDArray[np.float64]:
        """[order, scenario, draw, metric] of priority lists `[order, place]` (rows of `project_ids`, the first in the
        list first) or of timelines (status rules).

        `delay_months` [draw, phase]; None is one draw without delay. `discounted`: waiting, overload, insecure hours
        and shortfall of a year count at its discount; costs always do. `skip_missing`: NaN for what cannot be
        evaluated because a seal lacks its cells; otherwise MissingCellsError names these.
        """
        found = self.sampled(orders, delay_months, discounted=discounted, skip_missing=skip_missing, progress=progress)
        return found.metric

    def sampled(
        self,
        orders: Orders,
        delay_months: NDArray[np.int32] | None = None,
        *,
        discounted: bool = False,
        skip_missing: bool = False,
        progress: Progress | None = None,
    ) -> Sampled:
        """As `evaluate`, with the months in which projects come into service."""
        draws = 1 if delay_months is None else len(delay_months)
        at_once = max(1, PLANS_PER_CALL // draws)
        metric = np.empty((len(orders), draws, len(self.scenarios), len(METRICS)))
        in_service = np.empty((len(orders), draws, len(self.project_ids)), dtype=np.int32)
        for begin in range(0, len(orders), at_once):
            part = orders[begin : begin + at_once]
            months = self._months(self.schedule(part, delay_months))
            advance = within(progress, begin / len(orders), len(part) / len(orders))
            walks = self.walk(months, discounted=discounted, skip_missing=skip_missing, progress=advance)
            metric[begin : begin + len(part)] = walks.metric.reshape(len(part), draws, *metric.shape[2:])
            in_service[begin : begin + len(part)] = months.in_service.reshape(len(part), draws, -1)
            advance(1.0)
        return Sampled(metric.transpose(0, 2, 1, 3), in_service)

    def plans(self, timelines: Sequence[PriorityTimeline], draws: int | NDArray[np.intp]) -> tuple[Plans, ...]:
        """What is built when and why, under the first of the study's own delay draws, or under these rows of them."""
        delays = self.delay_months[:draws] if isinstance(draws, int) else self.delay_months[draws]
        return tuple(schedule_plans(self.problem, timelines, delays, self.kernels, threads=self.threads))

    def schedule(
        self, orders: Orders, delay_months: NDArray[np.int32] | None = None, problem: PlanProblem | None = None
    ) -> ScheduleArrays:
        """Months of every phase; row `order * draws + draw`. `problem` instead of the study's own."""
        problem = self.problem if problem is None else problem
        if delay_months is None:
            delay_months = np.zeros((1, problem.arrays.n_phase), dtype=np.int32)
        arrays = lists_as_orders(problem, orders) if isinstance(orders, np.ndarray) else join_timelines(problem, orders)
        return self.kernels.schedule(problem.arrays, arrays, delay_months, threads=self.threads)

    def outcomes(self, plans: Sequence[Plans], progress: Progress | None = None) -> tuple[Outcomes, NDArray[np.intp]]:
        """Everything of the distinct plans, and the row of each [order, draw]."""
        months = plan_months(
            self.problem,
            np.concatenate([p.start_month for p in plans]),
            np.concatenate([p.finish_month for p in plans]),
        )
        columns = (months.in_service, months.out_of_service, months.work_start, months.work_end)
        _, first, row = np.unique(np.hstack(columns), axis=0, return_index=True, return_inverse=True)
        distinct = PlanMonths(*(column[first] for column in columns))
        walks = self.walk(distinct, details=True, progress=progress)
        return as_outcomes(self.scenarios, walks, self.tables), row.reshape(len(plans), -1)

    def walk(
        self,
        months: PlanMonths,
        *,
        details: bool = False,
        discounted: bool = False,
        skip_missing: bool = False,
        progress: Progress | None = None,
        area: int | None = None,
    ) -> WalkResults:
        """Look every cell up; those that are not known are fetched first, all at once.

        `area`: what happens in this one alone, beside all capital.
        """
        rules, tables = self._rules[discounted], self.tables if area is None else [self.tables[area]]

        def looked_up() -> WalkResults:
            areas = [table.walk() for table in tables]
            return self.kernels.walk_plans(rules, areas, months, details=details, threads=self.threads)

        found = looked_up()
        if len(found.missing_area):
            self._fetch(tables, found, progress, skip_missing)
            found = looked_up()
        if not skip_missing:
            check_finite("an outcome", found.metric, lambda at: f"scenario {self.scenarios[at[1]]}, {METRICS[at[2]]}")
        return found

    def _fetch(
        self, tables: Sequence[AreaTable], lacking: WalkResults, progress: Progress | None, skip_missing: bool
    ) -> None:
        # Year by year, because the injections of all hours of many years do not fit in memory together.
        place = np.stack([lacking.missing_area, lacking.missing_year], axis=-1).astype(np.uint64)
        rows = np.unique(np.hstack([place, lacking.missing_key]), axis=0)
        problems: list[Problem] = []
        for number, table in enumerate(tables):
            own = rows[rows[:, 0] == number]
            keys = [tuple(key) for key in own[:, 2 : 2 + table.walk().n_word].tolist()]
            advance = within(progress, np.searchsorted(rows[:, 0], number) / len(rows), len(own) / len(rows))
            problems += table.fetch(self.cells, keys, own[:, 1].astype(int).tolist(), advance)
        if problems and not skip_missing:
            raise MissingCellsError(problems)

    def _months(self, schedules: ScheduleArrays) -> PlanMonths:
        return plan_months(self.problem, schedules.start, schedules.finish)

    def _use(self, problem: PlanProblem) -> None:
        self.problem = problem if self._insecure is None else in_secure_months(problem, self._insecure)
        self._rules = {
            discounted: walk_rules(self.study, self.problem, discounted=discounted) for discounted in (False, True)
        }
