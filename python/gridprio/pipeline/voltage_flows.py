"""Load flows in which voltages are judged: taps as they are set, or acting (setting `taps`)."""

from __future__ import annotations

from typing import Any

from gridprio.cells import SimulatedCells
from gridprio.grid.area_controls import area_controls
from gridprio.kernels.reference.cell_flow import LoadFlowKernel
from gridprio.load_flow.controls import ControlRequest, control_arrays
from gridprio.model.flows import FlowArrays
from gridprio.pipeline.session import Session

ACTING = ControlRequest(enforce_q_lims=True, run_control=True)


def voltage_solver(session: Session, cells: SimulatedCells, area: int) -> LoadFlowKernel:
    """Of an area of the cell cache. With taps acting, every case begins at the positions and machines of the net.

    Raises InputError where the net has controls that are not modelled.
    """
    controls = None
    if session.study.settings.taps == "acting":
        asked = control_arrays(cells.grid.union.grid, ACTING)[1]
        controls = None if asked is None else area_controls(asked, cells.grid.areas[area])

    def solve(*arrays: Any, **how: Any) -> FlowArrays:
        return session.kernels.solve_load_flow(*arrays, **{**how, "controls": controls, "threads": session.threads})

    return solve
