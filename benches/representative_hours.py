"""How far representative hours of a ready study are from all hours, in states and years by which they were not chosen.

`python -m benches.representative_hours [STUDY [STATES [YEARS]]]`: relative errors of overload, insecure hours and
allocated megawatts of each direction, per area and over all scenarios, with STATES random halves of the projects (4)
in YEARS years (3), and then with works under way in the first of these halves. Totals below a floor count as the
floor. And the seconds of processor time that the choice took.
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
from gridprio.pipeline.hours_error import year_totals

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


def with_works(cells: SimulatedCells, area: int, states: list[StateYear]) -> list[StateYear]:
    """Each works of the area with the projects of the first half in service, but for the one under way."""
    first = [state for state in states if state.in_service == states[0].in_service]
    return [
        replace(state, in_service=tuple(p for p in state.in_service if p != working), in_works=(working,))
        for state in first
        for working in cells.areas[area].working
    ]


def totals(cells: SimulatedCells, area: int, states: list[StateYear]) -> np.ndarray:
    """[state, scenario, figure] of a year in which nothing changes."""
    cells.values(states)
    return np.array([year_totals(cells, area, {state: tuple(range(12))}) for state in states])


def errors(study: Study, n_state: int, n_year: int) -> tuple[list[list[np.ndarray]], SimulatedCells]:
    """Without and with works, per area [state, scenario, figure], relative errors with their sign."""
    every, chosen = simulated(study, "all"), simulated(study, "representative")
    found: list[list[np.ndarray]] = [[], []]
    for area in range(len(every.areas)):
        states = states_of(every, area, n_state, n_year)
        for kind, some in enumerate((states, with_works(every, area, states))):
            if some:
                truth, told = (totals(cells, area, some) for cells in (every, chosen))
                found[kind].append((told - truth) / np.maximum(truth, list(FIGURES.values())))
    return found, chosen


def main(name: str = "fictional-province", n_state: str = "4", n_year: str = "3") -> None:
    study = read_study(GRIDS / name)
    fresh, begin = simulated(study, "representative"), time.process_time()
    for area in range(len(fresh.areas)):
        for scenario in fresh.scenarios:
            fresh.grid.demand.steps(area, study.settings.start_year, scenario)
    sys.stdout.write(f"choice of hours: {time.process_time() - begin:.1f} s\n")
    found, cells = errors(study, int(n_state), int(n_year))
    tell("all areas", np.concatenate(found[0]))
    for area, part in zip(cells.areas, found[0], strict=True):
        tell(area.name, part)
    if found[1]:
        tell("with works", np.concatenate(found[1]))


def tell(what: str, error: np.ndarray) -> None:
    sys.stdout.write(f"{what}, {error.shape[0] * error.shape[1]} cells, errors in percent:\n")
    for at, (figure, floor) in enumerate(FIGURES.items()):
        size = 100.0 * np.abs(error[..., at])
        median, tail = np.quantile(size, (0.5, 0.9))
        sys.stdout.write(f"  {figure:15} median {median:5.1f}, 90th percentile {tail:5.1f}, worst {size.max():5.1f}")
        sys.stdout.write(f" (floor {floor:g})\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
