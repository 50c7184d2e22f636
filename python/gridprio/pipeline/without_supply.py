"""What lies without supply when branches are out: islands and their stations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridprio.cells.study_grid import StudyGrid
from gridprio.model.grid import NODE_SLACK, GridArrays


class WithoutSupply(NamedTuple):
    islands: int
    """parts of the grid in which somebody draws and that no slack bus reaches"""
    stations: str
    """separated by blanks"""


def without_supply(
    grid: StudyGrid, arrays: GridArrays, area: int, closed: NDArray[np.bool_], draws: NDArray[np.bool_]
) -> WithoutSupply:
    """Of area `area` of the cell cache with the branches `closed`; `draws` [node]: somebody draws there."""
    part, dead = _islands(arrays, closed)
    stations = [name for name, node in grid.station_nodes(area).items() if dead[node]]
    return WithoutSupply(len(np.unique(part[dead & draws])), " ".join(stations))


def nodes_without_supply(arrays: GridArrays, closed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[node], that no slack bus reaches over the branches `closed`."""
    return _islands(arrays, closed)[1]


def _islands(arrays: GridArrays, closed: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """[node], the part of the grid that it is in, and whether no slack bus is there."""
    ends = arrays.from_node[closed], arrays.to_node[closed]
    links = coo_array((np.ones(len(ends[0])), ends), shape=(arrays.n_node, arrays.n_node))
    _, part = connected_components(links, directed=False)
    return part, ~np.isin(part, part[arrays.node_kind == NODE_SLACK])
