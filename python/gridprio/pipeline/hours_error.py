"""Table `hours_error`: the representative hours of a run beside all hours (docs/theory/demand.md, Hours)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import SimulatedCells
from gridprio.cells.source import Progress
from gridprio.demand import request_sign
from gridprio.pipeline.plan_years import YearStates, compared_years
from gridprio.pipeline.schedules import Schedules
from gridprio.pipeline.session import Session
from gridprio.text import Message, message

METRICS = ("overload_mvah", "insecure_hours", "served_mw_demand", "served_mw_feed_in")
COLUMNS = ("order_name", "scenario", "year", "area", "metric", "representative", "all_hours")
SCREENED_BACKEND = "rust"
"""The others solve every outage in every hour, which takes minutes for a cell of a year."""
MOST_CASES = 100_000_000
"""Hours x contingencies x branches of an area that is compared: some seconds of processor time for a cell of a year."""


def hours_error_tables(session: Session, schedules: Schedules, progress: Progress) -> dict[str, pd.DataFrame]:
    """The plans without and with status in `hours_check_years` years, in the hours of the run and in all.

    Areas of more than `MOST_CASES` have no rows. None without a grid, on other backends than Rust, where taps act, and
    where the run takes all hours.
    """
    cells = session.cells
    if not isinstance(cells, SimulatedCells) or not _is_compared(session, cells):
        return {}
    settings = session.study.settings
    in_all_hours = replace(session.study, settings=settings.model_copy(update={"hours": "all"}))
    with closing(SimulatedCells(in_all_hours, session.executor, session.folder)) as every:
        rows = list(_rows(session, schedules, (cells, every), progress))
    return {"hours_error": pd.DataFrame(rows, columns=list(COLUMNS))}


def _rows(
    session: Session, schedules: Schedules, both: tuple[SimulatedCells, SimulatedCells], progress: Progress
) -> Iterator[tuple[object, ...]]:
    cells, every = both
    years = list(_plan_years(session, schedules, every))
    areas = sorted({area for _, area, *_ in years})
    for done, area in enumerate(areas):  # all states at once, by all threads
        asked = list(dict.fromkeys(state for _, at, _, states in years if at == area for state in states))
        every.values(asked)
        progress((done + 1) / len(areas))
    for order_name, area, year, states in years:
        told, truth = (year_totals(source, area, states) for source in both)
        for s, scenario in enumerate(cells.scenarios):
            key = order_name, scenario, session.study.settings.start_year + year, cells.areas[area].name
            pairs = zip(METRICS, told[s].tolist(), truth[s].tolist(), strict=True)
            yield from ((*key, metric, chosen, true) for metric, chosen, true in pairs)


def hours_error_messages(session: Session, table: pd.DataFrame | None) -> list[Message]:
    """What the hours of the run are off by, and which areas are too large to tell."""
    cells, settings = session.cells, session.study.settings
    is_asked = settings.hours == "representative" and settings.hours_check_years > 0
    if not is_asked or not isinstance(cells, SimulatedCells):
        return []
    if table is None and _acts(cells):
        return [message("hours_error.taps")]
    if table is None:
        return [message("hours_error.backend", backend=session.kernels.name)]
    large = [area.name for number, area in enumerate(cells.areas) if _cases(cells, number) > MOST_CASES]
    found = [message("hours_error.large", areas=large)] if large else []
    if table.empty:
        return found
    sides = ("representative", "all_hours")
    of_metric = {name: table[table["metric"] == name] for name in METRICS}
    both = {f"{name}_{side}": float(rows[side].mean()) for name, rows in of_metric.items() for side in sides}
    both |= {f"effect_{side}": _effect_mvah(table, side) for side in sides}
    years = sorted(str(year) for year in table["year"].unique())
    return [message("hours_error.found", n=len(table) // len(METRICS), years=years, **both), *found]


def _effect_mvah(table: pd.DataFrame, side: str) -> float:
    """Overload with status minus that without, of the areas compared; mean of scenarios and years."""
    rows = table[table["metric"] == "overload_mvah"]
    with_status = rows["order_name"].str.endswith("with_status")
    change = float(rows[side].where(with_status, -rows[side]).sum())
    return change / len(rows[["scenario", "year"]].drop_duplicates())


def year_totals(cells: SimulatedCells, area: int, states: YearStates) -> NDArray[np.float64]:
    """[scenario, metric] of a year, each state in its months, in the order of `METRICS`; MW are means of the months."""
    values, developments = cells.values(list(states)), cells.study.developments
    holds = np.array([np.isin(np.arange(12), months) for months in states.values()])
    sign = np.array([request_sign(developments[row]) for row in cells.areas[area].development_rows])
    allocated = np.einsum("csr,c->sr", values.allocated_mw[..., : len(sign)], holds.mean(axis=1))
    sums = (np.einsum("csm,cm->s", each, holds) for each in (values.overload_mvah, values.insecure_hours))
    return np.stack([*sums, *(allocated[:, sign == way].sum(axis=1) for way in (-1, 1))], axis=-1)


def _acts(cells: SimulatedCells) -> bool:
    return any(area.grid.controls is not None for area in cells.cache.areas)


def _is_compared(session: Session, cells: SimulatedCells) -> bool:
    settings = session.study.settings
    return (
        settings.hours == "representative"
        and settings.hours_check_years > 0
        and not _acts(cells)
        and session.kernels.name == SCREENED_BACKEND
    )


def _plan_years(
    session: Session, schedules: Schedules, every: SimulatedCells
) -> Iterator[tuple[str, int, int, YearStates]]:
    """Name of the order, area, year of the horizon and states, of the years that are compared."""
    n_year = session.study.settings.end_year - session.study.settings.start_year + 1
    n_check = min(session.study.settings.hours_check_years, n_year)
    years = {int((at + 0.5) * n_year / n_check) for at in range(n_check)}
    for order_name, area, year, states in compared_years(session.evaluator, every.areas, schedules):
        if year in years and _cases(every, area) <= MOST_CASES:
            yield order_name, area, year, states


def _cases(cells: SimulatedCells, area: int) -> int:
    """Pairs of case and branch of all hours of a year."""
    number = cells.grid.plan_areas[area].cache_area(())
    n_step = cells.grid.demand.profiles.n_step
    return n_step * len(cells.cache.contingencies(number).required_months) * cells.cache.areas[number].grid.n_branch
