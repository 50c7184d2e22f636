"""The base case: the grid without any project in the first year, outage by outage, by name and place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import SimulatedCells
from gridprio.cells.executor import cell_batch
from gridprio.cells.study_grid import StudyGrid
from gridprio.demand.loading import live_nodes
from gridprio.model.cell import CellResults, Contingencies, HourlyInjections, Requests
from gridprio.model.grid import GridArrays, branch_name, names_of
from gridprio.model.limits import emergency_limits, limit_percent
from gridprio.model.rules import CellRules
from gridprio.pipeline.session import Session
from gridprio.pipeline.without_supply import without_supply
from gridprio.text import Message, Text, element, message

COLUMNS = (
    "area",
    "year",
    "scenario",
    "outage",
    "worst_branch",
    "worst_loading_percent",
    "worst_limit_percent",
    "worst_hour",
    "overload_mvah",
    "insecure_hours",
    "interrupted_mw",
    "interrupted_stations",
    "unsolved_cases",
)
RULE_COLUMNS = ("months", "accepted_mw")
"""Of a study with rules of security, in which an outage has a row for each set of months in which the same is asked."""
NEVER_PERCENT = 1e9
"""A limit that no loading passes."""
MW = 1e-6
"""An outage that interrupts less than this interrupts nothing."""


@dataclass(frozen=True, eq=False)
class AreaCase:
    """One area in one scenario without any project."""

    name: str
    number: int
    scenario: str
    branch_in_service: NDArray[np.bool_]
    hourly: HourlyInjections


def base_case_tables(session: Session) -> dict[str, pd.DataFrame]:
    """Table `base_case` (docs/run-folder.md): the intact grid, each single outage that adds to what it shows, and each
    pair during maintenance that adds to those.

    Existing connections alone, without the queue, in the first year. There is none where the grid may not be seen. With
    `RULE_COLUMNS` where the study has rules of security.
    """
    cells = session.cells
    if not isinstance(cells, SimulatedCells):
        return {}
    year = session.study.settings.start_year
    rows = [row for case in area_cases(session, cells) for row in _rows(session, cells, case, year)]
    columns = (*COLUMNS, *(RULE_COLUMNS if session.study.security_rules else ()))
    return {"base_case": pd.DataFrame(rows, columns=list(columns))}


def base_case_messages(
    table: pd.DataFrame | None, interruption_max_mw: float, named: Mapping[str, Message]
) -> list[Message]:
    """The worst loading, the outages that interrupt more than is accepted, and the cases without a solution.

    `interruption_max_mw`: what is accepted where the table does not say it; `named`: branches by code.
    """
    found, rows = list[Message](), [] if table is None else table.to_dict("records")
    loaded = [row for row in rows if row["worst_branch"]]
    if loaded:
        worst = max(loaded, key=lambda row: row["worst_loading_percent"] / row["worst_limit_percent"])
        limit = worst["worst_branch"] + (f" without {worst['outage']}" if worst["outage"] else "")
        params = {name: worst[name] for name in ("area", "year", "scenario")}
        percent, step = worst["worst_loading_percent"], worst["worst_hour"]
        most = worst["worst_limit_percent"]
        found.append(
            message("base_case.loading", limit=element(limit, named), percent=percent, most=most, step=step, **params)
        )
    lost = [
        row
        for row in rows
        if row["interrupted_mw"] > (row.get("accepted_mw", interruption_max_mw) if row["outage"] else 0.0) + MW
    ]
    if lost:
        worst = max(lost, key=lambda row: row["interrupted_mw"])
        outages = [_outage(out, named) for out in dict.fromkeys(row["outage"] for row in lost)]
        stations = worst["interrupted_stations"] or worst["area"]
        found.append(message("base_case.interrupted", outages=outages, mw=worst["interrupted_mw"], stations=stations))
    unsolved = [row for row in rows if row["unsolved_cases"]]
    if unsolved:
        at = dict.fromkeys(row["area"] + (f" without {row['outage']}" if row["outage"] else "") for row in unsolved)
        places = [element(place, named) for place in at]
        found.append(message("base_case.unsolved", n=sum(row["unsolved_cases"] for row in unsolved), places=places))
    return found


def _outage(out: str, named: Mapping[str, Message]) -> Message | Text | str:
    """In words; - where the grid is intact."""
    parts = [element(code, named) for code in out.split()]
    return message("phrase.together", parts=parts) if len(parts) > 1 else parts[0] if parts else "-"


def area_cases(session: Session, cells: SimulatedCells) -> Iterator[AreaCase]:
    grid, year = cells.grid, session.study.settings.start_year
    for area, named in zip(grid.plan_areas, cells.areas, strict=True):
        number, mask = area.cache_area(()), area.branch_in_service((), ())
        for scenario in session.study.scenario_ids:
            hourly = grid.cache_demand.injections(number, year, scenario, ())
            yield AreaCase(named.name, number, scenario, mask, hourly)


def _rows(session: Session, cells: SimulatedCells, case: AreaCase, year: int) -> Iterator[dict[str, object]]:
    grid, arrays = cells.grid, cells.cache.areas[case.number].grid
    rules = cells.cache.rules
    every = cells.cache.contingencies(case.number)
    names = [branch_name(grid.union.grid.branch_ids[row]) for row in grid.areas[case.number].branches]
    steps = grid.demand.steps(case.number, year, case.scenario)
    lifted = _without_normal_limits(arrays, rules)
    limits = limit_percent(arrays, rules.loading_limit_percent, rules.emergency_limit_percent)
    intact = _evaluated(cells, case, arrays, every, 0)
    single = np.flatnonzero(~every.of_two).tolist()
    for k in [*single, *_pairs_that_add(session, cells, case)]:
        out = every.out(k)
        if k and not case.branch_in_service[out].any():
            continue
        found = _evaluated(cells, case, arrays, every, k) if k else intact
        worst = found if k == 0 or found.worst_contingency[0] == 1 else None
        if worst is None and intact.overload_mvah.any():
            alone = _evaluated(cells, case, lifted, every, k)
            worst = alone if alone.overload_mvah.any() else None
        unsolved = int(found.not_converged[0]) - (int(intact.not_converged[0]) if k else 0)
        interrupted = float(found.interrupted_mw[0])
        if k and interrupted <= float(intact.interrupted_mw[0]) + MW:
            interrupted = 0.0
        if worst is None and not (unsolved or interrupted):
            continue
        yield {
            "area": case.name,
            "year": year,
            "scenario": case.scenario,
            "outage": names_of(out, names),
            **_worst(worst, limits, names, case.hourly.limit_class, steps),
            "overload_mvah": float(found.overload_mvah.sum() - (intact.overload_mvah.sum() if k else 0.0)),
            "insecure_hours": float(found.insecure_hours.sum() - (intact.insecure_hours.sum() if k else 0.0)),
            "interrupted_mw": interrupted,
            "interrupted_stations": _lost_stations(grid, arrays, case, every, k) if interrupted else "",
            "unsolved_cases": unsolved,
            "months": " ".join(str(month + 1) for month in range(12) if every.required_months[k] >> month & 1),
            "accepted_mw": _number(every.interruption_max_mw[k]),
        }


def _pairs_that_add(session: Session, cells: SimulatedCells, case: AreaCase) -> list[int]:
    """Contingencies of two outages, ascending, that take a branch further above its limit than anything else does, or
    are not accepted or have no solution where neither outage is so alone; or that split off more than both do alone.
    """
    arrays, every = cells.cache.areas[case.number].grid, cells.cache.contingencies(case.number)
    if not every.of_two.any():
        return []
    batch = cell_batch([case.branch_in_service], [case.hourly], [Requests.none(len(case.hourly.month))])
    found = session.kernels.find_congestion(arrays, every, batch, rules=cells.cache.rules, threads=session.threads)
    unsolved, lost = (set(found.contingency[h > 0].tolist()) for h in (found.unsolved_h, found.not_accepted_h))
    single: dict[frozenset[int], list[int]] = {}
    for k in np.flatnonzero(~every.of_two).tolist():
        single.setdefault(frozenset(every.out(k).tolist()), []).append(k)

    def adds(k: int) -> bool:
        if not (k in unsolved or k in lost):
            return False
        of_each = [one for out in map(frozenset, every.outages(k)) for one in single.get(out, ())]
        alone = [one for one in of_each if every.required_months[one] & every.required_months[k]]
        if (k in unsolved and unsolved.isdisjoint(alone)) or (k in lost and lost.isdisjoint(alone)):
            return True
        live, *each = (live_nodes(arrays, every.in_service(j, case.branch_in_service)) for j in (k, *alone))
        return k in lost and bool((np.all(each, axis=0) & ~live).any())

    worst = set(found.worst_contingency.tolist())
    return [k for k in np.flatnonzero(every.of_two).tolist() if k in worst or adds(k)]


def _number(accepted_mw: float) -> float:
    """NaN where nothing is asked for demand."""
    return float(accepted_mw) if np.isfinite(accepted_mw) else np.nan


def _worst(
    found: CellResults | None,
    limits: NDArray[np.float64],
    names: list[str],
    limit_class: NDArray[np.int16],
    steps: NDArray[np.int64],
) -> dict[str, object]:
    """The branch that is loaded most against its limit, in the row of an outage."""
    if found is None or found.worst_branch[0] < 0:
        return {"worst_branch": "", "worst_loading_percent": np.nan, "worst_limit_percent": np.nan, "worst_hour": -1}
    branch, k, hour = int(found.worst_branch[0]), int(found.worst_contingency[0]), int(found.worst_hour[0])
    return {
        "worst_branch": names[branch],
        "worst_loading_percent": float(found.worst_loading_percent[0]),
        "worst_limit_percent": float(limits[k, limit_class[hour], branch]),
        "worst_hour": int(steps[hour]),
    }


def _without_normal_limits(arrays: GridArrays, rules: CellRules) -> GridArrays:
    """Limits after an outage stay as they are."""
    emergency = emergency_limits(arrays, rules.emergency_limit_percent)
    return replace(arrays, limit_percent=np.full(arrays.n_branch, NEVER_PERCENT), outage_limit_percent=emergency)


def _evaluated(cells: SimulatedCells, case: AreaCase, arrays: GridArrays, every: Contingencies, k: int) -> CellResults:
    """The intact grid and contingency k."""
    nobody = Requests.none(len(case.hourly.month))
    batch = cell_batch([case.branch_in_service], [case.hourly], [nobody])
    some = every.intact_and(*([k] if k else []))
    return cells.cache.executor.evaluate(arrays, some, nobody.queue, batch, cells.cache.rules)


def _lost_stations(grid: StudyGrid, arrays: GridArrays, case: AreaCase, every: Contingencies, k: int) -> str:
    closed = every.in_service(k, case.branch_in_service)
    return without_supply(grid, arrays, case.number, closed, np.zeros(arrays.n_node, dtype=np.bool_)).stations
