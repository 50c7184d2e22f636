"""Which buses hold their voltage, by which machine: MATPOWER's `bustypes` and the set points of `runpf`.

Source: MATPOWER User's Manual, section 4.1 (reference, PV and PQ buses), and Zimmerman and Wang, MATPOWER's
`toggle_dcline`: a DC line is two machines, one at each end, which hold VF and VT. Of several machines in service at a
bus the last one of the table gives the set point.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.grid.matpower.constants import IDX_BUS, IDX_DCLINE, IDX_GEN

Array = NDArray[np.float64]

PQ, PV, REF, NONE = 1, 2, 3, 4


@dataclass(frozen=True, eq=False)
class Voltages:
    kind: NDArray[np.int64]
    """[bus] PQ, PV, REF or NONE, as the load flow sees it"""
    vm_pu: Array
    """[bus], set point; NaN where it is free"""
    disputed: NDArray[np.bool_]
    """[bus], machines in service ask for different voltages"""
    assumed_reference: bool
    """no bus of type 3 has a machine in service, so the first PV bus is the reference"""


def rows_of(bus: Array, numbers: Array) -> NDArray[np.intp]:
    """Rows of `bus` with these numbers, all of which must be there."""
    order = np.argsort(bus[:, 0], kind="stable")
    return order[np.searchsorted(bus[order, 0], numbers)]


def machines_on(tables: Mapping[str, Array]) -> Iterator[tuple[str, Array, int, NDArray[np.bool_]]]:
    """Table, bus of each row, column of its set point and whether it is in service, last word last."""
    bus = tables["bus"]
    isolated = bus[:, IDX_BUS["BUS_TYPE"] - 1] == NONE
    gen, dcline = tables["gen"], tables["dcline"]
    gen_bus = gen[:, IDX_GEN["GEN_BUS"] - 1]
    on = (gen[:, IDX_GEN["GEN_STATUS"] - 1] > 0) & ~isolated[rows_of(bus, gen_bus)]
    yield "gen", gen_bus, IDX_GEN["VG"], on
    ends = [dcline[:, IDX_DCLINE[end] - 1] for end in ("F_BUS", "T_BUS")]
    on = dcline[:, IDX_DCLINE["BR_STATUS"] - 1] > 0
    for end in ends:
        on = on & ~isolated[rows_of(bus, end)]
    for end, set_point in zip(ends, ("VF", "VT"), strict=True):
        yield "dcline", end, IDX_DCLINE[set_point], on


def held_voltages(tables: Mapping[str, Array]) -> Voltages:
    """Kinds and set points; no bus is REF where nothing can fix the voltage."""
    bus = tables["bus"]
    given = bus[:, IDX_BUS["BUS_TYPE"] - 1].astype(np.int64)
    held = np.zeros(len(bus), dtype=bool)
    vm_pu = np.full(len(bus), np.nan)
    low, high = np.full(len(bus), np.inf), np.full(len(bus), -np.inf)
    kind = given.copy()
    for name, numbers, column, on in machines_on(tables):
        rows, set_points = rows_of(bus, numbers)[on], tables[name][on, column - 1]
        held[rows] = True
        if name == "dcline":
            kind[rows[kind[rows] == PQ]] = PV
        vm_pu[rows] = set_points  # of a row named twice the last one counts
        np.minimum.at(low, rows, set_points)
        np.maximum.at(high, rows, set_points)
    kind[~held & (kind != NONE)] = PQ
    assumed = not (kind == REF).any() and bool((kind == PV).any())
    if assumed:
        kind[np.flatnonzero(kind == PV)[0]] = REF
    holds = (kind == PV) | (kind == REF)
    return Voltages(kind, np.where(holds, vm_pu, np.nan), holds & (high > low), assumed)
