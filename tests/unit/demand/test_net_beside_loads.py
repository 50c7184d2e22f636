"""What of a net's own injections stays beside table `loads`."""

from __future__ import annotations

from pathlib import Path

import pandapower
import pytest

from gridprio.cells.study_grid import StudyGrid, make_study_grid
from gridprio.inputs.read import read_study

TABLES = {
    "stations.csv": "station_id,name,buses\nA,A,1\n",
    "projects.csv": "project_id,name,operator_id,maturity,operator_rank\nP,P,o,concrete,1\n",
    "project_phases.csv": "project_id,phase,duration_months\nP,build,600\n",
    "scenarios.csv": "scenario_id,name\nB,B\n",
    "profiles.csv": "flat\n" + "1\n" * 8760,
    "study.toml": '[study]\nname = "t"\n[settings]\nhours_per_month = 2\n',
}
LOADS = "load_id,station_id,sector,direction,p_mw,profile,power_factor\nL,A,s,demand,10,flat,1\n"


def study_grid(folder: Path, loads: str | None) -> StudyGrid:
    """A line to a bus with a load that depends on voltage, and nearly all else that a net can inject."""
    net = pandapower.create_empty_network()
    source, bus, other = (pandapower.create_bus(net, 20.0) for _ in range(3))
    pandapower.create_ext_grid(net, source)
    for begin, end in ((source, bus), (bus, other)):
        pandapower.create_line_from_parameters(net, begin, end, 5.0, 0.1, 0.3, 0.0, 0.4)
    pandapower.create_load(net, bus, 20.0, 4.0, const_z_p_percent=50.0, const_z_q_percent=50.0)
    pandapower.create_sgen(net, bus, 3.0)
    pandapower.create_storage(net, bus, 2.0, 4.0)
    pandapower.create_motor(net, bus, pn_mech_mw=1.0, cos_phi=0.9)
    pandapower.create_asymmetric_load(net, bus, 1.0, 1.0, 1.0)
    pandapower.create_asymmetric_sgen(net, bus, 0.1, 0.1, 0.1)
    pandapower.create_ward(net, bus, ps_mw=6.0, qs_mvar=1.0, pz_mw=0.0, qz_mvar=0.0)
    pandapower.create_dcline(net, bus, other, p_mw=5.0, loss_percent=0.0, loss_mw=1.0, vm_from_pu=1.0, vm_to_pu=1.0)
    pandapower.create_gen(net, other, p_mw=8.0, vm_pu=1.0)
    pandapower.to_json(net, str(folder / "grid.json"))
    for name, text in (TABLES if loads is None else {**TABLES, "loads.csv": loads}).items():
        (folder / name).write_text(text)
    return make_study_grid(read_study(folder))


CONNECTED_MW = -20 + 3 - 2 - 1 - 3 + 0.3
"""Load, sgen, storage, motor, asymmetric load and sgen."""
BESIDE_MW = -6 - 5
"""Ward and dc line."""


@pytest.mark.parametrize(("loads", "at_bus_mw"), [(LOADS, -10 + BESIDE_MW), (None, CONNECTED_MW + BESIDE_MW)])
def test_table_loads_takes_the_place_of_what_connects_and_of_nothing_else(
    tmp_path: Path, loads: str | None, at_bus_mw: float
) -> None:
    found = study_grid(tmp_path, loads)
    (area,) = found.areas
    at = [list(area.nodes).index(found.union.grid.bus_node[bus]) for bus in (1, 2)]
    p_mw = found.demand.injections(0, 2026, "B", ()).p_mw[0, at]
    by_voltage_mw = area.arrays.y_shunt[at[0]].real * area.arrays.base_mva
    assert (by_voltage_mw > 1) == (loads is None)
    assert p_mw - [by_voltage_mw, 0] == pytest.approx([at_bus_mw, 8 + 5 - 1])
