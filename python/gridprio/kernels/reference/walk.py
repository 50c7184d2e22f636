"""Plans over remembered cells, month by month: the definition (docs/theory/outcome.md)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import NOT_PLANNED
from gridprio.model.walk import CONNECTED_SHARE, METRICS, WORD, PlanMonths, WalkArea, WalkResults, WalkRules

Missing = list[tuple[int, tuple[int, ...], int]]


def walk_plans(
    rules: WalkRules, areas: Sequence[WalkArea], plans: PlanMonths, *, details: bool, threads: int
) -> WalkResults:
    """Every plan in every scenario. One thread does it all."""
    n_plan, n_development = len(plans.in_service), len(rules.waiting_value)
    shape = (n_plan, rules.n_scenario, n_development)
    waiting, shortfall = np.zeros(shape), np.zeros(shape)
    connected, held = np.full(shape, NOT_PLANNED, dtype=np.int32), np.full(shape, -1, dtype=np.int32)
    metric = np.zeros((n_plan, rules.n_scenario, len(METRICS)))
    missing: Missing = []
    for plan in range(n_plan):
        walks = [_cells_by_month(rules, number, area, plans, plan) for number, area in enumerate(areas)]
        lacking = [lack for _, lacks in walks for lack in lacks]
        if lacking:
            missing += lacking
            metric[plan] = np.nan
            continue
        for scenario in range(rules.n_scenario):
            out = (waiting[plan, scenario], shortfall[plan, scenario], connected[plan, scenario], held[plan, scenario])
            for area, (first_cells, _) in zip(areas, walks, strict=True):
                _walk(rules, area, [cell + scenario for cell in first_cells], metric[plan, scenario], *out)
            metric[plan, scenario, METRICS.index("capital_cost_meur")] = _capital(rules, plans.in_service[plan])
    n_word = max((area.n_word for area in areas), default=1)
    words = [[*key, *[0] * (n_word - len(key))] for _, key, _ in missing]
    shown = slice(None) if details else slice(0)
    return WalkResults(
        metric=metric,
        missing_area=np.array([area for area, _, _ in missing], dtype=np.int32),
        missing_key=np.array(words, dtype=np.uint64).reshape(len(missing), n_word),
        missing_year=np.array([year for _, _, year in missing], dtype=np.int32),
        waiting_mw_years=waiting[shown],
        shortfall_mw_years=shortfall[shown],
        connected_month=connected[shown],
        held_cell=held[shown],
    )


def _capital(rules: WalkRules, in_service: NDArray[np.int32]) -> float:
    return float(
        sum(
            rules.capital_meur[project, month]
            for project, month in enumerate(in_service.tolist())
            if 0 <= month < rules.n_month
        )
    )


def state_key(area: WalkArea, plans: PlanMonths, plan: int, work_open: NDArray[np.bool_], month: int) -> list[int]:
    """Words of the state that an area is in: in service until taken out, works in their open months."""
    bits = []
    for project in area.serving:
        is_out = 0 <= plans.out_of_service[plan, project] <= month
        bits.append(bool(0 <= plans.in_service[plan, project] <= month and not is_out))
    for project in area.working:
        since = plans.in_service[plan, project]
        on_site = 0 <= plans.work_start[plan, project] <= month < plans.work_end[plan, project]
        bits.append(bool(on_site and work_open[project, month] and (since == NOT_PLANNED or month < since)))
    words = [0] * area.n_word
    for k, bit in enumerate(bits):
        words[k // WORD] |= int(bit) << (k % WORD)
    return words


def _cells_by_month(
    rules: WalkRules, number: int, area: WalkArea, plans: PlanMonths, plan: int
) -> tuple[list[int], Missing]:
    """First cell of each month, and what is missing (once per change of state or year)."""
    row_of = {tuple(key): row for row, key in enumerate(area.key.tolist())}
    cells: list[int] = []
    missing: Missing = []
    before: tuple[tuple[int, ...], int] | None = None
    for month in range(rules.n_month):
        key, year = tuple(state_key(area, plans, plan, rules.work_open, month)), month // 12
        row = row_of.get(key, -1)
        cells.append(int(area.first_cell[row, year]) if row >= 0 else -1)
        if cells[-1] < 0 and before != (key, year):
            missing.append((number, key, year))
        before = key, year
    return cells, missing


def _walk(
    rules: WalkRules,
    area: WalkArea,
    cells: Sequence[int],
    metric: NDArray[np.float64],
    waiting: NDArray[np.float64],
    shortfall: NDArray[np.float64],
    connected_month: NDArray[np.int32],
    held_cell: NDArray[np.int32],
) -> None:
    """Add one area in one scenario to the metrics, and fill in what becomes of its developments."""
    own = area.development
    connected = np.zeros(len(own))
    at = dict(zip(METRICS, range(len(METRICS)), strict=True))
    waited, lost = np.zeros(len(own)), np.zeros(len(own))
    for month, cell in enumerate(cells):
        year, calendar = divmod(month, 12)
        served, wish = area.served_mw[cell], area.wish_mw[cell]
        may_connect = month >= area.first_month
        connected = np.where(may_connect, np.minimum(np.maximum(connected, served), wish), 0.0)
        missed = np.where(may_connect, connected - np.minimum(served, connected), 0.0)
        waited += rules.year_weight[year] * np.where(may_connect, wish - connected, 0.0) / 12
        lost += rules.year_weight[year] * missed / 12
        over = area.overload_mvah[cell, calendar + 1] - area.overload_mvah[cell, calendar]
        insecure = area.insecure_hours[cell, calendar + 1] - area.insecure_hours[cell, calendar]
        energy_h = area.energy_h[:, calendar + 1] - area.energy_h[:, calendar]
        metric[at["overload_mvah"]] += rules.year_weight[year] * over
        metric[at["insecure_hours"]] += rules.year_weight[year] * insecure
        metric[at["congestion_cost_meur"]] += rules.congestion_meur[year] * (over + (missed * energy_h).sum())
        full = may_connect & (wish > 0) & (connected >= CONNECTED_SHARE * wish)
        new = full & (connected_month[own] == NOT_PLANNED)
        connected_month[own[new]] = month
        held_cell[own[new & (month > area.first_month)]] = cells[month - 1] if month else -1
    never = (connected_month[own] == NOT_PLANNED) & (area.first_month < len(cells))
    held_cell[own[never]] = cells[-1]
    waiting[own], shortfall[own] = waited, lost
    metric[[at["waiting_mw_years_demand"], at["waiting_mw_years_feed_in"], at["waiting_dwelling_years"]]] += (
        waited @ rules.waiting_value[own]
    )
    metric[at["shortfall_mw_years"]] += lost.sum()
