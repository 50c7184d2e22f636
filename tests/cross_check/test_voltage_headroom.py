"""Headroom by voltage on a planted feeder, against pandapower alone: every hour, every outage, taps set and acting."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandapower as pp
import pytest
from pandapower.control import DiscreteTapControl

from gridprio.inputs import read_study, with_settings
from gridprio.inputs.study import Study
from gridprio.pipeline.headroom import study_headroom
from gridprio.pipeline.session import Session
from tests.cross_check.compare import start_vm_pu
from tests.unit.grid.stations import stations_study
from tests.unit.pipeline.test_voltages import planted

KW = 1e-3
Q_PER_P = np.tan(np.arccos(0.98))
DAY = np.array([0.55, 0.7, 1.0, 0.8])
SUN = np.array([0.0, 0.9, 0.4, 1.0])


def feeder(folder: Path, *, controlled: bool, band: tuple[float, float] = (0.985, 1.005)) -> tuple[Any, int, Study]:
    """20 km of 10 kV cable behind two transformers: 4 MW of load with its day and 3 MW of sun at its end."""
    net, end = planted()
    net.trafo[["tap_min", "tap_max"]] = [-9, 9]
    net.trafo["tap_pos"] = 0
    if controlled:
        for transformer in net.trafo.index[net.trafo.lv_bus == 2]:
            DiscreteTapControl(net, transformer, *band)
    net.bus.loc[end, ["min_vm_pu", "max_vm_pu"]] = [0.94, 1.05]
    stations_study(folder, net)
    hours = np.tile(np.repeat([DAY, SUN], 1, axis=0).T, (2190, 1))
    rows = "\n".join(f"1.0,{day},{sun}" for day, sun in hours)
    (folder / "profiles.csv").write_text(f"flat,day,sun\n{rows}\n")
    (folder / "loads.csv").write_text(
        "load_id,station_id,sector,direction,p_mw,profile,power_factor\n"
        "L1,S1,services,demand,20.0,day,1.0\nL2,S2,services,demand,4.0,day,0.98\nL3,S2,solar,feed_in,3.0,sun,1.0\n"
    )
    stations = folder / "stations.csv"
    stations.write_text(stations.read_text().replace("Station 2,2,", f"Station 2,{end},"))
    study = with_settings(read_study(folder), end_year=2026, taps="acting" if controlled else "fixed")
    return net, end, study


def hours_of(study: Study) -> list[dict[int, complex]]:
    """Injection of each bus, MVA, in the hours that are simulated and differ."""
    with Session(study, threads=1) as session:
        grid = session.cells.grid
        found = grid.cache_demand.injections(0, 2026, "base", ())
        rows = np.unique(np.round(found.p_mw + 1j * found.q_mvar, 12), axis=0)
        return [{grid.bus_id(0, node): row[node] for node in np.flatnonzero(row).tolist()} for row in rows]


class Judge:
    """pandapower on its own: whether a request at the end of the feeder keeps every voltage within its limits."""

    def __init__(self, net: Any, end: int, hours: list[dict[int, complex]]) -> None:
        self.net, self.end, self.hours = net, end, hours
        self.loading_percent = 0.0

    def holds(self, mw: float, direction: str) -> bool:
        return all(
            self._inside(hour, outage, mw, direction)
            for hour in self.hours
            for outage in [None, *((table, row) for table in ("line", "trafo") for row in self.net[table].index)]
        )

    def _inside(self, hour: dict[int, complex], outage: tuple[str, int] | None, mw: float, direction: str) -> bool:
        """Low voltages in the intact grid and after outages, which demand asks for; high ones in the intact grid."""
        net = copy.deepcopy(self.net)
        for bus, s in hour.items():
            pp.create_sgen(net, bus, s.real, s.imag)
        sign = 1 if direction == "feed_in" else -1
        pp.create_sgen(net, self.end, sign * mw, sign * mw * Q_PER_P)
        if outage:
            net[outage[0]].at[outage[1], "in_service"] = False
        start = start_vm_pu(net)
        pp.runpp(net, numba=False, tolerance_mva=1e-10, init_vm_pu=start, run_control=len(net.controller) > 0)
        feeder_row = net.line.index[-1]
        if not outage:
            self.loading_percent = max(self.loading_percent, net.res_line.loading_percent.at[feeder_row])
        vm = net.res_bus.vm_pu.at[self.end]
        if np.isnan(vm):
            return True
        return bool(vm >= self.net.bus.min_vm_pu.at[self.end] and (outage or vm <= self.net.bus.max_vm_pu.at[self.end]))


Direction = Literal["demand", "feed_in"]


@pytest.mark.slow
@pytest.mark.parametrize("controlled", [False, True], ids=["taps set", "taps acting"])
@pytest.mark.parametrize("direction", ["demand", "feed_in"])
def test_headroom_of_a_feeder_is_what_pandapower_leaves(tmp_path: Path, direction: Direction, controlled: bool) -> None:
    net, end, study = feeder(tmp_path / "study", controlled=controlled)
    flat = replace(study, developments=tuple(d for d in study.developments if d.station_id != "S2"))
    found = study_headroom(flat, threads=1)
    row = found[(found["station_id"] == "S2") & (found["direction"] == direction)].iloc[0]
    judge = Judge(net, end, hours_of(study))
    mw = float(row["voltage_headroom_mw"])
    assert judge.holds(mw - KW, direction) and not judge.holds(mw + KW, direction)
    assert judge.loading_percent < 30.0 and mw < row["headroom_mw"] / 2
    assert (row["voltage_bus"], row["voltage_limit_pu"]) == (end, 0.94 if direction == "demand" else 1.05)
