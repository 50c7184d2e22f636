"""Cells on many machines: batches of cells as tasks of a Dask cluster (docs/cluster.md)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from gridprio.cells.disk_cache import digest, joined_results
from gridprio.errors import BackendError
from gridprio.kernels.protocol import Kernels
from gridprio.kernels.select import get_kernels
from gridprio.model.cell import CellBatch, CellResults, Contingencies, Queue
from gridprio.model.faults import faults_stop
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules
from gridprio.text import sentence

CELLS_PER_TASK = 256
LOCAL = "local:"
"""Before a number of workers: a cluster on this machine, for as long as it is needed."""
CONNECT_S = 30
"""Within which the scheduler answers and has a worker."""
LOOPBACK = "127.0.0.1"


class ClusterExecutor:
    """The workers of a Dask cluster, each with the same code and instruction set as this process.

    A grid goes to a worker once, by its content, and is compiled there once. Dask computes again what a lost worker
    had; results are those of one machine to the byte. Raises BackendError without `distributed`, a scheduler or a
    worker, and where a worker computes with other code.
    """

    def __init__(self, kernels: Kernels, cluster: str) -> None:
        """`cluster`: address of a scheduler, or `local:N` for N workers on this machine."""
        self._kernels, self._cluster = kernels, cluster
        self._grids: dict[str, Any] = {}
        self._inside = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._client = _client(self._cluster, opening)
            self._inside = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._grids.clear()
        self._inside.__exit__(kind, error, trace)

    @property
    def version(self) -> str:
        return f"{self._kernels.name} {self._kernels.version}"

    @property
    def parallel(self) -> int:
        """Threads of all workers that are there now."""
        return max(1, sum(map(int, self._client.nthreads().values())))

    def evaluate(
        self, grid: GridArrays, contingencies: Contingencies, queue: Queue, cells: CellBatch, rules: CellRules
    ) -> CellResults:
        from distributed import KilledWorker

        kernels = self._kernels.name, self._kernels.version
        tasks = [
            self._client.submit(evaluate_task, kernels, self._grid(grid), contingencies, queue, part, rules, pure=False)
            for part in parts_of(cells, self.parallel)
        ]
        try:
            return joined_results(self._client.gather(tasks))
        except KilledWorker as error:
            raise BackendError(sentence("cluster.workers_die", cluster=self._cluster)) from error

    def _grid(self, grid: GridArrays) -> Any:
        key = f"grid-{digest(vars(grid).values()).hex()}"
        if key not in self._grids:
            self._grids[key] = self._client.submit(_same, grid, key=key)
        return self._grids[key]


def evaluate_task(
    kernels: tuple[str, str],
    grid: GridArrays,
    contingencies: Contingencies,
    queue: Queue,
    cells: CellBatch,
    rules: CellRules,
) -> CellResults:
    """What a worker does; `kernels`: name and version of those that the results are to come from."""
    name, version = kernels
    own = get_kernels(name)
    if own.version != version:
        raise BackendError(sentence("cluster.other_version", found=own.version, expected=version))
    with faults_stop():
        return own.evaluate_cells(grid, contingencies, queue, cells, rules=rules, threads=1)


def parts_of(cells: CellBatch, parallel: int) -> Iterator[CellBatch]:
    """Cells in their order: as many parts as can be computed at once, or more where these would be too large."""
    n = len(cells)
    size = min(CELLS_PER_TASK, -(-n // parallel))
    for begin in range(0, n, size):
        yield cells.cells(slice(begin, begin + size))


def _same(grid: GridArrays) -> GridArrays:
    """A task, so that the scheduler can have a grid made again when the worker that held it is lost."""
    return grid


def _client(cluster: str, opening: ExitStack) -> Any:
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise BackendError(sentence("cluster.not_installed", why=str(error))) from error
    workers = cluster.removeprefix(LOCAL)
    if cluster.startswith(LOCAL) and not (workers.isdecimal() and int(workers)):
        raise BackendError(sentence("cluster.no_number", found=cluster))
    try:
        if cluster.startswith(LOCAL):
            # TLS with keys of its own: on a shared machine others may reach a port of the loopback address.
            local = LocalCluster(
                n_workers=int(workers),
                threads_per_worker=1,
                host=LOOPBACK,
                dashboard_address=f"{LOOPBACK}:0",
                security=True,
            )
            return opening.enter_context(Client(opening.enter_context(local)))
        client = opening.enter_context(Client(cluster, timeout=CONNECT_S, set_as_default=False))
        client.wait_for_workers(1, timeout=CONNECT_S)
        return client
    except (OSError, TimeoutError, ValueError) as error:
        raise BackendError(sentence("cluster.unreachable", cluster=cluster, why=str(error))) from error
