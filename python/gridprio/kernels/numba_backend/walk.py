"""Plans over remembered cells: the Numba twin of `reference/walk.py`, span by span as the Rust core does it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridprio.model.plan import NOT_PLANNED
from gridprio.model.walk import CONNECTED_SHARE, METRICS, WORD, PlanMonths, WalkArea, WalkResults, WalkRules

NEVER, SHARE, BITS = int(NOT_PLANNED), float(CONNECTED_SHARE), int(WORD)
WAITING, OVERLOAD, INSECURE = METRICS.index("waiting_mw_years_demand"), 3, 4
SHORTFALL, CAPITAL, COST = 5, 6, 7
UNKNOWN = -1


def walk_plans(
    rules: WalkRules, areas: Sequence[WalkArea], plans: PlanMonths, *, details: bool, threads: int
) -> WalkResults:
    """Every plan in every scenario, plans shared out over threads."""
    n_plan, n_development = len(plans.in_service), len(rules.waiting_value)
    shape = (n_plan if details else 0, rules.n_scenario, n_development)
    metric = np.zeros((n_plan, rules.n_scenario, len(METRICS)))
    waiting, shortfall = np.zeros(shape), np.zeros(shape)
    connected, held = np.full(shape, NEVER, dtype=np.int32), np.full(shape, -1, dtype=np.int32)
    parts = np.linspace(0, n_plan, max(1, min(threads, n_plan)) + 1).astype(int)
    lacking: list[list[tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]]] = []

    def work(part: int) -> None:
        begin, end = parts[part], parts[part + 1]
        for_plans = [
            months[begin:end] for months in (plans.in_service, plans.out_of_service, plans.work_start, plans.work_end)
        ]
        spans = [
            find_spans(*for_plans, rules.work_open, a.serving, a.working, a.key, a.first_cell, a.n_word) for a in areas
        ]
        complete = np.ones(end - begin, dtype=np.bool_)
        for start, _, _, cell in spans:
            for plan in range(end - begin):
                complete[plan] &= not (cell[start[plan] : start[plan + 1]] == UNKNOWN).any()
        lacking[part] = [_lacking(*found) for found in spans]
        own = slice(begin, end) if details else slice(0)
        add_capital(metric[begin:end], plans.in_service[begin:end], rules.capital_meur)
        for area, (start, month, _, cell) in zip(areas, spans, strict=True):
            add_area(
                metric[begin:end], waiting[own], shortfall[own], connected[own], held[own], complete,
                start, month, cell, area.overload_mvah, area.insecure_hours, area.served_mw, area.wish_mw,
                area.development, area.first_month, area.energy_h, rules.year_weight, rules.congestion_meur,
                rules.waiting_value, details,
            )  # fmt: skip
        metric[begin:end][~complete] = np.nan

    lacking.extend([] for _ in range(len(parts) - 1))
    if len(parts) == 2:
        work(0)
    else:
        with ThreadPoolExecutor(len(parts) - 1) as pool:
            list(pool.map(work, range(len(parts) - 1)))
    area_of, key, year = _joined(lacking, parts, areas)
    return WalkResults(metric, area_of, key, year, waiting, shortfall, connected, held)


def _lacking(
    start: NDArray[np.int64], month: NDArray[np.int64], key: NDArray[np.uint64], cell: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]:
    """Plan, state and year of every span without a cell."""
    at = np.flatnonzero(cell == UNKNOWN)
    return np.searchsorted(start, at, side="right") - 1, key[at], month[at] // 12


def _joined(
    lacking: Sequence[Sequence[tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]]],
    parts: NDArray[np.int64],
    areas: Sequence[WalkArea],
) -> tuple[NDArray[np.int32], NDArray[np.uint64], NDArray[np.int32]]:
    """What is missing, by plan and then by area, as the definition lists it."""
    n_word = max((area.n_word for area in areas), default=1)
    rows = []
    for part, found in enumerate(lacking):
        for number, (plan, key, year) in enumerate(found):
            wide = np.zeros((len(plan), n_word), dtype=np.uint64)
            wide[:, : key.shape[1]] = key
            rows.append((plan + parts[part], np.full(len(plan), number), wide, year))
    if not rows:
        return np.zeros(0, np.int32), np.zeros((0, n_word), np.uint64), np.zeros(0, np.int32)
    plan, area, key, year = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.lexsort((year, area, plan))
    return area[order].astype(np.int32), key[order], year[order].astype(np.int32)


@njit(cache=True, nogil=True)
def row_of(key, state):
    """Row of `state` in the ascending keys; -1 when it is none of them."""
    low, high = 0, len(key)
    while low < high:
        middle = (low + high) // 2
        smaller = False
        for word in range(len(state)):
            if key[middle, word] != state[word]:
                smaller = key[middle, word] < state[word]
                break
        if smaller:
            low = middle + 1
        else:
            high = middle
    if low == len(key):
        return -1
    for word in range(len(state)):
        if key[low, word] != state[word]:
            return -1
    return low


@njit(cache=True, nogil=True)
def toggle(toggled, in_service, out_of_service, work_start, work_end, work_open, serving, working):
    """Which bits of the state change in which month: `toggled[month, word]`."""
    n_month = len(toggled)
    toggled[:] = 0
    for bit in range(len(serving)):
        month, after = in_service[serving[bit]], out_of_service[serving[bit]]
        if month != NEVER and month < n_month and (after == NEVER or after > month):
            toggled[month, bit // BITS] ^= np.uint64(1) << np.uint64(bit % BITS)
            if after != NEVER and after < n_month:
                toggled[after, bit // BITS] ^= np.uint64(1) << np.uint64(bit % BITS)
    for k in range(len(working)):
        project, bit = working[k], len(serving) + k
        mask, word = np.uint64(1) << np.uint64(bit % BITS), bit // BITS
        if work_start[project] == NEVER or work_end[project] == NEVER:
            continue
        after = work_end[project]
        if in_service[project] != NEVER:
            after = min(after, in_service[project])
        on_site = False
        for month in range(work_start[project], after):
            is_open = work_open[project, month]
            if is_open != on_site:
                toggled[month, word] ^= mask
                on_site = is_open
        if on_site and after < n_month:
            toggled[after, word] ^= mask


@njit(cache=True, nogil=True)
def find_spans(in_service, out_of_service, work_start, work_end, work_open, serving, working, key, first_cell, n_word):
    """Spans without change: `start[plan + 1]` rows of `month`, `state` and `cell` (UNKNOWN when never simulated)."""
    n_plan, n_month = len(in_service), first_cell.shape[1] * 12
    start = np.zeros(n_plan + 1, dtype=np.int64)
    size = max(64, 4 * n_plan)
    months, states = np.empty(size, dtype=np.int64), np.empty((size, n_word), dtype=np.uint64)
    cells = np.empty(size, dtype=np.int64)
    toggled, state = np.zeros((n_month, n_word), dtype=np.uint64), np.zeros(n_word, dtype=np.uint64)
    n = 0
    for plan in range(n_plan):
        own = (in_service[plan], out_of_service[plan], work_start[plan], work_end[plan])
        toggle(toggled, *own, work_open, serving, working)
        state[:] = 0
        for month in range(n_month):
            changes = month % 12 == 0
            for word in range(n_word):
                changes |= toggled[month, word] != 0
            if not changes:
                continue
            if n == size:
                size *= 2
                months, cells = np.append(months, np.empty_like(months)), np.append(cells, np.empty_like(cells))
                states = np.concatenate((states, np.empty_like(states)))
            for word in range(n_word):
                state[word] ^= toggled[month, word]
                states[n, word] = state[word]
            row = row_of(key, state)
            cell = first_cell[row, month // 12] if row >= 0 else UNKNOWN
            # A change that leaves the cell is none; what is missing is listed with every change.
            if cell != UNKNOWN and month % 12 != 0 and cells[n - 1] == cell:
                continue
            months[n] = month
            cells[n] = cell
            n += 1
        start[plan + 1] = n
    return start, months[:n], states[:n], cells[:n]


@njit(cache=True, nogil=True)
def add_capital(metric, in_service, capital_meur):
    for plan in range(len(in_service)):
        total = 0.0
        for project in range(in_service.shape[1]):
            if NEVER < in_service[plan, project] < capital_meur.shape[1]:
                total += capital_meur[project, in_service[plan, project]]
        metric[plan, :, CAPITAL] = total


@njit(cache=True, nogil=True)
def add_area(
    metric, waiting, shortfall, connected_month, held_cell, complete, start, month, cell, overload, insecure, served,
    wish, development, first_month, energy_h, year_weight, congestion_meur, waiting_value, details,
):  # fmt: skip
    """Add one area to the metrics of the complete plans, and fill in what becomes of its developments."""
    n_request, n_month = len(development), 12 * len(year_weight)
    connected, waits = np.zeros(n_request), np.zeros(n_request)
    lost, cost = np.zeros(n_request), np.zeros(n_request)
    # MW that wait and that are missed, and since which month
    wait_mw, missed_mw = np.zeros(n_request), np.zeros(n_request)
    wait_since, missed_since = np.zeros(n_request, dtype=np.int64), np.zeros(n_request, dtype=np.int64)
    for plan in range(len(complete)):
        if not complete[plan]:
            continue
        for scenario in range(metric.shape[1]):
            row = metric[plan, scenario]
            for array in (connected, waits, lost, cost, wait_mw, missed_mw):
                array[:] = 0.0
            wait_since[:], missed_since[:] = 0, 0
            for span in range(start[plan], start[plan + 1]):
                a, here = month[span], cell[span] + scenario
                b = month[span + 1] if span + 1 < start[plan + 1] else n_month
                year, first, last = a // 12, a % 12, (b - 1) % 12 + 1
                weight, meur, january = year_weight[year], congestion_meur[year], 12 * year
                over = overload[here, last] - overload[here, first]
                row[OVERLOAD] += weight * over
                row[INSECURE] += weight * (insecure[here, last] - insecure[here, first])
                row[COST] += meur * over
                for k in range(n_request):
                    begin = max(first_month[k], a)
                    if begin < b:
                        has = min(max(connected[k], served[here, k]), wish[here, k])
                        connected[k] = has
                        now = wish[here, k] - has
                        if now != wait_mw[k]:
                            waits[k] += weight * (begin - wait_since[k]) * wait_mw[k] / 12.0
                            wait_mw[k], wait_since[k] = now, begin
                        now = has - min(served[here, k], has)
                        if now != missed_mw[k]:
                            since = missed_since[k]
                            lost[k] += weight * (begin - since) * missed_mw[k] / 12.0
                            energy = energy_h[k, begin - january] - energy_h[k, since - january]
                            cost[k] += meur * missed_mw[k] * energy
                            missed_mw[k], missed_since[k] = now, begin
                        at = development[k]
                        if (
                            details
                            and connected_month[plan, scenario, at] == NEVER
                            and wish[here, k] > 0
                            and has >= SHARE * wish[here, k]
                        ):
                            connected_month[plan, scenario, at] = begin
                            if first_month[k] < begin and span > start[plan]:
                                held_cell[plan, scenario, at] = cell[span - 1] + scenario
                    if b % 12 == 0:
                        waits[k] += weight * (b - wait_since[k]) * wait_mw[k] / 12.0
                        lost[k] += weight * (b - missed_since[k]) * missed_mw[k] / 12.0
                        cost[k] += meur * missed_mw[k] * (energy_h[k, 12] - energy_h[k, missed_since[k] - january])
                        wait_since[k], missed_since[k] = b, b
            for k in range(n_request):
                at = development[k]
                for value in range(waiting_value.shape[1]):
                    row[WAITING + value] += waits[k] * waiting_value[at, value]
                row[SHORTFALL] += lost[k]
                row[COST] += cost[k]
                if details:
                    waiting[plan, scenario, at], shortfall[plan, scenario, at] = waits[k], lost[k]
                    if connected_month[plan, scenario, at] == NEVER and first_month[k] < n_month:
                        held_cell[plan, scenario, at] = cell[start[plan + 1] - 1] + scenario
