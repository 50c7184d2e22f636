"""Random cases in random ways to write them, statements behind them, and damage to their text.

Everything follows from a seed that Hypothesis draws: drawing each cell by itself would take ten times as long as
reading the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
from hypothesis import strategies as st

from .tables import COLUMNS, Array, Tables, number, six_buses

FREE = {
    "bus": ("PD", "QD", "GS", "BS", "BUS_AREA", "VM", "VA", "ZONE", "VMAX", "VMIN"),
    "gen": ("PG", "QG", "QMAX", "QMIN", "MBASE", "PMAX", "PMIN"),
    "branch": ("BR_X", "BR_B", "RATE_A", "RATE_B", "RATE_C", "SHIFT", "ANGMIN", "ANGMAX"),
}
"""Columns in which any positive number of moderate size can be meant."""
SEPARATORS = ("\t", " ", ",", " , ", ", ", "  ", " ...\n", "\t... note [\n")
ROW_ENDS = (";\n", "\n", ";", "; % note ' [\n", " % {note\n", ";;\n\n", ";\n%{\n1 2 ]\n%}\n")
BRACKETS = (("[", "]"), ("[\n", "\n]"), ("[ % bus [\n", "]"), ("...\n[", "...\n]"))
STATEMENT_ENDS = (";\n", "\n", ",\n", " ; % it's\n")
STRUCTS = ("mpc", "netz", "a_1", "Case", "m", "mpc_old")


@dataclass(frozen=True)
class Written:
    content: bytes
    tables: Tables
    """what it means"""


def cases(random: Random) -> Tables:
    """The six buses with up to eight cells that hold other numbers."""
    changed = {}
    for _ in range(random.randint(0, 8)):
        table = random.choice(sorted(FREE))
        row = random.randrange(len(getattr(SIX, table)))
        changed[table, row, random.choice(FREE[table])] = _value(random)
    return SIX.with_cells(changed)


SIX = six_buses()


def _value(random: Random) -> float:
    return random.choice((float(random.randint(1, 9999)), random.uniform(1e-6, 1e4), 10 ** random.uniform(-6, 4)))


def cell_text(random: Random, value: float) -> str:
    """A way to write exactly this number."""
    plain = number(value)
    match random.randrange(16):
        case 0:
            return f"{value:.17e}"
        case 1:
            return f"({plain})"
        case 2:
            return f"{plain}*1"
        case 3:
            return f"{number(2 * value)}/2"
        case 4:
            return f"{plain} + 0"
        case 5:
            return f"(- {number(-value)})" if value < 0 else plain
        case 6:
            return f"max([{number(value - 1)}, {plain}])"
        case _:
            return plain


def table_text(random: Random, table: Array) -> str:
    simple = random.random() < 0.5
    separator, row_end = random.choice(SEPARATORS), random.choice(ROW_ENDS)
    rows = []
    for row in table.tolist():
        cells = [number(value) if simple else cell_text(random, value) for value in row]
        rows.append(random.choice(("", "\t", "  ")) + separator.join(cells))
    start, end = random.choice(BRACKETS)
    return start + row_end.join(rows) + random.choice(("", row_end)) + end


def statement(random: Random, tables: Tables, struct: str) -> tuple[str, Tables]:
    """A statement behind the tables, and the tables after it."""
    name = random.choice(sorted(FREE))
    table = getattr(tables, name)
    column = random.choice(FREE[name])
    at = COLUMNS[name].index(column)
    by = random.choice((column, str(at + 1)))
    row = random.randrange(len(table))
    here, field = random.choice((str(row + 1), f"end-{len(table) - 1 - row}")), f"{struct}.{name}"
    value = _value(random)
    match random.randrange(4):
        case 0:
            return f"{field}({here}, {by}) = {number(value)};", tables.with_cells({(name, row, column): value})
        case 1:
            changed = {(name, k, column): table[k, at] * 2 for k in range(len(table))}
            return f"{field}(:, {by}) = 2 * {field}(:, {by});", tables.with_cells(changed)
        case 2:
            changed = {(name, k, column): value for k in range(len(table)) if table[k, at] > value}
            return f"{field}({field}(:, {by}) > {number(value)}, {by}) = {number(value)};", tables.with_cells(changed)
        case _:
            new = [number(cell) for cell in table[row].tolist()]
            if name == "bus":
                new[0] = str(int(table[:, 0].max()) + 1)
            text = f"{field} = [{field}; {' '.join(new)}];"
            return text, tables.with_rows(name, [float(cell) for cell in new])


def written_by(random: Random) -> Written:
    tables = cases(random)
    struct = random.choice(STRUCTS)
    parts = [f"{struct}.{name} = {table_text(random, getattr(tables, name))}" for name in ("bus", "gen", "branch")]
    parts += [f"{struct}.baseMVA = {number(tables.base_mva)}", f"{struct}.version = '2'"]
    random.shuffle(parts)
    head = random.choice(("", f"function {struct} = f\n", f"function [{struct}] = f(a, b) % [\n", "% ' [ {\n"))
    for _ in range(random.randint(0, 3)):
        text, tables = statement(random, tables, struct)
        parts.append(text)
    end = random.choice(STATEMENT_ENDS)
    text = head + end.join(parts) + random.choice(("", end))
    text = text.replace("\n", random.choice(("\n", "\r\n", "\r")))
    return Written(text.encode(random.choice(("utf-8", "utf-8-sig", "utf-16"))), tables)


WORDS = "[ ] { } ( ) ' \" ... ; , : = == end end+1 1e999 -Inf NaN if . .* ^ 99999999 - ~ && @ \\ 0 mpc. mpc.bus( i ! #"
LONGER = ("\n", "%{\n", "\n%}\n", "for k=1:9\n", "function x = y\n", "= [];", "(:)", "1e-320", "return", "if ")
PIECES = (*WORDS.split(" "), *LONGER, "zeros(1e9)", "1:1e15", "0x1", "é", "\ufeff", "\0")


def damaged_by(random: Random) -> bytes:
    """The bytes of a case after up to six strokes of bad luck."""
    content = written_by(random).content
    for _ in range(random.randint(1, 6)):
        at, length = random.randrange(len(content) + 1), random.randint(1, 40)
        piece = random.choice((random.choice(PIECES).encode(), random.randbytes(random.randint(1, 3))))
        match random.randrange(4):
            case 0:
                content = content[:at] + content[at + length :]
            case 1:
                content = content[:at] + piece + content[at:]
            case 2:
                content = content[: at + length] + content[at : at + length] + content[at + length :]
            case _:
                content = content[:at] + piece + content[at + length :]
    return content


def odd_tables_by(random: Random) -> Tables:
    """Numbers at the edges of what a computer holds, anywhere."""
    edges = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 4.0, 1e308, -1e308, 1e-320, 1e-9, 1e7, 2.0**53]
    edges += [np.inf, -np.inf, np.nan]
    changed = {}
    for _ in range(random.randint(1, 4)):
        table = random.choice(("bus", "gen", "branch"))
        row = random.randrange(len(getattr(SIX, table)))
        changed[table, row, random.choice(COLUMNS[table])] = random.choice(edges)
    return SIX.with_cells(changed)


SEEDS = st.integers(0, 2**64 - 1).map(Random)
WRITTEN = SEEDS.map(written_by)
DAMAGED = SEEDS.map(damaged_by)
ODD_TABLES = SEEDS.map(odd_tables_by)
