"""Branches of a case as lines and transformers with exactly MATPOWER's admittances.

MATPOWER User's Manual, section 3.2 (equations 3.1 and 3.2): an ideal transformer of ratio tau and angle theta_shift at
the from bus, behind it a pi of r + jx and the charging b, half at each side. A line is that without transformer. A
pandapower transformer has its impedance on the lv side, so where the from bus has the lower voltage the tap is put on
the lv side and the angle turned round, which is the same two-port. Its magnetising branch can only be inductive; so
the charging stands in a column of its own, which `build_per_unit_model` adds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.grid.matpower.case import Case
from gridprio.grid.matpower.constants import IDX_BRCH, IDX_BUS
from gridprio.grid.matpower.voltages import NONE, rows_of

Array = NDArray[np.float64]


def add_branches(net: Any, case: Case) -> None:
    """Lines, then transformers; both in the order of the case, transformers with a ratio or an angle first."""
    branch = _columns(case)
    is_line, rows = _lines_and_transformers(branch)
    if is_line.any():
        _add_lines(net, {name: column[is_line] for name, column in branch.items()})
    if len(rows):
        _add_transformers(net, {name: column[rows] for name, column in branch.items()})


def _columns(case: Case) -> dict[str, Array]:
    """Columns by MATPOWER's names, with ids and voltages of the ends, and whether the row is in service."""
    branch = {name: case.column("branch", number) for name, number in IDX_BRCH.items() if number <= 11}
    ends = [rows_of(case.arrays["bus"], branch[end]) for end in ("F_BUS", "T_BUS")]
    kv, kind = (case.column("bus", IDX_BUS[name]) for name in ("BASE_KV", "BUS_TYPE"))
    ratio = branch["TAP"]
    return {
        **branch,
        "from_kv": kv[ends[0]],
        "to_kv": kv[ends[1]],
        "on": (branch["BR_STATUS"] == 1) & (kind[ends[0]] != NONE) & (kind[ends[1]] != NONE),
        "ratio": np.where(ratio == 0, 1.0, np.abs(ratio)),
        "shift_degree": branch["SHIFT"] + np.where(ratio < 0, 180.0, 0.0),
        "limit_mva": _limit_mva(branch["RATE_A"]),
        "emergency_percent": 100 * _limit_mva(branch["RATE_C"]) / _limit_mva(branch["RATE_A"]),
        "base_mva": np.full(len(ratio), case.base_mva),
    }


def _limit_mva(rate: Array) -> Array:
    return np.where(np.isfinite(rate) & (rate > 0), rate, np.nan)


def _lines_and_transformers(branch: dict[str, Array]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which rows are lines, and the rows of the transformers in their order in the net."""
    turned = (branch["ratio"] != 1) | (branch["shift_degree"] != 0)
    is_line = ~turned & (branch["from_kv"] == branch["to_kv"])
    return is_line, np.concatenate([np.flatnonzero(turned), np.flatnonzero(~turned & ~is_line)])


def _add_lines(net: Any, line: dict[str, Array]) -> None:
    import pandapower

    base_ohm = line["from_kv"] ** 2 / line["base_mva"]
    pandapower.create_lines_from_parameters(
        net,
        line["F_BUS"].astype(np.int64) - 1,
        line["T_BUS"].astype(np.int64) - 1,
        length_km=1,
        r_ohm_per_km=line["BR_R"] * base_ohm,
        x_ohm_per_km=line["BR_X"] * base_ohm,
        c_nf_per_km=line["BR_B"] / base_ohm / (2 * np.pi * net.f_hz) * 1e9,
        max_i_ka=line["limit_mva"] / (np.sqrt(3) * line["from_kv"]),
        type="ol",
        in_service=line["on"].astype(bool),
    )
    net.line["max_loading_percent_nminus1"] = line["emergency_percent"]


def _add_transformers(net: Any, trafo: dict[str, Array]) -> None:
    import pandapower

    from_is_hv = trafo["from_kv"] >= trafo["to_kv"]

    def hv_lv(of_from: Array, of_to: Array) -> tuple[Array, Array]:
        return np.where(from_is_hv, of_from, of_to), np.where(from_is_hv, of_to, of_from)

    hv_bus, lv_bus = hv_lv(trafo["F_BUS"], trafo["T_BUS"])
    hv_kv, lv_kv = hv_lv(trafo["from_kv"], trafo["to_kv"])
    has_limit = ~np.isnan(trafo["limit_mva"])
    sn_mva = np.where(has_limit, trafo["limit_mva"], trafo["base_mva"])
    percent = 100 * sn_mva / trafo["base_mva"]
    step = trafo["ratio"] - 1
    pandapower.create_transformers_from_parameters(
        net,
        hv_bus.astype(np.int64) - 1,
        lv_bus.astype(np.int64) - 1,
        sn_mva=sn_mva,
        vn_hv_kv=hv_kv,
        vn_lv_kv=lv_kv,
        vk_percent=np.where(trafo["BR_X"] < 0, -1, 1) * np.hypot(trafo["BR_R"], trafo["BR_X"]) * percent,
        vkr_percent=trafo["BR_R"] * percent,
        pfe_kw=0.0,
        i0_percent=0.0,
        shift_degree=np.where(from_is_hv, trafo["shift_degree"], -trafo["shift_degree"]),
        tap_side=np.where(from_is_hv, "hv", "lv"),
        tap_neutral=0,
        tap_pos=np.sign(step),
        tap_step_percent=np.abs(step) * 100,
        tap_changer_type=np.array(["Ratio" if moved else None for moved in step != 0], dtype=object),
        in_service=trafo["on"].astype(bool),
    )
    charging = trafo["BR_B"] * trafo["base_mva"]
    net.trafo["pi_charging_mvar"] = np.where(from_is_hv, charging, charging / trafo["ratio"] ** 2)
    net.trafo["no_limit"] = ~has_limit
    net.trafo["max_loading_percent_nminus1"] = trafo["emergency_percent"]
