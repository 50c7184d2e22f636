"""One constraint of one project relaxed, all else alike (docs/theory/reach.md).

A crew, desk, budget or material is relaxed by taking the need of the project for it away: the project then neither
waits for it nor takes it from others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gridprio.effect.levers import Levers
from gridprio.inputs.months import month_index, month_text
from gridprio.inputs.schema import Project
from gridprio.inputs.study import Study
from gridprio.model.months import ALL_MONTHS
from gridprio.model.plan import Binding, PlanArrays, PlanProblem, PriorityTimeline
from gridprio.orders import Order, status_timeline

SHORTENED = ("permit", "land", "procurement")
"""Phases of which the months are taken away; study and works remain what they are."""
TOGETHER = " + "
"""Between the codes of constraints that are relaxed together."""


@dataclass(frozen=True, eq=False)
class Relaxation:
    """A changed problem or timeline."""

    constraint: str
    """a code as in `binding_constraint` of table `plan`, or `phase:permit`, `status_from`, `order`; or several codes"""
    lever: str
    """whose it is; each holder once, after a blank, where several constraints are relaxed"""
    problem: PlanProblem
    timeline: PriorityTimeline
    without_delay: tuple[int, ...] = ()
    """phases that take no delay either"""
    whose_project: str = ""
    """project that it waits for, or several after blanks"""


class Relaxations:
    """Everything that can hold one project up, relaxed in turn."""

    def __init__(self, study: Study, problem: PlanProblem, order: Order, timeline: PriorityTimeline) -> None:
        """`timeline`: the order with status that the relaxed plans keep to; `order` is the one it was made from."""
        self._study, self._problem, self._order, self._timeline = study, problem, order, timeline
        self._levers = Levers(study)

    def of(self, project: Project) -> Iterator[Relaxation]:
        """In a fixed order; only what the project has phases, needs or dates for."""
        row = self._problem.project_ids.index(project.project_id)
        is_own = (self._problem.phase_project == row) & (self._problem.arrays.fixed_start < 0)
        yield from self._phases(project, is_own)
        yield from self._resources(is_own)
        yield from self._yearly(is_own)
        yield from self._calendars(is_own)
        yield from self._other_projects(row, is_own)
        yield from self._places(project, row)

    def together(self, project: Project, constraints: Sequence[str]) -> Relaxation:
        """Several constraints of `of` at once, in the order of `of`."""
        found, here = [], self
        for code in constraints:
            found.append(next(relaxed for relaxed in here.of(project) if relaxed.constraint == code))
            here = Relaxations(self._study, found[-1].problem, self._order, found[-1].timeline)
        return replace(
            found[-1],
            constraint=TOGETHER.join(constraints),
            lever=" ".join(dict.fromkeys(one.lever for one in found if one.lever)),
            without_delay=tuple(phase for one in found for phase in one.without_delay),
            whose_project=" ".join(one.whose_project for one in found if one.whose_project),
        )

    def _relaxed(self, code: str, lever: str, **arrays: NDArray[np.generic]) -> Relaxation:
        changed: PlanArrays = replace(self._problem.arrays, **arrays)  # type: ignore[arg-type]
        return Relaxation(code, lever, replace(self._problem, arrays=changed), self._timeline)

    def _phases(self, project: Project, is_own: NDArray[np.bool_]) -> Iterator[Relaxation]:
        for phase in np.flatnonzero(is_own).tolist():
            name = self._problem.phase_name[phase]
            if name in SHORTENED:
                duration = self._problem.arrays.duration.copy()
                duration[phase] = 0
                lever = self._levers.of_phase(project.project_id, name)
                yield replace(self._relaxed(f"phase:{name}", lever, duration=duration), without_delay=(phase,))

    def _resources(self, is_own: NDArray[np.bool_]) -> Iterator[Relaxation]:
        """Crews and desks by type, whatever their region, and security groups."""
        a = self._problem.arrays
        is_need = np.repeat(is_own, np.diff(a.need_start))
        first_pool = a.pool[a.pool_start[:-1]]
        kind_of = [self._problem.resource_names[pool].partition("@")[0] for pool in first_pool.tolist()]
        for kind in dict.fromkeys(kind_of[need] for need in np.flatnonzero(is_need).tolist()):
            drop = is_need & np.array([own == kind for own in kind_of], dtype=np.bool_)
            binding = Binding(int(a.resource_binding[first_pool[drop][0]]))
            code, lever = f"{binding.name.lower()}:{kind}", self._levers.of_binding(binding, kind)
            yield self._relaxed(code, lever, **_without_needs(a, drop))

    def _yearly(self, is_own: NDArray[np.bool_]) -> Iterator[Relaxation]:
        """Its operator's budget, and what is delivered of each material."""
        a, names = self._problem.arrays, self._problem.resource_names
        first_budget, first_material = len(a.capacity), len(a.capacity) + len(a.budget)
        for budget in np.unique(a.phase_budget[is_own & (a.phase_budget >= 0)]).tolist():
            free = np.where(is_own, -1, a.phase_budget).astype(np.int32)
            yield self._relaxed(f"budget:{names[first_budget + budget]}", "operator", phase_budget=free)
        is_draw = np.repeat(is_own, np.diff(a.material_start))
        for material in np.unique(a.material[is_draw]).tolist():
            drop = is_draw & (a.material == material)
            yield self._relaxed(
                f"material:{names[first_material + material]}",
                "operator",
                material_start=_pointers_without(a.material_start, drop),
                material=a.material[~drop],
                material_units=a.material_units[~drop],
            )

    def _calendars(self, is_own: NDArray[np.bool_]) -> Iterator[Relaxation]:
        a = self._problem.arrays
        if (a.calendar[is_own] != ALL_MONTHS).any():
            calendar = np.where(is_own, ALL_MONTHS, a.calendar).astype(np.int32)
            yield self._relaxed("outage_window", self._levers.of_binding(Binding.OUTAGE_WINDOW), calendar=calendar)
        if (a.closed_row[is_own] >= 0).any():
            closed_row = np.where(is_own, -1, a.closed_row).astype(np.int32)
            yield self._relaxed("security", self._levers.of_binding(Binding.SECURITY), closed_row=closed_row)
        if (a.earliest[is_own] > 0).any():
            earliest = np.where(is_own, 0, a.earliest).astype(np.int32)
            yield self._relaxed("earliest", self._levers.of_binding(Binding.EARLIEST), earliest=earliest)

    def _other_projects(self, row: int, is_own: NDArray[np.bool_]) -> Iterator[Relaxation]:
        """Each project that it requires as if in service already, and those that exclude it as if they did not."""
        a = self._problem.arrays
        is_link = np.repeat(is_own, np.diff(a.predecessor_start)) & (a.predecessor_binding == Binding.REQUIRES)
        owner = self._problem.phase_project[a.predecessor]
        for other in np.unique(owner[is_link]).tolist():
            drop, project_id = is_link & (owner == other), self._problem.project_ids[other]
            relaxed = self._relaxed(
                f"requires:{project_id}",
                self._levers.of_binding(Binding.REQUIRES),
                predecessor_start=_pointers_without(a.predecessor_start, drop),
                predecessor=a.predecessor[~drop],
                predecessor_binding=a.predecessor_binding[~drop],
                predecessor_valid=a.predecessor_valid[~drop],
            )
            yield replace(relaxed, whose_project=project_id)
        if a.exclude_start[row + 1] > a.exclude_start[row]:
            drop = (np.repeat(np.arange(a.n_project), np.diff(a.exclude_start)) == row) | (a.exclude == row)
            size_group = a.size_group.copy()
            size_group[row] = -1
            yield self._relaxed(
                "excluded",
                self._levers.of_binding(Binding.EXCLUDED),
                exclude_start=_pointers_without(a.exclude_start, drop),
                exclude=a.exclude[~drop],
                size_group=size_group,
            )

    def _places(self, project: Project, row: int) -> Iterator[Relaxation]:
        """Status from the start of the horizon on; and the first place from the month of the status on."""
        settings = self._study.settings
        works_from = month_index(project.status_from or settings.status_from, settings.start_year)
        if project.status and works_from > 0:
            sooner = project.model_copy(update={"status_from": month_text(0, settings.start_year)})
            order = self._order.reordered([sooner if p is project else p for p in self._order.projects])
            holders = [p.project_id for p in order.projects if p.status]
            timeline = status_timeline(
                order, self._problem.project_ids, holders, settings, channel="both", name=self._timeline.name
            )
            yield Relaxation("status_from", self._levers.of_binding(Binding.STATUS_FROM), self._problem, timeline)
        yield Relaxation("order", "operator", self._problem, first_from(self._timeline, row, works_from))


def first_from(timeline: PriorityTimeline, project: int, month: int) -> PriorityTimeline:
    """The same with one project before all others in the epochs from `month` on."""
    lists = timeline.project_order.copy()
    for epoch in np.flatnonzero(timeline.epoch_month >= month).tolist():
        lists[epoch] = [project, *(other for other in lists[epoch].tolist() if other != project)]
    return replace(timeline, project_order=lists)


def _pointers_without(pointers: NDArray[np.int32], drop: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Row pointers when the entries `drop` are gone."""
    return np.concatenate([[0], np.cumsum(~drop)])[pointers].astype(np.int32)


def _without_needs(arrays: PlanArrays, drop: NDArray[np.bool_]) -> dict[str, NDArray[np.generic]]:
    pools = np.diff(arrays.pool_start)
    return {
        "need_start": _pointers_without(arrays.need_start, drop),
        "need_units": arrays.need_units[~drop],
        "pool_start": np.concatenate([[0], np.cumsum(pools[~drop])]).astype(np.int32),
        "pool": arrays.pool[np.repeat(~drop, pools)],
    }
