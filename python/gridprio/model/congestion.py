"""What is overloaded in cells without the queue, how long, in which direction and by which outage; and what is lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class CongestionArrays:
    """Rows by cell, then branch and direction, or contingency; definitions as of `CellResults`."""

    intact_percent: NDArray[np.float64]
    """[cell, branch], highest loading of the intact grid; 0 without a rating or without a solution in any hour"""
    cell: NDArray[np.int32]
    """[overload]"""
    branch: NDArray[np.int32]
    """[overload]"""
    feed_in: NDArray[np.bool_]
    """[overload], the branch carries feed-in in these hours; else demand"""
    hours: NDArray[np.float64]
    """[overload], hours in which the largest exceedance of the branch is in this direction"""
    overload_mvah: NDArray[np.float64]
    """[overload]"""
    worst_percent: NDArray[np.float64]
    """[overload], loading in the case in which it is largest over its limit"""
    worst_contingency: NDArray[np.int32]
    """[overload], 0 is the intact grid"""
    worst_hour: NDArray[np.int32]
    """[overload]"""
    outage_cell: NDArray[np.int32]
    """[outage]"""
    contingency: NDArray[np.int32]
    """[outage], one that interrupts demand or has no solution"""
    interrupted_mw: NDArray[np.float64]
    """[outage], largest gross demand without supply"""
    interrupted_h: NDArray[np.float64]
    """[outage], hours in which it would interrupt demand"""
    not_accepted_h: NDArray[np.float64]
    """[outage], of these, hours in which it would interrupt more than is accepted"""
    unsolved_h: NDArray[np.float64]
    """[outage], hours in which the case has no solution"""
