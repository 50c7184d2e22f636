"""Many hours on one topology: every load drawn apart within 5 % of its own value."""

from __future__ import annotations

from collections.abc import Iterator

from benches import lightsim, own, pandapower_loop, pgm
from benches.check import mismatch
from benches.grids import chosen, injections
from benches.registry import Case, Options

LOW, HIGH = 0.95, 1.05


def cases(options: Options, low: float = LOW, high: float = HIGH) -> Iterator[Case]:
    for bench in chosen(options):
        p_mw, q_mvar = injections(bench, options.count(bench.row.count), low, high)
        contenders = own.contenders(bench, options, p_mw, q_mvar)
        if options.peers:
            contenders += lightsim.time_series(bench, options, p_mw, q_mvar)
            contenders += pgm.time_series(bench, options, p_mw, q_mvar)
            contenders.append(pandapower_loop.contender(bench, p_mw, q_mvar))
        yield Case(bench.row.name, len(p_mw), tuple(contenders), mismatch(bench, p_mw, q_mvar))
