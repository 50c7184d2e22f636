"""Plain RCPSP: feasible, never below a proven optimum, the same starts on every backend."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gridprio
from gridprio.errors import InputError
from tests.external import SHARED_CASES, read_external

PSPLIB = SHARED_CASES / "psplib"
Project = tuple[list[int], list[list[int]], list[int], list[list[int]]]
"""Durations, demands, capacities and successors"""


def finish_of(
    start: np.ndarray,
    durations: list[int],
    demands: list[list[int]],
    capacities: list[int],
    successors: list[list[int]],
) -> int:
    """Makespan of a schedule, after checking every precedence and every resource."""
    finish = start + np.asarray(durations)
    assert (start >= 0).all()
    assert all(start[k] >= finish[j] for j, row in enumerate(successors) for k in row)
    use = np.zeros((finish.max() + 1, len(capacities)), dtype=int)
    for j, demand in enumerate(demands):
        use[start[j] : finish[j]] += demand
    assert (use <= capacities).all()
    return int(finish.max())


def random_project(seed: int) -> Project:
    random = np.random.default_rng(seed)
    n = 14
    durations = [0, *random.integers(0, 7, n - 2).tolist(), 0]
    demands = [[0, 0], *random.integers(0, 4, (n - 2, 2)).tolist(), [0, 0]]
    inner = [sorted({*random.integers(j + 1, n, 2).tolist()}) for j in range(1, n - 1)]
    return durations, demands, [4, 5], [list(range(1, n - 1)), *inner, []]


FAST = pytest.mark.parametrize("backend", ["rust", "numba"], indirect=True)


@FAST
@pytest.mark.parametrize("seed", range(6))
def test_backends_return_the_starts_of_the_reference(backend: str, seed: int) -> None:
    project = random_project(seed)
    # enough schedules for both populations and their children
    start = gridprio.schedule_activities(*project, max_schedules=600, seed=seed, backend=backend)
    expected = gridprio.schedule_activities(*project, max_schedules=600, seed=seed, backend="reference")
    assert start.tolist() == expected.tolist()
    finish_of(start, *project)


def test_by_hand(backend: str) -> None:
    # two works of 3 need the whole crew, so the third, of 5 and without crew, runs beside them
    project = [0, 3, 3, 5, 0], [[0], [2], [2], [0], [0]], [2], [[1, 2, 3], [4], [4], [4], []]
    start = gridprio.schedule_activities(*project, backend=backend)
    assert finish_of(start, *project) == start[4] == 6
    assert sorted(start[1:3].tolist()) == [0, 3]


def test_one_schedule_is_a_schedule(backend: str) -> None:
    project = random_project(9)
    finish_of(gridprio.schedule_activities(*project, max_schedules=1, backend=backend), *project)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"successors": [[1], [2], [1]]}, "circle"),
        ({"successors": [[1], [3], []]}, "not an activity"),
        ({"demands": [[0], [3], [0]]}, "more than there is"),
        ({"demands": [[0], [1]]}, "do not fit"),
        ({"durations": [0, 1.5, 0]}, "whole numbers"),
        ({"max_schedules": 0}, "max_schedules is 0"),
    ],
)
def test_what_cannot_be_scheduled_is_an_error(change: dict[str, Any], what: str) -> None:
    project = {"durations": [0, 2, 0], "demands": [[0], [1], [0]], "capacities": [2], "successors": [[1], [2], []]}
    with pytest.raises(InputError, match=what):
        gridprio.schedule_activities(**{**project, **change})


DOZEN = tuple(f"j30_{k}_1" for k in range(1, 49, 4))
"""First instance of each class whose resources are scarcest (resource strength 0.2)."""


def solve(name: str, makespan: int, project: Project, **options: Any) -> float:
    """Deviation from the optimum, as a share of it."""
    made = finish_of(gridprio.schedule_activities(*project, **options), *project)
    assert made >= makespan, f"{name}: {made} is below the proven optimum {makespan}"
    return made / makespan - 1


@FAST
def test_hard_psplib_j30_against_proven_optima(backend: str) -> None:
    # The target of 0.2 % over all 48 classes (next test) is 0.8 % over these twelve: the other 36 end at their optimum.
    instances = read_external("psplib_j30.json")["instances"]
    assert tuple(instance["name"] for instance in instances) == DOZEN
    deviations = []
    for instance in instances:
        durations, demands, successors = zip(*instance["activities"], strict=True)
        project = list(durations), list(demands), instance["capacities"], list(successors)
        options = {"max_schedules": 5_000, "seed": 0, "backend": backend}
        deviations.append(solve(instance["name"], instance["makespan"], project, **options))
    assert np.mean(deviations) <= 0.008
    assert deviations.count(0.0) >= 9


def read_rcp(path: Path) -> Project:
    """A file in Patterson's format: counts, capacities, then duration, demands and successors (from 1) per activity."""
    numbers = iter(map(int, path.read_text().split()))
    n, n_resource = next(numbers), next(numbers)
    capacities = [next(numbers) for _ in range(n_resource)]
    durations, demands, successors = [], [], []
    for _ in range(n):
        durations.append(next(numbers))
        demands.append([next(numbers) for _ in range(n_resource)])
        successors.append([next(numbers) - 1 for _ in range(next(numbers))])
    return durations, demands, capacities, successors


@pytest.mark.skipif(not PSPLIB.is_dir(), reason=f"no PSPLIB instances in {PSPLIB}")
@pytest.mark.parametrize("backend", ["rust"], indirect=True)
@pytest.mark.slow
def test_psplib_j30_against_proven_optima(backend: str) -> None:
    # Kolisch and Sprecher 1997; at 5,000 schedules the target is a mean deviation of at most 0.2 %, whatever the seed
    optima = {row["instance"]: int(row["makespan"]) for row in csv.DictReader((PSPLIB / "optima.csv").open())}
    projects = {path.stem: read_rcp(path) for path in sorted((PSPLIB / "j30").glob("*.rcp"))}
    assert len(projects) == 48
    for seed in range(8):
        options = {"max_schedules": 5_000, "seed": seed, "backend": backend}
        deviations = [solve(name, optima[name], project, **options) for name, project in projects.items()]
        assert np.mean(deviations) <= 0.002, seed
