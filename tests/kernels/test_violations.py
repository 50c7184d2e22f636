"""The screen finds what full enumeration finds, on every backend."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandapower.networks as pn
import pandas as pd
import pytest
from numpy.typing import NDArray

import gridprio
from gridprio.errors import InputError
from gridprio.kernels.cases import Columns
from gridprio.kernels.enumerate_outages import enumerate_violations
from gridprio.kernels.protocol import Kernels
from gridprio.kernels.select import get_kernels
from gridprio.model.grid import NODE_SLACK, Grid, branch_name
from gridprio.model.rules import LoadFlowOptions, ScreenRules
from gridprio.model.violations import ViolationArrays
from tests.effort import IS_LONG
from tests.kernels.grids import GridBuilder, random_grid

NETS = (
    *("case14", "case30", "case118"),
    "example_multivoltage",  # three-winding transformers, parts that are split off
    "mv_oberrhein",  # two substations, open rings
)


@cache
def grid_of(name: str) -> Grid:
    """A net of pandapower, read once for all tests."""
    grid: Grid = gridprio.read_grid(f"pandapower:{name}")
    return grid


def _hours(grid: Grid, count: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.Generator(np.random.Philox(key=seed))
    shape = (count, len(grid.bus_ids))
    return grid.p_mw * rng.uniform(0.7, 1.1, shape), grid.q_mvar * rng.uniform(0.7, 1.1, shape)


def _all(kernels: Kernels, grid: Grid, p: Any, q: Any, limit: float) -> ViolationArrays:
    arrays = grid.arrays
    return enumerate_violations(
        kernels,
        arrays,
        p,
        q,
        np.arange(arrays.n_outage, dtype=np.int32),
        arrays.branch_in_service[None],
        columns=Columns(grid.bus_node, 1 / arrays.base_mva),
        rules=ScreenRules(limit),
        threads=1,
    )


def _rows(found: ViolationArrays) -> NDArray[np.int64]:
    """Case, outage and branch of each violation as one number."""
    case, outage, branch = (part.astype(np.int64) for part in (found.case, found.outage, found.branch))
    rows: NDArray[np.int64] = case << 40 | (outage + 1) << 20 | branch
    assert len(np.unique(rows)) == len(rows)
    return rows


def _same(found: ViolationArrays, full: ViolationArrays, limit: float) -> None:
    """A loading within rounding of the limit may be on either side."""
    rows, expected = _rows(found), _rows(full)
    near = np.abs(full.loading_percent - limit) < 1e-6 * limit
    assert near[~np.isin(expected, rows)].all()
    common = np.isin(rows, expected)
    assert (~common).sum() <= near.sum()
    order = np.argsort(expected)
    at = order[np.searchsorted(expected, rows[common], sorter=order)]
    assert np.allclose(found.loading_percent[common], full.loading_percent[at], rtol=1e-6, atol=0)
    assert np.allclose(found.loading_percent[~common], limit, rtol=1e-6, atol=0)
    failed = [(f.failed_case.tolist(), f.failed_outage.tolist(), f.failed_status.tolist()) for f in (found, full)]
    assert failed[0] == failed[1]


@cache
def _enumerated(name: str) -> tuple[Grid, NDArray[np.float64], NDArray[np.float64], ViolationArrays]:
    """A grid, six hours, and every loading above next to nothing."""
    grid = grid_of(name)
    p, q = _hours(grid, 6, seed=1)
    return grid, p, q, _all(get_kernels("rust"), grid, p, q, 1e-6)


def _above(full: ViolationArrays, limit: float) -> ViolationArrays:
    above = full.loading_percent > limit
    parts = {name: getattr(full, name)[above] for name in ("case", "outage", "branch", "loading_percent")}
    return replace(full, **parts)


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("share", [0.7, 1.02, 1.3])
@pytest.mark.usefixtures("rust_kernels")
def test_nothing_that_full_enumeration_finds_is_missed(name: str, share: float) -> None:
    """The limit below, just above and far above the largest loading of the intact grid."""
    grid, p, q, whole = _enumerated(name)
    limit = share * float(whole.loading_percent[whole.outage == -1].max())
    found = gridprio.find_violations(grid, p, q, loading_limit_percent=limit, backend="rust")
    full = _above(whole, limit)
    assert len(full.case) or share > 1
    _same(found.arrays, full, limit)
    assert found.arrays.n_solved <= full.n_solved


def test_every_backend_and_instruction_set_finds_the_same(fast_kernels: Kernels) -> None:
    arrays = random_grid(3, 14)
    p, q = (own * np.array([[0.9], [1.0]]) for own in (arrays.p_pu, arrays.q_pu))
    outages, mask = np.arange(arrays.n_outage, dtype=np.int32), arrays.branch_in_service[None]
    rules = ScreenRules(40.0, margin_percent=2.0)
    found = fast_kernels.find_violations(arrays, p, q, outages, mask, rules=rules, threads=1)
    full = enumerate_violations(get_kernels("reference"), arrays, p, q, outages, mask, rules=rules, threads=1)
    assert len(full.case)
    _same(found, full, 40.0)


@pytest.mark.parametrize("seed", range(12))
def test_random_grids(seed: int, rust_kernels: Kernels) -> None:
    rng, grid = np.random.Generator(np.random.Philox(key=seed)), random_grid(seed, 30)
    p, q = (own * rng.uniform(0.7, 1.1, (40, grid.n_node)) for own in (grid.p_pu, grid.q_pu))
    kernels, mask = rust_kernels, grid.branch_in_service[None]
    outages = np.arange(grid.n_outage, dtype=np.int32)
    intact = kernels.solve_load_flow(
        grid, p, q, np.array([-1]), mask, options=LoadFlowOptions(), threads=1
    ).loading_percent
    for share in (0.5, 0.9, 1.05, 1.2):
        rules = ScreenRules(float(share * np.nanmax(intact)), margin_percent=2.0)
        found = kernels.find_violations(grid, p, q, outages, mask, rules=rules, threads=1)
        full = enumerate_violations(kernels, grid, p, q, outages, mask, rules=rules, threads=1)
        _same(found, full, rules.loading_limit_percent)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["case6ww", "case9", "case14", "case30", "case57"])
def test_hours_that_are_unlike_and_no_margin(name: str, rust_kernels: Kernels) -> None:
    """Clusters of hours from next to nothing to overload, limits all the way up; the margin is left out."""
    grid = grid_of(name)
    rng = np.random.Generator(np.random.Philox(key=5))
    share = rng.uniform(0, 1.3, (60, 1)) * rng.uniform(0.6, 1.4, (60, len(grid.bus_ids)))
    p, q = grid.p_mw * share, grid.q_mvar * share
    whole = _all(rust_kernels, grid, p, q, 1e-6)
    shares = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999]
    for limit in np.quantile(whole.loading_percent, shares if IS_LONG or name != "case57" else shares[1::3]):
        expected = _rows(_above(whole, limit * (1 + 1e-6)))
        found = gridprio.find_violations(
            grid, p, q, loading_limit_percent=float(limit), margin_percent=0, backend="rust"
        ).arrays
        assert np.isin(expected, _rows(found)).all()
        assert len(found.failed_case) == len(whole.failed_case)


def test_outages_that_share_branches(rust_kernels: Kernels) -> None:
    """A pair is not taken for the single outage of its first branch."""
    grid = GridBuilder()
    nodes = [grid.node(NODE_SLACK), *(grid.node(s_mva=-8 - 1j) for _ in range(5))]
    for f, t in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (1, 4), (0, 3)]:
        branch = grid.branch(nodes[f], nodes[t], 0.01 + 0.05j)
        grid.outage(branch)
    for pair in ((0, 5), (1, 6), (2, 7), (0, 7)):
        grid.outage(*pair)
    arrays = grid.build()
    p, q = (own * np.linspace(0.5, 1.5, 80)[:, None] for own in (arrays.p_pu, arrays.q_pu))
    outages, mask = np.arange(arrays.n_outage, dtype=np.int32), arrays.branch_in_service[None]
    rules = ScreenRules(20.0, margin_percent=2.0)
    full = enumerate_violations(rust_kernels, arrays, p, q, outages, mask, rules=rules, threads=1)
    assert (full.outage >= 8).any()
    _same(rust_kernels.find_violations(arrays, p, q, outages, mask, rules=rules, threads=1), full, 20.0)


def test_near_collapse_what_has_no_solution_is_named(rust_kernels: Kernels) -> None:
    """Loads near the nose: outages without a solution move no voltage far in the linear view of a weak line."""
    net = pn.case30()
    net.load["p_mw"] *= 2.4
    net.load["q_mvar"] *= 2.4
    grid = gridprio.read_grid(net)
    p, q = _hours(grid, 40, seed=3)
    full = _all(rust_kernels, grid, p, q, 250.0)
    assert len(full.failed_case)
    found = gridprio.find_violations(grid, p, q, loading_limit_percent=250.0, backend="rust")
    _same(found.arrays, full, 250.0)


@pytest.mark.usefixtures("rust_kernels")
@pytest.mark.slow
def test_a_limit_that_nothing_comes_near_costs_hardly_any_load_flow() -> None:
    grid = grid_of("mv_oberrhein")
    p, q = _hours(grid, 50, seed=1)
    found = gridprio.find_violations(grid, p, q, loading_limit_percent=1e4, backend="rust")
    assert not len(found.arrays.case)
    assert found.arrays.n_solved < 0.2 * 51 * grid.arrays.n_outage


@pytest.mark.usefixtures("rust_kernels")
def test_threads_change_nothing() -> None:
    grid = grid_of("case118")
    p, q = _hours(grid, 70, seed=1)
    limit = float(np.nanmax(gridprio.solve_load_flow(grid, p, q).loading_percent))
    one, two = (
        gridprio.find_violations(grid, p, q, loading_limit_percent=limit, threads=threads, backend="rust").table
        for threads in (1, 2)
    )
    assert one.equals(two)


def test_a_table_names_elements(tmp_path: Path) -> None:
    grid = grid_of("case14")
    found = gridprio.find_violations(grid, outages=[2], loading_limit_percent=1.0)
    assert set(found.table["outage"]) == {"intact", "line:2"}
    assert set(found.table["branch"]) <= {branch_name(branch) for branch in grid.branch_ids}
    found.table.to_parquet(tmp_path / "violations.parquet")
    assert pd.read_parquet(tmp_path / "violations.parquet").equals(found.table)
    assert set(found.table["limit_percent"]) == {1.0} and f"{len(found.table)} above the limit" in repr(found)
    assert found.unsolved.empty


def test_what_is_wrong_is_said_at_once() -> None:
    grid = grid_of("case14")
    with pytest.raises(InputError) as error:
        gridprio.find_violations(
            grid, p_mw=[[1.0]], outages=[0, 0], in_service=[True], loading_limit_percent=0, threads=0
        )
    for name in ("p_mw", "outages", "in_service", "loading_limit_percent", "threads"):
        assert name in str(error.value)
    with pytest.raises(InputError, match="no such outage"):
        gridprio.find_violations(grid, outages=[99])
    with pytest.raises(InputError, match="not finite"):
        gridprio.find_violations(grid, p_mw=np.full(len(grid.bus_ids), np.nan))


def test_what_has_no_solution_is_named_without_any_limit(rust_kernels: Kernels) -> None:
    """Hours from calm to past the nose, a limit that nothing reaches: only probes and stress can find them."""
    grid = grid_of("case57")
    rng = np.random.Generator(np.random.Philox(key=0))
    shape = (48, len(grid.bus_ids))
    p, q = (own * rng.uniform(0, 1.3, (48, 1)) * rng.uniform(0.6, 1.4, shape) for own in (grid.p_mw, grid.q_mvar))
    full = gridprio.find_violations(grid, p, q, margin_percent=100, backend="rust").arrays
    found = gridprio.find_violations(grid, p, q, backend="rust").arrays
    expected, named = (set(zip(f.failed_case.tolist(), f.failed_outage.tolist(), strict=True)) for f in (full, found))
    assert named <= expected
    assert len(named) >= 0.97 * len(expected) > 100  # a pair that nothing points at can be left out: see the theory


@pytest.mark.usefixtures("rust_kernels")
def test_an_outage_that_opens_nothing_is_the_intact_grid_once_more() -> None:
    grid = grid_of("case14")
    on = grid.arrays.branch_in_service.copy()
    on[grid.arrays.outage_branch[grid.arrays.outage_start[3]]] = False
    level = np.r_[np.linspace(0.5, 1, 20), np.linspace(4.2, 5, 4)]
    rules = {"in_service": on, "loading_limit_percent": 1e4, "backend": "rust"}
    found = gridprio.find_violations(grid, np.outer(level, grid.p_mw), np.outer(level, grid.q_mvar), **rules).arrays
    assert found.failed_case[found.failed_outage == 3].tolist() == [20, 21, 22, 23]
    assert found.failed_case[found.failed_outage == -1].tolist() == [20, 21, 22, 23]


@pytest.mark.usefixtures("rust_kernels")
@pytest.mark.parametrize("scale", [1.0, 1.3])
def test_many_hours_of_one_outage_on_a_factor_of_its_own(scale: float) -> None:
    """Hours far from the mean of their cluster end in the solution that they have on their own."""
    grid = grid_of("case24_ieee_rts")
    rng = np.random.Generator(np.random.Philox(key=2))
    share = rng.uniform(0, 1.3, (530, 1)) * rng.uniform(0.6, 1.4, (530, len(grid.bus_ids))) * scale
    p, q = grid.p_mw * share, grid.q_mvar * share
    found = gridprio.find_violations(grid, p, q, outages=[8], loading_limit_percent=20.0, backend="rust").arrays
    own = found.outage == 8
    rows = set(zip(found.case[own].tolist(), found.branch[own].tolist(), strict=True))
    failed = set(found.failed_case[found.failed_outage == 8].tolist())
    for first in range(0, 530, 16):
        part = slice(first, first + 16)
        flows = gridprio.solve_load_flow(grid, p[part], q[part], outage=[8] * len(p[part]), backend="rust")
        assert {first + k for k in np.flatnonzero(flows.status)} == failed & set(range(first, first + 16))
        above = np.nan_to_num(flows.loading_percent) > 20.0 * (1 + 1e-6)
        above[flows.status != 0] = False
        assert {(first + int(c), int(b)) for c, b in np.argwhere(above)} <= rows
