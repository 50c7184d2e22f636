"""The definitions of docs/theory/cells.md by enumeration, bisection and differences, on pandapower's load flows alone.

Nothing of gridprio is used here. Every case is solved, directions and influence are seen by a small step of the
injection, and capacity is found by bisection. Arrays of cases have one row per (hour, contingency).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tests.cross_check.many_cases import Bools, Floats, Ints, ManyCases

STEP_MW = 1e-3
"""Step of the differences"""
DIRECTION_MW, LEAST_MW, LIMIT_PERCENT, INFLUENCE = 1e-6, 1e-6, 1e-6, 0.05
MOST_TRIED, CASES_AT_ONCE = 15, 80
"""Amounts and cases of one step towards the largest amount"""
DEMAND, FEED_IN = 1, 2
MAINTENANCE_MONTHS = range(3, 9)
"""April to September"""


@dataclass(frozen=True)
class Hours:
    month: Ints
    weight_h: Floats
    p_mw: Floats
    """[hour, bus], feed-in positive"""
    q_mvar: Floats
    exempt_mw: Floats
    """[hour, bus], feed-in that may be taken off after a fault"""


@dataclass(frozen=True)
class Wish:
    bus: int
    """column of the hours"""
    mw: float
    sign: int
    profile: Floats
    """[hour]"""
    q_per_p: float = 0.0
    firm: bool = False
    exempt: bool = False


@dataclass(frozen=True)
class Rules:
    """What security asks; one entry per contingency, the intact grid first."""

    direction: Sequence[int]
    months: Sequence[Sequence[int]]
    limit_percent: float = 100.0
    interruption_max_mw: float | Sequence[float] = 0.0
    """of all outages, or one entry per contingency"""
    negligible_percent: float = 1.0


@dataclass(frozen=True)
class Outcome:
    """Cases with take-off."""

    hour: Ints
    k: Ints
    allocated: Floats
    """[case, request]"""
    converged: Bools
    loading: Floats
    """[case, branch]"""
    off: Bools
    """[case, bus]"""


@dataclass(frozen=True)
class Security:
    """What the grid shows without the queue."""

    overload_mvah: Floats
    branch_overload_mvah: Floats
    insecure_hours: Floats
    interrupted_mw: float
    not_converged: int
    worst_percent: float


@dataclass
class BruteForce:
    cases: ManyCases
    hours: Hours
    rules: Rules
    wishes: Sequence[Wish] = ()
    known: BruteForce | None = None
    """The same hours and rules without the wishes, already solved"""
    _base: Outcome = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.hours.month)
        self.n_k = len(self.rules.direction)
        self.sign = np.array([w.sign for w in self.wishes], dtype=float)
        self.bus = np.array([w.bus for w in self.wishes], dtype=int)
        self.profile = np.array([w.profile for w in self.wishes]).reshape(len(self.wishes), n).T
        self.q_per_p = np.array([w.q_per_p for w in self.wishes], dtype=float)
        self.exempt = np.array([w.exempt and w.sign > 0 for w in self.wishes], dtype=bool)
        direction = np.array(self.rules.direction)
        self.for_demand, self.for_feed_in = direction & DEMAND > 0, direction & FEED_IN > 0
        self.accepted_mw = np.where(np.arange(self.n_k) == 0, 0.0, self.rules.interruption_max_mw)
        self.in_months = np.array([[m in months for months in self.rules.months] for m in self.hours.month])
        hour, k = (x.ravel() for x in np.mgrid[: len(self.hours.month), : self.n_k])
        limit = np.full((len(hour), len(self.cases.branches)), self.rules.limit_percent)
        none = np.zeros((len(hour), len(self.wishes)))
        if self.known is not None:
            self.live, self._base = self.known.live, replace(self.known._base, allocated=none)
        else:
            still = np.zeros((self.n_k, self.cases.n_bus))
            self.live = self.cases.solve(np.arange(self.n_k), still, still).live
            """[contingency, bus]"""
            self._base = self.solve(hour, k, none, limit)
        self.cap = np.where(self._base.converged[:, None], np.maximum(limit, self._base.loading), limit)
        """[hour x contingency, branch], loading that requests may bring"""

    # ---- injections

    def injected(self, hour: Ints, allocated: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Active and reactive power, and the part of each that may be taken off, `[case, bus]`."""
        p, q, exempt_p = (x[hour].copy() for x in (self.hours.p_mw, self.hours.q_mvar, self.hours.exempt_mw))
        exempt_q = np.zeros_like(q)
        request = self.sign * self.profile[hour] * allocated
        for r, bus in enumerate(self.bus):
            p[:, bus] += request[:, r]
            q[:, bus] += request[:, r] * self.q_per_p[r]
            if self.exempt[r]:
                exempt_p[:, bus] += request[:, r]
                exempt_q[:, bus] += request[:, r] * self.q_per_p[r]
        return p, q, exempt_p, exempt_q

    def required(self, hour: Ints, k: Ints, allocated: Floats, *, for_demand: bool = False) -> Bools:
        """[case], in some direction that is asked for, or for demand."""
        inside = self.live[0]
        p = self.injected(hour, allocated)[0]
        without_feed_in = self.injected(hour, np.where(self.sign < 0, allocated, 0.0))[0]
        draws = (without_feed_in[:, inside] < -DIRECTION_MW).any(axis=1)
        feeds_in = (p[:, inside] > DIRECTION_MW).any(axis=1)
        asked = draws & self.for_demand[k]
        asked |= feeds_in & self.for_feed_in[k] & (not for_demand)
        return (k == 0) | (asked & self.in_months[hour, k] & self.cases.present[k])

    def interrupted_mw(self, hour: Ints, k: Ints, allocated: Floats) -> Floats:
        """[case], gross demand without supply."""
        gross = np.maximum(0.0, self.hours.exempt_mw - self.hours.p_mw)[hour]
        for r in np.flatnonzero(self.sign < 0):
            gross[:, self.bus[r]] += allocated[:, r] * self.profile[hour, r]
        lost = np.where((k == 0)[:, None], ~self.live[0], self.live[0] & ~self.live[k])
        return (gross * lost).sum(axis=1)

    # ---- one case

    def solve(self, hour: Ints, k: Ints, allocated: Floats, cap: Floats) -> Outcome:
        p, q, exempt_p, exempt_q = self.injected(hour, allocated)
        first = self.cases.solve(k, p, q)
        loading, converged = first.loading_percent.copy(), first.converged
        off = np.zeros_like(p, dtype=bool)
        excess = self._excess_mva(loading, cap)
        demand_alone = self.for_demand[k] & ~self.for_feed_in[k]
        at = np.flatnonzero(demand_alone & converged & excess.any(axis=1) & (exempt_p > 0).any(axis=1))
        if len(at):
            worst = excess[at].argmax(axis=1)
            slope = self._slope(k[at], p[at], q[at], loading[at], worst, exempt_p[at] > 0)
            adds = slope * self.cases.rating_mva[worst, None] / 100.0 >= INFLUENCE
            at, adds = at[adds.any(axis=1)], adds[adds.any(axis=1)]
            less = [x[at] - np.where(adds, e[at], 0.0) for x, e in ((p, exempt_p), (q, exempt_q))]
            second = self.cases.solve(k[at], *less)
            left = self._excess_mva(second.loading_percent, cap[at]).sum(axis=1)
            better = second.converged & (left < excess[at].sum(axis=1))
            loading[at[better]], off[at[better]] = second.loading_percent[better], adds[better]
        return Outcome(hour, k, allocated, converged, loading, off)

    def judged(self, found: Outcome, case: Ints, branch: Ints) -> Bools:
        """[pair], the branch carries the direction that asks for the contingency."""
        k = found.k[case]
        p, q, exempt_p, exempt_q = self.injected(found.hour[case], found.allocated[case])
        off = found.off[case]
        p, q = p - np.where(off, exempt_p, 0.0), q - np.where(off, exempt_q, 0.0)
        feeds = p * self.live[k] > 0
        unclear = (self.for_demand[k] != self.for_feed_in[k]) & feeds.any(axis=1)
        carries_feed_in = np.zeros(len(case), dtype=bool)
        at = np.flatnonzero(unclear)
        if len(at):
            slope = self._slope(
                k[at], p[at], q[at], found.loading[case[at]], branch[at], (p[at] != 0) & self.live[k[at]]
            )
            drawn, fed_in = ((slope * part).sum(axis=1) for part in (np.minimum(p[at], 0), np.maximum(p[at], 0)))
            carries_feed_in[at] = fed_in > np.maximum(drawn, 0.0)
        return np.where(carries_feed_in, self.for_feed_in[k], self.for_demand[k])

    def _slope(self, k: Ints, p: Floats, q: Floats, loading: Floats, branch: Ints, wanted: Bools) -> Floats:
        """[case, bus], percent of one branch per case and MW at each wanted bus."""
        case, bus = np.nonzero(wanted)
        more = p[case]
        more[np.arange(len(case)), bus] += STEP_MW
        then = self.cases.solve(k[case], more, q[case]).loading_percent[np.arange(len(case)), branch[case]]
        slope = np.zeros_like(p)
        slope[case, bus] = (then - loading[case, branch[case]]) / STEP_MW
        return slope

    def _excess_mva(self, loading: Floats, cap: Floats) -> Floats:
        over = loading - cap
        return np.where(over > LIMIT_PERCENT, over, 0.0) / 100.0 * self.cases.rating_mva

    # ---- overload and security

    def required_cases(self) -> Bools:
        """[hour x contingency], without the queue."""
        return self.required(self._base.hour, self._base.k, self._base.allocated)

    def security(self) -> Security:
        base, rules, hours = self._base, self.rules, self.hours
        required = self.required_cases()
        over = base.loading - rules.limit_percent
        case, branch = np.nonzero((over > 0) & (required & base.converged)[:, None])
        counts = np.zeros_like(over)
        judged = self.judged(base, case, branch)
        counts[case, branch] = np.where(judged, over[case, branch], 0.0)
        n_hour = len(hours.month)
        per_case = (counts / 100.0 * self.cases.rating_mva).reshape(n_hour, self.n_k, -1)
        exceedance = per_case.max(axis=1)
        counts_mw = self.required(base.hour, base.k, base.allocated, for_demand=True)
        interrupted = np.where(counts_mw, self.interrupted_mw(base.hour, base.k, base.allocated), 0.0)
        accepted = self.accepted_mw[base.k]
        unsolved = required & ~base.converged
        bad = unsolved | (interrupted > accepted + LIMIT_PERCENT) | (counts > LIMIT_PERCENT).any(axis=1)
        insecure = bad.reshape(n_hour, self.n_k).any(axis=1)
        shown = np.where(over > 0, np.where(counts > 0, base.loading, 0.0), base.loading)
        return Security(
            np.bincount(hours.month, hours.weight_h * exceedance.sum(axis=1), 12),
            hours.weight_h @ exceedance,
            np.bincount(hours.month, hours.weight_h * insecure, 12),
            float(interrupted.max()),
            int(unsolved.sum()),
            float(shown[required & base.converged].max()),
        )

    def over_percent(self, required: Bools | None = None) -> Floats:
        """[hour], largest loading above the limit of what is judged in a required case (those of others, if given)."""
        base = self._base
        required = (self.required_cases() if required is None else required) & base.converged
        over = np.where(required[:, None], base.loading - self.rules.limit_percent, 0.0)
        case, branch = np.nonzero(over > 0)
        over[case, branch] *= self.judged(base, case, branch)
        return np.maximum(over, 0.0).max(axis=1).reshape(-1, self.n_k).max(axis=1)

    # ---- capacity

    def broken(self, allocated: Floats, request: int) -> list[tuple[int, int, int]]:
        """(hour, contingency, branch) of what holds `request` back at `allocated[request]`; -1 for a whole case."""
        rows = np.arange(len(self._base.hour))
        found = self._broken_cases(rows, np.repeat(allocated[None], len(rows), axis=0), request)
        return [(int(self._base.hour[rows[c]]), int(self._base.k[rows[c]]), branch) for c, branch in found]

    def _broken_cases(self, rows: Ints, some: Floats, request: int) -> list[tuple[int, int]]:
        """(case, branch): a case is a row hour x contingency with an allocation of its own, `some[case, request]`."""
        hour, k = self._base.hour[rows], self._base.k[rows]
        present = self.profile[hour, request] * some[:, request] > 0
        asked = np.flatnonzero(present & self.required(hour, k, some))
        rows, some = rows[asked], some[asked]
        hour, k = self._base.hour[rows], self._base.k[rows]
        solvable = self._base.converged[rows]
        mine = self.for_demand if self.sign[request] < 0 else self.for_feed_in
        whole = ~solvable & mine[k]
        if self.sign[request] < 0:
            before = self.interrupted_mw(hour, k, 0.0 * some)
            allowed = np.maximum(self.accepted_mw[k], before)
            counts_mw = (k > 0) & self.required(hour, k, some, for_demand=True)
            whole |= counts_mw & (self.interrupted_mw(hour, k, some) > allowed + LIMIT_PERCENT)
        cap = self.cap[rows]
        now = self.solve(hour, k, some, cap)
        whole |= solvable & ~now.converged
        over = now.loading - cap
        case, branch = np.nonzero((over > LIMIT_PERCENT) & (solvable & now.converged)[:, None])
        if len(case):
            kept = self.judged(now, case, branch)
            case, branch = case[kept], branch[kept]
        if len(case):
            adds = self._added_mva(now, case, branch, request)
            passed_before = cap[case, branch] > self.rules.limit_percent
            # Also where the request adds nothing any more, because it was taken off: the case is not secure.
            beyond = ~passed_before & (over[case, branch] > self.rules.negligible_percent + LIMIT_PERCENT)
            kept = (adds >= INFLUENCE) | beyond
            case, branch = case[kept], branch[kept]
        found = [(int(asked[c]), int(b)) for c, b in zip(case, branch, strict=True)]
        return found + [(int(asked[c]), -1) for c in np.flatnonzero(whole)]

    def _added_mva(self, now: Outcome, case: Ints, branch: Ints, request: int) -> Floats:
        """[pair], MVA that one MW of the request adds, in that hour."""
        hour, k, bus = now.hour[case], now.k[case], self.bus[request]
        p, q, exempt_p, exempt_q = self.injected(hour, now.allocated[case])
        off = now.off[case]
        p, q = p - np.where(off, exempt_p, 0.0), q - np.where(off, exempt_q, 0.0)
        step = self.sign[request] * self.profile[hour, request] * STEP_MW
        p[:, bus] += step
        q[:, bus] += step * self.q_per_p[request]
        then = self.cases.solve(k, p, q).loading_percent[np.arange(len(case)), branch]
        added = (then - now.loading[case, branch]) / STEP_MW * self.cases.rating_mva[branch] / 100.0
        return np.where(self.exempt[request] & off[:, bus], 0.0, added)

    def largest(self, allocated: Floats, request: int, most_mw: float, halvings: int = 18) -> float:
        """The largest MW of `request` that is secure, the others as they are in `allocated`; several tried at once."""

        def broken_at(mw: Floats, rows: Ints) -> tuple[int, Ints]:
            """Which of these ascending amounts is the first that is broken, and in which rows."""
            trial = np.repeat(allocated[None], len(mw) * len(rows), axis=0)
            trial[:, request] = np.repeat(mw, len(rows))
            broken = self._broken_cases(np.tile(rows, len(mw)), trial, request)
            cases = np.array([case for case, _ in broken], dtype=int)
            first = int(cases.min()) // len(rows) if len(cases) else len(mw)
            return first, np.unique(rows[cases[cases // len(rows) == first] % len(rows)])

        low, high = 0.0, most_mw
        _, rows = broken_at(np.array([most_mw]), np.arange(len(self._base.hour)))
        if not len(rows):
            return most_mw
        while high - low > most_mw / 2**halvings:
            n = max(1, min(MOST_TRIED, CASES_AT_ONCE // len(rows)))
            tried = np.linspace(low, high, n + 2)
            first, left = broken_at(tried[1:-1], rows)
            low, high = float(tried[first]), float(tried[first + 1])
            rows = left if len(left) else rows
        if high < LEAST_MW:
            return 0.0
        _, still = broken_at(np.array([low]), np.arange(len(self._base.hour)))
        assert not len(still), f"no interval of secure MW: {low} of request {request} is broken in {still}"
        return low

    def sequential(self) -> Floats:
        """[request], in the order of the wishes: first demand, then feed-in."""
        allocated = np.zeros(len(self.wishes))
        for sign in (-1, 1):
            for r, wish in enumerate(self.wishes):
                if wish.sign != sign or not self.live[0][wish.bus]:
                    continue
                fits = self.largest(allocated, r, wish.mw)
                allocated[r] = 0.0 if wish.firm and fits < wish.mw else fits
        return allocated

    def headroom(self, first_mw: float) -> float:
        """Of the only wish; the rules are expected to neglect nothing."""
        most = first_mw
        while not self.broken(np.array([most]), 0):
            most *= 4
        return self.largest(np.zeros(1), 0, most)
