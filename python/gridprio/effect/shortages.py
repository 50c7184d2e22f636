"""What is short in the months in which a phase could start, with all other phases where the plan has them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import NOT_PLANNED, PlanProblem
from gridprio.plan import may_run

Flags = NDArray[np.bool_]
Amounts = NDArray[np.int64]


class OpenMonths:
    """Months of the horizon in which each phase may run."""

    def __init__(self, problem: PlanProblem) -> None:
        a = problem.arrays
        months = range(a.n_month)
        self.table = np.array(
            [[may_run(a, phase, month) for month in months] for phase in range(a.n_phase)], dtype=np.bool_
        ).reshape(a.n_phase, a.n_month)
        self._before = np.concatenate([np.zeros((a.n_phase, 1), int), np.cumsum(self.table, axis=1)], axis=1)
        self._n_month = a.n_month

    def end_of_work(self, phase: int, length: int) -> NDArray[np.intp]:
        """[start], month after so many months of work, at most the end of the horizon."""
        months = np.append(np.flatnonzero(self.table[phase]), [self._n_month - 1] * max(1, length))
        end: NDArray[np.intp] = months[self._before[phase, :-1] + length - 1] + 1
        return end

    def count(self, phase: int, since: NDArray[np.intp], until: NDArray[np.intp]) -> NDArray[np.intp]:
        """Months of work from `since` to before `until`; 0 where that is no later."""
        before = self._before[phase]
        months: NDArray[np.intp] = before[np.maximum(since, until)] - before[since]
        return months


class Shortages:
    """What the phases of one plan leave of crews, desks, security groups, money and deliveries.

    A plan does not say which of several pools fills a need. So a set of pools counts as short only where it is whatever
    the pools that others use: what others take that can use no other pool is more than it can spare.
    """

    def __init__(
        self, problem: PlanProblem, months: OpenMonths, start: NDArray[np.int32], finish: NDArray[np.int32],
        work_months: NDArray[np.int32],
    ) -> None:  # fmt: skip
        """`start`, `finish`: [phase] of one plan; `work_months` [phase], without delay."""
        self._problem, self._arrays, self._months = problem, problem.arrays, months
        self._start, self._finish, self._work = start, finish, work_months
        a = self._arrays
        sets = [frozenset(a.pool[a.pool_start[n] : a.pool_start[n + 1]].tolist()) for n in range(len(a.need_units))]
        self._sets = list(dict.fromkeys(sets))
        self._set_of = [self._sets.index(pools) for pools in sets]
        self._within = np.array([[small <= large for small in self._sets] for large in self._sets], dtype=np.int64)
        self._taken = np.zeros((len(self._sets), a.n_month), dtype=np.int64)
        self._money, self._deliveries = a.budget.copy(), a.deliveries.copy()
        for phase in range(a.n_phase):
            self._take(phase, 1)

    def _take(self, phase: int, sign: int) -> None:
        a, start, length = self._arrays, int(self._start[phase]), int(self._work[phase])
        if start == NOT_PLANNED or length == 0:
            return
        end = a.n_month if self._finish[phase] == NOT_PLANNED else int(self._finish[phase])
        for need in range(a.need_start[phase], a.need_start[phase + 1]):
            works = self._months.table[phase, start:end]
            self._taken[self._set_of[need], start:end] += sign * works * a.need_units[need]
        if a.phase_budget[phase] >= 0:
            planned = np.array([start]), self._months.end_of_work(phase, length)[[start]]
            self._money[a.phase_budget[phase]] -= sign * self._spent(phase, length, *planned)[0]
        for k in range(a.material_start[phase], a.material_start[phase + 1]):
            self._deliveries[a.material[k], start // 12] -= sign * a.material_units[k]

    def _spent(self, phase: int, length: int, since: NDArray[np.intp], until: NDArray[np.intp]) -> Amounts:
        """[start, year] EUR"""
        first = 12 * np.arange(self._arrays.n_month // 12)
        months = self._months.count(phase, np.maximum(since[:, None], first), np.minimum(until[:, None], first + 12))
        spent: Amounts = months * (int(self._arrays.cost[phase]) // length)
        return spent

    def of(self, phase: int) -> Iterator[tuple[list[int], Flags]]:
        """Resources (rows of `resource_names`) that fill one need, and [start] whether they are short for it."""
        length = int(self._work[phase])
        if length == 0:
            return
        self._take(phase, -1)
        yield from self._short(phase, length)
        self._take(phase, 1)

    def _short(self, phase: int, length: int) -> Iterator[tuple[list[int], Flags]]:
        a, start = self._arrays, np.arange(self._arrays.n_month)
        end = self._months.end_of_work(phase, length)
        for need in range(a.need_start[phase], a.need_start[phase + 1]):
            pools = a.pool[a.pool_start[need] : a.pool_start[need + 1]].tolist()
            left = a.capacity[pools].sum(axis=0) - self._within[self._set_of[need]] @ self._taken
            short = self._months.table[phase] & (left < a.need_units[need])
            before = np.concatenate([[0], np.cumsum(short)])
            yield pools, before[end] > before[start]
        first_budget, budget = len(a.capacity), int(a.phase_budget[phase])
        if budget >= 0:
            spent = self._spent(phase, length, start, end)
            yield [first_budget + budget], ((spent > 0) & (spent > np.maximum(0, self._money[budget]))).any(axis=1)
        for k in range(a.material_start[phase], a.material_start[phase + 1]):
            left = self._deliveries[a.material[k]][start // 12]
            yield [first_budget + len(a.budget) + int(a.material[k])], left < a.material_units[k]
