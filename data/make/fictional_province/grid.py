"""The invented grid: three 150 kV pockets, each fed from 380 kV, with stations down to 20 or 10 kV."""

from __future__ import annotations

import json
import math

import pandapower as pp
from data.make.fictional_province.places import IN_FEEDS, PLACES, Place, distance_km, lon_lat

LINE_TYPES = {
    # Apparent power at 150 kV in the name; r, x, c typical of such conductors (assumptions within textbook ranges).
    "OHL 150 kV 150 MVA": (0.12, 0.41, 9.0, 0.580, "ol"),
    "OHL 150 kV 250 MVA": (0.07, 0.40, 9.2, 0.960, "ol"),
    "OHL 150 kV 400 MVA": (0.045, 0.30, 11.8, 1.540, "ol"),
    "OHL 380 kV 2000 MVA": (0.017, 0.26, 13.5, 3.0, "ol"),
    "Cable 150 kV 200 MVA": (0.035, 0.12, 200.0, 0.770, "cs"),
    "Cable 150 kV 300 MVA": (0.020, 0.11, 240.0, 1.155, "cs"),
}
"""name: r ohm/km, x ohm/km, c nF/km, rated current kA, kind"""

TRAFO_TYPES = {
    "500 MVA 380/150 kV": (500, 380.0, 157.5, 16.0, 0.22, 140, 0.06, 1.25),
    "450 MVA 380/150 kV": (450, 380.0, 157.5, 16.0, 0.24, 130, 0.06, 1.25),
    **{
        f"{mva} MVA 150/{kv} kV": (mva, 150.0, lv, vk, vkr, pfe, 0.06, 1.667)
        for mva, vk, vkr, pfe in ((60, 20.3, 0.33, 35), (80, 20.3, 0.32, 44), (100, 20.3, 0.31, 53))
        for kv, lv in ((10, 10.5), (20, 21.0))
    },
}
"""name: sn MVA, hv kV, lv kV, vk %, vkr %, iron loss kW, i0 %, tap step %; 60 MVA, 20.3 %, 200 kW and +-10 x 2.5 kV
are typical of the Netherlands, the larger ones are scaled from it (assumption)"""

# from, to, circuits, type; names are stations (150 kV side) or in-feeds.
ROUTES = (
    ("ZWK", "N04", 2, "OHL 150 kV 400 MVA"),
    ("ZWK", "N06", 2, "OHL 150 kV 400 MVA"),
    ("N04", "N02", 2, "OHL 150 kV 250 MVA"),
    ("N02", "N01", 2, "OHL 150 kV 250 MVA"),
    ("N01", "N05", 1, "OHL 150 kV 150 MVA"),
    ("N05", "N04", 1, "OHL 150 kV 250 MVA"),
    ("N02", "N03", 1, "OHL 150 kV 150 MVA"),
    ("N03", "N04", 1, "OHL 150 kV 150 MVA"),
    ("N06", "N07", 2, "OHL 150 kV 250 MVA"),
    ("N07", "N09", 1, "OHL 150 kV 150 MVA"),
    ("N09", "N08", 1, "OHL 150 kV 250 MVA"),
    ("N08", "N06", 1, "OHL 150 kV 250 MVA"),
    ("N08", "N10", 1, "OHL 150 kV 150 MVA"),
    ("N10", "N06", 1, "OHL 150 kV 150 MVA"),
    ("RVO", "M03", 2, "Cable 150 kV 300 MVA"),
    ("M03", "M01", 1, "OHL 150 kV 250 MVA"),
    ("M01", "M04", 1, "OHL 150 kV 150 MVA"),
    ("M03", "M02", 1, "OHL 150 kV 150 MVA"),
    ("M02", "M06", 1, "OHL 150 kV 150 MVA"),
    ("RVO", "M06", 1, "OHL 150 kV 250 MVA"),
    ("RVO", "M05", 2, "OHL 150 kV 250 MVA"),
    ("RVO", "M04", 1, "OHL 150 kV 250 MVA"),
    ("M04", "M07", 1, "OHL 150 kV 150 MVA"),
    ("M05", "M08", 1, "OHL 150 kV 150 MVA"),
    ("BVG", "M08", 1, "OHL 150 kV 250 MVA"),
    ("BVG", "M07", 2, "OHL 150 kV 150 MVA"),
    ("BVG", "M09", 2, "OHL 150 kV 150 MVA"),
    ("BVG", "M10", 1, "OHL 150 kV 250 MVA"),
    ("M09", "M10", 1, "OHL 150 kV 150 MVA"),
    ("M08", "M10", 1, "OHL 150 kV 150 MVA"),
    ("EGB", "S04", 3, "OHL 150 kV 400 MVA"),
    ("EGB", "S07", 2, "OHL 150 kV 400 MVA"),
    ("EGB", "S05", 1, "OHL 150 kV 250 MVA"),
    ("S04", "S01", 2, "OHL 150 kV 250 MVA"),
    ("S01", "S02", 2, "OHL 150 kV 150 MVA"),
    ("S02", "S03", 1, "OHL 150 kV 150 MVA"),
    ("S03", "S05", 1, "OHL 150 kV 150 MVA"),
    ("S05", "S06", 1, "OHL 150 kV 150 MVA"),
    ("S06", "S07", 1, "OHL 150 kV 150 MVA"),
    ("S07", "S08", 2, "OHL 150 kV 250 MVA"),
    ("S08", "S09", 2, "OHL 150 kV 150 MVA"),
    ("S09", "S10", 1, "OHL 150 kV 150 MVA"),
    ("S10", "S06", 1, "OHL 150 kV 150 MVA"),
)

SLACK_VM_PU = 1.03
TAP_EHV = 2
TAP_STEPS = {"urban": 1, "rural": 2, "industry": 1, "greenhouse": 1, "campus": 1, "logistics": 1}
"""Position of the on-load taps, high-voltage side, 2.5 kV a step; positive lowers the medium voltage."""


class BuiltGrid:
    """The pandapower net and where things stand in it."""

    def __init__(self) -> None:
        self.net = pp.create_empty_network(name="Fictieve provincie (fictional)", sn_mva=100.0)
        self.mv_bus: dict[str, int] = {}
        self.hv_bus: dict[str, int] = {}
        """150 kV bus of a station or in-feed"""
        self.ehv_bus: dict[str, int] = {}
        self.lines: dict[tuple[str, str], list[int]] = {}
        self.trafos: dict[str, list[int]] = {}

    def element(self, a: str, b: str, circuit: int = 1) -> str:
        """Name of one circuit as project changes write it, e.g. line:12."""
        return f"line:{self.lines[a, b][circuit - 1]}"


def ehv_type(mva: int) -> str:
    return f"{mva} MVA 380/150 kV"


def station_type(place: Place) -> str:
    return f"{place.mva} MVA 150/{place.mv_kv} kV"


def add_std_types(net: pp.pandapowerNet) -> None:
    for name, (r, x, c, i_ka, kind) in LINE_TYPES.items():
        values = {"r_ohm_per_km": r, "x_ohm_per_km": x, "c_nf_per_km": c, "max_i_ka": i_ka, "type": kind}
        pp.create_std_type(net, values, name, element="line")
    for name, (sn, hv, lv, vk, vkr, pfe, i0, step) in TRAFO_TYPES.items():
        values = {
            "sn_mva": sn,
            "vn_hv_kv": hv,
            "vn_lv_kv": lv,
            "vk_percent": vk,
            "vkr_percent": vkr,
            "pfe_kw": pfe,
            "i0_percent": i0,
            "shift_degree": 0.0,
            "vector_group": "YNyn0" if hv > 150 else "YNd5",
            "tap_side": "hv",
            "tap_neutral": 0,
            "tap_min": -10,
            "tap_max": 10,
            "tap_step_percent": step,
            "tap_step_degree": 0.0,
            "tap_changer_type": "Ratio",
        }
        pp.create_std_type(net, values, name, element="trafo")


def build_grid() -> BuiltGrid:
    built = BuiltGrid()
    net = built.net
    # Only the types of this grid, so that the file stays small and says what may be built.
    net.std_types = {kind: {} for kind in net.std_types}
    add_std_types(net)
    where = {}
    for infeed in IN_FEEDS:
        where[infeed.infeed_id] = (infeed.u, infeed.v)
        geodata = lon_lat(infeed.u, infeed.v)
        ehv = pp.create_bus(net, 380.0, name=f"{infeed.name} 380", geodata=geodata)
        hv = pp.create_bus(net, 150.0, name=f"{infeed.name} 150", geodata=geodata)
        pp.create_ext_grid(net, ehv, vm_pu=SLACK_VM_PU, name=f"{infeed.name} 380")
        built.ehv_bus[infeed.infeed_id], built.hv_bus[infeed.infeed_id] = ehv, hv
        built.trafos[infeed.infeed_id] = [
            pp.create_transformer(
                net, ehv, hv, f"{infeed.mva} MVA 380/150 kV", f"{infeed.name} TR{n + 1}", tap_pos=TAP_EHV
            )
            for n in range(infeed.n_trafo)
        ]
    for place in PLACES:
        where[place.station_id] = (place.u, place.v)
        geodata = lon_lat(place.u, place.v)
        hv = pp.create_bus(net, 150.0, name=f"{place.name} 150", geodata=geodata)
        mv = pp.create_bus(net, float(place.mv_kv), name=f"{place.name} {place.mv_kv}", geodata=geodata)
        built.hv_bus[place.station_id], built.mv_bus[place.station_id] = hv, mv
        built.trafos[place.station_id] = [
            pp.create_transformer(
                net, hv, mv, station_type(place), f"{place.name} TR{n + 1}", tap_pos=TAP_STEPS[place.kind]
            )
            for n in range(place.n_trafo)
        ]
    for a, b, circuits, std_type in ROUTES:
        length_km = distance_km(where[a], where[b])
        built.lines[a, b] = [
            pp.create_line(net, built.hv_bus[a], built.hv_bus[b], length_km, std_type, name=f"{a}-{b} {'ZWG'[n]}")
            for n in range(circuits)
        ]
    return built


def set_snapshot(built: BuiltGrid, peak_mw: dict[str, float]) -> None:
    """Loads of the winter peak of 2026, so that the file is a solvable net on its own (the study replaces them)."""
    for place in PLACES:
        p_mw = round(peak_mw[place.station_id], 2)
        q_mvar = round(p_mw * math.tan(math.acos(0.98)), 2)
        pp.create_load(built.net, built.mv_bus[place.station_id], p_mw, q_mvar, name=f"{place.name} (winterpiek 2026)")


def grid_json(built: BuiltGrid) -> str:
    """The net as text, without the version and time stamps that change from machine to machine."""
    text = json.loads(pp.to_json(built.net))
    return json.dumps(text, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
