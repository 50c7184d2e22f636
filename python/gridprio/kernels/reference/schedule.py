"""Serial schedule generation with realised delays, plainly written: the definition (docs/theory/plan.md).

A plan is made again at every event: a new epoch of the priority list, or the month in which an overrun becomes known.
Started phases are committed: their months and pools stand. All others are placed anew, project by project in the order
of the list, each phase at the first month that everything allows. A project that waits for a required one steps back
and is resumed, before anything lower in the list, as soon as that one is placed. A phase that would lapse before the
one after it starts is taken back and placed later. A size that does not fit and a temporary solution that is not ready
in time are left out, and the plan is made again without them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.reference.schedule_place import Placing
from gridprio.model.plan import CLAIM_HOLDER, NOT_PLANNED, Binding, OrderArrays, PlanArrays, ScheduleArrays


def schedule(problem: PlanArrays, orders: OrderArrays, delay: NDArray[np.int32], *, threads: int) -> ScheduleArrays:
    """Plan every order under every draw; `delay[draw, phase]` in months. One thread does it all."""
    rows = []
    for order in range(len(orders.project_order)):
        for draw in range(len(delay)):
            plan = _Plan(problem, orders, order, delay[draw])
            plan.realise()
            rows.append((plan.start, plan.finish, plan.binding, plan.resource))
    shape = (len(rows), problem.n_phase)
    columns = [np.array(column, dtype=np.int32).reshape(shape) for column in zip(*rows, strict=True)]
    return ScheduleArrays(*columns) if rows else ScheduleArrays(*(np.zeros(shape, np.int32) for _ in range(4)))


class _Plan(Placing):
    """The clock: what is committed, when an overrun becomes known, when everything else is placed anew."""

    def realise(self) -> None:
        for phase in range(self.p.n_phase):
            if self.p.fixed_start[phase] >= 0:
                self._fix(phase)
        while self.epoch + 1 < len(self.epoch_month) and self.epoch_month[self.epoch + 1] <= 0:
            self.epoch += 1
        self._replan(0, new_order=False)
        while (now := self._next_event()) is not None:
            self._commit_started(now)
            new_order = self._advance_epoch(now)
            overran = [f for f in self._in_list_order() if self.committed[f] and self._is_unknown(f, now)]
            for phase in overran:
                self._overrun(phase)
            if overran or new_order:
                self._replan(now, new_order)

    def _fix(self, phase: int) -> None:
        start, duration = int(self.p.fixed_start[phase]), int(self.p.duration[phase])
        months = self._work_months(phase, start, duration)
        self.start[phase] = start if start < self.p.n_month else NOT_PLANNED
        self.finish[phase] = NOT_PLANNED if months is None else (months[-1] + 1 if months else start)
        self.binding[phase] = Binding.FIXED
        if months is None:  # runs on after the horizon
            months = [m for m in range(start, self.p.n_month) if self._may_run(phase, m)]
        self.months[phase] = months
        self.pools[phase] = [int(self.p.pool[self.p.pool_start[need]]) for need in self._needs(phase)]
        self.committed[phase] = True
        self._take(phase, self._base(), duration)

    def _next_event(self) -> int | None:
        months = [
            self.finish[f]
            for f in range(self.p.n_phase)
            if self.delay[f] > 0 and not self.revealed[f] and self.finish[f] != NOT_PLANNED
        ]
        months += [m for m in self.epoch_month[self.epoch + 1 : self.epoch + 2] if m < self.p.n_month]
        return min(months) if months else None

    def _commit_started(self, now: int) -> None:
        for phase in range(self.p.n_phase):
            start = self.start[phase]
            instant = self._is_unknown(phase, now) and start == now
            instant = instant and not any(self._is_unknown(q, now) for q in self._predecessors(phase))
            if not self.committed[phase] and start != NOT_PLANNED and (start < now or instant):
                self.committed[phase] = True
                self._take(phase, self._base(), len(self.months[phase]))

    def _is_unknown(self, phase: int, now: int) -> bool:
        """Whether it should be finished now, and is not."""
        return self.delay[phase] > 0 and not self.revealed[phase] and self.finish[phase] == now

    def _advance_epoch(self, now: int) -> bool:
        """Whether the list changes; an epoch that repeats the one before is no event of its own."""
        old = self.epoch
        while self.epoch + 1 < len(self.epoch_month) and self.epoch_month[self.epoch + 1] <= now:
            self.epoch += 1
        return any(rows[old] != rows[self.epoch] for rows in (self.project_order, self.claims, self.saved))

    def _in_list_order(self) -> list[int]:
        starts = self.p.phase_start
        return [f for p in self.project_order[self.epoch] for f in range(starts[p], starts[p + 1])]

    def _overrun(self, phase: int) -> None:
        """Work on in the next months in which the crews of the phase are not promised to another started phase."""
        self.revealed[phase] = True
        left, month = self.delay[phase], self.finish[phase]
        # what was planned at 0 months has no crew to keep
        needs = list(zip(self._needs(phase), self.pools[phase], strict=True)) if self.months[phase] else []
        held = self.claims[self.epoch][self.owner[phase]] == CLAIM_HOLDER
        while left > 0 and month < self.p.n_month:
            if self._may_run(phase, month) and all(
                self.base_free[pool][month] >= self.p.need_units[need] for need, pool in needs
            ):
                for need, pool in needs:
                    self.base_free[pool][month] -= int(self.p.need_units[need])
                    if held:
                        self.base_held[pool][month] += int(self.p.need_units[need])
                left -= 1
            month += 1
        self.finish[phase] = month if left == 0 else NOT_PLANNED
