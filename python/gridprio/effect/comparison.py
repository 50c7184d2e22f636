"""What is compared: the outcomes of all timelines draw by draw, and of two of them development by development."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.effect.channels import StatusOrders
from gridprio.outcome import Outcomes

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ranges:
    """The largest change between two plans in one draw."""

    metric: Floats
    """[scenario, metric]"""
    in_service_months: Floats
    """[project]"""
    connected_months: Floats
    """[development]"""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Outcomes in rows of the timelines of `orders`; random lists follow in `placebo`."""

    orders: StatusOrders
    scenarios: tuple[str, ...]
    metric: Floats
    """[timeline, scenario, draw, metric] in the order of METRICS"""
    in_service_month: Floats
    """[timeline, draw, project], the end of the horizon where never"""
    placebo: Floats
    """[random list, scenario, draw, metric], on the first of the draws"""
    project_row: Mapping[str, int]
    ranges: Ranges
    drawn: bool
    """whether anything differs between draws by chance"""

    @property
    def draws(self) -> int:
        return int(self.metric.shape[2])


@dataclass(frozen=True, eq=False)
class Pair:
    """The plans without status and with all of it, and what becomes of each development; axis 0: without, with."""

    outcomes: Outcomes
    row: NDArray[np.intp]
    """[2, draw], distinct plan"""
    in_service_month: Floats
    """[2, draw, project], the end of the horizon where never"""
    project_ids: tuple[str, ...]
    asked_mw_years: Floats
    """[scenario, development], what each asks for over the horizon, from when it could be connected"""
    connected_range_months: Floats
    """[development], the largest change in one draw"""
    by_chance: bool
    """whether the change differs between draws by chance: not where both are one timeline"""
