"""What a grid says of its own loads, generators and switches."""

from __future__ import annotations

import dataclasses

import pandapower as pp

from gridprio import read_grid
from gridprio.model.grid import Grid, OwnElement

from .nets import small_province


def test_own_elements_are_scaled_and_in_service() -> None:
    net = small_province()
    pp.create_sgen(net, 12, p_mw=3.0, q_mvar=1.0, scaling=0.5, type="sun")
    pp.create_storage(net, 12, p_mw=2.0, max_e_mwh=4.0, in_service=False)
    pp.create_gen(net, 1, p_mw=7.0, scaling=2.0)
    net.load["profile"] = "H0"
    elements = read_grid(net).own_elements
    assert [element.table for element in elements] == ["load"] * 4 + ["sgen", "gen"]
    assert elements[0] == OwnElement("load", 10, 20.0, 6.0, "wye", "H0_pload", "H0_qload")
    assert elements[4] == OwnElement("sgen", 12, 1.5, 0.5, "sun", "", "")
    assert elements[5] == OwnElement("gen", 1, 14.0, 0.0, "gen", "", "")


def test_switches_stand_at_buses() -> None:
    net = small_province()
    pp.create_switch(net, 11, 1, "t")
    assert read_grid(net).switch_buses == {0: (12, 13), 1: (1, 0, 1), 2: (11, 1, 11)}


def test_a_grid_holds_no_tables_of_pandapower() -> None:
    grid = read_grid(small_province())
    values = [getattr(grid, column.name) for column in dataclasses.fields(Grid)]
    assert not [value for value in values if type(value).__module__.startswith(("pandapower", "pandas"))]
