"""What the columns of a net hold that a load flow reads: the one list by which tables are checked.

Types of columns and names of tables are those of pandapower's empty net, defaults those of its create functions; this
list adds what neither says: the numbers that make sense, and whether an empty cell means something.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.text import sentence

MOST = 1e12
"""No number of a grid is larger, in any of pandapower's units."""
MAX_SYSTEMS = 100
NO_WORD = ("", "none", "nan", "<na>", "null")
"""Texts that programs write for an empty cell."""


@dataclass(frozen=True)
class Numbers:
    """The numbers that a column may hold where its element is in service."""

    low: float = -MOST
    high: float = MOST
    above: bool = False
    """the lowest number itself is too low"""
    blank: bool = False
    """an empty cell has a meaning"""
    whole: bool = False
    infinite: int = 0
    """sign of the infinite number that is as good as an empty cell; 0 where none is"""

    def allows(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """NaN is allowed here; whether a cell may be empty is asked apart."""
        low = values > self.low if self.above else values >= self.low
        fits = low & (values <= self.high)
        if self.whole:
            fits &= values % 1 == 0
        allowed: NDArray[np.bool_] = fits | np.isnan(values)
        return allowed

    @property
    def text(self) -> str:
        """The numbers in words, in both languages."""
        return _in_words(self)

    @property
    def text_of_cell(self) -> str:
        """As `text`, with an empty cell where that has a meaning."""
        return sentence("expected.or_empty_cell", what=self.text) if self.blank else self.text


@cache
def _in_words(rule: Numbers) -> str:
    kind = sentence("expected.int" if rule.whole else "expected.float")
    low, high = f"{rule.low:g}", f"{rule.high:g}"
    if rule.above and rule.high == MOST:
        return sentence("expected.number_above", kind=kind, low=low)
    if rule.above:
        return sentence("expected.number_above_to", kind=kind, low=low, high=high)
    if rule.low > -MOST and rule.high < MOST:
        return sentence("expected.number_from_to", kind=kind, low=low, high=high)
    return sentence("expected.number_from", kind=kind, low=low) if rule.low > -MOST else kind


ANY = Numbers()
ABOVE_0 = Numbers(0, above=True)
FROM_0 = Numbers(0)
KV = Numbers(0, 2000, above=True)
PU = Numbers(0, 2, above=True)
SHARE = Numbers(0, 100)
RATING = Numbers(0, blank=True, infinite=1)
FACTOR = Numbers(0, 100, above=True, blank=True)
SYSTEMS = Numbers(1, MAX_SYSTEMS, whole=True)
IF_GIVEN = Numbers(blank=True)
LOWEST = Numbers(blank=True, infinite=-1)
HIGHEST = Numbers(blank=True, infinite=1)

_SIDES = ("hv", "mv", "lv")
_PHASES = ("a", "b", "c")
_POWER = {"p_mw": ANY, "q_mvar": ANY, "scaling": ANY}
_IN_PHASES = {f"{power}_{phase}_{unit}": ANY for power, unit in (("p", "mw"), ("q", "mvar")) for phase in _PHASES}
_ZIP = {f"const_{part}_{power}_percent": SHARE for part in "zi" for power in "pq"}
_WARD = dict.fromkeys(("ps_mw", "qs_mvar", "pz_mw", "qz_mvar"), ANY)
_TAPS = dict.fromkeys(
    tuple(f"tap_{name}" for name in ("neutral", "min", "max", "pos", "step_percent", "step_degree")), IF_GIVEN
)

NUMBERS: dict[str, dict[str, Numbers]] = {
    "bus": {"vn_kv": KV},
    "line": {
        "length_km": ABOVE_0,
        **dict.fromkeys(("r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "g_us_per_km"), ANY),
        "max_i_ka": RATING,
        "df": FACTOR,
        "parallel": SYSTEMS,
    },
    "trafo": {
        "sn_mva": ABOVE_0,
        "vn_hv_kv": KV,
        "vn_lv_kv": KV,
        **dict.fromkeys(("vk_percent", "vkr_percent", "pfe_kw", "i0_percent", "shift_degree"), ANY),
        **_TAPS,
        "df": FACTOR,
        "parallel": SYSTEMS,
    },
    "trafo3w": {
        **{f"sn_{side}_mva": ABOVE_0 for side in _SIDES},
        **{f"vn_{side}_kv": KV for side in _SIDES},
        **{f"{what}_{side}_percent": ANY for what in ("vk", "vkr") for side in _SIDES},
        **dict.fromkeys(("pfe_kw", "i0_percent", "shift_mv_degree", "shift_lv_degree"), ANY),
        **_TAPS,
    },
    "impedance": {
        **{f"{what}{way}_pu": ANY for what in "rx" for way in ("ft", "tf")},
        **{f"{what}{end}_pu": ANY for what in "gb" for end in "ft"},
        "sn_mva": ABOVE_0,
    },
    "dcline": {"p_mw": ANY, "loss_percent": ANY, "loss_mw": ANY, "vm_from_pu": PU, "vm_to_pu": PU},
    "switch": {"z_ohm": Numbers(0, blank=True)},
    "load": {**_POWER, **_ZIP},
    "sgen": _POWER,
    "storage": _POWER,
    "asymmetric_load": {**_IN_PHASES, "scaling": ANY},
    "asymmetric_sgen": {**_IN_PHASES, "scaling": ANY},
    "motor": {
        "pn_mech_mw": ANY,
        "loading_percent": FROM_0,
        "cos_phi": Numbers(0, 1, above=True),
        "efficiency_percent": Numbers(0, 100, above=True),
        "scaling": ANY,
    },
    "gen": {"p_mw": ANY, "vm_pu": PU, "scaling": ANY, "sn_mva": IF_GIVEN, "slack_weight": IF_GIVEN},
    "ext_grid": {"vm_pu": PU, "va_degree": ANY, "slack_weight": IF_GIVEN},
    "shunt": {"p_mw": ANY, "q_mvar": ANY, "step": FROM_0, "vn_kv": Numbers(0, 2000, above=True, blank=True)},
    "ward": _WARD,
    "xward": {**_WARD, "r_ohm": ANY, "x_ohm": ANY, "vm_pu": PU, "slack_weight": IF_GIVEN},
}
"""Table -> column -> its numbers; these are the tables that the load flow takes in."""

_LIMIT = dict.fromkeys(("max_loading_percent", "max_loading_percent_nminus1"), RATING)
_RANGES = {
    f"{side}_{power}": rule for side, rule in (("min", LOWEST), ("max", HIGHEST)) for power in ("p_mw", "q_mvar")
}
_VOLTAGES = {"min_vm_pu": LOWEST, "max_vm_pu": HIGHEST}
WHERE_GIVEN: dict[str, dict[str, Numbers]] = {
    "bus": _VOLTAGES,
    "line": {**_LIMIT, "alpha": IF_GIVEN, "temperature_degree_celsius": IF_GIVEN},
    "trafo": {
        **_LIMIT,
        **{name.replace("tap", "tap2"): rule for name, rule in _TAPS.items()},
        **dict.fromkeys(("leakage_resistance_ratio_hv", "leakage_reactance_ratio_hv"), Numbers(0, 1, blank=True)),
        "pi_charging_mvar": IF_GIVEN,
    },
    "trafo3w": _LIMIT,
    "dcline": {
        "max_p_mw": HIGHEST,
        **{
            f"{name.replace('_mvar', f'_{end}_mvar')}": _RANGES[name]
            for name in ("min_q_mvar", "max_q_mvar")
            for end in ("from", "to")
        },
    },
    "gen": {**_RANGES, **_VOLTAGES},
    "ext_grid": _RANGES,
    "shunt": {"id_characteristic_table": IF_GIVEN},
    "switch": {"in_ka": RATING},
}
"""Columns that most nets do not have."""
_CURVES = ("tap_dependent_impedance", "vk_percent_characteristic", "vkr_percent_characteristic")
"""The way of pandapower 2 to give a transformer short-circuit values by tap position."""
WORDS = {
    "trafo": (
        *("tap_side", "tap_changer_type", "tap2_side", "tap2_changer_type", "id_characteristic_table", "no_limit"),
        *_CURVES,
    ),
    "trafo3w": (
        *("tap_side", "tap_changer_type", "id_characteristic_table", _CURVES[0]),
        *(f"{what}_{side}_percent_characteristic" for what in ("vk", "vkr") for side in _SIDES),
    ),
    "switch": ("et",),
}
"""Columns beside numbers, indices and truth values; `taps` and the readers check them."""

AT_ONE_BUS = (
    *("load", "sgen", "gen", "ext_grid", "shunt", "ward", "xward"),
    *("motor", "storage", "asymmetric_load", "asymmetric_sgen"),
)
END_COLUMNS = {
    "line": ("from_bus", "to_bus"),
    "trafo": ("hv_bus", "lv_bus"),
    "trafo3w": ("hv_bus", "mv_bus", "lv_bus"),
    "impedance": ("from_bus", "to_bus"),
}
"""Buses that branches lie between, the highest voltage of a transformer first."""
REFERENCES = {
    **END_COLUMNS,
    "dcline": ("from_bus", "to_bus"),
    "switch": ("bus", "element"),
    **dict.fromkeys(AT_ONE_BUS, ("bus",)),
}
"""Columns that hold an index: of a bus, and for `switch.element` of the table that its kind names."""
SWITCH_TARGET = {"b": "bus", "l": "line", "t": "trafo", "t3": "trafo3w"}

TRUTH_VALUES = {
    **dict.fromkeys((table for table in NUMBERS if table != "switch"), ("in_service",)),
    "switch": ("closed",),
}
"""Columns where an empty cell means nothing."""
FALSE_WHERE_EMPTY = {
    "gen": ("slack", "reactive_capability_curve"),
    "trafo": ("tap_dependency_table",),
    "trafo3w": ("tap_dependency_table", "tap_at_star_point"),
    "shunt": ("step_dependency_table",),
}


NET_VALUES = {"f_hz": Numbers(10, 1000), "sn_mva": Numbers(0, 1e6, above=True)}
"""Numbers of the net itself."""


def read_columns(table: str) -> frozenset[str]:
    """Every column of a table that these rules know: pandapower gets no other to read (`renumbering`)."""
    numbers = NUMBERS[table].keys() | WHERE_GIVEN.get(table, {}).keys()
    named = (WORDS, REFERENCES, TRUTH_VALUES, FALSE_WHERE_EMPTY)
    return frozenset(numbers.union(*(group.get(table, ()) for group in named)))


@cache
def defaults(table: str) -> dict[str, Any]:
    """Values that pandapower gives to a column that the caller of its create function leaves out."""
    import pandapower

    maker = {
        "line": "create_line_from_parameters",
        "trafo": "create_transformer_from_parameters",
        "trafo3w": "create_transformer3w_from_parameters",
    }.get(table, f"create_{table}")
    return {
        name: np.nan if parameter.default is None else parameter.default
        for name, parameter in inspect.signature(getattr(pandapower, maker)).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
