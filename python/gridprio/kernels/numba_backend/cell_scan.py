"""One walk over cases of a cell: base cases, cuts of what is violated, or cuts of the intact grid before the queue."""

from __future__ import annotations

import numpy as np
from numba import njit

from gridprio.kernels.numba_backend.adjoint import by_injection, differentiate, factorise
from gridprio.kernels.numba_backend.cell_solve import load_contingency, solve_chunk
from gridprio.kernels.numba_backend.lanes import LANES
from gridprio.kernels.numba_backend.newton import FAST
from gridprio.model.cell import INFLUENCE_SHARE, NEGLIGIBLE_PERCENT, NO_INFLUENCE_SHARE, SECURE_PERCENT, TIE_PERCENT

BASE, VIOLATED, FORESEEN = 0, 1, 2
"""What a walk is for: the base cases, cuts of what is above its cap, cuts of what the wishes would bring there."""


@njit(**FAST)
def walk(purpose, todo, network, tiles, rules, topology, base, injections, members, solved):
    """Solves the cases `todo[hour, contingency]`; `solved` has the same shape.

    Returns rows in the order found: (branch, contingency, hour), and per purpose: the loading of a branch above the
    limit (BASE), or the room of a cut with its slopes `[row, member]` and which members it holds.
    """
    n_hour, n_contingency = todo.shape
    n_branch, n_member = len(network.rated), len(members.node)
    case, value = np.empty((64, 3), np.int32), np.empty(64)
    slope, holds = np.empty((64, n_member)), np.empty((64, n_member), np.bool_)
    n = 0
    hours, ok = np.zeros(LANES, np.int64), np.zeros(LANES, np.bool_)
    off = np.zeros((LANES, len(network.va_set)), np.bool_)
    following, wanted, mine = np.zeros(LANES, np.int64), np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    for k in range(n_contingency):
        hour, loaded = 0, False
        while hour < n_hour:
            used = 0
            while hour < n_hour and used < LANES:
                if todo[hour, k]:
                    hours[used] = hour
                    used += 1
                hour += 1
            if used == 0:
                break
            if not loaded:
                load_contingency(network, tiles, topology.closed[k], topology.live[k])
                loaded = True
            taken = solve_chunk(
                network, tiles, rules, topology, base, injections, k, hours, used, purpose != BASE, ok, off
            )
            for lane in range(used):
                solved[hours[lane], k] = ok[lane]
            if purpose == BASE:
                for lane in range(used):
                    case, value, slope, holds = _with_room(n + n_branch, case, value, slope, holds)
                    base.first[hours[lane], k] = len(base.branch) + n
                    if ok[lane]:
                        n = _read_base(network, rules, tiles.loading, base, k, hours[lane], lane, case, value, n)
                continue
            following[:] = 0
            factorised = 0
            while _next_branches(purpose == VIOLATED, network, tiles, ok, used, following, wanted):
                case, value, slope, holds = _with_room(n + LANES, case, value, slope, holds)
                for at in range(2):
                    asked = False
                    for lane in range(LANES):
                        mine[lane] = wanted[lane] if (taken >> lane) & 1 == at else -1
                        asked |= mine[lane] >= 0
                    if not asked:
                        continue
                    tile = tiles.second if at == 1 else tiles.first
                    if not (factorised >> at) & 1:
                        factorise(network.symbolic, network.nodes, tile)
                        factorised |= 1 << at
                    closed, live = topology.closed[k], topology.live[k]
                    differentiate(
                        network.symbolic, network.branches, network.nodes[1], network.percent, closed, live, tile, mine
                    )
                    for lane in range(used):
                        if mine[lane] >= 0 and _cut(
                            purpose == FORESEEN,
                            network,
                            tile,
                            rules,
                            members,
                            tiles.loading[mine[lane], lane],
                            tiles.cap[mine[lane], lane],
                            mine[lane],
                            hours[lane],
                            lane,
                            off[lane],
                            value[n : n + 1],
                            slope[n],
                            holds[n],
                        ):
                            case[n, 0], case[n, 1], case[n, 2] = mine[lane], k, hours[lane]
                            n += 1
    return case[:n], value[:n], slope[:n], holds[:n]


@njit(**FAST)
def _with_room(n, case, value, slope, holds):
    """The same rows in arrays that hold at least n."""
    had = len(case)
    if n <= had:
        return case, value, slope, holds
    size, n_member = 2 * n, slope.shape[1]
    more_case, more_value = np.empty((size, 3), np.int32), np.empty(size)
    more_slope, more_holds = np.empty((size, n_member)), np.empty((size, n_member), np.bool_)
    for row in range(had):
        more_value[row] = value[row]
        for part in range(3):
            more_case[row, part] = case[row, part]
        for m in range(n_member):
            more_slope[row, m] = slope[row, m]
            more_holds[row, m] = holds[row, m]
    return more_case, more_value, more_slope, more_holds


@njit(**FAST)
def _read_base(network, rules, loading, base, k, hour, lane, case, value, n):
    """Branches above the limit as rows from n on, and the worst branch of the case."""
    first, worst = n, -1
    for b in range(len(network.rated)):
        if not network.rated[b] > 0.0:
            continue
        if loading[b, lane] > rules.loading_limit_percent:
            case[n, 0], case[n, 1], case[n, 2] = b, k, hour
            value[n] = loading[b, lane]
            n += 1
        if worst < 0 or loading[b, lane] > loading[worst, lane] + TIE_PERCENT:
            worst = b
    base.n_passed[hour, k] = n - first
    base.worst_branch[hour, k] = worst
    base.worst_percent[hour, k] = loading[worst, lane] if worst >= 0 else 0.0
    return n


@njit(**FAST)
def _next_branches(violated, network, tiles, ok, used, following, wanted):
    """The next branch to cut in each lane, -1 for none left: those above their cap, or all; False when none is."""
    found = False
    wanted[:] = -1
    for lane in range(used):
        if not ok[lane]:
            continue
        for b in range(following[lane], len(network.rated)):
            over = tiles.loading[b, lane] > tiles.cap[b, lane] + SECURE_PERCENT
            if network.rated[b] > 0.0 and (over or not violated):
                wanted[lane] = b
                following[lane] = b + 1
                found = True
                break
        if wanted[lane] < 0:
            following[lane] = len(network.rated)
    return found


@njit(**FAST)
def _cut(foreseen, network, tile, rules, members, loading, cap, branch, hour, lane, off, room, slope, holds):
    """One cut into `room`, `slope` and `holds`; False where there is none to make.

    None where what is left has no influence and is tolerated, or where the wishes keep to it.
    """
    is_pv, mva_per_percent = network.nodes[4], network.rated[branch] / 100.0
    here, wished, held = 0.0, 0.0, False
    for m in range(len(members.node)):
        node = members.node[m]
        slope[m] = 0.0
        if not (members.exempt[m] and off[node]):
            by_p, by_q = by_injection(network.symbolic, is_pv, tile, node, lane)
            slope[m] = members.per_mw[m, hour] * (by_p + members.q_per_p[m] * by_q)
        holds[m] = slope[m] * mva_per_percent >= INFLUENCE_SHARE
        held |= holds[m] and members.served_mw[m] > 0.0
        here += slope[m] * members.at_mw[m]
        wished += slope[m] * members.wish_mw[m]
    if not held:
        passed_before = cap > rules.loading_limit_percent
        cap += NEGLIGIBLE_PERCENT
        if passed_before or loading <= cap + SECURE_PERCENT:
            return False
        for m in range(len(members.node)):
            holds[m] = slope[m] * mva_per_percent >= NO_INFLUENCE_SHARE
    room[0] = cap - loading + here
    return not foreseen or wished > room[0] + SECURE_PERCENT
