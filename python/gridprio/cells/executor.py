"""Who evaluates cells: the kernels on this machine, or those of a cluster (cluster.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import InputError
from gridprio.kernels.protocol import Kernels
from gridprio.model.cell import CellBatch, CellResults, Contingencies, HourlyInjections, Queue, Requests
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules


class CellExecutor(Protocol):
    """Evaluates batches of cells; results depend on `version` alone, not on where or on how many threads."""

    @property
    def version(self) -> str: ...

    @property
    def parallel(self) -> int:
        """Batches that are worth handing over at once."""
        ...

    def evaluate(
        self, grid: GridArrays, contingencies: Contingencies, queue: Queue, cells: CellBatch, rules: CellRules
    ) -> CellResults: ...


class LocalExecutor:
    """This machine."""

    parallel = 1

    def __init__(self, kernels: Kernels, threads: int = 1) -> None:
        self.kernels, self.threads = kernels, threads

    @property
    def version(self) -> str:
        return f"{self.kernels.name} {self.kernels.version}"

    def evaluate(
        self, grid: GridArrays, contingencies: Contingencies, queue: Queue, cells: CellBatch, rules: CellRules
    ) -> CellResults:
        return self.kernels.evaluate_cells(grid, contingencies, queue, cells, rules=rules, threads=self.threads)


def cell_batch(
    masks: Sequence[NDArray[np.bool_]], hourly: Sequence[HourlyInjections], requests: Sequence[Requests]
) -> CellBatch:
    """Cells side by side; InputError where the profiles of a queue are not on the hours of its injections."""
    for injections, requested in zip(hourly, requests, strict=True):
        if requested.queue.profile.shape != (len(requested.requested_mw), len(injections.month)):
            raise InputError(
                f"queue profiles have shape {requested.queue.profile.shape}, expected one row for each of "
                f"{len(requested.requested_mw)} requests and one column for each of {len(injections.month)} hours"
            )
    hours = {name: _rows([getattr(h, name) for h in hourly]) for name in vars(hourly[0])}
    return CellBatch(
        **hours,
        branch_in_service=_rows(masks),
        queue_profile=_rows([requested.queue.profile for requested in requests]),
        requested_mw=np.stack([requested.claimed_mw for requested in requests]),
        order=np.stack([requested.order for requested in requests]),
    )


def _rows(of_cells: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """One row where it is the same array in all cells, else a row for each: the hours of a year take megabytes."""
    first, *others = of_cells
    return first[None] if all(other is first for other in others) else np.stack(of_cells)
