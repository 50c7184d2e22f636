"""What the planner reads of a study, and what it says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gridprio.inputs.resource_tables import Budget, Crew, Delivery
from gridprio.inputs.schema import Project, ProjectPhase, Station
from gridprio.inputs.settings import Settings
from gridprio.inputs.station_tables import Area

MILLI = 1000
"""Units of crews and material are counted in thousandths, so that plans are whole numbers on every backend."""
EUR_PER_MEUR = 1_000_000
ROUNDING = 1e-6


class PlanRows(Protocol):
    """The part of a study that the planner reads."""

    @property
    def projects(self) -> Sequence[Project]: ...
    @property
    def project_phases(self) -> Sequence[ProjectPhase]: ...
    @property
    def crews(self) -> Sequence[Crew]: ...
    @property
    def budgets(self) -> Sequence[Budget]: ...
    @property
    def deliveries(self) -> Sequence[Delivery]: ...
    @property
    def stations(self) -> Sequence[Station]: ...
    @property
    def areas(self) -> Sequence[Area]: ...
    @property
    def settings(self) -> Settings: ...


@dataclass(frozen=True, eq=False)
class FixedUse:
    """Works with a fixed start, within the horizon."""

    start: NDArray[np.int32]
    """[phase], -1 where nothing is fixed"""
    duration: NDArray[np.int32]
    """[phase], months of work that are left"""
    began_before: NDArray[np.bool_]
    """[phase], started before the horizon"""
    months: dict[int, list[int]]
    """months of work per fixed phase"""

    @property
    def is_done(self) -> NDArray[np.bool_]:
        """[phase], finished before the horizon: nothing of it is uncertain."""
        done: NDArray[np.bool_] = (self.start >= 0) & (self.duration == 0)
        return done


def n_year(study: PlanRows) -> int:
    return study.settings.end_year - study.settings.start_year + 1
