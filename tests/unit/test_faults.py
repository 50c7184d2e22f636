"""Infinite and undefined numbers stop the work and name their row, whatever made them."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import gridprio
from gridprio.errors import CalculationError
from gridprio.inputs.schema import Development
from gridprio.inputs.study import Study
from gridprio.kernels.reference import ReferenceKernels
from gridprio.model.faults import calculating, check_finite, faults_stop
from gridprio.store.tables import checked_table

ORIGIN = Path(__file__).parents[1] / "cases" / "one_crew"


@pytest.mark.parametrize(
    "work",
    [
        lambda: np.array([1e308]) * 10,
        lambda: np.array([0.0]) / np.array([0.0]),
        lambda: np.array([np.nan]).astype(np.int32),
        lambda: 10.0**400,
        lambda: np.nanmean(np.array([np.nan])),
    ],
)
def test_what_libraries_only_warn_of_stops(work: Any) -> None:
    with pytest.raises(CalculationError, match="project p1"), faults_stop(), calculating("project p1"):
        work()


def test_too_small_is_zero_and_nothing_stays_set() -> None:
    with faults_stop():
        assert np.array([1e-300]) * np.array([1e-300]) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.isinf(np.array([1e308]) * 10).all()


def test_the_first_place_is_named() -> None:
    values = np.array([[1.0, 2.0], [np.inf, np.nan]])
    with pytest.raises(CalculationError, match=r"row 1, 0: p_mw is inf"):
        check_finite("p_mw", values, lambda at: f"row {at[0]}, {at[1]}")


def run(folder: Path, study: Study) -> Any:
    return gridprio.run_study(study, out=folder / "run", backend="reference", threads=1)


def beyond(study: Study, **values: object) -> Study:
    """The study with a development that no reader would let through."""
    first, *rest = study.developments
    return replace(study, developments=(Development.model_construct(**{**vars(first), **values}), *rest))


@pytest.mark.slow
def test_a_development_is_named(tmp_path: Path) -> None:
    study = beyond(gridprio.read_study(ORIGIN), p_mw=None, size=1e200, mw_per_unit=1e200)
    name = study.developments[0].development_id
    with pytest.raises(CalculationError, match=f"development {name}"):
        run(tmp_path, study)
    assert (tmp_path / "run" / "INTERRUPTED").exists()


@pytest.mark.slow
def test_cells_of_a_backend_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate = ReferenceKernels.evaluate_cells

    def broken(*args: Any, **kwargs: Any) -> Any:
        results = evaluate(*args, **kwargs)
        overload = results.overload_mvah.copy()
        overload[-1] = np.nan
        return type(results)(**{**vars(results), "overload_mvah": overload})

    monkeypatch.setattr(ReferenceKernels, "evaluate_cells", staticmethod(broken))
    with pytest.raises(CalculationError, match=r"area .*, year 20\d\d, scenario .*: overload_mvah is nan"):
        run(tmp_path, gridprio.read_study(ORIGIN))


def test_no_table_takes_an_infinite_number() -> None:
    frame = pd.DataFrame({"order_name": "o", "n_status": [1, 2], "scenario": "s", "kind": "real", "metric": "m"})
    frame = frame.assign(mean=[0.0, np.inf], low95=0.0, high95=0.0)
    with pytest.raises(CalculationError, match=r"dilution.parquet, row 1: mean is inf"):
        checked_table("dilution", frame)
