"""A meshed 110 kV grid of ten branches, its variants, and 168 hours of load, sun and requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandapower as pp

from tests.cross_check.brute_force import DEMAND, FEED_IN, Hours, Rules, Wish
from tests.cross_check.many_cases import Element

HOURS = 168
LINES = ((0, 1, 20.0), (0, 2, 30.0), (0, 3, 25.0), (1, 2, 10.0), (2, 3, 15.0), (1, 4, 20.0), (3, 4, 12.0), (2, 4, 18.0))
STATIONS = (2, 3, 4, 5)
"""Buses of the meshed stations; 0 is at 380 kV, 1 the 110 kV busbar."""


def meshed_net(shift_degree: float = 0.0, tap_pos: int = 0) -> Any:
    """Eight lines and two unequal parallel transformers between the stations and the feeding point."""
    net = pp.create_empty_network(sn_mva=100.0)
    top = pp.create_bus(net, 380.0)
    buses = [pp.create_bus(net, 110.0) for _ in range(5)]
    pp.create_ext_grid(net, top, vm_pu=1.02)
    for sn_mva, vk_percent in ((200.0, 12.0), (120.0, 16.0)):
        pp.create_transformer_from_parameters(
            net, top, buses[0], sn_mva, 380.0, 110.0, vkr_percent=0.3, vk_percent=vk_percent, pfe_kw=60, i0_percent=0.1,
            shift_degree=shift_degree, tap_side="hv", tap_neutral=0, tap_min=-9, tap_max=9, tap_step_percent=1.5,
            tap_pos=tap_pos, tap_changer_type="Ratio",
        )  # fmt: skip
    for a, b, km in LINES:
        pp.create_line_from_parameters(net, buses[a], buses[b], km, 0.06, 0.35, 9.0, 0.25)
    return net


def spur() -> Any:
    """A station behind one line: its outage interrupts, and so does that of the line before it."""
    net = meshed_net()
    for start in (5, 6):
        bus = pp.create_bus(net, 110.0)
        pp.create_line_from_parameters(net, start, bus, 8.0, 0.06, 0.35, 9.0, 0.25)
    return net


def three_winding() -> Any:
    """A station at the third winding of a transformer that also feeds the mesh."""
    net = meshed_net()
    medium = pp.create_bus(net, 20.0)
    pp.create_transformer3w_from_parameters(
        net, 0, 3, medium, vn_hv_kv=380.0, vn_mv_kv=110.0, vn_lv_kv=20.0, sn_hv_mva=60.0, sn_mv_mva=60.0,
        sn_lv_mva=25.0, vk_hv_percent=14.0, vk_mv_percent=9.0, vk_lv_percent=12.0, vkr_hv_percent=0.4,
        vkr_mv_percent=0.4, vkr_lv_percent=0.4, pfe_kw=40.0, i0_percent=0.1, tap_side="hv", tap_neutral=0,
        tap_min=-5, tap_max=5, tap_step_percent=1.25, tap_pos=2, tap_changer_type="Ratio",
    )  # fmt: skip
    return net


def taps_and_shifts() -> Any:
    """Off-nominal taps, a clock number, a phase shifter in the mesh, and a machine that holds a voltage."""
    net = meshed_net(shift_degree=150.0, tap_pos=-2)
    middle = pp.create_bus(net, 110.0)
    net.line.at[6, "from_bus"] = middle
    pp.create_transformer_from_parameters(
        net, 4, middle, 100.0, 110.0, 110.0, vkr_percent=0.3, vk_percent=8.0, pfe_kw=0, i0_percent=0, shift_degree=1.5,
    )  # fmt: skip
    pp.create_gen(net, 3, 0.0, vm_pu=1.05)
    return net


def capacitors() -> Any:
    net = meshed_net()
    for bus, q_mvar, p_mw in ((5, -15.0, 0.0), (3, 8.0, 0.4)):
        pp.create_shunt(net, bus, q_mvar, p_mw)
    return net


VARIANTS: dict[str, Callable[[], Any]] = {
    "mesh": meshed_net,
    "splitting": spur,
    "three_winding": three_winding,
    "taps": taps_and_shifts,
    "capacitors": capacitors,
}


def stations_of(net: Any) -> list[int]:
    """Every bus but the feeding point, its busbar and what only joins two branches."""
    return [bus for bus in net.bus.index if bus > 1 and not (len(net.gen) and bus > 5)]


def hours_of(buses: Sequence[int], load: float = 1.0, sun_mw: float = 60.0, hours: int = HOURS) -> Hours:
    """Fourteen hours of each month, load with its days and nights, exempt sun at every second station."""
    rng = np.random.default_rng(len(buses))
    month = np.arange(hours) * 12 // hours
    clock = np.arange(hours) * 5 % 24
    winter = 1.0 + 0.25 * np.cos(2 * np.pi * month / 12)
    drawn = load * np.outer(winter * (0.75 + 0.25 * np.cos((clock - 18) / 12 * np.pi)), rng.uniform(14, 36, len(buses)))
    drawn *= rng.uniform(0.9, 1.1, drawn.shape)
    shine = np.clip(np.sin((clock - 6) / 12 * np.pi), 0, None) * (1.1 - 0.5 * np.cos(2 * np.pi * month / 12))
    sun = np.outer(shine, np.where(np.arange(len(buses)) % 2, sun_mw, 0.2 * sun_mw))
    return Hours(month, np.full(hours, 8760.0 / hours), sun - drawn, -0.25 * drawn, sun)


def wishes_of(hours: Hours) -> list[Wish]:
    """Demand, sun and wind, divisible, firm and exempt."""
    flat = np.ones(len(hours.month))
    shine = hours.exempt_mw[:, 1] / hours.exempt_mw[:, 1].max()
    draws = -hours.q_mvar[:, 0] / -hours.q_mvar[:, 0].min()
    wind = 0.5 + 0.5 * np.cos(np.arange(len(flat)) * 0.7)
    return [
        Wish(0, 4.0, -1, flat, 0.2),
        Wish(1, 40.0, 1, shine, 0.0, exempt=True),
        Wish(3, 60.0, -1, draws, 0.25),
        Wish(2, 95.0, 1, wind, -0.1),
        Wish(1, 9.0, -1, draws, 0.25, firm=True),
        Wish(2, 25.0, -1, draws, 0.25),
        Wish(len(hours.p_mw[0]) - 1, 80.0, 1, shine, 0.0, exempt=True),
        Wish(0, 90.0, 1, shine, 0.05, exempt=True),
    ]


def single_outages(net: Any) -> list[list[Element]]:
    return [[], *([(table, int(row))] for table in ("line", "trafo", "trafo3w") for row in net[table].index)]


def rules_for(n: int, symmetric: bool = False, **rules: float) -> Rules:
    """Dutch: outages for demand; or for both directions."""
    both = DEMAND | FEED_IN
    return Rules([both, *([both if symmetric else DEMAND] * (n - 1))], [range(12)] * n, **rules)
