"""Every different plan of a study that is small enough: exact optima (docs/theory/search.md).

Serial generation places projects one by one, so what is placed depends on what stands above it alone. Two beginnings
of a list with the same projects and the same partial plan can therefore be continued in the same ways: one of them is
enough. This is dynamic programming over (set, partial plan); the objective may be anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import PlanProblem, ScheduleArrays
from gridprio.outcome import Evaluator
from gridprio.search.objective import Objective
from gridprio.search.places import Places
from gridprio.search.relaxation import temporary_projects

Lists = NDArray[np.int32]
MOST_MOVABLE = 14
"""Movable projects beyond which nobody tries: their beginnings are too many."""
PENDING = -2
"""In a partial plan: not placed yet (NOT_PLANNED is placed beyond the horizon)."""


def distinct_lists(n: int, key: Callable[[Lists], Sequence[bytes]], most: int) -> Lists | None:
    """[list, n] permutations of 0..n-1 that hold every different plan at least once; None beyond `most` beginnings.

    `key`: of beginnings [beginning, length]; equal bytes when the partial plans are equal.
    """
    beginnings = np.zeros((1, 0), dtype=np.int32)
    for length in range(n):
        longer = np.array(
            [[*row, p] for row in beginnings.tolist() for p in range(n) if p not in row], dtype=np.int32
        ).reshape(-1, length + 1)
        if len(longer) > n * most:
            return None
        first: dict[tuple[bytes, bytes], int] = {}
        for row, name in enumerate(key(longer)):
            first.setdefault((np.sort(longer[row]).tobytes(), name), row)
        beginnings = longer[list(first.values())]
        if len(beginnings) > most:
            return None
    return beginnings


def exact_lists(objective: Objective, places: Places, most: int) -> Lists | None:
    """[list, movable] permutations that hold every different plan; None beyond `most` beginnings.

    Where beginnings do not settle their own plan every list is one of its own: plain enumeration.
    """
    n = len(places.open_places)
    if objective.delay_months is None and settles(objective.evaluator.problem):
        return distinct_lists(n, PartialPlans(objective.evaluator, places), most) if n <= MOST_MOVABLE else None
    if math.factorial(n) > most:
        return None
    return distinct_lists(n, lambda beginnings: [row.tobytes() for row in beginnings], most)


def settles(problem: PlanProblem) -> bool:
    """Whether the dates of a beginning follow from it alone, and say all of what it takes.

    Not so with sizes and temporary solutions: what stands lower may drop them and everything is placed again. Nor when
    a need may be filled from several pools: equal dates may then leave other pools free.
    """
    arrays = problem.arrays
    one_pool = bool((np.diff(arrays.pool_start) <= 1).all())
    return one_pool and not temporary_projects(problem).any() and not (arrays.size_group >= 0).any()


class PartialPlans:
    """Names beginnings of lists by the plan of the projects in them; valid where they `settle`, without delays.

    With delays the overrun of a phase respects crews promised to phases lower in the list, so a beginning does not
    settle its own plan; with epochs or a reserve the list is gone through more than once.
    """

    def __init__(self, evaluator: Evaluator, places: Places) -> None:
        self._evaluator, self._places, self._problem = evaluator, places, evaluator.problem
        self._needed = required_projects(evaluator.problem)
        self._n = len(places.open_places)
        self._ends = [*places.open_places.tolist()[1:], len(places.base)]

    def __call__(self, beginnings: Lists) -> list[bytes]:
        length = beginnings.shape[1]
        rest = [[p for p in range(self._n) if p not in row] for row in (set(b) for b in beginnings.tolist())]
        whole = self._places.whole(np.hstack([beginnings, np.array(rest, np.int32).reshape(len(rest), -1)]))
        schedules = self._evaluator.schedule(whole)
        end = self._ends[length - 1]
        return [self._name(row[:end].tolist(), schedules, at) for at, row in enumerate(whole)]

    def _name(self, listed: list[int], schedules: ScheduleArrays, at: int) -> bytes:
        running = np.flatnonzero(self._problem.running).tolist()
        order = [*running, *(p for p in listed if not self._problem.running[p])]
        complete, waiting = placed_projects(order, self._needed)
        pointers = self._problem.arrays.phase_start
        shown = np.full(self._problem.arrays.n_phase, False)
        for project in order:
            stop = pointers[project + 1]
            if project in waiting:
                stop = next(phase for phase, others in self._needed[project] if not others <= complete)
            shown[pointers[project] : stop] = True
        start = np.where(shown, schedules.start[at], PENDING)
        finish = np.where(shown, schedules.finish[at], PENDING)
        return start.tobytes() + finish.tobytes() + np.array(waiting, dtype=np.int32).tobytes()


Needs = dict[int, list[tuple[int, frozenset[int]]]]


def required_projects(problem: PlanProblem) -> Needs:
    """Per project that requires others: its phases that wait for them, and for whom."""
    arrays, needed = problem.arrays, Needs()
    for phase in range(arrays.n_phase):
        owner = int(problem.phase_project[phase])
        before = arrays.predecessor[arrays.predecessor_start[phase] : arrays.predecessor_start[phase + 1]]
        foreign = frozenset(int(p) for p in problem.phase_project[before]) - {owner}
        if foreign:
            needed.setdefault(owner, []).append((phase, foreign))
    return needed


def placed_projects(order: Sequence[int], needed: Needs) -> tuple[set[int], list[int]]:
    """Projects that are placed whole once the projects of `order` are gone through, and those that wait, in order."""
    complete: set[int] = set()
    waiting: list[int] = []
    for project in order:
        waiting.append(project)
        while ready := [p for p in waiting if all(others <= complete for _, others in needed.get(p, ()))]:
            complete.add(ready[0])
            waiting.remove(ready[0])
    return complete, waiting
