"""A case as a pandapower net whose branches are MATPOWER's own (docs/matpower.md, docs/decisions/0015-matpower.md)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.grid.matpower.branches import add_branches
from gridprio.grid.matpower.case import Case
from gridprio.grid.matpower.constants import IDX_BUS, IDX_DCLINE, IDX_GEN
from gridprio.grid.matpower.notes import notes_of
from gridprio.grid.matpower.voltages import NONE, PV, REF, Voltages, held_voltages, rows_of
from gridprio.grid.net.empty import new_net

Array = NDArray[np.float64]


def net_of_case(case: Case) -> Any:
    """Buses keep their number minus 1. Tables are in the order of the case (branches: see `add_branches`)."""
    voltages = held_voltages(case.arrays)
    net = new_net(sn_mva=case.base_mva)
    _add_buses(net, case)
    _add_machines(net, case, voltages)
    add_branches(net, case)
    _add_dclines(net, case, voltages)
    net["reading_notes"] = notes_of(case, voltages)
    return net


def bus_ids(case: Case, numbers: Array) -> NDArray[np.int64]:
    """pandapower indices of buses by their number in the file."""
    return numbers.astype(np.int64) - 1


def _add_buses(net: Any, case: Case) -> None:
    import pandapower

    bus = {name: case.column("bus", number) for name, number in IDX_BUS.items() if number <= 13}
    ids = bus_ids(case, bus["BUS_I"])
    on = bus["BUS_TYPE"] != NONE
    pandapower.create_buses(
        net,
        len(ids),
        vn_kv=bus["BASE_KV"],
        index=ids,
        name=case.bus_names,
        zone=bus["ZONE"],
        in_service=on,
        max_vm_pu=bus["VMAX"],
        min_vm_pu=bus["VMIN"],
    )
    p_mw, q_mvar = bus["PD"], bus["QD"]
    draws, feeds = (p_mw > 0) | ((p_mw == 0) & (q_mvar != 0)), p_mw < 0
    pandapower.create_loads(net, ids[draws], p_mw=p_mw[draws], q_mvar=q_mvar[draws], in_service=on[draws])
    pandapower.create_sgens(net, ids[feeds], p_mw=-p_mw[feeds], q_mvar=-q_mvar[feeds], type="", in_service=on[feeds])
    held = (bus["GS"] != 0) | (bus["BS"] != 0)
    pandapower.create_shunts(net, ids[held], p_mw=bus["GS"][held], q_mvar=-bus["BS"][held], in_service=on[held])


def _add_machines(net: Any, case: Case, voltages: Voltages) -> None:
    """Of the machines in service at a reference bus the first is the ext_grid, others are gens; at a PV bus all are.

    Machines at other buses give the power that the case sets.
    """
    import pandapower

    gen = {name: case.column("gen", number) for name, number in IDX_GEN.items() if number <= 10}
    row = rows_of(case.arrays["bus"], gen["GEN_BUS"])
    kind, given = voltages.kind[row], case.column("bus", IDX_BUS["BUS_TYPE"])
    on = (gen["GEN_STATUS"] > 0) & (kind != NONE)
    ids = bus_ids(case, gen["GEN_BUS"])
    limits = {"max_p_mw": "PMAX", "min_p_mw": "PMIN", "max_q_mvar": "QMAX", "min_q_mvar": "QMIN"}
    fixes = np.zeros(len(ids), dtype=bool)
    for at in np.flatnonzero(voltages.kind == REF):
        here = np.flatnonzero(on & (row == at))
        fixes[here[:1]] = True
        of_machine = {name: gen[column][here[0]] for name, column in limits.items()} if len(here) else {}
        angle = case.column("bus", IDX_BUS["VA"])[at]
        bus = int(bus_ids(case, case.column("bus", IDX_BUS["BUS_I"])[[at]])[0])
        pandapower.create_ext_grid(net, bus, vm_pu=voltages.vm_pu[at], va_degree=angle, **of_machine)
    regulates = np.isin(kind, (PV, REF)) | (~on & np.isin(given[row], (PV, REF)))
    for table, rows in (("gen", regulates & ~fixes), ("sgen", ~regulates)):
        columns = {name: gen[column][rows] for name, column in limits.items()}
        shared = {"p_mw": gen["PG"][rows], "sn_mva": gen["MBASE"][rows], "in_service": on[rows], "controllable": True}
        if table == "gen":
            set_point = voltages.vm_pu[row[rows]]
            vm_pu = np.where(np.isnan(set_point), gen["VG"][rows], set_point)
            pandapower.create_gens(net, ids[rows], vm_pu=vm_pu, **shared, **columns)
        else:
            pandapower.create_sgens(net, ids[rows], q_mvar=gen["QG"][rows], type="", **shared, **columns)


def _add_dclines(net: Any, case: Case, voltages: Voltages) -> None:
    """PT = PF - (LOSS0 + LOSS1 PF) whatever the sign of PF; pandapower's loss counts from the sending end."""
    import pandapower

    dcline = {name: case.column("dcline", number) for name, number in IDX_DCLINE.items() if number <= 17}
    row_from, row_to = (rows_of(case.arrays["bus"], dcline[end]) for end in ("F_BUS", "T_BUS"))
    for k, p_from in enumerate(dcline["PF"]):
        p_to = p_from - (dcline["LOSS0"][k] + dcline["LOSS1"][k] * p_from)
        forward = p_from > 0
        on = bool(dcline["BR_STATUS"][k] > 0) and NONE not in voltages.kind[[row_from[k], row_to[k]]]
        pandapower.create_dcline(
            net,
            *bus_ids(case, np.array([dcline["F_BUS"][k], dcline["T_BUS"][k]])),
            p_mw=p_from if forward else p_to,
            loss_percent=0.0,
            loss_mw=p_from - p_to,
            vm_from_pu=_or(voltages.vm_pu[row_from[k]], dcline["VF"][k]),
            vm_to_pu=_or(voltages.vm_pu[row_to[k]], dcline["VT"][k]),
            min_q_from_mvar=dcline["QMINF"][k],
            max_q_from_mvar=dcline["QMAXF"][k],
            min_q_to_mvar=dcline["QMINT"][k],
            max_q_to_mvar=dcline["QMAXT"][k],
            in_service=on,
        )


def _or(set_point: float, own: float) -> float:
    return float(own if np.isnan(set_point) else set_point)
