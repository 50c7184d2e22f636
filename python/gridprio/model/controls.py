"""What may change while a case is solved: machines at reactive limits, taps, the sharing of the slack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import Problem

MachineId = tuple[str, int] | tuple[str, int, str]
"""("ext_grid", 0), ("gen", 3), ("dcline", 1, "from"), ("xward", 0)"""


@dataclass(frozen=True, eq=False)
class TapArrays:
    """Transformers with tap controllers: positions, admittances at each of them, and who moves them when.

    A transformer is one branch or, with three windings, three. Controllers stand in the order in which they act, those
    of one level together.
    """

    tap_min: NDArray[np.int32]
    """[transformer]"""
    tap_max: NDArray[np.int32]
    """[transformer]"""
    tap_pos: NDArray[np.int32]
    """[transformer], where each case begins"""
    branch_start: NDArray[np.int32]
    """[transformer + 1], row pointers into `branch`"""
    branch: NDArray[np.int32]
    """[tap branch], branch of the grid"""
    position_first: NDArray[np.int32]
    """[transformer], position of the first row of ports"""
    port_start: NDArray[np.int32]
    """[tap branch + 1], row pointers into `port`"""
    port: NDArray[np.complex128]
    """[row, 4], y_ff, y_ft, y_tf, y_tt of a tap branch at one position, positions ascending"""
    level_start: NDArray[np.int32]
    """[level + 1], row pointers into the controllers"""
    transformer: NDArray[np.int32]
    """[controller]"""
    node: NDArray[np.int32]
    """[controller], whose voltage is kept; -1 where the bus is out of service"""
    vm_lower_pu: NDArray[np.float64]
    """[controller]"""
    vm_upper_pu: NDArray[np.float64]
    """[controller]"""
    direction: NDArray[np.int8]
    """[controller], -1 where a higher position raises the voltage, else 1"""

    @classmethod
    def none(cls) -> TapArrays:
        """No transformer and no controller."""
        empty, zero = np.zeros(0, dtype=np.int32), np.zeros(1, dtype=np.int32)
        return cls(
            *(empty, empty, empty, zero, empty, empty, zero),
            *(np.zeros((0, 4), dtype=np.complex128), zero, empty, empty, np.zeros(0), np.zeros(0)),
            np.zeros(0, dtype=np.int8),
        )

    @property
    def n_transformer(self) -> int:
        return len(self.tap_min)

    def branches(self, transformer: int) -> NDArray[np.int32]:
        """Branches of one transformer."""
        return self.branch[self.branch_start[transformer] : self.branch_start[transformer + 1]]

    def port_rows(self, tap_pos: NDArray[np.int32]) -> NDArray[np.int64]:
        """Rows of `port` `[.., tap branch]` at the positions `[.., transformer]`."""
        owner = np.repeat(np.arange(self.n_transformer), np.diff(self.branch_start))
        return self.port_start[:-1].astype(np.int64) + (tap_pos - self.position_first)[..., owner]


@dataclass(frozen=True, eq=False)
class GridControls:
    """What a grid brings for its controls; a keyword asks for them (`gridprio.solve_load_flow`)."""

    machine_ids: tuple[MachineId, ...]
    """[machine] in service that gives voltage"""
    machine_node: NDArray[np.int32]
    """[machine]"""
    machine_q_min_mvar: NDArray[np.float64]
    """[machine], minus infinity where nothing limits it"""
    machine_q_max_mvar: NDArray[np.float64]
    """[machine]"""
    machine_is_reference: NDArray[np.bool_]
    """[machine], fixes the angle: its own reactive power is never held at a limit"""
    machine_slack_weight: NDArray[np.float64]
    """[machine]"""
    transformer_ids: tuple[tuple[str, int], ...]
    """[transformer], those with a tap controller"""
    taps: TapArrays
    problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    """Keyword -> why the grid does not allow it"""


@dataclass(frozen=True, eq=False)
class ControlArrays:
    """The controls of a batch as every backend sees them; what was not asked for can do nothing."""

    q_min_pu: NDArray[np.float64]
    """[node], sum over the machines there; minus infinity where nothing is limited"""
    q_max_pu: NDArray[np.float64]
    """[node]"""
    slack_weight: NDArray[np.float64]
    """[node], zero everywhere when the slack node takes the whole imbalance"""
    taps: TapArrays
    max_control_iterations: int
    """load flows after the first, per level"""


@dataclass(frozen=True, eq=False)
class ControlResults:
    """Where the controls of each case ended; arrays for a kernel to fill."""

    arrays: ControlArrays = field(repr=False)
    tap_pos: NDArray[np.int32]
    """[case, transformer]"""
    tap_at_limit: NDArray[np.int8]
    """[case, transformer]: -1 at `tap_min`, 1 at `tap_max` with a voltage still outside its band, else 0"""
    q_at_limit: NDArray[np.int8]
    """[case, node]: -1 machines held at their lower limit, 1 at the upper, else 0"""
    p_slack_pu: NDArray[np.float64]
    """[case], what the machines with a slack weight give together beyond their set points; 0 when not shared"""

    @classmethod
    def unsolved(cls, arrays: ControlArrays, n_case: int) -> ControlResults:
        """Every case as it begins."""
        taps, n_node = arrays.taps, len(arrays.q_min_pu)
        return cls(
            arrays=arrays,
            tap_pos=np.tile(taps.tap_pos, (n_case, 1)),
            tap_at_limit=np.zeros((n_case, taps.n_transformer), dtype=np.int8),
            q_at_limit=np.zeros((n_case, n_node), dtype=np.int8),
            p_slack_pu=np.zeros(n_case),
        )
