"""Serial schedule generation with realised delays: the definition (docs/theory/plan.md), in whole months and units.

A plan is made again at every event: a new epoch of the priority list, or the month in which an overrun becomes known.
Started phases are committed: their months and pools stand. All others are placed anew, project by project in the order
of the list, each phase at the first month that everything allows. A project that waits for a required one steps back
and is resumed, before anything lower in the list, as soon as that one is placed. A phase that would lapse before the
one after it starts is taken back and placed later. A size that does not fit and a temporary solution that is not ready
in time are left out, and the plan is made again without them.

This file keeps the clock; `schedule_list.py` makes one plan, `schedule_place.py` places one phase. Numba compiles this
text, so it knows only numbers, arrays and named tuples: `p` is the problem, `w` the plan, `now` the moment.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.reference.schedule_list import make_plan
from gridprio.kernels.reference.schedule_place import end_of_work, take
from gridprio.kernels.reference.schedule_state import Moment, Months, Plan, Problem, empty_plan
from gridprio.kernels.reference.twins import by_reference, copy_into
from gridprio.model.plan import CLAIM_HOLDER, NOT_PLANNED, Binding, OrderArrays, PlanArrays, ScheduleArrays


class Lists(NamedTuple):
    """Fields of `OrderArrays`: of all orders, or (without that axis) of one."""

    epoch_month: Months
    project_order: Months
    claim: Months
    saved: Months


class Rows(NamedTuple):
    """Fields of `ScheduleArrays`, `[plan, phase]`."""

    start: Months
    finish: Months
    binding: Months
    binding_resource: Months


def schedule(problem: PlanArrays, orders: OrderArrays, delay: NDArray[np.int32], *, threads: int) -> ScheduleArrays:
    """Plan every order under every draw; `delay[draw, phase]` in months. One thread does it all."""
    task = prepare(problem, orders, delay)
    out = task[-1]
    schedule_rows(*task, 0, len(out.start))
    return ScheduleArrays(*out)


def prepare(problem: PlanArrays, orders: OrderArrays, delay: NDArray[np.int32]) -> tuple[Problem, Lists, Months, Rows]:
    """The arguments of `schedule_rows` but for the rows; the last is the result that it fills."""
    shape = (len(orders.project_order) * len(delay), problem.n_phase)
    out = Rows(*(np.zeros(shape, np.int32) for _ in range(4)))
    lists = Lists(orders.epoch_month, orders.project_order, orders.claim, orders.saved)
    return Problem.of(problem), lists, np.array(delay, dtype=np.int32), out


def schedule_rows(p: Problem, lists: Lists, delay: Months, out: Rows, first: int, last: int) -> None:
    """Plans `first` to `last` - 1 into `out`; a row is plan `order * draws + draw`."""
    problem = by_reference(p)
    for row in range(first, last):
        order, draw = row // len(delay), row % len(delay)
        own = Lists(lists.epoch_month, lists.project_order[order], lists.claim[order], lists.saved[order])
        w = empty_plan(problem)
        realise(problem, w, own, delay[draw])
        copy_into(out.start[row], w.start)
        copy_into(out.finish[row], w.finish)
        copy_into(out.binding[row], w.binding)
        copy_into(out.binding_resource[row], w.resource)


def realise(p: Problem, w: Plan, lists: Lists, delay: Months) -> None:
    """From event to event until none is left; the lists are those of one order, `[epoch, ..]`."""
    epoch_month, project_order, claim, saved = lists
    for phase in range(len(p.duration)):
        if p.fixed_start[phase] >= 0:
            fix(p, w, claim[0], phase)
    epoch = epoch_at(epoch_month, 0, 0)
    now = by_reference(Moment(0, False, project_order[epoch], claim[epoch], saved[epoch]))
    make_plan(p, w, now)
    while True:
        month = next_event(p, w, epoch_month, epoch, delay)
        if month == NOT_PLANNED:
            return
        commit_started(p, w, claim[epoch], delay, month)
        old = epoch
        epoch = epoch_at(epoch_month, epoch, month)
        # an epoch that repeats the one before is no event of its own
        new_order = not (
            np.array_equal(project_order[old], project_order[epoch])
            and np.array_equal(claim[old], claim[epoch])
            and np.array_equal(saved[old], saved[epoch])
        )
        now = by_reference(Moment(month, new_order, project_order[epoch], claim[epoch], saved[epoch]))
        if reveal(p, w, now, delay) or new_order:
            make_plan(p, w, now)


def fix(p: Problem, w: Plan, claim: Months, phase: int) -> None:
    """Running works keep their dates, also where they run on after the horizon."""
    start, duration = int(p.fixed_start[phase]), int(p.duration[phase])
    w.start[phase] = start if start < p.n_month else NOT_PLANNED
    w.finish[phase] = end_of_work(p, phase, start, duration)
    w.binding[phase] = Binding.FIXED
    w.worked[phase] = duration
    for need in range(p.need_start[phase], p.need_start[phase + 1]):
        w.pools[need] = p.pool[p.pool_start[need]]
    w.committed[phase] = True
    take(p, phase, start, duration, w.pools, w.base, claim[p.owner[phase]] == CLAIM_HOLDER, 1)


def epoch_at(epoch_month: Months, epoch: int, month: int) -> int:
    while epoch + 1 < len(epoch_month) and epoch_month[epoch + 1] <= month:
        epoch += 1
    return epoch


def next_event(p: Problem, w: Plan, epoch_month: Months, epoch: int, delay: Months) -> int:
    """The month in which the next overrun becomes known or the next epoch begins; NOT_PLANNED when none does."""
    event = p.n_month + 1
    for phase in range(len(p.duration)):
        if delay[phase] > 0 and not w.revealed[phase] and w.finish[phase] != NOT_PLANNED:
            event = min(event, w.finish[phase])
    if epoch + 1 < len(epoch_month) and epoch_month[epoch + 1] < p.n_month:
        event = min(event, epoch_month[epoch + 1])
    return event if event <= p.n_month else NOT_PLANNED


def commit_started(p: Problem, w: Plan, claim: Months, delay: Months, month: int) -> None:
    """What starts before this month is committed, and a phase of 0 months whose overrun becomes known in it."""
    for phase in range(len(p.duration)):
        start = int(w.start[phase])
        if w.committed[phase] or start == NOT_PLANNED:
            continue
        if start < month or (start == month and is_known_instant(p, w, delay, phase, month)):
            w.committed[phase] = True
            is_holder = claim[p.owner[phase]] == CLAIM_HOLDER
            take(p, phase, start, int(w.worked[phase]), w.pools, w.base, is_holder, 1)


def is_overdue(w: Plan, delay: Months, phase: int, month: int) -> bool:
    """Whether it should be finished in this month, and is not."""
    overdue: bool = delay[phase] > 0 and not w.revealed[phase] and w.finish[phase] == month
    return overdue


def is_known_instant(p: Problem, w: Plan, delay: Months, phase: int, month: int) -> bool:
    """Whether a phase of 0 months begins in this month, so that its overrun becomes known at once."""
    return is_overdue(w, delay, phase, month) and not waits_for_overrun(p, w, delay, phase, month)


def waits_for_overrun(p: Problem, w: Plan, delay: Months, phase: int, month: int) -> bool:
    """Whether a predecessor overruns in this month, directly or through phases of 0 months that are not committed."""
    waiting = [phase]  # a stack in place of recursion, for Numba
    while len(waiting) > 0:
        last = waiting.pop()
        for k in range(p.predecessor_start[last], p.predecessor_start[last + 1]):
            before = int(p.predecessor[k])
            if is_overdue(w, delay, before, month):
                return True
            if not w.committed[before] and w.start[before] == month and w.finish[before] == month:
                waiting.append(before)
    return False


def reveal(p: Problem, w: Plan, now: Moment, delay: Months) -> bool:
    """Works out the overruns that become known in this month, in list order; whether there are any."""
    is_any = False
    for project in now.order:
        for phase in range(p.phase_start[project], p.phase_start[project + 1]):
            if w.committed[phase] and is_overdue(w, delay, phase, now.month):
                is_any = True
                overrun(p, w, phase, delay[phase], now.claim[project] == CLAIM_HOLDER)
    return is_any


def overrun(p: Problem, w: Plan, phase: int, months_left: int, is_holder: bool) -> None:
    """Work on in the next months in which the crews of the phase are not promised to another started phase."""
    w.revealed[phase] = True
    month = w.finish[phase]
    # what was planned at 0 months has no crew to keep
    first = p.need_start[phase]
    last = p.need_start[phase + 1] if w.worked[phase] > 0 else first
    while months_left > 0 and month < p.n_month:
        can_run = p.is_open[phase, month]
        for need in range(first, last):
            can_run = can_run and w.base.free[w.pools[need], month] >= p.need_units[need]
        if can_run:
            for need in range(first, last):
                w.base.free[w.pools[need], month] -= p.need_units[need]
                if is_holder:
                    w.base.held[w.pools[need], month] += p.need_units[need]
            months_left -= 1
        month += 1
    w.finish[phase] = month if months_left == 0 else NOT_PLANNED
