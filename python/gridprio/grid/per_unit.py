"""pandapower's own per-unit model of a net, in the state where every branch is in service.

The steps are those of pandapower's `runpp` up to its connectivity check (pandapower.pd2ppc._pd2ppc), so an element
means here what it means there. The check itself is left out: what is energised depends on the case, and the kernels
find it for each.
"""

from __future__ import annotations

import copy
import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.grid.renumbering import compact_net
from gridprio.model.faults import foreign_arithmetic

Complex = NDArray[np.complex128]

SWITCHABLE = ("line", "trafo", "trafo3w", "impedance")
"""Tables whose rows a mask can take in and out of service."""

WITH_SYSTEMS = ("line", "trafo")
"""Tables whose rows may stand for several equal systems."""

MODEL_OPTIONS = (
    "calculate_voltage_angles",
    "trafo_model",
    "voltage_depend_loads",
    "consider_line_temperature",
    "enforce_p_lims",
    "switch_rx_ratio",
    "trafo3w_losses",
    "neglect_open_switch_branches",
)
"""Entries of `net.user_pf_options` that change the model; the others only steer pandapower's solver."""


@dataclass(frozen=True, eq=False)
class PerUnitModel:
    """pandapower's matrices and lookups; columns as in pandapower.pypower.idx_bus, idx_brch and idx_gen."""

    net: Any
    """the compact copy (`renumbering`): rows from 0, in the order as given; dclines have become generators"""
    bus: NDArray[np.float64]
    """[ppc bus, column]"""
    branch: NDArray[np.float64]
    """[branch, column]"""
    gen: NDArray[np.float64]
    """[generator, column]"""
    bus_lookup: NDArray[np.int64]
    """[bus of `net`], row of `bus`; auxiliary buses stand behind"""
    rows: dict[str, tuple[int, int]]
    """element table -> first and last + 1 row of `branch`; trafo3w: all high, then all middle, then all low sides"""
    in_service: NDArray[np.bool_]
    """[branch], as read"""
    systems: NDArray[np.int64]
    """[branch], equal systems side by side that a row stands for (`parallel`); its values are those of all of them"""
    switches: NDArray[np.int64]
    """rows of the table of the bus-bus switches that are branches"""
    bus_demand_mva: NDArray[np.complex128]
    """[bus of `net`], demand of loads, motors, storages and wards minus static generators, before buses are fused"""

    @property
    def row_of_system(self) -> NDArray[np.intp]:
        """`[system]` row of `branch`: every row as often as it has systems."""
        return np.repeat(np.arange(len(self.branch)), self.systems)


def build_per_unit_model(net: Any) -> PerUnitModel:
    """Raises whatever pandapower raises on a net that it cannot model; `net` is in normal form and is not changed."""
    import pandapower.build_branch as build_branch
    import pandapower.build_bus as build_bus
    from pandapower import auxiliary, build_gen, pd2ppc
    from pandapower.pypower.idx_brch import BR_STATUS, BR_X

    net = compact_net(copy.deepcopy(net))
    net["user_pf_options"] = {k: v for k, v in net.get("user_pf_options", {}).items() if k in MODEL_OPTIONS}
    status = {table: net[table]["in_service"].to_numpy(dtype=bool).copy() for table in SWITCHABLE}
    for table in SWITCHABLE:
        net[table]["in_service"] = np.ones(len(net[table]), dtype=bool)
    resistive = ((net.switch["et"] == "b") & (net.switch["z_ohm"] > 0)).to_numpy(dtype=bool)
    closed = net.switch["closed"].to_numpy(dtype=bool).copy()
    net.switch["closed"] = closed | resistive
    with foreign_arithmetic():
        _init_options(net)
        auxiliary._add_auxiliary_elements(net)
        net["_pd2ppc_lookups"] = {
            name: np.array([], dtype=np.int64) for name in ("bus", "bus_dc", "ext_grid", "gen", "branch", "branch_dc")
        }
        net["_is_elements"] = auxiliary._select_is_elements_numba(net)
        ppc = pd2ppc._init_ppc(net, mode="pf")
        build_bus._build_bus_ppc(net, ppc)
        build_bus._build_bus_dc_ppc(net, ppc)
        build_branch._build_branch_ppc(net, ppc)
        add_charging(net, ppc["branch"])
        build_bus._calc_pq_elements_and_add_on_ppc(net, ppc)
        build_bus._calc_shunts_and_add_on_ppc(net, ppc)
        build_branch._switch_branches(net, ppc)
        build_branch._branches_with_oos_buses(net, ppc)
        build_gen._build_gen_ppc(net, ppc)
    rows = dict(net["_pd2ppc_lookups"]["branch"])
    in_service = np.asarray(ppc["branch"][:, BR_STATUS].real != 0)
    ppc["branch"][:, BR_STATUS] = 1
    for table, mask in status.items():
        if table in rows:
            first, last = rows[table]
            in_service[first:last] &= np.tile(mask, (last - first) // len(mask))
    for table, unusable in net["_unusable"].items():
        if table in rows:
            first, last = rows[table]
            ppc["branch"][np.arange(first, last)[np.tile(unusable, (last - first) // len(unusable))], BR_X] = np.nan
    systems = np.ones(len(in_service), dtype=np.int64)
    for table in set(WITH_SYSTEMS) & set(rows):
        systems[slice(*rows[table])] = net[table]["parallel"]
    as_branch = np.asarray(net["_impedance_bb_switches"], dtype=bool)
    if "switch" in rows:
        first, last = rows["switch"]
        in_service[first:last] &= closed[as_branch]
    return PerUnitModel(
        net=net,
        bus=ppc["bus"],
        branch=ppc["branch"],
        gen=ppc["gen"],
        bus_lookup=np.asarray(net["_pd2ppc_lookups"]["bus"]),
        rows=rows,
        in_service=in_service,
        systems=systems,
        switches=np.flatnonzero(as_branch) if "switch" in rows else np.array([], dtype=np.int64),
        bus_demand_mva=_demand_before_fusing(net),
    )


def add_charging(net: Any, branch: Complex) -> None:
    """Adds what pandapower's transformer cannot hold: line charging of either sign, in `trafo.pi_charging_mvar`.

    Mvar of the pi at nominal voltage, half at each end behind the ratio; nothing where the column holds no number.
    """
    from pandapower.pypower.idx_brch import BR_B

    if "pi_charging_mvar" in net.trafo and len(net.trafo):
        rows = slice(*net["_pd2ppc_lookups"]["branch"]["trafo"])
        branch[rows, BR_B] += (net.trafo["pi_charging_mvar"].fillna(0) / net.sn_mva).to_numpy()


def two_ports(model: PerUnitModel) -> tuple[Complex, Complex, Complex, Complex]:
    """y_ff, y_ft, y_tf, y_tt `[branch]` in pu, NaN where there is no usable impedance.

    By pandapower's own formulas (branch_vectors), which raise on the first element without impedance.
    """
    from pandapower.pypower.idx_brch import BR_R, BR_R_ASYM, BR_X, BR_X_ASYM, RATE_A
    from pandapower.pypower.makeYbus import branch_vectors

    branch = model.branch.copy()
    columns = (BR_R, BR_X, BR_R_ASYM, BR_X_ASYM)
    r, x, r_asym, x_asym = (branch[:, column].real for column in columns)
    finite = np.isfinite(np.delete(branch, RATE_A, axis=1)).all(axis=1)  # a limit may be missing
    usable = finite & (np.hypot(r, x) > 0) & (np.hypot(r + r_asym, x + x_asym) > 0)
    branch[~usable] = 0
    branch[~usable, BR_X] = 1
    y_tt, y_ff, y_ft, y_tf = branch_vectors(branch, len(branch))
    ports = []
    for y in (y_ff, y_ft, y_tf, y_tt):
        port = np.asarray(y, dtype=np.complex128)
        ports.append(np.where(usable, port, np.nan))
    return ports[0], ports[1], ports[2], ports[3]


def _init_options(net: Any) -> None:
    """The defaults of the installed `runpp`, with a flat start (the kernels find their own)."""
    from pandapower.auxiliary import _init_runpp_options
    from pandapower.run import runpp

    accepted = inspect.signature(_init_runpp_options).parameters
    options = {
        name: parameter.default
        for name, parameter in inspect.signature(runpp).parameters.items()
        if parameter.default is not inspect.Parameter.empty and name in accepted
    }
    # Numba numbers fused buses, and compiles for that in every process: without such buses there is nothing to number.
    fused = (net.switch["et"] == "b") & net.switch["closed"] & ~(net.switch["z_ohm"] > 0)
    chosen = {"init": "flat", "passed_parameters": {}, "numba": bool(fused.any())}
    _init_runpp_options(net, **{**options, **chosen}, lightsim2grid=False)


def _demand_before_fusing(net: Any) -> NDArray[np.complex128]:
    """`[bus]` MVA in the order of `net.bus`, by pandapower's own summation with every bus on its own."""
    from pandapower.build_bus import _calc_pq_elements_and_add_on_ppc, create_consecutive_bus_lookup
    from pandapower.pypower.idx_bus import PD, QD, bus_cols

    lookups = net["_pd2ppc_lookups"]
    fused = lookups["bus"]
    alone: dict[str, Any] = {"bus": np.zeros((len(net.bus), bus_cols)), "bus_dc": np.zeros((0, bus_cols))}
    lookups["bus"] = create_consecutive_bus_lookup(net.bus.index.to_numpy())
    try:
        _calc_pq_elements_and_add_on_ppc(net, alone)
    finally:
        lookups["bus"] = fused
    demand: NDArray[np.complex128] = alone["bus"][:, PD] + 1j * alone["bus"][:, QD]
    return demand
