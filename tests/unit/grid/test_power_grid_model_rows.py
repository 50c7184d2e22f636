"""power-grid-model files: each fault refused by component, id and attribute; what has a meaning is read right."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gridprio import read_grid, solve_load_flow
from gridprio.errors import InputError
from gridprio.grid.sources import read_net
from gridprio.model.grid import Grid
from tests.fuzz.test_power_grid_model import DOCUMENT

Change = Callable[[Any], None]


def put(component: str, attribute: str, value: Any, row: int = 0) -> Change:
    def change(document: Any) -> None:
        if value is ...:
            del document["data"][component][row][attribute]
        else:
            document["data"][component][row][attribute] = value

    change.__name__ = f"{component}.{attribute}={value}"
    return change


def head(**values: Any) -> Change:
    def change(document: Any) -> None:
        document.update(values)

    change.__name__ = str(values)[:40]
    return change


def add(component: str, *rows: Any) -> Change:
    def change(document: Any) -> None:
        document["data"].setdefault(component, []).extend(rows)

    change.__name__ = f"{component}+{str(rows)[:30]}"
    return change


def read(change: Change, folder: Path) -> Grid:
    document = copy.deepcopy(DOCUMENT)
    change(document)
    (folder / "grid.json").write_text(json.dumps(document))
    return read_grid(folder / "grid.json")


def misspelt_position(document: Any) -> None:
    row = document["data"]["transformer"][0]
    row["tap_poss"] = row.pop("tap_pos")


REFUSED: list[tuple[Change, tuple[str, int | None, str | None]]] = [
    *((put("sym_load", "p_specified", value), ("sym_load", 7, "p_specified")) for value in (..., None, np.nan, "1e5")),
    *((put("sym_load", "q_specified", value), ("sym_load", 7, "q_specified")) for value in (..., None, True, [1.0])),
    *((put("sym_load", "type", value), ("sym_load", 7, "type")) for value in (3, -1, 0.5, "const_power", ...)),
    *((put("sym_load", "status", value), ("sym_load", 7, "status")) for value in (2, "on", ..., True)),
    *((put("sym_load", "node", value), ("sym_load", 7, "node")) for value in (99, 7, 2.5, "3", ...)),
    *((put("asym_gen", "p_specified", value), ("asym_gen", 8, "p_specified")) for value in (1e4, [1.0, 2.0], ...)),
    (put("asym_gen", "q_specified", [0.0, None, 0.0]), ("asym_gen", 8, "q_specified")),
    *(
        (put("node", "u_rated", value, 1), ("node", 2, "u_rated"))
        for value in (0, -10500.0, None, "10.5 kV", 10.5, np.inf)
    ),
    *((put("line", "x1", value), ("line", 4, "x1")) for value in (None, np.nan, "0.1")),
    (put("line", "from_node", 4), ("line", 4, "from_node")),
    (put("line", "to_status", 3), ("line", 4, "to_status")),
    (put("line", "i_n", -1.0), ("line", 4, "i_n")),
    (put("transformer", "clock", 1.5), ("transformer", 5, "clock")),
    (put("transformer", "tap_side", 2), ("transformer", 5, "tap_side")),
    (put("transformer", "sn", 0), ("transformer", 5, "sn")),
    (put("transformer", "uk", -0.04), ("transformer", 5, "uk")),
    *((put("transformer", name, ...), ("transformer", 5, name)) for name in ("tap_size", "tap_min", "tap_max")),
    (put("source", "u_ref", 10500.0), ("source", 6, "u_ref")),
    (put("source", "u_ref", ...), ("source", 6, "u_ref")),
    *((put("line", "id", value), ("line", None, "id")) for value in (None, 2.5, "4", True, 2**40)),
    (put("line", "id", 7), ("sym_load", 7, "id")),
    (add("node", {"id": 3, "u_rated": 400.0}), ("node", 3, "id")),
    (add("asym_line", {"id": 50}), ("asym_line", None, None)),
    (add("sym_laod", {"id": 50}), ("sym_laod", None, None)),
    (add("shunt", [60, 2, 1]), ("shunt", None, None)),
    (add("shunt", 7), ("shunt", None, None)),
    (misspelt_position, ("transformer", 5, "tap_poss")),
    (head(type="update"), ("type", None, None)),
    (head(type="sym_output"), ("type", None, None)),
    (head(is_batch=True), ("is_batch", None, None)),
    (head(version="2.0"), ("version", None, None)),
    (head(data=[]), ("data", None, None)),
]


@pytest.mark.parametrize(("change", "place"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
def test_refused_by_component_id_and_attribute(
    change: Change, place: tuple[str, int | None, str | None], tmp_path: Path
) -> None:
    with pytest.raises(InputError) as raised:
        read(change, tmp_path)
    places = {(problem.file, problem.row, problem.column) for problem in raised.value.problems}
    assert place in places
    assert all(problem.expected or problem.mend for problem in raised.value.problems)


def renumbered(document: Any) -> None:
    """Ids of 1.5e9, in other places of the file the same."""
    far = {old: 1_500_000_000 + old for old in range(1, 10)}
    for rows in document["data"].values():
        for row in rows:
            if isinstance(row, dict):
                names = [name for name in row if name in ("id", "node", "from_node", "to_node")]
                row.update({name: far[row[name]] for name in names})
            else:
                row[0], row[1] = far[row[0]], far[row[1]]


def off_without_power(document: Any) -> None:
    document["data"]["sym_load"].append({"id": 70, "node": 3, "status": 0, "type": 0})


READ: list[Change] = [
    renumbered,
    off_without_power,
    put("line", "i_n", None),
    put("line", "name", "a cable"),
    add("sym_power_sensor", {"id": 80}),
    add("sym_load", {"id": 70, "node": 3, "status": 1, "type": 0, "p_specified": 0, "q_specified": 0.0}),
    add("asym_line"),
]


@pytest.mark.parametrize("change", READ, ids=lambda change: change.__name__)
def test_read_as_the_document_itself(change: Change, tmp_path: Path) -> None:
    flows = [solve_load_flow(read(each, tmp_path)) for each in (lambda document: None, change)]
    np.testing.assert_allclose(np.sort(flows[0].vm_pu[0]), np.sort(flows[1].vm_pu[0]), rtol=0, atol=1e-9)


def test_every_problem_at_once(tmp_path: Path) -> None:
    def change(document: Any) -> None:
        for each, _ in REFUSED[:3] + REFUSED[25:27]:
            each(document)
        put("line", "x1", None)(document)
        put("source", "u_ref", 5)(document)

    with pytest.raises(InputError) as raised:
        read(change, tmp_path)
    assert {problem.file for problem in raised.value.problems} >= {"sym_load", "line", "source"}


def test_no_components_at_all(tmp_path: Path) -> None:
    (tmp_path / "grid.json").write_text(json.dumps({"version": "1.0", "type": "input", "data": None}))
    with pytest.raises(InputError, match="no components by name"):
        read_grid(tmp_path / "grid.json")


def test_components_without_a_head_are_read_with_their_names(tmp_path: Path) -> None:
    """As power-grid-model-io saves what it converts from Vision: no version or type, and extra information by name."""
    document = copy.deepcopy(DOCUMENT)
    shunt = dict(zip(document["attributes"]["shunt"], document["data"]["shunt"][0], strict=True))
    bare = document["data"] | {"shunt": [shunt]}
    bare["node"][0] |= {"Name": "Onderstation West", "id_reference": {"table": "Nodes", "key": {"Number": 1}}}
    bare["line"][0]["Name"] = "West - Oost"
    (tmp_path / "bare.json").write_text(json.dumps(bare))
    (tmp_path / "whole.json").write_text(json.dumps(DOCUMENT))
    read_bare, whole = (solve_load_flow(read_grid(tmp_path / name)) for name in ("bare.json", "whole.json"))
    np.testing.assert_array_equal(read_bare.vm_pu, whole.vm_pu)
    net, _ = read_net(tmp_path / "bare.json")
    assert (net.bus.at[1, "name"], net.bus.at[2, "name"]) == ("Onderstation West", "node 2")
    assert net.line.at[4, "name"] == "West - Oost"
    del bare["line"][0]["r1"]
    (tmp_path / "bare.json").write_text(json.dumps(bare))
    with pytest.raises(InputError, match="r1"):
        read_grid(tmp_path / "bare.json")


@pytest.mark.parametrize(
    ("key", "is_flat", "said"),
    [
        ("data", True, "components stand beside the head; found version; expected version, type"),
        ("type", False, "type is missing; expected an input file of one case. Add type = input"),
    ],
)
def test_what_is_missing_in_the_head_is_named_with_its_mend(key: str, is_flat: bool, said: str, tmp_path: Path) -> None:
    data = copy.deepcopy(DOCUMENT)["data"]
    document = {"version": "1.0"} | (data if is_flat else {"data": data})
    (tmp_path / "grid.json").write_text(json.dumps(document))
    with pytest.raises(InputError) as raised:
        read_grid(tmp_path / "grid.json")
    (problem,) = raised.value.problems
    assert problem.file == key and said in str(raised.value)
