"""One state for one year: every hour with every single outage on the 114-bus SimBench grid, voltages not kept.

Outages that split something off are solved too. Peers do a sample of the hours and the outages that leave the grid
whole; their time per load flow stands for the year.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import gridprio
from benches import lightsim, pandapower_loop
from benches.check import mismatch
from benches.grids import ROWS, Bench, injections, load, whole_outages
from benches.registry import Case, Contender, Options

GRID = "1-HV-mixed--2"
HOURS = 8760
LOW, HIGH = 0.6, 1.05
TOGETHER = 64
"""Hours that are solved in one call."""
SAMPLE = 8
"""Hours that peers solve, and that are checked."""


def cases(options: Options) -> Iterator[Case]:
    if options.grids and GRID not in options.grids:
        return
    bench = load(next(row for row in ROWS if row.name == GRID))
    hours = options.count(HOURS)
    p_mw, q_mvar = injections(bench, hours, LOW, HIGH)
    n_outage = bench.arrays.n_outage
    sample = np.arange(min(SAMPLE, hours))
    whole = whole_outages(bench, n_outage)
    checked = (sample[:, None] * n_outage + whole).ravel()
    p, q = (np.repeat(x[sample], len(whole), axis=0) for x in (p_mw, q_mvar))
    outage = np.tile(whole, len(sample))
    contenders = [_year(bench, threads, p_mw, q_mvar, checked) for threads in sorted({1, options.threads})]
    if options.peers:
        contenders += lightsim.hours_outages(bench, options, p, q, outage)
        contenders.append(pandapower_loop.contender(bench, p, q, outage))
    yield Case(GRID, len(outage), tuple(contenders), mismatch(bench, p, q, outage), most_repeats=2)


def _year(
    bench: Bench, threads: int, p_mw: NDArray[np.float64], q_mvar: NDArray[np.float64], checked: NDArray[np.intp]
) -> Contender:
    n_outage = bench.arrays.n_outage
    outage = np.arange(n_outage)
    memory = {"peak_mb": float("nan")}

    def run() -> NDArray[np.complex128]:
        before = _reset_peak()
        kept = np.empty((0, bench.arrays.n_node), dtype=complex)
        for first in range(0, len(p_mw), TOGETHER):
            p, q = (np.repeat(x[first : first + TOGETHER], n_outage, axis=0) for x in (p_mw, q_mvar))
            flows = gridprio.solve_load_flow(
                bench.grid,
                p,
                q,
                outage=np.tile(outage, len(p) // n_outage),
                threads=threads,
                tolerance_mva=bench.tolerance_mva,
            )
            if first == 0:
                kept = flows.arrays.v_pu[checked]
        memory["peak_mb"] = _peak() - before
        return kept

    return Contender("gridprio rust", run, threads=threads, pieces=len(p_mw) * n_outage, extra=memory)


def _reset_peak() -> float:
    """Sets the mark of the largest memory of this process back; MB in use (Linux, else NaN)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return float("nan")
    return _status("VmRSS")


def _peak() -> float:
    return _status("VmHWM")


def _status(name: str) -> float:
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return float("nan")
    return next((float(line.split()[1]) / 1024 for line in lines if line.startswith(name)), float("nan"))
