"""The search alone, on objectives of which the optimum is known."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from gridprio.search.explore import BATCH, Budget, Found, explore
from tests.effort import times


class OneMachine:
    """Weighted completion times on one machine: best by weight over duration, longest ratio first (Smith 1956)."""

    def __init__(self, n: int, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.duration = random.integers(1, 20, n).astype(float)
        self.weight = random.integers(1, 20, n).astype(float)
        self.asked = 0

    def __call__(self, lists: np.ndarray) -> np.ndarray:
        self.asked += len(lists)
        done = np.cumsum(self.duration[lists], axis=1)
        return (done * self.weight[lists]).sum(axis=1)

    def optimum(self) -> float:
        best = np.argsort(-self.weight / self.duration, kind="stable")
        return float(self(best[None])[0])


def start(n: int) -> np.ndarray:
    return np.arange(n, dtype=np.int32)[None]


@pytest.mark.slow
def test_the_optimum_is_found_for_nearly_every_seed() -> None:
    hits, seeds = 0, times(20, 60)
    for seed in range(seeds):
        machine = OneMachine(9, seed)
        hits += explore(machine, start(9), Budget(1_500), seed).best == pytest.approx(machine.optimum(), abs=1e-9)
    assert hits >= 0.95 * seeds  # all lists are 362,880


def test_thirty_projects_come_close_with_two_thousand_orders() -> None:
    for seed in range(3):
        machine = OneMachine(30, seed)
        assert explore(machine, start(30), Budget(2_000), seed).best <= 1.01 * machine.optimum()


def test_same_seed_same_history_and_another_seed_another_one() -> None:
    machine = OneMachine(12, 0)
    one, two, other = (explore(machine, start(12), Budget(300), seed) for seed in (4, 4, 5))
    assert one.history == two.history and (one.permutation == two.permutation).all()
    assert one.history != other.history


def test_no_order_is_asked_twice_and_the_budget_is_kept() -> None:
    seen: list[bytes] = []

    def objective(lists: np.ndarray) -> np.ndarray:
        assert len(lists) <= BATCH
        seen.extend(row.tobytes() for row in lists)
        return lists[:, 0].astype(float)

    found = explore(objective, start(7), Budget(333), 0)
    assert len(seen) == len(set(seen)) == 333 == found.history[-1].orders


def test_short_lists_are_gone_through_whole_and_proven() -> None:
    machine = OneMachine(5, 1)
    found = explore(machine, start(5), Budget(10_000), 0)
    assert found.proven and found.history[-1].orders == 120
    every = np.array(list(permutations(range(5))), dtype=np.int32)
    assert found.best == machine(every).min()
    assert not explore(machine, start(5), Budget(100), 0).proven


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_choose(n: int) -> None:
    found = explore(lambda lists: np.full(len(lists), 3.0), start(n), Budget(10), 0)
    assert found.best == 3.0 and found.proven and found.permutation.shape == (n,)


def test_equal_plans_are_evaluated_once() -> None:
    asked: list[int] = []

    def objective(lists: np.ndarray) -> np.ndarray:
        asked.extend(lists[:, 0].tolist())
        return lists[:, 0].astype(float)

    found = explore(objective, start(6), Budget(400), 0, key=lambda lists: [row[:1].tobytes() for row in lists])
    assert sorted(asked) == list(range(6)) and found.history[-1].plans == 6


def test_best_so_far_is_told_and_a_reached_bound_ends_it() -> None:
    machine = OneMachine(9, 3)
    told: list[Found] = []
    found = explore(machine, start(9), Budget(5_000), 0, bound=machine.optimum(), progress=told.append)
    assert found.proven and found.best == pytest.approx(machine.optimum()) and found.history[-1].orders < 5_000
    best = [one.best for one in told]
    assert best == sorted(best, reverse=True) and all(one.bound <= one.best for one in told)


def test_a_good_start_is_never_lost() -> None:
    machine = OneMachine(20, 2)
    good = np.argsort(-machine.weight / machine.duration, kind="stable").astype(np.int32)[None]
    assert explore(machine, np.concatenate([start(20), good]), Budget(2), 0).best == machine.optimum()


def test_seconds_end_a_search_too() -> None:
    found = explore(OneMachine(20, 2), start(20), Budget(10**9, seconds=0.0), 0)
    assert found.history[-1].orders == 1
