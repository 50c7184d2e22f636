"""Placing the phases of one plan: the part of the Numba schedule twin that `schedule.py` calls at every event.

`p`, `w` and `rule` are the tuples Problem, Work and Rule of `schedule.py`.
"""

from __future__ import annotations

from numba import njit

from gridprio.model.plan import CLAIM_HOLDER, CLAIM_RESTRICTED, NOT_PLANNED, Binding

HOLDER, RESTRICTED, NEVER = int(CLAIM_HOLDER), int(CLAIM_RESTRICTED), int(NOT_PLANNED)
NONE, BUDGET, OUTAGE_WINDOW = int(Binding.NONE), int(Binding.BUDGET), int(Binding.OUTAGE_WINDOW)
STATUS_FROM, EARLIEST, MATERIAL = int(Binding.STATUS_FROM), int(Binding.EARLIEST), int(Binding.MATERIAL)
REQUIRES, HORIZON = int(Binding.REQUIRES), int(Binding.HORIZON)
LAPSES, SECURITY = int(Binding.LAPSES), int(Binding.SECURITY)

# Arrays are named before a loop: one that is taken out of a tuple counts a reference, and within a loop each time.


@njit(cache=True, nogil=True)
def end_of_work(p, phase, start, duration):
    """Month after `duration` months of work from `start` on; NEVER when the horizon cuts them off."""
    is_open, n_month = p.is_open[phase], p.n_month
    month = start
    while duration > 0 and month < n_month:
        if is_open[month]:
            duration -= 1
        month += 1
    return month if duration == 0 and month <= n_month else NEVER


@njit(cache=True, nogil=True)
def take(p, phase, start, duration, pools, stock, is_holder, sign):
    """Take (`sign` 1) or give back (-1) what a phase uses in its months of work; the horizon cuts them off."""
    is_open, n_month, need_units, free, money, held = (
        p.is_open[phase], p.n_month, p.need_units, stock.free, stock.money, stock.held,
    )  # fmt: skip
    row = p.phase_budget[phase]
    rate = sign * (p.cost[phase] // duration) if row >= 0 and duration > 0 else 0
    first, last = p.need_start[phase], p.need_start[phase + 1]
    worked, month = 0, start
    while month < n_month and worked < duration:
        if is_open[month]:
            worked += 1
            for need in range(first, last):
                units = sign * need_units[need]
                free[pools[need], month] -= units
                if is_holder:
                    held[pools[need], month] += units
            if row >= 0:
                money[row, month // 12] -= rate
        month += 1
    if duration > 0 and start < n_month:
        for k in range(p.material_start[phase], p.material_start[phase + 1]):
            stock.deliveries[p.material[k], start // 12] -= sign * p.material_units[k]


@njit(cache=True, nogil=True)
def serial(p, w, rule, reserve_holds, only_kept_out):
    for project in rule.order:
        if not only_kept_out or rule.claim[project] == RESTRICTED:
            w.next_phase[project] = p.phase_start[project]
            for phase in range(p.phase_start[project], p.phase_start[project + 1]):
                w.pending[phase] = not w.committed[phase]
                w.not_before[phase] = 0
                w.given_up[phase] = False
    n_waiting = 0
    for project in rule.order:
        if only_kept_out and rule.claim[project] != RESTRICTED:
            continue
        _place_project(p, w, rule, project, reserve_holds)
        if w.next_phase[project] < p.phase_start[project + 1]:
            w.waiting[n_waiting] = project
            n_waiting += 1
            continue
        resumed = True
        while resumed:  # after each project that is complete the first that can go on does
            resumed = False
            for k in range(n_waiting):
                other = w.waiting[k]
                at = w.next_phase[other]
                _place_project(p, w, rule, other, reserve_holds)
                if w.next_phase[other] > at:
                    resumed = True
                    if w.next_phase[other] == p.phase_start[other + 1]:
                        n_waiting -= 1
                        for j in range(k, n_waiting):
                            w.waiting[j] = w.waiting[j + 1]
                    break


@njit(cache=True, nogil=True)
def _place_project(p, w, rule, project, reserve_holds):
    """Place phase after phase until one waits for a project that is not placed."""
    while w.next_phase[project] < p.phase_start[project + 1]:
        phase = w.next_phase[project]
        if w.pending[phase]:
            for k in range(p.predecessor_start[phase], p.predecessor_start[phase + 1]):
                if w.pending[p.predecessor[k]]:
                    return
            _place(p, w, rule, phase, reserve_holds)
            w.pending[phase] = False
            if p.may_lapse and _lapsed(p, w, rule, project, phase):
                continue
        w.next_phase[project] += 1


@njit(cache=True, nogil=True)
def _lapsed(p, w, rule, project, phase):
    """Whether something would lapse before `phase` starts; then it and what follows is placed again, later.

    When it has started, or when no later place helps, nothing moves and `phase` itself is not planned.
    """
    is_holder = rule.claim[project] == HOLDER
    start = w.start[phase]
    rows = range(p.predecessor_start[phase], p.predecessor_start[phase + 1])
    is_late, can_move, was_moved = False, not w.given_up[phase], False
    for k in rows:
        before, valid = p.predecessor[k], p.predecessor_valid[k]
        if valid >= 0:
            was_moved = was_moved or w.not_before[before] > 0
            if start != NEVER and w.finish[before] + valid < start:
                is_late = True
                can_move = can_move and not w.committed[before] and _later(p, w, before, start - valid) != NEVER
    first = phase + 1
    if can_move and (start != NEVER or not was_moved):
        for k in rows:
            before, valid = p.predecessor[k], p.predecessor_valid[k]
            if valid >= 0 and start != NEVER and w.finish[before] + valid < start:
                w.not_before[before] = _later(p, w, before, start - valid)
                first = min(first, before)
    elif was_moved and not w.given_up[phase]:  # back to where it stood
        w.given_up[phase] = True
        for k in rows:
            before = p.predecessor[k]
            if p.predecessor_valid[k] >= 0 and w.not_before[before] > 0:
                w.not_before[before] = 0
                first = min(first, before)
    elif is_late:
        take(p, phase, start, w.worked[phase], w.pools, w.now, is_holder, -1)
        w.start[phase] = NEVER
        w.finish[phase] = NEVER
        w.binding[phase] = LAPSES
        w.resource[phase] = -1
    if first > phase:
        return False
    for other in range(first, phase + 1):
        if not w.committed[other]:
            if w.start[other] != NEVER:
                take(p, other, w.start[other], w.worked[other], w.pools, w.now, is_holder, -1)
            w.pending[other] = True
    w.next_phase[project] = first
    return True


@njit(cache=True, nogil=True)
def _later(p, w, phase, finish):
    """First start month with which `phase` is not finished before `finish`."""
    for month in range(w.start[phase] + 1, p.n_month + 1):
        end = end_of_work(p, phase, month, w.worked[phase])
        if end == NEVER:
            return NEVER
        if end >= finish:
            return month
    return NEVER


@njit(cache=True, nogil=True)
def _place(p, w, rule, phase, reserve_holds):
    w.start[phase] = NEVER
    w.finish[phase] = NEVER
    w.resource[phase] = -1
    left_out = w.out[p.owner[phase]]
    if left_out[0] != NONE:
        w.binding[phase] = left_out[0]
        w.resource[phase] = left_out[1]
        return
    ready, why = _ready(p, w, phase)
    w.binding[phase] = why
    if ready == NEVER:
        return
    duration = max(0, p.duration[phase] - rule.saved[phase])
    month = max(ready, rule.month)
    is_open, n_month = p.is_open[phase], p.n_month
    pushed, pushed_by = -1, -1
    while True:
        while duration > 0 and month < n_month and not is_open[month]:
            pushed = SECURITY if (p.calendar[phase] >> (month % 12)) & 1 else OUTAGE_WINDOW
            pushed_by = -1
            month += 1
        end = end_of_work(p, phase, month, duration)
        if end == NEVER:
            w.binding[phase] = pushed if pushed >= 0 else HORIZON
            w.resource[phase] = pushed_by
            return
        if duration == 0:
            break
        until, by, by_resource = _blocked_until(p, w, rule, phase, month, end, duration, reserve_holds)
        if until <= month:
            break
        month, pushed, pushed_by = until, by, by_resource
    w.start[phase] = month
    w.finish[phase] = end
    w.worked[phase] = duration
    is_holder = rule.claim[p.owner[phase]] == HOLDER
    take(p, phase, month, duration, w.pools, w.now, is_holder, 1)
    if pushed >= 0:
        w.binding[phase] = pushed
        w.resource[phase] = pushed_by
    elif rule.month > ready:
        if w.before[phase, 0] == month:
            w.binding[phase] = w.before[phase, 1]
            w.resource[phase] = w.before[phase, 2]
        else:
            w.binding[phase] = STATUS_FROM if rule.new_order else NONE


@njit(cache=True, nogil=True)
def _ready(p, w, phase):
    """First month that precedence allows and what set it; NEVER when a predecessor is not planned."""
    ready, why = 0, NONE
    if p.earliest[phase] > ready:
        ready, why = p.earliest[phase], EARLIEST
    for k in range(p.predecessor_start[phase], p.predecessor_start[phase + 1]):
        finish, kind = w.finish[p.predecessor[k]], p.predecessor_binding[k]
        if finish == NEVER:
            return NEVER, kind
        after = finish if kind == REQUIRES else finish + p.lag[phase]
        if after > ready:
            ready, why = after, kind
    if w.not_before[phase] > ready:
        ready, why = w.not_before[phase], LAPSES
    return ready, why


@njit(cache=True, nogil=True)
def _blocked_until(p, w, rule, phase, month, end, duration, reserve_holds):
    """First start month that is not ruled out by what is short from `month` to `end`, and what is short; else 0."""
    until, by, resource = 0, 0, -1
    kept_out = reserve_holds and rule.claim[p.owner[phase]] == RESTRICTED
    for need in range(p.need_start[phase], p.need_start[phase + 1]):
        need_until, need_pool = -1, -1
        for k in range(p.pool_start[need], p.pool_start[need + 1]):
            free_from = _free_from(p, w, phase, p.pool[k], p.need_units[need], month, end, kept_out)
            if need_pool < 0 or free_from < need_until:
                need_until, need_pool = free_from, p.pool[k]
            if free_from == 0:
                break  # the first pool that can do it does it
        w.pools[need] = need_pool
        if need_until > until:
            until, by, resource = need_until, p.resource_binding[need_pool], need_pool
    row = p.phase_budget[phase]
    if row >= 0:
        paid_from = _paid_from(p, w, phase, month, end, duration)
        if paid_from > until:
            until, by, resource = paid_from, BUDGET, len(p.resource_binding) + row
    year = month // 12
    for k in range(p.material_start[phase], p.material_start[phase + 1]):
        if w.now.deliveries[p.material[k], year] < p.material_units[k] and 12 * (year + 1) > until:
            until, by = 12 * (year + 1), MATERIAL
            resource = len(p.resource_binding) + len(p.budget) + p.material[k]
    return until, by, resource


@njit(cache=True, nogil=True)
def _free_from(p, w, phase, pool, units, month, end, kept_out):
    """Month after the last month of work in which the pool is short; 0 when it never is."""
    is_open, free = p.is_open[phase], w.now.free[pool]
    reserved, held = p.reserved[pool], w.now.held[pool]
    for m in range(end - 1, month - 1, -1):
        if is_open[m]:
            kept = max(0, reserved[m] - held[m]) if kept_out else 0
            if free[m] - kept < units:
                return m + 1
    return 0


@njit(cache=True, nogil=True)
def _paid_from(p, w, phase, month, end, duration):
    """Month after the last month of work that must be left out because the money of its year is spent; else 0."""
    rate = p.cost[phase] // duration
    if rate == 0:
        return 0
    is_open, money = p.is_open[phase], w.now.money[p.phase_budget[phase]]
    for year in range((end - 1) // 12, month // 12 - 1, -1):
        payable = max(0, money[year]) // rate
        for m in range(min(end, year * 12 + 12) - 1, max(month, year * 12) - 1, -1):
            if is_open[m]:
                if payable == 0:
                    return m + 1
                payable -= 1
    return 0
