"""Cells in which taps and reactive limits act: backends against the reference, and against enumeration."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import tests.kernels.cell_cases
from gridprio.kernels.protocol import Kernels
from gridprio.kernels.reference.cell_flow import Backend
from gridprio.kernels.reference.controls import at_positions, with_held
from gridprio.model.cell import CellResults
from gridprio.model.congestion import CongestionArrays
from tests.kernels.cell_cases import (
    RULES,
    Cell,
    Request,
    cell_flow,
    evaluate,
    serve_by_bisection,
    worst_excess_percent,
)
from tests.kernels.conftest import present
from tests.kernels.controls import no_controls, random_limits, random_taps
from tests.kernels.test_voltage_headroom import mesh

REQUESTS = (
    Request(5, 60.0, -1, 0.2, (0.3, 0.8, 1.0)),
    Request(6, 60.0, -1, 0.2, (1.0, 0.8, 0.3)),
    Request(3, 8.0, -1, 0.2, firm=True),
    Request(6, 60.0, 1, 0.2, (0.3, 1.0, 0.8), exempt=True),
    Request(1, 60.0, 1, 0.2, (1.0, 1.0, 0.5), exempt=True),
)


def mesh_cell(seed: int, *, acting: bool = True, requests: tuple[Request, ...] = REQUESTS, n_tap: int = 3) -> Cell:
    """A mesh in which some branches are transformers with controllers, and a machine has reactive limits."""
    grid, hourly, every = mesh(seed)
    if acting:
        rng = np.random.default_rng(seed)
        controls = no_controls(grid, **random_limits(grid, rng), **random_taps(grid, rng, n_tap, band=0.03))
        grid = replace(grid, controls=controls)
    nodes = range(grid.n_node)
    return Cell(
        grid,
        replace(every, interruption_max_mw=np.full(len(every.second), 1e3)),
        requests,
        p_mw={node: hourly.p_mw[:, node] for node in nodes},
        q_mvar={node: hourly.q_mvar[:, node] for node in nodes},
        exempt_mw={node: hourly.exempt_feed_in_mw[:, node] for node in nodes},
        month=hourly.month.tolist(),
    )


@cache
def by_reference(seed: int) -> CellResults:
    return evaluate(present("reference"), mesh_cell(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 12])
def test_backends_agree(fast_kernels: Kernels, seed: int) -> None:
    ours, theirs = evaluate(fast_kernels, mesh_cell(seed)), by_reference(seed)
    for name in ("overload_mvah", "insecure_hours", "worst_loading_percent", "interrupted_mw"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.allocated_mw, theirs.allocated_mw, atol=1e-5)
    for name in ("not_converged", "limit_branch", "limit_contingency", "limit_hour"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


FIRM_FIRST = (replace(REQUESTS[0], firm=True), *REQUESTS[1:])


@pytest.mark.parametrize("seed", [0, 3])
def test_taps_within_their_bands_leave_a_cell_as_it_is_without(kernels: Kernels, seed: int) -> None:
    """Of the cells of Rust, whose text is another. What is firm and what is exempt decides what is allocated."""
    cell, rust = mesh_cell(seed, acting=False, requests=FIRM_FIRST), present("rust")
    taps = random_taps(cell.grid, np.random.default_rng(seed), band=10.0)
    quiet = replace(cell, grid=replace(cell.grid, controls=no_controls(cell.grid, **taps)))
    found, expected = vars(evaluate(kernels, quiet)), vars(evaluate(rust, cell))
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-6, atol=1e-5, err_msg=name)
    divisible = [replace(request, firm=False) for request in FIRM_FIRST]
    none_exempt = [replace(request, exempt=False) for request in FIRM_FIRST]
    for requests in (divisible, none_exempt):
        other = evaluate(rust, replace(cell, requests=requests))
        assert np.abs(other.allocated_mw - expected["allocated_mw"]).max() > 1.0


def test_results_do_not_depend_on_threads(rust_kernels: Kernels) -> None:
    one, two = (evaluate(rust_kernels, mesh_cell(12), threads) for threads in (1, 2))
    for name, value in vars(one).items():
        np.testing.assert_array_equal(value, getattr(two, name))


@pytest.fixture
def fast_enumeration(monkeypatch: pytest.MonkeyPatch) -> Kernels:
    """The oracles on controlled load flows in lanes, which `test_backends_agree` holds against the reference."""
    kernels = present("rust")
    monkeypatch.setattr(tests.kernels.cell_cases, "Backend", lambda: Backend(kernels.solve_load_flow))
    return kernels


@pytest.mark.parametrize("seed", range(0, 40, 2))
def test_what_is_allocated_overloads_nothing(fast_enumeration: Kernels, seed: int) -> None:
    cell = mesh_cell(seed)
    found = evaluate(fast_enumeration, cell, negligible_percent=0.0)
    assert worst_excess_percent(cell, found.allocated_mw[0]) <= 2e-6


def test_demand_is_that_of_the_sequential_definition(fast_enumeration: Kernels) -> None:
    """One after the other by bisection, every case solved under control."""
    differs = 0
    for seed in (0, 1, 2, 9, 12, 24):
        demand = tuple(request for request in REQUESTS if request.sign < 0)
        cell = mesh_cell(seed, requests=demand)
        found = evaluate(fast_enumeration, cell).allocated_mw[0]
        np.testing.assert_allclose(found, serve_by_bisection(cell), atol=1e-3)
        fixed = evaluate(fast_enumeration, mesh_cell(seed, acting=False, requests=demand)).allocated_mw[0]
        differs += np.abs(found - fixed).max() > 0.3
    assert differs >= 4


@pytest.mark.parametrize("seed", [*range(12), 92])
def test_headroom_holds_and_a_little_more_does_not(fast_enumeration: Kernels, seed: int) -> None:
    """Also where a tap steps at the headroom, so that no straight line leads to it (seed 92)."""
    alone = (Request(1 + seed % 6, 500.0, -1, 0.2, (0.5, 0.8, 1.0)),)
    cell = mesh_cell(seed, requests=alone, n_tap=4)
    found = evaluate(fast_enumeration, cell, negligible_percent=0.0)
    mw = found.allocated_mw[0]
    assert worst_excess_percent(cell, mw) <= 2e-6
    more = [worst_excess_percent(cell, mw + extra) for extra in (1e-3, 1e-2, 5e-2)]
    assert max(more) > 2e-6, (mw, more)


def test_gradients_are_those_at_the_reached_positions(rust_kernels: Kernels) -> None:
    """Against a finite difference with taps and held machines kept where the case has them."""
    moved = held = 0
    for seed in (1, 3, 5):
        flow = cell_flow(mesh_cell(seed, requests=()))
        flow.backend = Backend(rust_kernels.solve_load_flow)
        controls = flow.grid.controls
        assert controls is not None
        k = np.arange(flow.n_contingency)
        hour = np.full_like(k, 2)
        cases = flow.solve_without(hour, k, flow.no_request, np.zeros((len(k), flow.grid.n_node), np.bool_))
        for case in np.flatnonzero(cases.converged)[:4].tolist():
            tap_pos, q_at_limit = cases.tap_pos[case], cases.q_at_limit[case]
            moved, held = moved + (tap_pos != controls.taps.tap_pos).any(), held + q_at_limit.any()
            there = with_held(at_positions(flow.grid, controls.taps, tap_pos), q_at_limit)
            kept = replace(there, controls=None)
            limit = np.where(q_at_limit > 0, controls.q_max_pu, np.where(q_at_limit < 0, controls.q_min_pu, 0.0))
            branch, node, step_pu = int(cases.loading[case].argmax()), 5, 1e-5
            p, q = flow.p_mw[2] / flow.grid.base_mva, flow.q_mvar[2] / flow.grid.base_mva + limit
            p = np.stack([p - step_pu * (np.arange(len(p)) == node), p + step_pu * (np.arange(len(p)) == node)])
            solved = rust_kernels.solve_load_flow(
                kept, p, np.stack([q, q]), np.full(2, -1, np.int32), flow.topology.closed[[case, case]],
                options=RULES.load_flow, threads=1,
            )  # fmt: skip
            low, high = solved.loading_percent[:, branch]
            by_p, _ = flow.gradients(cases, np.array([case]), np.array([branch]))
            expected = (high - low) / (2 * step_pu) / flow.grid.base_mva
            assert by_p[0, node] == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert moved >= 4 and held >= 4


def congestion(kernels: Kernels, cell: Cell) -> CongestionArrays:
    return kernels.find_congestion(cell.grid, cell.contingencies, cell.batch(), rules=RULES, threads=1)


@pytest.mark.parametrize("seed", [0, 3])
def test_congestion_is_the_overload_of_the_cell(kernels: Kernels, seed: int) -> None:
    cell = mesh_cell(seed, requests=())
    loads = {node: 3.0 * np.asarray(mw) for node, mw in (cell.p_mw or {}).items()}
    cell = replace(cell, p_mw=loads)
    found, whole = congestion(kernels, cell), evaluate(kernels, cell)
    assert found.overload_mvah.sum() == pytest.approx(whole.overload_mvah.sum(), rel=1e-9)
    fixed = evaluate(kernels, replace(cell, grid=replace(cell.grid, controls=None)))
    assert abs(fixed.overload_mvah.sum() - whole.overload_mvah.sum()) > 0.01 * whole.overload_mvah.sum() > 0
