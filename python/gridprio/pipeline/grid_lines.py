"""Table `grid_lines`: the lines of the grid on the map, and which projects bring them or take them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from gridprio.cells import SimulatedCells
from gridprio.grid.union import UnionGrid
from gridprio.inputs.schema import Station
from gridprio.model.grid import branch_name
from gridprio.pipeline.grid_places import NOWHERE, node_places
from gridprio.pipeline.session import Session

COLUMNS = (
    "branch", "from_station_id", "to_station_id", "from_longitude", "from_latitude", "to_longitude", "to_latitude",
    "nominal_kv", "rating_mva", "in_service", "added_by", "removed_by",
)  # fmt: skip


def grid_line_tables(session: Session) -> dict[str, pd.DataFrame]:
    """Nothing where the study has no grid. Ends are at the coordinates of the bus, else at those of its station."""
    cells = session.cells
    if not isinstance(cells, SimulatedCells):
        return {}
    return {"grid_lines": pd.DataFrame(_rows(session.study.stations, cells.grid.union), columns=list(COLUMNS))}


def _rows(stations: Sequence[Station], union: UnionGrid) -> Iterator[tuple[object, ...]]:
    grid, arrays, before = union.grid, union.grid.arrays, union.in_service()
    places, lies_at = node_places(stations, union), grid.place_node()
    with_project = {project: union.in_service([project]) for project in union.project_ids}
    for row, branch in enumerate(grid.branch_ids):
        if branch[0] != "line" or branch in grid.twin_of:
            continue
        ends = [places.get(int(lies_at[nodes[row]]), NOWHERE) for nodes in (arrays.from_node, arrays.to_node)]
        changing = [project for project, mask in with_project.items() if mask[row] != before[row]]
        added, removed = ("", " ".join(changing)) if before[row] else (" ".join(changing), "")
        yield (
            branch_name(branch), ends[0][0], ends[1][0], *ends[0][1:], *ends[1][1:],
            float(arrays.nominal_kv[row]), float(arrays.rating_mva[row]), bool(before[row]), added, removed,
        )  # fmt: skip
