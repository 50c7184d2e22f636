"""The net `stations_net` and its study, written once."""

from __future__ import annotations

import shutil
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandapower as pp

from gridprio import read_study
from gridprio.grid.net.empty import new_net
from gridprio.inputs.study import Study
from tests.grid_files import with_shared_grid

ORIGIN = Path(__file__).parents[2] / "cases" / "one_crew"
LOAD_MW = 59.0
"""Of the first station"""


def two_stations(rows: int, parallel: int) -> Any:
    """Two circuits from the in-feed to a 150 kV station, behind it two times two transformers of 40 MVA."""
    net = new_net(sn_mva=100, name="planted")
    for kv in (150, 10, 10, 150):
        pp.create_bus(net, kv)
    pp.create_ext_grid(net, 0, vm_pu=1.02)
    for _ in range(rows):
        pp.create_line_from_parameters(net, 0, 3, 30.0, 0.06, 0.4, 9.0, 0.5, parallel=parallel)
    types = pp.from_json(ORIGIN / "grid.json").std_types["trafo"]
    net.std_types["trafo"]["planted 40 MVA"] = types["planted 40 MVA"]
    for station in (1, 2):
        for _ in range(rows):
            pp.create_transformer(net, 3, station, "planted 40 MVA", parallel=parallel)
    net.trafo[["tap_pos", "tap_neutral", "tap_step_percent", "tap_side"]] = [2, 0, 1.5, "hv"]
    net.trafo["tap_changer_type"] = "Ratio"
    pp.create_load(net, 1, LOAD_MW, 10.0)
    pp.create_load(net, 2, 20.0)
    return net


@cache
def _two_rows() -> Any:
    return two_stations(2, 1)


def stations_net() -> Any:
    """A net of its own for the caller to change: each circuit and transformer has a row."""
    return deepcopy(_two_rows())


@cache
def _home() -> TemporaryDirectory[str]:
    home: TemporaryDirectory[str] = TemporaryDirectory()
    folder = Path(home.name) / "study"
    shutil.copytree(ORIGIN, folder)
    pp.to_json(_two_rows(), str(folder / "grid.json"))
    head, changes, loads = folder / "study.toml", folder / "project_changes.csv", folder / "loads.csv"
    head.write_text(head.read_text().replace("security_min_kv = 1000.0", "security_min_kv = 1.0"))
    changes.write_text(changes.read_text().replace("add_trafo,0,", "add_trafo,3,"))
    loads.write_text(loads.read_text().replace("demand,25.0", f"demand,{LOAD_MW}", 1))
    return home


def stations_study(folder: Path, net: Any = None) -> None:
    """Written to the folder; `net`: in place of `stations_net`."""
    shutil.copytree(Path(_home().name) / "study", folder)
    if net is not None:
        pp.to_json(net, str(folder / "grid.json"))


def read_stations(folder: Path) -> Study:
    """Read with the tables that the folder has by now."""
    return with_shared_grid(read_study(folder))
