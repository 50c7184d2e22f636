"""The screen of outages in cells against the same kernel without it, fitted on sample hours or on few hours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, CellResults
from gridprio.model.grid import NODE_PQ, NODE_PV, NODE_SLACK
from tests.kernels.cell_cases import Cell, Request, contingencies, evaluate
from tests.kernels.conftest import present
from tests.kernels.grids import GridBuilder
from tests.kernels.test_cells import random_cell

MANY, FEW = 480, 24
"""More and fewer hours than those from which the screen is fitted on samples."""
CLOSE = {"allocated_mw": 1e-5, "overload_mvah": 1e-4, "branch_overload_mvah": 1e-4, "worst_loading_percent": 1e-5}


def year(cell: Cell, n_hour: int, factor: float) -> Cell:
    def times(by_node: dict[int, np.ndarray] | None) -> dict[int, np.ndarray]:
        return {node: np.asarray(values) * factor for node, values in (by_node or {}).items()}

    month = (np.arange(n_hour) * 12 // n_hour).tolist()
    return replace(cell, month=month, p_mw=times(cell.p_mw), q_mvar=times(cell.q_mvar), exempt_mw=times(cell.exempt_mw))


def assert_same(found: CellResults, expected: CellResults) -> None:
    for name, values in vars(expected).items():
        np.testing.assert_allclose(getattr(found, name), values, rtol=0, atol=CLOSE.get(name, 1e-6), err_msg=name)


@pytest.mark.parametrize("factor", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("n_hour", [FEW, MANY])
@pytest.mark.parametrize("seed", range(4))
def test_a_screened_cell_is_that_of_every_case(seed: int, n_hour: int, factor: float) -> None:
    kernels, cell = present("rust"), year(random_cell(seed, n_node=7, n_hour=n_hour), n_hour, factor)
    assert_same(evaluate(kernels, cell), evaluate(kernels, cell, margin_percent=100.0))


def assert_secure_and_no_more(cell: Cell) -> None:
    """Every case grants what the only request is allocated, and not one percent more."""

    def granted(wish_mw: float, margin_percent: float) -> float:
        asked = replace(cell, requests=[replace(cell.requests[0], requested_mw=wish_mw)])
        found = evaluate(present("rust"), asked, margin_percent=margin_percent, negligible_percent=0.0)
        return float(found.allocated_mw[0, 0])

    wish_mw = cell.requests[0].requested_mw
    most = granted(wish_mw, 2.0)
    more = max(1.01 * most, most + 0.01)
    np.testing.assert_allclose(granted(most, 100.0), most, rtol=1e-6)
    assert more > wish_mw or granted(more, 100.0) < more - 1e-6


@pytest.mark.parametrize("n_hour", [FEW, MANY])
@pytest.mark.parametrize("seed", range(8))
def test_one_request_beside_passed_limits_is_that_of_every_case(seed: int, n_hour: int) -> None:
    """A branch that is overloaded already and that the request hardly changes is left out of the screen; where it makes
    one worse, the same limit is named. Feed-in of many hours is predicted, and may end at a larger secure request:
    every case grants it, and not one percent more.
    """
    kernels, cell = present("rust"), year(random_cell(seed, n_node=7, n_hour=n_hour), n_hour, 1.5)
    for request in cell.requests:

        def alone(wish_mw: float, one: Request = request) -> Cell:
            return replace(cell, requests=[replace(one, requested_mw=wish_mw, firm=False)])

        found, expected = (evaluate(kernels, alone(200.0), margin_percent=margin) for margin in (2.0, 100.0))
        assert expected.overload_mvah.sum() > 0
        if n_hour == MANY and request.sign > 0:
            most = found.allocated_mw[0, 0]
            more = max(1.01 * most, most + 0.01)
            for wish_mw, granted in ((most, True), (more, more > 200.0)):
                got = evaluate(kernels, alone(wish_mw), margin_percent=100.0).allocated_mw[0, 0]
                assert (got >= wish_mw - 1e-4) == granted, (wish_mw, got)
        else:
            assert_same(found, expected)


def stub_mesh(seed: int) -> Cell:
    """Feed-in alone, mostly of a station on circuits of its own behind a mesh, which may carry it to their limit."""
    rng = np.random.default_rng(seed)
    n, n_hour = int(rng.integers(5, 9)), int(rng.choice([9, 16, 33]))
    g = GridBuilder()
    g.node(NODE_SLACK)
    stub = [g.node() for _ in range(n)][-1]
    inner = [(node, (node + 1) % n) for node in range(n)] + rng.integers(0, n, (2, 2)).tolist()
    own = [(int(rng.integers(1, n)), stub)] * int(rng.integers(1, 3))
    level = rng.uniform(60, 200)
    for a, b in [(a, b) for a, b in inner if a != b] + own:
        x = rng.uniform(0.02, 0.06)
        percent_per_pu = rng.uniform(80, 300) if b == stub else level * rng.uniform(0.6, 2.0)
        g.branch(a, b, complex(rng.uniform(0, 0.3) * x, x), percent_per_pu=float(percent_per_pu))
    p = {node: rng.uniform(-25, 7, n_hour) for node in range(1, n)} | {stub: rng.uniform(-10, 2, n_hour)}
    q = {node: rng.uniform(-12, 6, n_hour) for node in p}
    at, profile = stub if rng.random() < 0.7 else 1, rng.random(n_hour)
    request = Request(at, 400.0, 1, 0.2, profile, exempt=bool(rng.random() < 0.85))
    grid = g.build()
    direction = CASE_DEMAND | (CASE_FEED_IN if seed % 2 else 0)
    outages = contingencies(*([branch] for branch in range(grid.n_branch)), direction=direction)
    return Cell(grid, outages, [request], p_mw=p, q_mvar=q, month=[0] * n_hour)


@pytest.mark.parametrize("seed", [0, 1, 77, 87, 145, 277, 132, 222, 258, 344, 372, 652])
def test_feed_in_behind_circuits_of_its_own_passes_no_limit_of_any_case(seed: int) -> None:
    """What a case carries with the request is told from what it was solved to carry, and of circuits that carry feed-in
    that they are not judged after an outage for demand."""
    assert_secure_and_no_more(stub_mesh(seed))


def weak_station(
    own_mw: float, reserve_x: float, stub_mva: float, swing: float, stub_mw: float, n_hour: int = FEW, peak: int = 12
) -> Cell:
    """A request at node 1, which has a reserve of `reserve_x` pu. It draws `own_mw` on average, and behind it a stub of
    `stub_mva` draws `stub_mw`, in hour `peak` 40 MW. Two stations elsewhere have three circuits each."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    for _ in range(4):
        g.node()
    lines = [(0, 1, 0.03, 400.0), (0, 1, reserve_x, 400.0), (1, 2, 0.03, stub_mva)]
    for a, b, x, mva in lines + [(0, 3, 0.05, 400.0)] * 3 + [(0, 4, 0.05, 400.0)] * 3:
        g.branch(a, b, complex(x / 6, x), percent_per_pu=1e4 / mva)
    wave = np.sin(np.arange(n_hour))
    stub = stub_mw * (1 + 0.5 * wave)
    stub[peak] = 40.0
    elsewhere = {node: np.full(n_hour, -20.0) for node in (3, 4)}
    outages = contingencies(*([line] for line in range(9) if line != 2))
    return Cell(g.build(), outages, p_mw={1: -own_mw * (1 + swing * wave), 2: -stub, **elsewhere}, month=[0] * n_hour)


@pytest.mark.parametrize(
    ("station", "sign", "q_per_p"),
    [
        ((50.0, 0.30, 45.6, 1.0, 5.0), -1, 0.2),
        ((58.0, 0.20, 44.2, 1.0, 5.0), -1, 0.8),
        ((53.0, 0.25, 39.3, 1.0, 2.0), -1, 0.2),
        ((40.0, 0.30, 41.0, 1.0, 15.0), 1, -0.2),
        ((83.0, 0.20, 43.2, 1.0, 2.0), 1, -0.4),
    ],
)
def test_a_stub_carries_more_the_lower_the_voltage(
    station: tuple[float, float, float, float, float], sign: int, q_per_p: float
) -> None:
    """By how much an outage raises its current depends on what it carries, of which the factors know the mean of all
    hours alone: their error counts where the request loads the branch that goes out."""
    request = Request(1, 400.0, sign, q_per_p, np.ones(FEW))
    assert_secure_and_no_more(replace(weak_station(*station), requests=[request]))


@pytest.mark.parametrize(
    ("station", "q_per_p"), [((66.0, 0.20, 39.6, 1.0, 2.0), 0.4), ((79.0, 0.20, 38.8, 1.0, 2.0), 0.4)]
)
def test_a_stub_that_is_overloaded_in_one_hour_of_many_holds_a_request_back(
    station: tuple[float, float, float, float, float], q_per_p: float
) -> None:
    """What 1 MW brings to it after the outage is told with the error of the factors too."""
    request = Request(1, 400.0, q_per_p=q_per_p, profile=np.ones(MANY))
    assert_secure_and_no_more(replace(weak_station(*station, n_hour=MANY, peak=300), requests=[request]))


@pytest.mark.parametrize(
    ("station", "q_per_p"),
    [((68.0, 0.30, 39.0, 1.0, 2.0), -0.4), ((49.0, 0.35, 43.7, 1.0, 15.0), -0.2), ((54.0, 0.35, 50.1, 1.0, 5.0), 0.4)],
)
def test_a_request_leaves_a_weak_case_its_solution(
    station: tuple[float, float, float, float, float], q_per_p: float
) -> None:
    """After the outage the voltage is some 0.7 pu before the request, and no current is near its limit."""
    request = Request(1, 400.0, q_per_p=q_per_p, profile=np.ones(FEW))
    assert_secure_and_no_more(replace(weak_station(*station), requests=[request]))


def machine_mesh(seed: int) -> Cell:
    """Feed-in alone in a mesh with a machine that holds a voltage, and as much reactive power in every hour."""
    rng = np.random.default_rng(seed)
    n, n_hour = int(rng.integers(5, 8)), int(rng.choice([9, 17]))
    g = GridBuilder()
    g.node(NODE_SLACK)
    for node in range(1, n):
        kind, vm_pu = (NODE_PV, rng.uniform(0.97, 1.05)) if node == n // 2 else (NODE_PQ, 1.0)
        g.node(kind=kind, vm_pu=float(vm_pu))
    pairs = [(node, (node + 1) % n) for node in range(n)] + rng.integers(0, n, (4, 2)).tolist()
    for a, b in [(a, b) for a, b in pairs if a != b]:
        x = rng.uniform(0.01, 0.08)
        g.branch(a, b, complex(rng.uniform(0, 0.3) * x, x), percent_per_pu=float(rng.uniform(60, 400)))
    p = {node: rng.uniform(-25, 20, n_hour) for node in range(1, n)}
    q = {node: np.full(n_hour, rng.uniform(-20, 20)) for node in p}
    at, q_per_p = int(rng.integers(1, n)), float(rng.choice([0.0, 0.3, -0.5]))
    request = Request(at, 400.0, 1, q_per_p, rng.random(n_hour), exempt=bool(rng.random() < 0.6))
    grid = g.build()
    outages = contingencies(*([branch] for branch in range(grid.n_branch)), direction=CASE_DEMAND)
    return Cell(grid, outages, [request], p_mw=p, q_mvar=q, month=[0] * n_hour)


@pytest.mark.parametrize("seed", [0, 2855, 12431, 13339, 13424, 31111])
def test_a_machine_answers_active_power_otherwise_than_reactive(seed: int) -> None:
    """The branch that goes out carries about the same in all hours, and the request adds active power."""
    assert_secure_and_no_more(machine_mesh(seed))


@pytest.mark.parametrize("sun", [False, True])
@pytest.mark.parametrize("seed", [0, 1, 13, 28, 32, 52, 117, 161])
def test_requests_of_a_year_beside_passed_limits_are_that_of_every_case(seed: int, sun: bool) -> None:
    """Branches on which no request has influence are left out. With `sun`, feed-in may be taken off for them."""
    kernels, cell = present("rust"), year(random_cell(seed, n_node=7, n_hour=MANY), MANY, 1.8)
    if sun:
        rng = np.random.default_rng(seed)
        fed_in = {node: rng.uniform(0.0, 20.0) * rng.random(MANY) for node in (2, 4, 6)}
        p_mw = {node: mw + fed_in.get(node, 0.0) for node, mw in (cell.p_mw or {}).items()}
        exempt = [replace(one, exempt=one.sign > 0) for one in cell.requests]
        cell = replace(cell, p_mw=p_mw, exempt_mw=fed_in, requests=exempt)
    expected = evaluate(kernels, cell, margin_percent=100.0)
    assert expected.overload_mvah.sum() > 0
    assert_same(evaluate(kernels, cell), expected)


def test_feed_in_that_is_taken_off_for_a_passed_limit_holds_a_request_back() -> None:
    """After the outage of line 1, feed-in at node 1 passes the limit of line 0, on which what node 2 draws has no
    influence. Without the feed-in that is taken off for line 0, node 2 draws it all through line 3."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    g.node()
    for f, t, x, limit_mva in ((0, 1, 0.06, 30.0), (0, 1, 0.06, 250.0), (1, 2, 0.038, 250.0), (2, 0, 0.001, 50.0)):
        g.branch(f, t, complex(0.0, x), percent_per_pu=100.0 * 100.0 / limit_mva)
    wave = 1 + 0.05 * np.sin(np.arange(MANY))
    requests = [Request(2, mw, profile=wave / 1.06) for mw in (60.0, 30.0)]
    ring = Cell(
        g.build(), contingencies([1]), requests, p_mw={1: 200 * wave, 2: -100 * wave}, exempt_mw={1: 100 * wave}
    )
    cell = year(ring, MANY, 1.0)
    found, expected = (evaluate(present("rust"), cell, margin_percent=margin) for margin in (2.0, 100.0))
    assert (expected.limit_branch[0, 0], expected.limit_contingency[0, 0]) == (3, 1)
    assert 0 < expected.allocated_mw[0, 0] < 60.0
    assert_same(found, expected)


@pytest.mark.parametrize("seed", range(4))
def test_a_year_is_allocated_as_by_the_backend_that_scans_all_hours_at_once(seed: int) -> None:
    """Rust takes the critical hours first, and another hour holds a request back after all."""
    cell = year(random_cell(seed, n_node=7, n_hour=MANY), MANY, 0.7)
    found, expected = (evaluate(present(name), cell) for name in ("rust", "numba"))
    assert (expected.allocated_mw > 0).any()
    np.testing.assert_allclose(found.allocated_mw, expected.allocated_mw, atol=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_outages_that_one_hour_requires_are_that_of_every_case(seed: int) -> None:
    """Stations draw in one hour, and what is requested draws in all: one hour says nothing of the others."""
    cell = year(random_cell(seed, n_node=7, n_hour=FEW), FEW, 1.0)
    one_hour = np.arange(FEW) == seed
    drawn = {node: np.minimum(values, 0.0) * one_hour for node, values in (cell.p_mw or {}).items()}
    quiet = replace(cell, p_mw=drawn, q_mvar={}, exempt_mw={})
    found, expected = (evaluate(present("rust"), quiet, margin_percent=margin) for margin in (2.0, 100.0))
    assert_same(found, expected)


@pytest.mark.parametrize("n_hour", [FEW, MANY])
@pytest.mark.parametrize("seed", range(4))
def test_a_request_that_is_alone_is_held_back_as_by_every_case(seed: int, n_hour: int) -> None:
    """Whatever is predicted to hold it back before the first scan."""
    kernels, cell = present("rust"), year(random_cell(seed, n_node=7, n_hour=n_hour), n_hour, 0.3)
    for request in cell.requests:
        alone = replace(cell, requests=[replace(request, requested_mw=400.0, firm=False)])
        found, expected = (evaluate(kernels, alone, margin_percent=margin) for margin in (2.0, 100.0))
        assert 0 < expected.allocated_mw[0, 0] < 400.0
        assert_same(found, expected)


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.6])
@pytest.mark.parametrize("seed", range(6))
def test_the_only_feed_in_that_is_taken_off_is_held_back_as_by_every_case(seed: int, factor: float) -> None:
    """Its first crossing on the intact grid is predicted in few hours too."""
    kernels, cell = present("rust"), year(random_cell(seed, n_node=9, n_hour=FEW), FEW, factor)
    drawn = {node: np.minimum(values, 0.0) for node, values in (cell.p_mw or {}).items()}
    for request in cell.requests:
        fed_in = replace(request, sign=1, exempt=True, firm=False, requested_mw=400.0)
        alone = replace(cell, p_mw=drawn, exempt_mw={}, requests=[fed_in])
        found, expected = (evaluate(kernels, alone, margin_percent=margin) for margin in (2.0, 100.0))
        assert 0 <= expected.allocated_mw[0, 0] < 400.0
        assert_same(found, expected)


def test_feed_in_is_held_back_where_it_has_too_little_influence_to_be_taken_off() -> None:
    """Without line 2, line 4 carries a sixth of what node 2 draws, and 1.6 % of what node 1 feeds in. Without line 0
    the feed-in passes the limit of line 1 at 200 MW, and is taken off. On the intact grid nothing limits it below 400.
    """
    g = GridBuilder()
    g.node(NODE_SLACK)
    for _ in range(4):
        g.node()
    pairs = [(0, 1, 0.02, 200.0), (0, 2, 0.1, 120.0), (0, 3, 0.1, 80.0), (0, 4, 0.1, 80.0)]
    for f, t, x, limit_mva in [pairs[0], pairs[0], pairs[1], pairs[1], (1, 2, 0.5, 18.0), *pairs[2:], *pairs[2:]]:
        g.branch(f, t, complex(0.0, x), percent_per_pu=100.0 * 100.0 / limit_mva)
    outages = contingencies(*([branch] for branch in range(9)))
    drawn = {2: np.full(FEW, -100.0), 3: np.full(FEW, -10.0), 4: np.full(FEW, -10.0)}
    grid = Cell(g.build(), outages, [Request(1, 350.0, sign=1, exempt=True, profile=np.ones(FEW))], p_mw=drawn)
    cell = year(grid, FEW, 1.0)
    found, expected = (evaluate(present("rust"), cell, margin_percent=margin) for margin in (2.0, 100.0))
    assert (expected.limit_branch[0, 0], expected.limit_contingency[0, 0]) == (4, 3)
    assert 50.0 < expected.allocated_mw[0, 0] < 150.0
    assert_same(found, expected)


def test_feed_in_that_stays_on_for_a_passed_limit_is_held_back_by_the_scan_that_confirms() -> None:
    """Without line 2, line 4 carries 59 % of what node 2 draws and 12 % of the feed-in: from 98 MW on too much.
    The feed-in would be taken off for it. But line 5, which is above its limit already and carries 2 % of the feed-in,
    is further above its cap, and for line 5 nothing is taken off.
    """
    g = GridBuilder()
    g.node(NODE_SLACK)
    for _ in range(4):
        g.node()
    to_1, to_2, to_3, to_4 = (0, 1, 0.04, 300.0), (0, 2, 0.1, 200.0), (0, 3, 0.06, 200.0), (0, 4, 0.1, 80.0)
    between = (1, 2, 0.05, 70.0), (1, 3, 1.0, 1.0)
    for f, t, x, limit_mva in (to_1, to_1, to_2, to_2, *between, to_3, to_3, to_4, to_4):
        g.branch(f, t, complex(0.0, x), percent_per_pu=100.0 * 100.0 / limit_mva)
    outages = contingencies(*([branch] for branch in range(10)))
    drawn = {2: np.full(FEW, -100.0), 3: np.full(FEW, -100.0), 4: np.full(FEW, -10.0)}
    grid = Cell(g.build(), outages, [Request(1, 100.0, sign=1, exempt=True, profile=np.ones(FEW))], p_mw=drawn)
    cell = year(grid, FEW, 1.0)
    found, expected = (evaluate(present("rust"), cell, margin_percent=margin) for margin in (2.0, 100.0))
    assert (expected.limit_branch[0, 0], expected.limit_contingency[0, 0]) == (4, 3)
    assert 90.0 < expected.allocated_mw[0, 0] < 99.0
    assert_same(found, expected)


def test_an_outage_without_a_solution_is_found_where_no_current_is_near() -> None:
    """Without line 0 the only way is long: there is no solution, far below the ratings of what is left."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    for _ in range(2):
        g.node()
    lines = [(0, 1, 0.003 + 0.1j, 30.0), (0, 1, 1j, 250.0), (1, 2, 0.003 + 1j, 250.0), *[(0, 2, 0.1j, 250.0)] * 6]
    for from_node, to_node, z, mva in lines:
        g.branch(from_node, to_node, z, percent_per_pu=1e4 / mva)
    wave = 1 + 0.1 * np.sin(np.arange(FEW))
    wish = Request(1, 600.0, sign=1, q_per_p=-0.3, profile=wave, exempt=True)
    out = contingencies(*([line] for line in range(len(lines))))
    cell = year(Cell(g.build(), out, [wish], p_mw={1: -70.0 * wave}), FEW, 1.0)
    found, expected = (evaluate(present("rust"), cell, margin_percent=margin) for margin in (2.0, 100.0))
    assert expected.limit_contingency[0, 0] == 1 and expected.limit_branch[0, 0] == 0
    assert found.allocated_mw == pytest.approx(expected.allocated_mw, abs=0.2)


def test_a_case_is_solved_at_the_voltages_at_which_a_grid_is_operated() -> None:
    """Two lines feed a station behind 2 x 40 MVA, which draws 59 MW, and another; without reserve for feed-in 2 x 40
    + 59 MW fit. Far above it one line carries the feed-in at 15 % of the voltage in another solution of the equations.
    """
    g = GridBuilder()
    g.node(NODE_SLACK)
    for _ in range(3):
        g.node()
    for f, t, x, limit_mva in ((0, 1, 0.0533, 130.0), (1, 2, 0.3, 40.0), (1, 3, 0.3, 40.0)):
        for _ in range(2):
            g.branch(f, t, complex(x / 20, x), percent_per_pu=100.0 * 100.0 / limit_mva)
    outages = contingencies(*([branch] for branch in range(6)))
    for backend, n_hour in (("rust", FEW), ("reference", 1)):
        drawn = {2: np.full(n_hour, -59.0), 3: np.full(n_hour, -24.0)}
        request = Request(2, 480.0, sign=1, q_per_p=0.203, exempt=True, profile=np.ones(n_hour))
        exempt = {3: np.ones(n_hour)}
        cell = year(Cell(g.build(), outages, [request], p_mw=drawn, exempt_mw=exempt), n_hour, 1.0)
        found = evaluate(present(backend), cell)
        assert (found.limit_branch[0, 0], found.limit_contingency[0, 0]) == (2, 0), backend
        assert found.allocated_mw[0, 0] == pytest.approx(2 * 40.0 + 59.0, rel=0.03), backend
