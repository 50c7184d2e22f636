"""Every legal way to write a case reads as the same tables."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from gridprio.grid.matpower.case import Case, read_case

from .tables import COLUMNS, Tables, six_buses, text_of

PLAIN = text_of(six_buses())
BUS_1 = "\t1\t3\t0\t0\t0\t0\t1\t1\t0\t110\t1\t1.1\t0.9;\n"
BRANCH_1 = "\t1\t2\t0.01\t0.08\t0.03\t120\t0\t0\t0\t0\t1\t-360\t360;\n"


def assert_tables(case: Case, tables: Tables) -> None:
    assert case.base_mva == tables.base_mva
    for name in COLUMNS:
        np.testing.assert_array_equal(case.tables[name].array, getattr(tables, name), err_msg=name)


def swap(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    return change


def first_bus(new: str) -> Callable[[str], str]:
    return swap(BUS_1, new)


def first_branch(new: str) -> Callable[[str], str]:
    return swap(BRANCH_1, new)


WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "commas": lambda text: re.sub(r"(?<=\d)\t", ", ", text),
    "commas and blanks": swap("\t0\t", " , 0 , "),
    "a comma behind the last cell": swap(";\n", ",;\n"),
    "blanks for tabs": swap("\t", "   "),
    "form feeds": swap("\t0\t", "\f0\v"),
    "all rows on one line": swap(";\n\t", "; "),
    "no semicolons": swap(";\n", "\n"),
    "semicolons twice": swap(";\n", ";;\n"),
    "commas end statements": swap("';\n", "',\n"),
    "statements on one line": swap("mpc.version = '2';\nmpc.baseMVA", "mpc.version = '2', mpc.baseMVA"),
    "empty lines in a table": swap(";\n\t", ";\n\n \n\t"),
    "table begins on the line of its name": swap("[\n", "["),
    "table ends on its last row": swap(";\n];", "];"),
    "name, equals and bracket on lines of their own": swap("mpc.bus = [", "mpc.bus = ...\n ["),
    "no blanks around equals": swap(" = ", "="),
    "continued rows": swap("\t110\t", " ... the rest\n\t110\t"),
    "continuation without a blank": swap("\t110\t", "\t110...\n\t"),
    "continued at a comma": first_bus("1,3,0,0,0,0,1, ...\n1,0,110,1,1.1,0.9\n"),
    "comment behind every row": swap(";\n", "; % about [this] 'row'\n"),
    "comment without a semicolon": swap(";\n", " % 1 2 3\n"),
    "comment of Octave": swap(";\n", "; # note\n"),
    "comment lines in a table": swap("[\n", "[ %% first\n%\tbus_i\ttype\n"),
    "block comment": swap("mpc.baseMVA", "%{\nmpc.baseMVA = 3;\n%}\nmpc.baseMVA"),
    "block comments nest": swap("mpc.baseMVA", "%{\n%{\nx = [\n%}\n]\n%}\nmpc.baseMVA"),
    "block comment in a table": first_bus(BUS_1 + "  %{\n\t9\t9\n  %}\n"),
    "%{ with text is a comment of its line": swap("mpc.baseMVA", "%{ not a block\nmpc.baseMVA"),
    "CRLF": swap("\n", "\r\n"),
    "CR": swap("\n", "\r"),
    "mixed ends of lines": swap("];\n", "];\r\n"),
    "no last newline": lambda text: text.rstrip(),
    "blank lines at the end": lambda text: text + "\n\n  \n",
    "no header": swap("function mpc = six\n", ""),
    "header with parentheses": swap("mpc = six", "mpc = six()"),
    "header with brackets": swap("mpc = six", "[mpc] = six"),
    "function with end": lambda text: text + "end\n",
    "function with endfunction": lambda text: text + "endfunction\n",
    "return": lambda text: text + "return;\nmpc.bus = [];\n",
    "comment before the header": lambda text: "% a case\n\n" + text,
    "struct of another name": swap("mpc", "netz"),
    "header of another name": swap("mpc = six", "mpc = other"),
    "script with another struct beside": lambda text: "opt.tol = 1e-8;\n" + text.replace("function mpc = six\n", ""),
    "version in double quotes": swap("'2'", '"2"'),
    "version as a number": swap("'2'", "2"),
    "no version": swap("mpc.version = '2';\n", ""),
    "numbers with exponent": swap("\t110\t", "\t1.1E+2\t"),
    "exponent with d": swap("\t110\t", "\t1.1d2\t"),
    "leading point": swap("\t0.9;", "\t.9;"),
    "trailing point": swap("\t110\t", "\t110.\t"),
    "plus signs": swap("\t110\t", "\t+110\t"),
    "trailing zeros": swap("\t1.1\t", "\t1.1000000\t"),
    "fractions": swap("\t110\t", "\t220/2\t"),
    "products and sums": swap("\t110\t", "\t(100 + 2*5)\t"),
    "spaces around an operator": swap("\t110\t", "\t100 + 10\t"),
    "minus inside a cell": swap("\t110\t", "\t120-10\t"),
    "minus between cells": first_branch("1 2 .01 .08 .03 120 0 0 0 -0 1 -360 +360\n"),
    "powers": swap("\t110\t", "\t10^2+10\t"),
    "power of a negative exponent": swap("\t0.9;", "\t9*10^-1;"),
    "left division": swap("\t110\t", "\t2\\220\t"),
    "nested parentheses": swap("\t110\t", "\t((110))\t"),
    "functions": swap("\t110\t", "\tsqrt(12100)\t"),
    "functions of two": swap("\t110\t", "\tmax(3, hypot(66, 88))\t"),
    "trigonometry and pi": swap("\t110\t", "\t110*round(cos(2*pi))\t"),
    "infinity": lambda text: text.replace("\t300\t-300\t", "\tInf\t-Inf\t").replace("Inf", "300"),
    "comparisons": swap("\t110\t", "\t110*(3 > 2)\t"),
    "variable in a cell": lambda text: text.replace("\t110\t", "\tUn\t").replace("mpc.bus", "Un = 110;\nmpc.bus", 1),
    "base power as a product": swap("baseMVA = 100.0", "baseMVA = 10 * 10"),
    "base power in brackets": swap("baseMVA = 100.0", "baseMVA = [100]"),
    "transposed row": first_bus("[1 3 0 0 0 0 1 1 0 110 1 1.1 0.9]\n"),
    "column transposed": first_bus("[1;3;0;0;0;0;1;1;0;110;1;1.1;0.9]'\n"),
    "range in a row": first_bus("1 3 zeros(1, 4) ones(1, 2) 0 110 1 1.1 0.9\n"),
    "table of a table": lambda text: re.sub(r"(mpc.gen = )(\[.*?\]);", r"\1[\2];", text, flags=re.DOTALL),
    "gencost and names": lambda text: text + "mpc.gencost = [2 0 0 3 0.1 5 150];\nmpc.gentype = {'ST'; 'GT'};\n",
    "names of buses": lambda text: text + "mpc.bus_name = {\n 'A'; 'it''s';\n \"C\"\n'% no comment'; 'e [1'; 'ü'};\n",
    "text with brackets": lambda text: text + "mpc.note = 'a ] b % c ... ';\n",
    "nested struct": lambda text: text + "mpc.user.author.year = 2024;\n",
    "struct in one call": lambda text: text + "s = struct('a', 1, 'b', {{'x'}});\n",
    "define_constants": swap("mpc.baseMVA", "define_constants;\nmpc.baseMVA"),
    "names of columns": swap("mpc.baseMVA", "[PQ, PV, REF, ...\n  NONE, ~, BUS_TYPE] = idx_bus;\nmpc.baseMVA"),
}


@pytest.mark.parametrize("way", WAYS)
def test_way_to_write(way: str) -> None:
    assert_tables(read_case(WAYS[way](PLAIN).encode("utf-8"), "case.m"), six_buses())


def test_more_columns_than_are_read() -> None:
    case = read_case(PLAIN.replace("0.9;\n", "0.9\t0\t0\t0\t0;\n").encode(), "case.m")
    assert case.tables["bus"].shape == (6, 17)
    np.testing.assert_array_equal(case.tables["bus"].array[:, :13], six_buses().bus)


@pytest.mark.parametrize(
    "encoded",
    [
        b"\xef\xbb\xbf" + PLAIN.encode(),
        ("% Zürich\n" + PLAIN).encode("latin-1"),
        ("% Zürich\n" + PLAIN).encode(),
        b"\xff\xfe" + PLAIN.encode("utf-16-le"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    ],
    ids=["UTF-8 with a mark", "Latin-1", "UTF-8", "UTF-16 little", "UTF-16 big"],
)
def test_encodings(encoded: bytes) -> None:
    assert_tables(read_case(encoded, "case.m"), six_buses())


def test_names_of_buses() -> None:
    case = read_case(WAYS["names of buses"](PLAIN).encode(), "case.m")
    assert case.bus_names == ("A", "it's", "C", "% no comment", "e [1", "ü")


def test_format_1() -> None:
    head = "function [baseMVA, bus, gen, branch, areas, gencost] = six\n"
    text = head + text_of(six_buses(), head="").replace("mpc.", "") + "areas = [1 1];\ngencost = [2 0 0 1 0];\n"
    case = read_case(text.encode(), "case.m")
    assert_tables(case, six_buses())
    assert case.not_used == ("areas", "gencost")


def test_lines_of_cells() -> None:
    text = PLAIN + "mpc.bus(2, 3) = 7;\nmpc.bus = [mpc.bus; 7 1 0 0 0 0 1 1 0 20 1 1.1 0.9];\n"
    lines = read_case(text.encode(), "case.m").tables["bus"].lines
    last = text.count("\n")
    assert lines[0].tolist() == [5] * 13
    assert lines[1, :4].tolist() == [6, 6, last - 1, 6]
    assert lines[6].tolist() == [last] * 13
