"""Any-time search over permutations: a small population, insertion neighbourhoods and crossover, in fixed batches.

The objective is a function of a batch, so the search knows nothing of plans or grids. The same seed and budget of
orders give the same history on any number of threads (docs/theory/search.md).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Lists = NDArray[np.int32]
Values = NDArray[np.float64]
ObjectiveOfLists = Callable[[Lists], Values]
KeyOfLists = Callable[[Lists], Sequence[bytes]]

ROUNDING = 1e-9
"""Of points: what sums differ by when they are taken in another order."""
BATCH = 48
"""Orders evaluated at once; a fixed number, so that results do not hang on threads."""
POPULATION = 12
CROSSOVER_SHARE = 0.5
"""Part of a batch that is bred; the rest comes from the insertion neighbourhood of one of the best."""
MAX_TRIES = 50
"""Times that a child is bred anew when its list was seen before."""


@dataclass(frozen=True)
class Budget:
    """When to stop: after so many different orders, or so many seconds (which makes a history irreproducible)."""

    orders: int
    seconds: float = math.inf


@dataclass(frozen=True)
class Found:
    """State of a search: what progress is told and history keeps."""

    orders: int
    """different lists looked at"""
    plans: int
    """different plans among them that were evaluated"""
    best: float
    bound: float


@dataclass(frozen=True, eq=False)
class SearchResult:
    permutation: Lists
    """[movable], the best found"""
    best: float
    bound: float
    """no order is better; -inf when unknown"""
    proven: bool
    """every list was looked at, or the best is the bound"""
    history: tuple[Found, ...]
    """where the best improved, and the end"""
    permutations: Lists
    """[order, movable], the best ones of different value, the best first"""
    values: Values
    """[order], their points"""


@dataclass(eq=False)
class _Memory:
    """Lists seen and plans evaluated."""

    objective: ObjectiveOfLists
    key: KeyOfLists | None
    seen: set[bytes] = field(default_factory=set)
    value_of_plan: dict[bytes, float] = field(default_factory=dict)

    def values(self, lists: Lists) -> Values:
        """[order]; a plan that was met before is not evaluated again."""
        keys = [row.tobytes() for row in lists] if self.key is None else list(self.key(lists))
        new: dict[bytes, int] = {}
        for row, key in enumerate(keys):
            if key not in self.value_of_plan:
                new.setdefault(key, row)
        if new:
            found = self.objective(lists[list(new.values())])
            self.value_of_plan.update(zip(new, (float(v) for v in found), strict=True))
        return np.array([self.value_of_plan[key] for key in keys])


def explore(
    objective: ObjectiveOfLists,
    starts: Lists,
    budget: Budget,
    seed: int,
    *,
    key: KeyOfLists | None = None,
    bound: float = -math.inf,
    progress: Callable[[Found], None] | None = None,
) -> SearchResult:
    """The best permutation found within the budget, from given starts [order, movable].

    `objective`: [order, movable] -> points, lower is better. `key`: equal bytes for lists of which the plans are
    equal. `bound`: a proven lower bound; the search ends when it is reached.
    """
    n = starts.shape[1]
    limit = min(budget.orders, math.factorial(n))
    stop_at = time.monotonic() + budget.seconds
    memory = _Memory(objective, key)
    random = np.random.Generator(np.random.Philox(key=seed))
    population = _Population()
    batches = _batches(starts, memory.seen, population, random)
    history: list[Found] = []
    while len(memory.seen) < limit and (not history or time.monotonic() < stop_at):
        lists = next(batches)[: limit - len(memory.seen)]
        memory.seen.update(row.tobytes() for row in lists)
        population.take(lists, memory.values(lists))
        now = Found(len(memory.seen), len(memory.value_of_plan), population.best, bound)
        if not history or now.best < history[-1].best:
            history.append(now)
        if progress is not None:
            progress(now)
        if is_reached(bound, now.best):
            break
    end = Found(len(memory.seen), len(memory.value_of_plan), population.best, bound)
    if end != history[-1]:
        history.append(end)
    proven = len(memory.seen) >= math.factorial(n) or is_reached(bound, end.best)
    return SearchResult(
        permutation=population.lists[0],
        best=end.best,
        bound=bound,
        proven=proven,
        history=tuple(history),
        permutations=np.stack(population.lists),
        values=np.array(population.values),
    )


def is_reached(bound: float, best: float) -> bool:
    """The best is at the bound, but for the rounding of sums of points."""
    return best <= bound + ROUNDING * (1.0 + abs(bound))


class _Population:
    """The best lists, each value once: lists of one plan would crowd the others out."""

    def __init__(self) -> None:
        self.lists: list[Lists] = []
        self.values: list[float] = []
        self.age = 0
        """batches since the best improved"""

    @property
    def best(self) -> float:
        return self.values[0]

    def take(self, lists: Lists, values: Values) -> None:
        before = self.values[0] if self.values else math.inf
        joined = [*zip(self.values, self.lists, strict=True), *zip(values.tolist(), lists, strict=True)]
        joined.sort(key=lambda entry: entry[0])  # stable: who came first stays
        once: dict[float, Lists] = {}
        for value, row in joined:
            once.setdefault(value, row)
        self.values, self.lists = list(once)[:POPULATION], list(once.values())[:POPULATION]
        self.age = 0 if self.best < before else self.age + 1


def _batches(starts: Lists, seen: set[bytes], population: _Population, random: np.random.Generator) -> Iterator[Lists]:
    """Starts first, then half neighbours of a good list and half children, all of them new."""
    fresh = {row.tobytes(): row for row in np.ascontiguousarray(starts, dtype=np.int32)}
    rows = list(fresh.values())
    for begin in range(0, len(rows), BATCH):
        yield np.stack(rows[begin : begin + BATCH])
    neighbours: dict[bytes, Iterator[Lists]] = {}
    while True:
        batch: dict[bytes, Lists] = {}
        rank = min(population.age // 2, len(population.lists) - 1)
        centre = population.lists[rank]
        own = neighbours.setdefault(centre.tobytes(), _neighbours(centre, random))
        for row in own:
            if row.tobytes() not in seen:
                batch.setdefault(row.tobytes(), row)
            if len(batch) >= BATCH * (1 - CROSSOVER_SHARE):
                break
        while len(batch) < BATCH:
            child = _new_child(population, seen, batch, random)
            if child is None:
                break
            batch[child.tobytes()] = child
        if not batch:
            batch = {row.tobytes(): row for row in _unseen(len(centre), seen, random)}
        yield np.stack(list(batch.values()))


def _neighbours(centre: Lists, random: np.random.Generator) -> Iterator[Lists]:
    """Every list that takes one project out and puts it in elsewhere, in random order."""
    n = len(centre)
    moves = [(i, j) for i in range(n) for j in range(n) if i != j and i != j + 1]
    for k in random.permutation(len(moves)):
        yield _inserted(centre, *moves[k])


def _inserted(row: Lists, take: int, put: int) -> Lists:
    moved = row.tolist()
    moved.insert(put, moved.pop(take))
    return np.array(moved, dtype=np.int32)


def _new_child(
    population: _Population, seen: set[bytes], batch: dict[bytes, Lists], random: np.random.Generator
) -> Lists | None:
    for tries in range(MAX_TRIES):
        child = _child(population, 1 + tries // 5, random)
        if child.tobytes() not in seen and child.tobytes() not in batch:
            return child
    return None


def _child(population: _Population, least_moves: int, random: np.random.Generator) -> Lists:
    """Two-point crossover of two good lists (the middle keeps the order of the second), then some random moves."""
    n = len(population.lists[0])
    pick = np.minimum(random.integers(len(population.lists), size=2), random.integers(len(population.lists), size=2))
    first, second = population.lists[pick[0]], population.lists[pick[1]]
    low, high = np.sort(random.integers(0, n + 1, size=2))
    middle = set(first[low:high].tolist())
    child = first.copy()
    child[low:high] = [p for p in second.tolist() if p in middle]
    for _ in range(int(random.geometric(0.5)) - 1 + (least_moves if pick[0] == pick[1] else least_moves - 1)):
        if n > 1:
            take, put = random.integers(n, size=2)
            child = _inserted(child, int(take), int(put))
    return np.asarray(child, dtype=np.int32)


def _unseen(n: int, seen: set[bytes], random: np.random.Generator) -> list[Lists]:
    """When breeding finds nothing new: random lists, and for short lists what is left of all of them."""
    found: dict[bytes, Lists] = {}
    for _ in range(BATCH * MAX_TRIES):
        row = random.permutation(n).astype(np.int32)
        if row.tobytes() not in seen:
            found.setdefault(row.tobytes(), row)
        if len(found) == BATCH:
            break
    if not found:
        for order in permutations(range(n)):
            row = np.array(order, dtype=np.int32)
            if row.tobytes() not in seen:
                found[row.tobytes()] = row
                break
    return list(found.values())
