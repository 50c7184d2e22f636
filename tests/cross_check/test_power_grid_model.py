"""power-grid-model JSON: its published validation cases, and its solver's result for a grid with every component."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gridprio import read_grid, solve_load_flow
from gridprio.errors import InputError
from gridprio.model.flows import LoadFlows, LoadFlowStatus
from gridprio.model.grid import Grid
from tests.external import EXTERNAL, read_external

CASES = (
    *("constant_impedance", "distribution", "every_component", "generator", "line", "links", "load", "node", "shunt"),
    *("source", "sources_with_angle", "three_winding_transformer_idle", "three_winding_transformer_loaded"),
    *("three_winding_transformer_taps", "transformer", "transmission", "two_feeders", "vision"),
)


def grid_of(content: Any, folder: Path) -> Grid:
    path = folder / "input.json"
    path.write_text(json.dumps(content))
    return read_grid(path)


def content_of(grid: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """power-grid-model's own JSON of a case in `tests/cases/external`, in one of its states."""
    data = {}
    for component, table in grid.items():
        rows = [{**table.get("same_in_all", {}), **dict(zip(table["columns"], r, strict=True))} for r in table["rows"]]
        data[component] = [row | change.get(component, {}).get(str(row["id"]), {}) for row in rows]
    return {"version": "1.0", "type": "input", "is_batch": False, "attributes": {}, "data": data}


def solved(grid: Grid, backend: str) -> LoadFlows:
    flows = solve_load_flow(grid, tolerance_mva=1e-10, backend=backend)
    assert flows.status[0] == LoadFlowStatus.CONVERGED
    return flows


def voltages(flows: LoadFlows, nodes: list[int]) -> Any:
    """Complex voltage in pu of the nodes with these ids, NaN where de-energised."""
    at = np.searchsorted(flows.grid.bus_ids, nodes)
    assert flows.grid.bus_ids[at].tolist() == nodes
    return flows.v_pu[0, at]


def loadings(flows: LoadFlows, branches: list[tuple[str, int]]) -> Any:
    return flows.loading_percent[0, [flows.grid.branch_ids.index(branch) for branch in branches]] / 100


@pytest.fixture(scope="module")
def grids(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[tuple[Grid, Any]]]:
    """The grid and the content of each state of a case; each is read once for all backends."""
    folder = tmp_path_factory.mktemp("states")

    @cache
    def read(name: str) -> list[tuple[Grid, Any]]:
        case = read_external(f"power_flow/{name}.json")
        contents = [content_of(case["grid"], state.get("change", {})) for state in case["states"]]
        return [(grid_of(content, folder), content["data"]) for content in contents]

    return read


@pytest.mark.parametrize("name", CASES)
def test_published_results(name: str, grids: Callable[[str], list[tuple[Grid, Any]]], backend: str) -> None:
    case = read_external(f"power_flow/{name}.json")
    for state, (grid, data) in zip(case["states"], grids(name), strict=True):
        compare = compare_rounded if "u_volt" in state else compare_state
        compare(state, data, solved(grid, backend), case["tolerance"])


def compare_state(state: Any, _: Any, flows: LoadFlows, tolerance: Mapping[str, float]) -> None:
    within = {"rtol": tolerance["relative"], "atol": tolerance["absolute"]}
    nodes, u_pu, u_angle = zip(*state["voltage"]["rows"], strict=True)
    expected = np.array(u_pu, dtype=float) * np.exp(1j * np.array(u_angle, dtype=float))
    np.testing.assert_allclose(voltages(flows, list(nodes)), expected, **within)
    if "loading" in state:
        branches = [(component, i) for component, i, _ in state["loading"]["rows"]]
        expected = [loading for _, _, loading in state["loading"]["rows"]]
        np.testing.assert_allclose(loadings(flows, branches), expected, **within)


def compare_rounded(state: Any, data: Any, flows: LoadFlows, tolerance: Mapping[str, float]) -> None:
    """Results published to the volt and the ampere."""
    rated_volt = {row["id"]: row["u_rated"] for row in data["node"]}
    nodes, u_volt = zip(*state["u_volt"]["rows"], strict=True)
    ours = np.abs(voltages(flows, list(nodes))) * [rated_volt[node] for node in nodes]
    np.testing.assert_allclose(ours, u_volt, rtol=tolerance["relative"], atol=tolerance["u_volt"])
    rated_ampere = {row["id"]: row["i_n"] for row in data["line"]}
    branches = [(component, i) for component, i, _ in state["i_ampere"]["rows"]]
    ours = loadings(flows, branches) * [rated_ampere[i] for _, i in branches]
    expected = [current for _, _, current in state["i_ampere"]["rows"]]
    np.testing.assert_allclose(ours, expected, rtol=tolerance["relative"], atol=tolerance["i_ampere"])


def test_every_case_is_named_with_origin_and_licence() -> None:
    assert sorted(path.stem for path in (EXTERNAL / "power_flow").glob("*.json")) == sorted(CASES)
    for name in CASES:
        case = read_external(f"power_flow/{name}.json")
        assert case["name"] == name
        assert case["origin"] and case["licence"] in ("MPL-2.0", "Apache-2.0")


def every_component() -> dict[str, Any]:
    """A grid with each component that is read, taps off nominal, open ends and all load types."""
    return content_of(read_external("power_flow/every_component.json")["grid"], {})


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
    del content["data"]["line"][0]["r1"]
    with pytest.raises(InputError) as raised:
        grid_of(content, tmp_path)
    assert {p.file for p in raised.value.problems} == {"asym_line", "line"}


@pytest.mark.parametrize("b1", [-4e-6, 5e-5])
def test_the_susceptance_of_a_generic_branch_is_two_shunts(tmp_path: Path, b1: float) -> None:
    """Of either sign: half at the to node, half at the from node behind the ratio."""
    content, apart = every_component(), every_component()
    branch, bare = (c["data"]["generic_branch"][0] for c in (content, apart))
    branch["b1"], bare["b1"] = b1, 0.0
    kv = {node["id"]: node["u_rated"] for node in apart["data"]["node"]}
    far, near = branch["to_node"], branch["from_node"]
    ratio = branch["k"] * kv[near] / kv[far]
    apart["data"]["shunt"] += [
        {"id": 900, "node": far, "status": 1, "g1": 0.0, "b1": b1 / 2, "g0": 0.0, "b0": 0.0},
        {"id": 901, "node": near, "status": 1, "g1": 0.0, "b1": b1 / 2 / ratio**2, "g0": 0.0, "b0": 0.0},
    ]
    one, two = (solved(grid_of(c, tmp_path), "reference") for c in (content, apart))
    np.testing.assert_allclose(one.v_pu, two.v_pu, rtol=0, atol=1e-9)
