"""Where cells come from: one protocol for all that a run asks of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.errors import Problem
from gridprio.inputs.study import Study
from gridprio.text import Message

Progress = Callable[[float], None]
"""Called with the part that is done, 0 to 1."""


def within(progress: Progress | None, begin: float, share: float) -> Progress:
    """Progress of a piece of the work, which begins at `begin` of the whole and is `share` of it."""

    def advance(part: float) -> None:
        if progress is not None:
            progress(min(1.0, begin + part * share))

    return advance


@dataclass(frozen=True, eq=False)
class PlanArea:
    """One electrical area as plans see it."""

    name: str
    serving: tuple[int, ...]
    """rows of the projects that change branches or injections here when in service"""
    working: tuple[int, ...]
    """rows of the projects that take branches out here during their works"""
    development_rows: tuple[int, ...]
    """[request], rows of the study's developments, the same in every year"""
    energy_h: NDArray[np.float64]
    """[request, calendar month], MWh per MW"""


@dataclass(frozen=True)
class StateYear:
    """Projects in service and works under way in one area in one year: a cell per scenario."""

    area: int
    in_service: tuple[int, ...]
    """rows of projects, ascending within what serves the area"""
    in_works: tuple[int, ...]
    year: int
    """0 is the first of the horizon"""

    def project_ids(self, study: Study) -> tuple[str, str]:
        """In service and in works, a space between ids, as seals and requests for cells name a state."""
        in_service, in_works = (
            " ".join(study.projects[row].project_id for row in rows) for rows in (self.in_service, self.in_works)
        )
        return in_service, in_works


class StateKey(NamedTuple):
    """What identifies the cells of a state, whatever plan leads there: equal keys share their cells."""

    area: int
    """row of the areas that are simulated"""
    state: str
    year: int
    """calendar year"""


@dataclass(frozen=True, eq=False)
class CellValues:
    """What the outcome needs of cells; the first two axes are [state-year, scenario]."""

    overload_mvah: NDArray[np.float64]
    """[..., calendar month]"""
    insecure_hours: NDArray[np.float64]
    """[..., calendar month]"""
    allocated_mw: NDArray[np.float64]
    """[..., request]"""
    requested_mw: NDArray[np.float64]
    """[..., request]"""
    limit: NDArray[np.int32]
    """[..., request, 2], branch and contingency that hold a request back; -1 when nothing does"""


class CellSource(Protocol):
    """Cells on demand, for every scenario of the study, and what a run reports of them."""

    @property
    def areas(self) -> Sequence[PlanArea]: ...

    @property
    def changing_projects(self) -> frozenset[str]:
        """Projects that change the grid or its injections."""
        ...

    @property
    def not_known(self) -> frozenset[str]:
        """Metrics that these cells do not tell; their values are 0 and mean nothing."""
        ...

    def key(self, state: StateYear) -> StateKey:
        """Equal for states that are the same to the grid and its injections; they share their cells."""
        ...

    def problem(self, state: StateYear) -> Problem | None:
        """Why the cells of a state cannot be had; None when they can."""
        ...

    def missing(self, states: Sequence[StateYear]) -> int:
        """Cells of these states of one area that neither memory nor disk has."""
        ...

    def values(self, states: Sequence[StateYear], progress: Progress | None = None) -> CellValues:
        """Cells of different states of one area that can all be had."""
        ...

    def limit_name(self, development: int, branch: int, contingency: int) -> str:
        """What held a development back, in words of the net."""
        ...

    def table(self) -> pd.DataFrame:
        """Table `cells` of the run folder."""
        ...

    def origin(self) -> dict[str, Any]:
        """Where the cells came from, for the manifest."""
        ...

    def messages(self) -> list[Message]:
        """What a reader of the results should know."""
        ...

    def close(self) -> None:
        """Keep what was computed for later runs, where there is a place for it."""
        ...
