"""The grids that are measured, and the injections: one place for all suites, so that every program gets the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

import gridprio
from benches.registry import Options
from gridprio.grid.sources import read_net
from gridprio.model.grid import NODE_PV, Grid, GridArrays

TOLERANCE_PU = 1e-8
"""Largest power mismatch for everyone, per unit on the base of the grid."""


@dataclass(frozen=True)
class Row:
    """A grid of the tables and how many load flows of it are worth measuring at full size."""

    name: str
    source: str | Callable[[], Any]
    count: int


def radial_feeder(n_node: int = 1000) -> Any:
    """A 20 kV tree of cables behind one source: branches of random length and place, loads of 5 to 25 kW."""
    import pandapower as pp

    rng = np.random.Generator(np.random.Philox(key=7))
    net = pp.create_empty_network("radial feeder")
    buses = pp.create_buses(net, n_node, vn_kv=20.0)
    pp.create_ext_grid(net, buses[0], vm_pu=1.03)
    parent = np.array([0 if k <= 12 else int(rng.integers(max(1, k - 40), k)) for k in range(1, n_node)])
    pp.create_lines(
        net, buses[parent], buses[1:], rng.uniform(0.1, 0.5, n_node - 1), std_type="NA2XS2Y 1x240 RM/25 12/20 kV"
    )
    p_mw = rng.uniform(0.005, 0.025, n_node - 1)
    pp.create_loads(net, buses[1:], p_mw, 0.3 * p_mw)
    return net


ROWS = (
    Row("1-HV-mixed--2", "simbench:1-HV-mixed--2-no_sw", 4096),
    Row("1-HV-urban--0", "simbench:1-HV-urban--0-no_sw", 4096),
    Row("1-HVMV-mixed-all-2", "simbench:1-HVMV-mixed-all-2-no_sw", 2048),
    Row("1-EHVHV-mixed-all-0", "simbench:1-EHVHV-mixed-all-0-no_sw", 2048),
    Row("case118", "pandapower:case118", 4096),
    Row("case300", "pandapower:case300", 8192),
    Row("case1354pegase", "pandapower:case1354pegase", 2048),
    Row("case2869pegase", "pandapower:case2869pegase", 1024),
    Row("case9241pegase", "pandapower:case9241pegase", 512),
    Row("radial feeder", radial_feeder, 4096),
)


@dataclass(frozen=True, eq=False)
class Bench:
    """A grid read once, with what every program and the check of the results need."""

    row: Row
    net: Any
    grid: Grid
    load_p_mw: NDArray[np.float64]
    """[bus], what the loads of the net draw"""
    load_q_mvar: NDArray[np.float64]
    """[bus]"""
    ybus: sparse.csr_array = field(repr=False)
    """[node, node], pu, summed here from the branches and shunts"""

    @property
    def arrays(self) -> GridArrays:
        return self.grid.arrays

    @property
    def tolerance_mva(self) -> float:
        return TOLERANCE_PU * self.arrays.base_mva

    def node_power(self, by_bus: NDArray[np.float64]) -> NDArray[np.float64]:
        """[case, node] in MW or MVAr from [case, bus]."""
        at = sparse.coo_array(
            (np.ones(len(self.grid.bus_node)), (np.arange(len(self.grid.bus_node)), self.grid.bus_node)),
            shape=(len(self.grid.bus_node), self.arrays.n_node),
        )
        return np.asarray(by_bus @ at.tocsr())


@cache
def load(row: Row) -> Bench:
    """Read a grid; what the check or the peers cannot hold is refused here rather than measured wrongly."""
    net = row.source() if callable(row.source) else read_net(row.source)[0]
    grid = gridprio.read_grid(net)
    arrays = grid.arrays
    if np.any(arrays.s_constant_current) or not arrays.branch_in_service.all() or (grid.bus_node < 0).any():
        raise ValueError(f"{row.name}: only grids of constant power with everything in service are measured")
    p, q = np.zeros(len(grid.bus_ids)), np.zeros(len(grid.bus_ids))
    loads = net.load[net.load["in_service"]]
    at = np.searchsorted(grid.bus_ids, loads["bus"].to_numpy())
    np.add.at(p, at, (loads["p_mw"] * loads["scaling"]).to_numpy())
    np.add.at(q, at, (loads["q_mvar"] * loads["scaling"]).to_numpy())
    return Bench(row, net, grid, p, q, admittance(arrays))


def admittance(arrays: GridArrays) -> sparse.csr_array:
    f, t = arrays.from_node, arrays.to_node
    node = np.arange(arrays.n_node)
    rows, columns = np.concatenate([f, f, t, t, node]), np.concatenate([f, t, f, t, node])
    values = np.concatenate([arrays.y_ff, arrays.y_ft, arrays.y_tf, arrays.y_tt, arrays.y_shunt])
    return sparse.csr_array((values, (rows, columns)), shape=(arrays.n_node, arrays.n_node))


def injections(
    bench: Bench, count: int, low: float, high: float, key: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """[case, bus] in MW and MVAr: the load of each bus drawn by itself between `low` and `high` of its own value.

    What PV nodes feed in follows the total of the loads: left to the slack alone, case300 has no solution at less load.
    """
    grid = bench.grid
    rng = np.random.Generator(np.random.Philox(key=key))
    share = rng.uniform(low, high, (count, len(bench.load_p_mw)))
    p_load = share * bench.load_p_mw
    held = bench.arrays.node_kind[grid.bus_node] == NODE_PV
    follows = np.where(held, grid.p_mw + bench.load_p_mw, 0.0)
    level = (p_load.sum(axis=1) / bench.load_p_mw.sum())[:, None]
    p_mw = grid.p_mw + bench.load_p_mw - p_load + (level - 1.0) * follows
    return p_mw, grid.q_mvar + (1.0 - share) * bench.load_q_mvar


def whole_outages(bench: Bench, most: int) -> NDArray[np.intp]:
    """At most `most` outages of one branch that split nothing off and have a solution, from all over the grid."""
    grid, arrays = bench.grid, bench.arrays
    single = np.flatnonzero(np.diff(arrays.outage_start) == 1)
    found = np.empty(0, dtype=np.intp)
    for rows in np.array_split(
        np.random.Generator(np.random.Philox(key=2)).permutation(single), 1 + len(single) // 128
    ):
        flows = gridprio.solve_load_flow(grid, outage=rows, tolerance_mva=1e-6 * arrays.base_mva)
        whole = (flows.status == 0) & ~np.isnan(flows.arrays.v_pu).any(axis=1)
        found = np.concatenate([found, rows[whole]])[:most]
        if len(found) == most:
            break
    return np.sort(found)


def spread(count: int, most: int) -> list[int]:
    """At most `most` numbers below `count`, evenly apart."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int)).tolist()


def chosen(options: Options) -> Iterator[Bench]:
    """The grids that were asked for, one after another."""
    for row in ROWS:
        if not options.grids or row.name in options.grids:
            yield load(row)
