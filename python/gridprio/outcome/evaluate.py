"""Outcome of every plan in every scenario, in the words of a study (docs/theory/outcome.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.inputs.enumerations import Direction
from gridprio.inputs.schema import full_request_mw
from gridprio.inputs.study import Study
from gridprio.model.metrics import METRICS, WAITING
from gridprio.model.plan import PlanProblem
from gridprio.model.walk import WalkResults, WalkRules
from gridprio.outcome.costs import capital_meur, discount_by_month
from gridprio.outcome.table import AreaTable
from gridprio.plan import work_open

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


def walk_rules(study: Study, problem: PlanProblem, *, discounted: bool = False) -> WalkRules:
    """What a study says of months, money and developments; `discounted` weighs years of all metrics, not of costs
    alone."""
    n_month = problem.arrays.n_month
    discount = np.ascontiguousarray(discount_by_month(study.settings, n_month)[::12])
    value = waiting_value(study)
    return WalkRules(
        n_scenario=len(study.scenario_ids),
        work_open=work_open(problem),
        year_weight=discount if discounted else np.ones_like(discount),
        congestion_meur=discount * (study.settings.congestion_cost_eur_per_mwh / 1e6),
        capital_meur=capital_meur(study, n_month),
        waiting_value=np.stack([value[metric] for metric in WAITING], axis=-1),
    )


def waiting_value(study: Study) -> Mapping[str, Floats]:
    """Metric of waiting -> [development], what one MW that waits counts for."""
    demand = np.array([d.direction == Direction.DEMAND for d in study.developments], dtype=float)
    return {
        "waiting_mw_years_demand": demand,
        "waiting_mw_years_feed_in": 1 - demand,
        "waiting_dwelling_years": np.array([d.dwellings / full_request_mw(d) for d in study.developments], dtype=float),
    }


def as_outcomes(scenarios: tuple[str, ...], walks: WalkResults, tables: Sequence[AreaTable]) -> Outcomes:
    """The detailed results of the kernel, with what held each development back."""
    limit = np.full((*walks.held_cell.shape, 2), -1, dtype=np.int32)
    for table in tables:
        for request, development in enumerate(table.area.development_rows):
            cell = walks.held_cell[:, :, development]
            held = cell >= 0
            limit[held, development] = table.limit[cell[held], request]
    return Outcomes(
        scenarios=scenarios,
        metric={name: walks.metric[..., place] for place, name in enumerate(METRICS)},
        waiting_mw_years=walks.waiting_mw_years,
        shortfall_mw_years=walks.shortfall_mw_years,
        connected_month=walks.connected_month,
        limit=limit,
    )
