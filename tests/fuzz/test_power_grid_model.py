"""power-grid-model files: read to the value of power-grid-model itself, or an input error; nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridprio.errors import InputError
from gridprio.grid.pgm_rows import ATTRIBUTES, checked_rows
from gridprio.grid.power_grid_model import net_from_power_grid_model
from gridprio.grid.sources import read_grid
from tests.effort import fuzzed

from .spoil import spoilt

BRANCH = {"from_status": 1, "to_status": 1}
DOCUMENT: dict[str, Any] = {
    "version": "1.0",
    "type": "input",
    "is_batch": False,
    "attributes": {"shunt": ["id", "node", "status", "g1", "b1"]},
    "data": {
        "node": [{"id": 1, "u_rated": 10500.0}, {"id": 2, "u_rated": 10500.0}, {"id": 3, "u_rated": 400.0}],
        "line": [
            {"id": 4, "from_node": 1, "to_node": 2, **BRANCH, "r1": 0.2, "x1": 0.1, "c1": 1e-7, "tan1": 0.0, "i_n": 300}
        ],
        "transformer": [
            {"id": 5, "from_node": 2, "to_node": 3, **BRANCH, "u1": 10500.0, "u2": 420.0, "sn": 630e3, "uk": 0.04,
             "pk": 5e3, "i0": 0.002, "p0": 1e3, "clock": 5, "winding_from": 2, "winding_to": 1, "tap_side": 0,
             "tap_pos": 1, "tap_min": -2, "tap_max": 2, "tap_nom": 0, "tap_size": 260.0}
        ],
        "source": [{"id": 6, "node": 1, "status": 1, "u_ref": 1.02, "sk": 1e9}],
        "sym_load": [{"id": 7, "node": 3, "status": 1, "type": 0, "p_specified": 1e5, "q_specified": 2e4}],
        "asym_gen": [
            {"id": 8, "node": 2, "status": 1, "type": 2, "p_specified": [1e4, 1e4, 1e4], "q_specified": [0.0, 0.0, 0.0]}
        ],
        "shunt": [[9, 2, 1, 0.0, 1e-4]],
    },
}  # fmt: skip


@fuzzed(25, 100_000)
@given(document=spoilt(DOCUMENT))
def test_spoilt_rows_are_clean_or_refused(document: Any) -> None:
    """The oracle of the reader alone: rows that pass hold what the list of attributes says, and refusals say where."""
    text = json.dumps(document)
    content = json.loads(text)
    try:
        tables = checked_rows(content)
    except InputError as error:
        assert error.problems and all(problem.file and problem.what for problem in error.problems)
        return
    ids = [row["id"] for rows in tables.values() for row in rows]
    assert len(ids) == len(set(ids))
    nodes = {row["id"] for row in tables.get("node", ())}
    for component, rows in tables.items():
        for row in rows if component in ATTRIBUTES else ():
            assert {row[name] for name, rule in ATTRIBUTES[component].items() if rule == "a node"} <= nodes


@fuzzed(10, 500)
@given(data=st.data())
def test_read_again_what_was_meant(data: st.DataObject) -> None:
    """Rows as lists and rows by name are the same grid, and the powers come back."""
    p_w = data.draw(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=4))
    loads = [
        {"id": 100 + at, "node": 3, "status": 1, "type": 0, "p_specified": power, "q_specified": 0.0}
        for at, power in enumerate(p_w)
    ]
    by_name = {**DOCUMENT, "data": {**DOCUMENT["data"], "sym_load": loads}}
    as_lists = {
        **by_name,
        "attributes": {**DOCUMENT["attributes"], "sym_load": list(loads[0])},
        "data": {**by_name["data"], "sym_load": [list(load.values()) for load in loads]},
    }
    nets = [net_from_power_grid_model(json.loads(json.dumps(document))) for document in (by_name, as_lists)]
    totals = [net.load[net.load.bus == 3].p_mw.sum() for net in nets]
    assert totals[0] == totals[1] == pytest.approx(sum(p_w) / 1e6, abs=1e-12)


def test_the_document_itself_reads(tmp_path: Path) -> None:
    (tmp_path / "grid.json").write_text(json.dumps(DOCUMENT))
    grid = read_grid(tmp_path / "grid.json")
    assert len(grid.bus_ids) == 4  # one behind the source
    assert np.isfinite(grid.arrays.y_ff).all()
