"""Files of pandapower 2 are converted, their cells looked at before that; files of a newer pandapower are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandapower as pp
import pandas as pd
import pytest

from gridprio import read_grid
from gridprio.errors import InputError

from .nets import small_province
from .test_sources import assert_same_grid


def net_of_version_2() -> Any:
    """As pandapower 2.14 has it: phase shifters by a truth value, places in tables of their own, no tables of steps."""
    net = small_province()
    net["version"], net["format_version"] = "2.14.11", "2.14.0"
    for table in ("trafo", "trafo3w"):
        drop = ("tap_changer_type", "tap_dependency_table", "id_characteristic_table")
        net[table] = net[table].drop(columns=[column for column in drop if column in net[table]])
        net[table]["tap_phase_shifter"] = pd.Series(False, index=net[table].index, dtype=bool)
    for table in ("bus", "line"):
        net[table] = net[table].drop(columns="geo")
    net["bus_geodata"] = pd.DataFrame({"x": 5.0, "y": 52.0, "coords": None}, index=net.bus.index)
    net["line_geodata"] = pd.DataFrame({"coords": []}, dtype=object)
    for table in [key for key in net if key.startswith("trafo_characteristic") or key.endswith("_dc")]:
        del net[table]
    return net


@pytest.mark.parametrize("kind", ["json", "xlsx"])
def test_files_of_pandapower_2(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"grid.{kind}"
    if kind == "json":
        pp.to_json(net_of_version_2(), str(path))
    else:
        pp.to_excel(net_of_version_2(), str(path))
    assert_same_grid(read_grid(path), read_grid(small_province()))


def test_a_net_object_of_pandapower_2_and_its_words() -> None:
    net = net_of_version_2()
    assert_same_grid(read_grid(net), read_grid(small_province()))
    net.line["in_service"] = net.line["in_service"].astype(object)
    net.line.at[1, "in_service"] = "ONWAAR"
    net.load["bus"] = net.load["bus"].astype(object)
    net.load.at[2, "bus"] = 12.5
    with pytest.raises(InputError) as raised:
        read_grid(net)
    assert {(p.file, p.row, p.column) for p in raised.value.problems} == {("line", 1, "in_service"), ("load", 2, "bus")}


@pytest.mark.parametrize(("version", "words"), [("99.0.0", "newer pandapower"), ("tomorrow", "no version")])
def test_files_of_another_pandapower(tmp_path: Path, version: str, words: str) -> None:
    content = json.loads(pp.to_json(small_province()))
    content["_object"]["format_version"] = content["_object"]["version"] = version
    (tmp_path / "grid.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=words):
        read_grid(tmp_path / "grid.json")


@pytest.mark.parametrize("kind", ["json", "xlsx"])
def test_cells_of_files_are_not_cast(tmp_path: Path, kind: str) -> None:
    """A word in a column of truth values and 2.5 in one of indices reach the checks as they are."""
    net = small_province()
    net.line["in_service"] = net.line["in_service"].astype(object)
    net.line.at[1, "in_service"] = "ONWAAR"
    net.load["bus"] = net.load["bus"].astype(float)
    net.load.at[2, "bus"] = 12.5
    net.switch.at[0, "et"] = "B"
    path = tmp_path / f"grid.{kind}"
    if kind == "json":
        content = json.loads(pp.to_json(net))
        content["_object"]["line"]["dtype"]["in_service"] = "bool"
        content["_object"]["load"]["dtype"]["bus"] = "uint32"
        path.write_text(json.dumps(content))
    else:
        pp.to_excel(net, str(path))
        types = pd.read_excel(path, sheet_name="dtypes", index_col=0)
        types.loc[(types.element == "line") & (types.column == "in_service"), "dtype"] = "bool"
        types.loc[(types.element == "load") & (types.column == "bus"), "dtype"] = "uint32"
        with pd.ExcelWriter(path, mode="a", if_sheet_exists="replace", engine="openpyxl") as book:
            types.to_excel(book, sheet_name="dtypes")
    with pytest.raises(InputError) as raised:
        read_grid(path)
    places = {(p.file, p.row, p.column, p.found) for p in raised.value.problems}
    assert places == {
        ("line", 1, "in_service", "'ONWAAR'"),
        ("load", 2, "bus", "12.5"),
        ("switch", 0, "et", "'B'"),
    }
