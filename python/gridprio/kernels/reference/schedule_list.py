"""One plan: every project of the list that has not started is placed anew (docs/theory/plan.md).

Symbols and order of calculation: `schedule.py`, which calls this at every event.
"""

from __future__ import annotations

from gridprio.kernels.reference.schedule_place import end_of_work, first_own, place, take
from gridprio.kernels.reference.schedule_state import Moment, Months, Plan, Problem
from gridprio.kernels.reference.twins import copy_into
from gridprio.model.plan import CLAIM_HOLDER, CLAIM_RESTRICTED, NOT_PLANNED, Binding


def make_plan(p: Problem, w: Plan, now: Moment) -> None:
    """Place everything that has not started, again and again until nothing gives way any more."""
    copy_into(w.old_start, w.start)
    copy_into(w.old_binding, w.binding)
    copy_into(w.old_resource, w.resource)
    w.dropped[:] = False
    for project in range(len(w.begun)):
        w.begun[project] = w.committed[p.phase_start[project] : p.phase_start[project + 1]].any()
    while True:
        choose(p, w, now)
        place_all(p, w, now)
        if not drop_misfit(p, w, now):
            return


def choose(p: Problem, w: Plan, now: Moment) -> None:
    """Of projects that exclude each other the one with started works is built, else the first in the list."""
    copy_into(w.built, w.begun)
    for project in now.order:
        if w.dropped[project] or w.begun[project]:
            continue
        has_rival = False
        for k in range(p.exclude_start[project], p.exclude_start[project + 1]):
            has_rival = has_rival or w.built[p.exclude[k]]
        w.built[project] = not has_rival
        if has_rival:
            w.why[project] = Binding.EXCLUDED
            w.why_resource[project] = -1


def drop_misfit(p: Problem, w: Plan, now: Moment) -> bool:
    """Drops the first in the list that gives way, if any does.

    It is a size that does not fit while another may, or a temporary solution that would not be in service before it is
    to go.
    """
    for project in now.order:
        if w.begun[project] or not w.built[project]:
            continue
        if other_size_may_fit(p, w, project):
            for phase in range(p.phase_start[project], p.phase_start[project + 1]):
                if w.finish[phase] == NOT_PLANNED:
                    w.why[project] = w.binding[phase]
                    w.why_resource[project] = w.resource[phase]
                    w.dropped[project] = True
                    return True
        until = until_month(p, w, project)
        if NOT_PLANNED != until <= in_service(p, w, project):
            w.why[project] = Binding.OVERTAKEN
            w.why_resource[project] = -1
            w.dropped[project] = True
            return True
    return False


def other_size_may_fit(p: Problem, w: Plan, project: int) -> bool:
    group = p.size_group[project]
    if group >= 0:
        for other in range(len(w.built)):
            if p.size_group[other] == group and other != project and not w.dropped[other]:
                return True
    return False


def in_service(p: Problem, w: Plan, project: int) -> int:
    """Month after the last phase; NOT_PLANNED when a phase is, or when there are no phases."""
    month = NOT_PLANNED
    for phase in range(p.phase_start[project], p.phase_start[project + 1]):
        if w.finish[phase] == NOT_PLANNED:
            return NOT_PLANNED
        month = max(month, w.finish[phase])
    return month


def until_month(p: Problem, w: Plan, project: int) -> int:
    """Month in which a temporary solution goes; NOT_PLANNED when it stays."""
    until: int = p.until_month[project]
    for k in range(p.until_start[project], p.until_start[project + 1]):
        month = in_service(p, w, p.until[k])
        if month != NOT_PLANNED and (until == NOT_PLANNED or month < until):
            until = month
    return until


def place_all(p: Problem, w: Plan, now: Moment) -> None:
    """In two passes where a reserve is kept: what its holders left of it lapses, and those kept out are placed again.

    A reserve only exists while somebody is kept out of it.
    """
    copy_into(w.left.free, w.base.free)
    copy_into(w.left.money, w.base.money)
    copy_into(w.left.deliveries, w.base.deliveries)
    copy_into(w.left.held, w.base.held)
    kept_out = now.claim == CLAIM_RESTRICTED
    order, reserve_holds = now.order, kept_out.any()
    place_list(p, w, now, order, reserve_holds)
    if reserve_holds:
        for phase in range(len(p.duration)):
            if kept_out[p.owner[phase]] and not w.committed[phase]:
                give_back(p, w, now, phase)
        reserve_holds = not reserve_holds  # for a constant Numba would compile all of it once more
        place_list(p, w, now, order[kept_out[order]], reserve_holds)


def give_back(p: Problem, w: Plan, now: Moment, phase: int) -> None:
    """What the phase uses, if it is placed, is free again."""
    if w.start[phase] != NOT_PLANNED:
        is_holder = now.claim[p.owner[phase]] == CLAIM_HOLDER
        take(p, int(phase), int(w.start[phase]), int(w.worked[phase]), w.pools, w.left, is_holder, -1)


def place_list(p: Problem, w: Plan, now: Moment, order: Months, reserve_holds: bool) -> None:
    """Project by project in `order`; after each that is complete the first that waits and can go on does."""
    for project in order:
        w.next_phase[project] = p.phase_start[project]
        for phase in range(p.phase_start[project], p.phase_start[project + 1]):
            w.pending[phase] = not w.committed[phase]
            w.not_before[phase] = 0
            w.given_up[phase] = False
    n_waiting = 0
    for project in order:
        place_project(p, w, now, project, reserve_holds)
        if w.next_phase[project] < p.phase_start[project + 1]:
            w.waiting[n_waiting] = project
            n_waiting += 1
            continue
        k = 0
        while k < n_waiting:
            other = w.waiting[k]
            before = w.next_phase[other]
            place_project(p, w, now, other, reserve_holds)
            if w.next_phase[other] == before:
                k += 1
                continue
            if w.next_phase[other] == p.phase_start[other + 1]:
                n_waiting -= 1
                for j in range(k, n_waiting):
                    w.waiting[j] = w.waiting[j + 1]
            k = 0


def place_project(p: Problem, w: Plan, now: Moment, project: int, reserve_holds: bool) -> None:
    """Phase after phase until one waits for a project that is not placed; what cannot be finished takes nothing."""
    while w.next_phase[project] < p.phase_start[project + 1]:
        phase = int(w.next_phase[project])
        if not w.pending[phase]:
            w.next_phase[project] += 1
            continue
        for k in range(p.predecessor_start[phase], p.predecessor_start[phase + 1]):
            if w.pending[p.predecessor[k]]:
                return
        place(p, w, now, phase, reserve_holds)
        w.pending[phase] = False
        w.next_phase[project] = from_lapsed(p, w, now, phase)
    release_unfinished(p, w, now, project)


def release_unfinished(p: Problem, w: Plan, now: Moment, project: int) -> None:
    """Gives back what has not started of a project of which a phase is not planned, for the reason of that phase."""
    for phase in range(p.phase_start[project], p.phase_start[project + 1]):
        if w.finish[phase] == NOT_PLANNED:
            for other in range(p.phase_start[project], p.phase_start[project + 1]):
                if not w.committed[other]:
                    give_back(p, w, now, other)
                    w.start[other] = NOT_PLANNED
                    w.finish[other] = NOT_PLANNED
                    w.binding[other] = w.binding[phase]
                    w.resource[other] = w.resource[phase]
            return


def from_lapsed(p: Problem, w: Plan, now: Moment, phase: int) -> int:
    """The phase that is placed next: what lapses before `phase` starts is placed again, later, with what follows it.

    When it has started, or when no later place helps, nothing moves and `phase` itself is not planned.
    """
    start = w.start[phase]
    is_late, can_move, was_moved = False, not w.given_up[phase], False
    for k in range(p.predecessor_start[phase], p.predecessor_start[phase + 1]):
        before, valid = p.predecessor[k], p.predecessor_valid[k]
        was_moved = was_moved or (valid >= 0 and w.not_before[before] > 0)
        if lapses(w, before, valid, start):
            is_late = True
            can_move = can_move and not w.committed[before] and later(p, w, before, start - valid) != NOT_PLANNED
    again = phase + 1
    if can_move and (start != NOT_PLANNED or not was_moved):
        for k in range(p.predecessor_start[phase], p.predecessor_start[phase + 1]):
            before, valid = p.predecessor[k], p.predecessor_valid[k]
            if lapses(w, before, valid, start):
                w.not_before[before] = later(p, w, before, start - valid)
                again = min(again, before)
    elif was_moved and not w.given_up[phase]:  # back to where it stood
        w.given_up[phase] = True
        for k in range(p.predecessor_start[phase], p.predecessor_start[phase + 1]):
            before = p.predecessor[k]
            if p.predecessor_valid[k] >= 0 and w.not_before[before] > 0:
                w.not_before[before] = 0
                again = min(again, before)
    elif is_late:
        give_back(p, w, now, phase)
        w.start[phase] = NOT_PLANNED
        w.finish[phase] = NOT_PLANNED
        w.binding[phase] = first_own(w, phase, Binding.LAPSES.value)
        w.resource[phase] = -1
    for other in range(again, phase + 1):
        if not w.committed[other]:
            give_back(p, w, now, other)
            w.pending[other] = True
    return again


def lapses(w: Plan, before: int, valid: int, start: int) -> bool:
    """Whether what `before` gives is valid no longer in month `start`."""
    lapsed: bool = valid >= 0 and start != NOT_PLANNED and w.finish[before] + valid < start
    return lapsed


def later(p: Problem, w: Plan, phase: int, finish: int) -> int:
    """First start month with which `phase` is not finished before `finish`; NOT_PLANNED when there is none."""
    for month in range(w.start[phase] + 1, p.n_month + 1):
        end = end_of_work(p, int(phase), month, int(w.worked[phase]))
        if end == NOT_PLANNED:
            return NOT_PLANNED
        if end >= finish:
            return month
    return NOT_PLANNED
