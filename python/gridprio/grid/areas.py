"""Electrical areas: parts of a grid that meet only in slack nodes and so do not influence each other.

The voltage of a slack node is fixed, so what happens on one side of it cannot be felt on the other: the load flows of
the areas together are exactly the load flow of the grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.model.grid import NODE_OUT, NODE_SLACK, Grid, GridArrays

BRANCH_ARRAYS = (
    *("y_ff", "y_ft", "y_tf", "y_tt", "branch_in_service", "from_percent_per_pu", "to_percent_per_pu"),
    *("rating_mva", "limit_percent", "outage_limit_percent", "rating_percent", "nominal_kv"),
)
NODE_ARRAYS = (
    *("y_shunt", "s_constant_current", "node_kind", "vm_set_pu", "vm_min_pu", "vm_max_pu", "va_set_radian"),
    *("p_pu", "q_pu"),
)


@dataclass(frozen=True, eq=False)
class Area:
    """One electrical area with its own arrays; slack nodes that it shares with others are copied into each."""

    name: str
    """the first bus in it that is no slack"""
    arrays: GridArrays
    nodes: NDArray[np.int32]
    """[node of the area], node of the grid"""
    branches: NDArray[np.int32]
    """[branch of the area], branch of the grid"""
    outages: NDArray[np.int32]
    """[outage of the area], outage of the grid"""
    bus_rows: NDArray[np.int32]
    """rows of `grid.bus_ids` whose bus is in the area, slack buses included"""
    splitting: NDArray[np.bool_]
    """[outage of the area], the outage takes voltage from part of the area in the state of the net as read"""


def split_areas(grid: Grid) -> tuple[Area, ...]:
    """Areas of the union graph, candidates included, so that they hold in every state; the largest comes first.

    A branch between two slack nodes is an area of its own. What no slack can ever reach is in no area.
    """
    arrays = grid.arrays
    inner = (arrays.node_kind != NODE_SLACK) & (arrays.node_kind != NODE_OUT)
    members = [np.array(sorted(part), dtype=np.int32) for part in _components(arrays, inner)]
    area_of = np.full(arrays.n_node, -1, dtype=np.int32)
    for number, part in enumerate(members):
        area_of[part] = number
    branch_area = np.maximum(area_of[arrays.from_node], area_of[arrays.to_node])
    areas = []
    for number, part in enumerate(members):
        branches = np.flatnonzero(branch_area == number).astype(np.int32)
        ends = np.concatenate([arrays.from_node[branches], arrays.to_node[branches]])
        if (arrays.node_kind[ends] == NODE_SLACK).any():
            areas.append(cut_out(grid, part, branches))
    slack_ends = (arrays.node_kind[arrays.from_node] == NODE_SLACK) & (arrays.node_kind[arrays.to_node] == NODE_SLACK)
    areas += [cut_out(grid, np.zeros(0, np.int32), np.array([b], np.int32)) for b in np.flatnonzero(slack_ends)]
    return tuple(sorted(areas, key=lambda area: -area.arrays.n_node))


def splitting_outages(arrays: GridArrays, branch_in_service: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`[outage]` whether an outage takes the voltage from a node that has it in this state.

    The outage of one branch does so when the branch is a bridge of the graph in which all slack nodes are one.
    """
    import networkx

    slack = arrays.node_kind == NODE_SLACK
    usable = arrays.node_kind != NODE_OUT
    closed = branch_in_service & usable[arrays.from_node] & usable[arrays.to_node]
    merged = np.where(slack, -1, np.arange(arrays.n_node))
    f, t = merged[arrays.from_node], merged[arrays.to_node]
    graph: Any = networkx.Graph()
    graph.add_node(-1)
    circuits: dict[tuple[int, int], list[int]] = {}
    for branch in np.flatnonzero(closed & (f != t)):
        circuits.setdefault((int(min(f[branch], t[branch])), int(max(f[branch], t[branch]))), []).append(int(branch))
    graph.add_edges_from(circuits)
    live = networkx.node_connected_component(graph, -1)
    graph = graph.subgraph(live)
    bridges = {(min(u, v), max(u, v)) for u, v in networkx.bridges(graph)}
    splitting = np.zeros(arrays.n_outage, dtype=bool)
    for outage in range(arrays.n_outage):
        out = set(arrays.outage_branch[arrays.outage_start[outage] : arrays.outage_start[outage + 1]].tolist())
        pairs = {
            (int(min(f[b], t[b])), int(max(f[b], t[b]))) for b in out if closed[b] and f[b] != t[b] and f[b] in live
        }
        gone = [pair for pair in pairs if not set(circuits[pair]) - out]
        if len(gone) == 1:
            splitting[outage] = gone[0] in bridges
        elif gone:
            rest = networkx.Graph(graph)
            rest.remove_edges_from(gone)
            splitting[outage] = len(networkx.node_connected_component(rest, -1)) < len(live)
    return splitting


def _components(arrays: GridArrays, inner: NDArray[np.bool_]) -> list[set[int]]:
    import networkx

    graph: Any = networkx.Graph()
    graph.add_nodes_from(np.flatnonzero(inner).tolist())
    both = inner[arrays.from_node] & inner[arrays.to_node]
    graph.add_edges_from(zip(arrays.from_node[both].tolist(), arrays.to_node[both].tolist(), strict=True))
    return list(networkx.connected_components(graph))


def cut_out(grid: Grid, inner: NDArray[np.int32], branches: NDArray[np.int32]) -> Area:
    """The area of these nodes and branches, with the other ends of the branches."""
    arrays = grid.arrays
    ends = np.concatenate([arrays.from_node[branches], arrays.to_node[branches]])
    nodes = np.union1d(inner, ends).astype(np.int32)
    number = np.full(arrays.n_node, -1, dtype=np.int32)
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    row_of = np.full(arrays.n_branch, -1, dtype=np.int32)
    row_of[branches] = np.arange(len(branches), dtype=np.int32)
    sets = [
        row_of[arrays.outage_branch[arrays.outage_start[k] : arrays.outage_start[k + 1]]]
        for k in range(arrays.n_outage)
    ]
    outages = np.array([k for k, rows in enumerate(sets) if (rows >= 0).any()], dtype=np.int32)
    kept = [sets[k][sets[k] >= 0] for k in outages]
    outage_of = np.full(arrays.n_outage, -1, dtype=np.int32)
    outage_of[outages] = np.arange(len(outages), dtype=np.int32)
    outage, marker, branch, closed = arrays.switchings.T
    switchings = np.column_stack([outage_of[outage], row_of[marker], row_of[branch], closed])
    one_way = arrays.one_way_limits[row_of[arrays.one_way_limits[:, 0]] >= 0]
    part = GridArrays(
        base_mva=arrays.base_mva,
        from_node=number[arrays.from_node[branches]],
        to_node=number[arrays.to_node[branches]],
        outage_start=np.cumsum([0, *map(len, kept)], dtype=np.int32),
        outage_branch=np.concatenate([np.zeros(0, np.int32), *kept]).astype(np.int32),
        outage_elements=tuple(arrays.outage_elements[k] for k in outages),
        switchings=switchings[(switchings >= 0).all(axis=1)],
        one_way_limits=np.column_stack([row_of[one_way[:, 0]], one_way[:, 1]]),
        **{name: getattr(arrays, name)[branches] for name in BRANCH_ARRAYS},
        **{name: getattr(arrays, name)[nodes] for name in NODE_ARRAYS},
    )
    bus_rows = np.flatnonzero((grid.bus_node >= 0) & (number[np.maximum(grid.bus_node, 0)] >= 0)).astype(np.int32)
    own = [row for row in bus_rows if arrays.node_kind[grid.bus_node[row]] != NODE_SLACK]
    first = own[0] if own else bus_rows[0] if len(bus_rows) else None
    label = "" if first is None else grid.bus_name[first] or f"bus {grid.bus_ids[first]}"
    return Area(
        name=label,
        arrays=part,
        nodes=nodes,
        branches=branches,
        outages=outages,
        bus_rows=bus_rows,
        splitting=splitting_outages(part, part.branch_in_service),
    )
