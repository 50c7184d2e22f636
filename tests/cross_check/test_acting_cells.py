"""Cells in which taps and reactive limits act, against pandapower alone: a day on a meshed net with every outage.

The cases of pandapower stand side by side in one net: each has its own ext_grid, controlled taps and machine.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from pandapower.control import DiscreteTapControl

import gridprio
from gridprio.cells import contingencies_for
from gridprio.cells.executor import cell_batch
from gridprio.cells.redispatch import RedispatchProblem
from gridprio.grid import split_areas
from gridprio.grid.area_controls import acting_area
from gridprio.inputs.settings import Settings
from gridprio.kernels import get_kernels
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, CellResults, HourlyInjections, Queue, Requests
from gridprio.model.rules import CellRules, record_from

from .many_cases import side_by_side

HOURS = 6
DAY = 0.75 + 0.25 * np.cos((np.arange(HOURS) - 4) / 3 * np.pi)
BANDS = ((1.0, 1.025), (0.995, 1.02))
"""Of the controllers of the two transformers."""
LOAD_MW = {1: 6.0, 2: 5.0, 3: 11.0, 4: 9.0}
Q_PER_P = 0.3
GEN_BUS, GEN_MW = 4, 3.0
LINES = ((1, 3, 4.0), (3, 2, 5.0), (1, 4, 6.0), (4, 2, 3.0), (3, 4, 4.0))
WEIGHT_H = 1460.0
SCALE = 0.7
"""Of the loads, with which nothing is overloaded yet."""
RULES = replace(record_from(CellRules, vars(Settings(security_min_kv=0.0, taps="acting"))), negligible_percent=0.0)
MVA, PERCENT, MORE_MW = 1e-5, 1e-5, 0.01


@cache
def meshed_net() -> Any:
    """Two transformers with controllers feed a mesh at 20 kV; a machine in it cannot give what its voltage asks."""
    net = pp.create_empty_network(sn_mva=100.0)
    top = pp.create_bus(net, 110.0)
    buses = [pp.create_bus(net, 20.0) for _ in range(4)]
    pp.create_ext_grid(net, top, vm_pu=0.97)
    for bus, vk_percent in ((buses[0], 14.0), (buses[1], 17.0)):
        pp.create_transformer_from_parameters(
            net, top, bus, 40.0, 110.0, 20.0, vkr_percent=0.5, vk_percent=vk_percent, pfe_kw=20.0, i0_percent=0.1,
            tap_side="hv", tap_neutral=0, tap_min=-9, tap_max=9, tap_step_percent=1.5, tap_pos=0,
            tap_changer_type="Ratio",
        )  # fmt: skip
    for at, band in enumerate(BANDS):
        DiscreteTapControl(net, at, *band)
    for a, b, km in LINES:
        pp.create_line_from_parameters(net, a, b, km, 0.12, 0.3, 10.0, 0.35)
    for bus in LOAD_MW:
        pp.create_load(net, bus, 0.0, 0.0)
    pp.create_gen(net, GEN_BUS, GEN_MW, vm_pu=1.01, min_q_mvar=-2.0, max_q_mvar=2.0)
    return net


class Case:
    """The area of the net with `scale` times its loads; taps acting, or as they are set."""

    def __init__(self, scale: float = 1.0, *, acting: bool = True) -> None:
        grid = gridprio.read_grid(meshed_net())
        (plain,) = split_areas(grid)
        self.area = acting_area(grid, plain) if acting else plain
        self.arrays, self.mask = self.area.arrays, self.area.arrays.branch_in_service
        node_of = {int(grid.bus_ids[row]): int(grid.bus_node[row]) for row in plain.bus_rows}
        self.node = {bus: int(np.flatnonzero(plain.nodes == node)[0]) for bus, node in node_of.items()}
        self.branches = [(str(kind), int(row)) for kind, row, *_ in (grid.branch_ids[row] for row in plain.branches)]
        self.load_mw = scale * DAY[:, None] * np.array(list(LOAD_MW.values()))
        p, q = np.zeros((2, HOURS, self.arrays.n_node))
        nodes = [self.node[bus] for bus in LOAD_MW]
        p[:, nodes], q[:, nodes] = -self.load_mw, -Q_PER_P * self.load_mw
        p[:, self.node[GEN_BUS]] += GEN_MW
        month, weight_h = np.zeros(HOURS, dtype=np.int8), np.full(HOURS, WEIGHT_H)
        exempt = np.zeros_like(p)
        exempt[:, self.node[GEN_BUS]] = GEN_MW
        self.hourly = HourlyInjections(month, month.astype(np.int16), weight_h, p, q, exempt)
        every = contingencies_for(self.arrays, RULES.outages)
        both = np.full_like(every.required_direction, CASE_DEMAND | CASE_FEED_IN)
        self.contingencies = replace(every, required_direction=both)
        self.outages = [self.branches[out[0]] if len(out := every.out(k)) else None for k in range(len(every.second))]

    def theirs(self, load_mw: np.ndarray, k: np.ndarray) -> np.ndarray:
        """`[case, branch]`, loading in percent by pandapower alone, of loads `[case, load]` and contingencies."""
        found = loadings(load_mw, [self.outages[at] for at in k.tolist()])
        return np.stack([found[branch] for branch in self.branches], axis=1)

    def most_percent(self, *load_mw: np.ndarray) -> np.ndarray:
        """The largest loading over all outages by pandapower alone, of each of these loads."""
        n, every = len(load_mw), np.arange(len(self.outages))
        found = self.theirs(np.repeat(load_mw, len(every), axis=0), np.tile(every, n))
        most: np.ndarray = found.reshape(n, -1).max(axis=1)
        return most


@cache
def case_of(scale: float = 1.0, *, acting: bool = True) -> Case:
    return Case(scale, acting=acting)


@cache
def nets_side_by_side(count: int) -> Any:
    net = meshed_net()
    many = side_by_side(net, count)
    many.controller = many.controller.iloc[:0]
    for at, band in enumerate(BANDS):
        DiscreteTapControl(many, np.arange(at, len(many.trafo), len(BANDS)), *band)
    return many


def loadings(load_mw: np.ndarray, out: list[tuple[str, int] | None]) -> dict[tuple[str, int], np.ndarray]:
    """`[case]` in percent, by line and transformer."""
    net, many = meshed_net(), copy.deepcopy(nets_side_by_side(len(out)))
    many.load["p_mw"], many.load["q_mvar"] = load_mw.ravel(), Q_PER_P * load_mw.ravel()
    for case, outage in enumerate(out):
        if outage:
            many[outage[0]].at[case * len(net[outage[0]]) + outage[1], "in_service"] = False
    pp.runpp(many, numba=False, tolerance_mva=1e-10, run_control=True, enforce_q_lims=True)
    return {
        (table, at): many[f"res_{table}"].loading_percent.to_numpy()[at :: len(net[table])]
        for table in ("line", "trafo")
        for at in range(len(net[table]))
    }


@cache
def overload_by_pandapower() -> np.ndarray:
    """`[hour, branch]`, the largest MVA above the rating over all outages."""
    case = case_of()
    hour, k = (rows.ravel() for rows in np.mgrid[:HOURS, : len(case.outages)])
    over = np.maximum(case.theirs(case.load_mw[hour], k) - 100.0, 0.0) / 100.0 * case.arrays.rating_mva
    most: np.ndarray = over.reshape(HOURS, len(case.outages), -1).max(axis=1)
    return most


def evaluated(case: Case, backend: str, queue: Queue, requested_mw: np.ndarray) -> CellResults:
    cells = cell_batch([case.mask], [case.hourly], [Requests.in_given_order(queue, requested_mw)])
    kernels = get_kernels(backend)
    return kernels.evaluate_cells(case.arrays, case.contingencies, queue, cells, rules=RULES, threads=1)


@pytest.mark.slow
def test_overload_and_insecure_hours_are_those_of_pandapower(backend: str) -> None:
    case, nobody, theirs = case_of(), (Queue.empty(HOURS), np.zeros(0)), overload_by_pandapower()
    ours = evaluated(case, backend, *nobody)
    np.testing.assert_allclose(ours.branch_overload_mvah[0], WEIGHT_H * theirs.sum(axis=0), atol=8760 * MVA)
    assert ours.insecure_hours.sum() == WEIGHT_H * (theirs > MVA).any(axis=1).sum() > 0
    assert ours.not_converged[0] == 0
    # Taps as they are set say something else altogether.
    fixed = evaluated(case_of(acting=False), backend, *nobody)
    assert ours.overload_mvah.sum() < 0.5 * fixed.overload_mvah.sum()
    assert ours.insecure_hours.sum() < 0.7 * fixed.insecure_hours.sum()


def requests(case: Case, *buses: int) -> Queue:
    n = len(buses)
    return Queue(
        node=np.array([case.node[bus] for bus in buses], dtype=np.int32),
        sign=np.full(n, -1, dtype=np.int8),
        q_per_p=np.full(n, Q_PER_P),
        profile=np.ones((n, HOURS)),
        firm=np.zeros(n, dtype=np.bool_),
        exempt=np.zeros(n, dtype=np.bool_),
    )


@pytest.mark.slow
@pytest.mark.parametrize("buses", [(3,), (3, 4, 2)], ids=["alone", "queue"])
def test_what_is_allocated_holds_in_pandapower_and_a_little_more_does_not(backend: str, buses: tuple[int, ...]) -> None:
    case, wish = case_of(SCALE), np.full(len(buses), 40.0)
    found, fixed = (
        evaluated(each, backend, requests(case, *buses), wish) for each in (case, case_of(SCALE, acting=False))
    )
    allocated = found.allocated_mw[0]
    place = [list(LOAD_MW).index(bus) for bus in buses]
    load_mw = case.load_mw.copy()
    load_mw[:, place] += allocated
    assert (case.most_percent(*load_mw[::2]) <= 100.0 + PERCENT).all()
    for at, mw in enumerate(allocated):
        if mw < wish[at]:
            more = load_mw[found.limit_hour[0, at]].copy()
            more[place[at]] += MORE_MW
            k, branch = found.limit_contingency[0, at], found.limit_branch[0, at]
            assert case.theirs(more[None], np.array([k]))[0, branch] > 100.0, (at, mw)
    assert 0 < allocated[0] < wish[0]
    assert abs(allocated.sum() - fixed.allocated_mw.sum()) > 0.5


@pytest.mark.slow
def test_redispatch_clears_what_pandapower_sees_and_no_more(backend: str) -> None:
    case = case_of()
    drawn = np.zeros(case.hourly.p_mw.shape, dtype=complex)
    drawn[:, [case.node[bus] for bus in LOAD_MW]] = case.load_mw * (1 + 1j * Q_PER_P)
    rules = case.contingencies, case.mask, case.hourly, drawn, RULES, get_kernels(backend)
    found = RedispatchProblem(case.arrays, *rules).solve()
    hour = int(DAY.argmax())
    cut_mw = found.demand_mw[hour, [case.node[bus] for bus in LOAD_MW]]
    assert cut_mw.sum() > 0.5 and not found.left_mva.any() and not found.unsolved.any()
    whole, less = case.most_percent(case.load_mw[hour] - cut_mw, case.load_mw[hour] - 0.98 * cut_mw)
    assert whole <= 100.0 + PERCENT and less > 100.0
