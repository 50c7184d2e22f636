"""Headroom by voltage against its own definition, worked out case by case on random meshes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import gridprio.cells.voltage_headroom as module
from gridprio.cells import contingencies_for
from gridprio.cells.headroom import HeadroomPoint, queue_of
from gridprio.cells.voltage_headroom import VoltageHeadroom, voltage_headroom
from gridprio.cells.without_queue import flow_without_queue
from gridprio.kernels.protocol import Kernels
from gridprio.kernels.reference.cell_flow import Backend, CellFlow
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, Contingencies, HourlyInjections
from gridprio.model.grid import NODE_PV, NODE_SLACK, GridArrays
from tests.effort import IS_LONG
from tests.kernels.cell_cases import RULES
from tests.kernels.conftest import present
from tests.kernels.controls import no_controls, random_limits, random_taps
from tests.kernels.grids import GridBuilder

DAY = np.array([0.3, 0.8, 1.0])
NODES = (1, 3, 5, 6)
COMPARED = NODES if IS_LONG else (3, 5)
"""Of these, where every backend is asked: the machine, and the end of a spur. The reference takes its time."""
WORSE_PU, ROUNDING_PU = 1e-3, 2e-9


def mesh(seed: int) -> tuple[GridArrays, HourlyInjections, Contingencies]:
    """Seven nodes in a ring with chords and two spurs, some voltages outside their limits before any request."""
    rng = np.random.default_rng(seed)
    g = GridBuilder()
    g.node(NODE_SLACK, vm_pu=1.0)
    for node in range(1, 8):
        g.node(NODE_PV if node == 3 and seed % 2 else 0, vm_pu=1.0)
    for f, t in ((0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (1, 4), (2, 5), (3, 6), (2, 7), (7, 3)):
        x = rng.uniform(0.05, 0.2)
        g.outage(g.branch(f, t, complex(rng.uniform(0.3, 1.5) * x, x), percent_per_pu=float(rng.uniform(60, 250))))
    low, high = rng.uniform(0.90, 0.985, 8), rng.uniform(1.01, 1.06, 8)
    low[rng.random(8) < 0.3], high[rng.random(8) < 0.3] = np.nan, np.nan
    grid = replace(g.build(), vm_min_pu=low, vm_max_pu=high)
    load = rng.uniform(1, 9, 8) * rng.uniform(0.4, 1.0, (3, 1))
    sun = (
        np.array([0.0, 0.0, 20.0, 0.0, 0.0, 15.0, 0.0, 0.0])
        * np.array([0.0, 0.4, 1.0])[:, None]
        * rng.uniform(0.5, 1.5)
    )
    p = sun - load
    p[:, 0] = 0.0
    month = np.array([0, 5, 6], np.int8)
    hourly = HourlyInjections(month, month.astype(np.int16), np.full(3, 2920.0), p, -0.2 * load, sun)
    every = contingencies_for(grid, RULES.outages)
    both = CASE_DEMAND | CASE_FEED_IN
    return (
        grid,
        hourly,
        replace(
            every, required_direction=np.where(np.arange(len(every.start) - 1) % 3, CASE_DEMAND, both).astype(np.uint8)
        ),
    )


def points(nodes: tuple[int, ...] = NODES) -> list[HeadroomPoint]:
    return [
        HeadroomPoint(f"S{node}", node, way, "", 0.2, profile)
        for node in nodes
        for way, profile in (("demand", DAY), ("feed_in", DAY[::-1].copy()))
    ]


def flow_of(grid: GridArrays, hourly: HourlyInjections, every: Contingencies, kernels: Kernels) -> CellFlow:
    return flow_without_queue(grid, every, grid.branch_in_service, hourly, RULES, Backend(kernels.solve_load_flow))


@cache
def answers(backend: str, seed: int, nodes: tuple[int, ...] = NODES) -> list[VoltageHeadroom]:
    grid, hourly, every = mesh(seed)
    flow = flow_of(grid, hourly, every, present(backend))
    return voltage_headroom(flow, grid.branch_in_service, points(nodes))


def broken(flow: CellFlow, point: HeadroomPoint, mw: float) -> set[tuple[int, int, int]]:
    """(node, contingency, hour) of every voltage that `mw` takes out of its limits, or further out than is allowed;
    node -1 where there is no solution left. One case at a time, with what is taken off after the fault."""
    one, found = flow.with_queue(queue_of([point])), set()
    allocated = np.array([mw])
    draws, feeds_in = one.directions(allocated)
    required = one.required(allocated)
    for hour, k in np.argwhere(required).tolist():
        h, c = np.array([hour]), np.array([k])
        limit = one.limit_percent(h, c)
        before, now = one.solve(h, c, one.no_request, limit), one.solve(h, c, allocated, limit)
        if not before.converged[0]:
            continue
        if not now.converged[0]:
            found.add((-1, k, hour))
            continue
        for node in np.flatnonzero(one.topology.live[k]).tolist():
            was, vm = abs(before.v[0, node]), abs(now.v[0, node])
            low, high = one.grid.vm_min_pu[node], one.grid.vm_max_pu[node]
            judges_low = k == 0 or (one.for_demand[k] and draws[hour])
            judges_high = k == 0 or (one.for_feed_in[k] and feeds_in[hour])
            low = was - WORSE_PU if was < low - 1e-6 else min(low, was)
            high = was + WORSE_PU if was > high + 1e-6 else max(high, was)
            if (judges_low and vm < low - ROUNDING_PU) or (judges_high and vm > high + ROUNDING_PU):
                found.add((node, k, hour))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_exactly_the_headroom_holds_and_one_percent_more_does_not(seed: int) -> None:
    grid, hourly, every = mesh(seed)
    flow = flow_of(grid, hourly, every, present("rust"))
    for point, found in zip(points(), answers("rust", seed), strict=True):
        assert not broken(flow, point, found.headroom_mw), (point, found)
        more = broken(flow, point, max(1.01 * found.headroom_mw, found.headroom_mw + 0.01))
        case = found.contingency, found.hour
        assert {(found.node, *case), (-1, *case)} & more, (point, found, more)


def test_backends_find_the_same_headroom_and_limit(kernels: Kernels) -> None:
    for ours, other in zip(answers(kernels.name, 1, COMPARED), answers("reference", 1, COMPARED), strict=True):
        assert ours.headroom_mw == pytest.approx(other.headroom_mw, abs=1e-5)
        assert (ours.node, ours.contingency, ours.hour) == (other.node, other.contingency, other.hour)


def with_controls(kernels: Kernels, seed: int) -> tuple[CellFlow, HeadroomPoint]:
    """Two branches of the mesh are transformers whose controllers keep a node, and the machine has reactive limits."""
    grid, hourly, every = mesh(seed)
    rng = np.random.default_rng(seed)
    controls = no_controls(grid, **random_limits(grid, rng), **random_taps(grid, rng, 2, band=0.03))
    acting = replace(grid, controls=controls)
    return flow_of(acting, hourly, every, kernels), points()[0]


@cache
def with_controls_by_reference(seed: int) -> float:
    flow, point = with_controls(present("reference"), seed)
    return voltage_headroom(flow, flow.grid.branch_in_service, [point])[0].headroom_mw


@pytest.mark.parametrize("seed", [1, 3])
def test_with_controls_acting_too(fast_kernels: Kernels, seed: int) -> None:
    flow, point = with_controls(fast_kernels, seed)
    (found,) = voltage_headroom(flow, flow.grid.branch_in_service, [point])
    assert found.headroom_mw == pytest.approx(with_controls_by_reference(seed), abs=1e-5)
    assert not broken(flow, point, found.headroom_mw)
    assert broken(flow, point, found.headroom_mw + 1e-5)


def test_without_limits_nothing_is_judged() -> None:
    grid, hourly, every = mesh(0)
    grid = replace(grid, vm_min_pu=np.full(8, np.nan), vm_max_pu=np.full(8, np.nan))
    flow = flow_of(grid, hourly, every, present("rust"))
    assert all(np.isnan(found.headroom_mw) for found in voltage_headroom(flow, grid.branch_in_service, points()))


def test_cases_in_parts_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """What bounds the memory changes no limit: the least amount over the parts counts."""
    whole = answers("rust", 2)
    monkeypatch.setattr(module, "NUMBERS_AT_ONCE", 40)
    grid, hourly, every = mesh(2)
    flow = flow_of(grid, hourly, every, present("rust"))
    for ours, other in zip(voltage_headroom(flow, grid.branch_in_service, points()), whole, strict=True):
        assert ours.headroom_mw == pytest.approx(other.headroom_mw, abs=1e-5)
