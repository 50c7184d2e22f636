"""One phase in one plan: the first month that everything allows, and what it takes there (docs/theory/plan.md).

Order of calculation: from the first month that precedence allows on, the start jumps past the latest month of work in
which something is short, until nothing is. What was short last is the binding constraint. Symbols: `schedule.py`.
"""

from __future__ import annotations

from gridprio.kernels.reference.schedule_state import Amounts, Moment, Months, Plan, Problem, Stock
from gridprio.model.months import ALL_MONTHS
from gridprio.model.plan import CLAIM_HOLDER, CLAIM_RESTRICTED, NOT_PLANNED, Binding

# An array that is taken out of a tuple counts a reference, so inner loops name their arrays first. Numba compiles a
# function once more for 32 bits beside 64 and for a constant beside a variable, hence `int` in some calls.


def end_of_work(p: Problem, phase: int, start: int, duration: int) -> int:
    """Month after `duration` months of work from `start` on; NOT_PLANNED when the horizon cuts them off."""
    is_open = p.is_open[phase]
    month, left = start, duration
    while left > 0 and month < p.n_month:
        if is_open[month]:
            left -= 1
        month += 1
    return month if left == 0 and month <= p.n_month else NOT_PLANNED


def take(
    p: Problem, phase: int, start: int, duration: int, pools: Months, stock: Stock, is_holder: bool, sign: int
) -> None:
    """Take (`sign` 1) or give back (-1) what a phase uses in its months of work; the horizon cuts them off."""
    if duration == 0:
        return
    is_open, free, held, money = p.is_open[phase], stock.free, stock.held, stock.money
    budget = p.phase_budget[phase]
    rate = sign * (p.cost[phase] // duration)
    worked, month = 0, start
    while month < p.n_month and worked < duration:
        if is_open[month]:
            worked += 1
            for need in range(p.need_start[phase], p.need_start[phase + 1]):
                units = sign * p.need_units[need]
                free[pools[need], month] -= units
                if is_holder:
                    held[pools[need], month] += units
            if budget >= 0:
                money[budget, month // 12] -= rate
        month += 1
    if start < p.n_month:
        for k in range(p.material_start[phase], p.material_start[phase + 1]):
            stock.deliveries[p.material[k], start // 12] -= sign * p.material_units[k]


def place(p: Problem, w: Plan, now: Moment, phase: int, reserve_holds: bool) -> None:
    """Place a phase, or say why it is not planned."""
    project = p.owner[phase]
    w.start[phase] = NOT_PLANNED
    w.finish[phase] = NOT_PLANNED
    w.binding[phase] = w.why[project]
    w.resource[phase] = w.why_resource[project]
    if not w.built[project]:
        return
    ready, why = first_allowed(p, w, phase)
    w.binding[phase] = why
    w.resource[phase] = -1
    if ready == NOT_PLANNED:
        return
    duration = max(0, p.duration[phase] - now.saved[phase])
    month = max(ready, now.month)
    pushed, pushed_by = NOT_PLANNED, -1  # the last constraint that had to give way
    while True:
        while duration > 0 and month < p.n_month and not p.is_open[phase, month]:
            in_season = (p.calendar[phase] >> (month % 12)) & 1 == 1
            pushed = Binding.SECURITY.value if in_season else Binding.OUTAGE_WINDOW.value
            pushed_by = -1
            month += 1
        end = end_of_work(p, phase, month, duration)
        if end == NOT_PLANNED:
            w.binding[phase] = pushed if pushed >= 0 else Binding.HORIZON.value
            if is_own(w.binding[phase], pushed_by):
                would_fit = ready + duration <= p.n_month and p.calendar[phase] != ALL_MONTHS
                own = Binding.OUTAGE_WINDOW.value if would_fit else Binding.HORIZON.value
                w.binding[phase] = first_own(w, phase, own)
            w.resource[phase] = pushed_by
            return
        until, by, by_resource = blocked_until(p, w, now, phase, month, end, duration, reserve_holds)
        if until <= month:
            break
        month, pushed, pushed_by = until, by, by_resource
    w.start[phase] = month
    w.finish[phase] = end
    w.worked[phase] = duration
    take(p, phase, month, duration, w.pools, w.left, now.claim[project] == CLAIM_HOLDER, 1)
    if pushed >= 0:
        w.binding[phase] = pushed
        w.resource[phase] = pushed_by
    elif now.month > ready:  # moved by the event alone
        if w.old_start[phase] == month:
            w.binding[phase] = w.old_binding[phase]
            w.resource[phase] = w.old_resource[phase]
        else:
            w.binding[phase] = Binding.STATUS_FROM.value if now.new_order else Binding.NONE.value


def is_own(binding: int, resource: int) -> bool:
    """Nothing scarce, and no outage, holds the phase: its own months and the horizon do."""
    of_season = binding == Binding.OUTAGE_WINDOW.value and resource < 0
    return of_season or binding == Binding.HORIZON.value or binding == Binding.LAPSES.value


def first_own(w: Plan, phase: int, binding: int) -> int:
    """Why a phase is not planned where that `is_own`: the first such reason, in whatever month it is placed anew."""
    was_own: bool = w.old_start[phase] == NOT_PLANNED and is_own(w.old_binding[phase], w.old_resource[phase])
    return w.old_binding[phase] if was_own else binding


def first_allowed(p: Problem, w: Plan, phase: int) -> tuple[int, int]:
    """First month that precedence allows and what set it; NOT_PLANNED when a predecessor is not planned."""
    ready, why = 0, Binding.NONE.value
    if p.earliest[phase] > ready:
        ready, why = p.earliest[phase], Binding.EARLIEST.value
    for k in range(p.predecessor_start[phase], p.predecessor_start[phase + 1]):
        finish, kind = w.finish[p.predecessor[k]], p.predecessor_binding[k]
        if finish == NOT_PLANNED:
            return NOT_PLANNED, kind
        after = finish if kind == Binding.REQUIRES.value else finish + p.lag[phase]
        if after > ready:
            ready, why = after, kind
    if w.not_before[phase] > ready:
        ready, why = w.not_before[phase], Binding.LAPSES.value
    return ready, why


def blocked_until(
    p: Problem, w: Plan, now: Moment, phase: int, month: int, end: int, duration: int, reserve_holds: bool
) -> tuple[int, int, int]:
    """First start month not ruled out by what is short from `month` to `end` (else 0), what is short, its resource.

    A need is filled by the first of its pools that is not short, else it waits for the one that is free first.
    """
    until, by, resource = 0, 0, -1
    if duration == 0:
        return until, by, resource
    kept_out = reserve_holds and now.claim[p.owner[phase]] == CLAIM_RESTRICTED
    for need in range(p.need_start[phase], p.need_start[phase + 1]):
        need_until, need_pool = p.n_month + 1, -1
        for k in range(p.pool_start[need], p.pool_start[need + 1]):
            free_from = after_last_short(p, w.left, phase, p.pool[k], p.need_units[need], month, end, kept_out)
            if free_from < need_until:
                need_until, need_pool = free_from, p.pool[k]
        w.pools[need] = need_pool
        if need_until > until:
            until, by, resource = need_until, p.resource_binding[need_pool], need_pool
    n_resource, budget, year = len(p.resource_binding), p.phase_budget[phase], month // 12
    if budget >= 0:
        paid_from = after_last_unpaid(p, w.left.money[budget], phase, month, end, duration)
        if paid_from > until:
            until, by, resource = paid_from, Binding.BUDGET.value, n_resource + budget
    for k in range(p.material_start[phase], p.material_start[phase + 1]):
        if w.left.deliveries[p.material[k], year] < p.material_units[k] and 12 * (year + 1) > until:
            until, by = 12 * (year + 1), Binding.MATERIAL.value
            resource = n_resource + len(p.budget) + p.material[k]
    return until, by, resource


def after_last_short(
    p: Problem, left: Stock, phase: int, pool: int, units: int, month: int, end: int, kept_out: bool
) -> int:
    """Month after the last month of work in which the pool is short; 0 when it never is."""
    is_open, free, reserved, held = p.is_open[phase], left.free[pool], p.reserved[pool], left.held[pool]
    for m in range(end - 1, month - 1, -1):
        if is_open[m]:
            kept = max(0, reserved[m] - held[m]) if kept_out else 0
            if free[m] - kept < units:
                return m + 1
    return 0


def after_last_unpaid(p: Problem, money: Amounts, phase: int, month: int, end: int, duration: int) -> int:
    """Month after the last month of work that must be left out because the money of its year is spent; else 0."""
    rate = p.cost[phase] // duration
    if rate == 0:
        return 0
    is_open = p.is_open[phase]
    for year in range((end - 1) // 12, month // 12 - 1, -1):
        payable = max(0, money[year]) // rate
        for m in range(min(end, year * 12 + 12) - 1, max(month, year * 12) - 1, -1):
            if is_open[m]:
                if payable == 0:
                    return m + 1
                payable -= 1
    return 0
