"""Every single outage of a line or transformer that leaves the grid whole, each with a matrix of its own."""

from __future__ import annotations

from collections.abc import Iterator

from benches import lightsim, own, pandapower_loop
from benches.check import mismatch
from benches.grids import chosen, whole_outages
from benches.registry import Case, Options

MOST = 2000
"""Outages of one grid that are measured."""


def cases(options: Options) -> Iterator[Case]:
    for bench in chosen(options):
        outage = whole_outages(bench, options.count(MOST * bench.row.count // 1024))
        if not len(outage):  # a radial grid has none
            continue
        contenders = own.contenders(bench, options, outage=outage)
        if options.peers:
            contenders += lightsim.outages(bench, options, outage)
            contenders.append(pandapower_loop.contender(bench, outage=outage))
        p_mw, q_mvar = bench.grid.p_mw[None], bench.grid.q_mvar[None]
        yield Case(bench.row.name, len(outage), tuple(contenders), mismatch(bench, p_mw, q_mvar, outage))
