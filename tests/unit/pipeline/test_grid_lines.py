"""Lines of a planted grid: their ends, and the projects that bring them and take them out."""

from __future__ import annotations

from typing import Any

import pandapower as pp
import pandas as pd
import pytest

from gridprio.grid import build_union
from gridprio.grid.net.empty import new_net
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.schema import ProjectChange, Station
from gridprio.pipeline.grid_lines import COLUMNS, _rows

THIN, THICK = "NA2XS2Y 1x95 RM/25 12/20 kV", "NA2XS2Y 1x240 RM/25 12/20 kV"


def planted() -> Any:
    """An in-feed, a line to a 20 kV bus, and behind its transformer the bus of the station."""
    net = new_net()
    for kv in (20, 20, 0.4):
        pp.create_bus(net, kv)
    pp.create_ext_grid(net, 0)
    pp.create_line(net, 0, 1, 1.0, THIN)
    pp.create_transformer(net, 1, 2, "0.4 MVA 20/0.4 kV")
    return net


def lines(**place: float) -> pd.DataFrame:
    stations = [Station(station_id="S", name="S", buses=(2,), **place)]
    line = {"from_bus": 0, "to_bus": 1, "std_type": THIN, "length_km": 1.0}
    changes = [
        ProjectChange(project_id="new", action=ChangeAction.ADD_LINE, **line),
        ProjectChange(project_id="thick", action=ChangeAction.REPLACE_LINE, element="line:0", std_type=THICK),
    ]
    return pd.DataFrame(_rows(stations, build_union(planted(), stations, changes)), columns=list(COLUMNS))


def test_projects_bring_lines_and_take_them_out() -> None:
    table = lines().set_index("branch")
    assert table["in_service"].to_dict() == {"line:0": True, "line:1": False, "line:2": False}
    assert table["added_by"].to_dict() == {"line:0": "", "line:1": "new", "line:2": "thick"}
    assert table["removed_by"].to_dict() == {"line:0": "thick", "line:1": "", "line:2": ""}
    assert table["nominal_kv"].tolist() == [20.0] * 3
    assert table["rating_mva"].tolist() == pytest.approx([3**0.5 * 20 * ka for ka in (0.252, 0.252, 0.421)])


def test_a_line_ends_at_the_station_behind_its_transformer() -> None:
    table = lines(longitude=5.0, latitude=52.0)
    assert table["from_station_id"].tolist() == [""] * 3 and table["to_station_id"].tolist() == ["S"] * 3
    assert table["to_longitude"].tolist() == pytest.approx([5.0] * 3) and table["from_longitude"].isna().all()
    assert lines()["to_longitude"].isna().all()
