"""Schedules: what the planner returns and what the evaluator reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

NOT_PLANNED = -1
"""In month arrays: it does not happen within the horizon."""


class Binding(IntEnum):
    """What set the start month of a phase: the last constraint that had to give way."""

    NONE = 0
    PREDECESSOR = 1
    CREW = 2
    PERMIT_DESK = 3
    BUDGET = 4
    OUTAGE_WINDOW = 5
    MATERIAL = 6
    STATUS_FROM = 7
    EARLIEST = 8
    FIXED = 9
    EXCLUDED = 10
    REQUIRES = 11
    HORIZON = 12


@dataclass(frozen=True, eq=False)
class Plans:
    """Many schedules of one study, e.g. one per delay draw. Month 0 is January of `start_year`."""

    order_name: str
    project_ids: tuple[str, ...]
    phase_project: NDArray[np.int32]
    """[phase] row of the project"""
    phase_name: tuple[str, ...]
    """[phase] study, permit, land, procurement or build"""
    start_month: NDArray[np.int32]
    """[draw, phase], NOT_PLANNED where it falls outside the horizon"""
    finish_month: NDArray[np.int32]
    """[draw, phase], first month after the phase"""
    binding: NDArray[np.int8]
    """[draw, phase], values of Binding"""
    binding_resource: NDArray[np.int32]
    """[draw, phase], row of `resource_names` for CREW, PERMIT_DESK, BUDGET; else -1"""
    resource_names: tuple[str, ...]
    in_service_month: NDArray[np.int32]
    """[draw, project], first month in which the project works, NOT_PLANNED otherwise"""
    build_start_month: NDArray[np.int32] = field(repr=False)
    """[draw, project], first month of works on site (outages for works), NOT_PLANNED otherwise"""
