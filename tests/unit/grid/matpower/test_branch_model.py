"""Every way a case can describe branches, machines and buses, against the independent solver, also for each outage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from .compare import assert_solves_alike, grid_of
from .tables import Tables, six_buses, text_of

Change = Callable[[Tables], Tables]
LOW_FIRST = {("branch", row, end): bus for row in (3, 4) for end, bus in (("F_BUS", 4), ("T_BUS", 3))}
"""Both transformers with their 20 kV bus first."""


def cells(changed: dict[tuple[str, int, str], float]) -> Change:
    return lambda tables: tables.with_cells(changed)


def branch(row: int, **values: float) -> Change:
    return cells({("branch", row, column): value for column, value in values.items()})


def low_first(**values: float) -> Change:
    return cells({**LOW_FIRST, **{("branch", 3, column): value for column, value in values.items()}})


def rows(table: str, *added: tuple[float, ...]) -> Change:
    return lambda tables: tables.with_rows(table, *added)


def then(*changes: Change) -> Change:
    def change(tables: Tables) -> Tables:
        for one in changes:
            tables = one(tables)
        return tables

    return change


def gen(bus: float, p: float, vm: float, q: float = 0, status: float = 1) -> tuple[float, ...]:
    return (bus, p, q, 300, -300, vm, 100, status, 500, 0)


def dcline(f: float, t: float, p: float, status: float = 1, **more: float) -> tuple[float, ...]:
    row = {"VF": 1.01, "VT": 1.0, "LOSS0": 0.0, "LOSS1": 0.0, **more}
    limits = (-50, 50, -40, 40, -40, 40)
    return (f, t, status, p, p, 0, 0, row["VF"], row["VT"], *limits, row["LOSS0"], row["LOSS1"])


def renumbered(tables: Tables) -> Tables:
    """Numbers with gaps, in no order, and rows of buses shuffled."""
    numbers = {1: 907, 2: 12, 3: 4000, 4: 3, 5: 58, 6: 1}
    bus, gen_, branch_ = tables.bus[[3, 0, 5, 2, 4, 1]].copy(), tables.gen.copy(), tables.branch.copy()
    for table, columns in ((bus, (0,)), (gen_, (0,)), (branch_, (0, 1))):
        for column in columns:
            table[:, column] = [numbers[int(number)] for number in table[:, column]]
    return replace(tables, bus=bus, gen=gen_, branch=branch_)


def on_base(base_mva: float) -> Change:
    def change(tables: Tables) -> Tables:
        branch_ = tables.branch.copy()
        branch_[:, 2:4] *= base_mva / tables.base_mva
        branch_[:, 4] *= tables.base_mva / base_mva
        return replace(tables, branch=branch_, base_mva=base_mva)

    return change


def all_branches(**values: float) -> Change:
    return cells({("branch", row, column): value for row in range(8) for column, value in values.items()})


VARIANTS: dict[str, Change] = {
    "as it is": lambda tables: tables,
    # ratio and angle, on either side
    "ratio above 1": branch(3, TAP=1.06),
    "ratio below 1": branch(3, TAP=0.91),
    "ratio 1 between voltages": branch(3, TAP=1.0),
    "ratio 0 between voltages twice": branch(3, TAP=0.0),
    "low voltage first, ratio 0": low_first(TAP=0.0),
    "low voltage first, ratio 1": low_first(TAP=1.0),
    "low voltage first, ratio below 1": low_first(TAP=0.95),
    "low voltage first, ratio above 1": low_first(TAP=1.07),
    "low voltage first, ratio and angle": low_first(TAP=0.97, SHIFT=3.0),
    "low voltage first, ratio and charging": low_first(TAP=0.97, BR_B=0.06),
    "low voltage first, angle and inductive charging": low_first(TAP=1.04, SHIFT=-2.0, BR_B=-0.05),
    "low voltage first, charging at ratio 0": low_first(TAP=0.0, BR_B=0.05),
    "ratio between equal voltages": branch(0, TAP=0.97),
    "ratio between equal voltages, turned round": branch(0, F_BUS=2, T_BUS=1, TAP=0.97),
    "ratio in the 20 kV ring": branch(6, TAP=1.03),
    "angle between equal voltages": branch(1, SHIFT=4.0),
    "angle at ratio 1": branch(1, TAP=1.0, SHIFT=-4.0),
    "angle and ratio": branch(1, TAP=1.02, SHIFT=2.5),
    "angle of the transformers alike": then(branch(3, SHIFT=30.0), branch(4, SHIFT=30.0)),
    "angle of a half turn": then(branch(3, SHIFT=150.0), branch(4, SHIFT=150.0)),
    "angle of a half turn, low voltage first": then(low_first(SHIFT=-150.0), branch(4, SHIFT=-150.0)),
    "negative ratio": then(branch(3, TAP=-0.98, SHIFT=180.0), branch(4, TAP=1.0)),
    "far ratio": branch(3, TAP=0.85),
    # charging
    "charging on a transformer": branch(4, BR_B=0.08),
    "inductive charging on a transformer": branch(4, BR_B=-0.08),
    "charging with ratio": branch(3, BR_B=0.1),
    "inductive charging with ratio": branch(3, BR_B=-0.1),
    "charging with ratio and angle": branch(3, BR_B=0.1, SHIFT=1.0),
    "charging on a phase shifter": branch(1, SHIFT=3.0, BR_B=0.12),
    "inductive charging of a line": branch(0, BR_B=-0.04),
    "much charging of a line": branch(0, BR_B=0.9),
    "no charging": all_branches(BR_B=0.0),
    # impedances
    "line without resistance": branch(0, BR_R=0.0),
    "line without reactance": branch(2, BR_X=0.0),
    "transformer without resistance": branch(3, BR_R=0.0),
    "transformer without reactance": branch(3, BR_X=0.0, BR_R=0.2),
    "transformer of ratio 0 without reactance": branch(4, BR_X=0.0, BR_R=0.2),
    "negative reactance of a line": branch(1, BR_X=-0.03),
    "negative reactance of a transformer": branch(4, BR_X=-0.12),
    "negative resistance of a line": branch(1, BR_R=-0.004),
    "negative resistance of a transformer": branch(3, BR_R=-0.01),
    "negative resistance without reactance": branch(3, BR_R=-0.5, BR_X=0.0),
    "resistance far above reactance": branch(3, BR_R=0.2, BR_X=1e-6),
    "small impedance": branch(0, BR_R=0.0, BR_X=1e-5),
    # ratings
    "no limit of a line": branch(0, RATE_A=0.0),
    "infinite limit of a line": branch(0, RATE_A=np.inf),
    "no limit of a transformer": branch(3, RATE_A=0.0),
    "infinite limit of a transformer with charging": branch(4, RATE_A=np.inf, BR_B=0.05),
    "no limits at all": all_branches(RATE_A=0.0),
    "small limit": branch(4, RATE_A=0.5),
    # status
    "line out of service": branch(0, BR_STATUS=0),
    "transformer out of service": branch(3, BR_STATUS=0),
    "what is out of service has no impedance": branch(3, BR_R=0, BR_X=0, BR_STATUS=0),
    "line out of service has no impedance": branch(1, BR_R=0, BR_X=0, BR_STATUS=0),
    "isolated bus at a line": then(rows("bus", (7, 4, 9, 3, 0, 0, 1, 1, 0, 110, 1, 1.1, 0.9)),
                                   rows("branch", (1, 7, 0.01, 0.1, 0.3, 50, 0, 0, 0, 0, 1, -360, 360))),
    "isolated bus with a machine and a shunt": then(
        rows("bus", (7, 4, 9, 3, 1, 5, 1, 1, 0, 110, 1, 1.1, 0.9)), rows("gen", gen(7, 30, 1.05))),
    "part without voltage": rows("bus", (7, 1, 9, 3, 0, 0, 1, 1, 0, 110, 1, 1.1, 0.9)),
    "parallel lines": rows("branch", (1, 2, 0.02, 0.11, 0.01, 80, 0, 0, 0, 0, 1, -360, 360)),
    # machines
    "first machine off": then(cells({("gen", 1, "GEN_STATUS"): 0}), rows("gen", gen(2, 30, 1.03, 5))),
    "two machines at a bus": rows("gen", gen(2, 15, 1.01)),
    "machines ask for different voltages": rows("gen", gen(2, 15, 1.03)),
    "second machine off, of another voltage": rows("gen", gen(2, 15, 1.04, status=0)),
    "status below zero is off": rows("gen", gen(2, 15, 1.04, status=-1)),
    "status above one is on": cells({("gen", 1, "GEN_STATUS"): 2}),
    "second machine at the reference": rows("gen", gen(1, 25, 1.02)),
    "first machine at the reference off": then(cells({("gen", 0, "GEN_STATUS"): 0}), rows("gen", gen(1, 25, 1.04))),
    "machine at a PQ bus": rows("gen", gen(5, 6, 1.1, q=2)),
    "machine off at a PQ bus": rows("gen", gen(5, 6, 1.1, q=2, status=0)),
    "PV bus without a machine": cells({("gen", 1, "GEN_STATUS"): 0}),
    "reference without a machine": cells({("gen", 0, "GEN_STATUS"): 0}),
    "no reference": cells({("bus", 0, "BUS_TYPE"): 2}),
    "two references": cells({("bus", 1, "BUS_TYPE"): 3, ("bus", 1, "VA"): -1.5}),
    "angle of the reference": cells({("bus", 0, "VA"): 12.5}),
    "PV bus at 20 kV": then(cells({("bus", 4, "BUS_TYPE"): 2}), rows("gen", gen(5, 6, 1.0))),
    "machine that consumes": cells({("gen", 1, "PG"): -15}),
    # buses
    "feed-in written as load": cells({("bus", 4, "PD"): -14, ("bus", 4, "QD"): 3}),
    "reactive load alone": cells({("bus", 4, "PD"): 0}),
    "no loads": cells({("bus", row, column): 0 for row in range(6) for column in ("PD", "QD")}),
    "load at the reference": cells({("bus", 0, "PD"): 50, ("bus", 0, "QD"): 20}),
    "reactor": cells({("bus", 2, "BS"): -15}),
    "shunt that consumes": cells({("bus", 5, "GS"): 3}),
    "shunt at a PV bus": cells({("bus", 1, "BS"): 12, ("bus", 1, "GS"): 2}),
    "start values are not the answer": cells({("bus", row, "VM"): 0.5 + row / 4 for row in range(6)}),
    "other numbers and order": renumbered,
    "base of 10 MVA": on_base(10.0),
    "base of 1000 MVA with charging": then(branch(3, BR_B=0.1), on_base(1000.0)),
    "base of 10 MVA, low voltage first with charging": then(low_first(TAP=0.97, BR_B=0.06), on_base(10.0)),
    # DC lines
    "dcline": rows("dcline", dcline(2, 5, 8.0)),
    "dcline with losses": rows("dcline", dcline(2, 5, 8.0, LOSS0=0.3, LOSS1=0.02)),
    "dcline backward with losses": rows("dcline", dcline(2, 5, -8.0, LOSS0=0.3, LOSS1=0.02)),
    "dcline at rest with losses": rows("dcline", dcline(2, 5, 0.0, LOSS0=0.3, LOSS1=0.02)),
    "dcline out of service": rows("dcline", dcline(2, 5, 8.0, status=0, VF=1.2)),
    "dcline between PQ buses": rows("dcline", dcline(3, 6, 5.0, LOSS1=0.01, VF=1.0, VT=0.99)),
    "dcline at the reference": rows("dcline", dcline(1, 5, 6.0, VF=1.02)),
    "dcline of another voltage than the machine": rows("dcline", dcline(2, 5, 6.0, VF=1.03)),
    "dcline at an isolated bus": then(
        rows("bus", (7, 4, 9, 3, 0, 0, 1, 1, 0, 110, 1, 1.1, 0.9)), rows("dcline", dcline(2, 7, 8.0))),
    "two dclines": rows("dcline", dcline(2, 5, 4.0, LOSS1=0.03), dcline(6, 3, 3.0, VF=0.99)),
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_variant(name: str, tmp_path: Path) -> None:
    tables = VARIANTS[name](six_buses())
    assert_solves_alike(grid_of(text_of(tables), tmp_path), tables)


@pytest.mark.parametrize("backend", ["reference", "numba"])
@pytest.mark.parametrize("name", ["low voltage first, ratio and charging", "dcline with losses"])
def test_other_backends(name: str, backend: str, tmp_path: Path) -> None:
    tables = VARIANTS[name](six_buses())
    assert_solves_alike(grid_of(text_of(tables), tmp_path), tables, backend)


def test_there_are_enough_variants() -> None:
    assert len(VARIANTS) >= 60


def test_the_comparison_can_fail(tmp_path: Path) -> None:
    """The comparison sees a charging of 0.001 pu."""
    grid = grid_of(text_of(VARIANTS["charging with ratio"](six_buses())), tmp_path)
    with pytest.raises(AssertionError):
        assert_solves_alike(grid, branch(3, BR_B=0.101)(six_buses()))
