"""The grid as given: what fits in it without new works, and which move of a development fits (docs/theory/given.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import SimulatedCells, StateYear
from gridprio.effect import StatusOrders
from gridprio.outcome import Evaluator
from gridprio.pipeline.given_requests import tried_requests
from gridprio.pipeline.reach import planned_with_status
from gridprio.text import Message, message

VIEW_YEARS = (2030, 2035)
FITS_SHARE = 1 - 1e-6
"""From this share of the request on, all of it fits."""
GIVEN = ("scenario", "year", "station_id", "direction", "development_id", "requested_mw", "fits_mw", "limiting_element")
MOVES = (
    "scenario", "year", "development_id", "place", "kind", "requested_mw", "to", "amount", "unit", "needed_projects",
    "avoids",
)  # fmt: skip
Floats = NDArray[np.float64]


def given_grid_tables(evaluator: Evaluator, orders: StatusOrders, connections: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Tables `as_given` and `moves`; nothing where a seal lacks the cells of the grid as given.

    `connections`: with `needed_projects`, where these are known.
    """
    view = _View(evaluator, orders)
    if not view.is_known():
        return {}
    given = pd.DataFrame(list(view.rows()), columns=list(GIVEN))
    totals = given.groupby(["scenario", "year", "station_id", "direction"], sort=False, as_index=False)[
        ["requested_mw", "fits_mw"]
    ].sum()
    given = pd.concat([given, totals.assign(development_id="", limiting_element="")], ignore_index=True)
    needed = {
        (str(row["scenario"]), str(row["development_id"])): str(row["needed_projects"]).split()
        for row in connections.to_dict("records")
        if row.get("needed_projects")
    }
    moves = [row for year in view.years for row in _with_projects(view.moves(year), needed)]
    return {"as_given": given, "moves": pd.DataFrame(moves, columns=list(MOVES))}


def space_messages(space: pd.DataFrame) -> list[Message]:
    """How much land is needed, and what is not weighed of it."""
    if space.empty:
        return []
    return [message("given.space", n=len(space), land_ha=float(space["land_ha"].sum()))]


@dataclass(frozen=True, eq=False)
class _Answer:
    """What an area does for its requests in one year."""

    requested: Floats
    """[scenario, request]"""
    fits: Floats
    """[scenario, request]"""
    limit: NDArray[np.int32]
    """[scenario, request, 2]"""


class _View:
    """The grid as given with the running works that are finished, in the years that are looked at."""

    def __init__(self, evaluator: Evaluator, orders: StatusOrders) -> None:
        self.evaluator, self.study = evaluator, evaluator.study
        settings = self.study.settings
        self.start_year, self.end_year = settings.start_year, settings.end_year
        self.years = [year for year in VIEW_YEARS if self.start_year <= year <= self.end_year]
        problem = evaluator.problem
        is_open = {int(project) for project in problem.phase_project[problem.arrays.fixed_start < 0]}
        _, months = planned_with_status(evaluator, orders)
        self._since = {
            row: int(month) for row, month in enumerate(months.in_service[0]) if month >= 0 and row not in is_open
        }
        self._answers: dict[tuple[int, int], _Answer] = {}

    def is_known(self) -> bool:
        areas = range(len(self.evaluator.cells.areas))
        return all(
            self.evaluator.cells.problem(self.state(area, year)) is None
            for area in areas
            for year in range(self.start_year, self.end_year + 1)
        )

    def state(self, area: int, year: int) -> StateYear:
        """Of January: no works, and the running ones that are finished by then."""
        done = [
            row
            for row in self.evaluator.cells.areas[area].serving
            if row in self._since and self._since[row] <= 12 * (year - self.start_year)
        ]
        return StateYear(area, tuple(done), (), year - self.start_year)

    def answer(self, area: int, year: int) -> _Answer:
        if (area, year) not in self._answers:
            found = self.evaluator.cells.values([self.state(area, year)])
            self._answers[area, year] = _Answer(found.requested_mw[0], found.allocated_mw[0], found.limit[0])
        return self._answers[area, year]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        for at, scenario in enumerate(self.evaluator.scenarios):
            for year in self.years:
                for area, own in enumerate(self.evaluator.cells.areas):
                    found = self.answer(area, year)
                    for k, row in enumerate(own.development_rows):
                        asked, fits = float(found.requested[at, k]), float(found.fits[at, k])
                        if asked > 0:
                            development = self.study.developments[row]
                            branch, contingency = found.limit[at, k].tolist()
                            limit = (
                                self.evaluator.cells.limit_name(row, branch, contingency) if contingency >= 0 else ""
                            )
                            yield (
                                scenario, year, development.station_id, development.direction.value,
                                development.development_id, asked, fits, limit,
                            )  # fmt: skip

    def moves(self, year: int) -> Iterator[dict[str, Any]]:
        """Of each request that does not fit in whole: what would."""
        cells = self.evaluator.cells
        for at, scenario in enumerate(self.evaluator.scenarios):
            tried: Mapping[tuple[int, str], float] = {}
            if isinstance(cells, SimulatedCells) and cells.grid.is_plain:
                states = [self.state(area, year) for area in range(len(cells.areas))]
                allocated = [self.answer(area, year).fits[at] for area in range(len(cells.areas))]
                tried = tried_requests(cells, states, scenario, year, dict(self._unfit(at, year)), allocated)
            for area, own in enumerate(cells.areas):
                found = self.answer(area, year)
                for k, row in enumerate(own.development_rows):
                    asked, fits = float(found.requested[at, k]), float(found.fits[at, k])
                    if asked == 0 or fits >= FITS_SHARE * asked:
                        continue
                    development = self.study.developments[row]
                    named = {"scenario": scenario, "year": year, "development_id": development.development_id,
                             "requested_mw": asked}  # fmt: skip
                    options = list(self._later(area, k, at, year))
                    fits = tried.get((row, development.station_id), fits)
                    if fits > 0:
                        options.append(("size", f"{fits:.4g}", asked - fits, "mw"))
                    options += [
                        ("place", station, mw, "mw")
                        for (moved, station), mw in tried.items()
                        if moved == row and station != development.station_id and mw >= FITS_SHARE * asked
                    ]
                    for place, (kind, to, amount, unit) in enumerate(options, start=1):
                        yield {**named, "place": place, "kind": kind, "to": to, "amount": amount, "unit": unit}

    def _unfit(self, at: int, year: int) -> Iterator[tuple[int, float]]:
        """Row and MW of the requests that do not fit in whole."""
        for area, own in enumerate(self.evaluator.cells.areas):
            found = self.answer(area, year)
            for k, row in enumerate(own.development_rows):
                if found.fits[at, k] < FITS_SHARE * found.requested[at, k]:
                    yield row, float(found.requested[at, k])

    def _later(self, area: int, request: int, scenario: int, year: int) -> Iterator[tuple[str, str, float, str]]:
        """The first later year from which on the whole request fits until the end of the horizon."""
        first = None
        for later in range(self.end_year, year, -1):
            found = self.answer(area, later)
            if found.fits[scenario, request] < FITS_SHARE * found.requested[scenario, request]:
                break
            first = later
        if first is not None:
            yield "time", str(first), 12.0 * (first - year), "months"


def _with_projects(
    moves: Iterator[dict[str, Any]], needed: Mapping[tuple[str, str], list[str]]
) -> Iterator[dict[str, Any]]:
    """With the projects that the development needs to be connected, and those that nobody else needs."""
    for move in moves:
        scenario, own = str(move["scenario"]), str(move["development_id"])
        mine = needed.get((scenario, own), [])
        others = {project for (at, other), named in needed.items() if (at, other) != (scenario, own) and at == scenario
                  for project in named}  # fmt: skip
        yield {**move, "needed_projects": " ".join(mine), "avoids": " ".join(p for p in mine if p not in others)}
