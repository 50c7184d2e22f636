"""Results of load flows, one row per case."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gridprio.model.controls import ControlResults
from gridprio.model.grid import NODE_OUT, NODE_PV, Grid, GridArrays, branch_name
from gridprio.model.reuse import Reuse
from gridprio.text.notebook import as_html

Value = TypeVar("Value", np.float64, np.complex128)

CASES_AT_ONCE = 256
"""Loadings are worked out so many cases at a time, which bounds what lies between voltages and result."""
VOLTAGES = Reuse()


class LoadFlowStatus(IntEnum):
    """How one case ended. A split-off part is NaN in the result; the status speaks of the part that was solved."""

    CONVERGED = 0
    MAX_ITERATIONS = 1
    """the residual was still above the tolerance after the last iteration"""
    DIVERGED = 2
    """voltages left the region where a solution could be (NaN, infinite or collapsed)"""
    SINGULAR = 3
    """a pivot vanished and pivoting could not help"""
    NO_SLACK = 4
    """no slack node is in service, or no machine with a slack weight is connected to one"""
    HUNTING = 5
    """taps came back to positions they had left, or cannot move though a voltage is outside its band"""
    CONTROL_ITERATIONS = 6
    """taps were still moving after the last load flow that was allowed"""


@dataclass(frozen=True, eq=False)
class FlowArrays:
    """What a kernel returns, in node and branch numbering: the voltages. All else follows from them when asked for."""

    grid: GridArrays = field(repr=False)
    outage: NDArray[np.int32] = field(repr=False)
    """[case or 1], row of the grid's outages or -1"""
    branch_in_service: NDArray[np.bool_] = field(repr=False)
    """[case or 1, branch]"""
    v_pu: NDArray[np.complex128]
    """[case, node], NaN where de-energised and in cases that did not converge"""
    status: NDArray[np.uint8]
    """[case], values of LoadFlowStatus"""
    iterations: NDArray[np.int32]
    """[case]"""
    residual_mva: NDArray[np.float64]
    """[case], largest power mismatch at the returned voltages"""
    controls: ControlResults | None = field(default=None, repr=False)
    """None when no control was asked for"""

    @classmethod
    def unsolved(
        cls, grid: GridArrays, outage: NDArray[np.int32], branch_in_service: NDArray[np.bool_], n_case: int
    ) -> FlowArrays:
        """Arrays for a kernel to fill."""
        v_pu = VOLTAGES.empty((n_case, grid.n_node))
        status, iterations = np.empty(n_case, dtype=np.uint8), np.empty(n_case, dtype=np.int32)
        return cls(grid, outage, branch_in_service, v_pu, status, iterations, np.empty(n_case))

    @cached_property
    def vm_pu(self) -> NDArray[np.float64]:
        """[case, node]; the set point where it is given"""
        square = self.v_pu.real**2
        square += self.v_pu.imag**2
        vm = np.sqrt(square, out=square)
        given = self.grid.node_kind == NODE_PV
        if self.controls is not None:
            given = given & (self.controls.q_at_limit == 0)
        np.copyto(vm, self.grid.vm_set_pu, where=given & ~np.isnan(vm))
        return vm

    @cached_property
    def va_radian(self) -> NDArray[np.float64]:
        """[case, node]"""
        return np.arctan2(self.v_pu.imag, self.v_pu.real)

    @cached_property
    def loading_percent(self) -> NDArray[np.float64]:
        """[case, branch], NaN where unrated or not converged, 0 where out of service or de-energised (C12)"""
        n = len(self.v_pu)
        loading = np.empty((n, self.grid.n_branch))
        for first in range(0, n, CASES_AT_ONCE):
            cases = slice(first, first + CASES_AT_ONCE)
            self._fill_loading(cases, loading[cases])
        return loading

    def _fill_loading(self, cases: slice, loading: NDArray[np.float64]) -> None:
        grid, v = self.grid, self.v_pu[cases]
        v_from, v_to = v[:, grid.from_node], v[:, grid.to_node]
        i_from = np.abs(grid.y_ff * v_from + grid.y_ft * v_to)
        i_to = np.abs(grid.y_tf * v_from + grid.y_tt * v_to)
        if self.controls is not None:
            taps = self.controls.arrays.taps
            y, at = taps.port[taps.port_rows(self.controls.tap_pos[cases])], taps.branch
            i_from[:, at] = np.abs(y[..., 0] * v_from[:, at] + y[..., 1] * v_to[:, at])
            i_to[:, at] = np.abs(y[..., 2] * v_from[:, at] + y[..., 3] * v_to[:, at])
        np.fmax(i_from * grid.from_percent_per_pu, i_to * grid.to_percent_per_pu, out=loading)
        rated = ~(np.isnan(grid.from_percent_per_pu) & np.isnan(grid.to_percent_per_pu))
        outage = self.outage if len(self.outage) == 1 else self.outage[cases]
        mask = self.branch_in_service if len(self.branch_in_service) == 1 else self.branch_in_service[cases]
        usable = (grid.node_kind[grid.from_node] != NODE_OUT) & (grid.node_kind[grid.to_node] != NODE_OUT)
        idle = np.isnan(v_from) | ~(mask & usable)
        for row, case in enumerate(np.resize(outage, len(v))):
            if case >= 0:
                idle[row, grid.outage_branch[grid.outage_start[case] : grid.outage_start[case + 1]]] = True
        loading[idle & rated] = 0.0
        loading[self.status[cases] != LoadFlowStatus.CONVERGED] = np.nan


@dataclass(frozen=True, eq=False)
class LoadFlows:
    """A batch of solved load flows in the numbering of `grid.bus_ids` and `grid.branch_ids`.

    The solver works out complex voltages; magnitudes, angles and loadings are computed when they are first asked for.
    """

    grid: Grid = field(repr=False)
    arrays: FlowArrays = field(repr=False)
    backend: str

    @cached_property
    def v_pu(self) -> NDArray[np.complex128]:
        """[case, bus], complex voltage; NaN where de-energised and in cases that did not converge"""
        return self._at_buses(self.arrays.v_pu)

    @cached_property
    def vm_pu(self) -> NDArray[np.float64]:
        """[case, bus], NaN where de-energised"""
        return self._at_buses(self.arrays.vm_pu)

    @cached_property
    def va_degree(self) -> NDArray[np.float64]:
        """[case, bus]"""
        return np.degrees(self._at_buses(self.arrays.va_radian))

    @property
    def loading_percent(self) -> NDArray[np.float64]:
        """[case, branch], pandapower's definition"""
        return self.arrays.loading_percent

    @property
    def status(self) -> NDArray[np.uint8]:
        """[case], values of LoadFlowStatus"""
        return self.arrays.status

    @property
    def iterations(self) -> NDArray[np.int32]:
        """[case]"""
        return self.arrays.iterations

    @property
    def residual_mva(self) -> NDArray[np.float64]:
        """[case], largest power mismatch at the voltages"""
        return self.arrays.residual_mva

    @property
    def tap_pos(self) -> NDArray[np.int32]:
        """[case, transformer], rows of `grid.controls.transformer_ids`"""
        return self._controls.tap_pos

    @property
    def tap_at_limit(self) -> NDArray[np.int8]:
        """[case, transformer]: -1 at `tap_min`, 1 at `tap_max` with a voltage still outside its band, else 0"""
        return self._controls.tap_at_limit

    @property
    def q_at_limit(self) -> NDArray[np.int8]:
        """[case, machine], rows of `grid.controls.machine_ids`: -1 held at its lower limit, 1 at the upper, else 0"""
        assert self.grid.controls is not None
        at_limit = self._controls.q_at_limit[:, self.grid.controls.machine_node]
        at_limit[:, self.grid.controls.machine_is_reference] = 0
        return at_limit

    @property
    def p_slack_mw(self) -> NDArray[np.float64]:
        """[case], what the machines with a slack weight give together beyond their set points; 0 when not shared"""
        return self._controls.p_slack_pu * self.arrays.grid.base_mva

    @property
    def _controls(self) -> ControlResults:
        if self.arrays.controls is None:
            raise AttributeError("no control was asked for; solve_load_flow takes run_control=True and others")
        return self.arrays.controls

    def _at_buses(self, by_node: NDArray[Value]) -> NDArray[Value]:
        node = self.grid.bus_node
        if np.array_equal(node, np.arange(self.grid.arrays.n_node)):
            return by_node
        by_bus = by_node.take(np.maximum(node, 0), axis=1)
        by_bus[:, node < 0] = np.nan
        return by_bus

    def __repr__(self) -> str:
        ok = int((self.status == 0).sum())
        return f"LoadFlows({len(self.status)} cases on {self.grid.name!r}, {ok} converged, backend {self.backend})"

    def _repr_html_(self) -> str:
        ended = Counter(LoadFlowStatus(int(status)).name.lower() for status in self.status)
        facts: dict[str, object] = {f"cases: {name}": n for name, n in ended.items()}
        v_pu, loading = self.vm_pu[np.isfinite(self.vm_pu)], np.nan_to_num(self.loading_percent, nan=-np.inf)
        if v_pu.size:
            facts["voltages"] = f"{v_pu.min():.4g} to {v_pu.max():.4g} pu"
        if loading.size and loading.max() >= 0:
            case, branch = np.unravel_index(int(loading.argmax()), loading.shape)
            name = branch_name(self.grid.branch_ids[branch])
            facts["highest loading"] = f"{loading[case, branch]:.4g} % of {name} in case {case}"
        return as_html(self.grid.name, f"load flows, backend {self.backend}", facts)
