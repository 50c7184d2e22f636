"""Whether the numbers of a case can be meant: bounds of each column, references, impedances, a fixed voltage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.grid.matpower.constants import IDX_BRCH, IDX_BUS, IDX_DCLINE, IDX_GEN
from gridprio.grid.matpower.refusal import Refusal
from gridprio.grid.matpower.values import Matrix
from gridprio.grid.matpower.voltages import NONE, REF, held_voltages, machines_on, rows_of

Array = NDArray[np.float64]

MAX_BUS = 9_999_999
MAX_MW = 1e7
MAX_PU = 1e6
MIN_IMPEDANCE_PU = 1e-10
MAX_DEGREE = 36_000.0
RATIO = (0.01, 100.0)
SET_POINT = (0.1, 10.0)
NAMED_ROWS = 5
"""Rows that are named where more of a column have the same fault."""


@dataclass(frozen=True)
class Bounds:
    """What a column holds; infinite where `no_limit`, whole numbers where `whole`."""

    low: float
    high: float
    unit: str = ""
    whole: bool = False
    no_limit: bool = False
    remedy: str = "correct the number"

    def broken(self, values: Array) -> NDArray[np.bool_]:
        within = (values >= self.low) & (values <= self.high)
        if self.no_limit:
            within |= np.isinf(values) & ((values > 0) | (self.low < 0))
        broken: NDArray[np.bool_] = ~within | (self.whole & (values != np.round(values)))
        return broken

    def __str__(self) -> str:
        kind = "a whole number " if self.whole else ""
        limit = ", or Inf" if self.no_limit else ""
        return f"{kind}{self.low:.10g} to {self.high:.10g}{self.unit and ' ' + self.unit}{limit}"


_BUS = Bounds(1, MAX_BUS, whole=True, remedy="number the buses from 1")
_MW, _MVAR = Bounds(-MAX_MW, MAX_MW, "MW"), Bounds(-MAX_MW, MAX_MW, "Mvar")
_LIMIT = Bounds(-MAX_MW * 1e3, MAX_MW * 1e3, "Mvar", no_limit=True)
_RATE = Bounds(0, MAX_MW, "MVA", no_limit=True, remedy="write 0 where there is no limit")
_PU, _DEGREE = Bounds(-MAX_PU, MAX_PU, "pu"), Bounds(-MAX_DEGREE, MAX_DEGREE, "degree")
_ON = Bounds(0, 1, whole=True, remedy="write 1 for in service and 0 for out of service")
_KV = Bounds(1e-3, 1e4, "kV", remedy="give the bus its nominal voltage: rules of security go by it")
BOUNDS: dict[str, dict[str, Bounds]] = {
    "bus": {
        "BUS_I": _BUS,
        "BUS_TYPE": Bounds(1, 4, whole=True, remedy="write 1 (PQ), 2 (PV), 3 (reference) or 4 (isolated)"),
        **{"PD": _MW, "QD": _MVAR, "GS": _MW, "BS": _MVAR, "VA": _DEGREE, "BASE_KV": _KV},
    },
    "gen": {
        **{"GEN_BUS": _BUS, "PG": _MW, "QG": _MVAR, "QMAX": _LIMIT, "QMIN": _LIMIT},
        "GEN_STATUS": Bounds(-1e6, 1e6, remedy="write 1 for in service and 0 for out of service"),
    },
    "branch": {
        **{"F_BUS": _BUS, "T_BUS": _BUS, "BR_R": _PU, "BR_X": _PU, "BR_B": _PU, "SHIFT": _DEGREE, "BR_STATUS": _ON},
        **dict.fromkeys(("RATE_A", "RATE_C"), _RATE),
    },
    "dcline": {
        **{"F_BUS": _BUS, "T_BUS": _BUS, "BR_STATUS": _ON, "PF": _MW},
        **dict.fromkeys(("QMINF", "QMAXF", "QMINT", "QMAXT"), _LIMIT),
        "LOSS0": Bounds(0, MAX_MW, "MW"),
        "LOSS1": Bounds(0, 0.999),
    },
}
COLUMN = {"bus": IDX_BUS, "gen": IDX_GEN, "branch": IDX_BRCH, "dcline": IDX_DCLINE}
"""Column numbers by table, from 1."""


def value_refusals(name: str, table: Matrix) -> Iterator[Refusal]:
    """Cells that are no number of their column."""
    for column, bounds in BOUNDS[name].items():
        at = COLUMN[name][column] - 1
        values = table.array[:, at].astype(np.float64)
        what = "no number that can be meant"
        yield from _at_rows(name, table, column, bounds.broken(values), what, str(bounds), bounds.remedy)
    if name == "branch":
        ratio = np.abs(table.array[:, IDX_BRCH["TAP"] - 1].astype(np.float64))
        broken = (ratio != 0) & ~((ratio >= RATIO[0]) & (ratio <= RATIO[1]))
        expected = f"0, or {RATIO[0]:g} to {RATIO[1]:g} pu"
        yield from _at_rows(name, table, "TAP", broken, "no ratio that can be meant", expected, "correct the ratio")


def relation_refusals(tables: Mapping[str, Array], source: Mapping[str, Matrix]) -> Iterator[Refusal]:
    """What shows only when the tables are held against each other."""
    number = tables["bus"][:, IDX_BUS["BUS_I"] - 1]
    first = {value: row for row, value in reversed(list(enumerate(number.tolist())))}
    doubled = np.array([first[value] != row for row, value in enumerate(number.tolist())], dtype=bool)
    what, expected = "a bus number twice", "every bus once"
    yield from _at_rows("bus", source["bus"], "BUS_I", doubled, what, expected, "give the second bus another number")
    if doubled.any():
        return
    unknown = False
    for name, columns in (("gen", ("GEN_BUS",)), ("branch", ("F_BUS", "T_BUS")), ("dcline", ("F_BUS", "T_BUS"))):
        for column in columns:
            missing = ~np.isin(tables[name][:, COLUMN[name][column] - 1], number)
            unknown |= bool(missing.any())
            remedy = "add the bus, or correct the number"
            yield from _at_rows(name, source[name], column, missing, "no such bus", "a number of mpc.bus", remedy)
    for name in ("branch", "dcline"):
        same = tables[name][:, COLUMN[name]["F_BUS"] - 1] == tables[name][:, COLUMN[name]["T_BUS"] - 1]
        remedy = "take the row out, or correct a bus"
        yield from _at_rows(name, source[name], "T_BUS", same, "leads to its own bus", "another bus", remedy)
    yield from _without_impedance(tables["branch"], source["branch"])
    if not unknown:
        yield from _voltages(tables, source)


def _without_impedance(branch: Array, source: Matrix) -> Iterator[Refusal]:
    r, x = branch[:, IDX_BRCH["BR_R"] - 1], branch[:, IDX_BRCH["BR_X"] - 1]
    on = branch[:, IDX_BRCH["BR_STATUS"] - 1] == 1
    remedy = "make one bus of its two buses, or give it a small reactance such as 1e-5"
    what, expected = "no impedance", f"r or x of at least {MIN_IMPEDANCE_PU:g} pu"
    yield from _at_rows("branch", source, "BR_X", on & (np.hypot(r, x) < MIN_IMPEDANCE_PU), what, expected, remedy)


def _voltages(tables: Mapping[str, Array], source: Mapping[str, Matrix]) -> Iterator[Refusal]:
    voltages = held_voltages(tables)
    holds = np.isin(voltages.kind, (2, 3))
    for name, bus, column, on in machines_on(tables):
        at = rows_of(tables["bus"], bus)
        set_point = tables[name][:, column - 1]
        broken = on & holds[at] & ~((set_point >= SET_POINT[0]) & (set_point <= SET_POINT[1]))
        expected = f"{SET_POINT[0]:g} to {SET_POINT[1]:g} pu"
        place = next(key for key, number in COLUMN[name].items() if number == column)
        yield from _at_rows(name, source[name], place, broken, "no set point", expected, "correct the voltage")
    if not (voltages.kind == REF).any():
        kinds = tables["bus"][:, IDX_BUS["BUS_TYPE"] - 1]
        rows = np.flatnonzero(kinds == REF)
        line = int(source["bus"].lines[rows[0] if len(rows) else 0, 0])
        what = "nothing fixes the voltage" if (kinds != NONE).any() else "every bus is isolated"
        expected, remedy = "a bus of type 3 with a machine in service", "put its machine in service, or add one"
        yield Refusal(line, what, "no such bus", expected, remedy, "bus BUS_TYPE")


def _at_rows(
    name: str, table: Matrix, column: str, broken: NDArray[np.bool_], what: str, expected: str, remedy: str
) -> Iterator[Refusal]:
    at = COLUMN[name][column] - 1
    rows = np.flatnonzero(broken)
    for row in rows[:NAMED_ROWS]:
        more = len(rows) - NAMED_ROWS if row == rows[:NAMED_ROWS][-1] else 0
        said = f"{what} (and {more} more rows like this)" if more > 0 else what
        found = f"{table.array[row, at]:.10g}"
        yield Refusal(int(table.lines[row, at]), said, found, expected, remedy, f"{name} {column}")
