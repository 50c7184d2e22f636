"""Plans over remembered cells: the definition (docs/theory/outcome.md).

Order of calculation, per plan: the state of each area in each month (`state_at`), the cell of that state and year
(`find_cells`), then per scenario what the cells add up to (`add_area`). A run is a stretch of months of one year in
which the cell stays. What waits and what is missed is counted from the month in which it changes, so runs that change
nothing leave every bit as it was. Units: MW, years and months, MVAh, MEUR; weights as in `WalkRules`.

Numba compiles this text, so what it calls knows only numbers, arrays and named tuples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridprio.model.metrics import METRICS
from gridprio.model.plan import NOT_PLANNED
from gridprio.model.walk import CONNECTED_SHARE, WORD, PlanMonths, WalkArea, WalkResults, WalkRules

UNKNOWN = -1
"""In `cell`: nobody simulated this state in this year."""
BLOCK = 256
"""Plans whose months are in memory together."""
WAITING = METRICS.index("waiting_mw_years_demand")
OVERLOAD = METRICS.index("overload_mvah")
INSECURE = METRICS.index("insecure_hours")
SHORTFALL = METRICS.index("shortfall_mw_years")
CAPITAL = METRICS.index("capital_cost_meur")
COST = METRICS.index("congestion_cost_meur")

Floats = NDArray[np.float64]
Months = NDArray[np.int32]
Words = NDArray[np.uint64]
Cells = NDArray[np.int64]


class PlanRows(NamedTuple):
    """Fields of `PlanMonths`, `[plan, project]`."""

    in_service: Months
    out_of_service: Months
    work_start: Months
    work_end: Months


class States(NamedTuple):
    """Fields of `WalkArea` that say which cell a state has."""

    serving: Months
    working: Months
    key: Words
    first_cell: Months


class Values(NamedTuple):
    """Fields of `WalkArea` that say what a cell holds."""

    overload_mvah: Floats
    insecure_hours: Floats
    allocated_mw: Floats
    requested_mw: Floats
    development: Months
    first_month: Months
    offered: NDArray[np.bool_]
    energy_h: Floats


class Weights(NamedTuple):
    """Fields of `WalkRules`."""

    year_weight: Floats
    congestion_meur: Floats
    waiting_value: Floats


class Block(NamedTuple):
    """Results of some plans, as in `WalkResults` with details."""

    metric: Floats
    waiting_mw_years: Floats
    shortfall_mw_years: Floats
    connected_month: Months
    held_cell: Months
    missing_area: Cells
    missing_key: Words
    missing_year: Cells


def walk_plans(
    rules: WalkRules, areas: Sequence[WalkArea], plans: PlanMonths, *, details: bool, threads: int
) -> WalkResults:
    """Every plan in every scenario. One thread does it all."""
    return joined([walk_block(find_cells, add_area, rules, areas, block) for block in blocks(plans)], details)


def blocks(plans: PlanMonths) -> list[PlanRows]:
    """At least one, which may be empty."""
    n_plan = len(plans.in_service)
    return [
        PlanRows(*(getattr(plans, name)[first : first + BLOCK] for name in PlanRows._fields))
        for first in range(0, max(n_plan, 1), BLOCK)
    ]


def walk_block(
    find_cells: Callable[..., None],
    add_area: Callable[..., None],
    rules: WalkRules,
    areas: Sequence[WalkArea],
    plans: PlanRows,
) -> Block:
    """Some plans by `find_cells` and `add_area`, plain or compiled."""
    n_plan, n_word = len(plans.in_service), max((area.n_word for area in areas), default=1)
    shape = (n_plan, rules.n_scenario, len(rules.waiting_value))
    metric, waiting, shortfall = np.zeros((*shape[:2], len(METRICS))), np.zeros(shape), np.zeros(shape)
    connected, held = np.full(shape, NOT_PLANNED, dtype=np.int32), np.full(shape, -1, dtype=np.int32)
    cells, missing = [], [(np.zeros((0, 3), np.int64), np.zeros((0, n_word), np.uint64))]
    for number, area in enumerate(areas):
        state = np.zeros((n_plan, rules.n_month, n_word), dtype=np.uint64)
        cell = np.zeros((n_plan, rules.n_month), dtype=np.int64)
        find_cells(plans, rules.work_open, States(area.serving, area.working, area.key, area.first_cell), state, cell)
        changes = np.ones(cell.shape, dtype=np.bool_)
        changes[:, 1:] = (state[:, 1:] != state[:, :-1]).any(axis=2)
        changes[:, ::12] = True
        plan, month = np.nonzero(changes & (cell == UNKNOWN))
        missing.append((np.stack([plan, np.full(len(plan), number), month // 12], axis=1), state[plan, month]))
        cells.append(cell)
    where, key = (np.concatenate(column) for column in zip(*missing, strict=True))
    order = np.lexsort((where[:, 1], where[:, 0]))
    complete = np.ones(n_plan, dtype=np.bool_)
    complete[where[:, 0]] = False
    weights = Weights(rules.year_weight, rules.congestion_meur, rules.waiting_value)
    metric[..., CAPITAL] = np.array([capital_meur(rules, months) for months in plans.in_service])[:, None]
    for area, cell in zip(areas, cells, strict=True):
        values = Values(*(getattr(area, name) for name in Values._fields))
        add_area(weights, values, cell, complete, metric, waiting, shortfall, connected, held)
    metric[~complete] = np.nan
    return Block(
        metric=metric,
        waiting_mw_years=waiting,
        shortfall_mw_years=shortfall,
        connected_month=connected,
        held_cell=held,
        missing_area=where[order, 1],
        missing_key=key[order],
        missing_year=where[order, 2],
    )


def joined(blocks: Sequence[Block], details: bool) -> WalkResults:
    """The blocks one after the other; what the developments see only with `details`."""
    whole = Block(*(np.concatenate(column) for column in zip(*blocks, strict=True)))
    shown = slice(None) if details else slice(0)
    return WalkResults(
        metric=whole.metric,
        missing_area=whole.missing_area.astype(np.int32),
        missing_key=whole.missing_key,
        missing_year=whole.missing_year.astype(np.int32),
        waiting_mw_years=whole.waiting_mw_years[shown],
        shortfall_mw_years=whole.shortfall_mw_years[shown],
        connected_month=whole.connected_month[shown],
        held_cell=whole.held_cell[shown],
    )


def capital_meur(rules: WalkRules, in_service: Months) -> float:
    """Of all that comes into service within the horizon, project by project."""
    known = enumerate(in_service.tolist())
    return float(sum(rules.capital_meur[project, month] for project, month in known if 0 <= month < rules.n_month))


def find_cells(plans: PlanRows, work_open: NDArray[np.bool_], states: States, state: Words, cell: Cells) -> None:
    """Into `state[plan, month, word]` and `cell[plan, month]`: the state of an area, the cell of its first scenario."""
    for plan in range(len(cell)):
        row = UNKNOWN
        for month in range(cell.shape[1]):
            state_at(plans, plan, work_open, states, month, state[plan, month])
            if month == 0 or not np.array_equal(state[plan, month], state[plan, month - 1]):
                row = row_of(states.key, state[plan, month])
            cell[plan, month] = states.first_cell[row, month // 12] if row >= 0 else UNKNOWN


def state_at(
    plans: PlanRows, plan: int, work_open: NDArray[np.bool_], states: States, month: int, state: Words
) -> None:
    """Sets the bits of what is in service and not taken out yet, then of works that go on and are not in service."""
    bit = 0
    for project in states.serving:
        since, gone = plans.in_service[plan, project], plans.out_of_service[plan, project]
        if 0 <= since <= month and not 0 <= gone <= month:
            state[bit // WORD] |= np.uint64(1) << np.uint64(bit % WORD)
        bit += 1
    for project in states.working:
        since, start = plans.in_service[plan, project], plans.work_start[plan, project]
        on_site = 0 <= start <= month < plans.work_end[plan, project] and work_open[project, month]
        if on_site and (since == NOT_PLANNED or month < since):
            state[bit // WORD] |= np.uint64(1) << np.uint64(bit % WORD)
        bit += 1


def row_of(key: Words, state: Words) -> int:
    """Row of `state` in the ascending keys, by halving; UNKNOWN when it is none of them."""
    low, high = 0, len(key)
    while low < high:
        middle = (low + high) // 2
        order = compared(key[middle], state)
        if order == 0:
            return middle
        if order < 0:
            low = middle + 1
        else:
            high = middle
    return UNKNOWN


def compared(one: Words, other: Words) -> int:
    """-1, 0 or 1 as the first word that differs says; `other` may have more words, which are 0."""
    for word in range(len(one)):
        if one[word] != other[word]:
            return -1 if one[word] < other[word] else 1
    return 0


def add_area(
    weights: Weights,
    area: Values,
    cell: Cells,
    complete: NDArray[np.bool_],
    metric: Floats,
    waiting: Floats,
    shortfall: Floats,
    connected_month: Months,
    held_cell: Months,
) -> None:
    """Add one area to the metrics of the complete plans, and fill in what becomes of its developments."""
    for plan in range(len(cell)):
        for scenario in range(metric.shape[1] if complete[plan] else 0):
            row = metric[plan, scenario]
            cells = cell[plan] + scenario
            add_overload(weights, area, cells, row)
            for k in range(len(area.development)):
                at = area.development[k]
                waited, lost, cost, month, held = follow_request(weights, area, cells, k)
                for value in range(weights.waiting_value.shape[1]):
                    row[WAITING + value] += waited * weights.waiting_value[at, value]
                row[SHORTFALL] += lost
                row[COST] += cost
                waiting[plan, scenario, at], shortfall[plan, scenario, at] = waited, lost
                connected_month[plan, scenario, at], held_cell[plan, scenario, at] = month, held


def end_of_run(cells: Cells, month: int) -> int:
    """First month after `month` that is another year's or has another cell."""
    end = month + 1
    while end % 12 != 0 and cells[end] == cells[month]:
        end += 1
    return end


def add_overload(weights: Weights, area: Values, cells: Cells, row: Floats) -> None:
    """Overload, insecure hours and what the overload costs."""
    month = 0
    while month < len(cells):
        end = end_of_run(cells, month)
        here, year, first, last = cells[month], month // 12, month % 12, (end - 1) % 12 + 1
        over = area.overload_mvah[here, last] - area.overload_mvah[here, first]
        insecure = area.insecure_hours[here, last] - area.insecure_hours[here, first]
        row[OVERLOAD] += weights.year_weight[year] * over
        row[INSECURE] += weights.year_weight[year] * insecure
        row[COST] += weights.congestion_meur[year] * over
        month = end


def follow_request(weights: Weights, area: Values, cells: Cells, k: int) -> tuple[float, float, float, int, int]:
    """Weighted MW-years that wait and that are missed, MEUR of what is missed, month of connection and cell before it.

    A connected request keeps what it has, up to its requested; where less can be allocated the rest is missed. A
    request to which nothing is offered in a year gets no more than it has.
    """
    waited, lost, cost, connected, wait_mw, missed_mw = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    connected_month, held = NOT_PLANNED, -1
    wait_since, missed_since, month = 0, 0, 0
    while month < len(cells):
        end = end_of_run(cells, month)
        year, january = month // 12, month // 12 * 12
        weight, meur = weights.year_weight[year], weights.congestion_meur[year]
        allocated, requested = area.allocated_mw[cells[month], k], area.requested_mw[cells[month], k]
        begin = max(area.first_month[k], month)
        if begin < end:
            connected = min(max(connected, allocated if area.offered[k, year] else 0.0), requested)
            now = requested - connected
            if now != wait_mw:
                waited += weight * (begin - wait_since) * wait_mw / 12.0
                wait_mw, wait_since = now, begin
            now = connected - min(allocated, connected)
            if now != missed_mw:
                lost += weight * (begin - missed_since) * missed_mw / 12.0
                energy_h = area.energy_h[k, begin - january] - area.energy_h[k, missed_since - january]
                cost += meur * missed_mw * energy_h
                missed_mw, missed_since = now, begin
            if connected_month == NOT_PLANNED and requested > 0 and connected >= CONNECTED_SHARE * requested:
                connected_month = begin
                if max(area.first_month[k], 0) < begin:
                    held = cells[begin - 1]
        if end % 12 == 0:
            waited += weight * (end - wait_since) * wait_mw / 12.0
            lost += weight * (end - missed_since) * missed_mw / 12.0
            cost += meur * missed_mw * (area.energy_h[k, 12] - area.energy_h[k, missed_since - january])
            wait_since, missed_since = end, end
        month = end
    if connected_month == NOT_PLANNED and area.first_month[k] < len(cells):
        held = cells[len(cells) - 1]
    return waited, lost, cost, connected_month, held
