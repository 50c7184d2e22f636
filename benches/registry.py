"""The benchmarks by suite, and how one measurement is taken."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

SUITES = {
    "time_series": "benches.time_series",
    "time_series_wide": "benches.time_series_wide",
    "outages": "benches.outages",
    "hours_outages": "benches.hours_outages",
    "state_year": "benches.state_year",
    "plans": "benches.plans",
}
"""Suite -> module with `cases(options)`, which yields Case; a new suite is one line here and one module."""

PATIENCE_SECONDS = 20.0
"""Time on the clock after which a contender is not run again on a case."""
TURN_SECONDS = 0.05
"""A turn takes at least this long."""
WARM_SECONDS = 1.0
"""Of a shorter run a turn begins with one that does not count: those before it took the caches and let a core sleep."""


@dataclass(frozen=True)
class Options:
    """What the caller of a run may choose."""

    peers: bool = False
    threads: int = 1
    """above 1: programs that can are measured on so many threads too, beside the run on one"""
    scale: float = 1.0
    """share of the cases of each grid"""
    repeats: int = 3
    grids: tuple[str, ...] = ()
    """names of the grids to measure; all where empty"""

    def count(self, full: int) -> int:
        return max(8, round(self.scale * full))


@dataclass(frozen=True)
class Contender:
    """One program on one case. Only `run` is timed; what it needs is made before, what it returns is read after."""

    name: str
    run: Callable[[], Any]
    result: Callable[[Any], NDArray[Any]] = np.asarray
    """from what `run` returned: complex voltages [case, node] in pu, or what else the case compares"""
    threads: int = 1
    rows: NDArray[np.intp] | None = None
    """the cases it works on, where it is too slow for all of them"""
    pieces: int | None = None
    """pieces of work in one run, where that is not the number of results"""
    extra: dict[str, float] = field(default_factory=dict)
    """what `run` measures beside, filled by it"""

    def count(self, case: Case) -> int:
        if self.pieces is not None:
            return self.pieces
        return case.count if self.rows is None else len(self.rows)


@dataclass(frozen=True)
class Case:
    """The same work for everyone; the first contender is what the others' results are compared with."""

    name: str
    count: int
    """pieces of work in one run"""
    contenders: tuple[Contender, ...]
    residual: Callable[[NDArray[Any], NDArray[np.intp]], float] | None = None
    """(results, their cases) -> largest power mismatch in pu, worked out apart from every program"""
    unit: str = "load flow"
    most_repeats: int = 99
    """bound on the repetitions of what takes long"""
    cold: bool = False
    """the first run counts, and there is no other"""


@dataclass(frozen=True)
class Measurement:
    """Medians over the repetitions, per piece of work."""

    suite: str
    case: str
    contender: str
    threads: int
    count: int
    """pieces of work in one run"""
    unit: str
    microseconds: float
    """processor time on one thread, time on the clock on several"""
    cpu_microseconds: float
    wall_microseconds: float
    residual_pu: float | None
    largest_difference_pu: float | None
    """against the first contender; None for the first itself"""
    missing: int
    """results that are not numbers"""
    error: str = ""
    """why there is no figure"""
    extra: dict[str, float] = field(default_factory=dict)


def measure(suite: str, options: Options) -> Iterator[Measurement]:
    """Run a suite in this process: every contender of a case once to be checked, then warm in turns A B C A B C ..."""
    for case in import_module(SUITES[suite]).cases(options):
        yield from _measure_case(suite, case, min(options.repeats, case.most_repeats))


def _measure_case(suite: str, case: Case, repeats: int) -> Iterator[Measurement]:
    checks: dict[int, tuple[float | None, float | None, int]] = {}
    errors: dict[int, str] = {}
    first_run: dict[int, tuple[float, float]] = {}
    first: NDArray[Any] | None = None
    clocks: dict[int, list[tuple[float, float]]] = {k: [] for k in range(len(case.contenders))}
    for k, contender in enumerate(case.contenders):
        try:
            begun = time.process_time(), time.perf_counter()
            made = contender.run()
            first_run[k] = time.process_time() - begun[0], time.perf_counter() - begun[1]
            if case.cold:
                clocks[k].append(first_run[k])
            found = contender.result(made)
            del made
        except Exception as error:  # a peer that cannot do a case is a line in the table, not the end of the run
            errors[k] = f"{type(error).__name__}: {error}"[:200]
            continue
        rows = np.arange(case.count) if contender.rows is None else contender.rows
        residual = None if case.residual is None or not len(rows) else case.residual(found, rows)
        checks[k] = (
            residual,
            None if first is None or not len(rows) else _difference(found, first[rows]),
            int(np.isnan(found).sum()),
        )
        first = found if first is None and len(rows) else first
        del found
    del first
    calls = {} if case.cold else {k: _calls(case.contenders[k].run, first_run[k][1]) for k in checks}
    for _ in range(repeats):
        for k in calls:
            if sum(wall for _, wall in clocks[k]) < PATIENCE_SECONDS:
                clocks[k].append(_turn(case.contenders[k].run, calls[k], first_run[k][1]))
    for k, contender in enumerate(case.contenders):
        count = contender.count(case)
        cpu, wall = nan, nan
        if k in checks:
            cpu, wall = (median(clock) / count * 1e6 for clock in zip(*clocks[k], strict=True))
        residual, difference, missing = checks.get(k, (None, None, 0))
        yield Measurement(
            suite=suite,
            case=case.name,
            contender=contender.name,
            threads=contender.threads,
            count=count,
            unit=case.unit,
            microseconds=cpu if contender.threads == 1 else wall,
            cpu_microseconds=cpu,
            wall_microseconds=wall,
            residual_pu=residual,
            largest_difference_pu=difference,
            missing=missing,
            error=errors.get(k, ""),
            extra=dict(contender.extra),
        )


nan = float("nan")


def _turn(work: Callable[[], object], calls: int, first_run: float) -> tuple[float, float]:
    """Processor time and time on the clock of one of `calls`, after one that does not count where it is short."""
    gc.collect()
    if first_run < WARM_SECONDS:
        work()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        kept = work()
        del kept
    return (time.process_time() - cpu) / calls, (time.perf_counter() - wall) / calls


def _calls(work: Callable[[], object], first_run: float) -> int:
    """How often a short run is repeated in a turn, as `timeit` does; the first run also holds what is done once."""
    seconds = first_run if first_run > WARM_SECONDS else _turn(work, 1, first_run)[1]
    return max(1, math.ceil(TURN_SECONDS / seconds))


def _difference(one: NDArray[Any], other: NDArray[Any]) -> float:
    if one.shape != other.shape or not np.array_equal(np.isnan(one), np.isnan(other)):
        return float("inf")
    return float(np.nanmax(np.abs(one - other), initial=0.0))
