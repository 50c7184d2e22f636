"""A grid that was read against the independent solver: voltages, two-ports, currents and loadings, also per outage."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gridprio import read_grid, solve_load_flow
from gridprio.model.flows import LoadFlowStatus
from gridprio.model.grid import Grid

from .solver import Solution, solve
from .tables import Tables, branch_ids

TOLERANCE = 1e-8


def grid_of(text: str, folder: Path) -> Grid:
    path = folder / "case.m"
    path.write_text(text, encoding="utf-8")
    return read_grid(path)


def assert_solves_alike(grid: Grid, tables: Tables, backend: str = "rust", outages: bool = True) -> None:
    ids = branch_ids(tables)
    assert sorted(grid.branch_ids) == sorted(ids)
    assert sorted(grid.outage_ids) == sorted(ids)
    row_of = [grid.branch_ids.index(name) for name in ids]
    cases = [None, *range(len(ids))] if outages else [None]
    rows = [-1 if case is None else grid.outage_ids.index(ids[case]) for case in cases]
    flows = solve_load_flow(grid, outage=np.array(rows), backend=backend, tolerance_mva=1e-9)
    place = [grid.bus_ids.tolist().index(int(number) - 1) for number in tables.bus[:, 0]]
    for case, outage in enumerate(cases):
        if outage is not None and not tables.branch[outage, 10]:
            continue
        expected = solve(tables, outage)
        assert flows.status[case] == LoadFlowStatus.CONVERGED, outage
        v = flows.v_pu[case][place]
        np.testing.assert_allclose(v, expected.v, rtol=0, atol=TOLERANCE, err_msg=f"outage of row {outage}")
        loading = np.where(np.isnan(expected.v[_ends(tables)]).any(axis=1), 0.0, expected.loading_percent)
        ours = flows.loading_percent[case][row_of]
        np.testing.assert_allclose(ours, loading, rtol=TOLERANCE, atol=1e-6, err_msg=f"outage of row {outage}")
    _assert_same_two_ports(grid, tables, row_of, solve(tables))


def _ends(tables: Tables) -> np.ndarray:
    row = {number: at for at, number in enumerate(tables.bus[:, 0])}
    return np.array([[row[f], row[t]] for f, t in tables.branch[:, :2]], dtype=int).reshape(-1, 2)


def _assert_same_two_ports(grid: Grid, tables: Tables, row_of: list[int], expected: Solution) -> None:
    a = grid.arrays
    node = dict(zip(grid.bus_ids.tolist(), grid.bus_node.tolist(), strict=True))
    for row, at in enumerate(row_of):
        if not a.branch_in_service[at]:
            continue
        ours = np.array([a.y_ff[at], a.y_ft[at], a.y_tf[at], a.y_tt[at]])
        if node[int(tables.branch[row, 0]) - 1] != a.from_node[at]:
            ours = ours[::-1]
        largest = np.abs(expected.two_ports[row]).max()
        np.testing.assert_allclose(ours, expected.two_ports[row], rtol=0, atol=TOLERANCE * largest)
