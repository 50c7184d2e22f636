"""Walks of plans over remembered cells: what the walk kernel reads and returns (docs/theory/outcome.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WORD = 64
"""Projects per word of a state key."""
CONNECTED_SHARE = 0.999
"""A development is connected in the first month in which it has this share of what it requests at that time."""


@dataclass(frozen=True, eq=False)
class PlanMonths:
    """What of a plan the grid sees."""

    in_service: NDArray[np.int32]
    """[plan, project], first month in service; NOT_PLANNED when never; the length of the horizon when right after it"""
    out_of_service: NDArray[np.int32]
    """[plan, project], first month in which a temporary solution works no longer; NOT_PLANNED when it stays"""
    work_start: NDArray[np.int32]
    """[plan, project], first month of the works on site; NOT_PLANNED without"""
    work_end: NDArray[np.int32]
    """[plan, project], first month after them; the length of the horizon when they are not finished within it"""


@dataclass(frozen=True, eq=False)
class WalkRules:
    """What is the same for all plans and areas."""

    n_scenario: int
    work_open: NDArray[np.bool_]
    """[project, month], whether works may go on; in the other months nothing is out for them"""
    year_weight: NDArray[np.float64]
    """[year], weight of waiting, overload, insecure hours and shortfall"""
    congestion_meur: NDArray[np.float64]
    """[year], MEUR per MVAh of overload or MWh of shortfall, discounted"""
    capital_meur: NDArray[np.float64]
    """[project, month], MEUR when in service from that month on"""
    waiting_value: NDArray[np.float64]
    """[development, metric of `WAITING`], of one MW that waits: MW of demand, MW of feed-in, dwellings"""

    @property
    def n_month(self) -> int:
        return 12 * len(self.year_weight)


@dataclass(frozen=True, eq=False)
class WalkArea:
    """One electrical area: its states, and what was simulated of them.

    A state key has a bit per entry of `serving`, then one per entry of `working`; bit k is bit k % 64 of word k // 64.
    """

    serving: NDArray[np.int32]
    """projects that change something here when in service"""
    working: NDArray[np.int32]
    """projects that take branches out here during their works"""
    key: NDArray[np.uint64]
    """[state, word], states met so far, ascending by word 0, then word 1, ..."""
    first_cell: NDArray[np.int32]
    """[state, year], cell of the first scenario, those of the others follow; -1 when not simulated yet"""
    overload_mvah: NDArray[np.float64]
    """[cell, 13], sum over the calendar months before"""
    insecure_hours: NDArray[np.float64]
    """[cell, 13], likewise"""
    allocated_mw: NDArray[np.float64]
    """[cell, request]"""
    requested_mw: NDArray[np.float64]
    """[cell, request]"""
    development: NDArray[np.int32]
    """[request], row of the development"""
    first_month: NDArray[np.int32]
    """[request], first month in which it could be connected"""
    offered: NDArray[np.bool_]
    """[request, year], whether free capacity is offered to it; who is connected already keeps what it has"""
    energy_h: NDArray[np.float64]
    """[request, 13], MWh per MW in the calendar months before"""

    @property
    def n_word(self) -> int:
        return max(1, -(-(len(self.serving) + len(self.working)) // WORD))


@dataclass(frozen=True, eq=False)
class WalkResults:
    """Outcomes of the plans whose cells are all there, and what the others lack."""

    metric: NDArray[np.float64]
    """[plan, scenario, metric] in the order of METRICS; NaN where a cell is missing"""
    missing_area: NDArray[np.int32]
    """[missing], area of a cell that a plan needs and nobody simulated; repeated per plan"""
    missing_key: NDArray[np.uint64]
    """[missing, word], its state; words that the area does not have are 0"""
    missing_year: NDArray[np.int32]
    """[missing]"""
    waiting_mw_years: NDArray[np.float64]
    """[plan, scenario, development], without details no plan"""
    shortfall_mw_years: NDArray[np.float64]
    """[plan, scenario, development]"""
    connected_month: NDArray[np.int32]
    """[plan, scenario, development], NOT_PLANNED when not within the horizon"""
    held_cell: NDArray[np.int32]
    """[plan, scenario, development], cell of its area that held it back in the month before it was connected, or in the
    last month; -1 when it could not be connected yet"""
