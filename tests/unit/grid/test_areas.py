"""Areas are exactly independent, and bridges are what really splits them."""

from __future__ import annotations

import numpy as np
import pandapower as pp
import pytest

from gridprio import read_grid
from gridprio.grid import split_areas, splitting_outages
from gridprio.kernels import get_kernels
from gridprio.model.grid import NODE_SLACK, Grid, GridArrays
from gridprio.model.rules import LoadFlowOptions

from .nets import small_province


def two_provinces() -> Grid:
    """Two rings that meet only in their in-feed (joined at one slack bus), and a line between two slacks."""
    net = small_province()
    pp.create_bus(net, 150, index=50, name="East")
    pp.create_bus(net, 150, index=51, name="In-feed east")
    pp.create_bus(net, 10.5, index=52, name="nowhere")
    pp.create_ext_grid(net, 51, vm_pu=1.01)
    pp.create_load(net, 50, 30, 5)
    pp.create_load(net, 52, 1)
    for f, t in ((0, 50), (0, 50), (0, 51)):
        pp.create_line(net, f, t, 20, "OHL 150 kV 150 MVA")
    pp.create_line(net, 50, 51, 20, "OHL 150 kV 150 MVA", in_service=False)
    return read_grid(net)


def solve(arrays: GridArrays, outages: list[int]) -> tuple[np.ndarray, np.ndarray]:
    flows = get_kernels("reference").solve_load_flow(
        arrays,
        arrays.p_pu,
        arrays.q_pu,
        np.array(outages),
        arrays.branch_in_service,
        options=LoadFlowOptions(tolerance_mva=1e-10),
        threads=1,
    )
    assert (flows.status == 0).all()
    return flows.vm_pu * np.exp(1j * flows.va_radian), flows.loading_percent


def test_areas_partition_the_grid() -> None:
    grid = two_provinces()
    areas = split_areas(grid)
    # Line 3 hangs on the in-feed with its far end open, and line 7 joins both in-feeds.
    assert [area.name for area in areas] == ["HV1", "East", "MV0", "HV0", "HV0"]
    branches = np.concatenate([area.branches for area in areas])
    assert sorted(branches) == list(range(grid.arrays.n_branch))
    outages = np.concatenate([area.outages for area in areas])
    assert sorted(outages) == list(range(grid.arrays.n_outage))
    inner = np.concatenate([area.nodes[area.arrays.node_kind != NODE_SLACK] for area in areas])
    assert len(inner) == len(set(inner.tolist())) == (grid.arrays.node_kind != NODE_SLACK).sum() - 1


@pytest.mark.parametrize("outage", [-1, 0, 3, 6])
def test_areas_solve_as_the_whole(outage: int) -> None:
    grid = two_provinces()
    v, loading = solve(grid.arrays, [outage])
    for area in split_areas(grid):
        own = np.flatnonzero(area.outages == outage)
        v_area, loading_area = solve(area.arrays, [int(own[0]) if len(own) else -1])
        np.testing.assert_allclose(v_area[0], v[0, area.nodes], rtol=0, atol=1e-12)
        np.testing.assert_allclose(loading_area[0], loading[0, area.branches], rtol=0, atol=1e-9)


def test_splitting_outages_are_those_after_which_a_bus_is_without_voltage() -> None:
    grid = two_provinces()
    splitting = splitting_outages(grid.arrays, grid.arrays.branch_in_service)
    v, _ = solve(grid.arrays, list(range(-1, grid.arrays.n_outage)))
    lost = np.isnan(v[1:]).sum(axis=1) > np.isnan(v[0]).sum()
    np.testing.assert_array_equal(splitting, lost)
    assert splitting.any() and not splitting.all()
    for area in split_areas(grid):
        np.testing.assert_array_equal(area.splitting, splitting[area.outages])


@pytest.mark.slow
def test_three_winding_transformer_splits_when_one_side_hangs_on_it() -> None:
    grid = read_grid("pandapower:example_multivoltage")
    splitting = splitting_outages(grid.arrays, grid.arrays.branch_in_service)
    v, _ = solve(grid.arrays, list(range(-1, grid.arrays.n_outage)))
    buses = grid.bus_node[grid.bus_node >= 0]
    lost = np.isnan(v[1:, buses]).sum(axis=1) > np.isnan(v[0, buses]).sum()
    assert (splitting >= lost).all()
    assert splitting[grid.outage_ids.index(("trafo3w", 0))]
