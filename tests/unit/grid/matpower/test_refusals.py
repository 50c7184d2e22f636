"""What is refused names file, line, what was found and expected, and how to mend it; everything at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gridprio import read_grid, solve_load_flow
from gridprio.errors import InputError
from gridprio.grid import inspect_grid, study_union
from gridprio.grid.matpower.case import read_case
from gridprio.grid.net.findings import ASSUMED_KV_CODE
from gridprio.text import word_message

from .tables import six_buses, text_of

PLAIN = text_of(six_buses())
BUS_2, GEN_1, BRANCH_4 = 6, 13, 20
"""Lines of rows in the plain case."""
AFTER = PLAIN.count("\n") + 1


@dataclass(frozen=True)
class Refused:
    line: int
    found: str
    """in what was found"""
    expected: str
    """in what was expected"""
    old: str = ""
    new: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        assert self.old in PLAIN
        return PLAIN.replace(self.old, self.new, 1) + self.after


def bus(old: str, new: str, found: str, expected: str) -> Refused:
    """In the row of bus 2, which says 20 MW at 110 kV."""
    row = "\t2\t2\t20\t5\t0\t0\t1\t1\t0\t110\t1\t1.1\t0.9;"
    return Refused(BUS_2, found, expected, row, row.replace(old, new, 1))


def branch(old: str, new: str, found: str, expected: str) -> Refused:
    """In the first transformer."""
    row = "\t3\t4\t0.008\t0.22\t0\t40\t0\t0\t0.98\t0\t1\t-360\t360;"
    assert old in row
    return Refused(BRANCH_4, found, expected, row, row.replace(old, new, 1))


def gen(old: str, new: str, found: str, expected: str) -> Refused:
    row = "\t1\t0\t0\t300\t-300\t1.02\t100\t1\t500\t0;"
    return Refused(GEN_1, found, expected, row, row.replace(old, new, 1))


def after(statement: str, found: str, expected: str, line: int = 0) -> Refused:
    return Refused(AFTER + line, found, expected, after=statement + "\n")


KINDS: dict[str, Refused] = {
    # statements
    "call": after("mpc = loadcase('case9');", "loadcase", "variable"),
    **{
        f"a table {operator} a table": after(f"x = [1 2] {operator} [3 4];", "a table of 1 x 2", "scalar")
        for operator in ("*", "/", "\\", "^")
    },
    "call alone": after("disp('hello');", "disp", "an assignment"),
    "eval": after("eval('system(''touch x'')');", "eval", "an assignment"),
    "command": after("more off", "more off", "an assignment"),
    "shell": after("!touch x", "!touch", "an assignment"),
    "loop": after("for k = 1:3\n mpc.bus(k, 3) = 1;\nend", "for k", "an assignment"),
    "while": after("while 1\n if 2\n end\nend", "while", "an assignment"),
    "switch": after("switch 1\n case 1\n  x = 2;\nend", "switch", "an assignment"),
    "try": after("try\n x = 1;\ncatch\nend", "try", "an assignment"),
    "global": after("global x", "global x", "an assignment"),
    "second function": after("function y = f(x)\ny = x;\nend", "function y", "an assignment"),
    "anonymous function": after("f = @(x) x + 1;", "@", "a value"),
    "increment": after("x = 1; x += 1;", "x += 1", "an assignment"),
    "several values": after("[a, b] = size(mpc.bus);", "size", "an assignment"),
    "unknown columns": after("[a, b] = idx_ct;", "idx_ct", "idx_bus"),
    "if that is not closed": after("if 1\n x = 2;", "if 1", "end"),
    "cell index": after("mpc.bus_name{2} = 'x';", "mpc.bus_name{2}", "an assignment"),
    "dynamic field": after("mpc.('bus') = 1;", "(", "name of a field"),
    # expressions
    "unknown name": after("mpc.bus(1, 3) = Pmax1;", "Pmax1", "a variable set before"),
    "unknown field": after("x = mpc.load;", "mpc.load", "a field set before"),
    "call in a cell": bus("20", "system('touch x')", "system(...)", "a function such as sqrt"),
    "complex number": bus("20", "3i", "3i", "a real number"),
    "hexadecimal number": bus("20", "0x1F", "0x1F", "a real number"),
    "root of a negative number": bus("20", "sqrt(-4)", "-4", "real"),
    "complex power": bus("20", "(-8)^(1/3)", "-8", "real"),
    "text in a table": bus("20", "'20'", "'20'", "numbers"),
    "decimal comma between quotes": bus("20", '"20,5"', "20,5", "numbers"),
    "missing bracket": Refused(4, "mpc.bus = [", "]", "]", ""),
    "missing bracket at the end": after("x = [1 2", "x = [1 2", "]"),
    "wrong bracket": bus("20", "(20]", "]", ")"),
    "wrong bracket of a cell array": after("x = {1, 2];", "]", "}"),
    "two commas": bus("2\t2\t20", "2,,20", ",", "a value"),
    "operator without a value": bus("20", "(20*)", ")", "a value"),
    "unexpected character": bus("20", "20€", "U+20AC", "a blank or a comma"),
    "no-break space": bus("20", "\u00a020", "U+00A0", "a value"),
    "continued beyond the end": Refused(AFTER, "the end of the line", "a value", after="x = 1 + ..."),
    "quote that is not closed": after("x = 'abc;", "'", "a value"),
    "row of another length": bus("\t20", "", "12 values", "13 values"),
    "tables of different size": after("x = mpc.bus + mpc.gen;", "6 x 13", "equal sizes"),
    "product of matrices": after("x = mpc.bus * mpc.bus;", "6 x 13", ".*"),
    "matrix power": after("x = mpc.bus ^ 2;", "6 x 13", "scalars"),
    "division by a matrix": after("x = mpc.bus / mpc.bus;", "6 x 13", "scalar"),
    "calculation with text": after("x = 'a' + 1;", "'a'", "numbers"),
    "index of a function that is not there": after("x = interp1([1 2], [1 2], 1);", "interp1", "sqrt"),
    "arguments": after("x = sqrt(1, 2);", "2 arguments", "another number"),
    "':' as a value": after("x = sqrt(:);", ":", "a value"),
    "end as a value": after("x = end;", "end", "a value"),
    # indices
    "row that is not there": after("x = mpc.bus(7, 1);", "row 7", "1 to 6"),
    "column that is not there": after("x = mpc.bus(1, 14);", "column 14", "1 to 13"),
    "element that is not there": after("x = mpc.bus(100);", "element 100", "1 to 78"),
    "index 0": after("mpc.bus(0, 3) = 1;", "0", "whole numbers from 1"),
    "index that is no whole number": after("mpc.bus(1.5, 3) = 1;", "1.5", "whole numbers from 1"),
    "three indices": after("mpc.bus(1, 2, 3) = 1;", "3 indices", "one or two"),
    "values that do not fit": after("mpc.bus(:, 3) = [1 2 3];", "1 x 3", "6 x 1"),
    "text into a table": after("mpc.bus(1, 3) = 'x';", "'x'", "numbers"),
    "part of a text": after("mpc.version(1) = 3;", "'2'", "numbers"),
    "field of a table": after("mpc.bus.x = 3;", "6 x 13", "a struct"),
    "part of a row removed": after("mpc.bus(1, 3) = [];", "[]", "whole rows"),
    "too large a table": after("x = zeros(1e5, 1e5);", "100000 x 100000", "cells"),
    "too large a sum": after("x = (1:3e6) + (1:3e6)';", "3000000 x 3000000", "cells"),
    "too large a part": after("x = 5; y = x(ones(1, 4000), ones(1, 4000));", "4000 x 4000", "cells"),
    "tables beside tables": after("x = ones(2e3, 2e3); y = [x x];", "8000000 x 1", "cells"),
    "too large an index": after("x(4e6, 4e6) = 1;", "4000000", "cells"),
    "too long a range": after("x = 1:1e12;", "1:1:1e+12", "steps"),
    "nested too deeply": after("x = " + "(" * 3000 + "1" + ")" * 3000 + ";", "(((", "a few levels"),
    "too long a sum": after("x = 1" + "+1" * 5000 + ";", "many levels", "a few levels"),
    # tables
    "no baseMVA": Refused(1, "nothing", "MVA", "mpc.baseMVA = 100.0;\n", ""),
    "baseMVA of zero": Refused(3, "0", "above zero", "100.0;", "0;"),
    "no table bus": Refused(1, "nothing", "a table", "mpc.bus", "mpc.busses"),
    "no table branch": Refused(1, "nothing", "a table", "mpc.branch", "mpc.branches"),
    "table as text": after("mpc.gen = 'none';", "'none'", "a table of numbers", line=1 - AFTER),
    "too few columns": after("mpc.gen = mpc.gen(:, 1:7);", "7 columns", "10", line=GEN_1 - AFTER),
    "another version": Refused(1, "3", "'1' or '2'", "'2'", "'3'"),
    "two cases": Refused(1, "mpc, old", "one struct", "function mpc = six\n", "", "old.bus = mpc.bus;\n"),
    "names that do not fit": after("mpc.bus_name = {'a'; 'b'};", "2 texts", "6 buses", line=1 - AFTER),
    "bus number twice": bus("2\t2", "1\t2", "1", "every bus once"),
    "bus number 0": bus("2\t2", "0\t2", "0", "1 to 9999999"),
    "bus number with a fraction": bus("2\t2", "2.5\t2", "2.5", "whole number"),
    "huge bus number": bus("2\t2", "1.5e9\t2", "1500000000", "1 to"),
    "bus type 5": bus("2\t2", "2\t5", "5", "1 to 4"),
    "load NaN": bus("20", "NaN", "nan", "MW"),
    "load 1e308": bus("20", "1e308", "1e+308", "MW"),
    "base voltage 0": bus("110", "0", "0", "kV"),
    "machine at no bus": gen("\t1\t", "\t99\t", "99", "a number of mpc.bus"),
    "set point 0": gen("1.02", "0", "0", "0.1 to 10 pu"),
    "limit NaN": gen("300", "NaN", "nan", "Mvar"),
    "branch to no bus": branch("\t4\t", "\t44\t", "44", "a number of mpc.bus"),
    "branch to its own bus": branch("\t3\t4", "\t3\t3", "3", "another bus"),
    "no impedance": branch("0.008\t0.22", "0\t0", "0", "r or x"),
    "reactance NaN": branch("0.22", "NaN", "nan", "pu"),
    "reactance infinite": branch("0.22", "Inf", "inf", "pu"),
    "limit below zero": branch("\t40\t", "\t-40\t", "-40", "MVA"),
    "ratio in percent": branch("0.98", "980", "980", "0.01 to 100"),
    "branch status 2": branch("\t1\t-360", "\t2\t-360", "2", "0 to 1"),
    "no machine": after("mpc.gen = [];", "no such bus", "in service", line=5 - AFTER),
    "dcline with few columns": after("mpc.dcline = [1 2 1 5 5];", "5 columns", "17"),
    "dcline of gain": after("mpc.dcline = [1 2 1 5 5 0 0 1 1 0 9 -9 9 -9 9 0 1.5];", "1.5", "0.999"),
    # files
    "nothing in it": Refused(1, "nothing", "one struct", PLAIN, ""),
    "text that is no case": Refused(1, "Dear reader", "an assignment", PLAIN, "Dear reader\n"),
    "block comment that is not closed": after("%{\nx = 1;", "%{", "%}"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_kind(kind: str) -> None:
    refused = KINDS[kind]
    with pytest.raises(InputError) as caught:
        read_case(refused.text.encode(), "case.m")
    (problem,) = caught.value.problems
    assert (problem.file, problem.row) == ("case.m", refused.line), problem
    assert refused.found in problem.found, problem
    assert refused.expected in problem.expected, problem
    assert problem.what and problem.mend, problem


def test_binary_file() -> None:
    with pytest.raises(InputError, match="row 2: the file is not text"):
        read_case(b"x = 1;\n\0\1\2", "case.m")


def test_everything_at_once() -> None:
    text = PLAIN.replace("\t20\t5", "\tx1\t5").replace("\t12\t4", "\tx2\tx3").replace("0.22", "0.22\t7")
    text += "y = x1 + 1;\nz = mpc.bus(1, 3);\nw = mpc.branch;\ndisp(3)\nmpc.gen(1, 6) = 99;\n"
    with pytest.raises(InputError) as caught:
        read_case(text.encode(), "case.m")
    found = [(problem.row, problem.found) for problem in caught.value.problems]
    assert found == [
        (6, "x1"),
        (9, "x2"),
        (9, "x3"),
        (BRANCH_4, "14 values"),
        (AFTER, "x1"),
        (AFTER + 3, "disp(3)"),
    ]


def test_many_rows_of_one_fault_are_counted() -> None:
    text = PLAIN.replace("\t110\t", "\t-1\t").replace("\t20\t1\t", "\t-1\t1\t")
    with pytest.raises(InputError) as caught:
        read_case(text.encode(), "case.m")
    assert len(caught.value.problems) == 5
    assert "1 more rows" in caught.value.problems[-1].what


def test_through_the_door(tmp_path: Path) -> None:
    path = tmp_path / "net.m"
    path.write_text(KINDS["loop"].text)
    with pytest.raises(InputError, match=rf"net.m, row {AFTER}: a block with 'for' is not evaluated; found for k"):
        read_grid(path)


def test_no_nominal_voltage_anywhere_is_enough_for_a_load_flow_and_not_for_a_study(tmp_path: Path) -> None:
    """As in MATPOWER's IEEE 14 and 57; zero at some buses is refused by row ("base voltage 0")."""
    path, right = tmp_path / "no_kv.m", tmp_path / "kv.m"
    right.write_text(PLAIN)
    path.write_text(PLAIN + "mpc.bus(:, 10) = 0;\n")
    flows, expected = (solve_load_flow(read_grid(file)) for file in (path, right))
    np.testing.assert_allclose(flows.vm_pu, expected.vm_pu, rtol=0, atol=1e-12)
    found = inspect_grid(path)
    assert not found.problems
    (note,) = [finding for finding in found.findings if finding.code == ASSUMED_KV_CODE]
    assert note.is_assumption and "Assumed: 1 kV" in word_message(note.message()).en
    study: Any = SimpleNamespace(head=SimpleNamespace(grid="no_kv.m"))
    with pytest.raises(InputError, match=r"no_kv\.m, column bus BASE_KV: the grid has no nominal voltages; found 0"):
        study_union(found.net, study)


def test_notes(tmp_path: Path) -> None:
    """What is assumed or left out is said beside the net."""
    from gridprio.grid import read_net

    tables = six_buses().with_rows("gen", (2, 15, 0, 9, -9, 1.03, 100, 1, 9, 0))
    tables = tables.with_cells({("branch", 0, "RATE_A"): np.inf, ("branch", 1, "RATE_A"): 0})
    tables = tables.with_rows("bus", (7, 4, 9, 3, 0, 0, 1, 1, 0, 110, 1, 1.1, 0.9))
    tables = tables.with_cells({("gen", 0, "GEN_STATUS"): 0})
    path = tmp_path / "net.m"
    path.write_text(
        text_of(tables, "mpc.gencost = [2 0 0 2 1 0];\nmpc.dcline = [2 5 1 1 1 0 0 1.03 1 0 9 -9 9 -9 9 0 0];\n")
    )
    notes = [str(note) for note in read_net(path)[0]["reading_notes"]]
    for words in (
        "row 6, column gen VG: machines of one bus ask for different voltages",
        "the first PV bus is the reference",
        "1 buses of type 4",
        "DC lines are in the load flow",
        "2 of 8 branches",
        "column gencost: has no part in a load flow",
    ):
        assert any(words in note for note in notes), (words, notes)
