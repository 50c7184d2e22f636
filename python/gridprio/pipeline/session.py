"""A study that is opened once: its kernels, threads, cells and evaluator, from which every command starts."""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gridprio.cells import (
    CellExecutor,
    CellSource,
    ClusterExecutor,
    LocalExecutor,
    SealedCells,
    SimulatedCells,
    StationCells,
    is_sealed,
)
from gridprio.demand.choose_hours import choose_hours
from gridprio.inputs.hierarchy import is_stations
from gridprio.inputs.study import Study
from gridprio.kernels.select import get_kernels
from gridprio.model.faults import faults_stop
from gridprio.model.plan import PlanProblem
from gridprio.outcome import Evaluator
from gridprio.plan import build_problem, draw_delays


class Session:
    """Opens what is asked for at its first use; inside, faults of arithmetic stop; leaving it keeps the new cells.

    `threads`: None is all there are; results do not depend on it. `cells`: folder in which cells are kept for later
    sessions; results do not depend on it. `cluster`: address of a Dask scheduler or `local:N` where cells are
    computed (docs/cluster.md), or the executor of another session; None is this machine; results do not depend on it.
    Raises InputError for a study that cannot be run, BackendError for a cluster that cannot be used.
    """

    def __init__(
        self,
        study: Study,
        backend: str = "auto",
        threads: int | None = None,
        cells: str | Path | None = None,
        cluster: str | CellExecutor | None = None,
    ) -> None:
        self.study, self.kernels = study, get_kernels(backend)
        self.threads = threads or os.cpu_count() or 1
        self._inside = ExitStack()
        self.folder = None if cells is None else Path(cells)
        self._cluster = cluster

    @cached_property
    def executor(self) -> CellExecutor:
        """Who computes cells; a cluster is opened, and given back when the session ends."""
        if self._cluster is None:
            return LocalExecutor(self.kernels, self.threads)
        if isinstance(self._cluster, str):
            return self._inside.enter_context(ClusterExecutor(self.kernels, self._cluster))
        return self._cluster

    @cached_property
    def cells(self) -> CellSource:
        """From the grid of the study, or from what was sealed or published instead of it."""
        if is_stations(self.study):
            return StationCells(self.study)
        if is_sealed(self.study):
            return SealedCells(self.study)
        cells = SimulatedCells(self.study, self.executor, self.folder)
        choose_hours(cells.grid.demand, cells.scenarios, self.threads)
        return cells

    @cached_property
    def evaluator(self) -> Evaluator:
        """With all delay draws that the study may look at."""
        problem, delays = _problem_and_delays(self.study)
        return Evaluator(self.study, self.cells, problem, delays, self.kernels, self.threads)

    def replanned(self, study: Study) -> Evaluator:
        """The evaluator of a study with the same cells: other orders, statuses, rules of status, crews or phases."""
        return self.evaluator.replanned(study, *_problem_and_delays(study))

    def close(self) -> None:
        """Keep new cells, where there is a place for them."""
        if "cells" in self.__dict__:
            self.cells.close()

    def __enter__(self) -> Self:
        self._inside.enter_context(faults_stop())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        finally:
            self._inside.__exit__(kind, error, trace)


def _problem_and_delays(study: Study) -> tuple[PlanProblem, NDArray[np.int32]]:
    settings, problem = study.settings, build_problem(study)
    most = max(settings.draws, settings.max_draws) if problem.has_chance else 1
    return problem, draw_delays(problem, most, settings.seed)


def make_evaluator(
    study: Study, backend: str = "auto", threads: int | None = None, cells: str | Path | None = None
) -> Evaluator:
    """What search and the board ask: many orders to outcomes, every cell simulated once.

    Arguments and errors as of `Session`. With `cells` use the evaluator as a context manager, which keeps them.
    """
    return Session(study, backend, threads, cells).evaluator
