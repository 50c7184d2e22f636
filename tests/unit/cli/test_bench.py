from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest
from benches import grids, registry, targets
from benches.check import mismatch

from gridprio import solve_load_flow
from gridprio.kernels.select import missing_backends

needs_a_backend = pytest.mark.skipif(
    {"rust", "numba"} <= set(missing_backends()), reason="neither rust nor numba is here"
)


def row(contender: str, microseconds: float, **given: Any) -> registry.Measurement:
    values = {
        "suite": "time_series",
        "case": "case118",
        "threads": 1,
        "count": 10,
        "unit": "load flow",
        "cpu_microseconds": microseconds,
        "wall_microseconds": microseconds,
        "residual_pu": 1e-9,
        "largest_difference_pu": 1e-9,
        "missing": 0,
    }
    return registry.Measurement(contender=contender, microseconds=microseconds, **(values | given))


def test_unknown_suite_and_grid(invoke):
    result = invoke("bench", "timeseries")
    assert result.exit_code == 2 and "time_series" in result.stderr
    result = invoke("bench", "time_series", "--grid", "case117")
    assert result.exit_code == 2 and "case118" in result.stderr


def test_numbers_and_record(invoke, monkeypatch, tmp_path):
    rows = [row("gridprio rust", 2.0), row("lightsim2grid TimeSeries", 50.0), row("lightsim2grid chord", float("nan"))]
    monkeypatch.setattr(registry, "measure", lambda suite, options: rows)
    result = invoke("bench", "time_series", "--json", tmp_path / "numbers.json")
    assert result.exit_code == 0 and "25.0" in result.stdout
    record = json.loads((tmp_path / "numbers.json").read_text())
    assert record["measurements"][0]["microseconds"] == 2.0 and record["measurements"][2]["microseconds"] is None
    assert record["versions"]["gridprio"] and record["versions"]["pandapower"] and record["commit"]


def test_the_time_of_everyone_stands_by_that_of_gridprio(invoke, monkeypatch):
    rows = [
        row("gridprio rust", 2.0),
        row("pandapower", 9_000.0),
        row("gridprio rust", 1.25, threads=2),
        row("gridprio rust", 8.0, case="case300"),
        row("pandapower", 9_000.0, case="case300"),
    ]
    monkeypatch.setattr(registry, "measure", lambda suite, options: rows)
    lines = invoke("bench", "time_series").stdout.splitlines()
    at = lines[1].index("times gridprio")
    assert [line[at:].split()[0] for line in lines[2:7]] == ["1.00", "4,500", "1.00", "1.00", "1,125"]


def test_targets_count_only_who_solved_everything():
    rows = [
        row("gridprio rust", 2.0),
        row("lightsim2grid TimeSeries", 50.0),
        row("lightsim2grid InjectionSweep chord", 44.0),
        row("lightsim2grid TimeSeries chord", 1.0, residual_pu=1e-3),
        row("gridprio rust", 1.2, threads=2),
    ]
    found = {verdict.what: verdict for verdict in targets.verdicts(rows)}
    against = found["rust against lightsim2grid InjectionSweep chord"]
    assert (against.found, against.against_default, against.reached) == (22.0, 25.0, "must")
    assert "two threads against one" not in found  # over before a second thread is awake
    assert found["rust on one core against 6.1 us on a GPU (published)"].reached == "aim"


def test_targets_of_plans_are_rates_and_the_time_of_a_whole_search():
    own = {"suite": "plans", "residual_pu": None}
    rows = [
        row("gridprio rust", 40.0, unit="plan", **own),
        row("gridprio rust", 1_000.0, unit="evaluation", **own),
        row("gridprio rust", 12_000.0, unit="order", threads=2, count=10_000, case="whole", **own),
        row("gridprio rust", 9_000.0, unit="order", threads=2, count=200, case="part", **own),
    ]
    found = [(round(verdict.found), verdict.reached) for verdict in targets.verdicts(rows)]
    assert found == [(25_000, "must"), (1_000, "no"), (5, "aim")]


def test_long_runs_are_held_against_each_other_on_two_threads():
    rows = [row("gridprio rust", 2.0, count=50_000), row("gridprio rust", 1.2, threads=2, count=50_000)]
    (found,) = (v for v in targets.verdicts(rows) if v.what == "two threads against one")
    assert found.reached == "no"


@pytest.mark.slow
def test_contenders_take_turns_and_a_failure_is_a_line(monkeypatch):
    calls = []
    monkeypatch.setattr(registry, "TURN_SECONDS", 0.002)

    def work(name: str) -> Any:
        calls.append(name)
        if name == "b":
            raise RuntimeError("cannot")
        return np.ones(3)

    case = registry.Case(
        "x", 3, tuple(registry.Contender(name, lambda name=name: work(name)) for name in "abc"), lambda v, rows: 0.0
    )
    found = list(registry._measure_case("s", case, repeats=2))
    order = [name for k, name in enumerate(calls) if k == 0 or name != calls[k - 1]]
    assert order == ["a", "b", "c", "a", "c", "a", "c", "a", "c"]  # warm-up, how often in a turn, two turns
    assert len(calls) > 20  # a short run is repeated within its turn
    assert [bool(m.error) for m in found] == [False, True, False]
    assert found[2].largest_difference_pu == 0.0


@pytest.mark.slow
def test_a_turn_of_short_runs_begins_with_one_that_does_not_count():
    def turn_of(first_run: float, runs: list[float]) -> float:
        left = iter(runs)
        return registry._turn(
            lambda: time.sleep(next(left)), len(runs) - (first_run < registry.WARM_SECONDS), first_run
        )[1]

    assert turn_of(0.1, [0.2, 0.0, 0.0]) < 0.05
    assert turn_of(2.0, [0.2, 0.0]) > 0.05


def test_a_cold_case_is_run_once_and_that_run_counts():
    calls = []
    case = registry.Case("x", 3, (registry.Contender("a", lambda: np.full(3, calls.append(0) or 1.0)),), cold=True)
    (found,) = registry._measure_case("s", case, repeats=5)
    assert len(calls) == 1 and found.microseconds > 0


@pytest.mark.slow
@needs_a_backend
def test_smoke_of_every_suite(monkeypatch):
    """Small grids, few cases: everyone of ours solves the equations that NumPy checks; how long it takes is all one."""
    monkeypatch.setattr(registry, "TURN_SECONDS", 0.0)
    for suite in set(registry.SUITES) - {"plans"}:
        options = registry.Options(scale=0.002, repeats=1, grids=("case118", "radial feeder"))
        for found in registry.measure(suite, options):
            assert found.microseconds > 0 and targets.solved(found), found


@needs_a_backend
def test_the_check_sees_what_is_wrong():
    bench = grids.load(next(row for row in grids.ROWS if row.name == "case118"))
    v = solve_load_flow(bench.grid, tolerance_mva=bench.tolerance_mva).arrays.v_pu
    residual = mismatch(bench, bench.grid.p_mw[None], bench.grid.q_mvar[None])
    assert residual(v, np.arange(1)) <= grids.TOLERANCE_PU
    for k in range(bench.arrays.n_node):
        wrong = v.copy()
        wrong[0, k] *= 1 + 1e-5
        assert residual(wrong, np.arange(1)) > 1e-6
    outage = grids.whole_outages(bench, 1)
    after = mismatch(bench, bench.grid.p_mw[None], bench.grid.q_mvar[None], outage)
    assert after(v, np.arange(1)) > 1e-4
    v[0, 3] = np.nan
    assert residual(v, np.arange(1)) == float("inf")


@pytest.mark.slow
@pytest.mark.skipif("rust" in missing_backends(), reason="the extension is not here")
def test_smoke_of_the_plans_suite():
    from benches import plans

    case = next(plans.cases(registry.Options(scale=0.001)))
    finish = [contender.run() for contender in case.contenders]
    assert case.count == 8 and all((other == finish[0]).all() for other in finish)
    assert (finish[0] > 0).mean() > 0.8
