"""What a net holds that cannot be modelled: every reason at once, each with its table, row and mend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import Problem
from gridprio.grid.per_unit import MAX_SYSTEMS, WITH_SYSTEMS, PerUnitModel, system_counts
from gridprio.model.grid import BranchId

AT_ONE_BUS = (
    *("load", "sgen", "gen", "ext_grid", "shunt", "ward", "xward"),
    *("motor", "storage", "asymmetric_load", "asymmetric_sgen"),
)
MODELLED = frozenset(("bus", "line", "trafo", "trafo3w", "impedance", "switch", "dcline", *AT_ONE_BUS))
"""Element tables that the load flow takes in."""

NOT_ELECTRICAL = frozenset({"controller", "protection", "measurement", "group"})
"""Tables with a status that have no part in a load flow: set taps and set points stay as they are."""

NOT_OFFERED = {
    "distributed_slack": "remove it; solve_load_flow takes distributed_slack=True",
    "enforce_q_lims": "remove it; solve_load_flow takes enforce_q_lims=True",
    "tdpf": "remove it: resistance does not follow the loading",
}
"""User options of pandapower that ask for another solver."""

REFERENCES = {
    "line": (("from_bus", "bus"), ("to_bus", "bus")),
    "trafo": (("hv_bus", "bus"), ("lv_bus", "bus")),
    "trafo3w": (("hv_bus", "bus"), ("mv_bus", "bus"), ("lv_bus", "bus")),
    "impedance": (("from_bus", "bus"), ("to_bus", "bus")),
    "dcline": (("from_bus", "bus"), ("to_bus", "bus")),
    "switch": (("bus", "bus"),),
    **dict.fromkeys(AT_ONE_BUS, (("bus", "bus"),)),
}
NEEDED: dict[str, tuple[str, ...]] = {
    "ext_grid": ("vm_pu",),
    "gen": ("vm_pu", "p_mw"),
    "dcline": ("p_mw", "vm_from_pu", "vm_to_pu"),
    "load": ("p_mw", "q_mvar", "scaling"),
    "sgen": ("p_mw", "q_mvar", "scaling"),
}
"""Values without which an element in service means nothing."""
SWITCH_TARGET = {"b": "bus", "l": "line", "t": "trafo", "t3": "trafo3w"}


def find_problems(net: Any) -> list[Problem]:
    """Problems that show in the tables, before anything is built."""
    return [*_unknown_elements(net), *_options(net), *_bad_references(net), *_bad_values(net), *_no_slack(net)]


def _rows(net: Any, table: str, mask: Any) -> list[int]:
    return [int(i) for i in net[table].index[np.asarray(mask, dtype=bool)]]


def _in_service(net: Any, table: str) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = net[table]["in_service"].fillna(False).to_numpy(dtype=bool)
    return mask


def _unknown_elements(net: Any) -> Iterator[Problem]:
    for table, frame in net.items():
        if table.startswith(("_", "res_")) or table in MODELLED | NOT_ELECTRICAL:
            continue
        if "in_service" not in getattr(frame, "columns", ()):
            continue
        for row in _rows(net, table, _in_service(net, table)):
            yield Problem(
                table,
                row,
                None,
                f"a {table} in service is not modelled",
                mend="take it out of service, or replace it by elements that are (docs/theory/grid-model.md)",
            )


def _options(net: Any) -> Iterator[Problem]:
    options = net.get("user_pf_options") or {}
    for name, mend in NOT_OFFERED.items():
        if options.get(name):
            yield Problem("user_pf_options", None, name, "not taken from a net", mend=mend)
    if options.get("trafo_loading", "current") != "current":
        mend = "remove it: loading is measured in current on both sides"
        yield Problem("user_pf_options", None, "trafo_loading", "loading in power is not modelled", mend=mend)


def _bad_references(net: Any) -> Iterator[Problem]:
    for table, references in REFERENCES.items():
        for column, target in references:
            missing = ~net[table][column].isin(net[target].index)
            for row in _rows(net, table, missing):
                found = str(net[table].at[row, column])
                yield Problem(table, row, column, f"no such {target}", found, mend=f"name a row of {target}")
    for et, target in SWITCH_TARGET.items():
        missing = (net.switch["et"] == et) & ~net.switch["element"].isin(net[target].index)
        for row in _rows(net, "switch", missing):
            found = str(net.switch.at[row, "element"])
            yield Problem("switch", row, "element", f"no such {target}", found, mend=f"name a row of {target}")


def _bad_values(net: Any) -> Iterator[Problem]:
    for row in _rows(net, "bus", ~(net.bus["vn_kv"] > 0)):
        yield Problem("bus", row, "vn_kv", "no nominal voltage", str(net.bus.at[row, "vn_kv"]), "kV above zero")
    for table, columns in NEEDED.items():
        for column in columns:
            for row in _rows(net, table, net[table][column].isna() & _in_service(net, table)):
                yield Problem(table, row, column, "no value", "nothing", "a number")
    for table in WITH_SYSTEMS:
        for row in _rows(net, table, system_counts(net[table]["parallel"]).isna() & _in_service(net, table)):
            found, expected = str(net[table].at[row, "parallel"]), f"a whole number from 1 to {MAX_SYSTEMS}"
            yield Problem(table, row, "parallel", "no number of systems side by side", found, expected)
    if "df" in net.trafo:
        for row in _rows(net, "trafo", net.trafo["df"] <= 0):
            yield Problem("trafo", row, "df", "rating factor", str(net.trafo.at[row, "df"]), "above zero")


def _no_slack(net: Any) -> Iterator[Problem]:
    slack = _in_service(net, "ext_grid").any()
    slack |= bool((_in_service(net, "gen") & net.gen["slack"].fillna(False).to_numpy(dtype=bool)).any())
    if not slack:
        mend = "put an ext_grid in service, or mark a gen with slack=True"
        yield Problem("ext_grid", None, None, "nothing fixes the voltage of the grid", "no slack in service", mend=mend)


def model_problems(
    model: PerUnitModel, ids: tuple[BranchId, ...], y: tuple[NDArray[np.complex128], ...]
) -> list[Problem]:
    """Problems that show only in the per-unit model: branches without impedance, voltages in conflict."""
    return [*_without_impedance(model, ids, y), *_conflicting_voltages(model), *_not_finite(model)]


def _without_impedance(
    model: PerUnitModel, ids: tuple[BranchId, ...], y: tuple[NDArray[np.complex128], ...]
) -> Iterator[Problem]:
    in_service = model.in_service[model.row_of_system]
    unusable = ~np.isfinite(np.array(y)).all(axis=0) & in_service if len(ids) else np.zeros(0, dtype=bool)
    for branch in {ids[row][:2]: None for row in np.flatnonzero(unusable)}:
        yield Problem(
            branch[0],
            branch[1],
            None,
            "no usable impedance",
            "zero or missing parameters",
            "numbers, not all zero",
            "give it an impedance, or fuse its buses by a closed bus-bus switch",
        )


def _conflicting_voltages(model: PerUnitModel) -> Iterator[Problem]:
    from pandapower.pypower.idx_gen import GEN_BUS, VG

    net = model.net
    owner: list[tuple[str, int]] = []
    for table in net["_gen_order"]:
        owner += [(table, row) for row in _rows(net, table, net["_is_elements"][table])]
    angle = {row: float(net.ext_grid.at[row, "va_degree"]) for row in net.ext_grid.index}
    first: dict[int, int] = {}
    for k, (table, row) in enumerate(owner):
        earlier = first.setdefault(int(model.gen[k, GEN_BUS]), k)
        if not np.isclose(model.gen[k, VG], model.gen[earlier, VG], rtol=0, atol=1e-5):
            found = f"{model.gen[k, VG]} pu against {model.gen[earlier, VG]} pu of {owner[earlier]}"
            yield Problem(table, row, "vm_pu", "two set points at one bus", found, mend="give both the same voltage")
        elif table == owner[earlier][0] == "ext_grid" and not np.isclose(angle[row], angle[owner[earlier][1]]):
            found = f"{angle[row]} degree against {angle[owner[earlier][1]]}"
            yield Problem(table, row, "va_degree", "two angles at one bus", found, mend="give both the same angle")


def _not_finite(model: PerUnitModel) -> Iterator[Problem]:
    from pandapower.pypower.idx_bus import BS, GS, PD, QD

    for bus in model.net.bus.index:
        if not np.isfinite(model.bus[model.bus_lookup[bus]][[PD, QD, GS, BS]]).all():
            what = "demand or shunts at this bus do not add up to a number"
            yield Problem("bus", int(bus), None, what, mend="fill the empty values of the elements at this bus")
