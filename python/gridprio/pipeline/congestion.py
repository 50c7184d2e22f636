"""Congestion of the two plans, without delays: what is overloaded, how loaded each branch is, and what outages cut off.

Existing connections and their growth alone, as in `overload_mvah` (docs/theory/cells.md, Congestion).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import CellNeed, SimulatedCells, StateKey, StateYear
from gridprio.cells.executor import cell_batch
from gridprio.model.cell import HourlyInjections, Requests
from gridprio.model.congestion import CongestionArrays
from gridprio.model.grid import branch_name, names_of
from gridprio.model.limits import limit_percent, of_limit
from gridprio.outcome import Evaluator
from gridprio.pipeline.plan_years import compared_years
from gridprio.pipeline.schedules import Schedules
from gridprio.pipeline.without_supply import WithoutSupply, without_supply

KEYS = ("order_name", "scenario", "year", "area")
CONGESTION = (
    *KEYS, "branch", "direction", "hours", "overload_mvah", "worst_loading_percent", "worst_limit_percent",
    "worst_outage", "worst_hour", "first_year",
)  # fmt: skip
LOST_LOAD = (
    *KEYS, "outage", "interrupted_mw", "interrupted_hours", "not_accepted_hours", "islands", "stations",
    "unsolved_hours",
)  # fmt: skip
LOADING = (
    *KEYS, "branch", "loading_percent", "overload_percent", "overload_outage", "intact_hours", "intact_overload_mvah",
    "intact_overload_percent", "intact_limit_percent",
)  # fmt: skip
Part = tuple[StateKey, tuple[int, ...]]
"""A state with the calendar months of its year in which it holds."""


class Overload(NamedTuple):
    """`CONGESTION` from branch to worst_hour."""

    branch: str
    direction: str
    hours: float
    overload_mvah: float
    worst_percent: float
    limit_percent: float
    """of the case of the worst loading"""
    worst_outage: str
    worst_hour: int

    @property
    def of_limit(self) -> float:
        """What overloads are ranked by everywhere (docs/theory/cells.md, Congestion)."""
        return self.worst_percent / self.limit_percent


class Lost(NamedTuple):
    """`LOST_LOAD` from outage on."""

    outage: str
    interrupted_mw: float
    interrupted_hours: float
    not_accepted_hours: float
    islands: int
    stations: str
    unsolved_hours: float


@dataclass(frozen=True, eq=False)
class _Asked:
    """A part of a year in one scenario."""

    part: Part
    need: CellNeed
    hourly: HourlyInjections
    """of these months alone"""
    steps: NDArray[np.integer]
    """[hour], of the profiles"""


@dataclass(frozen=True, eq=False)
class _Found:
    """Rows of a part in one scenario."""

    overloads: list[Overload]
    outages: list[Lost]
    loading_percent: dict[str, float]
    """highest of the intact grid by branch, of those in service that have a rating"""
    intact: list[Overload]
    """overloads of the intact grid alone, which an outage further above its limit hides among the others"""


def congestion_tables(
    evaluator: Evaluator, schedules: Schedules, progress: Callable[[float], None]
) -> dict[str, pd.DataFrame]:
    """Tables `congestion`, `branch_loading` and `lost_load` (docs/run-folder.md); none where there is no grid."""
    cells = evaluator.cells
    if not isinstance(cells, SimulatedCells):
        return {}
    years = list(compared_years(evaluator, cells.areas, schedules))
    asked: dict[tuple[int, int], dict[Part, StateYear]] = {}
    for _, area, year, states in years:
        own = {(cells.key(state), months): state for state, months in states.items()}
        asked[area, year] = asked.get((area, year), {}) | own
    tables: dict[str, list[tuple[object, ...]]] = {"congestion": [], "branch_loading": [], "lost_load": []}
    for done, ((area, year), parts) in enumerate(asked.items()):
        for scenario in cells.scenarios:
            found = _congestion_of(evaluator, cells, scenario, parts)
            for name, at, of, states in years:
                if (at, of) == (area, year):
                    rows = [found[cells.key(state), months] for state, months in states.items()]
                    key = name, scenario, evaluator.study.settings.start_year + year, cells.areas[area].name
                    overloads = year_overloads([part.overloads for part in rows])
                    tables["congestion"] += [(*key, *row) for row in overloads]
                    tables["branch_loading"] += [(*key, *row) for row in _year_loadings(rows, overloads)]
                    tables["lost_load"] += [(*key, *row) for row in _year_outages(rows)]
        progress((done + 1) / len(asked))
    columns = {"congestion": CONGESTION[:-1], "branch_loading": LOADING, "lost_load": LOST_LOAD}
    framed = {name: _sorted(rows, columns[name]) for name, rows in tables.items()}
    framed["congestion"] = ranked(framed["congestion"])
    same = framed["congestion"].groupby(["order_name", "scenario", "area", "branch", "direction"])["year"]
    framed["congestion"]["first_year"] = same.transform("min")
    return framed


def _congestion_of(
    evaluator: Evaluator, cells: SimulatedCells, scenario: str, parts: Mapping[Part, StateYear]
) -> dict[Part, _Found]:
    """All parts of one area and year; those of one cache area and number of hours at once."""
    asked: dict[tuple[int, int], list[_Asked]] = {}
    for part, state in parts.items():
        need = cells.need(state, scenario)
        whole = cells.cache.demand.injections(need.area, need.year, scenario, tuple(sorted(need.projects)))
        hours = np.flatnonzero(np.isin(whole.month, part[1]))
        hourly = whole.at(hours)
        steps = cells.grid.demand.steps(state.area, need.year, scenario)[hours]
        asked.setdefault((need.area, len(hours)), []).append(_Asked(part, need, hourly, steps))
    found: dict[Part, _Found] = {}
    for (area, n_hour), rows in asked.items():
        nobody = Requests.none(n_hour)
        masks, hourly_of = [row.need.branch_in_service for row in rows], [row.hourly for row in rows]
        batch, every = cell_batch(masks, hourly_of, [nobody] * len(rows)), cells.cache.contingencies(area)
        congestion, intact = (
            evaluator.kernels.find_congestion(
                cells.cache.areas[area].grid, cases, batch, rules=cells.cache.rules, threads=evaluator.threads
            )
            for cases in (every, every.intact_and())
        )
        found |= {row.part: _rows(cells, row, (congestion, intact), at) for at, row in enumerate(rows)}
    return found


def _rows(cells: SimulatedCells, asked: _Asked, found: tuple[CongestionArrays, CongestionArrays], at: int) -> _Found:
    """Of cell `at`, with the names of its area; `found` in all cases, and in the intact grid alone."""
    grid, need, congestion = cells.grid, asked.need, found[0]
    every, arrays = cells.cache.contingencies(need.area), cells.cache.areas[need.area].grid
    names = [branch_name(grid.union.grid.branch_ids[row]) for row in grid.areas[need.area].branches]
    draws = np.any(asked.hourly.exempt_feed_in_mw > asked.hourly.p_mw, axis=0)

    rules = cells.cache.rules
    limits = limit_percent(arrays, rules.loading_limit_percent, rules.emergency_limit_percent)

    def overload(of: CongestionArrays, row: int) -> Overload:
        direction = "feed_in" if of.feed_in[row] else "demand"
        hours, mvah = float(of.hours[row]), float(of.overload_mvah[row])
        k, percent = int(of.worst_contingency[row]), float(of.worst_percent[row])
        limit_class = asked.hourly.limit_class[of.worst_hour[row]]
        limit = float(limits[int(k > 0), limit_class, of.branch[row]])
        step = int(asked.steps[of.worst_hour[row]])
        branch, cause = names[of.branch[row]], names_of(every.out(k), names)
        return Overload(branch, direction, hours, mvah, percent, limit, cause, step)

    overloads, intact = ([overload(of, int(row)) for row in np.flatnonzero(of.cell == at)] for of in found)
    outages = []
    for row in np.flatnonzero(congestion.outage_cell == at):
        k = int(congestion.contingency[row])
        closed = every.in_service(k, need.branch_in_service)
        lost = congestion.interrupted_h[row] > 0
        islands = without_supply(grid, arrays, need.area, closed, draws) if lost else WithoutSupply(0, "")
        most, hours = float(congestion.interrupted_mw[row]), float(congestion.interrupted_h[row])
        not_accepted, unsolved = float(congestion.not_accepted_h[row]), float(congestion.unsolved_h[row])
        outages.append(Lost(names_of(every.out(k), names), most, hours, not_accepted, *islands, unsolved))
    rated = np.flatnonzero(need.branch_in_service & (np.nan_to_num(arrays.rating_mva) > 0))
    loading = {names[branch]: float(congestion.intact_percent[at, branch]) for branch in rated}
    return _Found(overloads, outages, loading, intact)


def year_overloads(parts: Sequence[Sequence[Overload]]) -> list[Overload]:
    """Sums over the parts of a year, with the case of the largest loading over limit of each branch."""
    rows: dict[tuple[str, str], list[Overload]] = {}
    for row in (row for part in parts for row in part):
        rows.setdefault((row.branch, row.direction), []).append(row)
    found = []
    for _, mine in sorted(rows.items()):
        worst = max(mine, key=lambda row: row.of_limit)
        hours, mvah = sum(row.hours for row in mine), sum(row.overload_mvah for row in mine)
        found.append(worst._replace(hours=hours, overload_mvah=mvah))
    return found


def _year_outages(parts: Sequence[_Found]) -> list[Lost]:
    rows: dict[str, list[Lost]] = {}
    for row in (row for part in parts for row in part.outages):
        rows.setdefault(row.outage, []).append(row)
    found = []
    for _, mine in sorted(rows.items()):
        worst = max(mine, key=lambda row: row.interrupted_mw)
        names = ("interrupted_hours", "not_accepted_hours", "unsolved_hours")
        found.append(worst._replace(**{name: sum(getattr(row, name) for row in mine) for name in names}))
    return found


def _year_loadings(parts: Sequence[_Found], overloads: Sequence[Overload]) -> Iterator[tuple[object, ...]]:
    """Branches in service in some part of the year."""
    loading: dict[str, float] = {}
    for part in parts:
        for branch, percent in part.loading_percent.items():
            loading[branch] = max(loading.get(branch, 0.0), percent)
    worst = {row.branch: row for row in sorted(overloads, key=lambda row: row.of_limit)}
    of_intact: dict[str, list[Overload]] = {}
    for row in year_overloads([part.intact for part in parts]):
        of_intact.setdefault(row.branch, []).append(row)  # a row for each direction
    for branch, percent in loading.items():
        over, mine = worst.get(branch), of_intact.get(branch, [])
        hours, mvah = sum(row.hours for row in mine), sum(row.overload_mvah for row in mine)
        furthest = max(mine, key=lambda row: row.of_limit, default=None)
        yield (
            branch,
            percent,
            over.worst_percent if over else np.nan,
            over.worst_outage if over else "",
            float(hours),
            float(mvah),
            furthest.worst_percent if furthest else np.nan,
            furthest.limit_percent if furthest else np.nan,
        )


def _sorted(rows: Sequence[tuple[object, ...]], columns: Sequence[str]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=list(columns))
    return table.sort_values([*KEYS, columns[len(KEYS)]], kind="stable", ignore_index=True)


def ranked(congestion: pd.DataFrame) -> pd.DataFrame:
    """Of one order, scenario, year and area the largest loading over limit first."""
    furthest = of_limit(congestion).sort_values(ascending=False, kind="stable").index
    return congestion.loc[furthest].sort_values(list(KEYS), kind="stable", ignore_index=True)
