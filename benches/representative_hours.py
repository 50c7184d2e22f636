"""How far representative hours of a ready study are from all hours, in states and years by which they were not chosen.

`python -m benches.representative_hours [STUDY [STATES [YEARS]]]`: relative errors of overload, insecure hours and
allocated megawatts of each direction, per area and over all scenarios, with STATES random halves of the projects (4)
in YEARS years (3). Totals below a floor count as the floor. And the seconds of processor time that the choice took.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from gridprio.cells.executor import LocalExecutor
from gridprio.cells.simulated import SimulatedCells
from gridprio.cells.source import StateYear
from gridprio.inputs.read import read_study
from gridprio.inputs.study import Study
from gridprio.kernels import get_kernels
from gridprio.pipeline.hours_error import cell_totals

GRIDS = Path(__file__).parents[1] / "data" / "grids"
FIGURES = {"overload MVAh": 500.0, "insecure hours": 50.0, "demand MW": 5.0, "feed-in MW": 5.0}
"""With the floor below which an error is relative to the floor."""


def simulated(study: Study, hours: str) -> SimulatedCells:
    settings = study.settings.model_copy(update={"hours": hours})
    return SimulatedCells(replace(study, settings=settings), LocalExecutor(get_kernels("rust")))


def states_of(cells: SimulatedCells, area: int, n_state: int, n_year: int) -> list[StateYear]:
    """Random halves of the projects, in years between those by which hours are chosen."""
    rng, settings = np.random.default_rng(area), cells.study.settings
    years = np.linspace(2, settings.end_year - settings.start_year - 2, n_year).round().astype(int).tolist()
    serving = np.array(cells.areas[area].serving)
    halves = [serving[rng.random(len(serving)) < 0.5].tolist() for _ in range(n_state)]
    return [StateYear(area, tuple(half), (), year) for half in halves for year in years]


def errors(study: Study, n_state: int, n_year: int) -> tuple[list[np.ndarray], SimulatedCells]:
    """Per area [state, scenario, figure], relative errors with their sign."""
    every, chosen = simulated(study, "all"), simulated(study, "representative")
    found = []
    for area in range(len(every.areas)):
        states = states_of(every, area, n_state, n_year)
        truth, told = (cell_totals(cells, area, states) for cells in (every, chosen))
        found.append((told - truth) / np.maximum(truth, list(FIGURES.values())))
    return found, chosen


def main(name: str = "fictional-province", n_state: str = "4", n_year: str = "3") -> None:
    study = read_study(GRIDS / name)
    fresh, begin = simulated(study, "representative"), time.process_time()
    for area in range(len(fresh.areas)):
        for scenario in fresh.scenarios:
            fresh.grid.demand.steps(area, study.settings.start_year, scenario)
    sys.stdout.write(f"choice of hours: {time.process_time() - begin:.1f} s\n")
    found, cells = errors(study, int(n_state), int(n_year))
    tell("all areas", np.concatenate(found))
    for area, part in zip(cells.areas, found, strict=True):
        tell(area.name, part)


def tell(what: str, error: np.ndarray) -> None:
    sys.stdout.write(f"{what}, {error.shape[0] * error.shape[1]} cells, errors in percent:\n")
    for at, (figure, floor) in enumerate(FIGURES.items()):
        size = 100.0 * np.abs(error[..., at])
        median, tail = np.quantile(size, (0.5, 0.9))
        sys.stdout.write(f"  {figure:15} median {median:5.1f}, 90th percentile {tail:5.1f}, worst {size.max():5.1f}")
        sys.stdout.write(f" (floor {floor:g})\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
