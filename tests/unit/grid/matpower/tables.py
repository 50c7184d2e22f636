"""Cases as plain tables, a writer of the plainest file, and where a branch row is in a grid."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NAMES = {
    "bus": "BUS_I BUS_TYPE PD QD GS BS BUS_AREA VM VA BASE_KV ZONE VMAX VMIN",
    "gen": "GEN_BUS PG QG QMAX QMIN VG MBASE GEN_STATUS PMAX PMIN",
    "branch": "F_BUS T_BUS BR_R BR_X BR_B RATE_A RATE_B RATE_C TAP SHIFT BR_STATUS ANGMIN ANGMAX",
    "dcline": "F_BUS T_BUS BR_STATUS PF PT QF QT VF VT PMIN PMAX QMINF QMAXF QMINT QMAXT LOSS0 LOSS1",
}
COLUMNS = {table: names.split(" ") for table, names in NAMES.items()}


def _rows(width: int, *rows: Any) -> Array:
    return np.array(rows, dtype=float).reshape(-1, width)


@dataclass(frozen=True, eq=False)
class Tables:
    bus: Array
    gen: Array
    branch: Array
    dcline: Array = field(default_factory=lambda: _rows(17))
    base_mva: float = 100.0

    def column(self, table: str, name: str) -> Array:
        return np.asarray(getattr(self, table)[:, COLUMNS[table].index(name)])

    def with_cells(self, cells: dict[tuple[str, int, str], float]) -> Tables:
        """A copy in which cells (table, row from 0, column) have other values."""
        changed = {name: getattr(self, name).copy() for name in COLUMNS}
        for (table, row, column), value in cells.items():
            changed[table][row, COLUMNS[table].index(column)] = value
        return replace(self, **changed)

    def with_rows(self, table: str, *rows: Any) -> Tables:
        """A copy with rows at the end of a table."""
        held = getattr(self, table)
        return replace(self, **{table: np.vstack([held, *(np.asarray(row, dtype=float)[None, :] for row in rows)])})


def six_buses() -> Tables:
    """Two generators on a 110 kV ring, two transformers to a 20 kV ring, loads and a capacitor."""
    return Tables(
        bus=_rows(
            13,
            (1, 3, 0, 0, 0, 0, 1, 1, 0, 110, 1, 1.1, 0.9),
            (2, 2, 20, 5, 0, 0, 1, 1, 0, 110, 1, 1.1, 0.9),
            (3, 1, 30, 10, 0, 4, 1, 1, 0, 110, 1, 1.1, 0.9),
            (4, 1, 5, 2, 0, 0, 1, 1, 0, 20, 1, 1.1, 0.9),
            (5, 1, 12, 4, 0.5, 0, 1, 1, 0, 20, 1, 1.1, 0.9),
            (6, 1, 8, 3, 0, 0, 1, 1, 0, 20, 1, 1.1, 0.9),
        ),
        gen=_rows(10, (1, 0, 0, 300, -300, 1.02, 100, 1, 500, 0), (2, 40, 0, 100, -100, 1.01, 100, 1, 80, 0)),
        branch=_rows(
            13,
            (1, 2, 0.010, 0.080, 0.030, 120, 0, 0, 0, 0, 1, -360, 360),
            (2, 3, 0.012, 0.090, 0.020, 100, 0, 0, 0, 0, 1, -360, 360),
            (1, 3, 0.015, 0.100, 0.025, 90, 0, 0, 0, 0, 1, -360, 360),
            (3, 4, 0.008, 0.220, 0.000, 40, 0, 0, 0.98, 0, 1, -360, 360),
            (3, 4, 0.007, 0.210, 0.000, 45, 0, 0, 0, 0, 1, -360, 360),
            (4, 5, 0.030, 0.060, 0.004, 25, 0, 0, 0, 0, 1, -360, 360),
            (5, 6, 0.040, 0.070, 0.003, 20, 0, 0, 0, 0, 1, -360, 360),
            (4, 6, 0.035, 0.065, 0.002, 22, 0, 0, 0, 0, 1, -360, 360),
        ),
    )


def text_of(tables: Tables, after: str = "", head: str = "function mpc = six\nmpc.version = '2';\n") -> str:
    """The plainest way to write a case."""
    parts = [head, f"mpc.baseMVA = {tables.base_mva!r};\n"]
    for name in COLUMNS:
        table = getattr(tables, name)
        if name != "dcline" or len(table):
            parts.append(f"mpc.{name} = [\n{rows_of_text(table)}];\n")
    return "".join(parts) + after


def rows_of_text(table: Array) -> str:
    return "".join("\t" + "\t".join(map(number, row)) + ";\n" for row in table.tolist())


def number(value: float) -> str:
    """The shortest text that reads back the same."""
    if np.isnan(value):
        return "NaN"
    if np.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def branch_ids(tables: Tables) -> list[tuple[str, int]]:
    """Element table and index of every branch row, by the rule of docs/matpower.md."""
    kv = dict(zip(tables.column("bus", "BUS_I"), tables.column("bus", "BASE_KV"), strict=True))
    ids: list[tuple[str, int]] = [("", 0)] * len(tables.branch)
    turned, nominal, lines = [], [], 0
    for row, branch in enumerate(tables.branch):
        if branch[8] not in (0, 1) or branch[9] != 0:
            turned.append(row)
        elif kv[branch[0]] != kv[branch[1]]:
            nominal.append(row)
        else:
            ids[row] = ("line", lines)
            lines += 1
    for at, row in enumerate(turned + nominal):
        ids[row] = ("trafo", at)
    return ids
