"""Table `grid_lines`: the lines of the grid on the map, and which projects bring them or take them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridprio.cells import SimulatedCells
from gridprio.grid.union import UnionGrid
from gridprio.inputs.schema import Station
from gridprio.model.grid import branch_name
from gridprio.pipeline.session import Session

COLUMNS = (
    "branch", "from_station_id", "to_station_id", "from_longitude", "from_latitude", "to_longitude", "to_latitude",
    "nominal_kv", "rating_mva", "in_service", "added_by", "removed_by",
)  # fmt: skip
Place = tuple[str, float, float]
"""Stations separated by blanks, longitude and latitude; empty and NaN where they are not known."""
NOWHERE: Place = ("", np.nan, np.nan)


def grid_line_tables(session: Session) -> dict[str, pd.DataFrame]:
    """Nothing where the study has no grid. Ends are at the coordinates of the bus, else at those of its station."""
    cells = session.cells
    if not isinstance(cells, SimulatedCells):
        return {}
    return {"grid_lines": pd.DataFrame(_rows(session.study.stations, cells.grid.union), columns=list(COLUMNS))}


def _rows(stations: Sequence[Station], union: UnionGrid) -> Iterator[tuple[object, ...]]:
    grid, arrays, before = union.grid, union.grid.arrays, union.in_service()
    places = _node_places(stations, union)
    with_project = {project: union.in_service([project]) for project in union.project_ids}
    for row, branch in enumerate(grid.branch_ids):
        if branch[0] != "line":
            continue
        ends = [places.get(int(nodes[row]), NOWHERE) for nodes in (arrays.from_node, arrays.to_node)]
        changing = [project for project, mask in with_project.items() if mask[row] != before[row]]
        added, removed = ("", " ".join(changing)) if before[row] else (" ".join(changing), "")
        yield (
            branch_name(branch), ends[0][0], ends[1][0], *ends[0][1:], *ends[1][1:],
            float(arrays.nominal_kv[row]), float(arrays.rating_mva[row]), bool(before[row]), added, removed,
        )  # fmt: skip


def _node_places(stations: Sequence[Station], union: UnionGrid) -> dict[int, Place]:
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
