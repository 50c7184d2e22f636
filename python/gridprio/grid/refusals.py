"""What a net holds that cannot be modelled: every reason at once, each with its table, row and mend."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.errors import Problem
from gridprio.grid.net import normal_net
from gridprio.grid.net.cells import truth_values
from gridprio.grid.net.rules import END_COLUMNS, NET_VALUES, NUMBERS, REFERENCES, SWITCH_TARGET, Numbers
from gridprio.grid.net.taps import tap_problems
from gridprio.grid.per_unit import PerUnitModel
from gridprio.model.grid import BranchId
from gridprio.text import sentence

NOT_ELECTRICAL = frozenset({"controller", "protection", "measurement", "group"})
"""Tables with a status that have no part in a load flow: set taps and set points stay as they are."""

OF_LOAD_FLOW = ("distributed_slack", "enforce_q_lims")
"""User options of pandapower that are asked of `solve_load_flow`, by the same name."""
_ON = (True, False)
OPTION_VALUES: dict[str, tuple[object, ...]] = {
    **dict.fromkeys(("voltage_depend_loads", "consider_line_temperature", "enforce_p_lims"), _ON),
    "neglect_open_switch_branches": _ON,
    "calculate_voltage_angles": (*_ON, "auto"),
    "trafo_model": ("t", "pi"),
    "trafo3w_losses": ("hv", "mv", "lv", "star"),
}
"""Values of the options that change the model."""
RX_RATIO = Numbers(0, 1e6)


def table_problems(net: Any) -> list[Problem]:
    """Bring `net` into normal form, in place, and name everything that shows in its tables before anything is built."""
    cells = normal_net(net)
    unnumbered = {problem.file for problem in cells if problem.column == "index"}
    return [
        *_net_values(net),
        *_profiles(net),
        *cells,
        *_unknown_elements(net),
        *_options(net),
        *_bad_references(net, unnumbered),
        *_short_circuit_values(net),
        *_shares_of_loads(net),
        *tap_problems(net),
        *_no_slack(net),
    ]


def _rows(net: Any, table: str, mask: Any) -> list[int]:
    return [int(i) for i in net[table].index[np.asarray(mask, dtype=bool)]]


def _in_service(net: Any, table: str) -> NDArray[np.bool_]:
    """Rows in service; in a table without rules a cell that is no truth value counts as in service."""
    return truth_values(net[table]["in_service"])[0]


def _unknown_elements(net: Any) -> Iterator[Problem]:
    for table, frame in net.items():
        if table.startswith(("_", "res_")) or table in NUMBERS.keys() | NOT_ELECTRICAL:
            continue
        if "in_service" not in getattr(frame, "columns", ()):
            continue
        for row in _rows(net, table, _in_service(net, table)):
            yield Problem(
                table,
                row,
                None,
                sentence("problem.element_not_modelled", table=table),
                mend=sentence("remedy.out_of_service_or_replace"),
            )


def _net_values(net: Any) -> Iterator[Problem]:
    for name, rule in NET_VALUES.items():
        yield from _number("net", name, net.get(name), rule)


def _profiles(net: Any) -> Iterator[Problem]:
    """Profiles as SimBench has them: a table per kind of element."""
    profiles = net.get("profiles") or {}
    if not (isinstance(profiles, dict) and all(isinstance(table, pd.DataFrame) for table in profiles.values())):
        what, mend = sentence("problem.no_profiles_of_net"), sentence("remedy.correct_value")
        yield Problem("profiles", None, None, what, repr(profiles)[:80], sentence("expected.profile_tables"), mend)


def _number(table: str, name: str, value: object, rule: Numbers) -> Iterator[Problem]:
    number = np.asarray(value)
    is_one = number.shape == () and number.dtype.kind in "iuf" and bool(np.isfinite(number))
    if not (is_one and rule.allows(number.astype(np.float64)[None])[0]):
        what, mend = sentence("problem.no_number_of_net"), sentence("remedy.correct_value")
        yield Problem(table, None, name, what, repr(value)[:80], rule.text, mend)


def _options(net: Any) -> Iterator[Problem]:
    options = net.get("user_pf_options") or {}
    for name in (*OF_LOAD_FLOW, "tdpf"):
        if options.get(name):
            elsewhere = name in OF_LOAD_FLOW
            mend = sentence("remedy.option_of_load_flow", name=name) if elsewhere else sentence("remedy.remove_tdpf")
            yield Problem("user_pf_options", None, name, sentence("problem.option_not_taken"), mend=mend)
    for name, allowed in OPTION_VALUES.items():
        value = options.get(name, allowed[0])
        if not (isinstance(value, (str, bool, np.bool_)) and value in allowed):
            expected = ", ".join(map(str, allowed))
            mend = sentence("remedy.correct_value")
            yield Problem(
                "user_pf_options", None, name, sentence("problem.no_option"), repr(value)[:80], expected, mend
            )
    yield from _number("user_pf_options", "switch_rx_ratio", options.get("switch_rx_ratio", 1.0), RX_RATIO)
    if options.get("trafo_loading", "current") != "current":
        what, mend = sentence("problem.loading_in_power"), sentence("remedy.remove_trafo_loading")
        yield Problem("user_pf_options", None, "trafo_loading", what, mend=mend)


def _bad_references(net: Any, unnumbered: Collection[str]) -> Iterator[Problem]:
    """References to rows that are not there; those to tables whose own numbers are at fault follow from it."""
    for table, columns in REFERENCES.items():
        for column in columns:
            if (table, column) != ("switch", "element") and "bus" not in unnumbered:
                yield from _lost(net, table, column, "bus", np.ones(len(net[table]), dtype=bool))
    for et, target in SWITCH_TARGET.items():
        if target in unnumbered:
            continue
        yield from _lost(net, "switch", "element", target, (net.switch["et"] == et).to_numpy(dtype=bool))
    for et, target in SWITCH_TARGET.items():
        if target not in END_COLUMNS:
            continue
        at = net.switch[(net.switch["et"] == et) & net.switch["element"].isin(net[target].index)]
        its_ends = net[target][list(END_COLUMNS[target])].loc[at["element"]].to_numpy()
        for row in at.index[~(its_ends == at["bus"].to_numpy()[:, None]).any(axis=1)]:
            what, found = sentence("problem.not_at_end", table=target), str(at.at[row, "bus"])
            expected = sentence("expected.bus_of_element", table=target, row=str(at.at[row, "element"]))
            yield Problem("switch", int(row), "bus", what, found, expected, sentence("remedy.name_end"))


def _lost(net: Any, table: str, column: str, target: str, mask: NDArray[np.bool_]) -> Iterator[Problem]:
    for row in _rows(net, table, mask & ~net[table][column].isin(net[target].index).to_numpy()):
        found = str(net[table].at[row, column])
        what, expected = sentence("problem.no_such", table=target), sentence("expected.index_of_table", table=target)
        yield Problem(table, row, column, what, found, expected, sentence("remedy.index_of_table", table=target))


def _short_circuit_values(net: Any) -> Iterator[Problem]:
    """pandapower takes the root of the difference of their squares."""
    pairs = [("trafo", "vk_percent", "vkr_percent")]
    pairs += [("trafo3w", f"vk_{side}_percent", f"vkr_{side}_percent") for side in ("hv", "mv", "lv")]
    for table, vk, vkr in pairs:
        frame = net[table]
        for row in _rows(net, table, (frame[vkr].abs() > frame[vk].abs()) & _in_service(net, table)):
            what, mend = sentence("problem.resistance_above_impedance"), sentence("remedy.perhaps_swapped")
            expected = sentence("expected.at_most_column", column=vk, value=f"{frame.at[row, vk]:g}")
            yield Problem(table, row, vkr, what, f"{frame.at[row, vkr]:g}", expected, mend)


def _shares_of_loads(net: Any) -> Iterator[Problem]:
    for power in "pq":
        share = net.load[f"const_z_{power}_percent"] + net.load[f"const_i_{power}_percent"]
        for row in _rows(net, "load", (share > 100) & _in_service(net, "load")):
            what, expected = sentence("problem.zip_shares_above_load"), sentence("expected.together_100_percent")
            column, mend = f"const_i_{power}_percent", sentence("remedy.lower_one")
            yield Problem("load", row, column, what, f"{share[row]:g} %", expected, mend)


def _no_slack(net: Any) -> Iterator[Problem]:
    out = net.bus.index[~_in_service(net, "bus")]
    is_in = {table: _in_service(net, table) & ~net[table]["bus"].isin(out).to_numpy() for table in ("ext_grid", "gen")}
    if not is_in["ext_grid"].any() and not (is_in["gen"] & net.gen["slack"].to_numpy(dtype=bool)).any():
        what, found = sentence("problem.grid_voltage_not_fixed"), sentence("found.no_slack")
        yield Problem("ext_grid", None, None, what, found, mend=sentence("remedy.slack_in_service"))


def model_problems(
    net: Any, model: PerUnitModel, ids: tuple[BranchId, ...], y: tuple[NDArray[np.complex128], ...]
) -> list[Problem]:
    """Problems that show only in the per-unit model: branches without impedance, voltages in conflict."""
    return [*_without_impedance(model, ids, y), *_conflicting_voltages(net, model), *_not_finite(net, model)]


def _without_impedance(
    model: PerUnitModel, ids: tuple[BranchId, ...], y: tuple[NDArray[np.complex128], ...]
) -> Iterator[Problem]:
    in_service = model.in_service[model.row_of_system]
    unusable = ~np.isfinite(np.array(y)).all(axis=0) & in_service if len(ids) else np.zeros(0, dtype=bool)
    for branch in {ids[row][:2]: None for row in np.flatnonzero(unusable)}:
        yield Problem(
            branch[0],
            int(branch[1]),
            None,
            sentence("problem.no_usable_impedance"),
            sentence("found.zero_or_missing"),
            sentence("expected.numbers_not_all_zero"),
            sentence("remedy.impedance_or_switch"),
        )


def _conflicting_voltages(net: Any, model: PerUnitModel) -> Iterator[Problem]:
    from pandapower.pypower.idx_gen import GEN_BUS, VG

    owner: list[tuple[str, int]] = []
    for table in model.net["_gen_order"]:
        owner += [(table, int(at)) for at in np.flatnonzero(model.net["_is_elements"][table])]
    angle = net.ext_grid["va_degree"].to_numpy()
    first: dict[int, int] = {}
    for k, (table, at) in enumerate(owner):
        earlier = first.setdefault(int(model.gen[k, GEN_BUS]), k)
        one, other = _machine(net, table, at), _machine(net, *owner[earlier])
        if not np.isclose(model.gen[k, VG], model.gen[earlier, VG], rtol=0, atol=1e-5):
            here, there = str(model.gen[k, VG]), str(model.gen[earlier, VG])
            found = sentence("found.voltage_against", one=here, other=there, table=other[0], row=str(other[1]))
            what, mend = sentence("problem.two_set_points_at_bus"), sentence("remedy.same_voltage")
            yield Problem(*one, "vm_pu", what, found, mend=mend)
        elif table == owner[earlier][0] == "ext_grid" and not np.isclose(angle[at], angle[owner[earlier][1]]):
            found = sentence("found.angle_against", one=str(angle[at]), other=str(angle[owner[earlier][1]]))
            what, mend = sentence("problem.two_angles_at_bus"), sentence("remedy.same_angle")
            yield Problem(*one, "va_degree", what, found, mend=mend)


def _machine(net: Any, table: str, at: int) -> tuple[str, int]:
    """Table and index of a row of a table of the model: dclines stand there behind the generators, two for each."""
    behind = at - len(net[table])
    return ("dcline", int(net.dcline.index[behind // 2])) if behind >= 0 else (table, int(net[table].index[at]))


def _not_finite(net: Any, model: PerUnitModel) -> Iterator[Problem]:
    from pandapower.pypower.idx_bus import BS, GS, PD, QD

    finite = np.isfinite(model.bus[model.bus_lookup[model.net.bus.index]][:, [PD, QD, GS, BS]]).all(axis=1)
    for bus in net.bus.index[~finite]:
        what, mend = sentence("problem.bus_sum_not_finite"), sentence("remedy.fill_elements_of_bus")
        yield Problem("bus", int(bus), None, what, mend=mend)
