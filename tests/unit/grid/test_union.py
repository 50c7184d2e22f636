"""Projects on one union grid: every state equals a net built with those projects, and the base comes back."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from gridprio import read_grid, solve_load_flow
from gridprio.errors import InputError
from gridprio.grid import UnionGrid, build_union
from gridprio.inputs.enumerations import ChangeAction, Direction, Maturity
from gridprio.inputs.schema import Project, ProjectChange, Station
from gridprio.model.flows import LoadFlows

from .nets import small_province

STATIONS = [Station(station_id=f"S{i}", name=f"S{i}", buses=(10 + i,)) for i in range(3)]
CHANGES = [
    ProjectChange(
        project_id="ring",
        action="add_line",
        from_bus=1,
        to_bus=20,
        std_type="Cable 150 kV 2000 Cu",
        length_km=9,
        parallel=2,
    ),
    ProjectChange(project_id="ring", action="add_bus", bus=20, vn_kv=150, station_id="S1"),
    ProjectChange(
        project_id="ring", action="add_line", from_bus=20, to_bus=2, std_type="Cable 150 kV 2000 Cu", length_km=4
    ),
    ProjectChange(project_id="uprate", action="replace_line", element="line:3", std_type="OHL 150 kV 400 MVA"),
    ProjectChange(project_id="uprate", action="out_for_works", element="line:3"),
    ProjectChange(project_id="near", action="out_for_works", element="line:3"),
    ProjectChange(project_id="second", action="add_trafo", from_bus=2, to_bus=12, std_type="80 MVA 150/10.5 kV"),
    ProjectChange(project_id="bigger", action="replace_trafo", element="trafo:1", std_type="100 MVA 150/10.5 kV"),
    ProjectChange(project_id="coupler", action="switch_element", element="switch:0", closed=True),
    ProjectChange(project_id="far_end", action="switch_element", element="switch:1", closed=True),
    ProjectChange(project_id="town", action="change_demand", station_id="S1", p_mw=12, profile="flat"),
    ProjectChange(project_id="town", action="transfer_load", station_id="S1", to_station_id="S2", share=0.25),
]
GRID_PROJECTS = ("ring", "uprate", "second", "bigger", "coupler", "far_end")


@pytest.fixture(scope="module")
def union() -> UnionGrid:
    return build_union(small_province(), STATIONS, CHANGES)


def built_by_hand(installed: tuple[str, ...]) -> Any:
    """The net that a person would draw with these projects, with nothing else in it."""
    net = small_province()
    if "ring" in installed:
        pp.create_bus(net, 150, index=20)
        pp.create_line(net, 1, 20, 9, "Cable 150 kV 2000 Cu", parallel=2)
        pp.create_line(net, 20, 2, 4, "Cable 150 kV 2000 Cu")
    if "uprate" in installed:
        pp.change_std_type(net, 3, "OHL 150 kV 400 MVA", "line")
    if "second" in installed:
        pp.create_transformer(net, 2, 12, "80 MVA 150/10.5 kV", tap_pos=-2)
        net.trafo["shift_degree"] = 150.0
    if "bigger" in installed:
        pp.change_std_type(net, 1, "100 MVA 150/10.5 kV", "trafo")
        net.trafo["shift_degree"] = 150.0
    net.switch.at[0, "closed"] = "coupler" in installed
    net.switch.at[1, "closed"] = "far_end" in installed
    return net


def solve(union: UnionGrid, installed: tuple[str, ...], in_works: tuple[str, ...] = ()) -> LoadFlows:
    mask = union.in_service(installed, in_works)
    return solve_load_flow(union.variant(installed), in_service=mask, tolerance_mva=1e-10, backend="reference")


def assert_equal(union: UnionGrid, ours: LoadFlows, net: Any) -> None:
    grid = read_grid(net)
    theirs = solve_load_flow(grid, tolerance_mva=1e-10, backend="reference")
    at = np.searchsorted(union.grid.bus_ids, grid.bus_ids)
    assert ours.status[0] == theirs.status[0] == 0
    np.testing.assert_allclose(ours.vm_pu[0, at], theirs.vm_pu[0], rtol=0, atol=1e-10)
    np.testing.assert_allclose(ours.va_degree[0, at], theirs.va_degree[0], rtol=0, atol=1e-8)


@pytest.mark.parametrize("installed", [(), *((p,) for p in GRID_PROJECTS), ("uprate", "far_end"), GRID_PROJECTS])
def test_a_state_is_the_net_built_with_its_projects(union: UnionGrid, installed: tuple[str, ...]) -> None:
    assert_equal(union, solve(union, installed), built_by_hand(installed))


def test_works_take_the_line_or_what_replaced_it_out(union: UnionGrid) -> None:
    net = built_by_hand(("uprate",))
    net.line.at[3, "in_service"] = False
    assert_equal(union, solve(union, ("uprate",), ("near",)), net)
    assert_equal(union, solve(union, (), ("near",)), net)


def test_base_is_the_net_itself(union: UnionGrid) -> None:
    base = read_grid(small_province())
    n = {table: sum(b[0] == table for b in base.branch_ids) for table in ("line", "trafo")}
    rows = [union.grid.branch_ids.index((table, i)) for table in n for i in range(n[table])]
    for name in ("y_ff", "y_ft", "y_tf", "y_tt", "rating_mva"):
        np.testing.assert_array_equal(getattr(union.grid.arrays, name)[rows], getattr(base.arrays, name))
    assert not np.delete(union.in_service(), rows).any()


def test_each_circuit_of_a_project_fails_by_itself(union: UnionGrid) -> None:
    added = union.elements["ring"].added
    assert len(added) == 3
    assert all(element in union.grid.outage_ids for element in added)


def test_variants_keep_the_axes(union: UnionGrid) -> None:
    variant = union.variant(("coupler", "ring"))
    assert variant is union.variant(("ring", "coupler"))
    assert union.variant(("ring",)) is union.grid
    assert variant.branch_ids == union.grid.branch_ids
    assert variant.outage_ids == union.grid.outage_ids
    assert (variant.bus_ids == union.grid.bus_ids).all()
    assert variant.arrays.n_node == union.grid.arrays.n_node - 1


def test_a_switch_with_impedance_is_a_mask() -> None:
    net = small_province()
    net.switch.at[0, "z_ohm"] = 0.05
    union = build_union(copy.deepcopy(net), STATIONS, [c for c in CHANGES if c.project_id == "coupler"])
    assert union.variant(("coupler",)) is union.grid
    net.switch.at[0, "closed"] = True
    assert_equal(union, solve(union, ("coupler",)), net)


def test_changes_of_load_are_handed_on(union: UnionGrid) -> None:
    (change,), (transfer,) = union.injection_changes, union.transfers
    assert (change.project_id, change.station_id, change.direction, change.p_mw) == ("town", "S1", Direction.DEMAND, 12)
    assert (transfer.station_id, transfer.to_station_id, transfer.share) == ("S1", "S2", 0.25)
    assert union.station_buses["S1"] == (11, 20)


def test_the_net_that_is_given_is_not_changed() -> None:
    net = small_province()
    before = copy.deepcopy(net)
    build_union(net, STATIONS, CHANGES)
    for table in ("bus", "line", "trafo", "switch"):
        assert net[table].equals(before[table])


def change(action: str, **columns: Any) -> ProjectChange:
    return ProjectChange(**{"project_id": "P", "action": ChangeAction(action), **columns})


WRONG = {
    "add_bus needs this column": change("add_bus", bus=30),
    "this bus exists already": change("add_bus", bus=1, vn_kv=150),
    "no such bus": change("add_line", from_bus=0, to_bus=99, std_type="OHL 150 kV 400 MVA", length_km=1),
    "different voltages": change("add_line", from_bus=0, to_bus=11, std_type="OHL 150 kV 400 MVA", length_km=1),
    "both ends are the same": change("add_line", from_bus=0, to_bus=0, std_type="OHL 150 kV 400 MVA", length_km=1),
    "no such type of line": change("replace_line", element="line:1", std_type="OHL 150 kV 400 MW"),
    "for another voltage": change("replace_line", element="line:2", std_type="OHL 380 kV 2500 A"),
    "the grid has no such element": change("replace_line", element="line:77", std_type="OHL 150 kV 400 MVA"),
    "not an element for this action": change("replace_trafo", element="line:1", std_type="60 MVA 150/10.5 kV"),
    "has the lower voltage": change("add_trafo", from_bus=11, to_bus=1, std_type="60 MVA 150/10.5 kV"),
    "no such station": change("change_demand", station_id="S9", p_mw=1, profile="flat"),
    "transferred to where it is": change("transfer_load", station_id="S1", to_station_id="S1", share=0.5),
}


def test_every_problem_of_the_table_at_once() -> None:
    with pytest.raises(InputError) as raised:
        build_union(small_province(), STATIONS, list(WRONG.values()))
    problems = raised.value.problems
    for row, what in enumerate(WRONG, start=2):
        assert any(what in p.what and p.row == row and p.file == "project_changes" for p in problems), what


def test_two_projects_on_one_element_exclude_each_other() -> None:
    rivals = [
        change("replace_line", project_id=p, element="line:1", std_type=t)
        for p, t in (("A", "OHL 150 kV 250 MVA"), ("B", "OHL 150 kV 400 MVA"))
    ]
    with pytest.raises(InputError, match="line:1 is replaced also by 'A'"):
        build_union(small_province(), STATIONS, rivals)
    projects = [
        Project(project_id=p, name=p, operator_id="O", maturity=Maturity.CONCRETE, excludes=x)
        for p, x in (("A", ("B",)), ("B", ()))
    ]
    union = build_union(small_province(), STATIONS, rivals, projects=projects)
    a, b = union.in_service(["A"]), union.in_service(["B"])
    assert (a != b).sum() == 2
    with pytest.raises(InputError, match="no such project"):
        union.in_service(["C"])
