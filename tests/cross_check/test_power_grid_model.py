"""power-grid-model JSON: against its own validation cases, and against its solver on a grid with every component."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gridprio import read_grid, solve_load_flow
from gridprio.errors import InputError
from gridprio.model.grid import Grid

SHARED = Path(os.environ.get("GRIDPRIO_SHARED", Path(__file__).parents[3] / "shared"))
CASES = SHARED / "cases" / "pgm"


def case_file(case: str, name: str) -> Any:
    path = CASES / case / name
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    return json.loads(path.read_text())


def grid_of(content: Any, folder: Path) -> Grid:
    path = folder / "input.json"
    path.write_text(json.dumps(content))
    return read_grid(path)


def assert_same(grid: Grid, expected: Any, backend: str, rtol: float, atol: float) -> None:
    flows = solve_load_flow(grid, tolerance_mva=1e-10, backend=backend)
    assert flows.status[0] == 0
    for node in expected["node"]:
        bus = np.searchsorted(grid.bus_ids, node["id"])
        if not node.get("energized", 1):
            assert np.isnan(flows.vm_pu[0, bus])
            continue
        ours = flows.vm_pu[0, bus] * np.exp(1j * np.radians(flows.va_degree[0, bus]))
        assert ours == pytest.approx(node["u_pu"] * np.exp(1j * node["u_angle"]), rel=rtol, abs=atol)
    for line in expected.get("line", []):
        loading = flows.loading_percent[0, grid.branch_ids.index(("line", line["id"]))] / 100
        assert loading == pytest.approx(line["loading"], rel=10 * rtol, abs=10 * atol)


def test_station_with_two_substations(tmp_path: Path, backend: str) -> None:
    grid = grid_of(case_file("1os2msr", "input.json"), tmp_path)
    params = case_file("1os2msr", "params.json")
    expected = case_file("1os2msr", "sym_output.json")["data"]
    assert_same(grid, expected, backend, params["rtol"], params["atol"])


def test_three_winding_transformer_at_every_tap(tmp_path: Path, backend: str) -> None:
    case = "three-winding-transformer"
    content, params = case_file(case, "input.json"), case_file(case, "params.json")
    expected = case_file(case, "sym_output_batch.json")["data"]
    updates = case_file(case, "update_batch.json")["data"]
    base = json.dumps(content)
    for update, result in zip(updates, expected, strict=True):
        content = json.loads(base)
        for component, rows in update.items():
            for row in rows:
                next(r for r in content["data"][component] if r["id"] == row["id"]).update(row)
        assert_same(grid_of(content, tmp_path), result, backend, params["rtol"], params["atol"])


def every_component() -> dict[str, Any]:
    """A radial and meshed grid with each component that is read, taps off nominal, open ends and all load types."""
    kv = {1: 150e3, 2: 150e3, 3: 50e3, 4: 10.5e3, 5: 10.5e3, 6: 10.5e3, 7: 10.5e3, 8: 52e3, 9: 10.5e3}
    line = {"from_status": 1, "to_status": 1, "tan1": 0.02, "i_n": 400.0}
    load = {"status": 1, "type": 0}
    taps = {"tap_min": -10, "tap_max": 10, "tap_nom": 0}
    data = {
        "node": [{"id": i, "u_rated": u} for i, u in kv.items()],
        "source": [{"id": 10, "node": 1, "status": 1, "u_ref": 1.03, "u_ref_angle": 0.1, "sk": 5e9, "rx_ratio": 0.2}],
        "line": [
            {"id": 20, "from_node": 1, "to_node": 2, "r1": 0.5, "x1": 4.0, "c1": 1e-7, **line},
            {"id": 21, "from_node": 4, "to_node": 5, "r1": 0.1, "x1": 0.1, "c1": 3e-7, **line},
            {"id": 22, "from_node": 5, "to_node": 6, "r1": 0.2, "x1": 0.1, "c1": 4e-7, **line},
            {"id": 23, "from_node": 4, "to_node": 6, "r1": 0.2, "x1": 0.1, "c1": 4e-7, **line, "to_status": 0},
        ],
        "link": [{"id": 30, "from_node": 6, "to_node": 7, "from_status": 1, "to_status": 1}],
        "transformer": [
            {
                **{"id": 40, "from_node": 1, "to_node": 4, "from_status": 1, "to_status": 1, "u1": 150e3, "u2": 10.5e3},
                **{"sn": 60e6, "uk": 0.203, "pk": 200e3, "i0": 0.002, "p0": 40e3, "clock": 5},
                **{"winding_from": 1, "winding_to": 2, "tap_side": 0, "tap_pos": 3, **taps, "tap_size": 2.5e3},
                **{"uk_min": 0.19, "uk_max": 0.22, "pk_min": 190e3, "pk_max": 230e3},
            }
        ],
        "three_winding_transformer": [
            {
                **{"id": 50, "node_1": 2, "node_2": 3, "node_3": 9, "status_1": 1, "status_2": 1, "status_3": 1},
                **{"u1": 152e3, "u2": 51e3, "u3": 10.5e3, "sn_1": 100e6, "sn_2": 80e6, "sn_3": 30e6},
                **{"uk_12": 0.15, "uk_13": 0.12, "uk_23": 0.09, "pk_12": 300e3, "pk_13": 90e3, "pk_23": 80e3},
                **{"i0": 0.001, "p0": 50e3, "winding_1": 1, "winding_2": 1, "winding_3": 2, "clock_12": 0},
                **{"clock_13": 5, "tap_side": 0, "tap_pos": -4, **taps, "tap_size": 2e3},
            }
        ],
        "generic_branch": [
            {
                **{"id": 60, "from_node": 3, "to_node": 8, "from_status": 1, "to_status": 1, "r1": 0.3, "x1": 2.0},
                **{"g1": 1e-6, "b1": -2e-6, "k": 1.02, "theta": 0.05, "sn": 40e6},
            }
        ],
        "shunt": [{"id": 70, "node": 8, "status": 1, "g1": 1e-5, "b1": 2e-3, "g0": 0.0, "b0": 0.0}],
        "sym_load": [
            {"id": 80, "node": 5, **load, "p_specified": 3e6, "q_specified": 1e6},
            {"id": 81, "node": 6, **load, "type": 1, "p_specified": 2e6, "q_specified": 0.7e6},
            {"id": 82, "node": 7, **load, "type": 2, "p_specified": 1e6, "q_specified": 0.4e6},
            {"id": 83, "node": 7, **load, "p_specified": 1.5e6, "q_specified": 0.3e6},
            {"id": 84, "node": 9, **load, "p_specified": 8e6, "q_specified": 2e6},
            {"id": 85, "node": 8, **load, "p_specified": 20e6, "q_specified": 5e6},
            {"id": 86, "node": 8, **load, "status": 0, "p_specified": 99e6, "q_specified": 0.0},
        ],
        "sym_gen": [{"id": 90, "node": 5, **load, "p_specified": 1.2e6, "q_specified": -0.1e6}],
    }
    return {"version": "1.0", "type": "input", "is_batch": False, "attributes": {}, "data": data}


def test_every_component_against_its_own_solver(tmp_path: Path, backend: str) -> None:
    pgm = pytest.importorskip("power_grid_model")
    from power_grid_model.utils import json_deserialize

    content = every_component()
    solver = pgm.PowerGridModel(json_deserialize(json.dumps(content)))
    result = solver.calculate_power_flow(error_tolerance=1e-10)
    expected = {
        component: [dict(zip(result[component].dtype.names, row, strict=True)) for row in result[component].tolist()]
        for component in ("node", "line")
    }
    # A link is 1e-6 of a per-unit impedance there and nothing here.
    assert_same(grid_of(content, tmp_path), expected, backend, 1e-6, 1e-6)


def test_rows_may_be_lists(tmp_path: Path) -> None:
    content = every_component()
    rows = content["data"]["sym_gen"]
    content["attributes"] = {"sym_gen": list(rows[0])}
    content["data"]["sym_gen"] = [list(row.values()) for row in rows]
    grid = grid_of(content, tmp_path)
    assert grid.p_mw[grid.bus_ids == 5] == pytest.approx(1.2 - 3)


def test_components_that_are_not_read_are_named(tmp_path: Path) -> None:
    content = every_component()
    content["data"]["asym_line"] = [{"id": 99}]
    content["data"]["generic_branch"][0]["b1"] = 1e-6
    del content["data"]["line"][0]["r1"]
    with pytest.raises(InputError) as raised:
        grid_of(content, tmp_path)
    assert {p.file for p in raised.value.problems} == {"asym_line", "generic_branch", "line"}
