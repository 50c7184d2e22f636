"""Representative hours stand for all hours, also in states and years by which they were not chosen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gridprio.cells.executor import LocalExecutor
from gridprio.cells.simulated import SimulatedCells
from gridprio.cells.source import StateYear
from gridprio.inputs.read import read_study
from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels

PROVINCE = Path(__file__).parents[2] / "data" / "grids" / "fictional-province"
AREA, YEARS = 2, (2, 7, 12)
LEAST_OVERLOAD_MVAH, LEAST_INSECURE_H = 500.0, 50.0
"""Below these an error is taken relative to them."""
SUMMER = slice(3, 9)
"""April to September."""


def cells(hours: str, kernels: Kernels) -> SimulatedCells:
    study = read_study(PROVINCE)
    settings = study.settings.model_copy(update={"hours": hours})
    return SimulatedCells(replace(study, settings=settings, scenarios=study.scenarios[:1]), LocalExecutor(kernels))


@pytest.mark.slow
def test_overload_and_insecure_hours_are_those_of_all_hours_in_other_states_and_years() -> None:
    """With random thirds of the projects: the median within 5 and 10 %, the worst within 25 and 50 %."""
    every, chosen = (cells(hours, get_kernels("rust")) for hours in ("all", "representative"))
    rng, serving = np.random.default_rng(1), np.array(every.areas[AREA].serving)
    some = [serving[rng.random(len(serving)) < 1 / 3].tolist() for _ in range(4)]
    states = [StateYear(AREA, tuple(of), (), year) for of in some for year in YEARS]
    truth, told = every.values(states), chosen.values(states)
    for name, least, median, worst in (
        ("overload_mvah", LEAST_OVERLOAD_MVAH, 0.05, 0.25),
        ("insecure_hours", LEAST_INSECURE_H, 0.10, 0.50),
    ):
        have, want = (getattr(values, name).sum(axis=-1).ravel() for values in (told, truth))
        error = np.abs(have - want) / np.maximum(want, least)
        assert np.median(error) < median and error.max() < worst, (name, have.round(), want.round())
        assert (want > least).sum() > 6


@pytest.mark.slow
def test_overload_under_works_is_that_of_all_hours_in_summer_too() -> None:
    """Works last some months; a peak hour of a month that stands for too many hours shows there alone.

    Together within a half of all hours; hours that are chosen without works have twelve times as much.
    """
    every, chosen = (cells(hours, get_kernels("rust")) for hours in ("all", "representative"))
    *_, working = every.areas[AREA].working
    others = [p for p in every.areas[AREA].serving if p != working]
    states = [StateYear(AREA, tuple(others[:n]), (working,), year) for n in (0, 2) for year in (7, 9)]
    have, want = (of.values(states).overload_mvah[:, 0, SUMMER].sum(axis=-1) for of in (chosen, every))
    assert (want > LEAST_OVERLOAD_MVAH).all()
    assert abs(have.sum() - want.sum()) < 0.5 * want.sum(), (have.round(), want.round())
