"""Hours times single outages: every row has its own injections and its own matrix; then the same by screening."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

import gridprio
from benches import lightsim, own, pandapower_loop
from benches.check import mismatch
from benches.grids import Bench, chosen, injections, whole_outages
from benches.registry import Case, Options

LOW, HIGH = 0.95, 1.05
HOURS = 24
SCREENED = 400
"""Outages of one grid that are screened: more than are solved, since the time per pair is what counts."""


def cases(options: Options) -> Iterator[Case]:
    for bench in chosen(options):
        count = options.count(bench.row.count)
        hours = min(HOURS, max(2, count // 16))
        outage = whole_outages(bench, max(1, count // hours))
        if not len(outage):  # a radial grid has none
            continue
        p_mw, q_mvar = injections(bench, hours, LOW, HIGH)
        yield _case(bench, options, p_mw, q_mvar, outage)


def _case(
    bench: Bench,
    options: Options,
    p_mw: NDArray[np.float64],
    q_mvar: NDArray[np.float64],
    outage: NDArray[np.intp],
) -> Case:
    """`p_mw`, `q_mvar` [hour, bus]; all outages of an hour follow each other."""
    p, q = (np.repeat(x, len(outage), axis=0) for x in (p_mw, q_mvar))
    rows = np.tile(outage, len(p_mw))
    contenders = own.contenders(bench, options, p, q, rows)
    contenders += own.screened(
        bench, options, p_mw, q_mvar, whole_outages(bench, options.count(SCREENED)), _limit(bench, p_mw, q_mvar), 1
    )
    if options.peers:
        contenders += lightsim.hours_outages(bench, options, p, q, rows)
        contenders.append(pandapower_loop.contender(bench, p, q, rows))
    return Case(bench.row.name, len(rows), tuple(contenders), mismatch(bench, p, q, rows))


def _limit(bench: Bench, p_mw: NDArray[np.float64], q_mvar: NDArray[np.float64]) -> float:
    """Percent: the intact grid is at 80 % of it in its worst branch and hour."""
    intact = gridprio.solve_load_flow(bench.grid, p_mw, q_mvar, tolerance_mva=bench.tolerance_mva)
    return 1.25 * float(np.nanmax(intact.loading_percent, initial=1.0))
