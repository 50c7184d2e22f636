"""Plain resource-constrained scheduling: a genetic algorithm with one population of forward and one of backward
schedules (Debels, Vanhoucke 2005).

Parents of one population give a child that is scheduled in the other direction, which justifies it at the price of one
schedule. The child keeps the order of one parent where that parent uses the resources most (the peak crossover of
Valls, Ballestin, Quintanilla 2008). Every generated schedule counts. The Rust twin draws from the same stream and
returns the same starts; the Numba twin compiles these functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.constants import MODULUS, MUTATION, PARTS, PATIENCE, POPULATION, TOURNAMENT

# Numba compiles this text: arrays and whole numbers only
Net = tuple[NDArray[np.int64], ...]
State = NDArray[np.int64]


def below(state: State, n: int) -> int:
    """0 to n - 1 from x <- 48271 x mod (2^31 - 1) (Park, Miller, Stockmeyer 1993); `state[0]` moves on."""
    state[0] = state[0] * 48271 % MODULUS
    drawn: int = state[0] * n // MODULUS
    return drawn


def generate(net: Net, order: State, forward: bool, best: State, best_start: State) -> State:
    """Serial generation: each activity at its earliest time; finish per activity; `best` is (makespan, generated)."""
    duration, demand, capacity, successor_start, successor, predecessor_start, predecessor, _, _, _ = net
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


def turned(net: Net, finish: State, forward: bool) -> State:
    """The list that schedules a member in the other direction: by falling finish, so that predecessors come first."""
    rank = net[7]
    n = len(finish)
    tie = rank if forward else n - rank
    return np.argsort((finish.max() - finish) * (n + 1) + tie)


def random_list(net: Net, state: State) -> State:
    """Of two activities whose predecessors are in the list the one with the longer path ahead comes next."""
    successor_start, successor, predecessor_start, tail = net[3], net[4], net[5], net[8]
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
        a = below(state, size)
        b = below(state, size)
        k = b if tail[eligible[b]] > tail[eligible[a]] else a
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


def tournament(made: State, state: State) -> int:
    best = below(state, len(made))
    for _ in range(1, TOURNAMENT):
        other = below(state, len(made))
        if made[other] < made[best]:
            best = other
    return best


def peak(net: Net, state: State, finish: State) -> tuple[int, int]:
    """The window, of a drawn length, in which a schedule uses the resources most; time runs in the other direction."""
    duration, weight = net[0], net[9]
    made = finish.max()
    length = made // 4 + below(state, max(1, made // 2))
    used = np.zeros(made, np.int64)
    for j in range(len(finish)):
        for time in range(made - finish[j], made - finish[j] + duration[j]):
            used[time] += weight[j]
    total = used[:length].sum()
    most = total
    begin = 0
    for last in range(length, made):
        total += used[last] - used[last - length]
        if total > most:
            most = total
            begin = last + 1 - length
    return begin, begin + length


def cross(net: Net, state: State, mother_finish: State, father_finish: State, forward: bool) -> State:
    """What the father does in his peak in his order, the rest in that of the mother; then a few swaps of neighbours."""
    next_start, following = (net[3], net[4]) if forward else (net[5], net[6])
    n = len(mother_finish)
    begin, end = peak(net, state, father_finish)
    begun = father_finish.max() - father_finish
    first = (begun < begin).sum()
    second = (begun < end).sum()
    mother = turned(net, mother_finish, forward)
    father = turned(net, father_finish, forward)
    taken = np.zeros(n, np.bool_)
    child = np.empty(n, np.int64)
    size = 0
    for part in range(3):
        parent = father if part == 1 else mother
        until = first if part == 0 else (second if part == 1 else n)
        for j in parent:
            if size < until and not taken[j]:
                taken[j] = True
                child[size] = j
                size += 1
    for k in range(1, n):
        if below(state, 1024) < MUTATION:
            left, right = child[k - 1], child[k]
            follows = False
            for m in range(next_start[left], next_start[left + 1]):
                follows = follows or following[m] == right
            if not follows:
                child[k - 1], child[k] = right, left
    return child


def replace_worst(made: State, finishes: State, child: State) -> None:
    """A child that is not there yet takes the place of the worst member."""
    worst = 0
    for k in range(len(made)):
        if (finishes[k] == child).all():
            return
        if made[k] > made[worst]:
            worst = k
    made[worst] = child.max()
    finishes[worst] = child


def search(net: Net, lower_bound: int, max_schedules: int, seed: int) -> Any:
    """Start times of the best of at most `max_schedules` schedules.

    `net`: duration, demand[activity, resource], capacity, successors and predecessors in compressed rows, and per
    activity its place in one topological order, the longest path from its start on and its use of all resources.
    """
    n = len(net[0])
    state = np.array([seed % (MODULUS - 1) + 1])
    for _ in range(10):
        below(state, 1)  # neighbouring seeds begin alike
    best = np.array([MODULUS, 0])
    best_start = np.zeros(n, np.int64)
    # population 0 holds the forward schedules, 1 the backward ones
    made = np.zeros((2, POPULATION), np.int64)
    finishes = np.zeros((2, POPULATION, n), np.int64)
    n_forward, n_backward, last_progress = 0, 0, 0
    while best[1] < max_schedules and best[0] > lower_bound:
        before = best[0]
        forward = n_forward < POPULATION
        if forward:
            finishes[0, n_forward] = generate(net, random_list(net, state), forward, best, best_start)
            made[0, n_forward] = finishes[0, n_forward].max()
            n_forward += 1
            last_progress = best[1]
        elif n_backward < POPULATION:
            backward = turned(net, finishes[0, n_backward], forward)
            finishes[1, n_backward] = generate(net, backward, forward, best, best_start)
            made[1, n_backward] = finishes[1, n_backward].max()
            n_backward += 1
            last_progress = best[1]
        elif best[1] - last_progress > PATIENCE:
            n_forward, n_backward = 0, 0
        else:
            parents = best[1] % 2
            forward = parents == 1
            mother = tournament(made[parents], state)
            father = tournament(made[parents], state)
            child = cross(net, state, finishes[parents, mother], finishes[parents, father], forward)
            finish = generate(net, child, forward, best, best_start)
            replace_worst(made[1 - parents], finishes[1 - parents], finish)
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
        tail,
        (demand.astype(np.int64) * PARTS // np.maximum(capacity.astype(np.int64), 1)).sum(axis=1),
    )
    return net, max(bounds)
