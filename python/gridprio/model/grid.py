"""The electrical grid as frozen arrays: what every kernel sees, and the names that lead back to pandapower."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gridprio.model.controls import ControlArrays, GridControls
from gridprio.text.notebook import as_html

NODE_PQ, NODE_PV, NODE_SLACK, NODE_OUT = 0, 1, 2, 3
"""Kinds of `GridArrays.node_kind`; NODE_OUT is a bus that is out of service."""

GROUP = "group"
"""First part of the id of a branch that holds the limit of a group, in place of an element table."""

MARKER = "action"
"""First part of the id of a branch that carries nothing: while it is in service, an action after an outage can be
carried out."""
NEEDED = 2
"""Position in `GridArrays.switchings` of a branch that is not switched: nothing is, by the marker, while it is out."""
NO_SWITCHINGS = np.zeros((0, 4), dtype=np.int32)
NO_ONE_WAY_LIMITS = np.zeros((0, 2), dtype=np.int32)

BranchId = tuple[str, int | str] | tuple[str, int | str, str]
"""("line", 12), ("trafo", 3), ("trafo3w", 0, "hv"), ("impedance", 1), ...: element table, pandapower index, side.

A row with `parallel` above 1 stands for that many branches: ("line", 12, "1"), ("line", 12, "2"), ... The limit of a
group is ("group", "bay"), and ("group", "bay", "P1") once project P1 has raised it. ("trafo", 3, "tap=-4") is the
transformer with its tap as an action after an outage sets it.
"""


def branch_name(branch: BranchId) -> str:
    """`line:12`, `trafo3w:0:hv`: how tables and texts name a branch or an outage."""
    return ":".join(map(str, branch))


def names_of(branches: Iterable[int], names: Sequence[str]) -> str:
    """Branches as a table has them: each name once (a three-winding transformer is three branches), between blanks."""
    return " ".join(dict.fromkeys(names[branch] for branch in branches))


@dataclass(frozen=True)
class OutageElement:
    """What goes out in an outage, as far as rules of security tell elements apart."""

    name: str
    """`line:12`; of what a project puts in the place of an element, that of the element"""
    kind: str
    """overhead_line, cable or transformer; empty: a line of neither type"""
    to_kv: float | None
    """of a transformer, nominal voltage of the side after the highest"""


@dataclass(frozen=True, eq=False)
class GridArrays:
    """A grid in per unit on `base_mva`, in the node and branch numbering of the kernels.

    A branch is a general two-port [i_from; i_to] = [[y_ff, y_ft], [y_tf, y_tt]] [v_from; v_to], so lines, taps,
    phase shifters and asymmetric impedances are one thing. Arrays are read-only and C-contiguous.
    """

    base_mva: float
    from_node: NDArray[np.int32]
    """[branch]"""
    to_node: NDArray[np.int32]
    """[branch]"""
    y_ff: NDArray[np.complex128]
    """[branch], pu"""
    y_ft: NDArray[np.complex128]
    """[branch], pu"""
    y_tf: NDArray[np.complex128]
    """[branch], pu"""
    y_tt: NDArray[np.complex128]
    """[branch], pu"""
    branch_in_service: NDArray[np.bool_]
    """[branch], the state of the net as read"""
    y_shunt: NDArray[np.complex128]
    """[node], pu: shunts, wards and constant-impedance loads"""
    s_constant_current: NDArray[np.complex128]
    """[node], pu power at 1 pu voltage drawn as constant current; injection is minus this times |v|"""
    node_kind: NDArray[np.int8]
    """[node], NODE_PQ, NODE_PV, NODE_SLACK or NODE_OUT"""
    vm_set_pu: NDArray[np.float64]
    """[node], set point at PV and slack nodes, else the flat start 1.0"""
    vm_min_pu: NDArray[np.float64]
    """[node], lowest voltage that the net allows; NaN where it says nothing"""
    vm_max_pu: NDArray[np.float64]
    """[node], highest voltage that the net allows; NaN where it says nothing"""
    va_set_radian: NDArray[np.float64]
    """[node], fixed angle at slack nodes, else the start angle: the slack's, carried through the phase shifts. It also
    tells a phase shift from its opposite, which the admittances of a branch cannot"""
    p_pu: NDArray[np.float64]
    """[node], the net's own constant-power injection, feed-in positive"""
    q_pu: NDArray[np.float64]
    """[node], the same for reactive power (ignored at PV and slack nodes)"""
    from_percent_per_pu: NDArray[np.float64]
    """[branch], loading in percent per pu of |i_from| (pandapower's definition); NaN where the element has no rating"""
    to_percent_per_pu: NDArray[np.float64]
    """[branch], the same for |i_to|"""
    rating_mva: NDArray[np.float64]
    """[branch], apparent power at 100 % loading and nominal voltage; NaN where unrated"""
    limit_percent: NDArray[np.float64]
    """[branch], loading that the net allows in the intact grid; 100 where it says nothing"""
    outage_limit_percent: NDArray[np.float64]
    """[branch], loading that the net allows after an outage (emergency rating); NaN where it says nothing"""
    rating_percent: NDArray[np.float64]
    """[branch, limit class], what the branch may carry in hours of the class, in percent of its limits;
    the classes are the calendar months, unless ratings go by temperature"""
    nominal_kv: NDArray[np.float64]
    """[branch], higher of the two nominal voltages"""
    outage_start: NDArray[np.int32]
    """[outage + 1], row pointers into `outage_branch`"""
    outage_branch: NDArray[np.int32]
    """branches that one outage takes out"""
    outage_elements: tuple[OutageElement, ...]
    """[outage]"""
    switchings: NDArray[np.int32] = field(default_factory=NO_SWITCHINGS.copy)
    """[switching, 4]: outage, marker branch, branch that is switched once the outage has happened while the marker is
    in service, 1 closed, 0 opened or NEEDED; opening stands last (docs/theory/cells.md, Actions after an outage)"""
    one_way_limits: NDArray[np.int32] = field(default_factory=NO_ONE_WAY_LIMITS.copy)
    """[limit, 2]: branch whose limits hold only while active power flows through it one way, and that way: 1 from
    `from_node` to `to_node`, -1 the other (docs/theory/grid-model.md, Limits of one direction)"""
    controls: ControlArrays | None = None
    """what acts in every case of a cell (docs/theory/cells.md, Taps); None: nothing does"""

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def n_node(self) -> int:
        return len(self.node_kind)

    @property
    def n_branch(self) -> int:
        return len(self.from_node)

    @property
    def n_outage(self) -> int:
        return len(self.outage_start) - 1


@dataclass(frozen=True)
class OwnElement:
    """A load, generator or storage in service of the net itself, at its constant power."""

    table: str
    """load, sgen, storage or gen"""
    bus: int
    p_mw: float
    """with its scaling, by the sign of its table: consumption positive for loads and storages, else feed-in"""
    q_mvar: float
    kind: str
    """its `type` in the net, else the name of the table"""
    p_profile: str
    """name of its profile where the net brings some; empty: constant"""
    q_profile: str


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid with its names: rows of `arrays` against pandapower's elements."""

    name: str
    arrays: GridArrays
    bus_ids: NDArray[np.int64]
    """[bus], pandapower indices in ascending order"""
    bus_node: NDArray[np.int32]
    """[bus], node of each bus (fused buses share one); -1 where the bus is out of service"""
    branch_ids: tuple[BranchId, ...]
    """[branch]"""
    outage_ids: tuple[BranchId, ...]
    """[outage], what each single outage takes out: a branch, or a three-winding transformer as ("trafo3w", 0)"""
    p_mw: NDArray[np.float64]
    """[bus], the net's own constant-power injection, feed-in positive"""
    q_mvar: NDArray[np.float64]
    """[bus]"""
    bus_name: tuple[str, ...]
    element_name: Mapping[BranchId, str] = field(repr=False)
    """(element table, pandapower index) -> the name of a branch in the net, where it has one; and of each group"""
    bus_kv: NDArray[np.float64]
    """[bus], nominal voltage"""
    bus_xy: NDArray[np.float64]
    """[bus, 2], longitude and latitude in degree; NaN where unknown or only a drawing"""
    controls: GridControls | None = field(repr=False, default=None)
    """reactive limits, slack weights and tap controllers of the net"""
    own_elements: tuple[OwnElement, ...] = field(repr=False, default=())
    switch_buses: Mapping[int, tuple[int, ...]] = field(repr=False, default_factory=dict)
    """pandapower switch -> buses at the ends of what it stands at"""

    twin_of: Mapping[BranchId, BranchId] = field(repr=False, default_factory=dict)
    """branch that an action after an outage puts in the place of another -> that other"""

    def place_node(self) -> NDArray[np.int32]:
        """`[node]`, the node of the bus at which it lies: its own, but for the node of the ends of a group, and the one
        behind a switch that stands at an element."""
        place = np.arange(self.arrays.n_node, dtype=np.int32)
        lone = (self.arrays.node_kind != NODE_OUT) & ~np.isin(place, self.bus_node)
        for row, branch in enumerate(self.branch_ids):
            ends = int(self.arrays.from_node[row]), int(self.arrays.to_node[row])
            if branch[0] == GROUP or (branch[0] == "switch" and lone[ends[1]]):
                place[ends[1]] = place[ends[0]]
        return place

    def __repr__(self) -> str:
        a = self.arrays
        return (
            f"Grid({self.name!r}: {len(self.bus_ids)} buses, {a.n_branch} branches, {a.n_outage} single outages, "
            f"{int((a.node_kind == NODE_SLACK).sum())} slack nodes)"
        )

    def _repr_html_(self) -> str:
        a, kinds = self.arrays, Counter(str(branch[0]) for branch in self.branch_ids)
        injected = self.p_mw[np.isfinite(self.p_mw)]
        facts = {
            "buses": len(self.bus_ids),
            "nominal voltages": ", ".join(f"{kv:g}" for kv in sorted(set(self.bus_kv.tolist()), reverse=True)) + " kV",
            **{f"branches: {kind}": n for kind, n in sorted(kinds.items())},
            "branches without a rating": int(np.isnan(a.rating_mva).sum()),
            "single outages": a.n_outage,
            "slack nodes": int((a.node_kind == NODE_SLACK).sum()),
            "own feed-in at buses": f"{injected[injected > 0].sum():.6g} MW",
            "own demand at buses": f"{-injected[injected < 0].sum():.6g} MW",
        }
        return as_html(self.name, "grid", facts)
