"""What a net says of itself beside its branches: its loads and generators, their profiles, where its switches stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gridprio.grid.net.rules import END_COLUMNS, SWITCH_TARGET
from gridprio.model.grid import OwnElement

PROFILE_TABLE = {"load": "load", "sgen": "renewables", "storage": "storage", "gen": "powerplants"}
"""Where SimBench keeps the profiles of an element table."""

REPLACED_TABLES = ("load", "sgen", "storage", "motor", "asymmetric_load", "asymmetric_sgen")
"""Element tables whose place table `loads` of a study takes."""


def leave_out_connections(net: Any) -> None:
    """Take out of service what table `loads` of a study stands for, with its currents and impedances."""
    for table in REPLACED_TABLES:
        net[table]["in_service"] = False


def own_profiles(net: Any) -> pd.DataFrame | None:
    """Profiles that the net brings (`net.profiles` as SimBench has it), by their column names there; or None.

    Those of storages are called `storage:NAME` and those of voltage-controlled generators `gen:NAME`, because their
    names also stand for other generation. Generation below zero is rounding in the source and becomes zero.
    """
    tables = net.get("profiles")
    if not tables:
        return None
    columns: dict[str, Any] = {}
    for element, table in PROFILE_TABLE.items():
        for name in tables.get(table, pd.DataFrame()).columns:
            values = tables[table][name]
            if name == "time" or str(name).endswith("_e_MWh") or not pd.api.types.is_numeric_dtype(values):
                continue
            power = values.to_numpy(dtype=np.float64)
            columns[_profile_name(element, str(name))] = np.maximum(power, 0.0) if element in ("sgen", "gen") else power
    return pd.DataFrame(columns) if columns else None


def own_elements(net: Any) -> tuple[OwnElement, ...]:
    """Loads, static generators, storages and voltage-controlled generators in service, table by table."""
    return tuple(
        _own_element(table, row)
        for table in PROFILE_TABLE
        for row in net[table][net[table]["in_service"]].to_dict("records")
    )


def switch_buses(net: Any) -> dict[int, tuple[int, ...]]:
    """Buses at the ends of what each switch stands at."""
    ends = {
        kind: dict(
            zip(net[table].index, net[table][list(END_COLUMNS[table])].to_numpy(dtype=np.int64).tolist(), strict=True)
        )
        for kind, table in SWITCH_TARGET.items()
        if table in END_COLUMNS
    }
    ends["b"] = {bus: [bus] for bus in net.bus.index}
    table = net.switch
    rows = zip(table.index, table["bus"], table["element"], table["et"], strict=True)
    return {
        int(index): (int(bus), *map(int, ends.get(kind, {}).get(element, ()))) for index, bus, element, kind in rows
    }


def _own_element(table: str, row: dict[str, Any]) -> OwnElement:
    scaling = float(row.get("scaling", 1.0))
    name, kind = row.get("profile"), row.get("type")
    plain = _profile_name(table, name) if isinstance(name, str) and name else ""
    of_load = table == "load" and plain != ""
    return OwnElement(
        table=table,
        bus=int(row["bus"]),
        p_mw=float(row["p_mw"]) * scaling,
        q_mvar=0.0 if table == "gen" else float(row["q_mvar"]) * scaling,
        kind=kind if isinstance(kind, str) and kind else table,
        p_profile=f"{plain}_pload" if of_load else plain,
        q_profile=f"{plain}_qload" if of_load else plain,
    )


def _profile_name(element: str, name: str) -> str:
    return f"{element}:{name}" if element in ("storage", "gen") else name
