"""Redispatch: what it takes to run the grid without overload, in MWh and euro (docs/theory/redispatch.md)."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gridprio.cells import SimulatedCells
from gridprio.cells.redispatch import RedispatchProblem
from gridprio.errors import InputError
from gridprio.inputs.study import Study
from gridprio.pipeline.headroom import view_years
from gridprio.pipeline.session import Session
from gridprio.store import Progress
from gridprio.text import sentence

COLUMNS = (
    "area",
    "year",
    "scenario",
    "outage_rule",
    "overload_hours",
    "feed_in_mwh",
    "demand_mwh",
    "cost_eur",
    "left_mvah",
    "unsolved_hours",
)
INTACT, REQUIRED = "intact", "required"
"""Outage rules: the intact grid alone, and every outage that the study requires."""


def study_redispatch(
    study: Study, backend: str = "auto", threads: int | None = None, progress: Progress | None = None
) -> pd.DataFrame:
    """Table `redispatch`: per area, year of the views, scenario and outage rule, in the grid without projects.

    Existing connections alone, without the queue. Raises InputError for a study without a grid.
    """
    with Session(study, backend, threads) as session:
        if not isinstance(session.cells, SimulatedCells):
            raise InputError(sentence("problem.redispatch_without_grid"))
        rounds = [(year, scenario) for year in view_years(study) for scenario in study.scenario_ids]
        rows: list[dict[str, object]] = []
        for done, (year, scenario) in enumerate(rounds):
            rows += _rows(session, session.cells, year, scenario)
            if progress is not None:
                progress("redispatch", (done + 1) / len(rounds))
    order = ["area", "year", "scenario", "outage_rule"]
    return pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(order, kind="stable", ignore_index=True)


def _rows(session: Session, cells: SimulatedCells, year: int, scenario: str) -> Iterator[dict[str, object]]:
    price = session.study.settings.congestion_cost_eur_per_mwh
    for area, named in zip(cells.grid.plan_areas, cells.areas, strict=True):
        number, mask = area.cache_area(()), area.branch_in_service((), ())
        hourly = cells.grid.cache_demand.injections(number, year, scenario, ())
        drawn_mva = cells.grid.demand.drawn_mva(area.number, year, scenario)
        grid, every = cells.cache.areas[number].grid, cells.cache.contingencies(number)
        for rule, contingencies in ((INTACT, every.intact_and()), (REQUIRED, every)):
            found = RedispatchProblem(
                grid, contingencies, mask, hourly, drawn_mva, cells.cache.rules, session.kernels
            ).solve()
            feed_in_mwh = float(hourly.weight_h @ found.feed_in_mw.sum(axis=1))
            demand_mwh = float(hourly.weight_h @ found.demand_mw.sum(axis=1))
            yield {
                "area": named.name,
                "year": year,
                "scenario": scenario,
                "outage_rule": rule,
                "overload_hours": float(hourly.weight_h @ found.overloaded),
                "feed_in_mwh": feed_in_mwh,
                "demand_mwh": demand_mwh,
                "cost_eur": price * (feed_in_mwh + demand_mwh),
                "left_mvah": float(hourly.weight_h @ found.left_mva),
                "unsolved_hours": float(hourly.weight_h @ found.unsolved),
            }
