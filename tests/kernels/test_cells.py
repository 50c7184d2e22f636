"""Cells on every backend: closed forms on two and three nodes, then agreement with the slow definitions."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from gridprio.errors import BackendError
from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, CellBatch, CellResults
from gridprio.model.grid import NODE_SLACK, GridArrays
from tests.kernels.cell_cases import (
    RULES,
    Cell,
    Request,
    contingencies,
    evaluate,
    serve_by_bisection,
    worst_excess_percent,
)
from tests.kernels.grids import GridBuilder

X = 0.1
RATING_MVA = 100.0
MW = 1e-5
"""Tolerance of allocated MW: the load flow ends on 1e-8 MVA, cuts on 1e-7 percent."""


def corridor(n_line: int = 1, r: float = 0.0, x: float = X, percent_per_pu: float = 100.0) -> GridArrays:
    """A slack node and one node, joined by `n_line` equal lines, of 100 MVA where nothing else is said."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    for _ in range(n_line):
        g.branch(0, 1, complex(r, x), percent_per_pu=percent_per_pu)
    return g.build()


def ring(z: tuple[complex, ...] = (0.01 + 0.05j, 0.02 + 0.08j, 0.01 + 0.04j)) -> GridArrays:
    """Slack 0 and nodes 1 and 2 in a ring of three lines: 0-1, 1-2, 2-0."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    g.node()
    for (f, t), z_pu in zip(((0, 1), (1, 2), (2, 0)), z, strict=True):
        g.branch(f, t, z_pu)
    return g.build()


def lossless_limit_mw(i_pu: float, x: float) -> float:
    """Largest unity power behind reactance x at |current| i from 1 pu: v2^2 = 1 - (x i)^2, p = v2 i."""
    return 100.0 * i_pu * float(np.sqrt(1 - (x * i_pu) ** 2))


def test_headroom_of_one_line_is_the_closed_form(kernels: Kernels) -> None:
    for sign in (-1, 1):
        out = evaluate(kernels, Cell(corridor(), contingencies(), [Request(1, 500.0, sign)]))
        assert out.allocated_mw[0, 0] == pytest.approx(lossless_limit_mw(1.0, X), abs=MW)
        assert (out.limit_branch[0, 0], out.limit_contingency[0, 0], out.limit_hour[0, 0]) == (0, 0, 0)


def test_single_outage_binds_demand_and_not_feed_in(kernels: Kernels) -> None:
    cell = Cell(corridor(2), contingencies([0], [1]), [Request(1, 500.0, -1), Request(1, 500.0, 1)])
    out = evaluate(kernels, cell)
    demand = lossless_limit_mw(1.0, X)
    assert out.allocated_mw[0, 0] == pytest.approx(demand, abs=MW)
    assert out.limit_contingency[0, 0] == 1
    # On top of the allocated demand the lines carry feed-in, for which the outage is not required.
    assert out.allocated_mw[0, 1] == pytest.approx(lossless_limit_mw(2.0, X / 2) + demand, abs=MW)
    alone = evaluate(kernels, Cell(corridor(2), contingencies([0], [1]), [Request(1, 500.0, 1)]))
    assert alone.allocated_mw[0, 0] == pytest.approx(lossless_limit_mw(2.0, X / 2), abs=MW)
    assert alone.limit_contingency[0, 0] == 0


def test_feed_in_contingency_when_the_rule_asks(kernels: Kernels) -> None:
    asked = contingencies([0], [1], direction=CASE_DEMAND | CASE_FEED_IN)
    out = evaluate(kernels, Cell(corridor(2), asked, [Request(1, 500.0, 1)]))
    assert out.allocated_mw[0, 0] == pytest.approx(lossless_limit_mw(1.0, X), abs=MW)


def test_contingency_counts_only_in_its_months(kernels: Kernels) -> None:
    summer = contingencies([0], [1], months=0b000111111000)
    cell = Cell(corridor(2), summer, [Request(1, 500.0, profile=(1.0, 0.5))], month=(0, 6))
    # January: both lines at full requested; July: one line at half of it.
    assert evaluate(kernels, cell).allocated_mw[0, 0] == pytest.approx(
        min(lossless_limit_mw(2.0, X / 2), 2 * lossless_limit_mw(1.0, X)), abs=MW
    )


def test_overload_is_weighted_and_kept_per_month_and_branch(kernels: Kernels) -> None:
    p_at_120 = lossless_limit_mw(1.2, X)
    cell = Cell(
        corridor(), contingencies(), p_mw={1: (-p_at_120, -50.0, p_at_120)}, month=(0, 0, 7), weight_h=(100, 8000, 660)
    )
    out = evaluate(kernels, cell)
    expected = np.zeros(12)
    expected[[0, 7]] = 100 * 20.0, 660 * 20.0
    np.testing.assert_allclose(out.overload_mvah[0], expected, rtol=1e-8)
    np.testing.assert_allclose(out.branch_overload_mvah[0], [760 * 20.0], rtol=1e-8)
    np.testing.assert_allclose(out.insecure_hours[0], np.where(expected > 0, [100] * 6 + [660] * 6, 0))
    assert out.worst_loading_percent[0] == pytest.approx(120.0, abs=1e-7)
    assert (out.worst_branch[0], out.worst_contingency[0], out.worst_hour[0]) == (0, 0, 0)


def test_overload_takes_the_worst_required_case_per_branch(kernels: Kernels) -> None:
    p = lossless_limit_mw(1.5, X)
    out = evaluate(kernels, Cell(corridor(2), contingencies([0], [1]), p_mw={1: -p}))
    np.testing.assert_allclose(out.branch_overload_mvah[0], [8760 * 50.0] * 2, rtol=1e-8)
    out = evaluate(kernels, Cell(corridor(2), contingencies([0], [1]), p_mw={1: p}))
    assert not out.branch_overload_mvah.any() and not out.insecure_hours.any()


def test_limit_already_passed_gives_zero(kernels: Kernels) -> None:
    p = lossless_limit_mw(1.1, X)
    cell = Cell(corridor(), contingencies(), [Request(1, 10.0, -1), Request(1, 30.0, 1)], p_mw={1: -p})
    out = evaluate(kernels, cell)
    assert out.allocated_mw[0].tolist() == [0.0, 30.0]
    assert out.limit_branch[0].tolist() == [0, -1]


def test_of_several_passed_limits_the_first_by_hour_is_named(kernels: Kernels) -> None:
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    g.node()
    g.branch(0, 1, 0.05j)
    g.branch(1, 2, 0.05j)
    cell = Cell(
        g.build(), contingencies(), [Request(2, 10.0)], p_mw={1: (40.0, -80.0), 2: (-115.0, -40.0)}, month=(0, 0)
    )
    out = evaluate(kernels, cell)
    assert (out.branch_overload_mvah[0] > 0).all() and out.allocated_mw[0, 0] == 0.0
    assert (out.limit_branch[0, 0], out.limit_contingency[0, 0], out.limit_hour[0, 0]) == (1, 0, 0)


def shared_feeder(x_hub: float) -> GridArrays:
    """Slack 0, hub 1 behind an unrated line, and nodes 2 and 3 on a line of 100 MVA each."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    for _ in range(3):
        g.node()
    g.branch(0, 1, 1j * x_hub, percent_per_pu=np.nan)
    g.branch(1, 2, 0.05j)
    g.branch(1, 3, 0.05j)
    return g.build()


@pytest.mark.parametrize(("x_hub", "tolerated"), [(0.02, True), (0.06, False)])
def test_a_full_line_elsewhere_stops_a_request_only_beyond_the_negligible(
    kernels: Kernels, x_hub: float, tolerated: bool
) -> None:
    grid = shared_feeder(x_hub)
    room = evaluate(kernels, Cell(grid, contingencies(), [Request(2, 500.0)])).allocated_mw[0, 0]
    cell = Cell(grid, contingencies(), [Request(3, 60.0, q_per_p=0.5)], p_mw={2: -(room - 1e-4)})
    out = evaluate(kernels, cell)
    excess = worst_excess_percent(cell, out.allocated_mw[0])
    if tolerated:
        assert out.allocated_mw[0, 0] == 60.0 and out.limit_branch[0, 0] == -1
        assert 0.1 < excess <= RULES.negligible_percent
    else:
        assert 1.0 < out.allocated_mw[0, 0] < 59.0 and out.limit_branch[0, 0] == 1
        assert excess == pytest.approx(RULES.negligible_percent, abs=1e-2)


def test_queue_order_and_firm_requests(kernels: Kernels) -> None:
    room = lossless_limit_mw(1.0, X)
    first, second = Request(1, 80.0), Request(1, 80.0)
    out = evaluate(kernels, Cell(corridor(), contingencies(), [first, second]))
    np.testing.assert_allclose(out.allocated_mw[0], [80.0, room - 80.0], atol=MW)
    assert out.limit_branch[0].tolist() == [-1, 0]
    firm = Request(1, 80.0, firm=True)
    out = evaluate(kernels, Cell(corridor(), contingencies(), [first, firm, Request(1, 5.0, firm=True)]))
    np.testing.assert_allclose(out.allocated_mw[0], [80.0, 0.0, 5.0], atol=MW)
    assert out.limit_branch[0].tolist() == [-1, 0, -1]


def test_capacity_is_allocated_in_the_order_of_the_cell(kernels: Kernels) -> None:
    """Two cells of one batch, in which the second has its requests the other way round."""
    cell = Cell(corridor(), contingencies(), [Request(1, 80.0), Request(1, 60.0), Request(1, 30.0, 1)])
    both = CellBatch(**{name: np.concatenate([array, array]) for name, array in vars(cell.batch()).items()})
    both.order[1] = [2, 1, 0]
    out = kernels.evaluate_cells(cell.grid, cell.contingencies, cell.queue(), both, rules=RULES, threads=1)
    room = lossless_limit_mw(1.0, X)
    np.testing.assert_allclose(out.allocated_mw, [[80.0, room - 80.0, 30.0], [room - 60.0, 60.0, 30.0]], atol=MW)
    assert out.limit_branch.tolist() == [[-1, 0, -1], [0, -1, -1]]


@pytest.mark.parametrize("order", [[0, 0], [0, 2], [-1, 0]])
def test_an_order_that_lacks_a_request_is_refused(rust_kernels: Kernels, order: list[int]) -> None:
    cell = Cell(corridor(), contingencies(), [Request(1, 80.0), Request(1, 60.0)])
    batch = replace(cell.batch(), order=np.array([order], dtype=np.int32))
    with pytest.raises(BackendError, match="order"):
        rust_kernels.evaluate_cells(cell.grid, cell.contingencies, cell.queue(), batch, rules=RULES, threads=1)


def test_split_off_demand_is_interrupted_up_to_the_allowed_mw(kernels: Kernels) -> None:
    def accepting(mw: float) -> CellResults:
        outage = contingencies([0], interruption_max_mw=mw)
        return evaluate(kernels, Cell(corridor(), outage, [Request(1, 50.0)], p_mw={1: -30.0}, exempt_mw={1: 5.0}))

    out = accepting(40.0)
    assert out.interrupted_mw[0] == pytest.approx(35.0)
    assert not out.insecure_hours.any()
    assert out.allocated_mw[0, 0] == pytest.approx(5.0, abs=MW)
    assert (out.limit_branch[0, 0], out.limit_contingency[0, 0]) == (0, 1)
    strict = accepting(20.0)
    assert strict.insecure_hours[0].sum() == pytest.approx(8760)
    assert strict.allocated_mw[0, 0] == 0.0
    assert not strict.overload_mvah.any() and strict.not_converged[0] == 0


def test_node_without_supply(kernels: Kernels) -> None:
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    g.node()
    g.branch(0, 1, 0.1j)
    g.branch(1, 2, 0.1j)
    outage = contingencies([1], interruption_max_mw=100.0)
    cell = Cell(g.build(), outage, [Request(2, 5.0), Request(1, 5.0)], p_mw={2: -3.0}, out_of_service=[1])
    out = evaluate(kernels, cell)
    np.testing.assert_allclose(out.allocated_mw[0], [0.0, 5.0], atol=MW)
    assert (out.limit_branch[0, 0], out.limit_contingency[0, 0], out.limit_hour[0, 0]) == (-1, 0, -1)
    assert out.interrupted_mw[0] == pytest.approx(3.0)
    assert out.insecure_hours[0].sum() == pytest.approx(8760)


def test_exempt_feed_in_is_taken_off_after_a_fault(kernels: Kernels) -> None:
    """With one line 2-0 out, 1-2 (80 MVA) brings half of the 140 MW at 2 and a quarter of the 60 MW of wind at 1."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    g.node()
    for f, t, x, percent in ((0, 1, 0.05, 50.0), (1, 2, 0.05, 125.0), (2, 0, 0.1, 50.0), (2, 0, 0.1, 50.0)):
        g.branch(f, t, 1j * x, percent_per_pu=percent)
    grid, load = g.build(), {2: -140.0}
    kept = evaluate(kernels, Cell(grid, contingencies([3]), p_mw=load | {1: 60.0}))
    assert kept.branch_overload_mvah[0, 1] / 8760 == pytest.approx(5.0, abs=2.0)
    off = evaluate(kernels, Cell(grid, contingencies([3]), p_mw=load | {1: 60.0}, exempt_mw={1: 60.0}))
    assert not off.overload_mvah.any() and not off.insecure_hours.any()
    for exempt in (False, True):
        request = Request(1, 60.0, 1, exempt=exempt)
        out = evaluate(kernels, Cell(grid, contingencies([3]), [request], p_mw=load))
        assert bool(out.allocated_mw[0, 0] == 60.0) is exempt
        assert out.limit_branch[0, 0] == (-1 if exempt else 1)


def two_stations() -> GridArrays:
    """Slack 0 and stations 1 and 2, each behind two lines of 40 MVA of its own, with next to no impedance."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    for station in (1, 2):
        g.node()
        for _ in range(2):
            g.branch(0, station, 1e-3j, percent_per_pu=250.0)
    return g.build()


EACH_LINE = contingencies([0], [1], [2], [3])
SYMMETRIC = contingencies([0], [1], [2], [3], direction=CASE_DEMAND | CASE_FEED_IN)


@pytest.mark.parametrize("sun_mw", [0.0, 57.0, 59.0, 79.0])
def test_sun_elsewhere_does_not_hide_the_overload_of_a_station_that_draws(kernels: Kernels, sun_mw: float) -> None:
    """58 MW behind the one line of 40 MVA that an outage leaves: 18 MVA on each, whatever the sun at station 2."""
    out = evaluate(kernels, Cell(two_stations(), EACH_LINE, p_mw={1: -58.0, 2: sun_mw}))
    np.testing.assert_allclose(out.branch_overload_mvah[0] / 8760, [18.0, 18.0, 0.0, 0.0], rtol=1e-3)
    assert out.insecure_hours[0].sum() == pytest.approx(8760)
    assert out.worst_loading_percent[0] == pytest.approx(145.0, rel=1e-3) and out.worst_branch[0] == 1


def test_a_symmetric_rule_changes_feed_in_alone(kernels: Kernels) -> None:
    injections = {1: -58.0, 2: 62.0}
    out = evaluate(kernels, Cell(two_stations(), SYMMETRIC, p_mw=injections, exempt_mw={2: 62.0}))
    np.testing.assert_allclose(out.branch_overload_mvah[0] / 8760, [18.0, 18.0, 22.0, 22.0], rtol=1e-3)
    requests = [Request(1, 30.0, -1), Request(2, 30.0, 1, exempt=True)]
    present = {1: -20.0, 2: 20.0}
    for rule, feed_in_mw in ((EACH_LINE, 30.0), (SYMMETRIC, 20.0)):
        found = evaluate(kernels, Cell(two_stations(), rule, requests, p_mw=present, exempt_mw={2: 20.0}))
        np.testing.assert_allclose(found.allocated_mw[0], [20.0, feed_in_mw], atol=0.02)


@pytest.mark.parametrize("wish_mw", [2.0, 22.0, 24.0, 40.0])
def test_a_larger_wish_never_gets_less(kernels: Kernels, wish_mw: float) -> None:
    """37 MW behind 2 x 40 MVA leave 3 MW, also while the area as a whole feeds in."""
    cell = Cell(two_stations(), EACH_LINE, [Request(1, wish_mw)], p_mw={1: -37.0, 2: 60.0})
    assert evaluate(kernels, cell).allocated_mw[0, 0] == pytest.approx(min(wish_mw, 3.0), abs=0.01)


def test_a_line_that_stations_share_carries_what_they_carry_together(kernels: Kernels) -> None:
    """60 MW of load, and sun, behind one pair of lines: the outage counts while they draw, not while they feed in."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    for _ in range(3):
        g.node()
    for f, t, percent in ((0, 1, 250.0), (0, 1, 250.0), (1, 2, 50.0), (1, 3, 50.0)):
        g.branch(f, t, 1e-3j, percent_per_pu=percent)
    cell = Cell(g.build(), contingencies([0], [1]), p_mw={2: -60.0, 3: (10.0, 110.0)}, month=(0, 1))
    out = evaluate(kernels, cell)
    np.testing.assert_allclose(out.overload_mvah[0, :2] / 4380, [2 * 10.0, 0.0], rtol=1e-3)


@pytest.mark.parametrize(("n_line", "out", "limit"), [(1, [], (-1, 0, 0)), (2, [[1]], (1, 1, 0))])
def test_case_without_solution_is_counted_and_insecure(
    kernels: Kernels, n_line: int, out: list[list[int]], limit: tuple[int, int, int]
) -> None:
    """Named by the branch that is out. A line with x = 0.1 carries at most 1 / (2 x) = 500 MW at unity power factor."""
    grid = corridor(n_line, percent_per_pu=10.0)
    found = evaluate(kernels, Cell(grid, contingencies(*out), [Request(1, 10.0)], p_mw={1: -600.0}))
    assert found.not_converged[0] == 1
    assert found.insecure_hours[0].sum() == pytest.approx(8760)
    assert found.allocated_mw[0, 0] == 0.0
    assert (found.limit_branch[0, 0], found.limit_contingency[0, 0], found.limit_hour[0, 0]) == limit


def test_intact_limit_with_losses_and_reactive_power(kernels: Kernels) -> None:
    cell = Cell(corridor(r=0.02), contingencies(), [Request(1, 300.0, q_per_p=0.2)], p_mw={1: -10.0}, q_mvar={1: -5.0})
    out = evaluate(kernels, cell)
    np.testing.assert_allclose(out.allocated_mw[0], serve_by_bisection(cell, 40), atol=MW)


def random_cell(seed: int, n_node: int = 6, n_hour: int = 3) -> Cell:
    """A meshed grid with one slack, random load and feed-in, requests in both directions."""
    rng = np.random.default_rng(seed)
    g = GridBuilder()
    g.node(NODE_SLACK)
    for _ in range(n_node - 1):
        g.node()
    pairs = [(i, i + 1) for i in range(n_node - 1)] + [(n_node - 1, 0), (1, n_node - 2)]
    for f, t in pairs:
        x = rng.uniform(0.02, 0.06)
        g.branch(f, t, complex(x * rng.uniform(0.1, 0.3), x), percent_per_pu=float(rng.uniform(80, 250)))
    p = {node: rng.uniform(-15, 4, n_hour) for node in range(1, n_node)}
    requests = [
        Request(
            int(rng.integers(1, n_node)),
            float(rng.uniform(5, 80)),
            int(rng.choice([-1, -1, 1])),
            q_per_p=0.2,
            profile=rng.uniform(0.3, 1.0, n_hour),
            firm=bool(rng.random() < 0.25),
        )
        for _ in range(4)
    ]
    outages = contingencies(*([branch] for branch in range(len(pairs))))
    return Cell(g.build(), outages, requests, p_mw=p, q_mvar={n: 0.2 * v for n, v in p.items()}, month=(0, 5, 11))


@cache
def oracle(seed: int) -> np.ndarray:
    return serve_by_bisection(random_cell(seed), 10)


@cache
def by_reference(seed: int) -> CellResults:
    return evaluate(get_kernels("reference"), random_cell(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_random_cells_are_secure_and_follow_the_sequential_definition(kernels: Kernels, seed: int) -> None:
    cell = random_cell(seed)
    out = evaluate(kernels, cell)
    allocated = out.allocated_mw[0]
    assert worst_excess_percent(cell, allocated) <= 1e-5
    expected = oracle(seed)
    tolerance = np.maximum(0.1, 0.005 * np.array([r.requested_mw for r in cell.requests]))
    assert (np.abs(allocated - expected) <= tolerance).all(), (allocated, expected)


def assert_same_cells(ours: CellResults, reference: CellResults) -> None:
    np.testing.assert_allclose(ours.allocated_mw, reference.allocated_mw, atol=2e-6)
    np.testing.assert_allclose(ours.overload_mvah, reference.overload_mvah, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.branch_overload_mvah, reference.branch_overload_mvah, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.worst_loading_percent, reference.worst_loading_percent, rtol=1e-8)
    for name in ("insecure_hours", "interrupted_mw"):
        np.testing.assert_allclose(getattr(ours, name), getattr(reference, name), rtol=1e-12)
    named = [f"{what}_{name}" for what in ("worst", "limit") for name in ("branch", "contingency", "hour")]
    for name in ("not_converged", *named):
        np.testing.assert_array_equal(getattr(ours, name), getattr(reference, name))


@pytest.mark.parametrize("seed", range(6))
def test_backends_agree(fast_kernels: Kernels, seed: int) -> None:
    cell = random_cell(100 + seed)
    assert_same_cells(evaluate(fast_kernels, cell), by_reference(100 + seed))
