"""The grid as given: how much more fits at each station, without new works (docs/theory/cells.md)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from gridprio.cells import CellCache, CellNeed, SealedCells, SimulatedCells, StationCells
from gridprio.cells.headroom import Headroom, HeadroomPoint, headroom_rows
from gridprio.cells.sealed import WITHHELD
from gridprio.cells.study_grid import StudyGrid
from gridprio.inputs.study import Study
from gridprio.model.cell import Contingencies
from gridprio.model.grid import branch_name
from gridprio.pipeline.session import Session
from gridprio.store import Progress

VIEW_YEARS = (2030, 2035, 2050)
"""Years of the views, beside the first and the last year of the horizon."""
COLUMNS = (
    "station_id",
    "direction",
    "sector",
    "year",
    "scenario",
    "headroom_mw",
    "limiting_branch",
    "limiting_outage",
    "limiting_hour",
    "colour_class",
)


def study_headroom(
    study: Study,
    backend: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Table `headroom`: per station, direction and sector that asks for capacity there, in the grid without projects.

    Points are apart from each other and from the queue; `limiting_hour` is the step of the profiles, -1 where nothing
    limits; `headroom_mw` is NaN where no limit exists at all. `colour_class` is computed and not the official colour.
    Raises InputError for a grid that cannot be read.
    """
    with Session(study, backend, threads, cluster=cluster) as session:
        return session_headroom(session, progress)


def session_headroom(session: Session, progress: Progress | None = None) -> pd.DataFrame:
    """As `study_headroom`, of a study that is open already."""
    study, cells = session.study, session.cells
    if isinstance(cells, SealedCells):
        return cells.headroom().assign(limiting_branch=WITHHELD, limiting_outage="", limiting_hour=-1)[list(COLUMNS)]
    if isinstance(cells, StationCells):
        return cells.headroom(view_years(study))
    assert isinstance(cells, SimulatedCells)
    grid, cache = cells.grid, cells.cache
    in_service = grid.union.in_service()
    asked = [at for at in range(len(cache.areas)) if grid.demand.development_rows(at)]
    rounds = [(scenario, year) for scenario in study.scenario_ids for year in view_years(study)]
    rows: list[dict[str, object]] = []
    for done, (scenario, year) in enumerate(rounds):
        for at in asked:
            mask = in_service[grid.areas[at].branches]
            points = list(_points(study, grid, cache, CellNeed(at, mask, (), year, scenario)))
            hourly = grid.demand.injections(at, year, scenario, ())
            found = headroom_rows(cache.areas[at], mask, hourly, points, cache.executor, cache.rules)
            rows += [_row(grid, cache.contingencies(at), at, year, scenario, answer) for answer in found]
        if progress is not None:
            progress("headroom", (done + 1) / len(rounds))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def view_years(study: Study) -> tuple[int, ...]:
    first, last = study.settings.start_year, study.settings.end_year
    return tuple(sorted({first, last, *(year for year in VIEW_YEARS if first <= year <= last)}))


def _points(study: Study, grid: StudyGrid, cache: CellCache, need: CellNeed) -> Iterator[HeadroomPoint]:
    """One per station, direction and sector of the developments in an area, with the profile of the first of them."""
    queue = grid.demand.requests(need.area, need.year, need.scenario).queue
    cell = cache.rows([need])[0].row
    waiting = cache.requested_mw(need.area)[cell] - cache.results(need.area).allocated_mw[cell]
    requests = [study.developments[row] for row in grid.demand.development_rows(need.area)]
    seen: set[tuple[str, str, str]] = set()
    for k, request in enumerate(requests):
        direction = request.direction.value
        key = (request.station_id, direction, request.sector)
        if key in seen:
            continue
        seen.add(key)
        alike = [r.station_id == request.station_id and r.direction == request.direction for r in requests]
        waiting_mw = float(np.sum(waiting[alike]))
        node, q_per_p, profile = int(queue.node[k]), float(queue.q_per_p[k]), queue.profile[k]
        yield HeadroomPoint(request.station_id, node, direction, request.sector, q_per_p, profile, waiting_mw)


def _row(
    grid: StudyGrid, contingencies: Contingencies, at: int, year: int, scenario: str, answer: Headroom
) -> dict[str, object]:
    point = answer.point
    area = grid.areas[at]
    names = [branch_name(grid.union.grid.branch_ids[row]) for row in area.branches]
    out: list[int] = []
    if answer.limit_contingency >= 0:
        first, last = contingencies.start[answer.limit_contingency : answer.limit_contingency + 2]
        out = contingencies.branch[first:last].tolist()
    steps = grid.demand.steps(at, year, scenario)
    return {
        "station_id": point.station_id,
        "direction": point.direction,
        "sector": point.sector,
        "year": year,
        "scenario": scenario,
        "headroom_mw": answer.headroom_mw,
        "limiting_branch": names[answer.limit_branch] if answer.limit_branch >= 0 else "",
        "limiting_outage": " ".join(dict.fromkeys(names[branch] for branch in out)),
        "limiting_hour": int(steps[answer.limit_hour]) if answer.limit_hour >= 0 else -1,
        "colour_class": answer.colour_class,
    }
