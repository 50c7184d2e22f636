"""Serial schedule generation with realised delays: the Numba twin of `reference/schedule.py`, byte for byte.

Method and words: docs/theory/plan.md. Names follow the Rust twin (`rust/gridprio-planner/src/schedule/`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridprio.kernels.numba_backend.schedule_choices import leave_out, misfit
from gridprio.kernels.numba_backend.schedule_place import end_of_work, serial, take
from gridprio.model.plan import (
    CLAIM_HOLDER,
    CLAIM_RESTRICTED,
    NOT_PLANNED,
    Binding,
    OrderArrays,
    PlanArrays,
    ScheduleArrays,
)

HOLDER, RESTRICTED, NEVER = int(CLAIM_HOLDER), int(CLAIM_RESTRICTED), int(NOT_PLANNED)
NONE, FIXED = int(Binding.NONE), int(Binding.FIXED)

Months = NDArray[np.int32]
Amounts = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Problem(NamedTuple):
    """Fields of `PlanArrays` as Numba takes them, and what follows from them.

    `owner[phase]` is the project; `is_open[phase, month]` whether it may run.
    """

    n_month: int
    phase_start: Months
    duration: Months
    calendar: Months
    earliest: Months
    fixed_start: Months
    lag: Months
    predecessor_start: Months
    predecessor: Months
    predecessor_binding: Months
    predecessor_valid: Months
    need_start: Months
    need_units: Amounts
    pool_start: Months
    pool: Months
    capacity: Amounts
    reserved: Amounts
    resource_binding: Months
    budget: Amounts
    phase_budget: Months
    cost: Amounts
    deliveries: Amounts
    material_start: Months
    material: Months
    material_units: Amounts
    exclude_start: Months
    exclude: Months
    size_group: Months
    until_month: Months
    until_start: Months
    until: Months
    owner: Months
    is_open: Flags
    has_choices: bool
    may_lapse: bool


class Stock(NamedTuple):
    """What is left of crews and money, of deliveries, and what holders use of the reserve."""

    free: Amounts
    money: Amounts
    deliveries: Amounts
    held: Amounts


class Work(NamedTuple):
    """Arrays of one plan in the making; `before[phase]` is start, binding and resource before it is made again.

    `out[project]` is the reason and the resource of what is not built (NONE for what is), `dropped` the same for what
    gave way in this plan.
    """

    start: Months
    finish: Months
    binding: Months
    resource: Months
    worked: Months
    pools: Months
    committed: Flags
    revealed: Flags
    pending: Flags
    base: Stock
    now: Stock
    before: Months
    not_before: Months
    given_up: Flags
    out: Months
    dropped: Months
    begun: Flags
    next_phase: Months
    waiting: Months


class Rule(NamedTuple):
    """The list of one epoch and the moment at which the plan is made."""

    order: Months
    claim: Months
    saved: Months
    month: int
    new_order: bool


def schedule(problem: PlanArrays, orders: OrderArrays, delay: NDArray[np.int32], *, threads: int) -> ScheduleArrays:
    """Every order under every draw; `delay[draw, phase]` in months. The result does not depend on `threads`."""
    n_plan = len(orders.project_order) * len(delay)
    owner = np.repeat(np.arange(problem.n_project, dtype=np.int32), np.diff(problem.phase_start))
    values: dict[str, Any] = {name: getattr(problem, name) for name in Problem._fields[:-4]}
    fields = Problem(
        **values,
        owner=owner,
        is_open=_open_months(problem),
        has_choices=problem.has_choices,
        may_lapse=bool((problem.predecessor_valid >= 0).any()),
    )
    out = [np.full((n_plan, problem.n_phase), fill, dtype=np.int32) for fill in (NEVER, NEVER, NONE, -1)]
    if n_plan and problem.n_phase:
        cuts = np.linspace(0, n_plan, max(1, min(threads, n_plan)) + 1).astype(np.int64)
        lists = (orders.epoch_month, orders.project_order, orders.claim, orders.saved)
        delay = np.array(delay, dtype=np.int32)

        def run(rows: tuple[int, int]) -> None:
            _schedule_rows(fields, *lists, delay, *rows, *out)

        with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
            list(pool.map(run, pairwise(cuts.tolist())))
    return ScheduleArrays(*out)


def _open_months(problem: PlanArrays) -> Flags:
    """[phase, month], whether the phase may run."""
    month = np.arange(problem.n_month)
    is_open: Flags = (problem.calendar[:, None] >> (month % 12)) & 1 == 1
    shut = problem.closed_row >= 0
    is_open[shut] &= ~problem.closed[problem.closed_row[shut]]
    return is_open


@njit(cache=True, nogil=True)
def _schedule_rows(p, epoch_month, project_order, claim, saved, delay, first, last, start, finish, binding, resource):
    n_phase, n_project = len(p.duration), len(p.phase_start) - 1
    for row in range(first, last):
        w = Work(
            start[row],
            finish[row],
            binding[row],
            resource[row],
            np.zeros(n_phase, np.int32),
            np.zeros(len(p.need_units), np.int32),
            np.zeros(n_phase, np.bool_),
            np.zeros(n_phase, np.bool_),
            np.zeros(n_phase, np.bool_),
            Stock(p.capacity.copy(), p.budget.copy(), p.deliveries.copy(), np.zeros_like(p.capacity)),
            Stock(p.capacity.copy(), p.budget.copy(), p.deliveries.copy(), np.zeros_like(p.capacity)),
            np.zeros((n_phase, 3), np.int32),
            np.zeros(n_phase, np.int32),
            np.zeros(n_phase, np.bool_),
            np.zeros((n_project, 2), np.int32),
            np.zeros((n_project, 2), np.int32),
            np.zeros(n_project, np.bool_),
            np.zeros(n_project, np.int32),
            np.zeros(n_project, np.int32),
        )
        order = row // len(delay)
        _realise(p, w, epoch_month, project_order[order], claim[order], saved[order], delay[row % len(delay)])


@njit(cache=True, nogil=True)
def _realise(p, w, epoch_month, project_order, claim, saved, delay):
    for phase in range(len(p.duration)):
        if p.fixed_start[phase] >= 0:
            _fix(p, w, claim[0], phase)
    epoch = _epoch_at(epoch_month, 0, 0)
    _replan(p, w, Rule(project_order[epoch], claim[epoch], saved[epoch], 0, False))
    while True:
        month = _next_event(p, w, epoch_month, epoch, delay)
        if month < 0:
            return
        _commit_started(p, w, claim[epoch], delay, month)
        old, epoch = epoch, _epoch_at(epoch_month, epoch, month)
        new_order = not (
            np.array_equal(project_order[old], project_order[epoch])
            and np.array_equal(claim[old], claim[epoch])
            and np.array_equal(saved[old], saved[epoch])
        )
        rule = Rule(project_order[epoch], claim[epoch], saved[epoch], month, new_order)
        if _reveal(p, w, rule, delay) or new_order:
            _replan(p, w, rule)


@njit(cache=True, nogil=True)
def _epoch_at(epoch_month, epoch, month):
    while epoch + 1 < len(epoch_month) and epoch_month[epoch + 1] <= month:
        epoch += 1
    return epoch


@njit(cache=True, nogil=True)
def _fix(p, w, claim, phase):
    start, duration = p.fixed_start[phase], p.duration[phase]
    w.start[phase] = start if start < p.n_month else NEVER
    w.finish[phase] = end_of_work(p, phase, start, duration)
    w.binding[phase] = FIXED
    w.worked[phase] = duration
    for need in range(p.need_start[phase], p.need_start[phase + 1]):
        w.pools[need] = p.pool[p.pool_start[need]]
    w.committed[phase] = True
    is_holder = claim[p.owner[phase]] == HOLDER
    take(p, phase, start, duration, w.pools, w.base, is_holder, 1)


@njit(cache=True, nogil=True)
def _next_event(p, w, epoch_month, epoch, delay):
    event = -1
    for phase in range(len(p.duration)):
        if delay[phase] > 0 and not w.revealed[phase] and w.finish[phase] != NEVER:
            event = w.finish[phase] if event < 0 else min(event, w.finish[phase])
    if epoch + 1 < len(epoch_month) and epoch_month[epoch + 1] < p.n_month:
        event = epoch_month[epoch + 1] if event < 0 else min(event, epoch_month[epoch + 1])
    return event


@njit(cache=True, nogil=True)
def _commit_started(p, w, claim, delay, month):
    for phase in range(len(p.duration)):
        start = w.start[phase]
        if w.committed[phase] or start == NEVER:
            continue
        if start < month or (start == month and _is_known_instant(p, w, delay, phase, month)):
            w.committed[phase] = True
            is_holder = claim[p.owner[phase]] == HOLDER
            take(p, phase, start, w.worked[phase], w.pools, w.base, is_holder, 1)


@njit(cache=True, nogil=True)
def _is_unknown(w, delay, phase, month):
    """Whether it should be finished in this month, and is not."""
    return delay[phase] > 0 and not w.revealed[phase] and w.finish[phase] == month


@njit(cache=True, nogil=True)
def _is_known_instant(p, w, delay, phase, month):
    """Whether a phase of 0 months begins in this month, so that its overrun becomes known at once."""
    if not _is_unknown(w, delay, phase, month):
        return False
    for k in range(p.predecessor_start[phase], p.predecessor_start[phase + 1]):
        if _is_unknown(w, delay, p.predecessor[k], month):
            return False
    return True


@njit(cache=True, nogil=True)
def _reveal(p, w, rule, delay):
    """Overruns that become known in this month, in list order."""
    any_overrun = False
    for project in rule.order:
        for phase in range(p.phase_start[project], p.phase_start[project + 1]):
            if w.committed[phase] and _is_unknown(w, delay, phase, rule.month):
                any_overrun = True
                _overrun(p, w, phase, delay[phase], rule.claim[project] == HOLDER)
    return any_overrun


@njit(cache=True, nogil=True)
def _overrun(p, w, phase, left, is_holder):
    """Work on in the next months in which the crews of the phase are not promised to another started phase."""
    w.revealed[phase] = True
    month = w.finish[phase]
    # what was planned at 0 months has no crew to keep
    first = p.need_start[phase]
    last = p.need_start[phase + 1] if w.worked[phase] > 0 else first
    is_open = p.is_open[phase]
    while left > 0 and month < p.n_month:
        can_run = is_open[month]
        for need in range(first, last):
            can_run = can_run and w.base.free[w.pools[need], month] >= p.need_units[need]
        if can_run:
            for need in range(first, last):
                w.base.free[w.pools[need], month] -= p.need_units[need]
                if is_holder:
                    w.base.held[w.pools[need], month] += p.need_units[need]
            left -= 1
        month += 1
    w.finish[phase] = month if left == 0 else NEVER


@njit(cache=True, nogil=True)
def _replan(p, w, rule):
    w.before[:, 0] = w.start
    w.before[:, 1] = w.binding
    w.before[:, 2] = w.resource
    w.dropped[:, 0] = NONE
    for project in range(len(w.begun)):
        w.begun[project] = False
        for phase in range(p.phase_start[project], p.phase_start[project + 1]):
            w.begun[project] = w.begun[project] or w.committed[phase]
    while True:
        leave_out(p, w, rule)
        _place_all(p, w, rule)
        if not p.has_choices:
            return
        project, why, resource = misfit(p, w, rule)
        if project < 0:
            return
        w.dropped[project, 0] = why
        w.dropped[project, 1] = resource


@njit(cache=True, nogil=True)
def _place_all(p, w, rule):
    w.now.free[:] = w.base.free
    w.now.money[:] = w.base.money
    w.now.deliveries[:] = w.base.deliveries
    w.now.held[:] = w.base.held
    reserve_holds = False
    for project in rule.order:
        reserve_holds = reserve_holds or rule.claim[project] == RESTRICTED
    serial(p, w, rule, reserve_holds, False)
    if reserve_holds:  # what the holders left of the reserve lapses: those kept out are placed again
        for phase in range(len(p.duration)):
            is_placed = w.start[phase] != NEVER and not w.committed[phase]
            if is_placed and rule.claim[p.owner[phase]] == RESTRICTED:
                take(p, phase, w.start[phase], w.worked[phase], w.pools, w.now, False, -1)
        serial(p, w, rule, False, True)
