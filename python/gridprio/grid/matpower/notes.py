"""What reading a case assumes or leaves out, said as problems that stop nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gridprio.errors import Problem
from gridprio.grid.matpower.case import ASSUMED_KV, Case
from gridprio.grid.matpower.constants import IDX_BRCH, IDX_BUS, IDX_DCLINE
from gridprio.grid.matpower.voltages import NONE, REF, Voltages
from gridprio.grid.net.findings import ASSUMED_KV_CODE, Finding
from gridprio.text import sentence


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
        what = sentence("case_note.machines_disagree")
        found = sentence("found.bus_held_at", bus=f"{number[row]:g}", vm_pu=f"{voltages.vm_pu[row]:g}")
        yield Problem(case.file, int(bus.lines[row, 0]), "gen VG", what, found)
    if voltages.assumed_reference:
        row = int(np.flatnonzero(voltages.kind == REF)[0])
        what, found = sentence("case_note.first_pv_bus"), sentence("found.bus_number", bus=f"{number[row]:g}")
        yield Problem(case.file, int(bus.lines[row, 0]), "bus BUS_TYPE", what, found)
    isolated = int((case.column("bus", IDX_BUS["BUS_TYPE"]) == NONE).sum())
    if isolated:
        what, found = sentence("case_note.isolated_buses"), sentence("found.buses_isolated", n=isolated)
        yield Problem(case.file, None, "bus BUS_TYPE", what, found)
    dclines = int((case.column("dcline", IDX_DCLINE["BR_STATUS"]) > 0).sum())
    if dclines:
        what, found = sentence("case_note.dclines"), sentence("found.in_service", n=dclines)
        yield Problem(case.file, None, "dcline", what, found)
    rate = case.column("branch", IDX_BRCH["RATE_A"])
    unlimited = int(((rate == 0) | np.isinf(rate)).sum())
    if unlimited:
        what = sentence("case_note.branches_without_limit")
        yield Problem(case.file, None, "branch RATE_A", what, sentence("found.branches_of", n=unlimited, of=len(rate)))
    for field in case.not_used:
        yield Problem(case.file, None, field, sentence("case_note.field_not_used"))
