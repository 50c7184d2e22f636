"""The bottleneck between the feeding points and a node: the minimum cut on ratings, and what supplies it alone.

Ford and Fulkerson (1956), Maximal flow through a network: the largest flow equals the smallest cut. Impedances and
voltages do not count, so no load flow brings more over the cut than its ratings; it may bring less. A limit of one
direction is none for power that flows the other way.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from gridprio.model.grid import NODE_SLACK, GridArrays

_FEED = -1
"""Node that stands for all slack nodes."""


@dataclass(frozen=True, eq=False)
class Bottleneck:
    """What stands between the feeding points and a node; nothing at all where the node is without supply."""

    branches: tuple[int, ...]
    """of the minimum cut; none where there is no limit"""
    mva: float
    """sum of their ratings; infinite without a limit, 0 without supply"""
    largest_mva: float
    """rating of the largest of them"""
    behind: NDArray[np.bool_]
    """[node], on the side of the node"""
    alone: tuple[int, ...]
    """branches each of which alone leaves the node without supply when it is out"""


def bottleneck(
    grid: GridArrays, branch_in_service: NDArray[np.bool_], node: int, *, feed_in: bool = False
) -> Bottleneck:
    """The minimum cut of the branches in service, for demand of the node, or for what it feeds in.

    A branch without a rating limits nothing.
    """
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(grid.n_node))
    rows = np.flatnonzero(branch_in_service).tolist()
    at_slack = grid.node_kind == NODE_SLACK
    ends = {
        row: tuple(_FEED if at_slack[end] else int(end) for end in (grid.from_node[row], grid.to_node[row]))
        for row in rows
    }
    graph.add_edges_from((*ends[row], row) for row in rows if ends[row][0] != ends[row][1])
    behind = np.zeros(grid.n_node, dtype=np.bool_)
    if at_slack[node] or _FEED not in graph or not nx.has_path(graph, _FEED, node):
        return Bottleneck((), float("inf") if at_slack[node] else 0.0, 0.0, behind, ())
    bridges = {frozenset(pair) for pair in nx.bridges(graph)}
    path = nx.shortest_path(graph, _FEED, node)
    alone = [row for a, b in pairwise(path) if frozenset((a, b)) in bridges for row in graph[a][b]]
    limits, way_of = nx.DiGraph(), dict(grid.one_way_limits.tolist())
    limits.add_nodes_from(graph)
    for _, _, row in graph.edges(keys=True):
        rating = float(grid.rating_mva[row])
        for way, (a, b) in ((1, ends[row]), (-1, ends[row][::-1])):
            here, there = (b, a) if feed_in else (a, b)
            mva = rating if rating > 0 and way_of.get(row, way) == way else float("inf")
            before = limits[here][there]["mva"] if limits.has_edge(here, there) else 0.0
            limits.add_edge(here, there, mva=before + mva)
    for _, _, data in limits.edges(data=True):
        if not np.isfinite(data["mva"]):
            del data["mva"]  # networkx takes an edge without capacity for one without limit
    try:
        mva, (_, side) = nx.minimum_cut(limits, _FEED, node, capacity="mva")
    except nx.NetworkXUnbounded:
        return Bottleneck((), float("inf"), 0.0, behind, tuple(alone))
    cut = [row for row, (a, b) in ends.items() if (a in side) != (b in side)]
    behind[list(side)] = True
    return Bottleneck(tuple(cut), float(mva), float(grid.rating_mva[cut].max()), behind, tuple(alone))
