"""The grid as given: how much more fits at each station, without new works (docs/theory/cells.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import CellNeed, SealedCells, SimulatedCells, StationCells
from gridprio.cells.areas import UnionArea
from gridprio.cells.headroom import Headroom, HeadroomPoint, colour_class, headroom_rows
from gridprio.cells.lifting import MORE_MW, MORE_SHARE, States, lifting_projects
from gridprio.cells.sealed import WITHHELD
from gridprio.cells.voltage_headroom import (
    NO_LIMIT,
    VoltageHeadroom,
    has_voltage_limits,
    voltage_headroom,
    voltage_holds,
)
from gridprio.cells.without_queue import flow_without_queue
from gridprio.demand import q_per_p
from gridprio.inputs.enumerations import Direction
from gridprio.inputs.spatial_tables import PLAN_NUMBERS, KeyFigure
from gridprio.inputs.study import Study
from gridprio.kernels.reference.cell_flow import Backend, CellFlow
from gridprio.model.cell import Contingencies, HourlyInjections
from gridprio.model.grid import branch_name, names_of
from gridprio.pipeline.branch_names import names_of_branches
from gridprio.pipeline.session import Session
from gridprio.store import Progress
from gridprio.store.tables import RUN_TABLES
from gridprio.text import word_element
from gridprio.text.codes import NO_SUPPLY, voltage_limit

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
    "published_class",
    "voltage_headroom_mw",
    "voltage_bus",
    "voltage_limit_pu",
    "voltage_outage",
    "voltage_hour",
    "lifted_by_project",
    "lifted_by_operator",
)
UNKNOWN_PROJECTS = {"lifted_by_project": "", "lifted_by_operator": ""}
"""Where no grid tells which project lifts a limit."""
NO_VOLTAGES: dict[str, Any] = {
    "voltage_headroom_mw": np.nan,
    "voltage_bus": -1,
    "voltage_limit_pu": np.nan,
    "voltage_outage": "",
    "voltage_hour": -1,
}
"""Where no limit of a voltage is known."""
LEVEL_POWER_FACTOR = 0.98
"""Of level demand and feed-in, as the default of a development."""


def study_headroom(
    study: Study,
    backend: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Table `headroom`: per station, direction and sector that asks for capacity there, in the grid without projects.

    Where nobody asks for a direction the sector is empty and the profile level. Points are apart from each other and
    from the queue; `limiting_hour` is the step of the profiles, -1 where nothing limits; `headroom_mw` is NaN where no
    limit exists at all. `colour_class` is computed and not the official colour. `voltage_*` is the headroom by the
    voltage limits of the grid, which `headroom_mw` goes by too under setting `voltage_limits` = hold
    (docs/theory/voltages.md). `lifted_by_project` are projects that
    lift the limit, each on its own with what it requires. A key figure of the study for a number of spatial plans has a
    column that says how many units the headroom is enough for. `limited_by` and `voltage_limited_by` say in
    words, in the language of the study, what limits.
    Raises InputError for a grid that cannot be read.
    """
    with Session(study, backend, threads, cluster=cluster) as session:
        found = session_headroom(session, progress)
        named = names_of_branches(study.stations, session.cells)
    language = study.settings.language
    by_voltage = [voltage_limit(row) for row in found[list(NO_VOLTAGES)].to_dict("records")]
    limits = zip(found["limiting_branch"], found["limiting_outage"], strict=True)
    codes = (f"{branch} without {outage}" if outage else branch for branch, outage in limits)
    return found.assign(
        limited_by=[word_element(code, named)[language] for code in codes],
        voltage_limited_by=[word_element(code, named)[language] for code in by_voltage],
    )


def session_headroom(session: Session, progress: Progress | None = None, *, with_projects: bool = True) -> pd.DataFrame:
    """As `study_headroom`, of a study that is open already; `with_projects`: say which projects lift the headroom."""
    study = session.study
    return _headroom(session, study.scenario_ids, view_years(study), progress, with_projects=with_projects)


def headroom_tables(session: Session) -> dict[str, pd.DataFrame]:
    """Table `headroom` of a run: in the first scenario and year alone, without the projects that lift it."""
    scenario, year = session.study.scenario_ids[0], session.study.settings.start_year
    found = _headroom(session, [scenario], [year], None, with_projects=False)
    own = (found["scenario"] == scenario) & (found["year"] == year)
    return {"headroom": found.loc[own, list(RUN_TABLES["headroom"])].reset_index(drop=True)}


def _headroom(
    session: Session,
    scenarios: Sequence[str],
    years: Sequence[int],
    progress: Progress | None,
    *,
    with_projects: bool,
) -> pd.DataFrame:
    """In these scenarios and years; of a sealed study in those that it holds, of stations in all scenarios."""
    study, cells = session.study, session.cells
    if isinstance(cells, SealedCells):
        sealed = cells.headroom().assign(limiting_branch=WITHHELD, limiting_outage="", limiting_hour=-1)
        return _with_published(study, sealed.assign(**NO_VOLTAGES, **UNKNOWN_PROJECTS))[list(COLUMNS)]
    if isinstance(cells, StationCells):
        return _with_published(study, cells.headroom(years).assign(**NO_VOLTAGES, **UNKNOWN_PROJECTS))
    assert isinstance(cells, SimulatedCells)
    rounds = [
        (scenario, year, area)
        for scenario in scenarios
        for year in years
        for area in cells.grid.plan_areas
        if cells.grid.station_nodes(area.number)
    ]
    rows: list[dict[str, object]] = []
    for done, (scenario, year, area) in enumerate(rounds):
        asked = _AreaRound(session, cells, area, scenario, year, with_projects)

        def advance(part: float, done: int = done) -> None:
            if progress is not None:
                progress("headroom", (done + part) / len(rounds))

        rows += asked.rows(advance)
    return pd.DataFrame(rows, columns=[*COLUMNS, *_equivalents(study)])


def view_years(study: Study) -> tuple[int, ...]:
    first, last = study.settings.start_year, study.settings.end_year
    return tuple(sorted({first, last, *(year for year in VIEW_YEARS if first <= year <= last)}))


def _published(study: Study) -> dict[tuple[str, str], str]:
    """Official colour by station and direction, where the study has one."""
    found = {}
    for station in study.stations:
        for direction in Direction:
            colour = getattr(station, f"published_class_{direction.value}")
            if colour is not None:
                found[station.station_id, direction.value] = str(colour.value)
    return found


def _with_published(study: Study, headroom: pd.DataFrame) -> pd.DataFrame:
    known = _published(study)
    keys = zip(headroom["station_id"], headroom["direction"], strict=True)
    return headroom.assign(published_class=[known.get(key, "") for key in keys])


class _AreaRound:
    """One area in one scenario and year, in the grid without projects."""

    def __init__(
        self, session: Session, cells: SimulatedCells, area: UnionArea, scenario: str, year: int, with_projects: bool
    ) -> None:
        self._session, self._study, self._cells, self._area = session, session.study, cells, area
        self._scenario, self._year, self._with_projects = scenario, year, with_projects
        self._number, self._mask = area.cache_area(()), area.branch_in_service((), ())
        self._contingencies = cells.cache.contingencies(self._number)
        union = cells.grid.union.grid
        self._published = _published(self._study)
        self._names = [branch_name(union.branch_ids[row]) for row in cells.grid.areas[self._number].branches]

    def rows(self, progress: Callable[[float], None]) -> Iterator[dict[str, object]]:
        cache, hourly = self._cells.cache, self._hourly(())
        area, points = cache.areas[self._number], [*self._requested_points(), *self._level_points(len(hourly.month))]
        judges = has_voltage_limits(area.grid) and self._judges_voltages()
        by_loading = headroom_rows(
            area, self._mask, hourly, points, cache.executor, cache.rules, lambda part: progress(part / (1 + judges))
        )
        by_voltage = [NO_LIMIT] * len(points)
        if judges:
            flow = self._flow(self._mask, hourly)
            by_voltage = voltage_headroom(flow, self._mask, points, lambda part: progress((1 + part) / 2))
        states = self._states() if self._with_projects else {}
        for answer, voltage in zip(by_loading, by_voltage, strict=True):
            if self._holds_back(voltage, answer):
                yield self._row_by_voltage(answer, voltage, states)
            else:
                lifted = lifting_projects(area, self._contingencies, states, answer, cache.executor, cache.rules)
                yield self._row(answer, voltage, lifted)

    def _judges_voltages(self) -> bool:
        """All hours of a year take minutes for each point and must be asked for."""
        settings = self._study.settings
        if settings.hours == "all":
            return settings.voltage_limits == "hold"
        return settings.voltage_limits != "off"

    def _flow(
        self, branch_in_service: NDArray[np.bool_], hourly: HourlyInjections, contingencies: Contingencies | None = None
    ) -> CellFlow:
        cache, backend = (
            self._cells.cache,
            Backend(self._session.kernels.solve_load_flow, threads=self._session.threads),
        )
        every = self._contingencies if contingencies is None else contingencies
        grid = cache.areas[self._number].grid
        return flow_without_queue(grid, every, branch_in_service, hourly, cache.rules, backend)

    def _holds_back(self, voltage: VoltageHeadroom, by_loading: Headroom) -> bool:
        """Whether a bus limits before a branch does; what has no solution does so by loading already."""
        holds = self._study.settings.voltage_limits == "hold" and voltage.node >= 0
        return holds and not voltage.headroom_mw >= by_loading.headroom_mw

    def _row_by_voltage(self, answer: Headroom, voltage: VoltageHeadroom, states: States) -> dict[str, object]:
        """The row of a point that a bus limits; projects lift it where more holds in its hour and outage."""
        mw, hour = voltage.headroom_mw, slice(voltage.hour, voltage.hour + 1)
        point = replace(answer.point, profile=answer.point.profile[hour])
        limiting = self._contingencies.intact_and(*([voltage.contingency] if voltage.contingency else []))
        more_mw = mw * (1 + MORE_SHARE) + MORE_MW
        lifted = [
            project
            for project, (mask, hourly) in states.items()
            if voltage_holds(self._flow(mask, hourly.at(hour), limiting), point, more_mw)
        ]
        colour = colour_class(mw, answer.point.waiting_mw)
        row = self._row(replace(answer, headroom_mw=mw, colour_class=colour), voltage, lifted)
        limits = {"limiting_branch": f"bus:{row['voltage_bus']}", "limiting_outage": row["voltage_outage"]}
        return row | limits | {"limiting_hour": row["voltage_hour"]}

    def _hourly(self, changing: Sequence[str]) -> HourlyInjections:
        demand = self._cells.grid.cache_demand
        return demand.injections(self._number, self._year, self._scenario, tuple(sorted(changing)))

    def _states(self) -> States:
        """With each project that matters here and turns no switch, and all that it requires."""
        required = self._study.required_rows
        ids = [project.project_id for project in self._study.projects]
        found = {}
        for row in sorted({*self._area.grid_projects, *self._area.demand_projects}):
            together = tuple(sorted({row, *required[row]}))
            if self._area.cache_area(together) == self._number:
                changing = [ids[other] for other in together if other in self._area.demand_projects]
                found[ids[row]] = self._area.branch_in_service(together, ()), self._hourly(changing)
        return found

    def _requested_points(self) -> Iterator[HeadroomPoint]:
        """One per station, direction and sector of the developments, with the profile of the first of them."""
        cache, number = self._cells.cache, self._number
        rows = self._cells.grid.demand.development_rows(self._area.number)
        if not rows:
            return
        queue = cache.demand.requests(number, self._year, self._scenario).queue
        cell = cache.rows([CellNeed(number, self._mask, (), self._year, self._scenario)])[0].row
        waiting = cache.requested_mw(number)[cell] - cache.results(number).allocated_mw[cell]
        requests = [self._study.developments[row] for row in rows]
        seen: set[tuple[str, str, str]] = set()
        for k, request in enumerate(requests):
            direction = request.direction.value
            key = (request.station_id, direction, request.sector)
            if key in seen:
                continue
            seen.add(key)
            alike = [r.station_id == request.station_id and r.direction == request.direction for r in requests]
            waiting_mw = float(np.sum(waiting[alike]))
            node, per_mw, profile = int(queue.node[k]), float(queue.q_per_p[k]), queue.profile[k]
            yield HeadroomPoint(request.station_id, node, direction, request.sector, per_mw, profile, waiting_mw)

    def _level_points(self, n_hour: int) -> Iterator[HeadroomPoint]:
        """Level demand and feed-in at every station where nobody asks for that direction."""
        asked = {(row.station_id, row.direction) for row in self._study.developments}
        per_mw, level = q_per_p(LEVEL_POWER_FACTOR), np.ones(n_hour)
        for station, node in self._cells.grid.station_nodes(self._number).items():
            for direction in Direction:
                if (station, direction) not in asked:
                    yield HeadroomPoint(station, node, direction.value, "", per_mw, level)

    def _by_voltage(self, voltage: VoltageHeadroom, steps: NDArray[np.int64]) -> dict[str, object]:
        if voltage.contingency < 0:
            return NO_VOLTAGES
        return {
            "voltage_headroom_mw": voltage.headroom_mw,
            "voltage_bus": self._cells.grid.bus_id(self._number, voltage.node) if voltage.node >= 0 else -1,
            "voltage_limit_pu": voltage.limit_pu,
            "voltage_outage": names_of(self._contingencies.out(voltage.contingency), self._names),
            "voltage_hour": int(steps[voltage.hour]),
        }

    def _limit_name(self, branch: int) -> str:
        return self._names[branch] if branch >= 0 else NO_SUPPLY

    def _row(self, answer: Headroom, voltage: VoltageHeadroom, lifted: Sequence[str]) -> dict[str, object]:
        point, k = answer.point, answer.limit_contingency
        steps = self._cells.grid.demand.steps(self._area.number, self._year, self._scenario)
        operator = {project.project_id: project.operator_id for project in self._study.projects}
        return {
            "station_id": point.station_id,
            "direction": point.direction,
            "sector": point.sector,
            "year": self._year,
            "scenario": self._scenario,
            "headroom_mw": answer.headroom_mw,
            "limiting_branch": self._limit_name(answer.limit_branch) if k >= 0 else "",
            "limiting_outage": names_of(self._contingencies.out(k), self._names) if k >= 0 else "",
            "limiting_hour": int(steps[answer.limit_hour]) if answer.limit_hour >= 0 else -1,
            "colour_class": answer.colour_class,
            "published_class": self._published.get((point.station_id, point.direction), ""),
            **self._by_voltage(voltage, steps),
            "lifted_by_project": " ".join(lifted),
            "lifted_by_operator": " ".join(dict.fromkeys(operator[project] for project in lifted)),
            **{
                name: answer.headroom_mw / figure.mw_per_unit if figure.direction == point.direction else np.nan
                for name, figure in _equivalents(self._study).items()
            },
        }


def _equivalents(study: Study) -> dict[str, KeyFigure]:
    """Columns that say what the headroom is enough for: the numbers of spatial plans that have a key figure."""
    figures = {figure.key_figure_id: figure for figure in study.key_figures}
    return {name: figures[name] for name in PLAN_NUMBERS if name in figures}
