"""What the measurements are held against: ratios to peers of the same run, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benches.grids import TOLERANCE_PU
from benches.registry import Measurement

LIGHTSIM, PGM = "lightsim2grid", "power-grid-model"
CASES = ("case118", "case1354pegase", "case2869pegase", "case9241pegase")
SIMBENCH = ("1-HV-mixed--2", "1-HVMV-mixed-all-2")
GPU_MICROSECONDS = {"case118": 6.1, "case1354pegase": 51.0, "case9241pegase": 404.0}
"""Published by the makers of lightsim2grid for batched load flows on a GPU (2026)."""


@dataclass(frozen=True)
class Target:
    """`ours` shall be at least `must` times, better `aim` times as fast as the fastest of `against`."""

    suite: str
    grids: tuple[str, ...]
    """all grids of the suite where empty"""
    against: str
    must: float
    aim: float
    ours: str = "gridprio rust"


TARGETS = (
    Target("time_series", CASES, LIGHTSIM, 20, 30),
    Target("time_series", ("case300",), LIGHTSIM, 12, 20),
    Target("time_series", SIMBENCH, LIGHTSIM, 30, 40),
    Target("time_series", SIMBENCH, PGM, 40, 60),
    Target("time_series_wide", (*CASES, "case300"), LIGHTSIM, 12, 20),
    Target("outages", (*CASES, "case300"), LIGHTSIM, 10, 20),
    Target("hours_outages", (), LIGHTSIM, 10, 20),
    Target("hours_outages", (), LIGHTSIM, 100, 200, "gridprio rust screened"),
    Target("time_series", SIMBENCH, PGM, 1, 1, "gridprio numba"),
    Target("time_series", (), LIGHTSIM, 0, 1, "gridprio numba"),
)
TWO_THREADS = (1.8, 1.9)
"""Time on the clock on one thread over that on two."""
THREADS_FROM_US = 20_000.0
"""Shorter runs are over before a second thread is awake, and are no target."""
YEAR_CASES, YEAR_SECONDS, YEAR_MB = 8760 * 151, (1.0, 0.5), 200.0
"""Every hour with every single outage of the 114-bus grid: time and memory beside the inputs."""

PER_SECOND = {"plan": (20_000, 40_000), "evaluation": (2_000, 5_000)}
"""Plans, and evaluations with warm cells, per second on one core."""
SEARCH_ORDERS, SEARCH_SECONDS = 10_000, (600.0, 180.0)
"""A search with no cell known on two cores; told when it is whole."""


@dataclass(frozen=True)
class Verdict:
    """One target on one grid."""

    suite: str
    case: str
    what: str
    found: float
    must: float
    aim: float
    against_default: float | None = None
    """the same ratio against the peer's default settings only"""

    @property
    def reached(self) -> str:
        return "aim" if self.found >= self.aim else "must" if self.found >= self.must else "no"


def verdicts(found: Sequence[Measurement]) -> list[Verdict]:
    """Every target that was measured; a contender counts only when it solved everything to the tolerance."""
    valid = [row for row in found if solved(row)]
    return [*_against_peers(valid), *_against_gpu(valid), *_two_threads(valid), *_year(valid), *_plans(valid)]


def solved(row: Measurement) -> bool:
    """Every result is there and fits; a little room for the rounding of the check itself."""
    if row.error:
        return False
    return row.residual_pu is None or row.residual_pu <= 1.01 * TOLERANCE_PU


def _against_peers(valid: list[Measurement]) -> list[Verdict]:
    found = []
    for target in TARGETS:
        for ours in valid:
            fits = ours.suite == target.suite and (not target.grids or ours.case in target.grids)
            if not fits or ours.contender != target.ours or ours.threads != 1:
                continue
            rivals = [
                row
                for row in valid
                if (row.suite, row.case, row.threads) == (ours.suite, ours.case, 1)
                and row.contender.startswith(target.against)
            ]
            if not rivals:
                continue
            fastest = min(rivals, key=lambda row: row.microseconds)
            plain = [row.microseconds for row in rivals if not row.contender.endswith(" chord")]
            what = f"{ours.contender.removeprefix('gridprio ')} against {fastest.contender}"
            ratio = fastest.microseconds / ours.microseconds
            default = min(plain) / ours.microseconds if plain else None
            found.append(Verdict(ours.suite, ours.case, what, ratio, target.must, target.aim, default))
    return found


def _against_gpu(valid: list[Measurement]) -> list[Verdict]:
    found = []
    for row in valid:
        limit = GPU_MICROSECONDS.get(row.case)
        if limit and (row.suite, row.contender, row.threads) == ("time_series", "gridprio rust", 1):
            must = 0.0 if row.case == "case9241pegase" else 1.0
            what = f"rust on one core against {limit:g} us on a GPU (published)"
            found.append(Verdict(row.suite, row.case, what, limit / row.microseconds, must, 1.0))
    return found


def _two_threads(valid: list[Measurement]) -> list[Verdict]:
    found = []
    for two in valid:
        if two.threads != 2 or two.contender != "gridprio rust":
            continue
        for one in valid:
            long = one.wall_microseconds * one.count >= THREADS_FROM_US
            if long and (one.suite, one.case, one.contender, one.threads) == (two.suite, two.case, two.contender, 1):
                ratio = one.wall_microseconds / two.wall_microseconds
                found.append(Verdict(two.suite, two.case, "two threads against one", ratio, *TWO_THREADS))
    return found


def _year(valid: list[Measurement]) -> list[Verdict]:
    found = []
    for row in valid:
        if (row.suite, row.threads) != ("state_year", 1) or "screened" not in row.contender:
            continue
        # what this process held before may be enough for the whole run
        seconds, peak = row.microseconds * YEAR_CASES / 1e6, max(row.extra["peak_mb"], 1.0)
        who, must, aim = row.contender.removeprefix("gridprio "), *YEAR_SECONDS
        found.append(
            Verdict(row.suite, row.case, f"{who}: 1 s against {seconds:.2f} s", 1 / seconds, 1 / must, 1 / aim)
        )
        found.append(Verdict(row.suite, row.case, f"{who}: 200 MB against {peak:.0f} MB", YEAR_MB / peak, 1, 1))
    return found


def _plans(valid: list[Measurement]) -> list[Verdict]:
    found = []
    for row in valid:
        if row.suite != "plans" or row.contender != "gridprio rust":
            continue
        if row.unit in PER_SECOND:
            must, aim = PER_SECOND[row.unit]
            what = f"{row.unit}s per second on one core"
            found.append(Verdict(row.suite, row.case, what, 1e6 / row.microseconds, must, aim))
        elif row.count == SEARCH_ORDERS:
            seconds = row.wall_microseconds * row.count / 1e6
            must, aim = (SEARCH_SECONDS[0] / limit for limit in SEARCH_SECONDS)
            what = f"{SEARCH_SECONDS[0]:.0f} s against {seconds:.0f} s on two cores"
            found.append(Verdict(row.suite, row.case, what, SEARCH_SECONDS[0] / seconds, must, aim))
    return found
