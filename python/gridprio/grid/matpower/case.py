"""The tables of a case, with every problem of their numbers at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import InputError
from gridprio.grid.matpower.checks import relation_refusals, value_refusals
from gridprio.grid.matpower.constants import IDX_BUS
from gridprio.grid.matpower.evaluate import Evaluator
from gridprio.grid.matpower.parser import Parser
from gridprio.grid.matpower.refusal import Refusal
from gridprio.grid.matpower.text import case_text
from gridprio.grid.matpower.tokens import tokens_of
from gridprio.grid.matpower.values import CellArray, Matrix, Struct, Value, describe
from gridprio.text import sentence

COLUMNS = {"bus": 13, "gen": 10, "branch": 11, "dcline": 17}
"""Columns that a table has at least."""
FORMAT_1 = ("baseMVA", "bus", "gen", "branch", "areas", "gencost")
"""What a case of format 1 returns, in this order."""
ASSUMED_KV = 1.0
"""Nominal voltage of a case in which no bus has one, as IEEE 14 and 57 of MATPOWER: a load flow in pu needs none."""
READ = ("version", "baseMVA", "bus", "gen", "branch", "dcline", "bus_name")


@dataclass(frozen=True, eq=False)
class Case:
    """Tables as MATPOWER has them, columns in the order of the User's Manual, appendix B."""

    file: str
    base_mva: float
    tables: Mapping[str, Matrix]
    """bus, gen, branch and dcline (no rows where the case has none)"""
    bus_names: tuple[str, ...] | None
    not_used: tuple[str, ...]
    """fields of the case that have no part in a load flow"""
    assumed_kv: bool = False
    """the file has BASE_KV of 0 at every bus, and each was taken as `ASSUMED_KV`"""

    def column(self, table: str, number: int) -> NDArray[np.float64]:
        """A column by the number that MATPOWER gives it, from 1."""
        return self.arrays[table][:, number - 1]

    @property
    def arrays(self) -> dict[str, NDArray[np.float64]]:
        return {name: np.asarray(table.array, dtype=np.float64) for name, table in self.tables.items()}


def read_case(content: bytes, file: str) -> Case:
    """The case in the bytes of an `.m` file; raises InputError with everything that is not understood, by line."""
    try:
        text = case_text(content)
    except Refusal as refusal:
        raise InputError([refusal.problem(file)]) from None
    parser = Parser(tokens_of(text), text.split("\n"))
    statements = parser.statements()
    evaluator = Evaluator()
    evaluator.run(statements)
    refusals = [*parser.refusals, *evaluator.refusals]
    try:
        fields = _fields(evaluator)
    except Refusal as refusal:
        fields = None
        if not refusals:
            refusals.append(refusal)
    case = None if fields is None else _case(fields, evaluator, file, refusals)
    if refusals or case is None:
        unique = dict.fromkeys(sorted((r.problem(file) for r in refusals), key=lambda p: p.row or 0))
        raise InputError(list(unique))
    return case


def case_of_fields(fields: Mapping[str, Value], file: str) -> Case:
    """The case of fields that were read from elsewhere."""
    refusals: list[Refusal] = []
    case = _case(dict(fields), Evaluator(), file, refusals)
    if case is None or refusals:
        raise InputError([refusal.problem(file) for refusal in refusals])
    return case


def _fields(evaluator: Evaluator) -> dict[str, Value]:
    """What the function returns; of a script the one struct with tables, or its variables."""
    variables, outputs = evaluator.variables, evaluator.outputs
    if len(outputs) > 1:
        named = zip(FORMAT_1, outputs, strict=False)
        evaluator.unknown |= {f"case.{field}" for field, name in named if name in evaluator.unknown}
        return {field: variables[name] for field, name in zip(FORMAT_1, outputs, strict=False) if name in variables}
    structs = {name: value for name, value in variables.items() if isinstance(value, Struct)}
    chosen = [name for name in structs if name in outputs]
    chosen = chosen or [name for name, value in structs.items() if {"bus", "branch"} & set(value.fields)]
    if len(chosen) == 1:
        prefix = f"{chosen[0]}."
        evaluator.unknown |= {f"case.{u.removeprefix(prefix)}" for u in evaluator.unknown if u.startswith(prefix)}
        return dict(structs[chosen[0]].fields)
    if not chosen and {"bus", "branch"} <= set(variables):
        return dict(variables)
    found = ", ".join(chosen) or ", ".join(variables) or sentence("found.nothing")
    what, expected = sentence("problem.no_case"), sentence("expected.case_struct")
    raise Refusal(1, what, found, expected, sentence("remedy.see_case_format"))


def _case(fields: dict[str, Value], evaluator: Evaluator, file: str, refusals: list[Refusal]) -> Case | None:
    known = {field for field in ("baseMVA", *COLUMNS) if f"case.{field}" not in evaluator.unknown}
    tables: dict[str, Matrix] = {}
    for name, width in COLUMNS.items():
        if name in known:
            table = _table(name, width, fields.get(name), refusals)
            if table is not None:
                tables[name] = table
    base = fields.get("baseMVA")
    base_mva = float(base.array[0, 0]) if isinstance(base, Matrix) and base.array.size == 1 else np.nan
    if "baseMVA" in known and not 0 < base_mva <= 1e6:
        refusals.append(_missing("baseMVA", _described(base), sentence("expected.base_power"), _line(base)))
    refusals += _version_refusals(fields.get("version"))
    assumed_kv = "bus" in tables and _take_assumed_kv(tables["bus"])
    for name, table in tables.items():
        refusals += value_refusals(name, table)
    names = _names(fields.get("bus_name"), tables.get("bus"), refusals)
    if len(tables) == len(COLUMNS) and not refusals:
        case = Case(file, base_mva, tables, names, tuple(sorted(set(fields) - set(READ))), assumed_kv)
        refusals += relation_refusals(case.arrays, tables)
        return None if refusals else case
    return None


def _take_assumed_kv(bus: Matrix) -> bool:
    """Whether no bus has a nominal voltage; each then gets `ASSUMED_KV`, in place."""
    kv = bus.array[:, IDX_BUS["BASE_KV"] - 1]
    nowhere = bool(len(kv)) and not kv.any()
    if nowhere:
        kv[:] = ASSUMED_KV
    return nowhere


def _table(name: str, width: int, value: Value | None, refusals: list[Refusal]) -> Matrix | None:
    if value is None and name == "dcline":
        return Matrix(np.zeros((0, width)), np.zeros((0, width), dtype=np.int32))
    if not isinstance(value, Matrix):
        refusals.append(_missing(name, _described(value), sentence("expected.table_of_numbers"), _line(value)))
        return None
    if not value.array.size and name in ("gen", "branch", "dcline"):
        return Matrix(np.zeros((0, width)), np.zeros((0, width), dtype=np.int32))
    if value.shape[1] < width:
        found, expected = sentence("found.columns", n=value.shape[1]), sentence("expected.at_least", limit=width)
        refusals.append(_missing(name, found, expected, _line(value)))
        return None
    return Matrix(value.array.astype(np.float64), value.lines)


def _missing(field: str, found: str, expected: str, line: int) -> Refusal:
    what, remedy = sentence("problem.field_not_usable", field=field), sentence("remedy.give_case_field", field=field)
    return Refusal(line, what, found, expected, remedy, field)


def _described(value: Value | None) -> str:
    return sentence("found.nothing") if value is None else describe(value)


def _line(value: Value | None) -> int:
    return int(value.lines.flat[0]) if isinstance(value, Matrix) and value.lines.size else 1


def _version_refusals(version: Value | None) -> list[Refusal]:
    """Formats 1 and 2 have the same columns as far as they are read here."""
    text = f"{version.array[0, 0]:g}" if isinstance(version, Matrix) and version.array.size == 1 else version
    if text is None or text in ("1", "2"):
        return []
    found = text if isinstance(text, str) else describe(text)
    what, expected = sentence("problem.other_case_format"), sentence("expected.case_version")
    return [Refusal(_line(version), what, found, expected, sentence("remedy.savecase"), "version")]


def _names(value: Value | None, bus: Matrix | None, refusals: list[Refusal]) -> tuple[str, ...] | None:
    if value is None or bus is None:
        return None
    rows = value.rows if isinstance(value, CellArray) else ()
    names = tuple(name for row in rows for name in row if isinstance(name, str))
    if len(names) != bus.shape[0] or sum(map(len, rows)) != len(names):
        found = sentence("found.texts", n=len(names))
        what, expected = sentence("problem.bus_names_do_not_fit"), sentence("expected.name_of_each_bus", n=bus.shape[0])
        refusals.append(Refusal(1, what, found, expected, sentence("remedy.correct_bus_name"), "bus_name"))
        return None
    return names
