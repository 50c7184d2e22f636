"""What reading a case assumes or leaves out, said as problems that stop nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gridprio.errors import Problem
from gridprio.grid.matpower.case import ASSUMED_KV, Case
from gridprio.grid.matpower.constants import IDX_BRCH, IDX_BUS, IDX_DCLINE
from gridprio.grid.matpower.voltages import NONE, REF, Voltages
from gridprio.grid.net.findings import ASSUMED_KV_CODE, Finding


def notes_of(case: Case, voltages: Voltages) -> list[Problem | Finding]:
    notes: list[Problem | Finding] = list(_notes(case, voltages))
    if case.assumed_kv:
        rows = case.column("bus", IDX_BUS["BUS_I"]).astype(np.int64) - 1
        notes.append(Finding.of(ASSUMED_KV_CODE, "bus", rows, kv=ASSUMED_KV))
    return notes


def _notes(case: Case, voltages: Voltages) -> Iterator[Problem]:
    bus = case.tables["bus"]
    number = case.column("bus", IDX_BUS["BUS_I"])
    for row in np.flatnonzero(voltages.disputed).tolist():
        what = "machines of one bus ask for different voltages; the last one in service counts, as in MATPOWER"
        found = f"bus {number[row]:g} is held at {voltages.vm_pu[row]:g} pu"
        yield Problem(case.file, int(bus.lines[row, 0]), "gen VG", what, found)
    if voltages.assumed_reference:
        row = int(np.flatnonzero(voltages.kind == REF)[0])
        what = "no bus of type 3 has a machine in service; the first PV bus is the reference, as in MATPOWER"
        yield Problem(case.file, int(bus.lines[row, 0]), "bus BUS_TYPE", what, f"bus {number[row]:g}")
    isolated = int((case.column("bus", IDX_BUS["BUS_TYPE"]) == NONE).sum())
    if isolated:
        what = "isolated buses are out of service with all that stands at them"
        yield Problem(case.file, None, "bus BUS_TYPE", what, f"{isolated} buses of type 4")
    dclines = int((case.column("dcline", IDX_DCLINE["BR_STATUS"]) > 0).sum())
    if dclines:
        what = "DC lines are in the load flow, as after toggle_dcline in MATPOWER"
        yield Problem(case.file, None, "dcline", what, f"{dclines} in service")
    rate = case.column("branch", IDX_BRCH["RATE_A"])
    unlimited = int(((rate == 0) | np.isinf(rate)).sum())
    if unlimited:
        what = "branches without a limit (RATE_A of 0 or Inf) have no loading"
        yield Problem(case.file, None, "branch RATE_A", what, f"{unlimited} of {len(rate)} branches")
    for field in case.not_used:
        yield Problem(case.file, None, field, "has no part in a load flow and is not used")
