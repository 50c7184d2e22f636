"""`gridprio check` of a grid alone, and what it says of the grid of a study."""

import json
import logging

import pandapower as pp
import pytest

from tests.unit.cli.conftest import WITHOUT_OUTAGES
from tests.unit.grid.nets import small_province


@pytest.fixture
def odd_grid(tmp_path):
    net = small_province()
    net.trafo.loc[1, "tap_changer_type"] = None
    net.line.loc[0, "max_i_ka"] = float("nan")
    pp.create_bus(net, 10.5, index=40)
    pp.create_load(net, 40, 1.0)
    pp.to_json(net, str(tmp_path / "odd.json"))
    return tmp_path / "odd.json"


def test_a_grid_by_name(invoke):
    result = invoke("check", "pandapower:case9")
    assert result.exit_code == 0 and result.stdout.startswith("No problems. Grid case9: 9 buses")


def test_what_is_assumed_and_what_is_odd(invoke, odd_grid):
    result = invoke("check", odd_grid)
    assert result.exit_code == 0
    assumed, odd = result.stdout.split("Worth a look")
    assert "tap_pos is off neutral but tap_changer_type is empty in 1 row (1)" in assumed
    assert "line: 1 row in service without a rating (0)" in odd
    assert "bus: 1 bus in service without voltage" in odd and "load: 1 row in service at a bus without voltage" in odd


def test_as_json(invoke, odd_grid):
    found = json.loads(invoke("check", odd_grid, "--json").stdout)
    assert {(entry["kind"], entry["file"], entry["code"], *entry.get("rows", ())) for entry in found} >= {
        ("assumption", "trafo", "grid.tap_without_type", 1),
        ("note", "line", "grid.unrated", 0),
    }


def test_refusals_stand_beside_what_is_odd_elsewhere(invoke, odd_grid):
    content = json.loads(odd_grid.read_text())
    loads = json.loads(content["_object"]["load"]["_object"])
    loads["data"][0][loads["columns"].index("p_mw")] = None
    content["_object"]["load"]["_object"] = json.dumps(loads)
    odd_grid.write_text(json.dumps(content))
    result = invoke("check", odd_grid)
    assert result.exit_code == 2
    assert "row 0, p_mw: no value" in result.stdout and "tap_changer_type is empty" in result.stdout


def test_a_workbook_is_a_grid_by_its_sheets(invoke, tmp_path):
    pp.to_excel(small_province(), str(tmp_path / "grid.xlsx"))
    result = invoke("check", tmp_path / "grid.xlsx")
    assert result.exit_code == 0 and "7 buses" in result.stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"{"),
        ("b.json", b"\xff\xfe"),
        ("c.json", b"[" * 100_000),
        ("d.json", b'{"type": "update", "data": {}}'),
        ("e.m", b"nothing"),
        ("f.mat", b"nothing"),
        ("g.json", b"12"),
        ("h.json", b'{"_module": 1, "_class": []}'),
        ("i.json", b'{"bus": 3}'),
    ],
)
def test_no_file_gives_a_traceback(invoke, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    result = invoke("check", tmp_path / name)
    assert result.exit_code == 2, result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.slow
def test_a_study_says_the_same_of_its_grid(invoke, write_study):
    grid = ("simbench:1-HV-mixed--2-no_sw", "pandapower:case118")
    result = invoke("check", write_study({"study.toml": [grid, WITHOUT_OUTAGES]}))
    assert result.stdout.startswith("No problems.")
    assert "i0_percent" in result.stdout


def test_debug_shows_the_cause(invoke, tmp_path, caplog):
    (tmp_path / "a.json").write_text("{")
    with caplog.at_level(logging.DEBUG, logger="gridprio"):
        invoke("--debug", "check", tmp_path / "a.json")
    assert "JSONDecodeError" in caplog.text
