"""Every different plan of a study that is small enough: exact optima (docs/theory/search.md).

Serial generation places projects one by one, so what is placed depends on what stands above it alone. Two beginnings
of a list with the same projects and the same partial plan can therefore be continued in the same ways: one of them is
enough. This is dynamic programming over (set, partial plan); the objective may be anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import PlanProblem
from gridprio.orders.places import Places
from gridprio.outcome import Evaluator
from gridprio.search.earliest import temporary_projects
from gridprio.search.objective import Objective
from gridprio.search.schedules import PENDING

Lists = NDArray[np.int32]
AT_ONCE = 4096
"""Lists or beginnings that are scheduled at once; bounds memory and changes no result."""
MOST_MOVABLE = 14
"""Movable projects beyond which nobody tries: their beginnings are too many."""


def distinct_lists(n: int, key: Callable[[Lists], Sequence[bytes]], most: int) -> Lists | None:
    """[list, n] permutations of 0..n-1 that hold every different plan at least once; None beyond `most` beginnings.

    `key`: of beginnings [beginning, length]; equal bytes when the partial plans are equal.
    """
    beginnings = np.zeros((1, 0), dtype=np.int32)
    for length in range(n):
        first: dict[tuple[bytes, bytes], Lists] = {}
        for begin in range(0, len(beginnings), AT_ONCE):
            longer = _longer(beginnings[begin : begin + AT_ONCE], n)
            names = zip(np.sort(longer, axis=1), key(longer), strict=True)
            for row, (projects, name) in enumerate(names):
                first.setdefault((projects.tobytes(), name), longer[row])
            if len(first) > most:
                return None
        beginnings = np.stack(list(first.values())).reshape(-1, length + 1)
    return beginnings


def _longer(beginnings: Lists, n: int) -> Lists:
    """[beginning, length + 1], each of them with each of the others behind it."""
    count, length = beginnings.shape
    absent = np.ones((count, n), dtype=bool)
    absent[np.arange(count)[:, None], beginnings] = False
    row, last = np.nonzero(absent)
    longer = np.empty((len(row), length + 1), dtype=np.int32)
    longer[:, :length], longer[:, length] = beginnings[row], last
    return longer


def exact_lists(objective: Objective, places: Places, most: int) -> Lists | None:
    """[list, movable] permutations that hold every different plan; None beyond `most` lists or beginnings.

    Few lists are all made, which is right for whatever settings and draws; of more of them the beginnings are merged
    where these settle their own plan.
    """
    n = len(places.open_places)
    if n <= MOST_MOVABLE and math.factorial(n) <= most:
        return _every_list(objective, places)
    if n > MOST_MOVABLE or objective.delay_months is not None or not settles(objective.evaluator.problem):
        return None
    return distinct_lists(n, PartialPlans(objective.evaluator, places), most)


def _every_list(objective: Objective, places: Places) -> Lists:
    """One list of each plan that the objective tells apart, out of all lists."""
    every = np.array(list(permutations(range(len(places.open_places)))), dtype=np.int32)
    first: dict[bytes, int] = {}
    n_draw = 1 if objective.delay_months is None else len(objective.delay_months)
    at_once = max(1, AT_ONCE // n_draw)
    for begin in range(0, len(every), at_once):
        for row, name in enumerate(objective.keys(places.whole(every[begin : begin + at_once])), begin):
            first.setdefault(name, row)
    return every[list(first.values())]


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
        count, length = beginnings.shape
        absent = np.ones((count, self._n), dtype=bool)
        absent[np.arange(count)[:, None], beginnings] = False
        rest = np.nonzero(absent)[1].reshape(count, -1).astype(np.int32)
        whole = self._places.whole(np.hstack([beginnings, rest]))
        schedules = self._evaluator.schedule(whole)
        listed = whole[:, : self._ends[length - 1]]
        shown, waiting = self._placed(listed)
        start = np.where(shown, schedules.start, PENDING)
        finish = np.where(shown, schedules.finish, PENDING)
        return [
            row.tobytes() + repr(late).encode() for row, late in zip(np.hstack([start, finish]), waiting, strict=True)
        ]

    def _placed(self, listed: Lists) -> tuple[NDArray[np.bool_], list[list[int]]]:
        """[beginning, phase] whether it is placed, and the projects that wait, in their order."""
        count, running = len(listed), self._problem.running
        named = np.repeat(running[None], count, axis=0)
        named[np.arange(count)[:, None], listed] = True
        shown = named[:, self._problem.phase_project]
        waiting: list[list[int]] = [[] for _ in range(count)]
        if self._needed:
            first = np.flatnonzero(running).tolist()
            for row, own in enumerate(listed.tolist()):
                order = [*first, *(project for project in own if not running[project])]
                complete, waiting[row] = placed_projects(order, self._needed)
                for project in waiting[row]:
                    stop = next(phase for phase, others in self._needed[project] if not others <= complete)
                    shown[row, stop : self._problem.arrays.phase_start[project + 1]] = False
        return shown, waiting


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
