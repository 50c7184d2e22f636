"""The controls of one electrical area, in its own numbering, and an area in which they act."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gridprio.grid.areas import Area
from gridprio.grid.control_request import ControlRequest, control_arrays
from gridprio.model.controls import ControlArrays, TapArrays
from gridprio.model.grid import Grid

ACTING = ControlRequest(enforce_q_lims=True, run_control=True)


def acting_area(grid: Grid, area: Area) -> Area:
    """The area with its controllers and reactive limits acting in every case of a cell, from the positions of the net.

    Raises InputError where the net has controls that are not modelled.
    """
    _, asked = control_arrays(grid, ACTING)
    assert asked is not None
    return replace(area, arrays=replace(area.arrays, controls=area_controls(asked, area)))


def area_controls(controls: ControlArrays, area: Area) -> ControlArrays | None:
    """Of the grid that the area is part of; None where nothing in the area could act."""
    q_min, q_max = controls.q_min_pu[area.nodes], controls.q_max_pu[area.nodes]
    taps = _area_taps(controls.taps, area)
    if not taps.n_transformer and not np.isfinite(np.r_[q_min, q_max]).any():
        return None
    return replace(controls, q_min_pu=q_min, q_max_pu=q_max, slack_weight=controls.slack_weight[area.nodes], taps=taps)


def _area_taps(taps: TapArrays, area: Area) -> TapArrays:
    """A transformer is in the area of its branches, all of which meet in one."""
    own = [t for t in range(taps.n_transformer) if np.isin(taps.branches(t), area.branches).any()]
    rows = np.array([k for t in own for k in range(taps.branch_start[t], taps.branch_start[t + 1])], dtype=np.int64)
    controllers = np.flatnonzero(np.isin(taps.transformer, own))
    level = np.repeat(np.arange(len(taps.level_start) - 1), np.diff(taps.level_start))[controllers]
    node = np.searchsorted(area.nodes, taps.node[controllers]).astype(np.int32)
    ports = [taps.port[taps.port_start[k] : taps.port_start[k + 1]] for k in rows]
    return TapArrays(
        tap_min=taps.tap_min[own],
        tap_max=taps.tap_max[own],
        tap_pos=taps.tap_pos[own],
        branch_start=_pointers([len(taps.branches(t)) for t in own]),
        branch=np.searchsorted(area.branches, taps.branch[rows]).astype(np.int32),
        position_first=taps.position_first[own],
        port_start=_pointers([len(port) for port in ports]),
        port=np.concatenate([taps.port[:0], *ports]),
        level_start=_pointers(np.unique(level, return_counts=True)[1].tolist()),
        transformer=np.searchsorted(own, taps.transformer[controllers]).astype(np.int32),
        node=np.where(taps.node[controllers] < 0, -1, node).astype(np.int32),
        vm_lower_pu=taps.vm_lower_pu[controllers],
        vm_upper_pu=taps.vm_upper_pu[controllers],
        direction=taps.direction[controllers],
    )


def _pointers(counts: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.cumsum([0, *counts], dtype=np.int32)
