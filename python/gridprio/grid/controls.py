"""Reactive limits, slack weights and tap controllers of a net (docs/theory/load-flow.md, Controls)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.errors import Problem
from gridprio.grid.file_values import StoredRecord
from gridprio.grid.per_unit import PerUnitModel, add_charging, two_ports
from gridprio.model.controls import GridControls, MachineId, TapArrays
from gridprio.model.faults import foreign_arithmetic
from gridprio.model.grid import BranchId
from gridprio.text import sentence

Q_LIMIT_DEFAULT = 1e9
"""Mvar that pandapower puts where a machine has no limit."""
TAP_COLUMNS = ("tap_min", "tap_max", "tap_pos", "tap_step_percent")
SIDES = {"trafo": ("hv", "lv"), "trafo3w": ("hv", "mv", "lv")}


def grid_controls(
    net: Any,
    model: PerUnitModel,
    node_of_row: NDArray[np.int64],
    bus_node: dict[int, int],
    ids: tuple[BranchId, ...],
) -> GridControls:
    """Controls of `net`; what cannot be done with them is kept as problems of the keyword that would ask for them.

    `node_of_row` is the node of each row of `model.bus`, `bus_node` that of each bus (-1 where out of service).
    """
    from pandapower.pypower.idx_gen import GEN_BUS, QMAX, QMIN, SL_FAC

    machines, reference = _machines(net, model)
    gen = model.gen
    q_min, q_max = gen[:, QMIN].copy(), gen[:, QMAX].copy()
    q_min[q_min <= -Q_LIMIT_DEFAULT], q_max[q_max >= Q_LIMIT_DEFAULT] = -np.inf, np.inf
    rows, problems = tap_controllers(net)
    transformers = tuple(dict.fromkeys(row.transformer for row in rows))
    return GridControls(
        machine_ids=machines,
        machine_node=node_of_row[gen[:, GEN_BUS].astype(np.int64)].astype(np.int32),
        machine_q_min_mvar=q_min,
        machine_q_max_mvar=q_max,
        machine_is_reference=reference,
        machine_slack_weight=gen[:, SL_FAC].copy(),
        transformer_ids=transformers,
        taps=_taps(net, model, rows, transformers, ids, bus_node) if rows and not problems else TapArrays.none(),
        problems={
            "run_control": tuple(problems),
            "enforce_q_lims": tuple(_limit_problems(net, machines, q_min, q_max)),
            "distributed_slack": tuple(_weight_problems(machines, gen[:, SL_FAC])),
        },
    )


def _machines(net: Any, model: PerUnitModel) -> tuple[tuple[MachineId, ...], NDArray[np.bool_]]:
    """Names of the rows of `model.gen`, and which of them fix the angle; dclines stand behind the generators."""
    ids: list[MachineId] = []
    reference: list[bool] = []
    for table in model.net["_gen_order"]:
        frame = model.net[table]
        mask = np.asarray(model.net["_is_elements"][table], dtype=bool)
        slack_gen = frame["slack"].fillna(False).astype(bool) if table == "gen" else None
        for row in np.flatnonzero(mask):
            behind = row - len(net.gen)
            if table == "gen" and behind >= 0:
                ids.append(("dcline", int(net.dcline.index[behind // 2]), ("to", "from")[behind % 2]))
                reference.append(False)
                continue
            ids.append((table, int(net[table].index[row])))
            reference.append(table == "ext_grid" if slack_gen is None else bool(slack_gen.iloc[row]))
    return tuple(ids), np.array(reference, dtype=np.bool_)


def _limit_problems(
    net: Any, machines: tuple[MachineId, ...], q_min: NDArray[np.float64], q_max: NDArray[np.float64]
) -> Iterator[Problem]:
    curve = net.gen.get("reactive_capability_curve")
    for row in net.gen.index[curve.eq(True)] if curve is not None else ():
        what, mend = sentence("problem.capability_curves"), sentence("remedy.q_limits_instead")
        yield Problem("gen", int(row), "reactive_capability_curve", what, mend=mend)
    for machine, low, high in zip(machines, q_min, q_max, strict=True):
        if not low <= high:
            what, found = sentence("problem.limits_cross"), sentence("found.mvar_range", low=str(low), high=str(high))
            yield Problem(machine[0], machine[1], "max_q_mvar", what, found, sentence("expected.q_limits_in_order"))


def _weight_problems(machines: tuple[MachineId, ...], weight: NDArray[np.float64]) -> Iterator[Problem]:
    for machine, share in zip(machines, weight, strict=True):
        if not share >= 0:
            what, expected = sentence("problem.no_share_of_slack"), sentence("expected.not_negative")
            yield Problem(machine[0], machine[1], "slack_weight", what, f"{share}", expected)
        elif share > 0 and machine[0] == "xward":
            what = sentence("problem.xward_shares_no_slack")
            yield Problem("xward", machine[1], "slack_weight", what, f"{share}", "0")
    if not weight.sum() > 0:
        what, mend = sentence("problem.nobody_shares_slack"), sentence("remedy.give_slack_weight")
        yield Problem("gen", None, "slack_weight", what, mend=mend)


@dataclass(frozen=True)
class TapController:
    """One controlled transformer of a DiscreteTapControl at one level."""

    transformer: tuple[str, int]
    level: float
    order: float
    bus: int
    vm_lower_pu: float
    vm_upper_pu: float
    direction: int


def tap_controllers(net: Any) -> tuple[list[TapController], list[Problem]]:
    """By level, then order, then as listed; those at the bus of an ext_grid have nothing to do."""
    from pandapower.control import DiscreteTapControl

    rows: list[TapController] = []
    problems: list[Problem] = []
    table = net.get("controller")
    for index in () if table is None else table.index[table["in_service"].astype(bool)]:
        controller = table.at[index, "object"]
        if type(controller) is not DiscreteTapControl:
            name = controller.class_name if isinstance(controller, StoredRecord) else type(controller).__name__
            what, mend = sentence("problem.controller_not_modelled", name=name), sentence("remedy.take_out_of_service")
            problems.append(Problem("controller", int(index), None, what, mend=mend))
            continue
        unusable = list(_attribute_problems(int(index), controller))
        if unusable:
            problems += unusable
            continue
        levels = np.atleast_1d(table.at[index, "level"]).tolist()
        for element in np.atleast_1d(controller.element_index).tolist():
            found = list(_controller_problems(net, int(index), controller, int(element)))
            problems += found
            if not found:
                rows += _rows_of(net, controller, int(element), levels, float(table.at[index, "order"]))
    return sorted(rows, key=lambda row: (row.level, row.order)), problems


def _attribute_problems(index: int, controller: Any) -> Iterator[Problem]:
    attributes = vars(controller)
    element, side = (str(attributes.get(name)) for name in ("element", "side"))
    if element not in SIDES:
        what = sentence("problem.no_table_of_transformers")
        yield Problem("controller", index, "element", what, element, _one_of(SIDES))
    elif side not in SIDES[element]:
        yield Problem("controller", index, "side", sentence("problem.no_such_side"), side, _one_of(SIDES[element]))
    for name, code in (
        ("element_index", "problem.no_transformer"),
        ("vm_lower_pu", "problem.no_voltage_limit"),
        ("vm_upper_pu", "problem.no_voltage_limit"),
    ):
        numbers = pd.to_numeric(pd.Series(np.ravel(attributes.get(name))), errors="coerce")
        if not (len(numbers) and np.isfinite(numbers).all()):
            found, expected = str(attributes.get(name)), sentence("expected.float")
            yield Problem("controller", index, name, sentence(code), found, expected)


def _one_of(names: Iterable[str]) -> str:
    return sentence("expected.choice", choices=", ".join(names))


def _controller_problems(net: Any, index: int, controller: Any, element: int) -> Iterator[Problem]:
    table = controller.element
    if element not in net[table].index:
        what, expected = sentence("problem.no_such", table=table), sentence("expected.index_of_table", table=table)
        yield Problem("controller", index, "element_index", what, str(element), expected)
        return
    row = net[table].loc[element]
    for column in TAP_COLUMNS:
        whole = column == "tap_step_percent" or float(row[column]) == np.round(float(row[column]))
        if not (np.isfinite(float(row[column])) and whole):
            what, expected = sentence("problem.no_tap_data"), sentence("expected.tap_number")
            yield Problem(table, element, column, what, str(row[column]), expected)
    if row["tap_side"] not in SIDES[table]:
        what, found = sentence("problem.no_such_side"), str(row["tap_side"])
        yield Problem(table, element, "tap_side", what, found, _one_of(SIDES[table]))


def _rows_of(net: Any, controller: Any, element: int, levels: list[float], order: float) -> list[TapController]:
    table = controller.element
    row = net[table].loc[element]
    bus = int(row[f"{controller.side}_bus"])
    if bus in set(net.ext_grid.bus[net.ext_grid.in_service.astype(bool)]):
        return []
    at = np.flatnonzero(np.atleast_1d(controller.element_index) == element)[0]
    low, high = (
        float(np.broadcast_to(limit, np.shape(np.atleast_1d(controller.element_index)))[at])
        for limit in (controller.vm_lower_pu, controller.vm_upper_pu)
    )
    # pandapower.control.controller.trafo_control: _set_tap_side_coeff and tap_sign
    degree = row.get("tap_step_degree", np.nan)
    sign = np.sign(np.cos(np.radians(degree))) if np.isfinite(degree) else 1
    direction = (1 if row["tap_side"] == "hv" else -1) * (-1 if controller.side == "hv" else 1)
    direction *= (-1 if row["tap_step_percent"] < 0 else 1) * int(sign or 1)
    return [TapController((table, element), float(level), order, bus, low, high, direction) for level in levels]


def _taps(
    net: Any,
    model: PerUnitModel,
    rows: list[TapController],
    transformers: tuple[tuple[str, int], ...],
    ids: tuple[BranchId, ...],
    bus_node: dict[int, int],
) -> TapArrays:
    low, high, pos = (
        np.array([int(net[table].at[index, column]) for table, index in transformers], dtype=np.int32)
        for column in ("tap_min", "tap_max", "tap_pos")
    )
    branches = [[row for row, name in enumerate(ids) if name[:2] == transformer] for transformer in transformers]
    in_model = tuple((table, int(net[table].index.get_loc(index))) for table, index in transformers)
    first, last = np.minimum(low, pos), np.maximum(high, pos)
    owner = np.repeat(np.arange(len(transformers)), [len(b) for b in branches])
    branch = np.array([b for group in branches for b in group], dtype=np.int32)
    levels = [row.level for row in rows]
    starts = np.flatnonzero(np.diff(levels, prepend=-np.inf))
    return TapArrays(
        tap_min=low,
        tap_max=high,
        tap_pos=pos,
        branch_start=_pointers([len(b) for b in branches]),
        branch=branch,
        position_first=first,
        port_start=_pointers((last - first + 1)[owner]),
        port=_ports(model, in_model, branch, owner, first, last),
        level_start=np.array([*starts, len(rows)], dtype=np.int32),
        transformer=np.array([transformers.index(row.transformer) for row in rows], dtype=np.int32),
        node=np.array([bus_node[row.bus] for row in rows], dtype=np.int32),
        vm_lower_pu=np.array([row.vm_lower_pu for row in rows]),
        vm_upper_pu=np.array([row.vm_upper_pu for row in rows]),
        direction=np.array([row.direction for row in rows], dtype=np.int8),
    )


def _pointers(counts: Any) -> NDArray[np.int32]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _ports(
    model: PerUnitModel,
    transformers: tuple[tuple[str, int], ...],
    branch: NDArray[np.int32],
    owner: NDArray[np.intp],
    first: NDArray[np.int32],
    last: NDArray[np.int32],
) -> NDArray[np.complex128]:
    """`[row, 4]` by pandapower's own functions: all transformers step together through their positions."""
    from pandapower import build_branch

    net = model.net
    builders = {"trafo": build_branch._calc_trafo_parameter, "trafo3w": build_branch._calc_trafo3w_parameter}
    tables = {table for table, _ in transformers}
    before = {table: net[table]["tap_pos"].copy() for table in tables}
    ports: list[list[list[complex]]] = [[] for _ in branch]
    try:
        for step in range(int((last - first).max()) + 1):
            for (table, index), position in zip(transformers, np.minimum(first + step, last), strict=True):
                net[table].loc[index, "tap_pos"] = position
            ppc = {"bus": model.bus, "branch": model.branch.copy(), "baseMVA": net.sn_mva}
            with foreign_arithmetic():
                for table in tables:
                    builders[table](net, ppc)
                if "trafo" in tables:
                    add_charging(net, ppc["branch"])
            y = np.array(two_ports(replace(model, branch=ppc["branch"]))).T
            y = (y / model.systems[:, None])[model.row_of_system]
            for at, row in enumerate(branch):
                if step <= last[owner[at]] - first[owner[at]]:
                    ports[at].append(y[row].tolist())
    finally:
        for table, column in before.items():
            net[table]["tap_pos"] = column
    # An open transformer without usable parameters stays a row that can carry nothing (as in convert).
    return np.nan_to_num(np.array([row for rows in ports for row in rows], dtype=np.complex128))
