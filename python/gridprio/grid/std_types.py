"""Types of lines and transformers for Dutch voltages; pandapower ships none for 150 kV.

Each record carries a `source`: where the figures come from, or that they are an assumption. A study overrules any of
them by a type of the same name in its own net.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

StdType = Mapping[str, Any]

ASSUMED = "assumption: typical value for this class, to be replaced by the operator's own"
PGM_BENCHMARK = "power-grid-model benchmark (typical for Alliander): uk 20.3 %, Pk 200 kW, taps +-10 x 2.5 kV"
OHL_380 = "Dutch 380 kV circuits: 2,500 to 4,000 A, X 0.24-0.28 and R 0.014-0.024 ohm/km; capacitance is an assumption"


def _line(vn_kv: float, r: float, x: float, c_nf: float, max_i_ka: float, kind: str, source: str) -> StdType:
    """`kind` is pandapower's: ol overhead line, cs cable."""
    return {
        "vn_kv": vn_kv,
        "r_ohm_per_km": r,
        "x_ohm_per_km": x,
        "c_nf_per_km": c_nf,
        "g_us_per_km": 0.0,
        "max_i_ka": max_i_ka,
        "type": kind,
        "source": source,
    }


def _trafo(
    sn_mva: float, hv_kv: float, lv_kv: float, vk: float, vkr: float, pfe_kw: float, i0: float, source: str
) -> StdType:
    """On-load taps on the high-voltage side, ten steps of 1/60 of nominal voltage either way (2.5 kV at 150 kV).

    The clock number is left at zero: the transformers between two voltages of one grid share it, and it does not
    change loadings (docs/theory/grid-model.md).
    """
    return {
        "sn_mva": sn_mva,
        "vn_hv_kv": hv_kv,
        "vn_lv_kv": lv_kv,
        "vk_percent": vk,
        "vkr_percent": vkr,
        "pfe_kw": pfe_kw,
        "i0_percent": i0,
        "shift_degree": 0.0,
        "vector_group": "YNyn0" if lv_kv >= 110 else "YNd5",
        "tap_side": "hv",
        "tap_neutral": 0,
        "tap_min": -10,
        "tap_max": 10,
        "tap_step_percent": 100 / 60,
        "tap_step_degree": 0.0,
        "tap_changer_type": "Ratio",
        "source": source,
    }


LINE_TYPES: Mapping[str, StdType] = {
    "OHL 380 kV 2500 A": _line(380, 0.019, 0.26, 13.5, 2.5, "ol", OHL_380),
    "OHL 380 kV 3000 A": _line(380, 0.017, 0.26, 13.5, 3.0, "ol", OHL_380),
    "OHL 380 kV 4000 A": _line(380, 0.014, 0.25, 14.0, 4.0, "ol", OHL_380),
    "OHL 150 kV 150 MVA": _line(150, 0.12, 0.40, 9.0, 0.577, "ol", ASSUMED),
    "OHL 150 kV 250 MVA": _line(150, 0.075, 0.39, 9.3, 0.962, "ol", ASSUMED),
    "OHL 150 kV 400 MVA": _line(150, 0.045, 0.37, 9.8, 1.540, "ol", ASSUMED),
    "OHL 150 kV 800 MVA": _line(150, 0.022, 0.28, 13.0, 3.079, "ol", ASSUMED),
    "Cable 150 kV 1200 Al": _line(150, 0.034, 0.122, 210.0, 0.885, "cs", ASSUMED),
    "Cable 150 kV 2000 Cu": _line(150, 0.014, 0.115, 250.0, 1.300, "cs", ASSUMED),
    "OHL 110 kV 100 MVA": _line(110, 0.12, 0.39, 9.2, 0.525, "ol", ASSUMED),
    "OHL 110 kV 200 MVA": _line(110, 0.070, 0.38, 9.6, 1.050, "ol", ASSUMED),
    "OHL 110 kV 300 MVA": _line(110, 0.045, 0.36, 10.0, 1.575, "ol", ASSUMED),
    "Cable 110 kV 1200 Al": _line(110, 0.034, 0.120, 240.0, 0.885, "cs", ASSUMED),
    "Cable 50 kV 630 Al": _line(50, 0.064, 0.115, 330.0, 0.640, "cs", ASSUMED),
    "Cable 20 kV 630 Al": _line(20, 0.064, 0.104, 350.0, 0.600, "cs", ASSUMED),
    "Cable 10 kV 630 Al": _line(10.5, 0.064, 0.095, 520.0, 0.580, "cs", ASSUMED),
    "Cable 10 kV 240 Al": _line(10.5, 0.162, 0.104, 370.0, 0.360, "cs", ASSUMED),
}
"""Lines and cables by name; `vn_kv` is the voltage that a type is meant for."""

TRAFO_TYPES: Mapping[str, StdType] = {
    "450 MVA 380/150 kV": _trafo(450, 380, 150, 18.0, 0.22, 150, 0.05, ASSUMED),
    "500 MVA 380/150 kV": _trafo(500, 380, 150, 18.0, 0.20, 160, 0.05, ASSUMED),
    "450 MVA 380/110 kV": _trafo(450, 380, 110, 18.0, 0.22, 150, 0.05, ASSUMED),
    "100 MVA 150/50 kV": _trafo(100, 150, 52.5, 18.0, 0.30, 45, 0.06, ASSUMED),
    "80 MVA 150/20 kV": _trafo(80, 150, 21, 20.3, 0.32, 40, 0.06, ASSUMED),
    "100 MVA 150/20 kV": _trafo(100, 150, 21, 20.3, 0.30, 48, 0.06, ASSUMED),
    "60 MVA 150/10.5 kV": _trafo(60, 150, 10.5, 20.3, 100 * 0.2 / 60, 32, 0.06, PGM_BENCHMARK),
    "80 MVA 150/10.5 kV": _trafo(80, 150, 10.5, 22.0, 0.32, 40, 0.06, ASSUMED),
    "100 MVA 150/10.5 kV": _trafo(100, 150, 10.5, 24.0, 0.30, 48, 0.06, ASSUMED),
    "40 MVA 110/10.5 kV": _trafo(40, 110, 10.5, 18.0, 0.38, 25, 0.07, ASSUMED),
    "66 MVA 110/10.5 kV": _trafo(66, 110, 10.5, 19.0, 0.33, 34, 0.06, ASSUMED),
    "40 MVA 50/10.5 kV": _trafo(40, 52.5, 10.5, 16.0, 0.40, 24, 0.08, ASSUMED),
}
"""Two-winding transformers by name."""


def add_std_types(net: Any) -> None:
    """Add the library to the standard types of a pandapower net; types that the net already has are left alone."""
    for element, types in (("line", LINE_TYPES), ("trafo", TRAFO_TYPES)):
        known = net.std_types.setdefault(element, {})
        for name, record in types.items():
            known.setdefault(name, dict(record))
