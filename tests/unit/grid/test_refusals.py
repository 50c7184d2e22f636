"""What cannot be modelled is named, all of it at once; what does not matter is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from gridprio import read_grid
from gridprio.errors import InputError, Problem
from gridprio.grid.convert import grid_from_net

from .nets import small_province


def problems_of(net: Any) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as raised:
        read_grid(net)
    return raised.value.problems


def break_everything(net: Any) -> None:
    pp.create_svc(net, 1, x_l_ohm=1, x_cvar_ohm=-10, set_vm_pu=1, thyristor_firing_angle_degree=90)
    pp.create_ssc(net, 2, r_ohm=0, x_ohm=5)
    pp.create_bus_dc(net, 100)
    net.user_pf_options["distributed_slack"] = True
    net.line.loc[1, "to_bus"] = 999
    net.switch.loc[1, "element"] = 77
    net.bus.loc[13, "vn_kv"] = np.nan
    net.load.loc[0, "p_mw"] = np.nan
    net.trafo["df"] = [1.0, 0.0, 1.0]
    net.ext_grid["in_service"] = False


def test_every_reason_at_once() -> None:
    net = small_province()
    break_everything(net)
    found = {(p.file, p.row, p.column) for p in problems_of(net)}
    assert found == {
        ("svc", 0, None),
        ("ssc", 0, None),
        ("bus_dc", 0, None),
        ("user_pf_options", None, "distributed_slack"),
        ("line", 1, "to_bus"),
        ("switch", 1, "element"),
        ("bus", 13, "vn_kv"),
        ("load", 0, "p_mw"),
        ("trafo", 1, "df"),
        ("ext_grid", None, None),
    }


def no_impedance(net: Any) -> None:
    net.line.loc[2, ["r_ohm_per_km", "x_ohm_per_km"]] = 0.0


def missing_impedance(net: Any) -> None:
    net.line.loc[2, "x_ohm_per_km"] = np.nan


def two_set_points(net: Any) -> None:
    pp.create_gen(net, 11, p_mw=1, vm_pu=1.0)
    pp.create_gen(net, 11, p_mw=1, vm_pu=1.01)


def two_angles(net: Any) -> None:
    pp.create_ext_grid(net, 0, vm_pu=1.02, va_degree=4)


def empty_shunt(net: Any) -> None:
    pp.create_shunt(net, 11, q_mvar=np.nan)


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (no_impedance, ("line", 2, None)),
        (missing_impedance, ("line", 2, "x_ohm_per_km")),
        (two_set_points, ("gen", 1, "vm_pu")),
        (two_angles, ("ext_grid", 1, "va_degree")),
        (empty_shunt, ("shunt", 0, "q_mvar")),
    ],
)
def test_reasons_by_their_cell(spoil: Callable[[Any], None], place: tuple[str, int, str | None]) -> None:
    net = small_province()
    spoil(net)
    assert [(p.file, p.row, p.column) for p in problems_of(net)] == [place]


def test_what_has_no_part_in_a_load_flow_is_no_reason() -> None:
    net = small_province()
    pp.create_svc(net, 1, 1, -10, 1, 90, in_service=False)
    pp.create_measurement(net, "v", "bus", 1.0, 0.01, 1)
    pp.control.DiscreteTapControl(net, 0, 0.98, 1.02)
    net["my_notes"] = net.bus.copy().drop(columns="in_service")
    no_impedance(net)
    net.line.loc[2, "in_service"] = False
    grid = grid_from_net(net)
    row = grid.branch_ids.index(("line", 2))
    assert grid.arrays.y_ff[row] == 0
    assert not grid.arrays.branch_in_service[row]


@pytest.mark.parametrize("name", ["f_hz", "sn_mva"])
@pytest.mark.parametrize("value", ["50 Hz", 0, -1.0, np.nan, np.inf, None, [50], True, 1e300], ids=str)
def test_values_of_the_net_itself_are_numbers_that_can_be_meant(name: str, value: object) -> None:
    net = small_province()
    net[name] = value
    (problem,) = problems_of(net)
    assert (problem.file, problem.column, problem.found) == ("net", name, repr(value)) and problem.mend


@pytest.mark.parametrize(
    ("option", "value"),
    [("trafo_model", "x"), ("trafo3w_losses", 1), ("calculate_voltage_angles", "maybe"), ("switch_rx_ratio", "2"),
     ("voltage_depend_loads", "no"), ("switch_rx_ratio", np.nan), ("enforce_p_lims", [True])],
)  # fmt: skip
def test_options_of_the_model_have_one_of_their_values(option: str, value: object) -> None:
    net = small_province()
    net["user_pf_options"] = {option: value}
    (problem,) = problems_of(net)
    assert (problem.file, problem.column) == ("user_pf_options", option)
    assert problem.found == repr(value) and problem.expected and problem.mend


@pytest.mark.parametrize("profiles", [{"load": 5}, [1], {"load": {"a": [1.0]}}], ids=str)
def test_profiles_of_a_net_are_tables(profiles: object) -> None:
    net = small_province()
    net["profiles"] = profiles
    (problem,) = problems_of(net)
    assert problem.file == "profiles" and problem.expected


@pytest.mark.parametrize(("table", "row"), [("ext_grid", 0), ("bus", 0)])
def test_a_grid_whose_voltage_nothing_fixes(table: str, row: int) -> None:
    """The slack, or its bus, is out of service."""
    net = small_province()
    net[table].at[row, "in_service"] = False
    with pytest.raises(InputError, match="nothing fixes the voltage"):
        read_grid(net)
