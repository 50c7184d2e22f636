"""How far apart two plans can end: the range of every metric over the states that are known (docs/theory/effect.md)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.model.metrics import METRICS, WAITING
from gridprio.model.walk import WalkArea, WalkRules

Floats = NDArray[np.float64]


def metric_ranges(rules: WalkRules, areas: Sequence[WalkArea], first_in_service: NDArray[np.integer]) -> Floats:
    """[scenario, metric], more than which no two plans differ, as long as they keep to known states in each year.

    `first_in_service` [project]: no plan has it sooner; the length of the horizon or more where no plan has it at all.
    """
    found = np.zeros((rules.n_scenario, len(METRICS)))
    for area in areas:
        for scenario in range(rules.n_scenario):
            found[scenario] += _area_ranges(rules, area, scenario)
    never = np.zeros((len(rules.capital_meur), 1))
    capital = np.hstack([rules.capital_meur, never])
    first = np.minimum(first_in_service, rules.n_month)
    most = [capital[project, month:].max() for project, month in enumerate(first.tolist())]
    found[:, METRICS.index("capital_cost_meur")] = sum(most)
    return found


def asked_mw_years(rules: WalkRules, areas: Sequence[WalkArea]) -> Floats:
    """[scenario, development], MW-years that would wait if nobody were ever connected.

    What is requested in a year does not depend on the state, so any cell that is known tells it.
    """
    asked = np.zeros((rules.n_scenario, len(rules.waiting_value)))
    for area in areas:
        weight = rules.year_weight[:, None] * _open_months(area, len(rules.year_weight)) / 12
        for year in range(len(weight)):
            cell = area.first_cell[:, year].max(initial=-1)
            if cell >= 0:
                requested = area.requested_mw[cell : cell + rules.n_scenario]
                asked[:, area.development] += requested * weight[year]
    return asked


def _open_months(area: WalkArea, n_year: int) -> NDArray[np.integer]:
    """[year, request], months of a year in which the request could be connected."""
    months: NDArray[np.integer] = np.clip(12 * np.arange(1, n_year + 1)[:, None] - area.first_month, 0, 12)
    return months


def _area_ranges(rules: WalkRules, area: WalkArea, scenario: int) -> Floats:
    """[metric] of one area: year by year the most less the least, of what is served after the best year before.

    In a year in which nothing is offered to a request, the least that it has is nothing.
    """
    n_year = len(rules.year_weight)
    over, insecure = np.zeros(n_year), np.zeros(n_year)
    served_least, served_most = (np.zeros((n_year, len(area.development))) for _ in range(2))
    for year in range(n_year):
        cells = area.first_cell[:, year]
        cells = cells[cells >= 0] + scenario
        if len(cells):
            over[year] = np.ptp(np.diff(area.overload_mvah[cells]), axis=0).sum()
            insecure[year] = np.ptp(np.diff(area.insecure_hours[cells]), axis=0).sum()
            served_least[year] = area.allocated_mw[cells].min(axis=0)
            served_most[year] = area.allocated_mw[cells].max(axis=0)
    months = _open_months(area, n_year)
    served_least[~area.offered.T] = 0.0
    apart_mw = np.maximum.accumulate(np.where((months > 0) & area.offered.T, served_most, 0.0), axis=0) - served_least
    apart_mw = np.where(months > 0, np.maximum(apart_mw, 0.0), 0.0)
    mw_years = rules.year_weight @ (apart_mw * months / 12)
    cost = rules.congestion_meur @ (over + (apart_mw * area.energy_h[:, 12]).sum(axis=1))
    waiting = mw_years @ rules.waiting_value[area.development]
    found = dict(zip(WAITING, waiting.tolist(), strict=True)) | {
        "overload_mvah": float(rules.year_weight @ over),
        "insecure_hours": float(rules.year_weight @ insecure),
        "shortfall_mw_years": float(mw_years.sum()),
        "congestion_cost_meur": float(cost),
        "capital_cost_meur": 0.0,
    }
    return np.array([found[metric] for metric in METRICS])
