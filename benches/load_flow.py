"""AC load flows of many hours on one topology: every load drawn apart within 5 % of its own value."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import gridprio
from benches.registry import Case, Contender
from gridprio.grid.sources import read_net
from gridprio.kernels.select import BACKENDS, missing_backends

GRIDS = {
    "case118": ("pandapower:case118", 2000),
    "case300": ("pandapower:case300", 1000),
    "case1354pegase": ("pandapower:case1354pegase", 1000),
    "1-HV-mixed--2": ("simbench:1-HV-mixed--2-no_sw", 2000),
}
TOLERANCE_PU = 1e-8
"""Largest power mismatch for everyone, per unit on the base of the grid."""


def cases(peers: bool, count: int | None = None) -> Iterator[Case]:
    for name, (source, own_count) in GRIDS.items():
        yield _case(name, source, count or own_count, peers)


def backends() -> list[str]:
    """Backends that are present, without the reference."""
    missing = missing_backends()
    return [name for name in BACKENDS if name not in missing and name != "reference"]


def _case(name: str, source: str, count: int, peers: bool) -> Case:
    net, _ = read_net(source)
    grid = gridprio.read_grid(net)
    factor = np.random.Generator(np.random.Philox(key=1)).uniform(0.95, 1.05, (count, len(net.load)))
    p_load, q_load = factor * net.load["p_mw"].to_numpy(), factor * net.load["q_mvar"].to_numpy()
    at = np.searchsorted(grid.bus_ids, net.load["bus"].to_numpy())
    p_mw = np.repeat(grid.p_mw[None, :], count, axis=0)
    q_mvar = np.repeat(grid.q_mvar[None, :], count, axis=0)
    for k, bus in enumerate(at):
        p_mw[:, bus] -= p_load[:, k] - net.load["p_mw"].iloc[k]
        q_mvar[:, bus] -= q_load[:, k] - net.load["q_mvar"].iloc[k]
    contenders = [_own(grid, backend, p_mw, q_mvar, TOLERANCE_PU * net.sn_mva) for backend in backends()]
    if peers:
        contenders.append(_lightsim2grid(net, p_load, q_load))
    return Case(name, count, tuple(contenders))


def _own(
    grid: Any, backend: str, p_mw: NDArray[np.float64], q_mvar: NDArray[np.float64], tolerance_mva: float
) -> Contender:
    def run() -> NDArray[np.float64]:
        flows = gridprio.solve_load_flow(grid, p_mw, q_mvar, backend=backend, tolerance_mva=tolerance_mva)
        return flows.v_pu

    return Contender(f"gridprio {backend}", run)


def _lightsim2grid(net: Any, p_load: NDArray[np.float64], q_load: NDArray[np.float64]) -> Contender:
    """Its conversion of case118 and case300 gives voltages up to 0.02 pu from pandapower's; the work is the same."""
    from lightsim2grid.timeSerie import TimeSeriesCPP

    model, start = lightsim2grid_model(net)
    count = len(p_load)
    p_gen = np.tile([generator.target_p_mw for generator in model.get_generators()], (count, 1))
    p_sgen = np.tile([generator.target_p_mw for generator in model.get_static_generators()], (count, 1))

    def run() -> NDArray[np.float64]:
        series = TimeSeriesCPP(model)
        converged = series.compute_Vs(p_gen, p_sgen, p_load, q_load, start, 30, TOLERANCE_PU)
        if not converged:
            raise RuntimeError("lightsim2grid did not converge")
        return np.abs(series.get_voltages())

    return Contender("lightsim2grid TimeSeries", run)


def lightsim2grid_model(net: Any) -> tuple[Any, NDArray[np.complex128]]:
    """Its model of a net, and the solved voltages to start from; it wants limits of generators as numbers."""
    import pandapower
    from lightsim2grid.gridmodel import init_from_pandapower

    pandapower.runpp(net)
    for table, columns in (("sgen", net.sgen.columns), ("gen", net.gen.columns)):
        for column in set(columns) & {"min_p_mw", "max_p_mw", "min_q_mvar", "max_q_mvar"}:
            net[table][column] = net[table][column].astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = init_from_pandapower(net)
    va_radian = np.radians(net.res_bus["va_degree"].to_numpy())
    return model, net.res_bus["vm_pu"].to_numpy() * np.exp(1j * va_radian)
