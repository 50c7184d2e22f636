"""Plain resource-constrained scheduling: a genetic algorithm on activity lists with double justification.

A list is turned into a schedule by serial generation; justification takes the activities from last finish to first
and schedules them backwards, then forwards again (Valls, Ballestin, Quintanilla 2005). Children come from a two-point
crossover of lists (Hartmann 1998). Every generated schedule counts. The Rust twin draws from the same stream and
returns the same starts; the Numba twin compiles these functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Numba compiles this text: arrays and whole numbers only; the constants are those of the Rust twin
POPULATION = 40
MUTATION = 150  # chance in 1/1024 that two neighbours of a child's list are swapped
PATIENCE = 1500  # schedules without progress after which all but the best are drawn anew
MODULUS = 2147483647
Net = tuple[NDArray[np.int64], ...]
State = NDArray[np.int64]
FUNCTIONS = (
    "below",
    "generate",
    "order_by_falling_finish",
    "improve",
    "random_list",
    "cross",
    "insert",
    "search",
)
"""In the order in which they call each other."""


def below(state: State, n: int) -> int:
    """0 to n - 1 from x <- 48271 x mod (2^31 - 1) (Park, Miller, Stockmeyer 1993); `state[0]` moves on."""
    state[0] = state[0] * 48271 % MODULUS
    drawn: int = state[0] * n // MODULUS
    return drawn


def generate(net: Net, order: State, forward: bool, best: State, best_start: State) -> State:
    """Serial generation: each activity at its earliest time; finish per activity; `best` is (makespan, generated)."""
    duration, demand, capacity, successor_start, successor, predecessor_start, predecessor, _ = net
    before_start, before = (predecessor_start, predecessor) if forward else (successor_start, successor)
    best[1] += 1
    free = np.empty((duration.sum(), len(capacity)), np.int64)
    free[:] = capacity
    finish = np.zeros(len(duration), np.int64)
    for j in order:
        start = 0
        for k in range(before_start[j], before_start[j + 1]):
            start = max(start, finish[before[k]])
        time = start
        while time < start + duration[j]:
            short = False
            for r in range(len(capacity)):
                short = short or demand[j, r] > free[time, r]
            time += 1
            if short:
                start = time
        finish[j] = start + duration[j]
        for time in range(start, finish[j]):
            for r in range(len(capacity)):
                free[time, r] -= demand[j, r]
    made = finish.max()
    if made < best[0]:
        best[0] = made
        for j in range(len(duration)):
            best_start[j] = finish[j] - duration[j] if forward else made - finish[j]
    return finish


def order_by_falling_finish(net: Net, finish: State, forward: bool) -> State:
    """So that in the other direction predecessors come first."""
    rank = net[7]
    n = len(finish)
    tie = rank if forward else n - rank
    return np.argsort((finish.max() - finish) * (n + 1) + tie)


def improve(
    net: Net, order: State, best: State, best_start: State, max_schedules: int, lower_bound: int
) -> tuple[int, State]:
    """Makespan and list of the schedule of `order` after justification backwards and forwards."""
    finish = generate(net, order, True, best, best_start)
    if best[1] + 2 <= max_schedules and best[0] > lower_bound:
        backward = order_by_falling_finish(net, finish, False)
        latest = generate(net, backward, False, best, best_start)
        finish = generate(net, order_by_falling_finish(net, latest, True), True, best, best_start)
    return finish.max(), np.argsort((finish - net[0]) * (len(finish) + 1) + net[7])


def random_list(net: Net, state: State) -> State:
    """Any activity whose predecessors are in the list is as likely to be next as any other."""
    successor_start, successor, predecessor_start = net[3], net[4], net[5]
    n = len(net[0])
    missing = predecessor_start[1:] - predecessor_start[:-1]
    eligible = np.empty(n, np.int64)
    size = 0
    for j in range(n):
        if missing[j] == 0:
            eligible[size] = j
            size += 1
    order = np.empty(n, np.int64)
    for place in range(n):
        k = below(state, size)
        chosen = eligible[k]
        size -= 1
        for later in range(k, size):
            eligible[later] = eligible[later + 1]
        order[place] = chosen
        for m in range(successor_start[chosen], successor_start[chosen + 1]):
            missing[successor[m]] -= 1
            if missing[successor[m]] == 0:
                eligible[size] = successor[m]
                size += 1
    return order


def cross(net: Net, state: State, mother: State, father: State) -> State:
    """The middle part in the order of the father, the rest in that of the mother; then a few swaps of neighbours."""
    successor_start, successor = net[3], net[4]
    n = len(mother)
    a = below(state, n + 1)
    b = below(state, n + 1)
    taken = np.zeros(n, np.bool_)
    child = np.empty(n, np.int64)
    size = 0
    for part in range(3):
        parent = father if part == 1 else mother
        until = min(a, b) if part == 0 else (max(a, b) if part == 1 else n)
        for j in parent:
            if size < until and not taken[j]:
                taken[j] = True
                child[size] = j
                size += 1
    for k in range(1, n):
        if below(state, 1024) < MUTATION:
            left, right = child[k - 1], child[k]
            follows = False
            for m in range(successor_start[left], successor_start[left + 1]):
                follows = follows or successor[m] == right
            if not follows:
                child[k - 1], child[k] = right, left
    return child


def insert(made: State, lists: State, child_made: int, child: State) -> None:
    """A child takes the place of the worst member when it is no worse and not there yet."""
    worst = 0
    for k in range(len(made)):
        if made[k] == child_made and (lists[k] == child).all():
            return
        if made[k] > made[worst]:
            worst = k
    if child_made <= made[worst]:
        made[worst] = child_made
        lists[worst] = child


def search(net: Net, lower_bound: int, max_schedules: int, seed: int) -> Any:
    """Start times of the best of at most `max_schedules` schedules.

    `net`: duration, demand[activity, resource], capacity, successors and predecessors in compressed rows, and the
    place of each activity in one topological order.
    """
    n = len(net[0])
    state = np.array([seed % (MODULUS - 1) + 1])
    for _ in range(10):
        below(state, 1)  # neighbouring seeds begin alike
    best = np.array([MODULUS, 0])
    best_start = np.zeros(n, np.int64)
    made = np.zeros(POPULATION, np.int64)
    lists = np.zeros((POPULATION, n), np.int64)
    members, last_progress = 0, 0
    while best[1] < max_schedules and best[0] > lower_bound:
        before = best[0]
        if members < POPULATION:
            made[members], lists[members] = improve(
                net, random_list(net, state), best, best_start, max_schedules, lower_bound
            )
            members += 1
            last_progress = best[1]
        elif best[1] - last_progress > PATIENCE:
            members = 0
        else:
            a, b = below(state, POPULATION), below(state, POPULATION)
            mother = b if made[b] < made[a] else a
            a, b = below(state, POPULATION), below(state, POPULATION)
            father = b if made[b] < made[a] else a
            child = cross(net, state, lists[mother], lists[father])
            child_made, child = improve(net, child, best, best_start, max_schedules, lower_bound)
            insert(made, lists, child_made, child)
        if best[0] < before:
            last_progress = best[1]
    return best_start


def schedule_activities(
    duration: NDArray[np.int32],
    demand: NDArray[np.int32],
    capacity: NDArray[np.int32],
    successor_start: NDArray[np.int32],
    successor: NDArray[np.int32],
    *,
    max_schedules: int,
    seed: int,
) -> NDArray[np.int64]:
    """Start times of the best schedule; the protocol says what the arrays are."""
    net, lower_bound = prepare(duration, demand, capacity, successor_start, successor)
    start: NDArray[np.int64] = search(net, lower_bound, max_schedules, seed)
    return start


def prepare(
    duration: NDArray[np.int32],
    demand: NDArray[np.int32],
    capacity: NDArray[np.int32],
    successor_start: NDArray[np.int32],
    successor: NDArray[np.int32],
) -> tuple[Net, int]:
    """The arrays of `search`, and the larger of critical path and work per resource, below which nothing can be."""
    n = len(duration)
    owner = np.repeat(np.arange(n), np.diff(successor_start))
    counts = np.bincount(successor, minlength=n)
    predecessor = owner[np.argsort(successor, kind="stable")]
    after = [successor[successor_start[j] : successor_start[j + 1]].tolist() for j in range(n)]
    missing = counts.copy()
    order: list[int] = []
    while len(order) < n:
        chosen = next(j for j in range(n) if missing[j] == 0)
        missing[chosen] = -1
        order.append(chosen)
        for j in after[chosen]:
            missing[j] -= 1
    tail = np.zeros(n, np.int64)
    for j in reversed(order):
        tail[j] = duration[j] + max((tail[k] for k in after[j]), default=0)
    work = duration.astype(np.int64) @ demand
    bounds = [int(tail.max(initial=0)), *(int(-(-w // c)) for w, c in zip(work, capacity, strict=True) if c > 0)]
    net = (
        duration.astype(np.int64),
        demand.astype(np.int64),
        capacity.astype(np.int64),
        successor_start.astype(np.int64),
        successor.astype(np.int64),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        predecessor.astype(np.int64),
        np.argsort(order).astype(np.int64),
    )
    return net, max(bounds)
