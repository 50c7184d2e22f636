"""Placing everything that has not started, once: the part of `schedule.py` that is asked at every event."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import CLAIM_HOLDER, CLAIM_RESTRICTED, NOT_PLANNED, Binding, OrderArrays, PlanArrays


class Stock(NamedTuple):
    """What is left of crews and money, of deliveries, and what holders use of the reserve."""

    free: list[list[int]]
    money: list[list[int]]
    delivery: list[list[int]]
    held: list[list[int]]


class Placing:
    """One plan in the making."""

    def __init__(self, problem: PlanArrays, orders: OrderArrays, order: int, delay: NDArray[np.int32]) -> None:
        self.p = problem
        self.epoch_month = [int(m) for m in orders.epoch_month]
        self.project_order = orders.project_order[order].tolist()
        self.claims = orders.claim[order].tolist()
        self.saved = orders.saved[order].tolist()
        self.delay = [int(d) for d in delay]
        n = problem.n_phase
        self.owner = np.repeat(np.arange(problem.n_project), np.diff(problem.phase_start)).tolist()
        self.start = [NOT_PLANNED] * n
        self.finish = [NOT_PLANNED] * n
        self.binding = [0] * n
        self.resource = [-1] * n
        self.pools: list[list[int]] = [[] for _ in range(n)]
        self.months: list[list[int]] = [[] for _ in range(n)]
        self.committed = [False] * n
        self.revealed = [False] * n
        self.epoch = 0
        # what the committed phases leave; `held_*` is the use by holders of the reserve
        self.base_free = problem.capacity.tolist()
        self.base_budget = problem.budget.tolist()
        self.base_delivery = problem.deliveries.tolist()
        self.base_held = np.zeros_like(problem.capacity).tolist()

    # --- one plan ------------------------------------------------------------------------------------------------

    def _replan(self, now: int, new_order: bool) -> None:
        self.now, self.new_order = now, new_order
        self.before = list(zip(self.start, self.binding, self.resource, strict=True))
        self.begun = [any(self.committed[f] for f in self._phases(p)) for p in range(self.p.n_project)]
        dropped: dict[int, tuple[int, int]] = {}
        while True:
            self.out = self._left_out(dropped)
            self._place_all()
            misfit = self._misfit(dropped)
            if misfit is None:
                return
            project, why = misfit
            dropped[project] = why

    def _place_all(self) -> None:
        self.free = [row[:] for row in self.base_free]
        self.money = [row[:] for row in self.base_budget]
        self.delivery = [row[:] for row in self.base_delivery]
        self.held = [row[:] for row in self.base_held]
        order, claim = self.project_order[self.epoch], self.claims[self.epoch]
        # a reserve only exists while somebody is kept out of it
        self.reserve_holds = CLAIM_RESTRICTED in claim
        self._serial(order)
        if self.reserve_holds:  # what the holders left of the reserve lapses: those kept out are placed again
            again = [p for p in order if claim[p] == CLAIM_RESTRICTED]
            for project in again:
                for phase in self._phases(project):
                    if not self.committed[phase] and self.start[phase] != NOT_PLANNED:
                        self._give_back(phase)
            self.reserve_holds = False
            self._serial(again)

    def _left_out(self, dropped: dict[int, tuple[int, int]]) -> list[tuple[int, int] | None]:
        """Reason and resource of what is not built.

        Of projects that exclude each other the one with started works stays, else the first in the list.
        """
        order = self.project_order[self.epoch]
        out: list[tuple[int, int] | None] = [(Binding.EXCLUDED, -1)] * self.p.n_project
        for project in [p for p in order if self.begun[p]] + [p for p in order if not self.begun[p]]:
            rivals = self.p.exclude[self.p.exclude_start[project] : self.p.exclude_start[project + 1]]
            if project in dropped:
                out[project] = dropped[project]
            elif self.begun[project] or all(out[r] is not None for r in rivals):
                out[project] = None
        return out

    def _misfit(self, dropped: dict[int, tuple[int, int]]) -> tuple[int, tuple[int, int]] | None:
        """The first in the list that gives way, and why: a size that does not fit while another may, or a temporary
        solution that would not be in service before it is to go."""
        group = self.p.size_group.tolist()
        for project in self.project_order[self.epoch]:
            if self.begun[project] or self.out[project] is not None:
                continue
            unplanned = [f for f in self._phases(project) if self.finish[f] == NOT_PLANNED]
            others = [p for p in range(self.p.n_project) if group[p] == group[project] >= 0]
            if unplanned and any(p != project and p not in dropped for p in others):
                return project, (self.binding[unplanned[0]], self.resource[unplanned[0]])
            in_service, until = self._in_service(project), self._until(project)
            if NOT_PLANNED != until <= in_service:
                return project, (Binding.OVERTAKEN, -1)
        return None

    def _in_service(self, project: int) -> int:
        finish = [self.finish[f] for f in self._phases(project)]
        return max(finish) if finish and NOT_PLANNED not in finish else NOT_PLANNED

    def _until(self, project: int) -> int:
        """Month in which a temporary solution goes; NOT_PLANNED when it stays."""
        bridged = self.p.until[self.p.until_start[project] : self.p.until_start[project + 1]]
        months = [int(self.p.until_month[project]), *(self._in_service(int(p)) for p in bridged)]
        return min((m for m in months if m != NOT_PLANNED), default=NOT_PLANNED)

    def _serial(self, order: list[int]) -> None:
        phases = [phase for p in order for phase in self._phases(p)]
        pending = {phase for phase in phases if not self.committed[phase]}
        self.not_before = [0] * self.p.n_phase
        self.given_up = [False] * self.p.n_phase
        left = {p: list(self._phases(p)) for p in order}
        waiting: list[int] = []  # projects that wait for a required one, in list order
        for project in order:
            self._place_project(left[project], pending)
            if left[project]:
                waiting.append(project)
                continue
            resumed = True
            while resumed:  # after each project that is complete the first that can go on does
                resumed = False
                for other in waiting:
                    size = len(left[other])
                    self._place_project(left[other], pending)
                    if len(left[other]) < size:
                        resumed = True
                        break
                waiting = [p for p in waiting if left[p]]

    def _place_project(self, left: list[int], pending: set[int]) -> None:
        """Place what can be placed and take it from `left`."""
        while left and not (left[0] in pending and any(q in pending for q in self._predecessors(left[0]))):
            phase = left.pop(0)
            if phase not in pending:
                continue
            self._place(phase)
            pending.discard(phase)
            again = self._lapsed(phase)
            for other in again:
                if self.start[other] != NOT_PLANNED:
                    self._give_back(other)
            pending.update(again)
            left[:0] = again

    def _lapsed(self, phase: int) -> list[int]:
        """What must be placed again, later, because it would lapse before `phase` starts.

        When it has started, or when no later place helps, nothing moves and `phase` itself is not planned.
        """
        rows = range(self.p.predecessor_start[phase], self.p.predecessor_start[phase + 1])
        kept = [(int(self.p.predecessor[k]), int(self.p.predecessor_valid[k])) for k in rows]
        kept = [(before, valid) for before, valid in kept if valid >= 0]
        start = self.start[phase]
        moved = [before for before, _ in kept if self.not_before[before] > 0]
        late = [(b, valid) for b, valid in kept if start != NOT_PLANNED and self.finish[b] + valid < start]
        later = {b: None if self.committed[b] else self._later(b, start - valid) for b, valid in late}
        possible = {before: month for before, month in later.items() if month is not None}
        if len(possible) == len(later) and not self.given_up[phase] and (start != NOT_PLANNED or not moved):
            for before, month in possible.items():
                self.not_before[before] = month
            again = list(possible)
        elif moved and not self.given_up[phase]:  # back to where it stood
            self.given_up[phase] = True
            for before in moved:
                self.not_before[before] = 0
            again = moved
        else:
            if late:
                self._give_back(phase)
                self.start[phase] = self.finish[phase] = NOT_PLANNED
                self.binding[phase], self.resource[phase] = Binding.LAPSES, -1
            return []
        return [f for f in range(min(again, default=phase + 1), phase + 1) if not self.committed[f]]

    def _later(self, phase: int, finish: int) -> int | None:
        """First start month with which `phase` is not finished before `finish`."""
        for month in range(self.start[phase] + 1, self.p.n_month + 1):
            months = self._work_months(phase, month, len(self.months[phase]))
            if months is None:
                return None
            if (months[-1] + 1 if months else month) >= finish:
                return month
        return None

    def _place(self, phase: int) -> None:
        self.start[phase] = self.finish[phase] = NOT_PLANNED
        self.resource[phase] = -1
        left_out = self.out[self.owner[phase]]
        if left_out is not None:
            self.binding[phase], self.resource[phase] = left_out
            return
        ready, reason = self._ready(phase)
        self.binding[phase] = reason
        if ready == NOT_PLANNED:
            return
        duration = max(0, int(self.p.duration[phase]) - self.saved[self.epoch][phase])
        month = max(ready, self.now)
        pushed: tuple[int, int] | None = None  # the last constraint that had to give way
        while True:
            while duration > 0 and month < self.p.n_month and not self._may_run(phase, month):
                pushed = (Binding.OUTAGE_WINDOW if self._is_out_of_season(phase, month) else Binding.SECURITY, -1)
                month += 1
            months = self._work_months(phase, month, duration)
            if months is None:
                self.binding[phase], self.resource[phase] = pushed or (Binding.HORIZON, -1)
                return
            blocked, by = self._blocked_until(phase, months)
            if blocked <= month:
                break
            month, pushed = blocked, by
        self.start[phase], self.finish[phase] = month, (months[-1] + 1 if months else month)
        self.months[phase] = months
        self.pools[phase] = [self._pool(phase, need, months) for need in self._needs(phase)] if months else []
        self._take(phase, self._now(), duration)
        if pushed is not None:
            self.binding[phase], self.resource[phase] = pushed
        elif self.now > ready:
            old_start, old_binding, old_resource = self.before[phase]
            if old_start == month:
                self.binding[phase], self.resource[phase] = old_binding, old_resource
            else:
                self.binding[phase] = Binding.STATUS_FROM if self.new_order else Binding.NONE

    def _ready(self, phase: int) -> tuple[int, int]:
        """First month that precedence allows and what set it; NOT_PLANNED when a predecessor is."""
        ready, reason = 0, int(Binding.NONE)
        if self.p.earliest[phase] > ready:
            ready, reason = int(self.p.earliest[phase]), int(Binding.EARLIEST)
        for k in range(self.p.predecessor_start[phase], self.p.predecessor_start[phase + 1]):
            before, kind = int(self.p.predecessor[k]), int(self.p.predecessor_binding[k])
            if self.finish[before] == NOT_PLANNED:
                return NOT_PLANNED, kind
            lag = 0 if kind == Binding.REQUIRES else int(self.p.lag[phase])
            if self.finish[before] + lag > ready:
                ready, reason = self.finish[before] + lag, kind
        if self.not_before[phase] > ready:
            ready, reason = self.not_before[phase], int(Binding.LAPSES)
        return ready, reason

    def _blocked_until(self, phase: int, months: list[int]) -> tuple[int, tuple[int, int]]:
        """First start month that is not ruled out by what is short over `months`, and what is short; else 0."""
        until, by = 0, (0, -1)
        for need in self._needs(phase) if months else []:
            need_until, need_pool = -1, -1
            for k in range(self.p.pool_start[need], self.p.pool_start[need + 1]):
                pool = int(self.p.pool[k])
                last = self._last_short(phase, need, pool, months)
                if need_pool < 0 or last + 1 < need_until:
                    need_until, need_pool = last + 1, pool
            if need_until > until:
                until, by = need_until, (int(self.p.resource_binding[need_pool]), need_pool)
        row = int(self.p.phase_budget[phase])
        if row >= 0 and months:
            rate = int(self.p.cost[phase]) // len(months)
            for year in range(months[0] // 12, months[-1] // 12 + 1):
                spent = [m for m in months if m // 12 == year]
                excess = 0 if rate == 0 else len(spent) - max(0, self.money[row][year]) // rate
                if excess > 0 and spent[excess - 1] + 1 > until:
                    until, by = spent[excess - 1] + 1, (Binding.BUDGET, len(self.p.capacity) + row)
        for k in self._materials(phase) if months else []:
            row, year = int(self.p.material[k]), months[0] // 12
            if self.delivery[row][year] < self.p.material_units[k] and 12 * (year + 1) > until:
                until, by = 12 * (year + 1), (Binding.MATERIAL, len(self.p.capacity) + len(self.p.budget) + row)
        return until, by

    def _last_short(self, phase: int, need: int, pool: int, months: list[int]) -> int:
        kept_out = self.reserve_holds and self.claims[self.epoch][self.owner[phase]] == CLAIM_RESTRICTED
        for month in reversed(months):
            free = self.free[pool][month]
            if kept_out:
                free -= max(0, int(self.p.reserved[pool][month]) - self.held[pool][month])
            if free < self.p.need_units[need]:
                return month
        return -1

    def _pool(self, phase: int, need: int, months: list[int]) -> int:
        pools = self.p.pool[self.p.pool_start[need] : self.p.pool_start[need + 1]]
        return next(int(pool) for pool in pools if self._last_short(phase, need, int(pool), months) < 0)

    # --- small parts ---------------------------------------------------------------------------------------------

    def _phases(self, project: int) -> range:
        return range(self.p.phase_start[project], self.p.phase_start[project + 1])

    def _needs(self, phase: int) -> range:
        return range(self.p.need_start[phase], self.p.need_start[phase + 1])

    def _predecessors(self, phase: int) -> list[int]:
        rows = range(self.p.predecessor_start[phase], self.p.predecessor_start[phase + 1])
        return [int(self.p.predecessor[k]) for k in rows]

    def _materials(self, phase: int) -> range:
        return range(self.p.material_start[phase], self.p.material_start[phase + 1])

    def _is_out_of_season(self, phase: int, month: int) -> bool:
        return not self.p.calendar[phase] >> (month % 12) & 1

    def _may_run(self, phase: int, month: int) -> bool:
        row = self.p.closed_row[phase]
        return not self._is_out_of_season(phase, month) and not (row >= 0 and self.p.closed[row, month])

    def _work_months(self, phase: int, start: int, duration: int) -> list[int] | None:
        """The months of work from `start` on; None when the horizon cuts them off."""
        months: list[int] = []
        month = start
        while len(months) < duration and month < self.p.n_month:
            if self._may_run(phase, month):
                months.append(month)
            month += 1
        return months if len(months) == duration and start <= self.p.n_month else None

    def _base(self) -> Stock:
        return Stock(self.base_free, self.base_budget, self.base_delivery, self.base_held)

    def _now(self) -> Stock:
        return Stock(self.free, self.money, self.delivery, self.held)

    def _take(self, phase: int, stock: Stock, duration: int, sign: int = 1) -> None:
        is_holder = self.claims[self.epoch][self.owner[phase]] == CLAIM_HOLDER
        for need, pool in zip(self._needs(phase), self.pools[phase], strict=False):
            units = sign * int(self.p.need_units[need])
            for month in self.months[phase]:
                stock.free[pool][month] -= units
                if is_holder:
                    stock.held[pool][month] += units
        row = int(self.p.phase_budget[phase])
        if row >= 0 and duration > 0:
            rate = sign * (int(self.p.cost[phase]) // duration)
            for month in self.months[phase]:
                stock.money[row][month // 12] -= rate
        if duration > 0 and self.start[phase] != NOT_PLANNED:
            for k in self._materials(phase):
                stock.delivery[int(self.p.material[k])][self.start[phase] // 12] -= sign * int(self.p.material_units[k])

    def _give_back(self, phase: int) -> None:
        self._take(phase, self._now(), len(self.months[phase]), sign=-1)
