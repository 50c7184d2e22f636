"""Whole-year cells of a ready study, screened and with every case solved, side by side on one core.

`python -m benches.whole_year_cells [STUDY]`: seconds of processor time per cell, their ratio, and the
largest difference of any field.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from gridprio.cells.contingencies import contingencies_for
from gridprio.cells.executor import LocalExecutor, cell_batch
from gridprio.cells.study_grid import make_study_grid
from gridprio.inputs.read import read_study
from gridprio.kernels import get_kernels
from gridprio.model.cell import CellResults
from gridprio.model.rules import CellRules, record_from

GRIDS = Path(__file__).parents[1] / "data" / "grids"
UNSCREENED = 100.0
"""`margin_percent` with which every case is solved."""


def difference(one: CellResults, other: CellResults) -> float:
    pairs = zip(vars(one).values(), vars(other).values(), strict=True)
    gaps = (np.abs(np.asarray(a, dtype=float) - b).max(initial=0.0) for a, b in pairs)
    return float(max(gaps))


def main(name: str = "fictional-province") -> None:
    study = read_study(GRIDS / name)
    study = replace(study, settings=study.settings.model_copy(update={"hours": "all"}))
    grid, executor = make_study_grid(study), LocalExecutor(get_kernels("rust"))
    rules = record_from(CellRules, vars(study.settings))
    total = np.zeros(2)
    for number, area in enumerate(grid.areas):
        contingencies = contingencies_for(area.arrays, rules.outages)
        for year in (study.settings.start_year, study.settings.end_year):
            scenario = study.scenario_ids[0]
            requests = grid.demand.requests(number, year, scenario)
            mask = area.arrays.branch_in_service
            cells = cell_batch([mask], [grid.demand.injections(number, year, scenario, ())], [requests])
            spent, found = np.zeros(2), []
            for at, margin in enumerate((rules.margin_percent, UNSCREENED)):
                begin = time.process_time()
                used = replace(rules, margin_percent=margin)
                found.append(executor.evaluate(area.arrays, contingencies, requests.queue, cells, used))
                spent[at] = time.process_time() - begin
            total += spent
            tell(f"area {number} {year}", spent, f", largest difference {difference(*found):.1e}")
    tell("all", total)


def tell(what: str, spent: np.ndarray, more: str = "") -> None:
    screened, every = spent
    sys.stdout.write(f"{what}: {screened:.3f} s, every case {every:.3f} s, ratio {every / screened:.1f}{more}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
