"""A pandapower net as a `Grid`: nodes, two-ports, ratings and names (docs/theory/grid-model.md)."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import InputError
from gridprio.grid.controls import grid_controls
from gridprio.grid.coordinates import bus_longitude_latitude
from gridprio.grid.kinds import outage_elements
from gridprio.grid.own_elements import own_elements, switch_buses
from gridprio.grid.per_unit import PerUnitModel, build_per_unit_model, two_ports
from gridprio.grid.refusals import model_problems, table_problems
from gridprio.inputs.door import foreign
from gridprio.model.grid import NODE_OUT, NODE_PQ, NODE_PV, NODE_SLACK, BranchId, Grid, GridArrays
from gridprio.model.limits import MONTHS
from gridprio.text import sentence

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]
Integers = NDArray[np.int64]

OUTAGE_TABLES = ("line", "trafo", "trafo3w")
LIMIT_COLUMNS = ("max_loading_percent", "max_loading_percent_nminus1")
"""pandapower's loading limits, of the intact grid and after an outage."""
SIDES = ("hv", "mv", "lv")


def grid_from_net(net: Any, name: str = "", drawing: bool = False) -> Grid:
    """Convert a pandapower net; `drawing` says that its coordinates are known not to be a map.

    Raises InputError with every reason at once where the net holds what cannot be modelled. `net` is not changed.
    """
    net = copy.deepcopy(net)
    problems = table_problems(net)
    if problems:
        raise InputError(problems)
    return grid_from_normal_net(net, name, drawing)


def grid_from_normal_net(net: Any, name: str = "", drawing: bool = False) -> Grid:
    """As `grid_from_net`, of a net in normal form in whose tables `table_problems` has found nothing."""
    with foreign("net", sentence("problem.no_per_unit_model"), sentence("remedy.run_diagnostic")):
        model = build_per_unit_model(net)
    nodes = _number_nodes(model)
    branches = _branches(net, model)
    problems = model_problems(net, model, branches.ids, branches.y)
    if problems:
        raise InputError(problems)
    return _assemble(net, name or str(net.get("name") or ""), drawing, model, nodes, branches)


@dataclass(frozen=True, eq=False)
class _Nodes:
    """Buses of the per-unit model that stand for something: fused ones are counted once."""

    rows: Integers
    """[node], row of `model.bus`"""
    of_row: Integers
    """[row of model.bus], node or -1"""


@dataclass(frozen=True, eq=False)
class _Branches:
    """Every system of a row of `model.branch` on its own."""

    ids: tuple[BranchId, ...]
    y: tuple[Complex, Complex, Complex, Complex]
    """y_ff, y_ft, y_tf, y_tt [branch]"""
    kv: Floats
    """[branch, 2], nominal voltage of both ends"""
    percent_per_pu: Floats
    """[branch, 2]"""
    rating_mva: Floats
    """[branch]"""
    limits: tuple[Floats, Floats]
    """[branch], `limit_percent` and `outage_limit_percent` of the arrays"""


def _number_nodes(model: PerUnitModel) -> _Nodes:
    from pandapower.pypower.idx_brch import F_BUS, T_BUS

    ends = model.branch[:, [F_BUS, T_BUS]].real.astype(np.int64).ravel()
    rows = np.unique(np.concatenate([model.bus_lookup[model.net.bus.index.to_numpy()], ends]))
    of_row = np.full(len(model.bus), -1, dtype=np.int64)
    of_row[rows] = np.arange(len(rows))
    return _Nodes(rows, of_row)


def _branches(net: Any, model: PerUnitModel) -> _Branches:
    from pandapower.pypower.idx_brch import F_BUS, T_BUS
    from pandapower.pypower.idx_bus import BASE_KV

    row = model.row_of_system
    systems = model.systems[row]
    n = len(row)
    ends = model.branch[:, [F_BUS, T_BUS]].real.astype(np.int64)
    all_kv = model.bus[ends, BASE_KV].reshape(-1, 2)
    kv, rated_kv = all_kv[row], _rated_kv(model, all_kv)[row]
    rated_ka = _rated_currents_ka(model)[row] / systems[:, None]
    base_ka = model.net.sn_mva / (np.sqrt(3) * kv)
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = np.where(rated_ka > 0, 100 * base_ka / rated_ka, np.nan)
        rating_mva = np.nanmax(np.c_[np.full(n, -np.inf), np.sqrt(3) * rated_kv * rated_ka], axis=1)
    y_ff, y_ft, y_tf, y_tt = (port[row] / systems for port in two_ports(model))
    rating_mva = np.where(rating_mva > 0, rating_mva, np.nan)
    normal, emergency = (_own_limits(model, column)[row] for column in LIMIT_COLUMNS)
    limits = np.where(np.isnan(normal), 100.0, normal), emergency
    return _Branches(_branch_ids(net, model), (y_ff, y_ft, y_tf, y_tt), kv, percent, rating_mva, limits)


def _branch_ids(net: Any, model: PerUnitModel) -> tuple[BranchId, ...]:
    """One id per system: systems of one row are told apart by their number, from "1"."""
    ids: list[BranchId] = []
    for table in model.rows:
        if table == "trafo3w":
            ids += [(table, int(index), side) for side in SIDES for index in net.trafo3w.index]
        else:
            index = net.switch.index[model.switches] if table == "switch" else net[table].index
            ids += [(table, int(i)) for i in index]
    numbered = [range(1, count + 1) if count > 1 else () for count in model.systems]
    return tuple(one for name, numbers in zip(ids, numbered, strict=True) for one in _systems(name, numbers))


def _systems(name: BranchId, numbers: Collection[int]) -> list[BranchId]:
    return [(name[0], name[1], str(number)) for number in numbers] or [name]


def _rated_currents_ka(model: PerUnitModel) -> Floats:
    """`[branch, 2]` current at 100 % of either end (C12); NaN unrated, infinite where an end is no terminal."""
    rated = np.full((len(model.branch), 2), np.nan)
    net = model.net
    if "line" in model.rows:
        t = net.line
        rated[slice(*model.rows["line"])] = (t.max_i_ka * t.df * t.parallel).to_numpy(dtype=float)[:, None]
    if "trafo" in model.rows:
        t = net.trafo
        mva = (t.sn_mva * t.parallel * t.df).to_numpy(dtype=float)
        if "no_limit" in t:  # sn_mva is then only the base of the impedance
            mva[t.no_limit.eq(True)] = np.nan
        rated[slice(*model.rows["trafo"])] = mva[:, None] / (np.sqrt(3) * t[["vn_hv_kv", "vn_lv_kv"]].to_numpy())
    if "trafo3w" in model.rows:
        t = net.trafo3w
        first, _ = model.rows["trafo3w"]
        for k, side in enumerate(SIDES):
            part = slice(first + k * len(t), first + (k + 1) * len(t))
            terminal = (t[f"sn_{side}_mva"] / (np.sqrt(3) * t[f"vn_{side}_kv"])).to_numpy(dtype=float)
            rated[part, 0 if side == "hv" else 1] = terminal
            rated[part, 1 if side == "hv" else 0] = np.inf
    return rated


def _own_limits(model: PerUnitModel, column: str) -> Floats:
    """`[branch]` limit in percent that the net gives; NaN where it gives none (empty, infinite or 0)."""
    limits = np.full(len(model.branch), np.nan)
    for table in OUTAGE_TABLES:
        if table in model.rows and column in model.net[table]:
            own, part = model.net[table][column].to_numpy(dtype=float), slice(*model.rows[table])
            limits[part] = np.tile(own, len(limits[part]) // len(own))
    return np.where(np.isfinite(limits) & (limits > 0), limits, np.nan)


def _rated_kv(model: PerUnitModel, kv: Floats) -> Floats:
    """`[branch, 2]` voltage that turns a rated current into the rated power; NaN at star points."""
    rated_kv = kv.copy()
    net = model.net
    if "trafo" in model.rows:
        rated_kv[slice(*model.rows["trafo"])] = net.trafo[["vn_hv_kv", "vn_lv_kv"]].to_numpy(dtype=float)
    if "trafo3w" in model.rows:
        first, last = model.rows["trafo3w"]
        rated_kv[first:last] = np.nan
        n = len(net.trafo3w)
        for k, side in enumerate(SIDES):
            column = net.trafo3w[f"vn_{side}_kv"].to_numpy(dtype=float)
            rated_kv[first + k * n : first + (k + 1) * n, 0 if side == "hv" else 1] = column
    return rated_kv


def _assemble(net: Any, name: str, drawing: bool, model: PerUnitModel, nodes: _Nodes, branches: _Branches) -> Grid:
    from pandapower.pypower.idx_brch import F_BUS, SHIFT, T_BUS

    base = float(model.net.sn_mva)
    order = np.argsort(net.bus.index.to_numpy(), kind="stable")
    bus_ids = net.bus.index.to_numpy(dtype=np.int64)[order]
    node = nodes.of_row[model.bus_lookup[np.arange(len(bus_ids))]]
    kind, vm, va_slack = _node_kinds(model, nodes)
    bus_node = np.where(kind[node] == NODE_OUT, -1, node).astype(np.int32)
    bus_mva, y_shunt, current = _injections(model, nodes, order)
    s_bus = np.where(bus_node >= 0, bus_mva, 0)
    s_node = np.zeros(len(kind), dtype=np.complex128)
    np.add.at(s_node, bus_node[bus_node >= 0], s_bus[bus_node >= 0] / base)
    branch = model.branch[model.row_of_system].real
    in_service = model.in_service[model.row_of_system]
    ends = nodes.of_row[branch[:, [F_BUS, T_BUS]].astype(np.int64)].astype(np.int32).reshape(-1, 2)
    # A branch that is out of service and has no usable parameters stays a row, but can carry nothing.
    y_ff, y_ft, y_tf, y_tt = (np.nan_to_num(np.ascontiguousarray(y)) for y in branches.y)
    outage_ids, outage_start, outage_branch = _outages(branches.ids)
    arrays = GridArrays(
        base_mva=base,
        from_node=np.ascontiguousarray(ends[:, 0]),
        to_node=np.ascontiguousarray(ends[:, 1]),
        y_ff=y_ff,
        y_ft=y_ft,
        y_tf=y_tf,
        y_tt=y_tt,
        branch_in_service=in_service,
        y_shunt=y_shunt,
        s_constant_current=current,
        node_kind=kind,
        vm_set_pu=vm,
        vm_min_pu=_voltage_limit(net, "min_vm_pu", bus_ids, bus_node, len(kind)),
        vm_max_pu=_voltage_limit(net, "max_vm_pu", bus_ids, bus_node, len(kind)),
        va_set_radian=_start_angles(kind, va_slack, ends, np.radians(branch[:, SHIFT]), in_service),
        p_pu=np.ascontiguousarray(s_node.real),
        q_pu=np.ascontiguousarray(s_node.imag),
        from_percent_per_pu=np.ascontiguousarray(branches.percent_per_pu[:, 0]),
        to_percent_per_pu=np.ascontiguousarray(branches.percent_per_pu[:, 1]),
        rating_mva=branches.rating_mva,
        limit_percent=branches.limits[0],
        outage_limit_percent=branches.limits[1],
        rating_percent=np.full((len(ends), MONTHS), 100.0),
        nominal_kv=branches.kv.max(axis=1) if len(branches.kv) else np.zeros(0),
        outage_start=outage_start,
        outage_branch=outage_branch,
        outage_elements=outage_elements(net, outage_ids),
    )
    buses = net.bus.loc[bus_ids]
    return Grid(
        name=name,
        arrays=arrays,
        bus_ids=bus_ids,
        bus_node=bus_node,
        branch_ids=branches.ids,
        outage_ids=outage_ids,
        p_mw=np.ascontiguousarray(s_bus.real),
        q_mvar=np.ascontiguousarray(s_bus.imag),
        bus_name=tuple(map(_label, buses["name"])),
        element_name=_element_names(net, branches.ids),
        bus_kv=buses["vn_kv"].to_numpy(dtype=float),
        bus_xy=np.full((len(bus_ids), 2), np.nan) if drawing else bus_longitude_latitude(net, bus_ids),
        own_elements=own_elements(net),
        switch_buses=switch_buses(net),
        controls=grid_controls(
            net, model, nodes.of_row, dict(zip(bus_ids.tolist(), bus_node.tolist(), strict=True)), branches.ids
        ),
    )


def _label(name: Any) -> str:
    return "" if name is None or name != name else str(name).strip()


def _element_names(net: Any, ids: tuple[BranchId, ...]) -> dict[BranchId, str]:
    tables = [table for table in dict.fromkeys(branch[0] for branch in ids) if "name" in net[table]]
    names: dict[BranchId, str] = {
        (table, int(index)): _label(name) for table in tables for index, name in net[table]["name"].items()
    }
    return {element: name for element, name in names.items() if name}


def _voltage_limit(net: Any, column: str, bus_ids: Integers, bus_node: NDArray[np.int32], n_node: int) -> Floats:
    """`[node]` the tightest limit of its buses in pu; NaN where none is given (empty, infinite or 0)."""
    limit = np.full(n_node, np.nan)
    if column in net.bus:
        own = net.bus.loc[bus_ids, column].to_numpy(dtype=float)
        given = np.isfinite(own) & (own > 0) & (bus_node >= 0)
        tightest = np.fmax if column == "min_vm_pu" else np.fmin
        tightest.at(limit, bus_node[given], own[given])
    return limit


def _node_kinds(model: PerUnitModel, nodes: _Nodes) -> tuple[NDArray[np.int8], Floats, Floats]:
    """Kind, voltage set point (1.0 where free) and slack angle in radian, per node."""
    from pandapower.pypower.idx_bus import BUS_TYPE, NONE, PV, REF, VA, VM

    bus = model.bus[nodes.rows]
    kind = np.full(len(bus), NODE_PQ, dtype=np.int8)
    for theirs, ours in ((PV, NODE_PV), (REF, NODE_SLACK), (NONE, NODE_OUT)):
        kind[bus[:, BUS_TYPE] == theirs] = ours
    set_point = np.isin(kind, (NODE_PV, NODE_SLACK))
    return kind, np.where(set_point, bus[:, VM], 1.0), np.where(kind == NODE_SLACK, np.radians(bus[:, VA]), 0.0)


def _injections(model: PerUnitModel, nodes: _Nodes, order: NDArray[np.intp]) -> tuple[Complex, Complex, Complex]:
    """Constant power per bus (MVA, in the order of bus_ids), shunt admittance and constant current per node (pu).

    pandapower applies the mean ZIP shares of a bus to its whole demand: shares ci, cz give c = ci s and y = conj(cz s).
    """
    from pandapower.pypower.idx_bus import BS, CID_P, CID_Q, CZD_P, CZD_Q, GS, PD, QD
    from pandapower.pypower.idx_gen import PG

    bus, net = model.bus, model.net
    base = float(net.sn_mva)
    at = nodes.rows
    p, q = bus[at, PD] / base, bus[at, QD] / base
    current = p * bus[at, CID_P] + 1j * q * bus[at, CID_Q]
    y_shunt = (bus[at, GS] + 1j * bus[at, BS]) / base + p * bus[at, CZD_P] - 1j * q * bus[at, CZD_Q]
    index = net.bus.index.to_numpy()
    row = model.bus_lookup[index]
    share_p, share_q = 1 - bus[row, CID_P] - bus[row, CZD_P], 1 - bus[row, CID_Q] - bus[row, CZD_Q]
    constant = -(model.bus_demand_mva.real * share_p + 1j * model.bus_demand_mva.imag * share_q)
    if "gen" in net["_gen_order"]:
        first, last = net["_gen_order"]["gen"]
        at_bus = net.gen["bus"].to_numpy()[net["_is_elements"]["gen"]]
        position = np.searchsorted(index[order], at_bus)
        np.add.at(constant, order[position], model.gen[first:last, PG])
    return constant[order], y_shunt, current


def _outages(
    ids: tuple[BranchId, ...],
) -> tuple[tuple[BranchId, ...], NDArray[np.int32], NDArray[np.int32]]:
    """Every system goes out alone; a three-winding transformer goes out whole."""
    rows_of: dict[BranchId, list[int]] = {}
    for row, branch in enumerate(ids):
        outage = branch[:2] if branch[0] == "trafo3w" else branch
        rows_of.setdefault(outage, []).append(row)
    outages = tuple(outage for table in OUTAGE_TABLES for outage in rows_of if outage[0] == table)
    sets = [rows_of[outage] for outage in outages]
    start = np.cumsum([0, *map(len, sets)], dtype=np.int32)
    return outages, start, np.array([row for rows in sets for row in rows], dtype=np.int32)


def _start_angles(
    kind: NDArray[np.int8],
    va_slack: Floats,
    ends: NDArray[np.int32],
    shift_radian: Floats,
    in_service: NDArray[np.bool_],
) -> Floats:
    """Slack angles carried outward through the phase shifts, breadth first, over branches in service before others."""
    near: list[list[tuple[int, float]]] = [[] for _ in kind]
    for row in np.argsort(~in_service, kind="stable"):
        f, t = int(ends[row, 0]), int(ends[row, 1])
        near[f].append((t, -shift_radian[row]))
        near[t].append((f, shift_radian[row]))
    angle = va_slack.copy()
    seen = kind == NODE_SLACK
    queue = deque(np.flatnonzero(seen).tolist())
    while queue:
        node = queue.popleft()
        for other, step in near[node]:
            if not seen[other]:
                seen[other] = True
                angle[other] = angle[node] + step
                queue.append(other)
    return angle
