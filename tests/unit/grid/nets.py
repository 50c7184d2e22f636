"""Small pandapower nets for tests of the grid room."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pandapower as pp

from gridprio.grid.net.empty import new_net
from gridprio.grid.std_types import add_std_types


def small_province() -> Any:
    """A net of its own for the caller to change."""
    return copy.deepcopy(_small_province())


@cache
def _small_province() -> Any:
    """A 150 kV ring of three stations on one in-feed, each with a transformer to 10 kV; a spare busbar at station 2.

    Buses 0-2 are 150 kV (0 the in-feed), 10-12 are 10.5 kV, 13 is a busbar behind an open coupler (switch 0).
    Lines 0, 1, 2 form the ring; line 3 runs beside line 0, open at its far end (switch 1).
    """
    net = new_net(name="small province", sn_mva=100)
    add_std_types(net)
    for bus in (0, 1, 2):
        pp.create_bus(net, 150, index=bus, name=f"HV{bus}")
        pp.create_bus(net, 10.5, index=10 + bus, name=f"MV{bus}")
    pp.create_bus(net, 10.5, index=13, name="MV2 spare")
    pp.create_ext_grid(net, 0, vm_pu=1.02, va_degree=5)
    for f, t in ((0, 1), (1, 2), (2, 0), (0, 1)):
        pp.create_line(net, f, t, 12.0, "OHL 150 kV 150 MVA", name=f"{f}-{t}")
    for station in (0, 1, 2):
        pp.create_transformer(net, station, 10 + station, "60 MVA 150/10.5 kV", tap_pos=-2, name=f"T{station}")
        pp.create_load(net, 10 + station, 20 + 5 * station, 6)
    net.trafo["shift_degree"] = 150.0
    pp.create_load(net, 13, 4, 1)
    pp.create_line(net, 12, 13, 0.2, "Cable 10 kV 630 Al", name="to the spare busbar")
    pp.create_switch(net, 12, 13, "b", closed=False)
    pp.create_switch(net, 1, 3, "l", closed=False)
    return net
