"""Overload, lost load, headroom, allocation and redispatch against enumeration with pandapower alone.

Ordinary runs take an hour of each month on the plain mesh; a long one (GRIDPRIO_FUZZ=long) a week of hours on every
variant: unequal parallel transformers, outages that split the grid, a three-winding transformer, taps and phase shifts,
capacitors, feed-in that turns the flow, equal requests, a symmetric rule, and pairs for maintenance. Limits of one
direction are tried in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from gridprio.cells.headroom import HeadroomPoint
from gridprio.cells.redispatch import Redispatch, RedispatchProblem
from gridprio.kernels import get_kernels
from gridprio.model.rules import SecurityRule
from tests.cross_check.brute_force import DEMAND, FEED_IN, MAINTENANCE_MONTHS, BruteForce, Hours, Rules, Wish
from tests.cross_check.gridprio_side import Twin, headroom_of
from tests.cross_check.many_cases import Element, Floats, ManyCases
from tests.cross_check.meshed_nets import (
    VARIANTS,
    hours_of,
    random_ring,
    rules_for,
    single_outages,
    stations_of,
    two_transformers,
    wishes_of,
)
from tests.effort import IS_LONG, times

N_HOUR = times(12, 168)
N_WISH = 8 if IS_LONG else 4
MW = 1e-3
"""Twice where bisection stops"""
TRIED = (
    [*VARIANTS, "symmetric", "maintenance", "levels", "kinds", "one_way"]
    if IS_LONG
    else ["mesh", "levels", "kinds", "one_way"]
)
BACKENDS = ("rust", "numba", "reference")
LOADED, ROOM = (1.0, 90.0), (0.45, 30.0)
"""Load (share) and sun (MW) of hours with overload, and of hours with room for requests."""
ROOM_OF = {"splitting": (0.3, 12.0), "levels": (0.3, 30.0), "kinds": (0.3, 30.0)}
"""Of a variant whose spur leaves no room in these."""
INTERRUPTED_MW = 8.0
"""Accepted, so that one spur is and two are not."""
SUMMER = (4, 5, 6, 7)
"""Months in which the rules by level ask reserve for feed-in at 110 kV."""
LEVELS = (
    SecurityRule(110.0, 220.0, DEMAND, False, 0xFFF, INTERRUPTED_MW),
    SecurityRule(110.0, 220.0, FEED_IN, False, sum(1 << month for month in SUMMER), 0.0),
    SecurityRule(220.0, None, DEMAND | FEED_IN, False, 0xFFF, 0.0),
)
"""Demand at 110 kV, with feed-in in summer; both above, and no interruption there."""
KINDS = (
    SecurityRule(0.0, None, DEMAND, False, 0xFFF, INTERRUPTED_MW),
    SecurityRule(0.0, None, DEMAND | FEED_IN, False, 0xFFF, 0.0, kind="transformer"),
    SecurityRule(0.0, None, FEED_IN, False, 0xFFF, 0.0, elements=("line:0",)),
)
"""Demand, with feed-in of transformers, which may interrupt nothing, and of one line."""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Studied:
    cases: ManyCases
    rules: Rules
    twin: Twin

    def brute(self, hours: Hours, wishes: Sequence[Wish] = (), **rules: float) -> BruteForce:
        return BruteForce(self.cases, hours, replace(self.rules, **rules), wishes)


@cache
def studied(variant: str) -> Studied:
    security = {"levels": LEVELS, "kinds": KINDS}.get(variant)
    net = VARIANTS.get(variant, VARIANTS["splitting" if security else "mesh"])()
    kind = variant == "symmetric", variant == "maintenance"
    twin = Twin.of_net(net, stations_of(net), *kind, INTERRUPTED_MW, security)
    if security:
        outages, rules = by_level(net) if variant == "levels" else by_kind(net)
        assert twin.outages() == [sorted(out) for out in outages]
        return Studied(ManyCases(net, stations_of(net), outages), rules, twin)
    outages = single_outages(net)
    rules = rules_for(len(outages), variant == "symmetric", interruption_max_mw=INTERRUPTED_MW)
    if variant == "maintenance":
        pairs = [[*a, *b] for i, a in enumerate(outages[1:], 1) for b in outages[i + 1 :]]
        months = [*rules.months, *([MAINTENANCE_MONTHS] * len(pairs))]
        rules = replace(rules, direction=[*rules.direction, *([DEMAND] * len(pairs))], months=months)
        outages += pairs
    assert twin.outages() == [sorted(out) for out in outages]
    one_way = ways_of(net) if variant == "one_way" else {}
    limits = [(twin.branches.index(branch), way) for branch, way in one_way.items()]
    arrays = replace(twin.arrays, one_way_limits=np.array(limits, dtype=np.int32).reshape(-1, 2))
    return Studied(ManyCases(net, stations_of(net), outages, one_way), rules, replace(twin, arrays=arrays))


def ways_of(net: Any) -> dict[Element, int]:
    """Limits of one direction, of two lines in three, by turns either way."""
    return {("line", int(row)): 1 if row % 2 else -1 for row in net.line.index if row % 3}


def by_level(net: Any) -> tuple[list[list[Element]], Rules]:
    """What `LEVELS` ask, outage by outage: of a line one thing in summer and another in the rest of the year."""
    both, year = DEMAND | FEED_IN, range(12)
    others = [month for month in year if month not in SUMMER]
    rows: list[tuple[list[Element], int, Sequence[int], float]] = [([], both, year, 0.0)]
    for line in net.line.index:
        out: list[Element] = [("line", int(line))]
        rows += [(out, DEMAND, others, INTERRUPTED_MW), (out, both, SUMMER, INTERRUPTED_MW)]
    rows += [([("trafo", int(trafo))], both, year, 0.0) for trafo in net.trafo.index]
    outages, direction, months, accepted = (list(column) for column in zip(*rows, strict=True))
    return outages, Rules(direction, months, interruption_max_mw=accepted)


def by_kind(net: Any) -> tuple[list[list[Element]], Rules]:
    """What `KINDS` ask, outage by outage."""
    both = DEMAND | FEED_IN
    rows: list[tuple[list[Element], int, float]] = [([], both, 0.0)]
    rows += [([("line", int(at))], DEMAND if at else both, INTERRUPTED_MW) for at in net.line.index]
    rows += [([("trafo", int(trafo))], both, 0.0) for trafo in net.trafo.index]
    outages, direction, accepted = (list(column) for column in zip(*rows, strict=True))
    return outages, Rules(direction, [range(12)] * len(outages), interruption_max_mw=accepted)


def hours_for(variant: str, load: float, sun_mw: float) -> Hours:
    return hours_of(studied(variant).twin.buses, load, sun_mw, N_HOUR)


@cache
def loaded(variant: str) -> BruteForce:
    return studied(variant).brute(hours_for(variant, *LOADED))


@cache
def allocated_by_pandapower(variant: str) -> Floats:
    hours = hours_for(variant, *ROOM_OF.get(variant, ROOM))
    return studied(variant).brute(hours, wishes_of(hours)[:N_WISH]).sequential()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("variant", TRIED)
def test_overload_insecure_hours_and_lost_load(variant: str, backend: str) -> None:
    twin, expected = studied(variant).twin, loaded(variant).security()
    found = twin.cell(hours_for(variant, *LOADED), (), backend)
    order = [twin.branches.index(branch) for branch in studied(variant).cases.branches]
    assert (expected.overload_mvah > 0).sum() >= 3 and (expected.branch_overload_mvah > 0).sum() >= 3
    np.testing.assert_allclose(found.overload_mvah[0], expected.overload_mvah, rtol=1e-7)
    np.testing.assert_allclose(found.branch_overload_mvah[0][order], expected.branch_overload_mvah, rtol=1e-7)
    np.testing.assert_allclose(found.insecure_hours[0], expected.insecure_hours)
    assert found.interrupted_mw[0] == pytest.approx(expected.interrupted_mw)
    assert found.not_converged[0] == expected.not_converged
    assert found.worst_loading_percent[0] == pytest.approx(expected.worst_percent, abs=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("variant", TRIED)
def test_allocated_megawatts(variant: str, backend: str) -> None:
    expected, hours = allocated_by_pandapower(variant), hours_for(variant, *ROOM_OF.get(variant, ROOM))
    wishes = wishes_of(hours)[:N_WISH]
    found = studied(variant).twin.cell(hours, wishes, backend).allocated_mw[0]
    assert (expected > 0).sum() >= 2 and (expected < [wish.mw for wish in wishes]).any()
    np.testing.assert_allclose(found, expected, atol=MW)


def point(twin: Twin, hours: Hours, station: int, sign: int) -> tuple[HeadroomPoint, Wish]:
    profile = hours.exempt_mw[:, 1] / hours.exempt_mw[:, 1].max() if sign > 0 else -hours.q_mvar[:, 0] / 10.0
    profile = np.clip(profile, 0.0, 1.0)
    q_per_p = 0.2 if sign < 0 else 0.0
    direction = "feed_in" if sign > 0 else "demand"
    wish = Wish(station, 0.0, sign, profile, q_per_p, exempt=sign > 0)
    return HeadroomPoint(f"S{station}", twin.node[station], direction, "any", q_per_p, profile), wish


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("variant", TRIED)
def test_headroom(variant: str, sign: int) -> None:
    """What bisection finds, on all backends, and a little more breaks the limit that is named."""
    one, hours = studied(variant), hours_for(variant, *ROOM)
    stations = range(len(one.twin.buses)) if IS_LONG else [0]
    asked = [point(one.twin, hours, station, sign) for station in stations]
    rows = {backend: headroom_of(one.twin, hours, [p for p, _ in asked], backend) for backend in BACKENDS}
    strict = one.brute(hours, negligible_percent=0.0)
    for at, (_, wish) in enumerate(asked):
        brute = replace(strict, wishes=[wish], known=strict)
        expected = brute.headroom(100.0)
        for found in rows.values():
            assert found[at].headroom_mw == pytest.approx(expected, abs=MW)
        first = rows["rust"][at]
        more = np.array([max(1.01 * first.headroom_mw, first.headroom_mw + 0.01)])
        named = one.twin.branches[first.limit_branch]
        broken = [(hour, k, one.cases.branches[b] if b >= 0 else named) for hour, k, b in brute.broken(more, 0)]
        assert (first.limit_hour, first.limit_contingency, named) in broken


@pytest.mark.parametrize(("profile", "expected_mw"), [(1.0, 140.0), (0.4, 350.0)])
def test_feed_in_beyond_two_transformers_is_what_the_hand_says(profile: float, expected_mw: float) -> None:
    """60 MW of load and 2 x 40 MVA: 140 MW, of a profile of 0.4 350 MW, for pandapower and every backend."""
    net = two_transformers()
    twin, outages = Twin.of_net(net, [1], False, False, 0.0), single_outages(net)
    hours = Hours(np.array([0]), np.array([8760.0]), np.array([[-60.0]]), np.zeros((1, 1)), np.zeros((1, 1)))
    wish = Wish(0, 0.0, 1, np.array([profile]), exempt=True)
    brute = BruteForce(ManyCases(net, [1], outages), hours, rules_for(len(outages), negligible_percent=0.0), [wish])
    assert brute.headroom(100.0) == pytest.approx(expected_mw, rel=1e-4)
    asked = [HeadroomPoint("S", twin.node[0], "feed_in", "solar", 0.0, wish.profile)]
    for backend in BACKENDS:
        (found,) = headroom_of(twin, hours, asked, backend)
        assert found.headroom_mw == pytest.approx(expected_mw, rel=1e-4)


def test_on_random_rings_nobody_could_take_more_and_a_larger_wish_never_gets_less() -> None:
    left = []
    for seed in range(times(4, 40)):
        net, hours, wishes = random_ring(seed)
        twin, outages = Twin.of_net(net, [1, 2, 3], False, False, 0.0), single_outages(net)
        brute = BruteForce(ManyCases(net, [1, 2, 3], outages), hours, rules_for(len(outages)), wishes)
        allocated = twin.cell(hours, wishes, "rust").allocated_mw[0]
        for r, wish in enumerate(wishes):
            more = allocated.copy()
            if wish.sign < 0:  # feed-in that is still to be admitted lightens nothing
                more = np.where(brute.sign < 0, more, 0.0)
            assert not brute.broken(more, r)
            more[r] = max(1.01 * more[r], more[r] + 0.01)
            if more[r] < wish.mw and not brute.broken(more, r):
                left.append((seed, r, allocated[r]))
            larger = [replace(w, mw=1.6 * w.mw) if i == r else w for i, w in enumerate(wishes)]
            assert twin.cell(hours, larger, "rust").allocated_mw[0][r] >= allocated[r] - 1e-4
    assert not left


@pytest.mark.parametrize("variant", TRIED if IS_LONG else ["splitting"])
def test_redispatch_clears_the_overload_and_one_percent_less_does_not(variant: str) -> None:
    """In the cases that were required before. With spurs, two ways to curtail cost nearly the same in some hours."""
    one, hours = studied(variant), hours_for(variant, *LOADED)
    first = curtailed(one.twin, hours, "rust")
    for backend in BACKENDS[1:] if IS_LONG else ():
        other = curtailed(one.twin, hours, backend)
        np.testing.assert_allclose(other.feed_in_mw.sum(axis=1), first.feed_in_mw.sum(axis=1), atol=1e-3)
        np.testing.assert_allclose(other.demand_mw.sum(axis=1), first.demand_mw.sum(axis=1), atol=1e-3)
    assert not first.left_mva.any() and not first.unsolved.any()
    required = loaded(variant).required_cases()
    before = loaded(variant).over_percent()
    np.testing.assert_array_equal(first.overloaded, before > 1e-5)
    total = first.feed_in_mw.sum(axis=1) + first.demand_mw.sum(axis=1)
    np.testing.assert_array_equal(total > 0, before > 1e-5)
    at, less = (one.brute(with_less(one.twin, hours, first, share)).over_percent(required) for share in (1.0, 0.99))
    assert at.max() < 2e-5 and (less[total > 0.1] > 2e-5).all()


def curtailed(twin: Twin, hours: Hours, backend: str) -> Redispatch:
    mask = twin.arrays.branch_in_service
    kernels = get_kernels(backend)
    hourly = twin.hourly(hours)
    drawn = np.maximum(hourly.exempt_feed_in_mw - hourly.p_mw, 0.0) - 1j * hourly.q_mvar
    return RedispatchProblem(twin.arrays, twin.contingencies, mask, hourly, drawn, twin.rules, kernels).solve()


def with_less(twin: Twin, hours: Hours, found: Redispatch, share: float = 1.0) -> Hours:
    """The hours at that share of what is curtailed; demand takes its reactive power with it."""
    feed_in, demand = share * found.feed_in_mw[:, twin.node], share * found.demand_mw[:, twin.node]
    drawn = np.maximum(hours.exempt_mw - hours.p_mw, 1e-12)
    return replace(
        hours,
        p_mw=hours.p_mw - feed_in + demand,
        q_mvar=hours.q_mvar * (1 - demand / drawn),
        exempt_mw=np.maximum(hours.exempt_mw - feed_in, 0.0),
    )
