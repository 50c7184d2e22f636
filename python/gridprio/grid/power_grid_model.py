"""power-grid-model JSON (version 1.0, symmetric data) as a pandapower net.

pandapower and power-grid-model-io convert the other way only. Formulas: power-grid-model documentation, "Components".
Indices of buses and elements are the ids of the file. Transformers are pi-models there, so the net says so too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gridprio.errors import InputError, Problem
from gridprio.grid.net.empty import new_net
from gridprio.grid.pgm_rows import HEAD, Row, checked_rows
from gridprio.text import sentence

F_HZ = 50.0
STIFF_VA = 1e15
"""A source with at least this short-circuit power has no impedance worth a branch (1e-7 pu on 100 MVA)."""
SOURCE_DEFAULTS = {"sk": 1e10, "rx_ratio": 0.1, "u_ref_angle": 0.0}
CONSTANT_POWER, CONSTANT_IMPEDANCE, CONSTANT_CURRENT = 0, 1, 2
NAMED = {"node": "bus", "line": "line", "transformer": "trafo", "three_winding_transformer": "trafo3w"}
"""Components whose name becomes one of the net."""
NAMES = ("Name", "Naam")
"""Extra information that power-grid-model-io takes from an English or a Dutch export of Vision."""
TAP_SIDES = ("hv", "mv", "lv")


def is_power_grid_model(content: Any) -> bool:
    """Whether parsed JSON is of this format, a head that is not whole included: an input file, or an update or output
    file, which is no grid."""
    if not isinstance(content, dict) or "_module" in content:
        return False
    return {"type", "data"} <= content.keys() or _has_nodes(content) or _has_nodes(content.get("data"))


def _has_nodes(components: Any) -> bool:
    return isinstance(components, dict) and isinstance(components.get("node"), list)


def _is_bare(content: Mapping[str, Any]) -> bool:
    """Components without a head, as `PgmJsonConverter` of power-grid-model-io saves them (from Vision, for one)."""
    return _has_nodes(content) and content.keys().isdisjoint(HEAD)


def net_from_power_grid_model(content: Mapping[str, Any], name: str = "") -> Any:
    """Build the net; raises InputError naming every component and attribute that cannot be taken in."""
    tables = checked_rows({"type": "input", "data": content} if _is_bare(content) else content)
    net = new_net(name, f_hz=F_HZ, sn_mva=100.0)
    net["user_pf_options"] = {"trafo_model": "pi"}
    for component, build in _BUILDERS.items():
        for row in tables.get(component, []):
            build(net, row)
    for component, table in NAMED.items():
        for row in tables.get(component, []):
            for given in (row.get(key) for key in NAMES):
                if isinstance(given, str) and given.strip():
                    net[table].at[row["id"], "name"] = given.strip()
    problems = _injections(net, tables)
    if problems:
        raise InputError(problems)
    return net


def _kv(net: Any, node: int) -> float:
    return float(net.bus.at[node, "vn_kv"])


def _node(net: Any, row: Row) -> None:
    import pandapower

    pandapower.create_bus(net, row["u_rated"] / 1e3, index=row["id"], name=f"node {row['id']}")


def _end_switches(net: Any, row: Row, kind: str, ends: tuple[tuple[str, str], ...]) -> None:
    """Open switches at the ends that are open; with all ends open the element is out of service."""
    import pandapower

    for node, status in ends:
        if not row[status]:
            pandapower.create_switch(net, row[node], row["id"], kind, closed=False)


BOTH_ENDS = (("from_node", "from_status"), ("to_node", "to_status"))
THREE_ENDS = (("node_1", "status_1"), ("node_2", "status_2"), ("node_3", "status_3"))


def _line(net: Any, row: Row) -> None:
    """Shunt admittance 2 pi f c1 (j + tan1), half at either end."""
    import pandapower

    pandapower.create_line_from_parameters(
        net,
        row["from_node"],
        row["to_node"],
        1.0,
        row["r1"],
        row["x1"],
        row["c1"] * 1e9,
        row.get("i_n", np.nan) / 1e3,
        g_us_per_km=2 * np.pi * F_HZ * row["c1"] * row["tan1"] * 1e6,
        index=row["id"],
        in_service=bool(row["from_status"] or row["to_status"]),
    )
    _end_switches(net, row, "l", BOTH_ENDS)


def _link(net: Any, row: Row) -> None:
    import pandapower

    closed = bool(row["from_status"] and row["to_status"])
    pandapower.create_switch(net, row["from_node"], row["to_node"], "b", closed=closed)


def _source(net: Any, row: Row) -> None:
    """A voltage behind the impedance u^2 / sk."""
    import pandapower

    given = {**SOURCE_DEFAULTS, **row}
    bus = row["node"]
    on = bool(row["status"])
    if given["sk"] < STIFF_VA:
        bus = pandapower.create_bus(net, _kv(net, row["node"]), name=f"behind source {row['id']}")
        x = net.sn_mva * 1e6 / given["sk"] / np.hypot(1, given["rx_ratio"])
        pandapower.create_impedance(net, bus, row["node"], x * given["rx_ratio"], x, net.sn_mva, in_service=on)
    angle = np.degrees(given["u_ref_angle"])
    pandapower.create_ext_grid(net, bus, vm_pu=row["u_ref"], va_degree=angle, index=row["id"], in_service=on)


def _shunt(net: Any, row: Row) -> None:
    import pandapower

    kv2 = _kv(net, row["node"]) ** 2
    pandapower.create_shunt(
        net, row["node"], -row["b1"] * kv2, row["g1"] * kv2, index=row["id"], in_service=bool(row["status"])
    )


def _tap_steps(row: Row) -> int:
    """Steps away from the nominal position, positive towards more voltage on the tapped side."""
    down, up = row.get("tap_min", 0), row.get("tap_max", 0)
    position = np.clip(row.get("tap_pos", row.get("tap_nom", 0)), min(down, up), max(down, up))
    return int((position - row.get("tap_nom", 0)) * (1 if up > down else -1))


def _tap_changer(row: Row, sides: Sequence[str], rated: Sequence[float]) -> dict[str, Any]:
    """Columns of pandapower; `rated`: voltages of the sides, V."""
    side = int(row.get("tap_side", 0))
    return {
        "tap_side": sides[side],
        "tap_neutral": 0,
        "tap_pos": _tap_steps(row),
        "tap_step_percent": row.get("tap_size", 0.0) / rated[side] * 100,
        "tap_step_degree": 0.0,
        "tap_changer_type": "Ratio",
    }


def _at_tap(row: Row, name: str) -> float:
    """Impedance voltage or loss at the tap position: linear between tap_min, tap_nom and tap_max, where given."""
    middle = row[name]
    down, up, nominal = row.get("tap_min", 0), row.get("tap_max", 0), row.get("tap_nom", 0)
    position = np.clip(row.get("tap_pos", nominal), min(down, up), max(down, up))
    at_min, at_max = row.get(f"{name}_min", middle), row.get(f"{name}_max", middle)
    beyond = (down, at_min) if (position - nominal) * (down - nominal) > 0 else (up, at_max)
    share = (position - nominal) / (beyond[0] - nominal) if position != nominal else 0.0
    return float(middle + share * (beyond[1] - middle))


def _trafo(net: Any, row: Row) -> None:
    import pandapower

    rated = (row["u1"], row["u2"])
    pandapower.create_transformer_from_parameters(
        net,
        row["from_node"],
        row["to_node"],
        row["sn"] / 1e6,
        row["u1"] / 1e3,
        row["u2"] / 1e3,
        vkr_percent=_at_tap(row, "pk") / row["sn"] * 100,
        vk_percent=_at_tap(row, "uk") * 100,
        pfe_kw=row["p0"] / 1e3,
        i0_percent=max(row["i0"], row["p0"] / row["sn"]) * 100,
        shift_degree=30.0 * row["clock"],
        **_tap_changer(row, ("hv", "lv"), rated),
        index=row["id"],
        in_service=bool(row["from_status"] or row["to_status"]),
    )
    _end_switches(net, row, "t", BOTH_ENDS)


def _generic_branch(net: Any, row: Row) -> None:
    """Pi-model in ohm and siemens of the to-side behind an ideal ratio k u_from / u_to and an angle theta.

    The susceptance, which pandapower's transformer can only hold inductive, stands in `pi_charging_mvar`.
    """
    import pandapower

    g, b = row.get("g1", 0.0), row.get("b1", 0.0)
    k, theta = row.get("k", 1.0), row.get("theta", 0.0)
    from_kv, to_kv = _kv(net, row["from_node"]), _kv(net, row["to_node"])
    on = bool(row["from_status"] or row["to_status"])
    sn_mva = row.get("sn", np.nan) / 1e6
    if k == 1 and theta == 0 and from_kv == to_kv:
        pandapower.create_line_from_parameters(
            net,
            row["from_node"],
            row["to_node"],
            1.0,
            row["r1"],
            row["x1"],
            b / (2 * np.pi * F_HZ) * 1e9,
            sn_mva / (np.sqrt(3) * to_kv),
            g_us_per_km=g * 1e6,
            index=row["id"],
            in_service=on,
        )
        _end_switches(net, row, "l", BOTH_ENDS)
        return
    sn = sn_mva if sn_mva > 0 else net.sn_mva
    percent = 100 * sn / to_kv**2
    pandapower.create_transformer_from_parameters(
        net,
        row["from_node"],
        row["to_node"],
        sn,
        from_kv * k,
        to_kv,
        vkr_percent=row["r1"] * percent,
        vk_percent=np.copysign(np.hypot(row["r1"], row["x1"]), row["x1"]) * percent,
        pfe_kw=g * to_kv**2 * 1e3,
        i0_percent=0.0,
        shift_degree=np.degrees(theta),
        index=row["id"],
        in_service=on,
    )
    net.trafo.loc[row["id"], "pi_charging_mvar"] = b * to_kv**2
    _end_switches(net, row, "t", BOTH_ENDS)


def _trafo3w(net: Any, row: Row) -> None:
    """Star of three windings; short-circuit values of a pair are on the smaller of its two ratings.

    power-grid-model takes the star apart in |uk| and pk, pandapower in reactance and resistance, so the reactances of
    the pairs are those that give the same star.
    """
    import pandapower

    sn = np.array([row["sn_1"], row["sn_2"], row["sn_3"]]) / 1e6
    pairs = (("12", 0, 1), ("23", 1, 2), ("13", 0, 2))
    least = np.array([min(sn[i], sn[j]) for _, i, j in pairs])
    z = np.array([_at_tap(row, f"uk_{pair}") for pair, _, _ in pairs]) / least
    r = np.array([_at_tap(row, f"pk_{pair}") for pair, _, _ in pairs]) / 1e6 / least**2
    star_z, star_r = _star(z), _star(r)
    star_x = np.copysign(np.sqrt(np.maximum(star_z**2 - star_r**2, 0)), star_z)
    x = np.array([star_x[i] + star_x[j] for _, i, j in pairs])
    vk, vkr = np.hypot(x, r) * least * 100, r * least * 100
    rated = (row["u1"], row["u2"], row["u3"])
    pandapower.create_transformer3w_from_parameters(
        net,
        *(row["node_1"], row["node_2"], row["node_3"]),
        *(u / 1e3 for u in rated),
        *sn,
        *vk,
        *vkr,
        pfe_kw=row["p0"] / 1e3,
        i0_percent=max(row["i0"], row["p0"] / row["sn_1"]) * 100,
        shift_mv_degree=30.0 * row["clock_12"],
        shift_lv_degree=30.0 * row["clock_13"],
        **_tap_changer(row, TAP_SIDES, rated),
        index=row["id"],
        in_service=any(row[status] for _, status in THREE_ENDS),
    )
    _end_switches(net, row, "t3", THREE_ENDS)


def _star(pair: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Values of the windings from those of the pairs 12, 23, 13, all on one rating."""
    p12, p23, p13 = pair
    return np.array([p12 + p13 - p23, p12 + p23 - p13, p13 + p23 - p12]) / 2


_BUILDERS: Mapping[str, Callable[[Any, Row], None]] = {
    "node": _node,
    "line": _line,
    "link": _link,
    "transformer": _trafo,
    "three_winding_transformer": _trafo3w,
    "generic_branch": _generic_branch,
    "source": _source,
    "shunt": _shunt,
}
_INJECTIONS = {"sym_load": 1.0, "sym_gen": -1.0, "asym_load": 1.0, "asym_gen": -1.0}


def _injections(net: Any, tables: Mapping[str, list[Row]]) -> list[Problem]:
    """Loads and generators: constant impedance as shunts, the rest as one load per node.

    pandapower applies the mean share of constant current at a bus to all of its load, so constant current is exact only
    in a single load that holds the shares of the whole node.
    """
    import pandapower

    power: dict[int, complex] = defaultdict(complex)
    current: dict[int, complex] = defaultdict(complex)
    for component, sign in _INJECTIONS.items():
        for row in tables.get(component, []):
            s = sign * (np.sum(row.get("p_specified", 0.0)) + 1j * np.sum(row.get("q_specified", 0.0))) / 1e6
            if not row["status"]:
                continue
            if row["type"] == CONSTANT_IMPEDANCE:
                pandapower.create_shunt(net, row["node"], s.imag, s.real, name=f"{component} {row['id']}")
            elif row["type"] == CONSTANT_CURRENT:
                current[row["node"]] += s
            else:
                power[row["node"]] += s
    problems = []
    for node in sorted({*power, *current}):
        total = power[node] + current[node]
        shares = [_percent(current[node].real, total.real), _percent(current[node].imag, total.imag)]
        if any(share is None for share in shares):
            what, mend = sentence("problem.opposite_injections"), sentence("remedy.node_behind_link")
            problems.append(Problem("node", node, None, what, mend=mend))
            continue
        pandapower.create_load(
            net, node, total.real, total.imag, const_i_p_percent=shares[0], const_i_q_percent=shares[1]
        )
    return problems


def _percent(part: float, total: float) -> float | None:
    """Share in percent; None where it is not one."""
    if part == 0:
        return 0.0
    return 100 * part / total if total != 0 and 0 < part / total <= 1 else None
