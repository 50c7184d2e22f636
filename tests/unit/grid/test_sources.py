"""Sources: names, files old and new, and helpful errors."""

from __future__ import annotations

import builtins
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from gridprio import read_grid
from gridprio.errors import InputError
from gridprio.model.grid import Grid

from .nets import small_province

MATPOWER = """function mpc = tiny
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
1 3 0 0 0 0 1 1.02 0 150 1 1.1 0.9;
2 1 50 10 0 5 1 1 0 150 1 1.1 0.9;
];
mpc.gen = [
1 50 0 100 -100 1.02 100 1 200 0;
];
mpc.branch = [
1 2 0.01 0.05 0.02 100 100 100 0 0 1 -360 360;
];
"""


def assert_same_grid(ours: Grid, expected: Grid) -> None:
    assert ours.branch_ids == expected.branch_ids
    for name in ("from_node", "to_node", "p_pu", "q_pu", "node_kind", "branch_in_service"):
        np.testing.assert_array_equal(getattr(ours.arrays, name), getattr(expected.arrays, name))
    for name in ("y_ff", "y_ft", "rating_mva"):
        np.testing.assert_allclose(getattr(ours.arrays, name), getattr(expected.arrays, name), rtol=1e-12)


def test_files_of_pandapower(tmp_path: Path) -> None:
    net = small_province()
    expected = read_grid(net)
    pp.to_json(net, tmp_path / "grid.json")
    assert_same_grid(read_grid(tmp_path / "grid.json"), expected)
    pp.to_excel(net, str(tmp_path / "grid.xlsx"))
    assert_same_grid(read_grid(str(tmp_path / "grid.xlsx")), expected)


def test_matpower(tmp_path: Path) -> None:
    (tmp_path / "tiny.m").write_text(MATPOWER)
    grid = read_grid(tmp_path / "tiny.m")
    assert grid.name == "tiny"
    assert len(grid.branch_ids) == 1
    assert grid.p_mw.tolist() == [0, -50]
    y = 1 / (0.01 + 0.05j)
    assert grid.arrays.y_ft[0] * grid.arrays.base_mva == pytest.approx(-y * 100)
    assert np.isnan(grid.bus_xy).all()


def test_names() -> None:
    assert read_grid("pandapower:case9").name == "case9"
    with pytest.raises(InputError, match="Did you mean case118"):
        read_grid("pandapower:case181")
    with pytest.raises(InputError, match="does not exist"):
        read_grid("nowhere/grid.json")
    with pytest.raises(InputError, match="not a grid"):
        read_grid(42)


def test_broken_files_are_input_errors(tmp_path: Path) -> None:
    for name, text in (("a.json", "{"), ("b.json", '{"a": 1}'), ("c.m", "nothing"), ("d.csv", "x")):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match=name):
            read_grid(tmp_path / name)


def test_simbench(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without_simbench(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "simbench":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_simbench)
    with pytest.raises(InputError, match=r"pip install 'gridprio\[simbench\]'"):
        read_grid("simbench:1-HV-mixed--2-no_sw")


def test_unknown_simbench_code() -> None:
    pytest.importorskip("simbench")
    with pytest.raises(InputError, match="Did you mean"):
        read_grid("simbench:1-HV-mixed--2-no_switches")


def with_places(scale: float, length_factor: float = 1.2) -> Any:
    """The small province with stations at real distances (12 km lines) when `scale` is 1."""
    net = small_province()
    lon, lat = 5.0, 52.0
    km = 12 / length_factor * scale
    for bus, (x, y) in {0: (0, 0), 1: (km, 0), 2: (km / 2, km * 0.866)}.items():
        for at in (bus, 10 + bus):
            place = [float(lon + x / 111.32 / np.cos(np.radians(lat))), float(lat + y / 111.32)]
            net.bus.at[at, "geo"] = f'{{"type": "Point", "coordinates": {place}}}'
    net.bus.at[13, "geo"] = net.bus.at[12, "geo"]
    return net


def test_places_that_the_lines_confirm() -> None:
    grid = read_grid(with_places(1.0))
    assert np.isfinite(grid.bus_xy).all()
    assert grid.bus_xy[0].tolist() == [5.0, 52.0]


@pytest.mark.parametrize("scale", [3.0, 0.05])
def test_drawings_stay_off_the_map(scale: float) -> None:
    assert np.isnan(read_grid(with_places(scale)).bus_xy).all()


def test_old_places_and_projected_ones() -> None:
    net = with_places(1.0)
    table = read_grid(net).bus_xy
    net.bus["geo"] = None
    import pandas as pd

    net["bus_geodata"] = pd.DataFrame(table, columns=["x", "y"], index=sorted(net.bus.index))
    np.testing.assert_array_equal(read_grid(net).bus_xy, table)
    net["bus_geodata"] *= 1e4
    assert np.isnan(read_grid(net).bus_xy).all()


@pytest.mark.parametrize("name", ["case118", "case300", "example_simple", "create_cigre_network_mv"])
def test_test_cases_are_drawings(name: str) -> None:
    assert np.isnan(read_grid(f"pandapower:{name}").bus_xy).all()


@pytest.mark.slow
def test_mv_oberrhein_is_a_map() -> None:
    xy = read_grid("pandapower:mv_oberrhein").bus_xy
    assert (np.abs(xy - [7.9, 48.4]) < 0.5).all()


def test_import_stays_light() -> None:
    code = "import sys, gridprio; gridprio.read_study; print('pandapower' in sys.modules, 'networkx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
