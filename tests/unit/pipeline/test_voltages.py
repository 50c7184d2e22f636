"""A planted feeder whose voltage falls below its limit long before its cable is full, against pandapower."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandapower
import pandas as pd
import pytest

from gridprio.pipeline.session import Session
from gridprio.pipeline.voltages import voltage_messages, voltage_tables
from gridprio.text import word_message
from tests.unit.grid.stations import LOAD_MW, read_stations, stations_net, stations_study

FEEDER_MW, KM = 4.0, 20.0


def planted() -> tuple[Any, int]:
    """The second station stands at the end of 20 km of 10 kV cable that could carry four times its load."""
    net = stations_net()
    net.load = net.load.drop(net.load.index)
    end = int(pandapower.create_bus(net, 10.0))
    pandapower.create_line_from_parameters(net, 2, end, KM, 0.05, 0.1, 300.0, 1.0)
    net.bus["min_vm_pu"], net.bus["max_vm_pu"] = np.nan, np.nan
    return net, end


def voltages(net: Any, end: int) -> dict[str, float]:
    """At the end of the feeder by pandapower, intact and with each other branch out."""
    net = copy.deepcopy(net)
    pandapower.create_load(net, 1, LOAD_MW)
    pandapower.create_load(net, end, FEEDER_MW)
    found = {}
    for table, index in [("", 0), *(("line", i) for i in (0, 1)), *(("trafo", i) for i in range(4))]:
        if table:
            net[table].at[index, "in_service"] = False
        pandapower.runpp(net, numba=False, tolerance_mva=1e-10)
        found[f"{table}:{index}" if table else ""] = float(net.res_bus.vm_pu.at[end])
        if table:
            net[table].at[index, "in_service"] = True
        else:
            assert net.res_line.loading_percent.iloc[-1] < 30.0
    return found


def table_of(tmp_path: Path, net: Any, end: int) -> pd.DataFrame:
    stations_study(tmp_path / "study", net)
    study = read_stations(tmp_path / "study")
    stations = tuple(s.model_copy(update={"buses": (end,)}) if s.station_id == "S2" else s for s in study.stations)
    loads = tuple(x.model_copy(update={"p_mw": FEEDER_MW}) if x.station_id == "S2" else x for x in study.loads)
    with Session(replace(study, stations=stations, loads=loads), threads=1) as session:
        return voltage_tables(session)["voltages"]


def test_a_feeder_below_its_voltage_limit_is_named(tmp_path: Path) -> None:
    net, end = planted()
    theirs = voltages(net, end)
    net.bus.at[end, "min_vm_pu"] = theirs[""] + 0.01
    table = table_of(tmp_path, net, end)
    intact, after = table.to_dict("records")
    worst = min(theirs, key=lambda outage: theirs[outage])
    assert worst and (intact["outage"], after["outage"]) == ("", worst)
    for row in (intact, after):
        assert (row["bus"], row["station_id"]) == (end, "S2")
        assert row["vm_pu"] == pytest.approx(theirs[row["outage"]], abs=1e-7)
        assert row["limit_pu"] == pytest.approx(theirs[""] + 0.01)
    assert intact["hours"] == 8760.0 and np.isnan(after["hours"])
    (said,) = voltage_messages(table, {})
    assert "S2" in word_message(said)["en"] and f"bus {end}" in word_message(said)["en"]


def test_a_limit_that_only_an_outage_passes(tmp_path: Path) -> None:
    net, end = planted()
    theirs = voltages(net, end)
    net.bus.at[end, "min_vm_pu"] = (theirs[""] + min(theirs.values())) / 2
    (row,) = table_of(tmp_path, net, end).to_dict("records")
    assert row["outage"] == min(theirs, key=lambda outage: theirs[outage])


def test_within_its_limits_a_bus_has_no_row(tmp_path: Path) -> None:
    net, end = planted()
    net.bus["min_vm_pu"], net.bus["max_vm_pu"] = 0.5, 1.5
    table = table_of(tmp_path, net, end)
    assert table.empty and voltage_messages(table, {}) == []


@pytest.mark.slow
def test_a_voltage_that_is_too_high_is_named(tmp_path: Path) -> None:
    net, end = planted()
    net.bus.at[end, "max_vm_pu"] = voltages(net, end)[""] - 0.02
    table = table_of(tmp_path, net, end)
    assert set(table["bus"]) == {end} and (table["vm_pu"] > table["limit_pu"] + 0.01).all()
