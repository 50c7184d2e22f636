"""Every column that the load flow reads has a rule, and what has none is read by nobody."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandapower as pp
import pandas as pd
import pytest
from pandapower.toolbox import nets_equal

from gridprio import read_grid
from gridprio.errors import InputError
from gridprio.grid.net.cells import numbers
from gridprio.grid.net.empty import empty_net, new_net
from gridprio.grid.net.normal import normal_net
from gridprio.grid.net.oddities import net_findings
from gridprio.grid.net.rules import NUMBERS, REFERENCES, TRUTH_VALUES, WHERE_GIVEN, defaults, read_columns
from gridprio.grid.plausibility import unused_by_study
from gridprio.model.grid import Grid

from .members import base

NAMES = {"name", "type", "profile", "geo", "zone"}
"""Columns that say what an element is called and where it stands."""


def every_element() -> Any:
    """The base net and a row of each other table."""
    net = base()
    pp.create_impedance(net, 1, 2, 0.01, 0.05, 100)
    pp.create_ward(net, 10, 1, 0.5, 0.2, 0.1)
    pp.create_xward(net, 11, 1, 0.5, 0.2, 0.1, 0.1, 0.5, 1.0)
    pp.create_motor(net, 12, 1.0, 0.9)
    pp.create_asymmetric_load(net, 12, 0.1, 0.2, 0.3)
    pp.create_asymmetric_sgen(net, 12, 0.1, 0.2, 0.3)
    pp.create_dcline(net, 1, 2, 5.0, 1.0, 0.1, 1.0, 1.02)
    return net


def with_columns(net: Any, table: str, columns: set[str], value: Any) -> None:
    more = pd.DataFrame({name: [value] * len(net[table]) for name in sorted(columns)}, index=net[table].index)
    net[table] = pd.concat([net[table].drop(columns=columns & set(net[table])), more], axis=1)


def same_grid(one: Grid, other: Grid) -> None:
    assert one.controls is not None and other.controls is not None
    for ours, right in ((one.arrays, other.arrays), (one.controls, other.controls)):
        for name in vars(ours).keys() - {"taps"}:
            np.testing.assert_equal(getattr(ours, name), getattr(right, name), err_msg=name)
    for name, value in vars(one.controls.taps).items():
        np.testing.assert_equal(value, getattr(other.controls.taps, name), err_msg=name)


@pytest.mark.parametrize("value", ["word", 7.0, True], ids=str)
def test_columns_without_a_rule_are_read_by_nobody(value: object) -> None:
    """Whatever stands in pandapower's other columns, the grid and what is said of it are the same."""
    right, net = every_element(), every_element()
    for table in NUMBERS:
        columns = set(net[table]) | set(empty_net()[table]) | set(defaults(table))
        assert columns & read_columns(table)
        with_columns(net, table, columns - read_columns(table) - NAMES - {"index"}, value)
    same_grid(read_grid(net), read_grid(right))
    for one in (net, right):
        assert not normal_net(one)
    assert [finding.code for finding in net_findings(net)] == [finding.code for finding in net_findings(right)]
    assert list(unused_by_study(net)) == list(unused_by_study(right))


def test_a_word_in_any_column_with_a_rule_is_refused_by_its_cell() -> None:
    net = every_element()
    expected = set()
    for table in NUMBERS:
        ruled = NUMBERS[table].keys() | WHERE_GIVEN.get(table, {}).keys() | set(TRUTH_VALUES[table])
        ruled |= set(REFERENCES.get(table, ()))
        expected |= {(table, row, column) for column in ruled for row in net[table].index}
        with_columns(net, table, set(ruled), "word")
    with pytest.raises(InputError) as raised:
        read_grid(net)
    found = {(problem.file, problem.row, problem.column) for problem in raised.value.problems}
    assert expected - found == set()


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("gen", "min_q_mvar", -np.inf),
        ("gen", "max_q_mvar", np.inf),
        ("gen", "max_q_mvar", np.nan),
        ("gen", "sn_mva", np.nan),
        ("gen", "slack_weight", np.nan),
        ("ext_grid", "slack_weight", None),
        ("bus", "min_vm_pu", -np.inf),
        ("dcline", "max_q_to_mvar", np.inf),
    ],
)
def test_no_limit_and_no_value_are_read_as_such(table: str, column: str, value: object) -> None:
    right, net = every_element(), every_element()
    with_columns(net, table, {column}, value)
    same_grid(read_grid(net), read_grid(right))


@pytest.mark.parametrize(("column", "value"), [("min_q_mvar", np.inf), ("max_q_mvar", -np.inf), ("max_q_mvar", 1 + 2j)])
def test_a_limit_on_the_wrong_side_is_refused(column: str, value: complex) -> None:
    net = every_element()
    with_columns(net, "gen", {column}, value)
    with pytest.raises(InputError, match=f"gen, row 0, column {column}"):
        read_grid(net)


@pytest.mark.parametrize(
    "cell", [1 + 2j, np.complex64(1), True, pd.Timestamp("2030-01-01"), pd.Timedelta(1), 10**400, [1], "1_000"], ids=str
)
def test_what_is_no_real_number_is_no_number(cell: object) -> None:
    for column in (pd.Series([cell], dtype=object), pd.Series([cell, "3", None], dtype=object)):
        values, words = numbers(column)
        assert np.isnan(values[0]) and words[0] and not words[1:].any()
    _, words = numbers(pd.Series([1 + 2j, 3 + 0j]))
    assert words.all()


def test_a_new_net_is_pandapower_s_and_shares_nothing() -> None:
    ours, theirs = new_net("n", 60.0, 100.0), pp.create_empty_network(name="n", f_hz=60.0, sn_mva=100.0)
    assert nets_equal(ours, theirs) and set(ours) == set(theirs) and ours.std_types == theirs.std_types
    ours.std_types["line"].clear()
    pp.create_bus(ours, 110)
    assert nets_equal(new_net("n", 60.0, 100.0), theirs) and new_net().std_types == theirs.std_types
