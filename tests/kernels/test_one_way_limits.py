"""Limits of one direction, on every backend: by hand, and the screen of Rust against every case."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from gridprio.kernels.protocol import Kernels
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, CellResults
from gridprio.model.congestion import CongestionArrays
from gridprio.model.grid import NODE_SLACK, GridArrays
from gridprio.model.limits import lifted
from tests.effort import times
from tests.kernels.cell_cases import RULES, Cell, Enumeration, Request, contingencies, evaluate
from tests.kernels.conftest import present
from tests.kernels.grids import GridBuilder
from tests.kernels.test_cells import random_cell
from tests.kernels.test_near_cases import FEW, MANY, assert_same, year

INTO, OUT = 1, -1
"""From the slack node to the station, and back."""


def with_limits(grid: GridArrays, *limits: tuple[int, int]) -> GridArrays:
    return replace(grid, one_way_limits=np.array(limits, dtype=np.int32).reshape(-1, 2))


def coupled(*ways: int) -> GridArrays:
    """A slack node and a station behind one coupling of 100 MVA per way in series."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    for at, _ in enumerate(ways):
        g.node()
        g.branch(at, at + 1, 1e-4j)
    return with_limits(g.build(), *((at, way) for at, way in enumerate(ways) if way))


@pytest.mark.parametrize(("way", "months"), [(0, (0, 6)), (INTO, (0,)), (OUT, (6,))])
def test_overload_counts_in_the_hours_of_its_direction_alone(kernels: Kernels, way: int, months: tuple[int]) -> None:
    """150 MW drawn in January, 130 MW fed in in July, against 100 MVA."""
    cell = Cell(coupled(way), contingencies(), p_mw={1: [-150.0, 130.0]}, month=[0, 6], weight_h=[10.0, 20.0])
    found = evaluate(kernels, cell)
    expected = np.zeros(12)
    expected[[0, 6]] = [10 * 50.0, 20 * 30.0]
    expected[[month for month in (0, 6) if month not in months]] = 0.0
    np.testing.assert_allclose(found.overload_mvah[0], expected, rtol=1e-3)
    assert (found.overload_mvah[0] == 0).tolist() == (expected == 0).tolist()
    assert found.worst_loading_percent[0] == pytest.approx(150.0 if 0 in months else 130.0, rel=1e-3)
    assert found.insecure_hours[0].tolist() == [
        {0: 10.0, 6: 20.0}.get(m, 0.0) if m in months else 0.0 for m in range(12)
    ]


HELD_BACK = pytest.mark.parametrize(
    ("way", "sign", "base_mw", "served"),
    [
        (INTO, -1, -20.0, 80.0), (INTO, 1, -20.0, 400.0), (OUT, -1, -20.0, 400.0), (OUT, 1, -20.0, 120.0),
        (INTO, -1, 30.0, 130.0), (OUT, 1, 30.0, 70.0),
        # Passed already the other way: that is no limit of this direction, and no cap above it.
        (OUT, 1, -150.0, 250.0), (INTO, -1, 150.0, 250.0), (OUT, -1, -150.0, 400.0),
        (OUT, 1, 150.0, 0.0),
    ],
)  # fmt: skip


def assert_holds_back(kernels: Kernels, way: int, sign: int, base_mw: float, served: float, n_hour: int) -> None:
    request = Request(1, 400.0, sign=sign, profile=np.ones(n_hour))
    cell = Cell(coupled(way), contingencies(), [request], p_mw={1: base_mw}, month=[0] * n_hour)
    found = evaluate(kernels, cell)
    assert found.allocated_mw[0, 0] == pytest.approx(served, abs=0.5)
    assert (found.limit_branch[0, 0] == 0) == (served < 400.0)


@HELD_BACK
@pytest.mark.parametrize("n_hour", [1, 2])
def test_a_limit_holds_back_its_own_direction(
    kernels: Kernels, way: int, sign: int, base_mw: float, served: float, n_hour: int
) -> None:
    assert_holds_back(kernels, way, sign, base_mw, served, n_hour)


@HELD_BACK
def test_a_limit_holds_back_its_own_direction_in_many_hours(
    fast_kernels: Kernels, way: int, sign: int, base_mw: float, served: float
) -> None:
    """Of which Rust looks at samples; the reference treats any number of them alike."""
    assert_holds_back(fast_kernels, way, sign, base_mw, served, MANY)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_limit_of_the_other_direction_gives_no_cut(kernels: Kernels, sign: int) -> None:
    """However much is asked for: a cut that is taken anew at each turn would leave less."""
    way = INTO if sign > 0 else OUT
    cell = Cell(coupled(way), contingencies(), [Request(1, 6000.0, sign=sign)], p_mw={1: sign * 20.0})
    found = evaluate(kernels, cell)
    assert found.allocated_mw[0, 0] == 6000.0 and found.limit_branch[0, 0] == -1


def test_changing_one_direction_leaves_the_other_as_it_was(kernels: Kernels) -> None:
    """Two couplings in series; the sun of one hour and the demand of another, and requests for both."""
    found = []
    for into, out in ((100.0, 100.0), (100.0, 60.0), (70.0, 100.0)):
        grid = coupled(INTO, OUT)
        percent = 1e4 / np.array([into, out])
        grid = replace(grid, from_percent_per_pu=percent, to_percent_per_pu=percent, rating_mva=1e4 / percent)
        requests = [
            Request(2, 200.0, profile=[1.0, 0.0, 1.0, 0.0]), Request(2, 200.0, sign=1, profile=[0.0, 1.0, 0.0, 1.0])
        ]  # fmt: skip
        p_mw = {2: [-150.0, 140.0, -30.0, 20.0]}
        cell = Cell(grid, contingencies(), [], p_mw=p_mw, month=[0, 6, 0, 6])
        later = replace(cell, requests=requests, p_mw={2: [-30.0, 20.0, -30.0, 20.0]})
        found.append((evaluate(kernels, cell).branch_overload_mvah[0], evaluate(kernels, later).allocated_mw[0]))
    (overload, served), (less_out, served_out), (less_into, served_into) = found
    assert less_out[0] == pytest.approx(overload[0], rel=1e-9) and less_out[1] > overload[1] + 1.0
    assert less_into[1] == pytest.approx(overload[1], rel=1e-9) and less_into[0] > overload[0] + 1.0
    assert served_out[0] == pytest.approx(served[0], abs=1e-9) and served_out[1] == pytest.approx(
        served[1] - 40.0, abs=0.1
    )
    assert served_into[1] == pytest.approx(served[1], abs=1e-9)
    assert served_into[0] == pytest.approx(served[0] - 30.0, abs=0.1)


def test_a_limit_holds_where_nothing_flows_and_not_a_little_against_it() -> None:
    """Both ways, for a reactive current too."""
    grid = coupled(INTO, OUT)
    way, power = np.array([1, -1]), np.array([0.0, 5e-9, 5e-8, -5e-8])
    v = np.ones((4, 3), dtype=np.complex128)
    for at in (0, 1):  # what flows into branch `at`, and 0.5 pu of reactive power beside it
        v[:, at + 1] = v[:, at] - np.conj((power + 0.5j) / v[:, at]) * 1e-4j
    expected = way * power[:, None] * 100.0 < -1e-6
    assert lifted(grid, v).tolist() == expected.tolist() == [[False] * 2, [False] * 2, [False, True], [True, False]]


def one_way_mesh(seed: int, n_hour: int, factor: float) -> Cell:
    """A random mesh in which half of the branches have a limit of one direction, some of them passed."""
    cell = year(random_cell(seed, n_node=7, n_hour=n_hour), n_hour, factor)
    rng = np.random.default_rng(seed)
    branches = rng.permutation(cell.grid.n_branch)[: (cell.grid.n_branch + 1) // 2]
    return replace(cell, grid=with_limits(cell.grid, *((int(b), int(rng.choice([-1, 1]))) for b in branches)))


@pytest.mark.parametrize("factor", [0.3, 0.7, 1.8])
@pytest.mark.parametrize("n_hour", [FEW, MANY])
@pytest.mark.parametrize("seed", range(6))
def test_a_screened_cell_is_that_of_every_case(seed: int, n_hour: int, factor: float) -> None:
    kernels, cell = present("rust"), one_way_mesh(seed, n_hour, factor)
    assert_same(evaluate(kernels, cell), evaluate(kernels, cell, margin_percent=100.0))


@pytest.mark.parametrize("n_hour", [FEW, MANY])
@pytest.mark.parametrize("seed", range(6))
def test_a_request_that_is_alone_is_held_back_as_by_every_case(seed: int, n_hour: int) -> None:
    kernels, cell = present("rust"), one_way_mesh(seed, n_hour, 0.3)
    for request in cell.requests:
        alone = replace(cell, requests=[replace(request, requested_mw=400.0, firm=False)])
        found, expected = (evaluate(kernels, alone, margin_percent=margin) for margin in (2.0, 100.0))
        assert_same(found, expected)


def test_power_that_turns_after_an_outage_is_not_ruled_out() -> None:
    """60 MVAr and next to no MW are drawn, so that the limit of what is fed in does not hold without the queue. With
    82 MW of feed-in it is met after the outage of the circuit beside it, though the current changes by less than it. In
    three hours much is drawn, so that the circuit that goes out carries no more than where the outage was solved."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    g.branch(0, 1, 1e-3j)
    g.branch(0, 1, 1e-3j, percent_per_pu=10.0)
    for _ in range(8):
        g.branch(0, g.node(), 0.01j)
    wave = 1 + 0.02 * np.sin(np.arange(FEW))
    both = CASE_DEMAND | CASE_FEED_IN
    cell = Cell(
        with_limits(g.build(), (0, OUT)),
        contingencies(*([branch] for branch in range(1, 10)), direction=both),
        [Request(1, 44.0, sign=1, profile=wave / 1.02)] * 2,
        p_mw={1: np.r_[-150.0, -190.0, -230.0, -2 * wave[3:]]},
        q_mvar={1: -60 * wave / 1.02},
        month=[0] * FEW,
    )
    found, expected = (evaluate(present("rust"), cell, margin_percent=margin) for margin in (2.0, 100.0))
    assert expected.allocated_mw[0].sum() == pytest.approx(82.0, abs=2.0)
    assert expected.limit_contingency[0, 1] == 1
    assert_same(found, expected)


def congestion(kernels: Kernels, cell: Cell) -> CongestionArrays:
    nobody = replace(cell, requests=[]).batch()
    return kernels.find_congestion(cell.grid, cell.contingencies, nobody, rules=RULES, threads=1)


@cache
def mesh_cases(seed: int, factor: float) -> tuple[Cell, Enumeration]:
    cell = one_way_mesh(seed, 12, factor)
    return cell, Enumeration(cell)


@cache
def by_the_reference(seed: int, factor: float) -> tuple[CellResults, CongestionArrays]:
    (cell, _), reference = mesh_cases(seed, factor), present("reference")
    return evaluate(reference, cell), congestion(reference, cell)


def holds_back(cell: Cell, cases: Enumeration, found: CellResults, request: int) -> bool:
    """Whether the limit that is named is passed by a little of a request that got nothing, or by all of a firm one.

    A case without a solution, or a branch that is out, passes none: nothing of these meshes is held back by them.
    How much of the request a branch carries is not looked at.
    """
    asked = cell.requests[request]
    same = [one.sign <= asked.sign for one in cell.requests]  # what is fed in comes on top of what is drawn
    before = np.where(same, found.allocated_mw[0], 0.0)
    trial = before.copy()
    trial[request] = asked.requested_mw if asked.firm else min(0.1, asked.requested_mw)
    limits = found.limit_branch, found.limit_contingency, found.limit_hour
    branch, k, hour = (int(limit[0, request]) for limit in limits)
    if (hour, k) not in cases.required(trial):
        return False
    (_, loading_before, cap), (solved, loading, _) = (cases.solve(mw, hour, k) for mw in (before, trial))
    return solved and branch >= 0 and bool(loading[branch] > max(cap[branch], loading_before[branch]) + 1e-6)


def test_limits_of_both_directions_would_overload_the_random_meshes_otherwise() -> None:
    """Where much flows; else the tests on these meshes would say nothing of the direction."""
    differ = 0
    for seed in range(30):
        cell = one_way_mesh(seed, 12, 3.0)
        plain = replace(cell, grid=with_limits(cell.grid))
        one_way, both = (evaluate(present("rust"), each).branch_overload_mvah for each in (cell, plain))
        differ += np.abs(one_way - both).max() > 1.0
    assert differ >= 25


TIED = 5
"""With factor 1, two limits of this mesh leave nothing to a request; the first of them is named."""


@pytest.mark.parametrize("factor", [1.0, 3.0])
@pytest.mark.parametrize("seed", sorted({*range(times(2, 30)), TIED}))
def test_backends_agree_on_random_meshes(fast_kernels: Kernels, seed: int, factor: float) -> None:
    (cell, cases), (expected, rows) = mesh_cases(seed, factor), by_the_reference(seed, factor)
    found = evaluate(fast_kernels, cell, margin_percent=100.0)
    for request in np.flatnonzero(expected.allocated_mw[0] == 0.0).tolist():
        assert holds_back(cell, cases, found, request), request
    assert_same(found, expected)
    found_rows = congestion(fast_kernels, cell)
    for name in ("intact_percent", "branch", "feed_in", "hours", "overload_mvah", "worst_percent"):
        np.testing.assert_allclose(getattr(found_rows, name), getattr(rows, name), atol=1e-5, err_msg=name)
