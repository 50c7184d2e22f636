"""pandapower JSON: read to the load flow of pandapower itself, or an input error; nothing else."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridprio import read_grid, solve_load_flow
from gridprio.errors import InputError
from gridprio.grid.net.rules import NUMBERS
from gridprio.grid.sources import read_net
from tests.effort import fuzzed
from tests.unit.grid.net.members import base

from .spoil import WRONG

pytestmark = pytest.mark.slow
FEW = fuzzed(6, 2_000)
FOLDER = Path(tempfile.mkdtemp(prefix="gridprio-fuzz-"))


def tables_of(net: Any) -> dict[str, Any]:
    """The tables with rows, as pandas writes them, so that cells, labels and columns can be spoilt."""
    content = json.loads(pp.to_json(net))
    return {
        table: json.loads(content["_object"][table]["_object"])
        for table in NUMBERS
        if len(net[table])
    }  # fmt: skip


BASE = base()
CONTENT, TABLES = json.loads(pp.to_json(BASE)), tables_of(BASE)


@st.composite
def spoilt_nets(draw: st.DrawFn) -> dict[str, Any]:
    """One to three cells, labels, columns or rows of the tables are not as they were."""
    tables = copy.deepcopy(TABLES)
    for _ in range(draw(st.integers(1, 3))):
        table = tables[draw(st.sampled_from(sorted(tables)))]
        row = draw(st.integers(0, len(table["data"]) - 1))
        column = draw(st.integers(0, len(table["columns"]) - 1))
        wrong = draw(st.sampled_from(WRONG))
        match draw(st.sampled_from(("cell", "cell", "cell", "cell", "label", "column", "row"))):
            case "cell":
                table["data"][row][column] = wrong
            case "label":
                table["index"][row] = wrong
            case "column":
                table["columns"][column] = f"{table['columns'][column]}x"
            case "row":
                table["index"].append(table["index"][row])
                table["data"].append(copy.deepcopy(table["data"][row]))
    content = copy.deepcopy(CONTENT)
    for name, table in tables.items():
        content["_object"][name]["_object"] = json.dumps(table)
    return content


@FEW
@given(content=spoilt_nets())
def test_spoilt_files_read_as_pandapower_solves_them_or_are_refused(content: dict[str, Any]) -> None:
    path = FOLDER / "grid.json"
    path.write_text(json.dumps(content))
    try:
        net, _ = read_net(path)
        grid = read_grid(path)
    except InputError as error:
        assert error.problems and all(problem.file and problem.what for problem in error.problems)
        return
    flows = solve_load_flow(grid, tolerance_mva=1e-9, max_iterations=10)
    for machines in (net.gen, net.ext_grid):  # pandapower's lookups are as long as the largest label
        machines.index = range(len(machines))
    try:
        pp.runpp(net, numba=False, tolerance_mva=1e-9, max_iteration=10)
    except pp.LoadflowNotConverged:
        return
    ours = flows.vm_pu[0]
    theirs = net.res_bus.vm_pu.reindex(grid.bus_ids).to_numpy()
    if flows.status[0] == 0:
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


@fuzzed(10, 300)
@given(load_w=st.integers(-90_000_000, 90_000_000), at=st.sampled_from(sorted(BASE.load.index)))
def test_written_and_read_is_the_same_grid(load_w: int, at: int) -> None:
    net = base()
    net.load.loc[at, "p_mw"] = load_w / 1e6  # pandapower writes 15 decimals, so any float is not what a file can hold
    path = FOLDER / "written.json"
    pp.to_json(net, str(path))
    one, two = read_grid(net), read_grid(path)
    np.testing.assert_array_equal(one.p_mw, two.p_mw)
    np.testing.assert_allclose(one.arrays.y_ft, two.arrays.y_ft, rtol=1e-12)  # pandapower writes 15 digits
    assert one.branch_ids == two.branch_ids
