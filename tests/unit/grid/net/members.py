"""Faults and oddities of nets by kind: what is done to a net, and what is right.

Right is another net, which pandapower solves, or a place with words of the refusal.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandapower as pp
import pandas as pd

from ..nets import small_province

Change = Callable[[Any], None]


@dataclass(frozen=True)
class Member:
    kind: str
    spoil: Change
    refused: tuple[str, int | None, str | None] | None = None
    """table, row and column"""
    found: str = ""
    right: Change | None = None
    says: str = ""
    """code of the finding that goes with it"""

    def __str__(self) -> str:
        return f"{self.kind}-{self.spoil.__name__}"


@cache
def _base() -> Any:
    """The small province with a three-winding transformer, a static generator, a storage and a shunt."""
    net = small_province()
    for bus, kv in ((20, 50.0), (21, 10.5)):
        pp.create_bus(net, kv, index=bus)
    pp.create_transformer3w_from_parameters(
        *(net, 1, 20, 21, 150.0, 50.0, 10.5, 60.0, 40.0, 20.0, 12.0, 8.0, 10.0, 0.3, 0.3, 0.3, 20.0, 0.05),
        tap_side="hv", tap_neutral=0, tap_min=-5, tap_max=5, tap_step_percent=1.5, tap_pos=1, tap_changer_type="Ratio",
    )  # fmt: skip
    pp.create_load(net, 20, 9.0, 2.0)
    pp.create_sgen(net, 11, 3.0, 0.5)
    pp.create_storage(net, 12, 2.0, 10.0, q_mvar=0.3)
    pp.create_shunt(net, 10, q_mvar=1.5, p_mw=0.1)
    pp.create_gen(net, 2, p_mw=5.0, vm_pu=1.02)
    return net


def base() -> Any:
    return copy.deepcopy(_base())


MEMBERS: list[Member] = []


def cell(table: str, row: int, column: str, value: Any) -> Change:
    """Put anything into a cell, as Excel would."""

    def put(net: Any) -> None:
        net[table][column] = net[table][column].astype(object) if column in net[table] else None
        net[table].at[row, column] = value

    put.__name__ = f"{table}.{row}.{column}={str(value)[:20]}"
    return put


def cells(table: str, row: int, **values: Any) -> Change:
    def put(net: Any) -> None:
        for column, value in values.items():
            cell(table, row, column, value)(net)

    put.__name__ = f"{table}.{row}." + ",".join(f"{name}={value}" for name, value in values.items())
    return put


def numbers(table: str, row: int, **values: float) -> Change:
    """Put numbers into a column of numbers."""

    def put(net: Any) -> None:
        for column, value in values.items():
            net[table].loc[row, column] = value

    put.__name__ = f"{table}.{row}.{','.join(values)}"
    return put


def refuse(kind: str, table: str, row: int, column: str, value: Any, found: str = "") -> None:
    MEMBERS.append(Member(kind, cell(table, row, column, value), (table, row, column), found or str(value)))


def right(kind: str, spoil: Change, corrected: Change, says: str = "") -> None:
    MEMBERS.append(Member(kind, spoil, right=corrected, says=says))


def nothing(net: Any) -> None:
    pass


# Words, blanks and fractions in on/off columns.
for word in ("ONWAAR", "no", "false", "", "ja", None, np.nan, 0.5, 2):
    refuse("truth", "line", 1, "in_service", word, "nothing" if word is None or word != word else str(word))
refuse("truth", "switch", 1, "closed", "dicht")
refuse("truth", "bus", 2, "in_service", "x")
refuse("truth", "trafo", 0, "tap_dependency_table", "perhaps")
refuse("truth", "gen", 0, "slack", "yes")
right("truth", cell("line", 1, "in_service", 0), numbers("line", 1, in_service=False))
right("truth", cell("line", 1, "in_service", 1.0), nothing)
right("truth", cell("switch", 1, "closed", np.True_), numbers("switch", 1, closed=True))
right("truth", cell("gen", 0, "slack", None), nothing)

# Kinds of switches.
for word in ("L", "B", "line", "", None, 3, "t4"):
    refuse("kind", "switch", 1, "et", word, "nothing" if word is None else str(word))

# Columns that hold an index.
for value in (2.5, "A", np.nan, None, True):
    refuse("index", "line", 0, "from_bus", value, "nothing" if value is None or value != value else str(value))
for value in (99, -1, 3_000_000_000):
    refuse("index", "load", 0, "bus", value)
refuse("index", "switch", 0, "element", 1.5)
refuse("index", "switch", 1, "element", 77)
refuse("index", "switch", 1, "bus", 2, found="2")
refuse("index", "trafo", 1, "lv_bus", 99)
refuse("index", "trafo3w", 0, "mv_bus", "20a")
right("index", cell("line", 0, "from_bus", "0"), nothing)
right("index", cell("line", 0, "from_bus", 0.0), nothing)


def index_of(table: str, *labels: Any) -> Change:
    def put(net: Any) -> None:
        net[table].index = pd.Index([*labels, *net[table].index[len(labels) :]])

    put.__name__ = f"{table}.index={labels}"
    return put


MEMBERS += [
    Member("label", index_of("line", 1), ("line", 1, "index"), "1"),
    Member("label", index_of("load", "a"), ("load", None, "index"), "'a'"),
    Member("label", index_of("load", 2.5), ("load", None, "index"), "2.5"),
    Member("label", index_of("bus", None), ("bus", None, "index"), "nothing"),
    Member("label", index_of("sgen", np.nan), ("sgen", None, "index"), "nothing"),
]
right("label", index_of("load", 1_500_000_000, "77"), nothing)
right("label", index_of("gen", 2_000_000_000), nothing)
right("label", index_of("storage", -4), nothing)


def far_bus(net: Any) -> None:
    far = 1_500_000_000
    net.bus.index = net.bus.index.where(net.bus.index != 11, far)
    for table in ("load", "sgen", "storage"):
        net[table]["bus"] = net[table]["bus"].astype(np.int64).replace(11, far)
    net.trafo["lv_bus"] = net.trafo["lv_bus"].astype(np.int64).replace(11, far)


right("label", far_bus, nothing)

# Numbers that are none, and numbers that cannot be meant.
for table, row, column in (
    ("bus", 1, "vn_kv"), ("line", 0, "length_km"), ("line", 0, "r_ohm_per_km"), ("trafo", 0, "sn_mva"),
    ("trafo", 0, "vk_percent"), ("trafo", 0, "i0_percent"), ("trafo3w", 0, "vn_mv_kv"), ("load", 0, "p_mw"),
    ("load", 0, "scaling"), ("sgen", 0, "q_mvar"), ("storage", 0, "p_mw"), ("shunt", 0, "q_mvar"),
    ("ext_grid", 0, "vm_pu"), ("gen", 0, "vm_pu"), ("trafo", 0, "parallel"),
):  # fmt: skip
    refuse("missing number", table, row, column, np.nan, "nothing")
for table, row, column, value in (
    ("line", 0, "length_km", "1,5"), ("line", 0, "length_km", "12 km"), ("load", 0, "p_mw", True),
    ("bus", 1, "vn_kv", 0.0), ("bus", 1, "vn_kv", -10.0), ("bus", 1, "vn_kv", 150_000.0), ("line", 0, "length_km", 0),
    ("line", 0, "length_km", -3.0), ("line", 0, "max_i_ka", -0.4), ("line", 0, "df", 0.0), ("line", 0, "df", -1.0),
    ("trafo", 0, "sn_mva", 0.0), ("trafo", 0, "sn_mva", -60.0), ("trafo", 0, "sn_mva", np.inf),
    ("trafo", 0, "vn_lv_kv", -10.5), ("trafo3w", 0, "sn_mv_mva", 0.0), ("trafo", 0, "df", 0.0),
    ("ext_grid", 0, "vm_pu", 110.0), ("gen", 0, "vm_pu", 0.0), ("load", 0, "p_mw", 1e300), ("load", 0, "p_mw", np.inf),
    ("load", 0, "const_i_p_percent", 120.0), ("line", 1, "parallel", 0), ("line", 1, "parallel", 1.5),
    ("switch", 0, "z_ohm", -1.0), ("switch", 1, "in_ka", "1 kA"), ("trafo", 0, "vkr_percent", 60.0),
    ("trafo3w", 0, "vkr_lv_percent", 11.0),
):  # fmt: skip
    refuse("number", table, row, column, value, f"{value:g}" if isinstance(value, float) else str(value))

# What is empty with a meaning.
right("empty", cell("line", 0, "max_i_ka", np.nan), numbers("line", 0, max_i_ka=np.nan), "grid.unrated")
right("empty", cell("line", 0, "max_i_ka", np.inf), numbers("line", 0, max_i_ka=np.nan), "grid.unrated")
right("empty", cell("line", 0, "df", np.nan), nothing, "grid.blank_is")
right("empty", cell("trafo", 0, "df", None), nothing, "grid.blank_is")
right("empty", cell("line", 0, "max_loading_percent", 80.0), nothing)
right("empty", cell("line", 0, "max_loading_percent_nminus1", 120.0), nothing)
right("empty", cell("line", 0, "max_loading_percent_nminus1", 80.0), nothing, "grid.emergency_below_normal")
right("empty", cell("trafo", 0, "max_loading_percent", np.inf), nothing)
right("empty", cell("line", 0, "max_loading_percent", np.nan), nothing)
right("empty", cell("shunt", 0, "vn_kv", np.nan), nothing)
right("empty", cell("switch", 0, "z_ohm", np.nan), nothing, "grid.blank_is")

# Whatever an element out of service holds.
OFF = {
    "line": {"length_km": np.nan, "parallel": np.nan, "df": -1.0, "max_i_ka": np.nan},
    "trafo": {"sn_mva": 0.0, "vk_percent": np.nan, "tap_pos": np.nan, "parallel": np.nan, "tap_neutral": np.nan},
    "trafo3w": {"vk_hv_percent": np.nan},
    "load": {"p_mw": np.nan, "q_mvar": np.nan, "scaling": np.nan},
    "sgen": {"p_mw": np.nan, "scaling": None},
    "storage": {"p_mw": np.nan, "q_mvar": np.nan},
    "shunt": {"q_mvar": np.nan, "vn_kv": 0.0},
    "gen": {"vm_pu": np.nan, "p_mw": np.nan},
}
for table, values in OFF.items():
    row = 1 if table == "trafo" else 0
    right("off", cells(table, row, in_service=False, **values), numbers(table, row, in_service=False))


# Columns and tables that are missing.
def without(table: str, *columns: str) -> Change:
    def drop(net: Any) -> None:
        net[table] = net[table].drop(columns=list(columns))

    drop.__name__ = f"{table}-without-{','.join(columns)}"
    return drop


for table, column in (
    ("line", "length_km"), ("line", "from_bus"), ("trafo", "sn_mva"), ("load", "p_mw"), ("load", "bus"),
    ("switch", "et"), ("bus", "vn_kv"), ("trafo3w", "vk_mv_percent"),
):  # fmt: skip
    MEMBERS.append(Member("column", without(table, column), (table, None, column)))
for table, column in (
    ("line", "in_service"), ("line", "df"), ("line", "parallel"), ("load", "scaling"), ("load", "const_i_p_percent"),
    ("switch", "z_ohm"), ("shunt", "step"), ("trafo", "df"),
):  # fmt: skip
    right("column", without(table, column), nothing, "grid.column_is")
right("column", without("line", "name", "std_type", "type"), nothing)


def no_ratings(net: Any) -> None:
    net.line["max_i_ka"] = np.nan


right("column", without("line", "max_i_ka"), no_ratings, "grid.unrated")


def no_column_at_all(net: Any) -> None:
    net["ward"], net["motor"] = pd.DataFrame(), pd.DataFrame({"bus": []})
    del net["xward"]


right("column", no_column_at_all, nothing)


def column_twice(net: Any) -> None:
    net["load"] = pd.concat([net.load, net.load[["p_mw"]]], axis=1)


MEMBERS.append(Member("column", column_twice, ("load", None, "p_mw")))

# What pandapower takes although it cannot be meant.
right("taken", cell("trafo", 0, "i0_percent", -0.06), nothing, "grid.i0_below_zero")


def taken(says: str, table: str, row: int, **values: float) -> None:
    """pandapower's own value of the same net."""

    change = numbers(table, row, **values)
    right("taken", change, change, says)


taken("grid.rated_voltage", "trafo", 0, vn_lv_kv=13.0)
taken("grid.rated_voltage", "bus", 11, vn_kv=13.0)
taken("grid.line_between_voltages", "bus", 13, vn_kv=20.0)
taken("grid.negative_impedance", "line", 2, x_ohm_per_km=-0.1)
taken("grid.tiny_impedance", "line", 2, x_ohm_per_km=1e-6, r_ohm_per_km=0.0)


def off_the_grid(net: Any) -> None:
    pp.create_bus(net, 10.5, index=30)
    pp.create_load(net, 30, 5.0)


def second_slack(net: Any) -> None:
    pp.create_ext_grid(net, 2, vm_pu=1.02, va_degree=5)


def swapped_sides(net: Any) -> None:
    pp.create_transformer_from_parameters(net, 10, 0, 60.0, 10.5, 150.0, 0.3, 20.0, 0.0, 0.0, shift_degree=-150)


right("taken", off_the_grid, off_the_grid, "grid.at_no_voltage")
right("taken", off_the_grid, off_the_grid, "grid.no_voltage")
right("taken", second_slack, second_slack, "grid.several_slacks")
right("taken", swapped_sides, swapped_sides, "grid.low_side_first")
right("taken", nothing, nothing, "grid.open_end")
