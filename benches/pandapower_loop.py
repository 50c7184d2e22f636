"""pandapower solving one case after another, its own Newton compiled by Numba, each from the last solution.

Too slow for all cases: a few are solved and the time is per load flow.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benches.grids import TOLERANCE_PU, Bench, spread
from benches.registry import Contender

CASES = 4


def contender(
    bench: Bench,
    p_mw: NDArray[np.float64] | None = None,
    q_mvar: NDArray[np.float64] | None = None,
    outage: NDArray[np.intp] | None = None,
) -> Contender:
    """`p_mw`, `q_mvar` [case, bus], `outage` [case], rows of `grid.outage_ids`; what differs from the net's own
    injection is one static generator per bus."""
    import pandapower

    net, grid = copy.deepcopy(bench.net), bench.grid
    count = next(len(x) for x in (p_mw, outage) if x is not None)
    rows = np.array(spread(count, CASES))
    change = pandapower.create_sgens(net, grid.bus_ids, p_mw=0.0, q_mvar=0.0)
    solve = {
        "tolerance_mva": TOLERANCE_PU,  # it compares this with the mismatch in per unit
        "max_iteration": 30,
        "numba": True,
        "lightsim2grid": False,
    }
    pandapower.runpp(net, init="auto", **solve)

    def run() -> list[NDArray[np.complex128]]:
        found = []
        for row in rows:
            if p_mw is not None and q_mvar is not None:
                net.sgen.loc[change, "p_mw"] = p_mw[row] - grid.p_mw
                net.sgen.loc[change, "q_mvar"] = q_mvar[row] - grid.q_mvar
            if outage is not None:
                table, index, *system = grid.outage_ids[outage[row]]
                column = "parallel" if system else "in_service"
                before = net[table].at[index, column]
                net[table].at[index, column] = before - 1 if system else False
            pandapower.runpp(net, init="results", **solve)
            found.append(_phasors(net))
            if outage is not None:
                net[table].at[index, column] = before
        return found

    def result(found: list[NDArray[np.complex128]]) -> NDArray[np.complex128]:
        return _at_nodes(bench, np.array(found))

    return Contender("pandapower", run, result, rows=rows)


def _phasors(net: Any) -> NDArray[np.complex128]:
    v = net.res_bus["vm_pu"].to_numpy() * np.exp(1j * np.radians(net.res_bus["va_degree"].to_numpy()))
    return np.asarray(v[np.argsort(net.bus.index.to_numpy())])


def _at_nodes(bench: Bench, by_bus: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Nodes that stand for no bus (open ends of lines) follow from their neighbours: nothing is injected there."""
    v = np.full((len(by_bus), bench.arrays.n_node), np.nan, dtype=complex)
    v[:, bench.grid.bus_node] = by_bus
    inner = np.setdiff1d(np.arange(bench.arrays.n_node), bench.grid.bus_node)
    if len(inner):
        y = bench.ybus[inner]
        known = np.nan_to_num(v)
        v[:, inner] = -np.linalg.solve(y[:, inner].toarray(), (y @ known.T)).T
    return v
