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
from gridprio.text import sentence

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
    remedy: str = "remedy.correct_number"
    """code of the catalogue"""

    def broken(self, values: Array) -> NDArray[np.bool_]:
        within = (values >= self.low) & (values <= self.high)
        if self.no_limit:
            within |= np.isinf(values) & ((values > 0) | (self.low < 0))
        broken: NDArray[np.bool_] = ~within | (self.whole & (values != np.round(values)))
        return broken

    @property
    def text(self) -> str:
        """The numbers in words, in both languages."""
        low, high = f"{self.low:.10g}", f"{self.high:.10g}"
        if self.whole:
            return sentence("expected.number_from_to", kind=sentence("expected.int"), low=low, high=high)
        if not self.unit:
            return sentence("expected.number_to", low=low, high=high)
        within = sentence("expected.number_to_unit", low=low, high=high, unit=self.unit)
        return sentence("expected.or_infinite", what=within) if self.no_limit else within


_BUS = Bounds(1, MAX_BUS, whole=True, remedy="remedy.number_buses_from_1")
_MW, _MVAR = Bounds(-MAX_MW, MAX_MW, "MW"), Bounds(-MAX_MW, MAX_MW, "Mvar")
_LIMIT = Bounds(-MAX_MW * 1e3, MAX_MW * 1e3, "Mvar", no_limit=True)
_PU, _DEGREE = Bounds(-MAX_PU, MAX_PU, "pu"), Bounds(-MAX_DEGREE, MAX_DEGREE, "°")
_ON = Bounds(0, 1, whole=True, remedy="remedy.write_in_service")
_KV = Bounds(1e-3, 1e4, "kV", remedy="remedy.nominal_voltage_of_bus")
BOUNDS: dict[str, dict[str, Bounds]] = {
    "bus": {
        "BUS_I": _BUS,
        "BUS_TYPE": Bounds(1, 4, whole=True, remedy="remedy.write_bus_type"),
        **{"PD": _MW, "QD": _MVAR, "GS": _MW, "BS": _MVAR, "VA": _DEGREE, "BASE_KV": _KV},
    },
    "gen": {
        **{"GEN_BUS": _BUS, "PG": _MW, "QG": _MVAR, "QMAX": _LIMIT, "QMIN": _LIMIT},
        "GEN_STATUS": Bounds(-1e6, 1e6, remedy="remedy.write_in_service"),
    },
    "branch": {
        **{"F_BUS": _BUS, "T_BUS": _BUS, "BR_R": _PU, "BR_X": _PU, "BR_B": _PU, "SHIFT": _DEGREE, "BR_STATUS": _ON},
        "RATE_A": Bounds(0, MAX_MW, "MVA", no_limit=True, remedy="remedy.zero_for_no_limit"),
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
        what, remedy = sentence("problem.no_number_of_net"), sentence(bounds.remedy)
        yield from _at_rows(name, table, column, bounds.broken(values), what, bounds.text, remedy)
    if name == "branch":
        ratio = np.abs(table.array[:, IDX_BRCH["TAP"] - 1].astype(np.float64))
        broken = (ratio != 0) & ~((ratio >= RATIO[0]) & (ratio <= RATIO[1]))
        what, remedy = sentence("problem.no_plausible_ratio"), sentence("remedy.correct_ratio")
        expected = sentence("expected.zero_or", what=Bounds(*RATIO, "pu").text)
        yield from _at_rows(name, table, "TAP", broken, what, expected, remedy)


def relation_refusals(tables: Mapping[str, Array], source: Mapping[str, Matrix]) -> Iterator[Refusal]:
    """What shows only when the tables are held against each other."""
    number = tables["bus"][:, IDX_BUS["BUS_I"] - 1]
    first = {value: row for row, value in reversed(list(enumerate(number.tolist())))}
    doubled = np.array([first[value] != row for row, value in enumerate(number.tolist())], dtype=bool)
    what, expected = sentence("problem.bus_number_twice"), sentence("expected.every_bus_once")
    yield from _at_rows("bus", source["bus"], "BUS_I", doubled, what, expected, sentence("remedy.other_bus_number"))
    if doubled.any():
        return
    unknown = False
    for name, columns in (("gen", ("GEN_BUS",)), ("branch", ("F_BUS", "T_BUS")), ("dcline", ("F_BUS", "T_BUS"))):
        for column in columns:
            missing = ~np.isin(tables[name][:, COLUMN[name][column] - 1], number)
            unknown |= bool(missing.any())
            what, expected = sentence("problem.no_such", table="bus"), sentence("expected.bus_of_case")
            remedy = sentence("remedy.add_bus_or_correct")
            yield from _at_rows(name, source[name], column, missing, what, expected, remedy)
    for name in ("branch", "dcline"):
        same = tables[name][:, COLUMN[name]["F_BUS"] - 1] == tables[name][:, COLUMN[name]["T_BUS"] - 1]
        what, expected = sentence("problem.branch_leads_to_own_bus"), sentence("expected.other_bus")
        remedy = sentence("remedy.take_row_out")
        yield from _at_rows(name, source[name], "T_BUS", same, what, expected, remedy)
    yield from _without_impedance(tables["branch"], source["branch"])
    if not unknown:
        yield from _voltages(tables, source)


def _without_impedance(branch: Array, source: Matrix) -> Iterator[Refusal]:
    r, x = branch[:, IDX_BRCH["BR_R"] - 1], branch[:, IDX_BRCH["BR_X"] - 1]
    on = branch[:, IDX_BRCH["BR_STATUS"] - 1] == 1
    what, remedy = sentence("problem.branch_without_impedance"), sentence("remedy.fuse_or_reactance")
    expected = sentence("expected.impedance_of", least=f"{MIN_IMPEDANCE_PU:g}")
    yield from _at_rows("branch", source, "BR_X", on & (np.hypot(r, x) < MIN_IMPEDANCE_PU), what, expected, remedy)


def _voltages(tables: Mapping[str, Array], source: Mapping[str, Matrix]) -> Iterator[Refusal]:
    voltages = held_voltages(tables)
    holds = np.isin(voltages.kind, (2, 3))
    for name, bus, column, on in machines_on(tables):
        at = rows_of(tables["bus"], bus)
        set_point = tables[name][:, column - 1]
        broken = on & holds[at] & ~((set_point >= SET_POINT[0]) & (set_point <= SET_POINT[1]))
        what, remedy = sentence("problem.no_set_point"), sentence("remedy.correct_voltage")
        place = next(key for key, number in COLUMN[name].items() if number == column)
        yield from _at_rows(name, source[name], place, broken, what, Bounds(*SET_POINT, "pu").text, remedy)
    if not (voltages.kind == REF).any():
        kinds = tables["bus"][:, IDX_BUS["BUS_TYPE"] - 1]
        rows = np.flatnonzero(kinds == REF)
        line = int(source["bus"].lines[rows[0] if len(rows) else 0, 0])
        what = sentence("problem.voltage_not_fixed" if (kinds != NONE).any() else "problem.all_buses_isolated")
        expected, remedy = sentence("expected.reference_bus"), sentence("remedy.machine_in_service")
        yield Refusal(line, what, sentence("found.no_such_bus"), expected, remedy, "bus BUS_TYPE")


def _at_rows(
    name: str, table: Matrix, column: str, broken: NDArray[np.bool_], what: str, expected: str, remedy: str
) -> Iterator[Refusal]:
    at = COLUMN[name][column] - 1
    rows = np.flatnonzero(broken)
    for row in rows[:NAMED_ROWS]:
        more = len(rows) - NAMED_ROWS if row == rows[:NAMED_ROWS][-1] else 0
        said = sentence("problem.more_rows_alike", what=what, n=more) if more > 0 else what
        found = f"{table.array[row, at]:.10g}"
        yield Refusal(int(table.lines[row, at]), said, found, expected, remedy, f"{name} {column}")
