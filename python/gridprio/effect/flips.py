"""Table `flips`: the smallest changes that bring a project with status a year forward or into the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.levers import Levers
from gridprio.effect.reach import mean_months
from gridprio.effect.relaxations import first_from
from gridprio.effect.why_not import Replan
from gridprio.inputs.schema import Project
from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED, PlanProblem, Plans, PriorityTimeline

YEAR_MONTHS = 12
KINDS = (
    "project_first",
    "places",
    "permit_months",
    "land_months",
    "permit_desk",
    "outage_slot",
    "crew",
    "delivery",
    "budget_year",
)
"""From small to large: another place costs nobody anything, time costs care, people and money have to be found."""
COLUMNS = (
    "order_name", "project_id", "kind", "name", "year", "amount", "unit", "lever", "months_sooner", "into_plan",
    "smallest",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Change:
    """A change of the study; the size by which changes of one kind are put in order is `amount`."""

    kind: str
    name: str
    """of the project, crew, desk, material, security group or operator"""
    year: int
    """0: through the whole horizon"""
    amount: float
    unit: str
    lever: str
    problem: PlanProblem
    timeline: PriorityTimeline


@dataclass(frozen=True, eq=False)
class Flips:
    """Looks for changes that flip a project; all plans run under the same delays [draw, phase]."""

    study: Study
    problem: PlanProblem
    timeline: PriorityTimeline
    """the order with status"""
    plans: Plans
    delay_months: NDArray[np.int32]
    replan: Replan

    def table(self, holders: Sequence[Project], shared: Sequence[Change], order_name: str) -> pd.DataFrame:
        """One row per project and change that flips it, the smallest first; `shared` are changes for all projects."""
        planned = [(change, self._planned(change)) for change in shared]
        rows: list[tuple[Any, ...]] = []
        for project in holders:
            at = self.problem.project_ids.index(project.project_id)
            own = [*self._project_first(at), *self._places_up(at), *self._fewer_months(project, at)]
            found = [*((change, self._planned(change)) for change in own), *planned]
            flipped = [(change, plans) for change, plans in found if self._flips(plans, at)]
            flipped.sort(key=lambda pair: (KINDS.index(pair[0].kind), pair[0].amount))
            rows += [
                (
                    order_name, project.project_id, change.kind, change.name, change.year, change.amount, change.unit,
                    change.lever, self._sooner(plans, at), self._comes_in(plans, at), place == 0,
                )
                for place, (change, plans) in enumerate(flipped)
            ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def _planned(self, change: Change) -> Plans:
        return self.replan(change.problem, [change.timeline], self.delay_months)[0]

    def _sooner(self, plans: Plans, project: int) -> float:
        return float((mean_months(self.problem, self.plans) - mean_months(self.problem, plans))[project])

    def _comes_in(self, plans: Plans, project: int) -> bool:
        """Whether it is in most draws in the plan now, and was not."""
        was, now = (float((p.in_service_month[:, project] != NOT_PLANNED).mean()) for p in (self.plans, plans))
        return was <= 0.5 < now

    def _flips(self, plans: Plans, project: int) -> bool:
        return self._sooner(plans, project) >= YEAR_MONTHS or self._comes_in(plans, project)

    def _project_first(self, project: int) -> Iterator[Change]:
        """Each project that it requires, directly or not, first in the list."""
        for other in _required(self.problem, project):
            timeline = first_from(self.timeline, other, 0)
            yield Change(
                "project_first", self.problem.project_ids[other], 0, 1, "place", "operator", self.problem, timeline
            )

    def _places_up(self, row: int) -> Iterator[Change]:
        """The fewest projects of its own operator that it has to pass."""
        operator = self.study.projects[row].operator_id
        is_own = np.array([project.operator_id == operator for project in self.study.projects], dtype=np.bool_)
        above = max(int(is_own[order[: order.index(row)]].sum()) for order in self.timeline.project_order.tolist())

        def passing(places: int) -> Change:
            lists = np.array([_moved_up(order, row, is_own, places) for order in self.timeline.project_order.tolist()])
            timeline = replace(self.timeline, project_order=lists.astype(np.int32))
            return Change("places", "", 0, places, "place", "operator", self.problem, timeline)

        yield from self._fewest(passing, above, row)

    def _fewer_months(self, project: Project, row: int) -> Iterator[Change]:
        """The fewest permit or land months less."""
        own = np.flatnonzero((self.problem.phase_project == row) & (self.problem.arrays.fixed_start < 0))
        for phase in own.tolist():
            name = self.problem.phase_name[phase]
            if name in ("permit", "land"):
                lever = Levers(self.study).of_phase(project.project_id, name)
                shorter = partial(self._with_fewer, name, row, lever)
                yield from self._fewest(shorter, int(self.problem.arrays.duration[phase]), row)

    def _fewest(self, change_by: Callable[[int], Change], most: int, row: int) -> Iterator[Change]:
        """The smallest change of 1 to `most` that flips a project, found by halving; nothing when `most` does not."""
        if most == 0 or not self._flips(self._planned(change_by(most)), row):
            return
        failed, enough = 0, most
        while enough - failed > 1:
            middle = (failed + enough) // 2
            if self._flips(self._planned(change_by(middle)), row):
                enough = middle
            else:
                failed = middle
        yield change_by(enough)

    def _with_fewer(self, phase: str, row: int, lever: str, months: int) -> Change:
        field = f"{phase}_months_saved"
        saved = getattr(self.timeline, field).copy()
        saved[:, row] += months
        timeline = replace(self.timeline, **{field: saved})
        return Change(f"{phase}_months", "", 0, months, "month", lever, self.problem, timeline)


def _moved_up(order: list[int], project: int, is_own: NDArray[np.bool_], places: int) -> list[int]:
    """The list with a project right before the last of so many of its own operator's that stand above it."""
    at = order.index(project)
    passed = [place for place in range(at) if is_own[order[place]]][-places:]
    to = passed[0] if passed else at
    return [*order[:to], project, *order[to:at], *order[at + 1 :]]


def budget_years(study: Study, problem: PlanProblem, timeline: PriorityTimeline) -> Iterator[Change]:
    """The budget of one operator once more in one year; the amount is in MEUR."""
    arrays, first = problem.arrays, len(problem.arrays.capacity)
    for row, by_year in enumerate(arrays.budget):
        operator = problem.resource_names[first + row].partition("@")[2]
        for year in np.flatnonzero(by_year).tolist():
            budget = arrays.budget.copy()
            budget[row, year] += by_year[year]
            yield Change(
                kind="budget_year",
                name=operator,
                year=study.settings.start_year + year,
                amount=float(by_year[year]) / 1e6,
                unit="meur",
                lever="operator",
                problem=replace(problem, arrays=replace(arrays, budget=budget)),
                timeline=timeline,
            )


def _required(problem: PlanProblem, project: int) -> list[int]:
    """Rows of what it requires, directly or not, the nearest first."""
    a, found, reached = problem.arrays, [], [project]
    while reached:
        at = reached.pop(0)
        links = slice(a.predecessor_start[a.phase_start[at]], a.predecessor_start[a.phase_start[at + 1]])
        for other in dict.fromkeys(problem.phase_project[a.predecessor[links]].tolist()):
            if other != at and other not in found:
                found.append(other)
                reached.append(other)
    return found
