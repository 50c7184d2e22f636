"""Where the nodes of a grid lie: their stations and coordinates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridprio.grid.union import UnionGrid
from gridprio.inputs.schema import Station

Place = tuple[str, float, float]
"""Stations separated by blanks, longitude and latitude; empty and NaN where they are not known."""
NOWHERE: Place = ("", np.nan, np.nan)


def node_places(stations: Sequence[Station], union: UnionGrid) -> dict[int, Place]:
    """A node is at the stations that transformers join it with; at its own coordinates, else at those of a station."""
    grid, site = union.grid, _sites(union)
    of_bus = {bus: station for station in stations for bus in union.station_buses[station.station_id]}
    at_site: dict[int, list[Station]] = {}
    buses = list(zip(grid.bus_ids.tolist(), grid.bus_node.tolist(), grid.bus_xy.tolist(), strict=True))
    for bus, node, _ in buses:
        if bus in of_bus and node >= 0 and of_bus[bus] not in at_site.setdefault(site[node], []):
            at_site[site[node]].append(of_bus[bus])
    found: dict[int, Place] = {}
    for _, node, (longitude, latitude) in buses:
        here = at_site.get(site[node], []) if node >= 0 else []
        known = [(s.longitude, s.latitude) for s in here if s.longitude is not None and s.latitude is not None]
        if np.isnan(longitude) and known:
            longitude, latitude = known[0]
        if node not in found or np.isnan(found[node][1]):
            found[node] = (" ".join(s.station_id for s in here), longitude, latitude)
    return found


def _sites(union: UnionGrid) -> list[int]:
    """[node], the part of the grid that is connected without a line."""
    grid, arrays = union.grid, union.grid.arrays
    inside = np.array([branch[0] != "line" for branch in grid.branch_ids], bool)
    ends = arrays.from_node[inside], arrays.to_node[inside]
    joined = coo_array((np.ones(len(ends[0])), ends), shape=(arrays.n_node, arrays.n_node))
    sites: list[int] = connected_components(joined, directed=False)[1].tolist()
    return sites
