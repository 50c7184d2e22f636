"""gridprio as its users call it: arrays by bus in, complex voltages out; nothing else is worked out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import gridprio
from benches.grids import Bench
from benches.memory import peak, reset_peak
from benches.registry import Contender, Options
from gridprio.kernels.select import BACKENDS, missing_backends
from gridprio.kernels.violations import MARGIN_PERCENT
from gridprio.model.violations import Violations

PAIR = ["case", "outage", "branch"]


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
    """Every hour with every outage by `find_violations`, `p_mw`, `q_mvar` [hour, bus]; what it finds in a `sample` of
    the hours is held against full enumeration before a figure counts."""
    memory = {"peak_mb": float("nan")}

    def contender(threads: int) -> Contender:
        def run(hours: slice = slice(None), margin_percent: float = MARGIN_PERCENT) -> Violations:
            before = reset_peak()
            found = gridprio.find_violations(
                bench.grid,
                p_mw[hours],
                q_mvar[hours],
                outages,
                loading_limit_percent=limit_percent,
                margin_percent=margin_percent,
                backend="rust",
                threads=threads,
                tolerance_mva=bench.tolerance_mva,
            )
            memory["peak_mb"] = peak() - before
            return found

        def checked(found: Violations) -> NDArray[np.complex128]:
            hours = slice(0, min(sample, len(p_mw)))
            few, full = run(hours).table, run(hours, margin_percent=100.0).table
            if not few[PAIR].equals(full[PAIR]) or not found.table[PAIR][: len(few)].equals(full[PAIR]):
                raise ValueError(f"{len(few)} violations, full enumeration finds {len(full)}")
            return np.empty((0, bench.arrays.n_node), dtype=complex)

        return Contender(
            "gridprio rust screened",
            run,
            checked,
            threads=threads,
            rows=np.empty(0, dtype=np.intp),
            pieces=len(p_mw) * len(outages),
            extra=memory,
        )

    return [contender(threads) for threads in sorted({1, options.threads})] if "rust" in backends() else []


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
