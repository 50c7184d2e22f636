"""Many load flows in one run of pandapower: the net is copied side by side, and each copy is one case."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandapower as pp
import pandas as pd
from numpy.typing import NDArray

from tests.cross_check.compare import run_pandapower

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Element = tuple[str, int]
"""pandapower table and index"""

BUSES_OF = {
    "line": ("from_bus", "to_bus"),
    "trafo": ("hv_bus", "lv_bus"),
    "trafo3w": ("hv_bus", "mv_bus", "lv_bus"),
    "impedance": ("from_bus", "to_bus"),
    **dict.fromkeys(("load", "gen", "ext_grid", "shunt", "switch"), ("bus",)),
}
SIDES = ("hv", "mv", "lv")
AT_ONCE = (1, 12, 80, 160, 320, 1280)
"""Sizes of the nets of copies"""
MOST_BUSES = 40_000
DIRECTION_MW = 1e-6
"""Where less flows, a limit of one direction holds whatever the way."""


@dataclass(frozen=True)
class Solved:
    converged: Bools
    """[case]"""
    loading_percent: Floats
    """[case, branch], 0 without voltage"""
    live: Bools
    """[case, bus], has voltage; meaningless without a solution"""


class ManyCases:
    """Cases of one net: which elements are out, and what its buses draw in place of its own loads and generators.

    Branches are lines and transformers in the order of their tables, then each winding of the three-winding ones.
    """

    def __init__(
        self,
        net: Any,
        buses: Sequence[int],
        outages: Sequence[Sequence[Element]],
        one_way: Mapping[Element, int] | None = None,
    ) -> None:
        """`one_way`: lines and transformers whose loading counts only where active power flows that way, 1 into the
        from or high side."""
        own = copy.deepcopy(net)
        for table in ("load", "sgen", "storage"):
            own[table] = own[table].iloc[:0]
        for bus in buses:
            pp.create_load(own, bus, 0.0, 0.0)
        self.branches = [(table, int(row)) for table in ("line", "trafo") for row in own[table].index]
        self.branches += [("trafo3w", int(row), side) for row in own.trafo3w.index for side in SIDES]
        self.rating_mva, self._one_way = self._ratings(own), one_way or {}
        self.n_bus = len(buses)
        self._in_service = {
            table: np.array([[(table, row) not in out for row in own[table].index] for out in outages], dtype=bool)
            & own[table].in_service.to_numpy(dtype=bool)
            for table in ("line", "trafo", "trafo3w")
        }
        self.present = np.array([any(own[table].at[row, "in_service"] for table, row in out) for out in outages])
        """[contingency], one of its branches is in service"""
        self._own, self._nets = own, dict[int, Any]()
        self._sizes = [size for size in AT_ONCE if size * len(own.bus) <= MOST_BUSES]
        self._bus = np.array([own.bus.index.get_loc(bus) for bus in buses])
        self._n_bus = len(own.bus)

    def solve(self, k: Ints, p_mw: Floats, q_mvar: Floats) -> Solved:
        """`k[case]` is the contingency, `p_mw[case, bus]` and `q_mvar` the injection, feed-in positive."""
        found = Solved(
            np.zeros(len(k), dtype=bool),
            np.zeros((len(k), len(self.branches))),
            np.zeros((len(k), self.n_bus), dtype=bool),
        )
        for first in range(0, len(k), self._sizes[-1]):
            self._solve(np.arange(first, min(first + self._sizes[-1], len(k))), k, p_mw, q_mvar, found)
        return found

    def _solve(self, cases: Ints, k: Ints, p_mw: Floats, q_mvar: Floats, found: Solved) -> None:
        """Where one case has no solution the run has none: halves are tried until it stands alone."""
        n = len(cases)
        count = next(size for size in self._sizes if size >= n)
        if count not in self._nets:
            self._nets[count] = side_by_side(self._own, count)
        net = self._nets[count]
        for table, pattern in self._in_service.items():
            in_service = np.repeat(pattern[:1], count, axis=0)
            in_service[:n] = pattern[k[cases]]
            net[table]["in_service"] = in_service.ravel()
        for name, injection in (("p_mw", p_mw), ("q_mvar", q_mvar)):
            drawn = np.zeros((count, self.n_bus))
            drawn[:n] = -injection[cases]
            net.load[name] = drawn.ravel()
        if run_pandapower(net, numba=False, lightsim2grid=False, max_iteration=20):
            found.converged[cases] = True
            found.loading_percent[cases] = self._loading(net, count)[:n]
            found.live[cases] = np.isfinite(net.res_bus.vm_pu.to_numpy().reshape(-1, self._n_bus)[:n][:, self._bus])
        elif n > 1:
            for half in np.array_split(cases, 2):
                self._solve(half, k, p_mw, q_mvar, found)

    def _loading(self, net: Any, count: int) -> Floats:
        parts = [net[f"res_{table}"].loading_percent.to_numpy().reshape(count, -1) for table in ("line", "trafo")]
        for side in SIDES if len(net.trafo3w) else ():
            rated_ka = net.trafo3w[f"sn_{side}_mva"] / np.sqrt(3) / net.trafo3w[f"vn_{side}_kv"]
            parts.append((100 * net.res_trafo3w[f"i_{side}_ka"] / rated_ka).to_numpy().reshape(count, -1))
        n_plain = len(parts[0][0]) + len(parts[1][0])
        windings = np.stack(parts[2:], axis=2).reshape(count, -1) if parts[2:] else np.zeros((count, 0))
        loading = np.nan_to_num(np.concatenate([*parts[:2], windings], axis=1))
        for (table, row), way in self._one_way.items():
            p_mw = net[f"res_{table}"]["p_from_mw" if table == "line" else "p_hv_mw"].to_numpy().reshape(count, -1)
            at = self._own[table].index.get_loc(row)
            loading[way * p_mw[:, at] < -DIRECTION_MW, self.branches.index((table, row))] = 0.0
        assert loading.shape[1] == n_plain + windings.shape[1] == len(self.branches)
        return loading

    def _ratings(self, net: Any) -> Floats:
        kv = net.bus.vn_kv.loc[net.line.from_bus].to_numpy()
        line = np.sqrt(3) * kv * net.line.max_i_ka * net.line.df * net.line.parallel
        trafo = net.trafo.sn_mva * net.trafo.df * net.trafo.parallel
        windings = net.trafo3w[[f"sn_{side}_mva" for side in SIDES]].to_numpy().ravel()
        return np.concatenate([line.to_numpy(), trafo.to_numpy(), windings]).astype(float)


def side_by_side(net: Any, count: int) -> Any:
    """`count` copies of the net in one, row by row; nothing joins them."""
    many = copy.deepcopy(net)
    place = {table: pd.Series(range(len(net[table])), index=net[table].index) for table in ("bus", *BUSES_OF)}
    copy_of = {table: np.repeat(np.arange(count), len(rows)) for table, rows in place.items()}
    for table, columns in {"bus": (), **BUSES_OF}.items():
        rows = pd.concat([net[table]] * count, ignore_index=True) if len(net[table]) else net[table]
        for column in columns if len(rows) else ():
            rows[column] = place["bus"].loc[rows[column]].to_numpy() + copy_of[table] * len(net.bus)
        many[table] = rows
    for row, (kind, element) in enumerate(zip(many.switch.et, many.switch.element, strict=True)):
        table = {"b": "bus", "l": "line", "t": "trafo", "t3": "trafo3w"}[kind]
        many.switch.at[row, "element"] = place[table].loc[element] + copy_of["switch"][row] * len(net[table])
    return many
