"""One state for one year: every hour with every single outage on the 114-bus SimBench grid, screened and confirmed.

Outages that split something off are among them. Peers do a sample of the hours and the outages that leave the grid
whole; their time per load flow stands for the year.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benches import lightsim, own, pandapower_loop
from benches.check import mismatch
from benches.grids import ROWS, injections, load, whole_outages
from benches.registry import Case, Options

GRID = "1-HV-mixed--2"
HOURS = 8760
LOW, HIGH = 0.6, 1.05
LIMIT_PERCENT = 180.0
"""Above the largest loading of the intact grid in these hours, 172 %: about a fifth of the pairs needs an AC load flow,
as on a grid of the province."""
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
    p, q = (np.repeat(x[sample], len(whole), axis=0) for x in (p_mw, q_mvar))
    outage = np.tile(whole, len(sample))
    outages = np.arange(n_outage)
    contenders = own.screened(bench, options, p_mw, q_mvar, outages, LIMIT_PERCENT, SAMPLE)
    contenders += own.contenders(bench, options, p, q, outage)
    if options.peers:
        contenders += lightsim.hours_outages(bench, options, p, q, outage)
        contenders.append(pandapower_loop.contender(bench, p, q, outage))
    yield Case(GRID, len(outage), tuple(contenders), mismatch(bench, p, q, outage), most_repeats=2)
