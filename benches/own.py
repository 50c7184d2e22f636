"""gridprio as its users call it: arrays by bus in, complex voltages out; nothing else is worked out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import gridprio
from benches.grids import Bench
from benches.registry import Contender, Options
from gridprio.kernels.select import BACKENDS, missing_backends


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
