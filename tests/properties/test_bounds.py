"""Numbers at the bounds run or are refused in words; numbers beyond them are refused with their place."""

from __future__ import annotations

import csv
import io
import shutil
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gridprio
from gridprio.errors import InputError
from gridprio.inputs import inspect_study
from gridprio.inputs.document import parameters
from gridprio.inputs.schema import TABLES
from gridprio.inputs.settings import Settings
from tests.effort import times

ORIGIN = Path(__file__).parents[1] / "cases" / "one_crew"
SEARCHES = ("search_orders", "random_orders", "shapley_blocks", "price_orders", "bound_states", "search_draws")
EFFORT = ("draws", "hours_per_month", *SEARCHES)
"""Settings that only make a run longer; at their upper bound it is no test of numbers."""
HORIZON = ("start_year", "end_year")


def bounds_of(model: Any) -> dict[str, tuple[float, float, bool]]:
    """Lower and upper bound of every number, and whether it is whole."""
    found = {}
    for parameter in parameters(model):
        if "number" in parameter.kind:
            low, high = (float(part.split()[-1]) for part in parameter.bounds.split(", "))
            found[parameter.name] = low, high, parameter.kind == "whole number"
    return found


SETTINGS = {name: bound for name, bound in bounds_of(Settings).items() if name not in (*EFFORT, *HORIZON)}
NUMBERS = {
    (table, column): bound
    for table, model in TABLES.items()
    if (ORIGIN / f"{table}.csv").is_file()
    for column, bound in bounds_of(model).items()
}


def written(value: float, is_whole: bool) -> str:
    return str(int(value)) if is_whole else repr(value)


@st.composite
def at_bounds(draw: st.DrawFn) -> tuple[dict[tuple[str, str], list[str]], dict[str, str]]:
    """Up to six columns and four settings with values at or near their bounds."""

    def value(bound: tuple[float, float, bool]) -> str:
        low, high, is_whole = bound
        near = st.sampled_from([low, high, low + (high - low) * 1e-9, high / 3 + 2 * low / 3, min(max(0.0, low), high)])
        return written(draw(near), is_whole)

    places = draw(st.lists(st.sampled_from(sorted(NUMBERS)), max_size=6, unique=True))
    names = draw(st.lists(st.sampled_from(sorted(SETTINGS)), max_size=4, unique=True))
    columns = {place: [value(NUMBERS[place]) for _ in range(4)] for place in places}
    return columns, {name: value(SETTINGS[name]) for name in names}


def put(study: Path, columns: dict[tuple[str, str], list[str]], changed: dict[str, str]) -> None:
    for (table, column), values in columns.items():
        path = study / f"{table}.csv"
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        out = io.StringIO()
        names = list(rows[0])
        writer = csv.DictWriter(out, names if column in names else [*names, column])
        writer.writeheader()
        writer.writerows({**row, column: values[at % len(values)]} for at, row in enumerate(rows))
        path.write_text(out.getvalue(), encoding="utf-8")
    head = study / "study.toml"
    lines = [line for line in head.read_text().splitlines() if line.split(" =")[0] not in changed]
    lines += [f"{name} = {value}" for name, value in {**changed, "search_orders": "0"}.items()]
    head.write_text("\n".join(lines))


@pytest.mark.slow
@settings(max_examples=times(6, 1500), deadline=None, suppress_health_check=list(HealthCheck))
@given(at_bounds())
def test_extreme_but_legal_studies_run_or_are_refused(drawn: Any) -> None:
    """No fault, no warning: what is not refused when it is read has a result in numbers."""
    with TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        study = Path(name) / "study"
        shutil.copytree(ORIGIN, study)
        put(study, *drawn)
        try:
            run = gridprio.run_study(gridprio.read_study(study), out=Path(name) / "run", threads=1)
        except InputError as error:
            assert all(problem.what for problem in error.problems)
            return
        assert not run.outcomes.isna().any().any()


BEYOND = ("1e308", "-1e308", "1e30", "1000000000000000000000", "nan", "inf", "-inf", "1e400")


@pytest.mark.parametrize("value", BEYOND)
def test_numbers_beyond_are_refused_in_every_column(tmp_path: Path, value: str) -> None:
    study = tmp_path / "study"
    shutil.copytree(ORIGIN, study)
    put(study, {place: [value] for place in NUMBERS}, {})
    _, problems = inspect_study(study)
    named = {(problem.file, problem.column) for problem in problems if problem.row and problem.what}
    assert {(f"{table}.csv", column) for table, column in NUMBERS} <= named


@pytest.mark.parametrize("name", sorted(bounds_of(Settings)))
def test_numbers_beyond_are_refused_in_every_setting(name: str) -> None:
    low, high, is_whole = bounds_of(Settings)[name]
    opened = gridprio.read_study(ORIGIN)
    step = max(1.0, abs(high) * 1e-6) if is_whole else max(1e-9, abs(high) * 1e-6)
    for value in (low - step, high + step, 1e308):
        with pytest.raises(InputError, match=name):
            gridprio.with_settings(opened, **{name: int(value) if is_whole else value})


@pytest.mark.parametrize(("mean", "sd"), [(1e-300, 600), (1e-6, 1), (600, 1e-300), (0, 1), (1, 10.5)])
def test_delays_that_no_gamma_has_are_refused(tmp_path: Path, mean: float, sd: float) -> None:
    study = tmp_path / "study"
    shutil.copytree(ORIGIN, study)
    phases = "project_phases"
    put(study, {(phases, "delay_mean_months"): [repr(mean)], (phases, "delay_sd_months"): [repr(sd)]}, {})
    _, problems = inspect_study(study)
    assert any(problem.column == "delay_mean_months" and "spread" in problem.what for problem in problems)
