"""One load flow of ours beside one of pandapower, element by element."""

from __future__ import annotations

import copy
import logging
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandapower
from numpy.typing import NDArray
from pandapower.auxiliary import ControllerNotConverged

from gridprio import solve_load_flow
from gridprio.model.flows import LoadFlows
from gridprio.model.grid import NODE_SLACK, BranchId, Grid

VOLTAGE_PU = 1e-8
LOADING_PERCENT = 1e-6


def run_pandapower(net: Any, **options: Any) -> bool:
    """Solve with pandapower's defaults, a tight tolerance and `options`; whether it converged."""
    logging.getLogger("pandapower").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # By its own Newton: lightsim2grid, which it takes where present, knows no slack weights at PV buses.
            own = {"lightsim2grid": False} if options else {}
            tight = {"tolerance_mva": 1e-10, "max_iteration": 50, "init_vm_pu": start_vm_pu(net)}
            pandapower.runpp(net, **{**tight, **own, **options})
        except (pandapower.LoadflowNotConverged, ControllerNotConverged):
            return False
    return True


def start_vm_pu(net: Any) -> float | None:
    """Where pandapower starts by itself, the mean set point. Its own way there takes a third of the time of a run."""
    if len(net.get("vsc", ())):
        return None
    held = [net[table].vm_pu.to_numpy()[net[table].in_service.to_numpy(dtype=bool)] for table in ("ext_grid", "gen")]
    return float((held[0].sum() + held[1].sum()) / (len(held[0]) + len(held[1])))


@dataclass(frozen=True)
class Expected:
    """What pandapower found, in the numbering of its tables."""

    vm_pu: Any
    va_degree: Any
    loading_percent: dict[tuple[str, int], float]
    """by line and transformer; a rating of zero or nothing gives NaN, no voltage gives 0"""


def results_of(net: Any) -> Expected:
    loading_of = {}
    for table in ("line", "trafo", "trafo3w"):
        rated = net.line.max_i_ka.to_numpy() > 0 if table == "line" else np.ones(len(net[table]), dtype=bool)
        loading = np.where(rated, np.nan_to_num(net[f"res_{table}"].loading_percent.to_numpy()), np.nan)
        loading_of |= {(table, int(i)): float(x) for i, x in zip(net[table].index, loading, strict=True)}
    return Expected(net.res_bus.vm_pu.copy(), net.res_bus.va_degree.copy(), loading_of)


def our_loading(flows: LoadFlows, case: int) -> dict[tuple[str, int], float]:
    """The same from our result: a three-winding transformer is as loaded as its most loaded winding."""
    ours: dict[tuple[str, int], float] = {}
    for branch, loading in zip(flows.grid.branch_ids, flows.loading_percent[case], strict=True):
        key = (branch[0], branch[1])
        ours[key] = max(ours.get(key, loading), loading)
    return ours


def assert_same(expected: Expected, flows: LoadFlows, case: int = 0) -> None:
    """Voltages to 1e-8 pu (as phasors), loadings to 1e-6 %, the same buses without voltage."""
    grid = flows.grid
    assert flows.status[case] == 0
    vm = expected.vm_pu.loc[grid.bus_ids].to_numpy()
    va = expected.va_degree.loc[grid.bus_ids].to_numpy()
    np.testing.assert_array_equal(np.isnan(flows.vm_pu[case]), np.isnan(vm))
    kind = np.where(grid.bus_node >= 0, grid.arrays.node_kind[np.maximum(grid.bus_node, 0)], NODE_SLACK)
    if (kind[np.isfinite(vm)] == NODE_SLACK).all():
        # With nothing to solve pandapower leaves the angle of the slack out (_bypass_pf_and_set_results).
        va = flows.va_degree[case]
    np.testing.assert_allclose(
        _phasor(flows.vm_pu[case], flows.va_degree[case]), _phasor(vm, va), rtol=0, atol=VOLTAGE_PU
    )
    ours = our_loading(flows, case)
    keys = list(expected.loading_percent)
    np.testing.assert_allclose(
        [ours[key] for key in keys], list(expected.loading_percent.values()), rtol=0, atol=LOADING_PERCENT
    )
    unrated = [ours[key] for key in ours if key not in expected.loading_percent]
    assert np.isnan(unrated).all()


def _phasor(vm: NDArray[np.float64], va_degree: NDArray[np.float64]) -> NDArray[np.complex128]:
    phasor: NDArray[np.complex128] = vm * np.exp(1j * np.radians(va_degree))
    return phasor


def take_out(net: Any, outage: BranchId) -> None:
    """The element out of service, or one of its parallel systems gone."""
    table, index, *system = outage
    if system:
        net[table].at[index, "parallel"] -= 1
    else:
        net[table].at[index, "in_service"] = False


def outages_of(net: Any, grid: Grid, rows: list[int]) -> dict[int, Expected]:
    """Each outage solved by pandapower as the net with that element out of service, or with one system less."""
    found = {}
    for row in rows:
        without = copy.deepcopy(net)
        take_out(without, grid.outage_ids[row])
        if run_pandapower(without):
            found[row] = results_of(without)
    return found


def assert_same_outages(expected: dict[int, Expected], grid: Grid, backend: str) -> None:
    assert expected
    flows = solve_load_flow(grid, outage=list(expected), tolerance_mva=1e-10, backend=backend)
    for case, result in enumerate(expected.values()):
        assert_same(result, flows, case)
