"""Hours times single outages: every row has its own injections and its own matrix; then the same by screening."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

import gridprio
from benches import lightsim, own, pandapower_loop
from benches.check import mismatch
from benches.grids import Bench, chosen, injections, spread, whole_outages
from benches.registry import Case, Options

LOW, HIGH = 0.95, 1.05
HOURS, WEEK = 24, 168
"""Hours that are solved, and that are screened: what a screen does once per outage is for all of them."""
SCREENED = 400
"""Outages of one grid that are screened."""


def cases(options: Options) -> Iterator[Case]:
    for bench in chosen(options):
        count = options.count(bench.row.count)
        hours = min(HOURS, max(2, count // 16))
        p_mw, q_mvar = injections(bench, max(hours, options.count(WEEK)), LOW, HIGH)
        outage = _solved(bench, p_mw, q_mvar, whole_outages(bench, options.count(SCREENED)))
        if len(outage):  # a radial grid has none
            some = outage[spread(len(outage), max(1, count // hours))]
            yield _case(bench, options, hours, (p_mw, q_mvar), some, outage)


def _solved(
    bench: Bench, p_mw: NDArray[np.float64], q_mvar: NDArray[np.float64], outage: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The outages that have a solution in every hour: nobody can be measured on what has none."""
    found = gridprio.find_violations(
        bench.grid,
        p_mw,
        q_mvar,
        outage.astype(np.int32),
        loading_limit_percent=1e9,
        margin_percent=100,  # every pair is solved
        tolerance_mva=bench.tolerance_mva,
    )
    return outage[~np.isin(outage, found.arrays.failed_outage)]


def _case(
    bench: Bench,
    options: Options,
    hours: int,
    week: tuple[NDArray[np.float64], NDArray[np.float64]],
    outage: NDArray[np.intp],
    screened: NDArray[np.intp],
) -> Case:
    """`week` [hour, bus], of which the first `hours` are solved with every `outage`; all outages of an hour follow each
    other."""
    p, q = (np.repeat(x[:hours], len(outage), axis=0) for x in week)
    rows = np.tile(outage, hours)
    contenders = own.contenders(bench, options, p, q, rows)
    contenders += own.screened(bench, options, *week, screened, _limit(bench, *week), 1)
    if options.peers:
        contenders += lightsim.hours_outages(bench, options, p, q, rows)
        contenders.append(pandapower_loop.contender(bench, p, q, rows))
    return Case(bench.row.name, len(rows), tuple(contenders), mismatch(bench, p, q, rows))


def _limit(bench: Bench, p_mw: NDArray[np.float64], q_mvar: NDArray[np.float64]) -> float:
    """Percent: the intact grid is at 80 % of it in its worst branch and hour."""
    intact = gridprio.solve_load_flow(bench.grid, p_mw, q_mvar, tolerance_mva=bench.tolerance_mva)
    return 1.25 * float(np.nanmax(intact.loading_percent, initial=1.0))
