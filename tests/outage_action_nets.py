"""Nets for tests of actions after an outage, and what pandapower alone says of them."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.topology as top

from gridprio.grid.net.empty import new_net
from gridprio.model.grid import Grid

POINTS = ("line switch", "out of service", "bus-bus switch", "bus-bus switch with impedance")
"""How a normally open point stands in a net."""


def open_ring(point: str = "line switch", *, weak: bool = False) -> Any:
    """Two feeders of 20 kV from bus 0, by lines 0 and 1 to buses 1 and 2, by lines 2 and 3 to buses 3 and 4; line 4
    between their ends is open. `weak`: line 4 carries a third of the others."""
    net = new_net(sn_mva=100, name="open ring")
    for bus in range(6):
        pp.create_bus(net, 20.0, name=f"bus {bus}")
    pp.create_ext_grid(net, 0, vm_pu=1.02)
    for f, t in ((0, 1), (1, 2), (0, 3), (3, 4), (2, 5 if "bus" in point else 4)):
        pp.create_line_from_parameters(net, f, t, 3.0, 0.06, 0.11, 300.0, 0.4)
    net.line.loc[4, "max_i_ka"] = 0.13 if weak else 0.4
    if point == "line switch":
        pp.create_switch(net, 4, 4, "l", closed=False)
    elif point == "out of service":
        net.line.loc[4, "in_service"] = False
    else:
        pp.create_switch(net, 5, 4, "b", closed=False, z_ohm=0.02 if "impedance" in point else 0.0)
    return net


def closed_by(point: str) -> str:
    return "line:4" if point == "out of service" else "switch:0"


def parallel_path() -> Any:
    """150 kV: bus 1 is fed by lines 0 and 1 from bus 0, and through bus 2 by line 2 and a phase shifter (trafo 0, no
    ratio, 1 degree per tap, tap 0), which carries too little while line 0 or 1 is out."""
    net = new_net(sn_mva=100, name="parallel path")
    for _ in range(3):
        pp.create_bus(net, 150.0)
    pp.create_ext_grid(net, 0, vm_pu=1.02)
    for f, t, x in ((0, 1, 6.0), (0, 1, 6.0), (0, 2, 6.0)):
        pp.create_line_from_parameters(net, f, t, 20.0, 0.02, x / 20.0, 8.0, 0.5)
    pp.create_transformer_from_parameters(
        net, 2, 1, 150.0, 150.0, 150.0, 0.2, 9.0, 0.0, 0.0, tap_side="hv", tap_neutral=0, tap_min=-12, tap_max=12,
        tap_pos=0, tap_step_percent=0.0, tap_step_degree=1.0, tap_changer_type="Ideal",
    )  # fmt: skip
    return net


Action = Callable[[Any], None]
"""Carries an action out in a net."""


@dataclass(frozen=True)
class Seen:
    """What pandapower gives over hours and outages."""

    overload_mvah: float
    worst_percent: float
    interrupted_mw: float


def by_pandapower(
    net: Any,
    hours: Sequence[Mapping[int, float]],
    weights: Sequence[float],
    outages: Iterable[tuple[str, int]],
    actions: Mapping[tuple[str, int], Action],
    emergency_percent: float = 100.0,
) -> Seen:
    """Demand of each hour by bus, in MW at no MVAr; each outage alone, with its action carried out.

    An exceedance counts once for each hour and branch: the largest of the cases.
    """
    overload, worst, lost = 0.0, 0.0, 0.0
    for demand, weight in zip(hours, weights, strict=True):
        most: dict[tuple[str, int], float] = {}
        for outage in (None, *outages):
            one = copy.deepcopy(net)
            for bus, mw in demand.items():
                pp.create_load(one, bus, mw)
            if outage is not None:
                one[outage[0]].loc[outage[1], "in_service"] = False
                actions.get(outage, lambda _: None)(one)
            limit = 100.0 if outage is None else emergency_percent
            dead = top.unsupplied_buses(one)
            lost = max(lost, sum(mw for bus, mw in demand.items() if bus in dead))
            pp.runpp(one, numba=False, tolerance_mva=1e-9)
            for table, kv, rated in (("line", 20.0, "max_i_ka"), ("trafo", 0.0, "sn_mva")):
                for index, percent in one[f"res_{table}"]["loading_percent"].fillna(0.0).items():
                    if table == "line":
                        kv = one.bus.at[one.line.at[index, "from_bus"], "vn_kv"]
                        mva = math.sqrt(3) * kv * one.line.at[index, rated]
                    else:
                        mva = one.trafo.at[index, rated]
                    over = max(0.0, percent - limit) / 100.0 * mva
                    most[table, index] = max(most.get((table, index), 0.0), over)
                    worst = max(worst, 100.0 * percent / limit)
        overload += weight * sum(most.values())
    return Seen(overload, worst, lost)


def by_node(grid: Grid, hours: Sequence[Mapping[int, float]]) -> np.ndarray:
    """`[hour, node]`, injection of a demand by bus."""
    p_mw = np.zeros((len(hours), grid.arrays.n_node))
    for at, demand in enumerate(hours):
        for bus, mw in demand.items():
            p_mw[at, grid.bus_node[grid.bus_ids.tolist().index(bus)]] -= mw
    return p_mw
