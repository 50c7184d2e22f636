"""What representative hours of a ready study give over what all hours give, per area, state and direction.

`python -m benches.representative_hours [STUDY [YEAR]]`: overload, insecure hours and allocated megawatts of each
direction with the grid as given and with the first half of the projects, for the hours per month of the settings.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from gridprio.cells.executor import LocalExecutor
from gridprio.cells.simulated import SimulatedCells
from gridprio.cells.source import CellValues, StateYear
from gridprio.demand.area_demand import request_sign
from gridprio.inputs.read import read_study
from gridprio.kernels import get_kernels

GRIDS = Path(__file__).parents[1] / "data" / "grids"


def simulated(name: str, hours: str) -> SimulatedCells:
    study = read_study(GRIDS / name)
    settings = study.settings.model_copy(update={"hours": hours})
    return SimulatedCells(replace(study, settings=settings), LocalExecutor(get_kernels("rust")))


def figures(cells: SimulatedCells, values: CellValues, area: int, at: int) -> list[float]:
    developments = cells.study.developments
    sign = np.array([request_sign(developments[row]) for row in cells.areas[area].development_rows])
    allocated = values.allocated_mw[at].sum(axis=0)[: len(sign)]
    return [
        float(values.overload_mvah[at].sum()),
        float(values.insecure_hours[at].sum()),
        float(allocated[sign < 0].sum()),
        float(allocated[sign > 0].sum()),
    ]


def main(name: str = "fictional-province", year: str = "2032") -> None:
    sources = [simulated(name, hours) for hours in ("all", "representative")]
    sys.stdout.write("area, state: overload MVAh, insecure hours, demand MW, feed-in MW: all hours / representative\n")
    for number, area in enumerate(sources[0].areas):
        states = [
            StateYear(number, in_service, (), int(year) - sources[0].study.settings.start_year)
            for in_service in ((), area.serving[: len(area.serving) // 2])
        ]
        every, chosen = (cells.values(states) for cells in sources)
        for at, state in enumerate(("as given", "half")):
            pairs = zip(
                *(figures(c, v, number, at) for c, v in zip(sources, (every, chosen), strict=True)), strict=True
            )
            told = (f"{a:.1f} / {b:.1f} ({b / a:.2f})" if a else f"0 / {b:.1f}" for a, b in pairs)
            sys.stdout.write(f"{area.name}, {state}: {', '.join(told)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
