"""Names of the columns of a case as MATPOWER's idx_bus, idx_gen, idx_brch, idx_cost and idx_dcline give them.

Source: MATPOWER User's Manual, appendix B (data file format), and the functions of these names; columns from 1.
"""

from __future__ import annotations

_BUS = [
    "BUS_I",
    "BUS_TYPE",
    "PD",
    "QD",
    "GS",
    "BS",
    "BUS_AREA",
    "VM",
    "VA",
    "BASE_KV",
    "ZONE",
    "VMAX",
    "VMIN",
    "LAM_P",
    "LAM_Q",
    "MU_VMAX",
    "MU_VMIN",
]
_GEN = ["GEN_BUS", "PG", "QG", "QMAX", "QMIN", "VG", "MBASE", "GEN_STATUS", "PMAX", "PMIN"]
_GEN_CAPABILITY = [
    "PC1",
    "PC2",
    "QC1MIN",
    "QC1MAX",
    "QC2MIN",
    "QC2MAX",
    "RAMP_AGC",
    "RAMP_10",
    "RAMP_30",
    "RAMP_Q",
    "APF",
]
_GEN_RESULTS = ["MU_PMAX", "MU_PMIN", "MU_QMAX", "MU_QMIN"]
_BRANCH = ["F_BUS", "T_BUS", "BR_R", "BR_X", "BR_B", "RATE_A", "RATE_B", "RATE_C", "TAP", "SHIFT", "BR_STATUS"]
_BRANCH_RESULTS = ["PF", "QF", "PT", "QT", "MU_SF", "MU_ST"]
_DCLINE = [
    "F_BUS",
    "T_BUS",
    "BR_STATUS",
    "PF",
    "PT",
    "QF",
    "QT",
    "VF",
    "VT",
    "PMIN",
    "PMAX",
    "QMINF",
    "QMAXF",
    "QMINT",
    "QMAXT",
    "LOSS0",
    "LOSS1",
    "MU_PMIN",
    "MU_PMAX",
    "MU_QMINF",
    "MU_QMAXF",
    "MU_QMINT",
    "MU_QMAXT",
]


def _from(names: list[str], first: int = 1) -> dict[str, int]:
    return {name: first + at for at, name in enumerate(names)}


IDX_BUS = {**_from(["PQ", "PV", "REF", "NONE"]), **_from(_BUS)}
IDX_GEN = {**_from(_GEN), **_from(_GEN_RESULTS, 22), **_from(_GEN_CAPABILITY, 11)}
IDX_BRCH = {
    **_from(_BRANCH),
    **_from(_BRANCH_RESULTS, 14),
    **{"ANGMIN": 12, "ANGMAX": 13, "MU_ANGMIN": 20, "MU_ANGMAX": 21},
}
IDX_COST = {"PW_LINEAR": 1, "POLYNOMIAL": 2, **_from(["MODEL", "STARTUP", "SHUTDOWN", "NCOST", "COST"])}
IDX_DCLINE = _from(_DCLINE)

NAMES_OF_COLUMNS = {"idx_bus": IDX_BUS, "idx_gen": IDX_GEN, "idx_brch": IDX_BRCH, "idx_cost": IDX_COST}
"""Each in the order in which the function returns its names."""
DEFINED_CONSTANTS = {**IDX_BUS, **IDX_GEN, **IDX_BRCH, **IDX_COST}
"""What `define_constants` makes known; a case may use these names without it."""
