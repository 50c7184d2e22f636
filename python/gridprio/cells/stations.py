"""Cells of a study of stations: the queue under the capacities of feeding areas, without a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells.cache import cells_table
from gridprio.cells.headroom import colour_class
from gridprio.cells.nested import allocate_nested
from gridprio.cells.source import CellValues, PlanArea, Progress, StateKey, StateYear
from gridprio.cells.station_limits import StationLimits, station_limits
from gridprio.demand import GrowthFactors, allocation_order, claimed_mw, profiles_of, requested_mw, used_mw
from gridprio.inputs.enumerations import Direction
from gridprio.inputs.hierarchy import has_unknown_megawatts
from gridprio.inputs.study import Study
from gridprio.text import Message, message

Floats = NDArray[np.float64]


class StationCells:
    """The `CellSource` of a study of stations. Nothing is kept on disk: a cell costs less than reading it."""

    not_known = frozenset({"overload_mvah", "insecure_hours", "congestion_cost_meur"})

    def __init__(self, study: Study) -> None:
        self.study, self.scenarios = study, study.scenario_ids
        self.limits = station_limits(study)
        self.changing_projects = frozenset(row.project_id for row in study.project_capacity)
        self.areas = tuple(
            PlanArea(
                name=limits.name,
                serving=limits.serving,
                working=(),
                development_rows=limits.development_rows,
                energy_h=_energy_h(study, limits.development_rows),
            )
            for limits in self.limits
        )
        self._limits_of = {row: limits for limits in self.limits for row in limits.development_rows}
        self._requests = tuple(_Requests.of(study, limits.development_rows) for limits in self.limits)
        self._found: dict[StateKey, tuple[Floats, float]] = {}

    def key(self, state: StateYear) -> StateKey:
        limits = self.limits[state.area]
        name = blake2b(limits.state_name(_mask(limits, state)), digest_size=8).hexdigest()
        return StateKey(state.area, name, self.study.settings.start_year + state.year)

    def problem(self, state: StateYear) -> None:
        """Every state has its capacities."""

    def missing(self, states: Sequence[StateYear]) -> int:
        return len(self.scenarios) * sum(self.key(state) not in self._found for state in states)

    def values(self, states: Sequence[StateYear], progress: Progress | None = None) -> CellValues:
        area, n = states[0].area, len(self.scenarios)
        limits = self.limits[area]
        year = np.array([state.year for state in states], dtype=np.intp)
        room = limits.room_mw(year, np.stack([_mask(limits, state) for state in states]))
        own = self._requests[area]
        requested = np.repeat(own.requested_mw[year][:, None], n, axis=1)
        allocated, held = np.zeros_like(requested), np.full(requested.shape, -1, dtype=np.int32)
        for of_year in np.unique(year).tolist():
            at = year == of_year
            allocated[at], held[at] = own.served(of_year, room[at], limits.limits_of)
        for row, state in enumerate(states):
            self._found[self.key(state)] = allocated[row].sum(axis=-1), float(requested[row, 0].sum())
        if progress is not None:
            progress(1.0)
        nothing = np.zeros((len(states), n, 12))
        return CellValues(
            overload_mvah=nothing,
            insecure_hours=nothing,
            allocated_mw=allocated,
            requested_mw=requested,
            limit=np.stack([held, np.where(held >= 0, 0, -1)], axis=-1).astype(np.int32),
        )

    def limit_name(self, development: int, branch: int, contingency: int) -> str:
        """`area:ID`"""
        return f"area:{self._limits_of[development].area_ids[branch]}"

    def table(self) -> pd.DataFrame:
        return cells_table([self._frame(area) for area in sorted({key.area for key in self._found})])

    def origin(self) -> dict[str, Any]:
        return {"kind": "stations", "simulated": len(self._found) * len(self.scenarios), "reused": 0}

    def messages(self) -> list[Message]:
        found = [message("cells.stations")]
        if has_unknown_megawatts(self.study):
            unknown = {row.project_id for row in self.study.project_capacity if row.added_mw is None}
            found.append(message("cells.readings", n=len(unknown)))
        return found

    def close(self) -> None:
        """Nothing is kept."""

    def headroom(self, years: Sequence[int]) -> pd.DataFrame:
        """Table `headroom`, with no project in service: each station apart, without the queue."""
        found = [row for limits in self.limits for row in self._headroom_of(limits, years)]
        return pd.DataFrame(found)

    def _headroom_of(self, limits: StationLimits, years: Sequence[int]) -> Iterator[dict[str, object]]:
        area = self.limits.index(limits)
        start = self.study.settings.start_year
        developments = [self.study.developments[row] for row in limits.development_rows]
        points: dict[tuple[str, str], list[int]] = {}
        for at, development in enumerate(developments):
            points.setdefault((development.station_id, development.sector), []).append(at)
        for year in years:
            values = self.values([StateYear(area, (), (), year - start)])
            room = limits.room_mw(np.array([year - start]), np.zeros((1, len(limits.serving)), dtype=np.bool_))[0]
            waiting = (values.requested_mw - values.allocated_mw)[0]
            for (station, sector), requests in points.items():
                of_station = [at for at, d in enumerate(developments) if d.station_id == station]
                own = limits.limits_of[requests[0]]
                for k, scenario in enumerate(self.scenarios):
                    tightest = own[np.argmin(room[k, own])] if len(own) else None
                    left = np.nan if tightest is None else max(float(room[k, tightest]), 0.0)
                    yield {
                        "station_id": station,
                        "direction": limits.direction.value,
                        "sector": sector,
                        "year": year,
                        "scenario": scenario,
                        "headroom_mw": left,
                        "limiting_branch": "" if tightest is None else f"area:{limits.area_ids[tightest]}",
                        "limiting_outage": "",
                        "limiting_hour": -1,
                        "colour_class": colour_class(left, float(waiting[k, of_station].sum())),
                    }

    def _frame(self, area: int) -> pd.DataFrame:
        """Rows of table `cells` of one area, all at once: there may be many thousand cells."""
        keys = sorted(key for key in self._found if key.area == area)
        n, is_demand = len(self.scenarios), self.limits[area].direction is Direction.DEMAND
        allocated = np.array([self._found[key][0] for key in keys])
        requested = np.array([self._found[key][1] for key in keys])
        served, waiting = (np.repeat(mw.ravel(), 12) for mw in (allocated, requested[:, None] - allocated))
        unknown, nothing = np.full(len(served), np.nan), np.zeros(len(served))
        return pd.DataFrame(
            {
                "area": self.areas[area].name,
                "state_hash": np.repeat([key.state for key in keys], 12 * n),
                "year": np.repeat([key.year for key in keys], 12 * n),
                "scenario": np.tile(np.repeat(self.scenarios, 12), len(keys)),
                "month": np.tile(np.arange(1, 13), len(keys) * n),
                "overload_mvah": unknown,
                "insecure_hours": unknown,
                "served_mw_demand": served if is_demand else nothing,
                "served_mw_feed_in": nothing if is_demand else served,
                "waiting_mw_demand": waiting if is_demand else nothing,
                "waiting_mw_feed_in": nothing if is_demand else waiting,
            }
        )


@dataclass(frozen=True, eq=False)
class _Requests:
    """The requests under some limits in every year."""

    requested_mw: Floats
    """[year, request]"""
    claimed_mw: Floats
    """[year, request], more where room is held for later years"""
    order: tuple[NDArray[np.int32], ...]
    """[year][place]"""
    firm: NDArray[np.bool_]
    """[request]"""

    @classmethod
    def of(cls, study: Study, rows: Sequence[int]) -> _Requests:
        growth, rules = GrowthFactors((), study.drivers, study.settings.drivers), study.queue_rules
        years = range(study.settings.start_year, study.settings.end_year + 1)
        own = [study.developments[row] for row in rows]
        return cls(
            np.array([[requested_mw(d, year, growth.driven(d.sector, year)) for d in own] for year in years]),
            np.array([[claimed_mw(d, rules, year, partial(growth.driven, d.sector)) for d in own] for year in years]),
            tuple(allocation_order(study.developments, rows, rules, year) for year in years),
            np.array([d.firm for d in own], dtype=np.bool_),
        )

    def served(
        self, year: int, room: Floats, limits_of: Sequence[NDArray[np.intp]]
    ) -> tuple[Floats, NDArray[np.int32]]:
        """MW that are used in the year and the limit that holds a request back, [state, scenario, request].

        `room` [state, scenario, limit]
        """
        requested, claimed = self.requested_mw[year], self.claimed_mw[year]
        n_state, n_scenario, n_limit = room.shape
        flat = room.reshape(n_state * n_scenario, n_limit)
        each = np.repeat(claimed[None], len(flat), axis=0)
        allocated, held = allocate_nested(flat, each, limits_of, self.firm, self.order[year])
        used, is_enough = used_mw(allocated, requested, claimed)
        held[is_enough] = -1
        shape = n_state, n_scenario, len(claimed)
        return used.reshape(shape), held.reshape(shape)


def _mask(limits: StationLimits, state: StateYear) -> NDArray[np.bool_]:
    """[serving]"""
    there = set(state.in_service)
    return np.array([row in there for row in limits.serving], dtype=np.bool_)


def _energy_h(study: Study, rows: Sequence[int]) -> Floats:
    """[request, calendar month], MWh per MW; a development without a profile takes its power all the time."""
    profiles = profiles_of(study.profiles)
    level = np.bincount(profiles.month, minlength=12) * profiles.step_h
    names = [study.developments[row].profile for row in rows]
    return np.array([profiles.energy_h[:, profiles.column[name]] if name else level for name in names])
