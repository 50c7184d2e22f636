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
    ends = arrays.from_node[closed], arrays.to_node[closed]
    links = coo_array((np.ones(len(ends[0])), ends), shape=(arrays.n_node, arrays.n_node))
    _, part = connected_components(links, directed=False)
    dead = ~np.isin(part, part[arrays.node_kind == NODE_SLACK])
    stations = [name for name, node in grid.station_nodes(area).items() if dead[node]]
    return WithoutSupply(len(np.unique(part[dead & draws])), " ".join(stations))
