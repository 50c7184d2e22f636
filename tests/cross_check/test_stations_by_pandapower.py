"""Headroom and allocation on the areas of the ready studies against their definition, by pandapower alone.

Every station of the province in both directions, in the hours that stand for a year;
of SimBench in every twelfth of them.
A long run (GRIDPRIO_FUZZ=long): some hundred thousand load flows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandapower as pp
import pytest

import gridprio
from gridprio.cells import SimulatedCells
from gridprio.cells.headroom import HeadroomPoint
from gridprio.inputs import with_settings
from gridprio.inputs.schema import Development
from gridprio.model.cell import Queue, Requests
from gridprio.model.grid import NODE_SLACK
from gridprio.pipeline.session import Session
from tests.cross_check.brute_force import DEMAND, FEED_IN, BruteForce, Hours, Rules, Wish
from tests.cross_check.gridprio_side import Twin, headroom_of
from tests.cross_check.many_cases import ManyCases
from tests.effort import IS_LONG

GRIDS = Path(__file__).parents[2] / "data" / "grids"
AREAS = [("fictional-province", 0), ("fictional-province", 1), ("fictional-province", 2), ("simbench-hv-mixed", 0)]
YEAR = 2030

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not IS_LONG, reason="takes minutes: GRIDPRIO_FUZZ=long")]


@dataclass(frozen=True)
class Studied:
    twin: Twin
    hours: Hours
    brute: BruteForce
    points: list[HeadroomPoint]
    requests: Requests
    every: int
    """step of the hours"""

    def asking(self, *wishes: Wish, **rules: float) -> BruteForce:
        return replace(self.brute, wishes=wishes, rules=replace(self.brute.rules, **rules), known=self.brute)


@cache
def studied(name: str, at: int) -> Studied:
    study = with_settings(gridprio.read_study(GRIDS / name), hours_per_month=2)
    every = 12 if name.startswith("simbench") else 1
    with Session(study, "rust", 1) as session:
        cells = session.cells
        assert isinstance(cells, SimulatedCells)
        field, cache_ = cells.grid, cells.cache
        area, grid, scenario = field.areas[at], field.union.grid, study.scenario_ids[0]
        hourly = field.demand.injections(at, YEAR, scenario, ())
        requests = field.demand.requests(at, YEAR, scenario)
        asking = [study.developments[row] for row in field.demand.development_rows(at)]
        points = points_of(requests.queue, asking)
        contingencies, rules = cache_.contingencies(at), cache_.rules
    net = pp.from_json(str(GRIDS / name / "grid.json")) if (GRIDS / name / "grid.json").exists() else simbench_net()
    present = [row for row in area.bus_rows if grid.bus_ids[row] in net.bus.index]
    first_bus: dict[int, int] = {}
    for row in present:
        first_bus.setdefault(int(np.flatnonzero(area.nodes == grid.bus_node[row])[0]), int(grid.bus_ids[row]))
    buses = [bus for node, bus in first_bus.items() if area.arrays.node_kind[node] != NODE_SLACK]
    twin = Twin.of_area(grid, area, contingencies, rules, buses)
    part = pp.toolbox.select_subnet(net, grid.bus_ids[present].tolist())
    known = {(table, int(row)) for table in ("line", "trafo") for row in part[table].index}
    outages = [[element for element in out if element in known] for out in twin.outages()]
    cases = ManyCases(part, buses, outages)
    directions = [DEMAND | FEED_IN, *([DEMAND] * (len(outages) - 1))]
    accepted = contingencies.interruption_max_mw.tolist()
    asked = Rules(directions, [range(12)] * len(outages), interruption_max_mw=accepted)
    p, q, exempt = (x[::every][:, twin.node] for x in (hourly.p_mw, hourly.q_mvar, hourly.exempt_feed_in_mw))
    hours = Hours(hourly.month[::every].astype(int), hourly.weight_h[::every], p, q, exempt)
    return Studied(twin, hours, BruteForce(cases, hours, asked), points, requests, every)


def points_of(queue: Queue, asking: list[Development]) -> list[HeadroomPoint]:
    """One per station, direction and sector, with the profile of the first that asks."""
    found: dict[tuple[str, str, str], HeadroomPoint] = {}
    for k, one in enumerate(asking):
        key = one.station_id, one.direction.value, one.sector
        point = HeadroomPoint(key[0], int(queue.node[k]), key[1], key[2], float(queue.q_per_p[k]), queue.profile[k])
        found.setdefault(key, point)
    return list(found.values())


def simbench_net() -> pp.pandapowerNet:
    import simbench

    return simbench.get_simbench_net("1-HV-mixed--2-no_sw")


@pytest.mark.parametrize(("name", "at"), AREAS)
def test_overload_without_the_queue(name: str, at: int) -> None:
    one = studied(name, at)
    found, expected = one.twin.cell(one.hours, (), "rust"), one.brute.security()
    np.testing.assert_allclose(found.overload_mvah[0], expected.overload_mvah, rtol=1e-6, atol=1e-3)
    np.testing.assert_allclose(found.insecure_hours[0], expected.insecure_hours)
    assert found.interrupted_mw[0] == pytest.approx(expected.interrupted_mw)


@pytest.mark.parametrize(("name", "at"), AREAS)
def test_exactly_the_headroom_breaks_nothing_and_one_percent_more_does(name: str, at: int) -> None:
    one = studied(name, at)
    twin, points = one.twin, [replace(p, profile=p.profile[:: one.every]) for p in one.points]
    rows = headroom_of(twin, one.hours, points, "rust")
    wrong = []
    for found in rows:
        sign = 1 if found.point.direction == "feed_in" else -1
        bus = twin.node.index(found.point.node)
        wish = Wish(bus, 0.0, sign, found.point.profile, found.point.q_per_p, exempt=sign > 0)
        brute = one.asking(wish, negligible_percent=0.0)
        mw = found.headroom_mw
        more = max(1.01 * mw, mw + 0.01)
        exactly = brute.broken(np.array([mw]), 0)
        named = found.limit_hour, found.limit_contingency
        beyond = {(hour, k) for hour, k, _ in brute.broken(np.array([more]), 0)}
        if exactly or named not in beyond:
            wrong.append((found.point.station_id, found.point.direction, mw, exactly, named, sorted(beyond)[:3]))
    assert rows and not wrong


def limited(one: Studied) -> Iterator[tuple[int, list[Wish], np.ndarray]]:
    """Requests that got something less than they want, with everybody's wishes and what was allocated."""
    wishes = wishes_of(one)
    allocated = one.twin.cell(one.hours, wishes, "rust").allocated_mw[0]
    for r, wish in enumerate(wishes):
        if allocated[r] < wish.mw - 1e-6:
            yield r, wishes, allocated


def wishes_of(one: Studied) -> list[Wish]:
    queue, requests = one.requests.queue, one.requests
    return [
        Wish(
            one.twin.node.index(int(queue.node[r])), float(requests.claimed_mw[r]), int(queue.sign[r]),
            queue.profile[r, :: one.every], float(queue.q_per_p[r]), bool(queue.firm[r]), bool(queue.exempt[r]),
        )
        for r in requests.order
        if requests.claimed_mw[r] > 0
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "at"), AREAS)
def test_a_request_that_is_held_back_could_not_take_one_percent_more(name: str, at: int) -> None:
    one, left, tried = studied(name, at), [], 0
    for r, wishes, allocated in limited(one):
        trial = allocated.copy()
        if wishes[r].sign < 0:  # feed-in that is still to be admitted lightens nothing
            trial = np.where([w.sign < 0 for w in wishes], trial, 0.0)
        trial[r] = wishes[r].mw if wishes[r].firm else min(wishes[r].mw, max(1.01 * trial[r], trial[r] + 0.01))
        tried += 1
        if not one.asking(*wishes).broken(trial, r):
            left.append((r, wishes[r].sign, wishes[r].mw, allocated[r]))
    assert tried and not left


@pytest.mark.parametrize(("name", "at"), AREAS)
def test_a_larger_wish_of_the_same_request_never_gets_less(name: str, at: int) -> None:
    one = studied(name, at)
    for r, wishes, allocated in limited(one):
        if wishes[r].firm:
            continue
        more = [replace(wish, mw=1.6 * wish.mw) if i == r else wish for i, wish in enumerate(wishes)]
        assert one.twin.cell(one.hours, more, "rust").allocated_mw[0][r] >= allocated[r] - 1e-4
