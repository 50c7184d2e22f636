"""One load flow of ours beside one of pandapower, element by element."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import numpy as np
import pandapower
from numpy.typing import NDArray

from gridprio import solve_load_flow
from gridprio.model.flows import LoadFlows
from gridprio.model.grid import NODE_SLACK, Grid

VOLTAGE_PU = 1e-8
LOADING_PERCENT = 1e-6


def run_pandapower(net: Any) -> bool:
    """Solve with pandapower's defaults and a tight tolerance; whether it converged."""
    logging.getLogger("pandapower").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pandapower.runpp(net, tolerance_mva=1e-10, max_iteration=50)
        except pandapower.LoadflowNotConverged:
            return False
    return True


def expected_loading(net: Any, grid: Grid) -> dict[tuple[str, int], float]:
    """Loading of each line and transformer; a rating of zero or nothing gives NaN, no voltage gives 0."""
    expected = {}
    for table in ("line", "trafo", "trafo3w"):
        rated = net.line.max_i_ka.to_numpy() > 0 if table == "line" else np.ones(len(net[table]), dtype=bool)
        loading = np.where(rated, np.nan_to_num(net[f"res_{table}"].loading_percent.to_numpy()), np.nan)
        expected |= {(table, int(i)): float(x) for i, x in zip(net[table].index, loading, strict=True)}
    return expected


def our_loading(flows: LoadFlows, case: int) -> dict[tuple[str, int], float]:
    """The same from our result: a three-winding transformer is as loaded as its most loaded winding."""
    ours: dict[tuple[str, int], float] = {}
    for branch, loading in zip(flows.grid.branch_ids, flows.loading_percent[case], strict=True):
        key = (branch[0], branch[1])
        ours[key] = max(ours.get(key, loading), loading)
    return ours


def assert_same(net: Any, flows: LoadFlows, case: int = 0) -> None:
    """Voltages to 1e-8 pu (as phasors), loadings to 1e-6 %, the same buses without voltage."""
    grid = flows.grid
    assert flows.status[case] == 0
    vm = net.res_bus.vm_pu.loc[grid.bus_ids].to_numpy()
    va = net.res_bus.va_degree.loc[grid.bus_ids].to_numpy()
    np.testing.assert_array_equal(np.isnan(flows.vm_pu[case]), np.isnan(vm))
    kind = np.where(grid.bus_node >= 0, grid.arrays.node_kind[np.maximum(grid.bus_node, 0)], NODE_SLACK)
    if (kind[np.isfinite(vm)] == NODE_SLACK).all():
        # With nothing to solve pandapower leaves the angle of the slack out (_bypass_pf_and_set_results).
        va = flows.va_degree[case]
    np.testing.assert_allclose(
        _phasor(flows.vm_pu[case], flows.va_degree[case]), _phasor(vm, va), rtol=0, atol=VOLTAGE_PU
    )
    ours = our_loading(flows, case)
    expected = expected_loading(net, grid)
    keys = list(expected)
    np.testing.assert_allclose(
        [ours[key] for key in keys], [expected[key] for key in keys], rtol=0, atol=LOADING_PERCENT
    )
    unrated = [ours[key] for key in ours if key not in expected]
    assert np.isnan(unrated).all()


def _phasor(vm: NDArray[np.float64], va_degree: NDArray[np.float64]) -> NDArray[np.complex128]:
    phasor: NDArray[np.complex128] = vm * np.exp(1j * np.radians(va_degree))
    return phasor


def check_outages(net: Any, grid: Grid, rows: list[int], backend: str) -> int:
    """Compare each outage with the net whose element is out of service; the number that both could solve."""
    flows = solve_load_flow(grid, outage=rows, tolerance_mva=1e-10, backend=backend)
    compared = 0
    for case, row in enumerate(rows):
        table, index = grid.outage_ids[row]
        before = bool(net[table].at[index, "in_service"])
        net[table].at[index, "in_service"] = False
        try:
            if run_pandapower(net):
                assert_same(net, flows, case)
                compared += 1
        finally:
            net[table].at[index, "in_service"] = before
    return compared
