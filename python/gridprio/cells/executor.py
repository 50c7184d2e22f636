"""Who evaluates cells: the kernels on this machine, or those of a cluster (cluster.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

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
    return CellBatch(
        month=np.stack([h.month for h in hourly]),
        limit_class=np.stack([h.limit_class for h in hourly]),
        weight_h=np.stack([h.weight_h for h in hourly]),
        p_mw=np.stack([h.p_mw for h in hourly]),
        q_mvar=np.stack([h.q_mvar for h in hourly]),
        exempt_feed_in_mw=np.stack([h.exempt_feed_in_mw for h in hourly]),
        branch_in_service=np.stack(list(masks)),
        queue_profile=np.stack([requested.queue.profile for requested in requests]),
        requested_mw=np.stack([requested.claimed_mw for requested in requests]),
        order=np.stack([requested.order for requested in requests]),
    )


def same_state_batch(
    branch_in_service: NDArray[np.bool_], hourly: HourlyInjections, queue: Queue, requested_mw: NDArray[np.float64]
) -> CellBatch:
    """Cells of one state that differ in `requested_mw` [cell, request] alone, in the order of the rows."""
    order = np.arange(requested_mw.shape[1], dtype=np.int32)
    return CellBatch(
        **{name: values[None] for name, values in vars(hourly).items()},
        branch_in_service=branch_in_service[None],
        queue_profile=queue.profile[None],
        requested_mw=requested_mw,
        order=np.broadcast_to(order, requested_mw.shape),
    )
