"""A row with `parallel = 2` is what two rows are: load flow, outages, areas, cells, headroom and whole studies."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandapower as pp
import pandas as pd
import pytest

from gridprio import find_violations, read_grid, run_study, solve_load_flow
from gridprio.errors import InputError
from gridprio.grid import split_areas
from gridprio.model.grid import BranchId, Grid, branch_name
from gridprio.pipeline.headroom import study_headroom
from tests.unit.grid.stations import LOAD_MW, read_stations, stations_net, stations_study, two_stations

NAMES = {
    **{f"line:0:{k + 1}": f"line:{k}" for k in range(2)},
    **{f"trafo:{t}:{k + 1}": f"trafo:{2 * t + k}" for t in range(2) for k in range(2)},
}
"""Branch of the net with parallel rows -> the same one where each has a row"""
OF_PROJECTS = {"trafo:2": "trafo:4", "trafo:3": "trafo:5"}


ONE_ROW, TWO_ROWS = two_stations(1, 2), stations_net()


@pytest.fixture(scope="module")
def grids() -> tuple[Grid, Grid]:
    return read_grid(ONE_ROW), read_grid(TWO_ROWS)


def name(branch: BranchId) -> str:
    return NAMES.get(branch_name(branch), branch_name(branch))


def test_the_same_branches_and_outages(grids: tuple[Grid, Grid]) -> None:
    one, two = grids
    assert one.branch_ids[:2] == one.outage_ids[:2] == (("line", 0, "1"), ("line", 0, "2"))
    assert [name(branch) for branch in one.branch_ids] == [name(branch) for branch in two.branch_ids]
    assert [name(outage) for outage in one.outage_ids] == [name(outage) for outage in two.outage_ids]
    assert one.arrays.controls is two.arrays.controls is None
    told = ([(out.kind, out.to_kv) for out in grid.arrays.outage_elements] for grid in grids)
    assert next(told) == next(told)
    for array in vars(two.arrays).keys() - {"controls", "outage_elements"}:
        np.testing.assert_allclose(getattr(one.arrays, array), getattr(two.arrays, array), rtol=1e-12, atol=1e-15)


def test_load_flow_and_outages(grids: tuple[Grid, Grid]) -> None:
    outages = [-1, *range(len(grids[0].outage_ids))]
    one, two = (solve_load_flow(grid, outage=outages) for grid in grids)
    np.testing.assert_allclose(one.vm_pu, two.vm_pu, rtol=0, atol=1e-10)
    np.testing.assert_allclose(one.loading_percent, two.loading_percent, rtol=0, atol=1e-7)
    lost = [grids[0].outage_ids.index(("trafo", 0, "1")), grids[0].branch_ids.index(("trafo", 0, "2"))]
    assert one.loading_percent[lost[0] + 1, lost[1]] > 100 * LOAD_MW / 40


def test_an_outage_is_pandapowers_with_one_system_less(grids: tuple[Grid, Grid]) -> None:
    net = two_stations(1, 2)
    net.trafo.at[0, "parallel"] = 1
    pp.runpp(net, numba=False, tolerance_mva=1e-10)
    flows = solve_load_flow(grids[0], outage=[grids[0].outage_ids.index(("trafo", 0, "1"))], tolerance_mva=1e-10)
    np.testing.assert_allclose(flows.vm_pu[0], net.res_bus.vm_pu.loc[grids[0].bus_ids], rtol=0, atol=1e-9)
    row = grids[0].branch_ids.index(("trafo", 0, "2"))
    assert flows.loading_percent[0, row] == pytest.approx(net.res_trafo.loading_percent.at[0], abs=1e-5)


def test_violations_and_areas(grids: tuple[Grid, Grid]) -> None:
    one, two = (find_violations(grid).table for grid in grids)
    assert len(one) > 0
    for table in (one, two):
        for column in ("outage", "branch"):
            table[column] = table[column].replace(NAMES)
    pd.testing.assert_frame_equal(one, two, rtol=1e-9)
    for ours, theirs in zip(*(split_areas(grid) for grid in grids), strict=True):
        np.testing.assert_array_equal(ours.splitting, theirs.splitting)
        assert not ours.splitting.any()


@pytest.mark.slow
def test_an_open_switch_hangs_all_systems() -> None:
    voltages = []
    for net, rows in ((two_stations(1, 3), 1), (two_stations(3, 1), 3)):
        for row in range(rows):
            pp.create_switch(net, 3, row, "l", closed=False)
        pp.create_line_from_parameters(net, 0, 3, 30.0, 0.06, 0.4, 9.0, 0.5)
        voltages.append(solve_load_flow(read_grid(net)).vm_pu)
    np.testing.assert_allclose(voltages[0], voltages[1], rtol=0, atol=1e-10)


@pytest.mark.parametrize("value", [0, 2.5, -1, 1e9, np.nan])
def test_systems_are_a_small_whole_number(value: float) -> None:
    net = two_stations(1, 2)
    net.trafo["parallel"] = net.trafo["parallel"].astype(float)
    net.trafo.at[0, "parallel"] = value
    with pytest.raises(InputError, match=r"trafo, row 0, column parallel: .*; expected a whole number from 1 to 100"):
        read_grid(net)
    net.trafo.at[0, "in_service"] = False
    assert ("trafo", 0) in read_grid(net).branch_ids


def renamed(table: pd.DataFrame) -> pd.DataFrame:
    """Branches in the cells by the names that they have where each has a row."""
    if table.empty:
        return table
    names = {**NAMES, **OF_PROJECTS}
    changed = {
        column: [
            re.sub(r"(line|trafo)(:\d+)+", lambda found: names[found[0]], cell) if isinstance(cell, str) else cell
            for cell in table[column]
        ]
        for column in table.select_dtypes("object")
    }
    return table.assign(**changed)


@pytest.mark.slow
def test_cells_headroom_and_a_whole_study(tmp_path: Path) -> None:
    for kind, net in (("one", ONE_ROW), ("two", TWO_ROWS)):
        stations_study(tmp_path / kind, net)
    one, two = (read_stations(tmp_path / kind) for kind in ("one", "two"))
    headroom = [study_headroom(study) for study in (one, two)]
    assert len(headroom[0]) > 0
    words = ["input_hash", "limited_by", "name_nl", "name_en"]  # files and indices are not the same
    headroom = [table.drop(columns=words, errors="ignore") for table in headroom]
    pd.testing.assert_frame_equal(renamed(headroom[0]), headroom[1], rtol=1e-6)
    runs = [run_study(study, out=tmp_path / f"run {at}") for at, study in enumerate((one, two))]
    assert runs[0].tables == runs[1].tables
    for table in runs[0].tables:
        ours, theirs = (getattr(run, table).drop(columns=words, errors="ignore") for run in runs)
        pd.testing.assert_frame_equal(renamed(ours), theirs, rtol=1e-6)
