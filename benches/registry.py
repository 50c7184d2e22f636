"""The benchmarks by suite, and how one measurement is taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

SUITES = {"load_flow": "benches.load_flow", "outages": "benches.outages", "plans": "benches.plans"}
"""Suite -> module with `cases()`, which yields Case; a new suite is one line here and one module."""

REPEATS = 3
"""The best of these counts: anything slower is the machine doing something else."""


@dataclass(frozen=True)
class Contender:
    """One program on one case. `run` does the work and returns |v| [case, bus] in pu, to be compared."""

    name: str
    run: Callable[[], object]


@dataclass(frozen=True)
class Case:
    """The same work for everyone; the first contender is what the others' results are compared with."""

    name: str
    count: int
    """load flows in one run"""
    contenders: tuple[Contender, ...]


@dataclass(frozen=True)
class Measurement:
    """Time per load flow on one thread."""

    suite: str
    case: str
    contender: str
    microseconds: float
    largest_difference_pu: float
    """of voltages against the first contender; NaN voltages must be NaN in both"""


def measure(suite: str, peers: bool, count: int | None = None) -> Iterator[Measurement]:
    """Run a suite in this process, contenders of a case one after another; `count` load flows instead of its own."""
    for case in import_module(SUITES[suite]).cases(peers, count):
        reference = None
        for contender in case.contenders:
            voltages = contender.run()
            reference = voltages if reference is None else reference
            best = min(_seconds(contender.run) for _ in range(REPEATS))
            difference = _difference(voltages, reference)
            yield Measurement(suite, case.name, contender.name, best / case.count * 1e6, difference)


def _seconds(work: Callable[[], object]) -> float:
    """Processor time: everyone runs on one thread, and others may be using this machine."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _difference(one: object, other: object) -> float:
    import numpy as np

    a, b = np.asarray(one), np.asarray(other)
    if a.shape != b.shape or not np.array_equal(np.isnan(a), np.isnan(b)):
        return float("inf")
    return float(np.nanmax(np.abs(a - b), initial=0.0))
