"""Outcome of every plan in every scenario: lookups in the book of cells, month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.demand import StudyDemand, full_wish_mw
from gridprio.inputs.schema import Direction
from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED
from gridprio.outcome.costs import capital_meur, discount_by_month
from gridprio.outcome.states import AreaWalk, DistinctPlans

METRICS = (
    "waiting_mw_years_demand",
    "waiting_mw_years_feed_in",
    "waiting_dwelling_years",
    "overload_mvah",
    "insecure_hours",
    "shortfall_mw_years",
    "capital_cost_meur",
    "congestion_cost_meur",
)
CONNECTED_SHARE = 0.999
"""A development is connected in the first month in which this share of its wish at that time is served."""
PLANS_PER_BLOCK = 16
"""Plans that are walked at once; bounds memory and changes no result."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What becomes of each distinct plan in each scenario."""

    scenarios: tuple[str, ...]
    metric: Mapping[str, Floats]
    """METRICS -> [plan, scenario]"""
    waiting_mw_years: Floats
    """[plan, scenario, development]"""
    shortfall_mw_years: Floats
    """[plan, scenario, development]"""
    connected_month: NDArray[np.int32]
    """[plan, scenario, development], NOT_PLANNED when not within the horizon"""
    limit: NDArray[np.int32]
    """[plan, scenario, development, 2]: branch and contingency of its area that held it back in the month before it
    was connected, or in the last month; -1 when nothing did"""


@dataclass(frozen=True, eq=False)
class _Requests:
    """The queue of one area along the horizon."""

    development: NDArray[np.intp]
    """[request], row of the study's developments"""
    may_connect: NDArray[np.bool_]
    """[month, request], from the requested year plus the development's own lead time"""
    energy_h: Floats
    """[request, calendar month], MWh per MW"""


def evaluate_plans(study: Study, demand: StudyDemand, walks: Sequence[AreaWalk], plans: DistinctPlans) -> Outcomes:
    """Waiting, overload, shortfall and cost of every distinct plan; definitions in docs/theory/outcome.md."""
    scenarios = scenarios_of(study)
    n_plan, n_development = len(plans.in_service_month), len(study.developments)
    shape = (n_plan, len(scenarios), n_development)
    found = Outcomes(
        scenarios=scenarios,
        metric={name: np.zeros(shape[:2]) for name in METRICS},
        waiting_mw_years=np.zeros(shape),
        shortfall_mw_years=np.zeros(shape),
        connected_month=np.full(shape, NOT_PLANNED, dtype=np.int32),
        limit=np.full((*shape, 2), -1, dtype=np.int32),
    )
    found.metric["capital_cost_meur"][:] = capital_meur(study, plans)[:, None]
    for area, walk in enumerate(walks):
        requests = _requests(study, demand, area, plans.n_month)
        for begin in range(0, n_plan, PLANS_PER_BLOCK):
            block = slice(begin, begin + PLANS_PER_BLOCK)
            _add_overload(study, walk, found, block)
            if len(requests.development):
                _add_queue(study, walk, found, block, requests)
    _add_waiting_by_kind(study, found)
    return found


def scenarios_of(study: Study) -> tuple[str, ...]:
    """Scenarios of a run: those named in the settings, else all."""
    named = study.settings.scenarios
    return tuple(s.scenario_id for s in study.scenarios if not named or s.scenario_id in named)


def _requests(study: Study, demand: StudyDemand, area: int, n_month: int) -> _Requests:
    rows = demand.development_rows(area)
    first = [
        (study.developments[row].requested_year - study.settings.start_year) * 12
        + study.developments[row].connection_lead_months
        for row in rows
    ]
    return _Requests(
        development=np.array(rows, dtype=np.intp),
        may_connect=np.arange(n_month)[:, None] >= np.array(first),
        energy_h=demand.wish_energy_h(area),
    )


def _add_overload(study: Study, walk: AreaWalk, found: Outcomes, block: slice) -> None:
    """Overload and insecure hours: each month takes its calendar month's part of the cell it is in."""
    results, rows = walk.results, walk.rows[block]
    month = np.arange(rows.shape[2])
    overload = results.overload_mvah[rows, month % 12]
    found.metric["overload_mvah"][block] += overload.sum(axis=2)
    found.metric["insecure_hours"][block] += results.insecure_hours[rows, month % 12].sum(axis=2)
    found.metric["congestion_cost_meur"][block] += _cost(study, overload)


def _cost(study: Study, mvah: Floats) -> Floats:
    """Discounted cost in MEUR of `mvah[..., month]`."""
    discounted: Floats = (mvah * discount_by_month(study.settings, mvah.shape[-1])).sum(axis=-1)
    return discounted * study.settings.congestion_cost_eur_per_mwh / 1e6


def _add_queue(study: Study, walk: AreaWalk, found: Outcomes, block: slice, requests: _Requests) -> None:
    """Waiting, shortfall and connection month of one area; arrays are [plan, scenario, month, request]."""
    results, rows = walk.results, walk.rows[block]
    served, wish = results.served_mw[rows], walk.wish_mw[rows]
    may_connect = requests.may_connect
    connected = np.minimum(np.maximum.accumulate(np.where(may_connect, served, 0.0), axis=2), wish)
    waiting = np.where(may_connect, wish - connected, 0.0)
    shortfall = np.maximum(connected - served, 0.0)
    at = requests.development
    found.waiting_mw_years[block, :, at] = waiting.sum(axis=2) / 12
    found.shortfall_mw_years[block, :, at] = shortfall.sum(axis=2) / 12
    energy = np.resize(requests.energy_h.T, (rows.shape[2], len(at)))
    found.metric["congestion_cost_meur"][block] += _cost(study, (shortfall * energy).sum(axis=3))
    full = may_connect & (wish > 0) & (connected >= CONNECTED_SHARE * wish)
    ever, first = full.any(axis=2), full.argmax(axis=2)
    found.connected_month[block, :, at] = np.where(ever, first, NOT_PLANNED)
    before = np.where(ever, first - 1, rows.shape[2] - 1)
    held = np.take_along_axis(may_connect[None, None], np.maximum(before, 0)[:, :, None], axis=2)[:, :, 0]
    cell = np.take_along_axis(rows, np.maximum(before, 0).reshape(*rows.shape[:2], -1), axis=2)
    request = np.arange(len(at))
    limit = np.stack([results.limit_branch[cell, request], results.limit_contingency[cell, request]], axis=-1)
    found.limit[block, :, at] = np.where((held & (before >= 0))[..., None], limit, -1)


def _add_waiting_by_kind(study: Study, found: Outcomes) -> None:
    demand = np.array([d.direction == Direction.DEMAND for d in study.developments], dtype=bool)
    dwellings = np.array([d.dwellings / full_wish_mw(d) for d in study.developments])
    found.metric["waiting_mw_years_demand"][:] = found.waiting_mw_years[..., demand].sum(axis=2)
    found.metric["waiting_mw_years_feed_in"][:] = found.waiting_mw_years[..., ~demand].sum(axis=2)
    found.metric["waiting_dwelling_years"][:] = (found.waiting_mw_years * dwellings).sum(axis=2)
    found.metric["shortfall_mw_years"][:] = found.shortfall_mw_years.sum(axis=2)
