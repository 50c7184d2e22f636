"""Loads and generation of the net itself, for studies without a table `loads`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gridprio.demand.connections import Connection, Place
from gridprio.model.grid import Grid

_SIGN = {"load": -1, "sgen": 1, "storage": -1}
"""Element tables that connect at a bus, and the sign of their p_mw as injection."""
_PROFILE_TABLE = {"load": "load", "sgen": "renewables", "storage": "storage"}
"""Where SimBench keeps the profiles of an element table."""


def own_profiles(net: Any) -> pd.DataFrame | None:
    """Profiles that the net brings (`net.profiles` as SimBench has it), by their column names there; or None.

    Those of storages are called `storage:NAME`, because their names also stand for generation. Generation below zero
    is rounding in the source and becomes zero.
    """
    tables = net.get("profiles")
    if not tables:
        return None
    columns: dict[str, Any] = {}
    for element, table in _PROFILE_TABLE.items():
        for name in tables.get(table, pd.DataFrame()).columns:
            values = tables[table][name]
            if name == "time" or str(name).endswith("_e_MWh") or not pd.api.types.is_numeric_dtype(values):
                continue
            power = values.to_numpy(dtype=np.float64)
            columns[_profile_name(element, str(name))] = np.maximum(power, 0.0) if element == "sgen" else power
    return pd.DataFrame(columns) if columns else None


def _profile_name(element: str, name: str) -> str:
    return f"storage:{name}" if element == "storage" else name


def own_connections(grid: Grid, place_of_bus: Mapping[int, Place], known: Mapping[str, int]) -> list[Connection]:
    """Every load, static generator and storage of the net, and as a constant what other elements inject.

    `known`: names of the profiles at hand. The sector is the `type` of the element, else the name of its table.
    """
    found: list[Connection] = []
    explained = {int(bus): [0.0, 0.0] for bus in grid.bus_ids}
    for element, sign in _SIGN.items():
        table = grid.net[element]
        for row in table[table.in_service].to_dict("records"):
            bus = int(row["bus"])
            if bus not in place_of_bus:
                continue
            p_mw, q_mvar = (float(row[c]) * float(row.get("scaling", 1.0)) for c in ("p_mw", "q_mvar"))
            explained[bus][0] += sign * p_mw
            explained[bus][1] += sign * q_mvar
            p_profile, q_profile = _profiles(element, str(row.get("profile")), known)
            sector = row.get("type")
            found.append(
                Connection(
                    place=place_of_bus[bus],
                    station_id="",
                    sector=sector if isinstance(sector, str) and sector else element,
                    sign=sign,
                    p_mw=p_mw,
                    profile=p_profile,
                    exempt=element == "sgen",
                    q_mvar=q_mvar,
                    q_profile=q_profile,
                )
            )
    return found + _others(grid, place_of_bus, explained)


def generator_connections(grid: Grid, place_of_bus: Mapping[int, Place]) -> list[Connection]:
    """Voltage-controlled generators at their own constant power; a table `loads` does not speak of them."""
    table = grid.net["gen"]
    return [
        Connection(place_of_bus[int(row["bus"])], "", "gen", 1, float(row["p_mw"]) * float(row.get("scaling", 1)), "")
        for row in table[table.in_service].to_dict("records")
        if int(row["bus"]) in place_of_bus
    ]


def _profiles(element: str, name: str, known: Mapping[str, int]) -> tuple[str, str]:
    """Profiles of p and q; a load has two columns, others use one for both; empty = constant."""
    if element == "load":
        p, q = f"{name}_pload", f"{name}_qload"
        return (p, q if q in known else p) if p in known else ("", "")
    plain = _profile_name(element, name)
    return (plain, plain) if plain in known else ("", "")


def _others(grid: Grid, place_of_bus: Mapping[int, Place], explained: Mapping[int, list[float]]) -> list[Connection]:
    others = []
    for bus, p_mw, q_mvar in zip(grid.bus_ids, grid.p_mw, grid.q_mvar, strict=True):
        p, q = p_mw - explained[int(bus)][0], q_mvar - explained[int(bus)][1]
        if int(bus) in place_of_bus and max(abs(p), abs(q)) > 1e-9:
            others.append(Connection(place_of_bus[int(bus)], "", "", 1, float(p), "", q_mvar=float(q)))
    return others
