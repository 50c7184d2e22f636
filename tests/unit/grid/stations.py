"""The net `TWO_ROWS` and its study, written once."""

from __future__ import annotations

import shutil
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandapower as pp

from gridprio import read_study
from gridprio.inputs.study import Study
from tests.grid_files import with_shared_grid
from tests.unit.grid.test_parallel import TWO_ROWS, study_of


def stations_net() -> Any:
    """A net of its own for the caller to change: each circuit and transformer has a row."""
    return deepcopy(TWO_ROWS)


@cache
def _home() -> TemporaryDirectory[str]:
    home: TemporaryDirectory[str] = TemporaryDirectory()
    study_of(Path(home.name) / "study", TWO_ROWS)
    return home


def stations_study(folder: Path, net: Any = None) -> None:
    """Written to the folder; `net`: in place of `stations_net`."""
    shutil.copytree(Path(_home().name) / "study", folder)
    if net is not None:
        pp.to_json(net, str(folder / "grid.json"))


def read_stations(folder: Path) -> Study:
    """Read with the tables that the folder has by now."""
    return with_shared_grid(read_study(folder))
