"""pandapower's files give the nets that pandapower's own reader gives, table by table and type by type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pandapower as pp
import pandapower.networks
import pandas as pd
import pytest
from pandapower.control import ConstControl, ContinuousTapControl, DiscreteTapControl
from pandapower.control.util.characteristic import Characteristic, LogSplineCharacteristic, SplineCharacteristic
from pandapower.timeseries import DFData

from gridprio import read_grid
from gridprio.errors import InputError
from gridprio.grid.file_classes import Becomes, what_becomes
from gridprio.grid.file_values import FileValues, Place, StoredRecord
from gridprio.grid.pandapower_files import net_from_excel, net_from_json
from tests.effort import IS_LONG

from .nets import small_province

pytestmark = pytest.mark.slow

_SHIPPED = sorted(
    path for path in Path(pp.__file__).parent.joinpath("networks").rglob("*.json") if path.stat().st_size < 400_000
)
SHIPPED = _SHIPPED if IS_LONG else _SHIPPED[::10]
IN_STUDIES = sorted(Path(__file__).parents[2].joinpath("cases").rglob("grid.json"))
MADE = (
    *("example_multivoltage", "create_synthetic_voltage_control_lv_network"),
    *(("example_simple", "create_cigre_network_mv", "create_kerber_dorfnetz") if IS_LONG else ()),
)
"""The first holds all tables that the others hold."""

STEPS = None if IS_LONG else 200
"""Of the profiles of SimBench, a year of quarters of an hour."""


def read(text: str) -> Any:
    return net_from_json(json.loads(text), "grid.json")


def assert_same(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, pd.DataFrame):
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    elif isinstance(theirs, dict):
        assert set(ours) == set(theirs)
        for key, value in theirs.items():
            assert_same(ours[key], value)
    else:
        assert type(ours) is type(theirs)
        np.testing.assert_equal(ours, theirs)


def assert_same_load_flow(ours: Any, theirs: Any) -> None:
    for net in (ours, theirs):
        pp.runpp(net, numba=False)
    for table in ("res_bus", "res_line", "res_trafo"):
        pd.testing.assert_frame_equal(ours[table], theirs[table], check_exact=True)


@pytest.mark.parametrize("path", [*SHIPPED, *IN_STUDIES], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_json_files_as_shipped(path: Path) -> None:
    text = path.read_text()
    assert_same(read(text), pp.from_json_string(text, convert=True))


@pytest.mark.parametrize("name", MADE)
def test_json_and_excel_as_written_today(tmp_path: Path, name: str) -> None:
    net = getattr(pandapower.networks, name)()
    text = pp.to_json(net)
    ours, theirs = read(text), pp.from_json_string(text, convert=True)
    assert_same(ours, theirs)
    assert_same_load_flow(ours, theirs)
    pp.to_excel(net, str(tmp_path / "grid.xlsx"))
    ours, theirs = net_from_excel(tmp_path / "grid.xlsx"), pp.from_excel(str(tmp_path / "grid.xlsx"))
    assert_same(ours, theirs)
    assert_same_load_flow(ours, theirs)


def test_simbench_with_profiles() -> None:
    simbench = pytest.importorskip("simbench")
    net = simbench.get_simbench_net("1-LV-rural1--0-sw")
    net.profiles = {name: profiles.iloc[:STEPS] for name, profiles in net.profiles.items()}
    assert any(len(profiles) for profiles in net.profiles.values())
    text = pp.to_json(net)
    assert_same(read(text), pp.from_json_string(text, convert=True))


def with_controllers() -> Any:
    net = small_province()
    net.trafo["tap_side"] = "hv"
    net.trafo["tap_changer_type"] = "Ratio"
    DiscreteTapControl(net, element_index=0, vm_lower_pu=0.98, vm_upper_pu=1.02)
    ContinuousTapControl(net, element_index=1, vm_set_pu=0.98)
    source = DFData(pd.DataFrame({0: [1.0, 2.0], 1: [3.0, 4.0]}))
    ConstControl(net, "load", "p_mw", [0, 1], data_source=source, profile_name=[0, 1])
    return net


@pytest.mark.parametrize("kind", ["json", "xlsx"])
def test_controllers(tmp_path: Path, kind: str) -> None:
    """Tap controllers work; the others are records without behaviour, and are named when controls are asked for."""
    net, path = with_controllers(), tmp_path / f"grid.{kind}"
    if kind == "json":
        pp.to_json(net, str(path))
        ours, theirs = read(path.read_text()), pp.from_json(str(path))
    else:
        pp.to_excel(net, str(path))
        ours, theirs = net_from_excel(path), pp.from_excel(str(path))
    tap, other, profile = ours.controller["object"]
    assert type(tap) is DiscreteTapControl
    assert tap == theirs.controller["object"].iloc[0]
    assert [type(other), type(profile)] == [StoredRecord, StoredRecord]
    problems = read_grid(path).controls.problems["run_control"]
    assert [problem.what for problem in problems] == [
        "a ContinuousTapControl is not modelled",
        "a ConstControl is not modelled",
    ]
    net.controller = net.controller.iloc[:1]
    assert_same(ours.controller.drop(columns="object"), theirs.controller.drop(columns="object"))


def test_characteristics_are_the_same_curves() -> None:
    net = small_province()
    SplineCharacteristic(net, [0, 1, 2], [1.0, 2.0, 4.0])
    Characteristic(net, [0, 1], [1.0, 2.0])
    LogSplineCharacteristic(net, np.array([20, 30, 400]), np.array([20.0, 30.0, 40.0]), interpolator_kind="Pchip")
    text = pp.to_json(net)
    ours, theirs = read(text), pp.from_json_string(text, convert=True)
    for curve, expected in zip(ours.characteristic["object"], theirs.characteristic["object"], strict=True):
        assert type(curve) is type(expected)
        assert curve(25) == expected(25)


def test_values_of_every_kind() -> None:
    net = small_province()
    graph = networkx.MultiGraph()
    graph.add_edge(0, 1, key="k", weight=1)
    levels = pd.MultiIndex.from_tuples([(0, "a"), (1, "b")], names=["x", "y"])
    notes = {
        "tuple": (1, 2),
        "set": {1, 2},
        "array": np.array([[1.0, 2.0], [3.0, 4.0]]),
        "nan": np.float64("nan"),
        "int": np.int64(3),
        "series": pd.Series([1, 2]),
        "levels": pd.DataFrame({"a": [1, 2]}, index=levels),
        "text": '{"_module": "os", "_class": "function", "_object": "system"}',
    }
    net["notes"] = {**notes, "graph": graph, "false": np.bool_(False)}
    found = read(pp.to_json(net))["notes"]
    assert found["false"] is False
    assert found["graph"]["nodes"] == [{"json_id": 0}, {"json_id": 1}]
    for key, value in notes.items():
        if isinstance(value, pd.Series):
            pd.testing.assert_series_equal(found[key], value)
        else:
            assert_same(found[key], value)


def by_column(**columns: list[Any]) -> dict[str, dict[str, Any]]:
    return {name: {str(row): cell for row, cell in enumerate(cells)} for name, cells in columns.items()}


def test_plain_tables_in_kilowatt_as_before_version_2() -> None:
    old = {
        "name": "old",
        "f_hz": 50.0,
        "version": 1.2,
        "bus": by_column(
            name=["a", "b"], vn_kv=[20.0, 20.0], type=["b", "b"], zone=[None, None], in_service=[True] * 2
        ),
        "ext_grid": by_column(name=["grid"], bus=[0], vm_pu=[1.02], va_degree=[0.0], in_service=[True]),
        "load": by_column(
            name=["load"], bus=[1], p_kw=[400.0], q_kvar=[100.0], sn_kva=[None], scaling=[1.0], in_service=[True]
        ),
        "line": by_column(
            name=["line"],
            from_bus=[0],
            to_bus=[1],
            length_km=[1.5],
            r_ohm_per_km=[0.161],
            x_ohm_per_km=[0.117],
            c_nf_per_km=[273.0],
            imax_ka=[0.362],
            parallel=[1],
            in_service=[True],
        ),
        "sgen": by_column(
            name=["sun"],
            bus=[1],
            p_kw=[-50.0],
            q_kvar=[0.0],
            sn_kva=[60.0],
            scaling=[1.0],
            in_service=[True],
            type=["PV"],
        ),
        "gen": by_column(name=[], bus=[], p_kw=[], vm_pu=[], min_q_kvar=[], max_q_kvar=[], scaling=[], in_service=[]),
        "dtypes": by_column(element=["bus"], column=["name"], dtype=["object"]),
        "parameters": {"parameter": {"note": "kept"}},
    }
    text = json.dumps(old)
    ours, theirs = read(text), pp.from_json_string(text, convert=True)
    assert_same(ours, theirs)
    assert_same_load_flow(ours, theirs)
    assert ours.load.p_mw.tolist() == [0.4]
    placed = read(json.dumps({**old, "bus_geodata": by_column(x=[4.0, 5.0], y=[52.0, 53.0])}))
    assert [json.loads(geo)["coordinates"] for geo in placed.bus.geo] == [[4.0, 52.0], [5.0, 53.0]]


def test_net_written_as_a_text() -> None:
    content = json.loads(pp.to_json(small_province()))
    assert_same(read(json.dumps({**content, "_object": json.dumps(content["_object"])})), read(json.dumps(content)))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"_object": "no table"}, "cannot be read as pandas.DataFrame"),
        ({"_object": "{}", "orient": "records"}, "unknown orientation"),
        ({"_object": "{}", "dtype": {"a": "U999999999"}}, "unknown type of a column"),
        ({"_object": "{}", "engine": "pyarrow"}, "unknown key of a table"),
    ],
)
def test_tables_that_are_none(table: dict[str, Any], words: str) -> None:
    values = FileValues()
    values.value({"_module": "pandas", "_class": "DataFrame", **table}, Place("bus"))
    (problem,) = values.problems
    assert problem.file == "bus"
    assert words in problem.what


def test_files_without_a_net(tmp_path: Path) -> None:
    frame = {"_module": "pandas", "_class": "DataFrame", "_object": "{}"}
    for content, words in ((frame, "holds no pandapower net"), ({**frame, "_class": "MultiNet"}, "pandas.MultiNet")):
        (tmp_path / "grid.json").write_text(json.dumps(content))
        with pytest.raises(InputError, match=words):
            read_grid(tmp_path / "grid.json")


def test_keys_that_are_no_tables() -> None:
    content = json.loads(pp.to_json(small_province()))
    content["_object"] |= {"items": [1], "load": [1, 2], "user_pf_options": 3}
    with pytest.raises(InputError) as raised:
        read(json.dumps(content))
    assert [(problem.file, problem.found) for problem in raised.value.problems] == [
        ("items", "'items'"),
        ("load", "list"),
        ("user_pf_options", "int"),
    ]


def test_the_list_goes_by_package_and_class() -> None:
    assert what_becomes("pandas.core.frame", "DataFrame") is Becomes.TABLE
    assert what_becomes("pandas_extra", "DataFrame") is None
    assert what_becomes("pandapower.auxiliary", "function") is None
    assert what_becomes("", "") is None
