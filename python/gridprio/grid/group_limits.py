"""Limits of groups: branches that meet at a bus and may carry only so much together (docs/theory/grid-model.md).

The ends of the group move to a node of their own, and a coupling branch of negligible impedance joins that node
with the bus. The coupling carries what the group carries together, and its rating is the limit of the group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gridprio.model.grid import GROUP, NODE_OUT, NODE_PQ, BranchId, Grid
from gridprio.model.limits import MONTHS

COUPLING_REACTANCE = 1e-6
"""Of a coupling branch, per unit on `COUPLING_MVA`, at any limit: so the value of a limit changes no load flow."""
COUPLING_MVA = 100.0

Element = tuple[str, int]


@dataclass(frozen=True)
class PlacedGroup:
    """A group at the bus where its elements meet."""

    group_limit_id: str
    name: str
    bus: int
    """pandapower index"""
    elements: frozenset[Element]
    inside: str
    """the smallest other group at this bus that holds all of it; empty where there is none"""
    way: int
    """of active power for which the limit holds: 1 from the bus into the elements, -1 out of them, 0 both"""
    emergency_percent: float
    """limit after an outage, percent of the limit; NaN where the group gives none"""
    limits_mva: Mapping[str, float]
    """"" -> the limit without projects; project -> the limit that it raises it to"""

    def coupling_id(self, project: str) -> BranchId:
        """Of a key of `limits_mva`."""
        return (GROUP, self.group_limit_id, project) if project else (GROUP, self.group_limit_id)

    def replaced_by(self, project: str) -> list[BranchId]:
        """Couplings that are out with the limit of this project in service: of several limits the highest counts."""
        rank = {key: (limit, at) for at, (key, limit) in enumerate(self.limits_mva.items())}
        return [self.coupling_id(key) for key in rank if rank[key] < rank[project]]


@dataclass(frozen=True)
class _Coupling:
    id: BranchId
    from_node: int
    to_node: int
    way: int
    limit_mva: float
    emergency_percent: float
    nominal_kv: float


def with_group_limits(grid: Grid, groups: Sequence[PlacedGroup]) -> Grid:
    """The grid with a node and the couplings of each group behind what it has; a group follows the one it is inside."""
    if not groups:
        return grid
    arrays = grid.arrays
    places = zip(grid.bus_ids.tolist(), grid.bus_node.tolist(), grid.bus_kv.tolist(), strict=True)
    bus_place = {bus: (node, kv) for bus, node, kv in places}
    ends = arrays.from_node.copy(), arrays.to_node.copy()
    own_node, at_bus, couplings = dict[str, int](), list[int](), list[_Coupling]()
    for inner, group in enumerate(groups, start=arrays.n_node):
        node, kv = bus_place[group.bus]
        outer = own_node.get(group.inside, node)
        own_node[group.group_limit_id] = inner
        at_bus.append(node)
        members = np.array([branch[:2] in group.elements for branch in grid.branch_ids], dtype=bool)
        for nodes in ends:
            nodes[members & np.isin(nodes, (node, outer))] = inner
        couplings += [
            _Coupling(group.coupling_id(project), outer, inner, group.way, limit, group.emergency_percent, kv)
            for project, limit in group.limits_mva.items()
        ]
    limit = np.array([coupling.limit_mva for coupling in couplings])
    y = np.full(len(couplings), 1 / (1j * COUPLING_REACTANCE * arrays.base_mva / COUPLING_MVA))
    percent_per_pu = 100.0 * arrays.base_mva / limit
    own = {
        "y_shunt": np.zeros(len(groups), dtype=np.complex128),
        "s_constant_current": np.zeros(len(groups), dtype=np.complex128),
        "node_kind": np.where(arrays.node_kind[at_bus] == NODE_OUT, NODE_OUT, NODE_PQ).astype(np.int8),
        "vm_set_pu": np.ones(len(groups)),
        "vm_min_pu": np.full(len(groups), np.nan),
        "vm_max_pu": np.full(len(groups), np.nan),
        "va_set_radian": arrays.va_set_radian[at_bus],
        "p_pu": np.zeros(len(groups)),
        "q_pu": np.zeros(len(groups)),
        "y_ff": y,
        "y_ft": -y,
        "y_tf": -y,
        "y_tt": y,
        "branch_in_service": np.array([len(coupling.id) == 2 for coupling in couplings]),
        "from_percent_per_pu": percent_per_pu,
        "to_percent_per_pu": percent_per_pu,
        "rating_mva": limit,
        "limit_percent": np.full(len(couplings), 100.0),
        "outage_limit_percent": np.array([coupling.emergency_percent for coupling in couplings]),
        "rating_percent": np.full((len(couplings), MONTHS), 100.0),
        "nominal_kv": np.array([coupling.nominal_kv for coupling in couplings]),
    }
    extended: dict[str, Any] = {name: np.concatenate([getattr(arrays, name), values]) for name, values in own.items()}
    one_way = [(row, coupling.way) for row, coupling in enumerate(couplings, start=arrays.n_branch) if coupling.way]
    coupling_ends = [
        np.array([getattr(coupling, end) for coupling in couplings], dtype=np.int32) for end in ("from_node", "to_node")
    ]
    return replace(
        grid,
        arrays=replace(
            arrays,
            from_node=np.concatenate([ends[0], coupling_ends[0]]),
            to_node=np.concatenate([ends[1], coupling_ends[1]]),
            one_way_limits=np.array(one_way, dtype=np.int32).reshape(-1, 2),
            **extended,
        ),
        branch_ids=(*grid.branch_ids, *(coupling.id for coupling in couplings)),
        element_name={**grid.element_name, **{(GROUP, group.group_limit_id): group.name for group in groups}},
    )
