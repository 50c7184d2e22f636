"""Reactive limits, tap controllers and a shared slack against `pandapower.runpp`, every case of a batch by itself."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from pandapower.control import DiscreteTapControl
from pandapower.control.controller.trafo.ContinuousTapControl import ContinuousTapControl

from gridprio import read_grid, solve_load_flow
from gridprio.errors import InputError
from gridprio.grid.sources import read_net
from gridprio.model.flows import LoadFlows, LoadFlowStatus
from gridprio.model.grid import Grid

from .compare import Expected, assert_same, results_of, run_pandapower, take_out
from .test_pandapower_elements import base, bus_switches, dclines, tap_table, three_winding

SCALES = (0.3, 1.0, 1.25)
"""All loads by case, so that the cases of a batch end differently."""


def machines(net: Any) -> None:
    """Two at one node with ranges of their own, one without limits, one limited on one side, one beside the slack."""
    pp.create_gen(net, 3, p_mw=12, vm_pu=1.03, min_q_mvar=-2, max_q_mvar=1.5)
    pp.create_gen(net, 3, p_mw=2, vm_pu=1.03, min_q_mvar=-0.5, max_q_mvar=0.8)
    pp.create_gen(net, 1, p_mw=5, vm_pu=1.02)
    pp.create_gen(net, 8, p_mw=3, vm_pu=1.025, max_q_mvar=0.6)
    pp.create_gen(net, 0, p_mw=2, vm_pu=1.02, min_q_mvar=-1, max_q_mvar=2)


def constant_current(net: Any) -> None:
    machines(net)
    net.load.loc[[0, 1, 2], ["const_i_p_percent", "const_i_q_percent"]] = 30.0


def tight(net: Any) -> None:
    """No range at all at one machine, and a node where one has a range and the other none."""
    machines(net)
    net.gen.loc[3, ["min_q_mvar", "max_q_mvar"]] = 0.4
    net.gen.loc[1, ["min_q_mvar", "max_q_mvar"]] = 0.1


def dc_and_open(net: Any) -> None:
    machines(net)
    bus_switches(net)
    dclines(net)
    net.dcline[["min_q_from_mvar", "min_q_to_mvar"]] = -1.0
    net.dcline[["max_q_from_mvar", "max_q_to_mvar"]] = 0.7
    net.gen.loc[0, "in_service"] = False
    net.dcline.vm_from_pu, net.dcline.vm_to_pu = [1.02, 1.0], [1.03, 1.0]


def both_transformers(net: Any) -> None:
    for row in net.trafo.index:
        DiscreteTapControl(net, row, 0.995, 1.012)


def negative_steps_at_the_low_side(net: Any) -> None:
    net.trafo["tap_step_percent"] = [-1.5, 1.25]
    net.trafo["tap_side"] = ["hv", "lv"]
    both_transformers(net)


def opposite_angles(net: Any) -> None:
    """A step of 180 degrees lowers where 0 degrees raises."""
    net.trafo["tap_step_degree"] = [180.0, 60.0]
    net.trafo["tap_changer_type"] = "Ratio"
    both_transformers(net)


def wide_band_from_a_set_point(net: Any) -> None:
    DiscreteTapControl.from_tap_step_percent(net, 0, 1.005)
    DiscreteTapControl.from_tap_step_percent(net, 1, 0.99, tol=0.004)


def one_controller_of_two(net: Any) -> None:
    DiscreteTapControl(net, np.array([0, 1]), 0.99, 1.01)


def at_the_limit(net: Any) -> None:
    net.trafo["tap_max"] = [1, 4]
    net.trafo["tap_min"] = [-3, -1]
    both_transformers(net)


def cascade(net: Any) -> None:
    """A third transformer behind the first two: 20 to 10 kV, orders against levels."""
    lv = pp.create_bus(net, 10)
    taps = {"tap_side": "hv", "tap_neutral": 0, "tap_min": -8, "tap_max": 8, "tap_step_percent": 1.5, "tap_pos": 2}
    pp.create_transformer_from_parameters(net, *(8, lv, 6, 20, 10.5, 0.5, 8, 5, 0.1), tap_changer_type="Ratio", **taps)
    pp.create_load(net, lv, 3, 1)
    DiscreteTapControl(net, 2, 1.0, 1.02, order=-1)
    DiscreteTapControl(net, 0, 0.99, 1.01, level=1)
    DiscreteTapControl(net, 1, 0.99, 1.01, level=1, order=5)
    DiscreteTapControl(net, 2, 0.985, 1.005, level=2)


def from_below(net: Any) -> None:
    """The ring of 20 kV holds the voltage of the 110 kV part; the tap stands at the other side."""
    net.ext_grid["bus"] = 4
    net.ext_grid["vm_pu"] = 1.0
    net.trafo.drop(1, inplace=True)
    DiscreteTapControl(net, 0, 0.985, 1.005, side="hv")
    DiscreteTapControl(net, 0, 0.5, 0.6, side="lv", level=1)


def three_windings(net: Any) -> None:
    three_winding(net)
    net.trafo3w["tap_at_star_point"] = False
    DiscreteTapControl(net, 0, 0.99, 1.01, element="trafo3w", side="mv")
    DiscreteTapControl(net, 0, 1.0, 1.02, level=1)


def three_windings_at_the_star(net: Any) -> None:
    three_winding(net)
    DiscreteTapControl(net, 0, 1.0, 1.03, element="trafo3w", side="lv")


def tap_dependent_impedance(net: Any) -> None:
    tap_table(net)
    net.trafo["tap_min"], net.trafo["tap_max"] = -4, 4
    both_transformers(net)


def buses_that_are_out(net: Any) -> None:
    net.bus.loc[6, "in_service"] = False
    net.trafo.loc[0, "in_service"] = False
    both_transformers(net)


def machines_and_taps(net: Any) -> None:
    machines(net)
    cascade(net)


def weights(net: Any) -> None:
    machines(net)
    net.gen["slack_weight"] = [0.5, 1.0, 0.0, 2.0, 0.25]
    net.ext_grid["slack_weight"] = 1.5


def second_ext_grid(net: Any) -> None:
    weights(net)
    pp.create_ext_grid(net, 2, vm_pu=1.01, va_degree=40, slack_weight=0.75)


def slack_without_weight(net: Any) -> None:
    weights(net)
    net.ext_grid["slack_weight"] = 0.0


Q, TAPS, SLACK = {"enforce_q_lims": True}, {"run_control": True}, {"distributed_slack": True}
PIECES: list[tuple[Callable[[Any], None], dict[str, bool]]] = [
    *((piece, Q) for piece in (machines, constant_current, tight, dc_and_open)),
    *((piece, TAPS) for piece in (both_transformers, negative_steps_at_the_low_side, opposite_angles)),
    *((piece, TAPS) for piece in (wide_band_from_a_set_point, one_controller_of_two, at_the_limit, cascade)),
    *((piece, TAPS) for piece in (from_below, three_windings, three_windings_at_the_star, tap_dependent_impedance)),
    *((piece, TAPS) for piece in (buses_that_are_out, machines_and_taps)),
    *((piece, SLACK) for piece in (weights, second_ext_grid, slack_without_weight)),
    (machines_and_taps, Q | TAPS),
    *((piece, Q | SLACK) for piece in (weights, slack_without_weight)),
]
IDS = [f"{piece.__name__}-{'-'.join(asked)}" for piece, asked in PIECES]


def scaled(net: Any, scale: float) -> Any:
    net = copy.deepcopy(net)
    net.load["scaling"] = scale
    return net


def held_by_pandapower(net: Any, flows: LoadFlows) -> list[int]:
    """At which of its limits each machine of ours stands in pandapower's results; 0 for those that fix the angle."""
    controls, held = flows.grid.controls, []
    assert controls is not None
    for row, machine in enumerate(controls.machine_ids):
        table, index = machine[:2]
        if controls.machine_is_reference[row] or table == "xward":
            held.append(0)
            continue
        side = f"_{machine[2]}" if len(machine) == 3 else ""
        # pandapower counts what a dcline takes.
        q = net[f"res_{table}"].at[index, f"q{side}_mvar"] * (-1 if side else 1)
        limits = (controls.machine_q_min_mvar[row], controls.machine_q_max_mvar[row])
        held.append(int(abs(q - limits[1]) < 1e-9) or -int(abs(q - limits[0]) < 1e-9))
    return held


def assert_same_controls(net: Any, flows: LoadFlows, case: int, asked: dict[str, bool]) -> None:
    controls = flows.grid.controls
    assert controls is not None
    if "run_control" in asked:
        expected = [net[table].at[index, "tap_pos"] for table, index in controls.transformer_ids]
        assert flows.tap_pos[case].tolist() == expected
    if "enforce_q_lims" in asked:
        assert flows.q_at_limit[case].tolist() == held_by_pandapower(net, flows)
    if "distributed_slack" in asked:
        planned = (net.gen.p_mw * net.gen.in_service).sum()
        given = net.res_gen.p_mw.sum() + net.res_ext_grid.p_mw.sum()
        assert flows.p_slack_mw[case] == pytest.approx(given - planned, abs=1e-7)


@cache
def solved(number: int) -> tuple[list[Grid], list[tuple[Any, Expected]]]:
    """The grid of a piece at each scale, and pandapower's nets and results."""
    piece, asked = PIECES[number]
    net = base()
    piece(net)
    nets = [scaled(net, scale) for scale in SCALES]
    grids = [read_grid(theirs) for theirs in nets]
    for theirs in nets:
        assert theirs.trafo.equals(net.trafo) and theirs.trafo3w.equals(net.trafo3w)
        assert run_pandapower(theirs, **asked)
    return grids, [(theirs, results_of(theirs)) for theirs in nets]


@pytest.mark.parametrize("number", range(len(PIECES)), ids=IDS)
def test_piece(number: int, backend: str) -> None:
    grids, expected = solved(number)
    asked = PIECES[number][1]
    if PIECES[number][0] is constant_current:
        # Constant currents belong to the grid, not to the injections of a case.
        for grid, (theirs, results) in zip(grids, expected, strict=True):
            one = solve_load_flow(grid, backend=backend, **asked, **SHARP)
            assert_same(results, one)
            assert_same_controls(theirs, one, 0, asked)
        return
    p_mw, q_mvar = (np.array([getattr(grid, name) for grid in grids]) for name in ("p_mw", "q_mvar"))
    flows = solve_load_flow(grids[0], p_mw=p_mw, q_mvar=q_mvar, backend=backend, **asked, **SHARP)
    for case, (theirs, results) in enumerate(expected):
        assert_same(results, flows, case)
        assert_same_controls(theirs, flows, case, asked)


SHARP = {"tolerance_mva": 1e-10}


def test_the_pieces_do_what_they_are_for() -> None:
    """Machines end at either limit and within them, taps at their limits and not, so that the comparison says much."""
    held = [
        held_by_pandapower(theirs, solve_load_flow(read_grid(theirs), **Q))
        for theirs, _ in solved(PIECES.index((machines, Q)))[1]
    ]
    assert {-1, 0, 1} == set(np.ravel(held))
    ends = solved(PIECES.index((at_the_limit, TAPS)))[1]
    taps = np.array([theirs.trafo.tap_pos for theirs, _ in ends])
    assert {-3, -1} & set(taps.ravel()) and len(np.unique(taps, axis=0)) > 1


@pytest.mark.parametrize("asked", [Q, TAPS, Q | TAPS], ids=lambda asked: "-".join(asked))
def test_outages(asked: dict[str, bool], backend: str) -> None:
    """Every single outage in one batch, also those that split the grid or take a controlled transformer."""
    grid, cases = solved_outages(tuple(asked))
    flows = solve_load_flow(grid, outage=[row for row, _ in cases], backend=backend, **asked, **SHARP)
    assert len(cases) > 8
    for case, (_, theirs) in enumerate(cases):
        assert_same(results_of(theirs), flows, case)
        assert_same_controls(theirs, flows, case, asked if "run_control" in asked else {})


@cache
def solved_outages(asked: tuple[str, ...]) -> tuple[Grid, list[tuple[int, Any]]]:
    net = base()
    machines_and_taps(net)
    grid = read_grid(net)
    cases = []
    for row, outage in enumerate(grid.outage_ids):
        theirs = copy.deepcopy(net)
        take_out(theirs, outage)
        if run_pandapower(theirs, **dict.fromkeys(asked, True)):
            cases.append((row, theirs))
    return grid, cases


NETS = ("case_ieee30", "case39", "case118", "case145", "case_illinois200", "GBreducednetwork")


@cache
def limited_net(name: str) -> tuple[Grid, Expected]:
    net, _ = read_net(f"pandapower:{name}")
    grid = read_grid(net)
    assert run_pandapower(net, **Q)
    return grid, results_of(net)


@pytest.mark.parametrize("name", NETS)
def test_networks_within_reactive_limits(name: str, backend: str) -> None:
    grid, theirs = limited_net(name)
    flows = solve_load_flow(grid, backend=backend, **Q, **SHARP)
    assert_same(theirs, flows)
    assert np.abs(flows.q_at_limit).sum() > 0


@cache
def controlled_net(source: str) -> tuple[Grid, Any]:
    net, _ = read_net(source)
    for row in net.trafo.index:
        DiscreteTapControl(net, row, 1.005, 1.03)
    net.load["scaling"] = 1.2
    grid, before = read_grid(net), net.trafo.tap_pos.copy()
    assert run_pandapower(net, **TAPS)
    assert (before != net.trafo.tap_pos).any()
    return grid, net


@pytest.mark.parametrize("source", ["pandapower:mv_oberrhein", "simbench:1-HVMV-urban-2.203-0-sw"])
def test_networks_with_taps(source: str, backend: str) -> None:
    grid, theirs = controlled_net(source)
    flows = solve_load_flow(grid, backend=backend, **TAPS, **SHARP)
    assert_same(results_of(theirs), flows)
    assert_same_controls(theirs, flows, 0, TAPS)


@cache
def without_solution(piece: Callable[[Any], None]) -> Grid:
    """A grid whose taps pandapower does not bring to rest."""
    net = base()
    piece(net)
    grid = read_grid(net)
    assert not run_pandapower(net, **TAPS)
    return grid


def band_narrower_than_a_step(net: Any) -> None:
    DiscreteTapControl(net, 0, 1.0004, 1.0008)
    DiscreteTapControl(net, 1, 0.98, 1.02)


def tap_outside_its_limits(net: Any) -> None:
    net.trafo.loc[0, "tap_pos"] = net.trafo.tap_max[0] + 2
    DiscreteTapControl(net, 0, 0.9, 0.91)


@pytest.mark.parametrize("piece", [band_narrower_than_a_step, tap_outside_its_limits])
def test_hunting_is_a_status(piece: Callable[[Any], None], backend: str) -> None:
    """pandapower gives up after `max_iter` load flows, here the tap is seen to return, or not to move."""
    flows = solve_load_flow(without_solution(piece), backend=backend, **TAPS)
    assert flows.status.tolist() == [LoadFlowStatus.HUNTING]
    assert np.isnan(flows.vm_pu).all() and np.isnan(flows.loading_percent).all()


@cache
def far_from_its_band() -> tuple[Grid, list[bool]]:
    """The grid, and whether pandapower's `max_iter` of 0, 1, ... is enough."""
    net = base()
    net.trafo["tap_pos"] = [4, 0]
    DiscreteTapControl(net, 0, 1.0, 1.02)
    return read_grid(net), [run_pandapower(copy.deepcopy(net), max_iter=allowed, **TAPS) for allowed in range(6)]


def test_as_many_load_flows_as_allowed(backend: str) -> None:
    """`max_control_iterations` is pandapower's `max_iter`: enough or not enough at the same number."""
    grid, enough = far_from_its_band()
    assert {True, False} == set(enough)
    for allowed, theirs in enumerate(enough):
        flows = solve_load_flow(grid, backend=backend, max_control_iterations=allowed, **TAPS)
        assert flows.status[0] == (LoadFlowStatus.CONVERGED if theirs else LoadFlowStatus.CONTROL_ITERATIONS)


def test_the_limit_that_a_tap_stands_at_is_told(backend: str) -> None:
    net = base()
    at_the_limit(net)
    one, both = (solve_load_flow(read_grid(scaled(net, scale)), backend=backend, **TAPS) for scale in (3.0, 5.0))
    assert one.status[0] == both.status[0] == LoadFlowStatus.CONVERGED
    assert one.tap_pos.tolist() == [[-3, 0]] and one.tap_at_limit.tolist() == [[0, 0]]
    assert both.tap_pos.tolist() == [[-3, -1]] and both.tap_at_limit.tolist() == [[-1, -1]]
    assert (both.vm_pu[0, [4, 6]] < 0.995).all()
    net.ext_grid["vm_pu"] = 1.12
    high = solve_load_flow(read_grid(scaled(net, 0.1)), backend=backend, **TAPS)
    assert high.tap_pos.tolist() == [[1, 4]] and high.tap_at_limit.tolist() == [[1, 1]]


def test_what_cannot_be_controlled_is_refused() -> None:
    net = base()
    ContinuousTapControl(net, 0, 1.0)
    DiscreteTapControl(net, 1, 0.99, 1.01)
    net.trafo.loc[1, "tap_max"] = np.nan
    net.gen["reactive_capability_curve"] = False
    net.ext_grid["slack_weight"] = 0.0
    pp.create_gen(net, 3, p_mw=1, min_q_mvar=3, max_q_mvar=2)
    grid = read_grid(net)
    assert solve_load_flow(grid).status[0] == LoadFlowStatus.CONVERGED
    with pytest.raises(InputError) as refused:
        solve_load_flow(grid, enforce_q_lims=True, run_control=True, distributed_slack=True)
    found = {(problem.file, problem.row, problem.column) for problem in refused.value.problems}
    assert found == {
        ("controller", 0, None),
        ("trafo", 1, "tap_max"),
        ("gen", 0, "max_q_mvar"),
        ("gen", None, "slack_weight"),
    }
    with pytest.raises(AttributeError, match="run_control"):
        solve_load_flow(grid).tap_pos  # noqa: B018
