"""gridprio as its users call it: arrays by bus in, complex voltages out; nothing else is worked out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import gridprio
from benches.grids import Bench
from benches.memory import peak, reset_peak
from benches.registry import Contender, Options
from gridprio.kernels.cases import Columns
from gridprio.kernels.enumerate_outages import enumerate_violations
from gridprio.kernels.select import BACKENDS, get_kernels, missing_backends
from gridprio.model.rules import LoadFlowOptions, ScreenRules
from gridprio.model.violations import ViolationArrays


def backends() -> list[str]:
    """Backends that are present, without the reference."""
    missing = missing_backends()
    return [name for name in BACKENDS if name not in missing and name != "reference"]


def contenders(
    bench: Bench,
    options: Options,
    p_mw: NDArray[np.float64] | None = None,
    q_mvar: NDArray[np.float64] | None = None,
    outage: NDArray[np.intp] | None = None,
) -> list[Contender]:
    found = [_contender(bench, backend, 1, p_mw, q_mvar, outage) for backend in backends()]
    if options.threads > 1:
        found += [_contender(bench, backend, options.threads, p_mw, q_mvar, outage) for backend in backends()]
    return found


def screened(
    bench: Bench,
    options: Options,
    p_mw: NDArray[np.float64],
    q_mvar: NDArray[np.float64],
    outages: NDArray[np.intp],
    limit_percent: float,
    sample: int = 8,
) -> list[Contender]:
    """Every hour with every outage by `find_violations`, `p_mw`, `q_mvar` [hour, bus]; what it finds in `sample` hours
    is held against full enumeration before a figure counts."""
    if "rust" not in backends():
        return []
    hours = np.unique(np.linspace(0, len(p_mw) - 1, sample).astype(int))
    return [
        _screened(bench, threads, (p_mw, q_mvar, outages.astype(np.int32), limit_percent), hours)
        for threads in sorted({1, options.threads})
    ]


def _screened(bench: Bench, threads: int, work: Any, hours: NDArray[np.intp]) -> Contender:
    p_mw, q_mvar, outages, limit_percent = work
    memory = {"peak_mb": float("nan")}

    def run() -> ViolationArrays:
        before = reset_peak()
        found = gridprio.find_violations(
            bench.grid,
            p_mw,
            q_mvar,
            outages,
            loading_limit_percent=limit_percent,
            backend="rust",
            threads=threads,
            tolerance_mva=bench.tolerance_mva,
        ).arrays
        memory["peak_mb"] = peak() - before
        return found

    def checked(found: ViolationArrays) -> NDArray[np.complex128]:
        arrays = bench.arrays
        full = enumerate_violations(
            get_kernels("rust"),
            arrays,
            p_mw[hours],
            q_mvar[hours],
            outages,
            arrays.branch_in_service[None],
            columns=Columns(bench.grid.bus_node, 1 / arrays.base_mva),
            rules=ScreenRules(limit_percent, load_flow=LoadFlowOptions(bench.tolerance_mva)),
            threads=threads,
        )
        expected = set(zip(hours[full.case].tolist(), full.outage.tolist(), full.branch.tolist(), strict=True))
        here = np.isin(found.case, hours)
        rows = (found.case[here].tolist(), found.outage[here].tolist(), found.branch[here].tolist())
        if set(zip(*rows, strict=True)) != expected:
            raise ValueError(f"{here.sum()} violations, full enumeration finds {len(expected)}")
        return np.empty((0, arrays.n_node), dtype=complex)

    return Contender(
        "gridprio rust screened",
        run,
        checked,
        threads=threads,
        rows=np.empty(0, dtype=np.intp),
        pieces=len(p_mw) * len(outages),
        extra=memory,
    )


def _contender(bench: Bench, backend: str, threads: int, p_mw: Any, q_mvar: Any, outage: Any) -> Contender:
    def run() -> NDArray[np.complex128]:
        flows = gridprio.solve_load_flow(
            bench.grid,
            p_mw,
            q_mvar,
            outage=outage,
            backend=backend,
            threads=threads,
            tolerance_mva=bench.tolerance_mva,
        )
        return flows.arrays.v_pu

    return Contender(f"gridprio {backend}", run, threads=threads)
