"""Table `measured`: the base case beside what the operator has measured (docs/theory/measured.md).

The intact grid before any project in the first year, with existing connections alone. Outages are not compared: what
is measured is the grid in operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import SimulatedCells, contingencies_for
from gridprio.cells.without_queue import flow_without_queue
from gridprio.grid.measured import branches_of_elements, measured_element
from gridprio.inputs.measurement_table import Measurement
from gridprio.kernels.reference.cell_base import in_parts
from gridprio.kernels.reference.cell_flow import Backend, CellFlow, Floats
from gridprio.model.cell import SECURE_PERCENT
from gridprio.model.grid import branch_name
from gridprio.pipeline.base_case import AreaCase, area_cases
from gridprio.pipeline.session import Session

COLUMNS = (
    "scenario", "year", "area", "branch", "kind", "measured_year", "limit_percent", "measured_percent",
    "modelled_percent", "difference_percent", "measured_hours", "modelled_hours",
)  # fmt: skip
NOT_MEASURED = 0
"""Year of what was not measured."""


@dataclass(frozen=True, eq=False)
class _Modelled:
    """The intact grid of one area and scenario, by row of the union grid."""

    loading_percent: Mapping[int, float]
    """highest; NaN where it is not known"""
    hours: Mapping[int, float]
    """above the limit of the hour"""
    limit_percent: Mapping[int, float]
    """highest loading of such a year with no hour above its limit"""


@dataclass(frozen=True, eq=False)
class IntactYear:
    """`[branch]`, the intact grid over the hours seen."""

    loading_percent: Floats
    """highest"""
    loading_of_rating: Floats
    """highest, of the rating of its hour"""
    hours: Floats
    """above the limit of the hour"""
    lowest_percent: Floats
    """rating"""
    highest_percent: Floats
    """rating"""
    is_solved: bool
    """every hour has a solution; else the highest loading is not known"""

    @classmethod
    def none(cls, n_branch: int) -> IntactYear:
        """Before any hour."""
        nothing = np.zeros(n_branch)
        return cls(nothing, nothing, nothing, np.full(n_branch, np.inf), np.full(n_branch, -np.inf), True)

    def with_hours(self, loading: Floats, rating: Floats, hours: Floats, *, is_solved: bool) -> IntactYear:
        """`loading`, `rating`: [hour, branch] in percent; `hours` [branch] of these that are above the limit."""
        return IntactYear(
            np.maximum(self.loading_percent, loading.max(axis=0)),
            np.maximum(self.loading_of_rating, (loading / rating).max(axis=0)),
            self.hours + hours,
            np.minimum(self.lowest_percent, rating.min(axis=0)),
            np.maximum(self.highest_percent, rating.max(axis=0)),
            self.is_solved and is_solved,
        )


def measured_tables(session: Session) -> dict[str, pd.DataFrame]:
    """By scenario a row per measurement, in their order, then the branches above their limit that have none.

    No table where nothing was measured or there is no grid.
    """
    cells, study = session.cells, session.study
    if not (isinstance(cells, SimulatedCells) and study.measurements):
        return {}
    grid = cells.grid.union.grid
    elements = branches_of_elements(grid)
    measured = {elements[measured_element(grid, row.element)[0]]: row for row in study.measurements}
    names = [branch_name(branch[:2]) for branch in grid.branch_ids]
    place_of = {names[branches[0]]: at for at, branches in enumerate(measured)}
    rows: list[dict[str, Any]] = []
    for case in area_cases(session, cells):
        modelled = _modelled(session, cells, case, measured)
        place = {"scenario": case.scenario, "year": study.settings.start_year, "area": case.name}
        mine = [(branches, row) for branches, row in measured.items() if branches[0] in modelled.loading_percent]
        for branches, row in mine:
            rows.append({**place, "branch": names[branches[0]], **_compared(cells, modelled, branches, row)})
        told = {branch for branches, _ in mine for branch in branches}
        rows += [{**place, "branch": names[row], **found} for row, found in _unmeasured(modelled, told)]
    scenarios = list(study.scenario_ids)
    rows.sort(key=lambda row: (scenarios.index(row["scenario"]), place_of.get(row["branch"], len(place_of))))
    return {"measured": pd.DataFrame(rows, columns=list(COLUMNS))}


def _modelled(
    session: Session, cells: SimulatedCells, case: AreaCase, measured: Mapping[tuple[int, ...], Measurement]
) -> _Modelled:
    arrays, rules = cells.cache.areas[case.number].grid, cells.cache.rules
    rows = cells.grid.areas[case.number].branches.tolist()
    limits, ratings = arrays.limit_percent.copy(), arrays.rating_percent.copy()
    at = {row: place for place, row in enumerate(rows)}
    for branches, measurement in measured.items():
        if measurement.limit_percent is not None:
            for row in set(branches) & set(at):
                limits[at[row]] = 100.0 * measurement.limit_percent / rules.loading_limit_percent
                ratings[at[row]] = 100.0
    grid = replace(arrays, limit_percent=limits, rating_percent=ratings)
    intact = contingencies_for(arrays, rules.outages.of_single_outages).intact_and()
    backend = Backend(session.kernels.solve_load_flow, threads=session.threads)
    flow = flow_without_queue(grid, intact, case.branch_in_service, case.hourly, rules, backend)
    year = _intact_year(flow, ratings.T, case.hourly.limit_class)
    known = case.branch_in_service & (np.nan_to_num(arrays.rating_mva) > 0) & year.is_solved
    percent = np.where(known, year.loading_percent, np.nan)
    rating = rating_of_year(year)
    columns = percent, year.hours, limits * rules.loading_limit_percent / 100.0 * rating / 100.0
    return _Modelled(*(dict(zip(rows, values.tolist(), strict=True)) for values in columns))


def rating_of_year(year: IntactYear) -> Floats:
    """`[branch]`, percent: the highest loading of the year when it is scaled until its worst hour is at the rating of
    that hour. The lowest rating where nothing flows."""
    of_rating = year.loading_of_rating
    scaled = np.divide(year.loading_percent, of_rating, out=year.lowest_percent.copy(), where=of_rating > 0)
    within: Floats = np.clip(scaled, year.lowest_percent, year.highest_percent)
    return within


def _intact_year(flow: CellFlow, rating: Floats, limit_class: NDArray[np.int16]) -> IntactYear:
    """`rating` [limit class, branch] in percent, `limit_class` [hour]; hours without a solution count as not loaded."""
    year = IntactYear.none(flow.grid.n_branch)
    for hour, k in in_parts(np.ones((flow.n_hour, 1), dtype=np.bool_)):
        limit = flow.limit_percent(hour, k)
        cases = flow.solve(hour, k, flow.no_request, limit)
        loading = cases.loading * cases.converged[:, None]
        hours = flow.weight_h[hour] @ (loading - limit > SECURE_PERCENT)
        year = year.with_hours(loading, rating[limit_class[hour]], hours, is_solved=bool(cases.converged.all()))
    return year


def _compared(
    cells: SimulatedCells, modelled: _Modelled, branches: tuple[int, ...], row: Measurement
) -> dict[str, object]:
    """Of one element; of several systems or windings the one that is loaded most."""
    grid = cells.grid.union.grid
    most = max(branches, key=lambda branch: np.nan_to_num(modelled.loading_percent[branch], nan=-1.0))
    percent, hours, limit = (of[most] for of in (modelled.loading_percent, modelled.hours, modelled.limit_percent))
    measured = np.nan if row.highest_percent is None else row.highest_percent
    if row.highest_mva is not None:
        systems = 1 if grid.branch_ids[most][0] == "trafo3w" else len(branches)
        measured = 100.0 * row.highest_mva / (systems * float(grid.arrays.rating_mva[most]))
    measured_hours = np.nan if row.hours_above_limit is None else row.hours_above_limit
    is_bottleneck = measured > limit or measured_hours > 0
    return {
        "kind": _kind(percent, hours, is_bottleneck=is_bottleneck),
        "measured_year": row.year,
        "limit_percent": limit,
        "measured_percent": measured,
        "modelled_percent": percent,
        "difference_percent": percent - measured,
        "measured_hours": measured_hours,
        "modelled_hours": np.nan if np.isnan(percent) else hours,
    }


def _kind(percent: float, hours: float, *, is_bottleneck: bool) -> str:
    if np.isnan(percent):
        return "unknown"
    is_modelled = hours > 0
    if is_bottleneck:
        return "found" if is_modelled else "missed"
    return "extra" if is_modelled else "neither"


def _unmeasured(modelled: _Modelled, told: set[int]) -> Iterator[tuple[int, dict[str, object]]]:
    """Above their limit and not measured, the most loaded against its limit first."""
    over = [row for row, hours in modelled.hours.items() if hours > 0 and row not in told]
    for row in sorted(over, key=lambda row: -modelled.loading_percent[row] / modelled.limit_percent[row]):
        yield (
            row,
            {
                "kind": "unmeasured",
                "measured_year": NOT_MEASURED,
                "limit_percent": modelled.limit_percent[row],
                "measured_percent": np.nan,
                "modelled_percent": modelled.loading_percent[row],
                "difference_percent": np.nan,
                "measured_hours": np.nan,
                "modelled_hours": modelled.hours[row],
            },
        )
