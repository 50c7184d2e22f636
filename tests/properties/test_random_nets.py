"""Random pandapower nets, intact and under every single outage, against `pandapower.runpp` on every backend."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandapower as pp
from hypothesis import given, settings
from hypothesis import strategies as st

from gridprio import read_grid, solve_load_flow
from gridprio.kernels.select import BACKENDS, missing_backends
from tests.effort import times

from ..cross_check.compare import assert_same, assert_same_outages, outages_of, results_of, run_pandapower

HV_KV, MV_KV = 110.0, 20.0


def random_net(seed: int, n_hv: int, n_mv: int) -> Any:
    """A meshed 110 kV part with generators, and 20 kV buses behind transformers with taps and shifts; light loads."""
    rng = np.random.default_rng(seed)
    net = pp.create_empty_network(sn_mva=float(rng.choice([1.0, 100.0])))
    hv = [pp.create_bus(net, HV_KV, index=int(k)) for k in rng.permutation(50)[:n_hv]]
    pp.create_ext_grid(net, hv[0], vm_pu=rng.uniform(0.99, 1.04), va_degree=float(rng.choice([0.0, 15.0])))
    pairs = [(hv[int(rng.integers(0, k))], hv[k]) for k in range(1, n_hv)]
    pairs += [tuple(rng.choice(hv, 2, replace=False)) for _ in range(n_hv // 2)]
    for one, other in pairs:
        km, parallel = rng.uniform(1, 30), int(rng.integers(1, 3))
        pp.create_line(net, one, other, km, "243-AL1/39-ST1A 110.0", parallel=parallel)
    for k in range(n_mv):
        bus = pp.create_bus(net, MV_KV, index=100 + k)
        kind = str(rng.choice(["25 MVA 110/20 kV", "40 MVA 110/20 kV", "63 MVA 110/20 kV"]))
        pp.create_transformer(net, int(rng.choice(hv)), bus, kind, tap_pos=int(rng.integers(-5, 6)))
        if k and rng.random() < 0.5:
            pp.create_line(net, 100 + int(rng.integers(0, k)), bus, rng.uniform(0.5, 8), "NA2XS2Y 1x240 RM/25 12/20 kV")
    for bus in net.bus.index:
        pp.create_load(net, bus, rng.uniform(0, 6), rng.uniform(-1, 2), scaling=rng.uniform(0.8, 1.2))
        if rng.random() < 0.3:
            pp.create_sgen(net, bus, rng.uniform(0, 5), rng.uniform(-0.5, 0.5))
        if rng.random() < 0.2:
            pp.create_shunt(net, bus, q_mvar=rng.uniform(-2, 2), p_mw=rng.uniform(0, 0.1))
        if bus in hv[1:] and rng.random() < 0.3:
            pp.create_gen(net, bus, p_mw=rng.uniform(0, 20), vm_pu=rng.uniform(0.99, 1.03))
    return net


@settings(deadline=None, max_examples=times(6, 100))
@given(seed=st.integers(0, 100_000), n_hv=st.integers(2, 7), n_mv=st.integers(0, 4))
def test_intact_and_under_every_outage(seed: int, n_hv: int, n_mv: int) -> None:
    net = random_net(seed, n_hv, n_mv)
    grid = read_grid(net)
    assert run_pandapower(net)
    intact = results_of(net)
    outages = outages_of(copy.deepcopy(net), grid, list(range(len(grid.outage_ids))))
    for backend in set(BACKENDS) - set(missing_backends()):
        assert_same(intact, solve_load_flow(grid, tolerance_mva=1e-10, backend=backend))
        assert_same_outages(outages, grid, backend)
