"""Hours chosen on several threads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gridprio.cells.study_grid import make_study_grid
from gridprio.demand.choose_hours import choose_hours
from gridprio.demand.loading import LoadingModel
from gridprio.errors import CalculationError
from gridprio.inputs import with_settings
from gridprio.inputs.read import read_study
from gridprio.model.faults import faults_stop

PROVINCE = Path(__file__).parents[3] / "data" / "grids" / "fictional-province"


def test_hours_do_not_depend_on_threads() -> None:
    study = with_settings(read_study(PROVINCE), end_year=2027)
    alone, together = make_study_grid(study).demand, make_study_grid(study).demand
    scenarios = study.scenario_ids[:1]
    choose_hours(together, scenarios, threads=3)
    chosen = dict(together._chosen)
    assert len(chosen) == len(scenarios) * len(together.n_node)
    for area, scenario in chosen:
        ours, theirs = (of.injections(area, 2026, scenario, ()) for of in (alone, together))
        np.testing.assert_array_equal(alone.steps(area, 2026, scenario), chosen[area, scenario][0])
        np.testing.assert_array_equal(ours.weight_h, theirs.weight_h)


def test_faults_of_arithmetic_stop_in_threads_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LoadingModel, "loading", lambda self, hourly: np.zeros(1) / np.zeros(1))
    study = read_study(PROVINCE)
    demand = make_study_grid(study).demand
    with pytest.raises(CalculationError), faults_stop():
        choose_hours(demand, study.scenario_ids[:1], threads=2)
