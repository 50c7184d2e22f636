"""Statements after the tables do what MATLAB does with them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gridprio.grid.matpower.case import read_case

from .tables import Tables, six_buses, text_of
from .test_syntax import assert_tables

PD, QD, BASE_KV, R, X, RATE, STATUS = 2, 3, 9, 2, 3, 5, 10
CONSTANTS = "define_constants;\n"


def change(act: Callable[[Tables], None]) -> Callable[[Tables], Tables]:
    def changed(tables: Tables) -> Tables:
        copy = tables.with_cells({})
        act(copy)
        return copy

    return changed


def set_to(table: str, at: object, value: object) -> Callable[[Tables], Tables]:
    def act(tables: Tables) -> None:
        getattr(tables, table)[at] = value

    return change(act)


def times(table: str, at: object, factor: float) -> Callable[[Tables], Tables]:
    def act(tables: Tables) -> None:
        getattr(tables, table)[at] *= factor

    return change(act)


ALL = slice(None)
OHM = (
    "Vbase = mpc.bus(1, BASE_KV) * 1e3;      %% in Volts\nSbase = mpc.baseMVA * 1e6;              %% in VA\n"
    "mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);\n"
)
NEW_BUS = (7, 1, 3, 1, 0, 0, 1, 1, 0, 20, 1, 1.1, 0.9)
NEW_BRANCH = (6, 7, 0.02, 0.05, 0, 10, 0, 0, 0, 0, 1, -360, 360)


def row_text(row: tuple[float, ...]) -> str:
    return " ".join(map(str, row))


def grown(tables: Tables) -> Tables:
    return tables.with_rows("bus", NEW_BUS).with_rows("branch", NEW_BRANCH)


POWER_FACTOR = "pf = 0.85;\nmpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf));\nmpc.bus(:, PD) = mpc.bus(:, PD) * pf;"


def per_unit(tables: Tables) -> None:
    tables.branch[:, [R, X]] /= 110e3**2 / 100e6


def power_factor(tables: Tables) -> None:
    tables.bus[:, QD] = tables.bus[:, PD] * np.sin(np.arccos(0.85))
    tables.bus[:, PD] *= 0.85


ONE_MACHINE = (1, 0, 0, 9, -9, 1, 100, 1, 9, 0)
DCLINE = "mpc.dcline = zeros(1, 17);\nc = idx_dcline;\nmpc.dcline(1, [c.F_BUS c.T_BUS c.VF c.VT]) = [2 5 1 1];"
ROUNDED = "mpc.bus(1, PD) = rem(-7, 3) + mod(-7, 3) + fix(-1.5) + sign(-3) + floor(-1.5) + ceil(-1.5);"
STATEMENTS: dict[str, tuple[str, Callable[[Tables], Tables]]] = {
    "single cell": ("mpc.bus(2, 3) = 30;", set_to("bus", (1, PD), 30)),
    "single cell by name": ("mpc.bus(2, PD) = 30;", set_to("bus", (1, PD), 30)),
    "single cell by linear index": ("mpc.bus(14) = 30;", set_to("bus", (1, PD), 30)),
    "cell to an expression": ("mpc.bus(2, PD) = mpc.bus(3, PD) / 4 + 1;", set_to("bus", (1, PD), 8.5)),
    "whole column": ("mpc.branch(:, RATE_A) = 77;", set_to("branch", (ALL, RATE), 77)),
    "two columns": ("mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;", times("bus", (ALL, [PD, QD]), 1 / 1e3)),
    "range of columns": ("mpc.bus(:, 3:4) = 2 * mpc.bus(:, 3:4);", times("bus", (ALL, [PD, QD]), 2)),
    "range of rows": ("mpc.bus(4:6, PD) = 1;", set_to("bus", (slice(3, 6), PD), 1)),
    "range with a step": ("mpc.bus(2:2:6, PD) = 1;", set_to("bus", ([1, 3, 5], PD), 1)),
    "range backward": ("mpc.bus(6:-2:2, PD) = [1; 2; 3];", set_to("bus", ([5, 3, 1], PD), [1, 2, 3])),
    "column from values": ("mpc.bus(:, PD) = [1 2 3 4 5 6]';", set_to("bus", (ALL, PD), [1, 2, 3, 4, 5, 6])),
    "row in place of a column": ("mpc.bus(:, PD) = [1 2 3 4 5 6];", set_to("bus", (ALL, PD), [1, 2, 3, 4, 5, 6])),
    "last row": ("mpc.bus(end, PD) = 1;", set_to("bus", (5, PD), 1)),
    "before the last row": ("mpc.bus(end-1, PD) = 1;", set_to("bus", (4, PD), 1)),
    "last column": ("mpc.bus(1, end) = 0.8;", set_to("bus", (0, 12), 0.8)),
    "to the last row": ("mpc.bus(5:end, PD) = 1;", set_to("bus", ([4, 5], PD), 1)),
    "rows by list": ("k = [2 5]; mpc.bus(k, PD) = 9;", set_to("bus", ([1, 4], PD), 9)),
    "rows by condition": ("mpc.bus(mpc.bus(:, BASE_KV) < 50, PD) = 4;", set_to("bus", ([3, 4, 5], PD), 4)),
    "rows by find": ("k = find(mpc.bus(:, PD) > 10 & mpc.bus(:, QD) < 8);\nmpc.bus(k, PD) = 4;",
                     set_to("bus", ([1, 4], PD), 4)),
    "no rows by find": ("mpc.bus(find(mpc.bus(:, PD) > 1e6), PD) = 4;", lambda tables: tables),
    "rows by not": ("mpc.branch(~(mpc.branch(:, TAP)), RATE_B) = 5;",
                    set_to("branch", ([0, 1, 2, 4, 5, 6, 7], 6), 5)),
    "impedances in ohm": (OHM, change(per_unit)),
    "power factor": (POWER_FACTOR, change(power_factor)),
    "scaled by a column": ("mpc.bus(:, QD) = mpc.bus(:, PD) .* mpc.bus(:, VMAX);",
                           change(lambda t: t.bus.__setitem__((ALL, QD), t.bus[:, PD] * t.bus[:, 11]))),
    "appended row": (f"mpc.bus = [mpc.bus; {row_text(NEW_BUS)}];\nmpc.branch = [mpc.branch\n{row_text(NEW_BRANCH)}];",
                     grown),
    "row at end+1": (f"mpc.bus(end+1, :) = [{row_text(NEW_BUS)}];\nmpc.branch(end + 1, :) = [{row_text(NEW_BRANCH)}];",
                     grown),
    "row by size": (f"mpc.bus(size(mpc.bus, 1) + 1, :) = [{row_text(NEW_BUS)}];\n"
                    f"mpc.branch(9, 1:13) = [{row_text(NEW_BRANCH)}];", grown),
    "table assigned twice": (f"mpc.gen = [1 2 3];\nmpc.gen = [{row_text(ONE_MACHINE)}];",
                             lambda t: Tables(t.bus, t.gen[:0], t.branch).with_rows("gen", ONE_MACHINE)),
    "removed row": ("mpc.branch(2, :) = [];", lambda t: Tables(t.bus, t.gen, np.delete(t.branch, 1, 0))),
    "removed rows by condition": ("mpc.branch(mpc.branch(:, TAP) ~= 0, :) = [];",
                                  lambda t: Tables(t.bus, t.gen, np.delete(t.branch, 3, 0))),
    "copied table": ("b = mpc.branch; b(:, RATE_A) = 1; mpc.branch(1, :) = b(1, :);", set_to("branch", (0, RATE), 1)),
    "copied struct": ("m = mpc; m.bus(:, PD) = 1; m.x.y = 2; mpc.gen = m.gen;", lambda tables: tables),
    "base power": ("mpc.baseMVA = mpc.baseMVA / 2;", lambda t: Tables(t.bus, t.gen, t.branch, base_mva=50.0)),
    "variables of variables": ("a = 2; b = a^3 - 1; c = -b'; mpc.bus(1, PD) = -c;", set_to("bus", (0, PD), 7)),
    "precedence": ("mpc.bus(1, PD) = -2^2 + 3*2^-1*4 - (1 == 1);", set_to("bus", (0, PD), 1)),
    "if that does not hold": ("fixed = 0;\nif fixed\n mpc.bus(1, PD) = 5;\n k = unknown(2);\nend", lambda t: t),
    "if that holds": ("if mpc.baseMVA == 100, mpc.bus(1, PD) = 5; else mpc.bus(1, PD) = 6; end",
                      set_to("bus", (0, PD), 5)),
    "elseif": ("x = 2;\nif x == 1\n y = 3;\nelseif x == 2 && true\n y = 4;\nelse\n y = 5;\nend\nmpc.bus(1, PD) = y;",
               set_to("bus", (0, PD), 4)),
    "if in if": ("if 1\n if 0\n  mpc.bus(1, PD) = 1;\n else\n  mpc.bus(1, PD) = 2;\n end\nend",
                 set_to("bus", (0, PD), 2)),
    "sum and count": ("mpc.bus(1, PD) = sum(mpc.bus(:, PD)) + length([1 2 3]) + numel(mpc.gen);",
                      set_to("bus", (0, PD), 75 + 3 + 20)),
    "largest": ("mpc.bus(1, PD) = max(mpc.bus(:, PD)) + min([4 2 8]);", set_to("bus", (0, PD), 32)),
    "per unit of a table": ("mpc.branch(:, BR_STATUS) = ones(8, 1);", lambda tables: tables),
    "transpose of a part": ("x = mpc.bus(:, PD)'; mpc.bus(:, PD) = x';", lambda tables: tables),
    "column of a vector": ("x = [4 5 6]; mpc.bus(4:6, PD) = x(:);", set_to("bus", ([3, 4, 5], PD), [4, 5, 6])),
    "vector that grows": ("x = []; x(3) = 5; x(end+1) = 6; mpc.bus(1:4, PD) = x;",
                          set_to("bus", ([0, 1, 2, 3], PD), [0, 0, 5, 6])),
    "column of dcline by name": (DCLINE, lambda t: t.with_rows("dcline", (2, 5, 0, 0, 0, 0, 0, 1, 1, *[0] * 8))),
    "not read after return": ("return\nmpc.bus = [];", lambda tables: tables),
    "rem, mod, fix and sign": (ROUNDED, set_to("bus", (0, PD), -1 + 2 - 1 - 1 - 2 - 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", STATEMENTS)
def test_statement(name: str) -> None:
    after, expected = STATEMENTS[name]
    case = read_case(text_of(six_buses(), after + "\n").encode(), "case.m")
    assert_tables(case, expected(six_buses()))
