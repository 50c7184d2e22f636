"""Where the months until a project is in service go: every month has one cause (docs/theory/reach.md).

From the month in service back along the project's own chain of phases: the months of work of a phase, its pauses and
its delay; the wait before it; then the phase of the same project that made it ready, and so on to month 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridprio.effect.reasons import binding_code
from gridprio.effect.shortages import OpenMonths, Shortages
from gridprio.model.plan import NOT_PLANNED, Binding, PlanProblem, Plans, PriorityTimeline
from gridprio.plan import join_timelines


class CauseKind(StrEnum):
    PHASE = "phase"
    """work of one of its own phases, and the lag before it"""
    DELAY = "delay"
    """a phase that takes longer than planned"""
    SCARCE = "scarce"
    """a crew, desk, budget, material, or months in which works may not go on"""
    PROJECT = "project"
    """another project that must be in service first, or that excludes it"""
    DATE = "date"
    """a date that is given: of running works, of an earliest start, of the status"""
    OTHER = "other"
    """a rule of planning: kept from lapsing, overtaken, placed again when another project was late"""
    HORIZON = "horizon"
    """not begun, because the project does not fit in the months that are left"""


KIND_OF = {
    Binding.CREW: CauseKind.SCARCE,
    Binding.PERMIT_DESK: CauseKind.SCARCE,
    Binding.BUDGET: CauseKind.SCARCE,
    Binding.OUTAGE_WINDOW: CauseKind.SCARCE,
    Binding.SECURITY: CauseKind.SCARCE,
    Binding.MATERIAL: CauseKind.SCARCE,
    Binding.REQUIRES: CauseKind.PROJECT,
    Binding.EXCLUDED: CauseKind.PROJECT,
    Binding.STATUS_FROM: CauseKind.DATE,
    Binding.EARLIEST: CauseKind.DATE,
    Binding.FIXED: CauseKind.DATE,
}
"""Kinds of what a phase waits for; all else is `OTHER`."""
REPLANNED = "replanned"
"""Cause of a start that moved to the month in which a delay elsewhere became known."""
_NO_WAIT = (Binding.NONE, Binding.PREDECESSOR, Binding.REQUIRES, Binding.EARLIEST, Binding.HORIZON)
"""Bindings that say why a phase became ready, not why it started later than that."""


class Cause(NamedTuple):
    """What a month of a project goes to."""

    kind: CauseKind
    code: str
    """phase (kinds `phase` and `delay`), else as column `binding_constraint` of table `plan`"""
    phase: str
    """the phase of the project that works, or waits"""
    project: int = NOT_PLANNED
    """row of the other project that it waits for"""


Share = tuple[Cause, int]
"""A cause and how many months in a row go to it."""


class ProjectMonths:
    """Causes of the months of every project in the plans of one timeline."""

    def __init__(self, problem: PlanProblem, timeline: PriorityTimeline, plans: Plans) -> None:
        self._problem, self._arrays, self._plans = problem, problem.arrays, plans
        orders = join_timelines(problem, [timeline])
        self._epoch_month, self._saved = orders.epoch_month, orders.saved[0]
        self._months = OpenMonths(problem)
        self._open = self._months.table.tolist()
        self._shortages: tuple[int, Shortages] | None = None

    def causes(self, draw: int, project: int) -> Counter[Cause]:
        """Months by cause; they add up to the months until it is in service, else to the whole horizon.

        Empty for a project without phases.
        """
        own = range(self._arrays.phase_start[project], self._arrays.phase_start[project + 1])
        found: Counter[Cause] = Counter()
        for cause, months in self._back_along(draw, project, own) if own else ():
            found[cause] += months
        return +found

    def _back_along(self, draw: int, project: int, own: range) -> Iterator[Share]:
        start, finish = self._plans.start_month[draw], self._plans.finish_month[draw]
        phase, end = self._last(draw, project, own)
        if self._plans.in_service_month[draw, project] == NOT_PLANNED and finish[phase] != NOT_PLANNED:
            yield Cause(CauseKind.OTHER, "overtaken", self._name(phase)), end - int(finish[phase])
            end = int(finish[phase])
        while True:
            begin = self._begin(draw, phase, end)
            if start[phase] == NOT_PLANNED:
                yield Cause(CauseKind.HORIZON, CauseKind.HORIZON.value, self._name(phase)), end - begin
            else:
                yield from self._work(phase, begin, end)
            before, ready = self._made_ready(finish, phase, begin)
            yield from self._wait(draw, phase, ready, begin)
            if before == NOT_PLANNED:
                return
            end = min(int(finish[before]), begin)
            yield Cause(CauseKind.PHASE, self._name(phase), self._name(phase)), ready - end
            phase = before

    def _last(self, draw: int, project: int, own: range) -> tuple[int, int]:
        """The phase that sets the month in service, and that month; else the first that is not planned, and the end of
        the horizon."""
        finish, in_service = self._plans.finish_month[draw], int(self._plans.in_service_month[draw, project])
        for phase in own:
            if finish[phase] == NOT_PLANNED:
                return phase, self._arrays.n_month
        latest = max(own, key=lambda phase: (finish[phase], phase))
        return latest, self._arrays.n_month if in_service == NOT_PLANNED else in_service

    def _begin(self, draw: int, phase: int, end: int) -> int:
        """Month in which the phase starts; what only the horizon cuts off would start as soon as it is ready."""
        start = int(self._plans.start_month[draw, phase])
        if start == NOT_PLANNED:
            is_cut = self._plans.binding[draw, phase] == Binding.HORIZON
            start = self._ready(self._plans.finish_month[draw], phase, end)[0] if is_cut else end
        return min(start, end)

    def _work(self, phase: int, begin: int, end: int) -> Iterator[Share]:
        """Months of work, pauses between them by what closes the month, and then the delay."""
        name, left = self._name(phase), self._work_months(phase, begin)
        month, worked = begin, 0
        while month < end and worked < left:
            if self._open[phase][month]:
                worked += 1
            else:
                yield self._closed(phase, month), 1
            month += 1
        yield Cause(CauseKind.PHASE, name, name), worked
        yield Cause(CauseKind.DELAY, name, name), end - month

    def _work_months(self, phase: int, start: int) -> int:
        """Months of work without delay; what starts in an epoch was placed with the months that its list saves."""
        duration = int(self._arrays.duration[phase])
        if self._arrays.fixed_start[phase] >= 0:
            return duration
        epoch = max(0, int(np.searchsorted(self._epoch_month, start, side="right")) - 1)
        return max(0, duration - int(self._saved[epoch, phase]))

    def _made_ready(self, finish: NDArray[np.int32], phase: int, begin: int) -> tuple[int, int]:
        """The phase of the same project that was finished last, and the month in which it and the lag allow a start."""
        a, latest, ready = self._arrays, NOT_PLANNED, 0
        for k in range(a.predecessor_start[phase], a.predecessor_start[phase + 1]):
            before = int(a.predecessor[k])
            if a.predecessor_binding[k] == Binding.REQUIRES or finish[before] == NOT_PLANNED:
                continue
            after = int(finish[before]) + int(a.lag[phase])
            if latest == NOT_PLANNED or after > ready:
                latest, ready = before, after
        return latest, min(ready, begin)

    def _ready(self, finish: NDArray[np.int32], phase: int, end: int) -> tuple[int, Cause | None]:
        """First month that precedence and dates allow, and what holds until then but its own phases."""
        a, name = self._arrays, self._name(phase)
        ready, cause = self._made_ready(finish, phase, end)[1], None
        if a.earliest[phase] > ready:
            ready, cause = int(a.earliest[phase]), Cause(CauseKind.DATE, "earliest", name)
        for k in range(a.predecessor_start[phase], a.predecessor_start[phase + 1]):
            if a.predecessor_binding[k] == Binding.REQUIRES:
                other = int(self._problem.phase_project[a.predecessor[k]])
                month = int(finish[a.predecessor[k]])
                month = end if month == NOT_PLANNED else month
                if month > ready:
                    ready, cause = month, Cause(CauseKind.PROJECT, "requires", name, other)
        return min(ready, end), cause

    def _wait(self, draw: int, phase: int, since: int, begin: int) -> Iterator[Share]:
        """Months from `since`, when its own phases allow it, to its start."""
        name = self._name(phase)
        if self._arrays.fixed_start[phase] >= 0:
            yield Cause(CauseKind.DATE, "fixed", name), begin - since
            return
        ready, held_by = self._ready(self._plans.finish_month[draw], phase, begin)
        if held_by is not None:
            yield held_by, ready - since
            since = ready
        yield from self._short(draw, phase, since, begin)

    def _short(self, draw: int, phase: int, since: int, begin: int) -> Iterator[Share]:
        """What is short in each month in which a phase that is ready could not start.

        Where several are, that which the planner names, else the first of its needs, then money, then material. Where
        nothing surely is, that which the planner names. A month in which works may not go on waits for what the next
        open month waits for, and for that month alone when the phase then starts.
        """
        named, found = self._pushed_by(draw, phase), []
        if since < begin:
            for resources, short in self._of_draw(draw).of(phase):
                is_named = int(self._plans.binding_resource[draw, phase]) in resources
                found.append((named if is_named else self._scarce(resources[0], phase), short))
            found.sort(key=lambda pair: pair[0] is not named)
        cause = None if self._plans.start_month[draw, phase] != NOT_PLANNED else named
        for month in range(begin - 1, since - 1, -1):
            if self._open[phase][month]:
                cause = next((one for one, short in found if short[month]), named)
            yield cause or self._closed(phase, month), 1

    def _closed(self, phase: int, month: int) -> Cause:
        in_season = self._arrays.calendar[phase] >> (month % 12) & 1
        return Cause(CauseKind.SCARCE, "security" if in_season else "outage_window", self._name(phase))

    def _scarce(self, resource: int, phase: int) -> Cause:
        a = self._arrays
        by_year = (Binding.BUDGET, Binding.MATERIAL)[resource >= len(a.capacity) + len(a.budget)]
        binding = Binding(int(a.resource_binding[resource])) if resource < len(a.capacity) else by_year
        code = f"{binding.name.lower()}:{self._problem.resource_names[resource]}"
        return Cause(CauseKind.SCARCE, code, self._name(phase))

    def _of_draw(self, draw: int) -> Shortages:
        """Kept for the draw that is asked for."""
        if self._shortages is None or self._shortages[0] != draw:
            start, finish = self._plans.start_month[draw], self._plans.finish_month[draw]
            work = np.array([self._work_months(phase, month) for phase, month in enumerate(start.tolist())], np.int32)
            self._shortages = draw, Shortages(self._problem, self._months, start, finish, work)
        return self._shortages[1]

    def _pushed_by(self, draw: int, phase: int) -> Cause:
        """What was short last before a phase that was ready could start."""
        binding, name = Binding(int(self._plans.binding[draw, phase])), self._name(phase)
        resource = int(self._plans.binding_resource[draw, phase])
        if binding in _NO_WAIT or (binding == Binding.MATERIAL and resource < 0):
            return Cause(CauseKind.OTHER, REPLANNED, name)
        other = self._rival(draw, phase) if binding == Binding.EXCLUDED else NOT_PLANNED
        return Cause(KIND_OF.get(binding, CauseKind.OTHER), binding_code(self._plans, draw, phase), name, other)

    def _rival(self, draw: int, phase: int) -> int:
        """The first project that excludes this one and is in service."""
        a, project = self._arrays, self._problem.phase_project[phase]
        rivals = a.exclude[a.exclude_start[project] : a.exclude_start[project + 1]].tolist()
        in_service = self._plans.in_service_month[draw]
        return next((int(other) for other in rivals if in_service[other] != NOT_PLANNED), NOT_PLANNED)

    def _name(self, phase: int) -> str:
        return self._problem.phase_name[phase]
