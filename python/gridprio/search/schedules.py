"""Every active schedule of a small study: what no list can beat (docs/theory/search.md).

A list places project by project, so it cannot interleave two of them. Here the phases that use scarce things are placed
in the order of their starts, each at the first month that is left. No phase of such a schedule can start earlier while
the others stay, and for an objective that never gains by a later date one of them is an optimum over all schedules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import NOT_PLANNED, PlanArrays, PlanProblem
from gridprio.search.earliest import temporary_projects
from gridprio.search.phase_months import PhaseMonths, scarce_phases, topological_phases

Months = NDArray[np.int32]
PENDING = -2
"""Start of a phase that is not decided yet."""
MOST_PHASES = 24
"""Phases with scarce needs beyond which nobody tries."""
MOST_CHOSEN = 10
"""Projects with a choice (rivals, sizes, temporary solutions) beyond which nobody tries."""
AT_ONCE = 1024
"""Partial schedules that are extended at once; bounds memory and changes no result."""


@dataclass(frozen=True, eq=False)
class Schedules:
    """Whole schedules, or the beginnings of some."""

    start: Months
    """[schedule, phase]"""
    finish: Months
    """[schedule, phase]"""
    pool: Months
    """[schedule, need], what fills it; -1 while nothing does"""
    last: Months
    """[schedule, 2], month and place of the phase that was placed last"""

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: NDArray[np.intp] | slice) -> Schedules:
        return Schedules(self.start[rows], self.finish[rows], self.pool[rows], self.last[rows])

    def copy(self) -> Schedules:
        return Schedules(self.start.copy(), self.finish.copy(), self.pool.copy(), self.last.copy())


def every_schedule(problem: PlanProblem, most: int) -> Schedules | None:
    """All active schedules on planned dates; None beyond `most` of them or of their beginnings, or with permits that
    lapse, where a phase may have to start later.

    Every plan of a list without status is one of them.
    """
    arrays = problem.arrays
    if (arrays.predecessor_valid >= 0).any() or len(scarce_phases(arrays)) > MOST_PHASES:
        return None
    sets = _built_sets(problem)
    if sets is None:
        return None
    maker = _Maker(problem)
    found: list[Schedules] = []
    for built in sets:
        more = maker.all(built, most - sum(map(len, found)))
        if more is None:
            return None
        found.append(more)
    return joined(found)


def joined(parts: list[Schedules]) -> Schedules:
    return Schedules(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("start", "finish", "pool", "last"))
    )


class _Maker:
    """Extends partial schedules by one scarce phase at a time."""

    def __init__(self, problem: PlanProblem) -> None:
        self.problem, self.a = problem, problem.arrays
        self.order = topological_phases(self.a)
        self.months = [PhaseMonths(self.a, phase) for phase in range(self.a.n_phase)]
        self.scarce = [phase for phase in self.order if phase in set(scarce_phases(self.a))]

    def all(self, built: NDArray[np.bool_], most: int) -> Schedules | None:
        """Schedules in which exactly the projects of `built` are built; None beyond `most`."""
        level = self._decided(self._first(built))
        done: list[Schedules] = []
        while len(level):
            grown: list[Schedules] = []
            for begin in range(0, len(level), AT_ONCE):
                whole, more = self._extended(level.take(slice(begin, begin + AT_ONCE)))
                done.append(whole)
                grown += more
                if sum(map(len, grown)) > most or sum(map(len, done)) > most:
                    return None
            level = self._decided(joined(grown)) if grown else level.take(slice(0, 0))
        return self._released(joined(done))

    def _released(self, whole: Schedules) -> Schedules:
        """Without what was placed of projects that cannot be finished; where it stood last it took nothing."""
        a, found = self.a, whole.copy()
        for project in range(a.n_project):
            own = np.arange(a.phase_start[project], a.phase_start[project + 1])
            never = np.flatnonzero((found.finish[:, own] == NOT_PLANNED).any(axis=1))
            free = own[a.fixed_start[own] < 0]
            found.start[np.ix_(never, free)] = found.finish[np.ix_(never, free)] = NOT_PLANNED
        return found

    def _first(self, built: NDArray[np.bool_]) -> Schedules:
        a = self.a
        start = np.full((1, a.n_phase), PENDING, dtype=np.int32)
        finish = start.copy()
        pool = np.full((1, len(a.need_units)), -1, dtype=np.int32)
        out = ~built[self.problem.phase_project]
        start[0, out] = finish[0, out] = NOT_PLANNED
        for phase in np.flatnonzero(a.fixed_start >= 0).tolist():
            begun = int(a.fixed_start[phase])
            start[0, phase] = begun if begun < a.n_month else NOT_PLANNED
            finish[0, phase] = self.months[phase].finish[begun] if begun <= a.n_month else NOT_PLANNED
            needs = np.arange(a.need_start[phase], a.need_start[phase + 1])
            pool[0, needs] = a.pool[a.pool_start[needs]]
        return Schedules(start, finish, pool, np.array([[-1, -1]], dtype=np.int32))

    def _decided(self, given: Schedules) -> Schedules:
        """The same with every phase placed that waits for nothing scarce, and what can never come marked so."""
        found = given.copy()
        for phase in self.order:
            ready, never = self._ready(found, phase)
            start, finish = self.months[phase].soonest(ready)
            pending = found.start[:, phase] == PENDING
            never &= pending
            found.start[never, phase] = found.finish[never, phase] = NOT_PLANNED
            if phase not in self.scarce:
                rows = pending & ~never & (ready >= 0)
                found.start[rows, phase], found.finish[rows, phase] = start[rows], finish[rows]
        return found

    def _ready(self, found: Schedules, phase: int) -> tuple[Months, NDArray[np.bool_]]:
        """[schedule] first month that predecessors allow, PENDING while one is not decided; whether one never comes."""
        a = self.a
        rows = slice(a.predecessor_start[phase], a.predecessor_start[phase + 1])
        ready = np.full(len(found), int(a.earliest[phase]), dtype=np.int32)
        finish = found.finish[:, a.predecessor[rows]]
        for end, lag in zip(finish.T, self.months[phase].lags, strict=True):
            ready = np.maximum(ready, end + lag)
        ready[(found.start[:, a.predecessor[rows]] == PENDING).any(axis=1)] = PENDING
        return ready, (finish == NOT_PLANNED).any(axis=1)

    def _extended(self, level: Schedules) -> tuple[Schedules, list[Schedules]]:
        """Those of `level` that are whole, and every way to place one more scarce phase in the others."""
        left = self._left(level)
        possible = np.zeros(len(level), dtype=bool)
        grown: list[Schedules] = []
        for place, phase in enumerate(self.scarce):
            ready, _ = self._ready(level, phase)
            rows = np.flatnonzero((level.start[:, phase] == PENDING) & (ready >= 0))
            if not len(rows):
                continue
            for pools in self._pools(phase):
                allowed = self._allowed(phase, pools, left, rows, ready[rows])
                possible[rows] |= allowed.any(axis=1)
                for at, month in self._starts(phase, allowed):
                    own = rows[at]
                    last = level.last[own]
                    later = (month > last[:, 0]) | ((month == last[:, 0]) & (place > last[:, 1]))
                    if later.any():
                        grown.append(self._placed(level.take(own[later]), phase, month[later], pools, place))
        ended = level.take(np.flatnonzero(~possible)).copy()
        pending = ended.start == PENDING
        ended.start[pending] = ended.finish[pending] = NOT_PLANNED
        return ended, grown

    def _pools(self, phase: int) -> Iterator[tuple[int, ...]]:
        a = self.a
        needs = range(a.need_start[phase], a.need_start[phase + 1])
        return product(*(a.pool[a.pool_start[need] : a.pool_start[need + 1]].tolist() for need in needs))

    def _starts(self, phase: int, allowed: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.intp], Months]]:
        """Rows and months in which the phase may start: the first one; with a budget also the first that spends less
        in the year of its start, which leaves that money to what starts later."""
        if self.a.phase_budget[phase] < 0:
            rows = np.flatnonzero(allowed.any(axis=1))
            yield rows, allowed[rows].argmax(axis=1).astype(np.int32)
            return
        by_year = self.months[phase].by_year
        least = np.full((len(allowed), by_year.shape[1]), np.iinfo(np.int32).max)
        for month in range(allowed.shape[1] - 1):
            rows = np.flatnonzero(allowed[:, month] & (by_year[month, month // 12] < least[:, month // 12]))
            if len(rows):
                yield rows, np.full(len(rows), month, dtype=np.int32)
                least[rows] = np.minimum(least[rows], by_year[month])

    def _placed(self, rows: Schedules, phase: int, month: Months, pools: tuple[int, ...], place: int) -> Schedules:
        found = rows.copy()
        found.start[:, phase] = month
        found.finish[:, phase] = self.months[phase].finish[month]
        found.pool[:, self.a.need_start[phase] : self.a.need_start[phase + 1]] = pools
        last = np.stack([month, np.full_like(month, place)], axis=1)
        return replace(found, last=last)

    def _left(self, level: Schedules) -> Left:
        """What the phases that are placed leave."""
        a, n = self.a, len(level)
        left = Left(*(np.repeat(rows[None], n, axis=0) for rows in (a.capacity, a.budget, a.deliveries)))
        for phase in range(a.n_phase):
            rows = np.flatnonzero(level.start[:, phase] >= 0)
            if not len(rows) or not a.duration[phase]:
                continue
            month, taken = level.start[rows, phase], self.months[phase]
            for need in range(a.need_start[phase], a.need_start[phase + 1]):
                left.free[rows, level.pool[rows, need]] -= a.need_units[need] * taken.works[month]
            if a.phase_budget[phase] >= 0:
                left.money[rows, a.phase_budget[phase]] -= taken.rate * taken.by_year[month]
            for k in range(a.material_start[phase], a.material_start[phase + 1]):
                left.delivery[rows, a.material[k], month // 12] -= a.material_units[k]
        return left

    def _allowed(
        self, phase: int, pools: tuple[int, ...], left: Left, rows: NDArray[np.intp], ready: Months
    ) -> NDArray[np.bool_]:
        """[row, month], whether the phase may start with these pools."""
        a, own = self.a, self.months[phase]
        allowed: NDArray[np.bool_] = own.possible & (np.arange(a.n_month + 1) >= ready[:, None])
        needs = range(a.need_start[phase], a.need_start[phase + 1])
        for need, pool in zip(needs, pools, strict=True):
            short = left.free[rows, pool] < a.need_units[need]
            allowed &= short.astype(np.float32) @ own.works.T.astype(np.float32) == 0
        if a.phase_budget[phase] >= 0 and own.rate:
            enough = np.maximum(left.money[rows, a.phase_budget[phase]], 0) // own.rate
            allowed &= (own.by_year <= enough[:, None]).all(axis=2)
        for k in range(a.material_start[phase], a.material_start[phase + 1]):
            there = left.delivery[rows, a.material[k]] >= a.material_units[k]
            allowed[:, :-1] &= np.repeat(there, 12, axis=1)
        return allowed


@dataclass(frozen=True, eq=False)
class Left:
    """What is left of crews, money and material."""

    free: NDArray[np.int64]
    """[schedule, resource, month]"""
    money: NDArray[np.int64]
    """[schedule, budget, year]"""
    delivery: NDArray[np.int64]
    """[schedule, material, year]"""


def _built_sets(problem: PlanProblem) -> list[NDArray[np.bool_]] | None:
    """[project] sets that the choice between rivals may leave; None when too many have a choice.

    One that is not built has a rival that is, unless it is a size or a temporary solution, which may give way.
    """
    a = problem.arrays
    begun = np.zeros(a.n_project, dtype=bool)
    begun[problem.phase_project[a.fixed_start >= 0]] = True
    may_go = temporary_projects(problem) | (a.size_group >= 0)
    chosen = np.flatnonzero((may_go | (np.diff(a.exclude_start) > 0)) & ~begun)
    if len(chosen) > MOST_CHOSEN:
        return None
    found = []
    for bits in product((True, False), repeat=len(chosen)):
        built = np.ones(a.n_project, dtype=bool)
        built[chosen] = bits
        rivals = [_has_rival(a, built, row) for row in chosen.tolist()]
        if all((not own and (rival or may_go[row])) or (own and not rival)
               for own, rival, row in zip(bits, rivals, chosen, strict=True)):  # fmt: skip
            found.append(built)
    return found


def _has_rival(arrays: PlanArrays, built: NDArray[np.bool_], project: int) -> bool:
    return bool(built[arrays.exclude[arrays.exclude_start[project] : arrays.exclude_start[project + 1]]].any())
