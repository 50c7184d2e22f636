"""lightsim2grid on the very matrix that gridprio solves.

Its own reader of pandapower nets gives other voltages than pandapower on several of these grids (0.02 pu on case118),
so it is given our branches instead, as a PowerModels case: every branch is a pi-model behind a tap and a shift, which
is exact. Its slack nodes share the balance, ours each hold their voltage; ours are therefore merged into one, the
branches that end there scaled by the ratio of the set points, which is exact too. `check` says how well it all fits.

Injections are set before the clock starts and the base case is kept between runs, which is its fastest use; a warm
`compute` solves every row anew. Measured are its defaults and, beside them, its chord policy with the one-slack Newton,
which is what is fastest on most grids.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import gridprio
from benches.grids import Bench
from benches.pi_model import pi_models
from benches.registry import Contender, Options
from gridprio.model.grid import NODE_PQ, NODE_PV, NODE_SLACK

MAX_ITERATIONS = 50
CHORD = 2
"""Its RefactorPolicyType.Chord: one factorisation per load flow."""
VARIANTS = (("", "NR_KLU", 0), (" chord", "NRSing_KLU", CHORD))
"""Name, algorithm, refactor policy."""


@dataclass(frozen=True, eq=False)
class Model:
    """Its grid, and where its rows are in ours."""

    lsgrid: Any
    kept: NDArray[np.intp]
    """[its bus], our node"""
    load: NDArray[np.intp]
    """[its load], our node"""
    start: NDArray[np.complex128]
    """[its bus], the solved intact grid"""
    line: NDArray[np.intp]
    """[branch], its line, or -1"""
    trafo: NDArray[np.intp]
    """[branch], its transformer, or -1"""
    n_line: int
    n_trafo: int

    def loads(self, bench: Bench, by_bus: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.ascontiguousarray(-bench.node_power(by_bus)[:, self.load])

    def at_nodes(self, bench: Bench, v: NDArray[np.complex128]) -> NDArray[np.complex128]:
        arrays = bench.arrays
        found = np.tile(arrays.vm_set_pu * np.exp(1j * arrays.va_set_radian), (len(v), 1))
        found[:, self.kept] = v
        found[(v == 0).all(axis=1)] = np.nan
        return found


@cache
def model_of(bench: Bench) -> Model:
    from lightsim2grid.network.from_powermodels import init

    arrays = bench.arrays
    slack = np.flatnonzero(arrays.node_kind == NODE_SLACK)
    merged = np.arange(arrays.n_node)
    merged[slack] = slack[0]
    f, t = merged[arrays.from_node], merged[arrays.to_node]
    branches = {str(b): row for b, row in enumerate(_branches(bench, slack)) if f[b] != t[b]}
    kept = np.unique(merged)
    bus_type = {NODE_PQ: 1, NODE_PV: 2, NODE_SLACK: 3}
    power = [bench.node_power(x[None])[0] for x in (bench.grid.p_mw, bench.grid.q_mvar)]
    load = kept[kept != slack[0]]
    held = [int(k) for k in kept if arrays.node_kind[k] != NODE_PQ]
    limits = {"pmin": -1e9, "pmax": 1e9, "qmin": -1e9, "qmax": 1e9, "mbase": arrays.base_mva}
    network = {
        "baseMVA": arrays.base_mva,
        "bus": {str(k): {"bus_i": int(k), "bus_type": bus_type[int(arrays.node_kind[k])]} for k in kept},
        "branch": {b: row | {"f_bus": int(f[int(b)]), "t_bus": int(t[int(b)])} for b, row in branches.items()},
        "load": {str(k): {"load_bus": int(k), "pd": -power[0][k], "qd": -power[1][k], "status": 1} for k in load},
        "gen": {
            str(k): {"gen_bus": k, "pg": 0.0, "qg": 0.0, "vg": arrays.vm_set_pu[k], "gen_status": 1} | limits
            for k in held
        },
        "shunt": {
            str(k): {"shunt_bus": int(k), "gs": arrays.y_shunt[k].real, "bs": arrays.y_shunt[k].imag, "status": 1}
            for k in np.flatnonzero(arrays.y_shunt)
        },
        "storage": {},
        "dcline": {},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lsgrid = init(network)
    turning = np.array([row["transformer"] for row in branches.values()])
    number = np.array([int(b) for b in branches])
    line, trafo = (np.full(arrays.n_branch, -1) for _ in range(2))
    line[number[~turning]] = np.arange((~turning).sum())
    trafo[number[turning]] = np.arange(turning.sum())
    flows = gridprio.solve_load_flow(bench.grid, tolerance_mva=bench.tolerance_mva)
    start = flows.arrays.v_pu[0, kept]
    return Model(lsgrid, kept, load, start, line, trafo, int((~turning).sum()), int(turning.sum()))


def _branches(bench: Bench, slack: NDArray[np.intp]) -> list[dict[str, Any]]:
    """Every branch for PowerModels, with slack nodes scaled to the first of them."""
    arrays = bench.arrays
    fixed = arrays.vm_set_pu * np.exp(1j * arrays.va_set_radian)
    scale = np.ones(arrays.n_node, dtype=complex)
    scale[slack] = fixed[slack] / fixed[slack[0]]
    pi = pi_models(bench, scale)
    z, h, tap = 1 / pi.y, pi.h, pi.tap
    return [
        {
            **{"br_r": z[b].real, "br_x": z[b].imag, "br_status": 1},
            **{"g_fr": h[b].real, "g_to": h[b].real, "b_fr": h[b].imag, "b_to": h[b].imag},
            **{"tap": abs(tap[b]), "shift": float(np.angle(tap[b])), "transformer": bool(tap[b] != 1)},
        }
        for b in range(arrays.n_branch)
    ]


def _prepared(kind: Any, lsgrid: Any, algorithm: str, policy: int, threads: int) -> Any:
    batch = kind(lsgrid)
    batch.change_algorithm(algorithm)
    config = batch.get_algo_config()
    numbers = list(config.int_params)
    numbers[1] = policy
    config.int_params = numbers
    batch.set_algo_config(config)
    if threads > 1:
        batch.nb_thread = threads
    return batch


def _contender(bench: Bench, model: Model, name: str, batch: Any, threads: int, order: Any = slice(None)) -> Contender:
    """`order`: [case], its row of each of our cases."""

    def run() -> Any:
        batch.compute(model.start, MAX_ITERATIONS, bench.tolerance_mva)  # it divides by the base
        return batch

    def result(done: Any) -> NDArray[np.complex128]:
        v = np.where(np.asarray(done.converged_mask())[:, None], done.get_voltages(), 0)
        return model.at_nodes(bench, v[order])

    return Contender(f"lightsim2grid {name}", run, result, threads)


def time_series(
    bench: Bench, options: Options, p_mw: NDArray[np.float64], q_mvar: NDArray[np.float64]
) -> list[Contender]:
    from lightsim2grid.lightsim2grid_cpp import InjectionSweepCPP, TimeSeriesCPP

    model = model_of(bench)
    p, q = model.loads(bench, p_mw), model.loads(bench, q_mvar)
    found = []
    for threads in sorted({1, options.threads}):
        for kind in (TimeSeriesCPP, InjectionSweepCPP)[threads > 1 :]:  # steps of a TimeSeries hang on each other
            for suffix, algorithm, policy in VARIANTS:
                batch = _prepared(kind, model.lsgrid, algorithm, policy, threads)
                batch.modify_load_p(p)
                batch.modify_load_q(q)
                name = kind.__name__.removesuffix("CPP") + suffix
                found.append(_contender(bench, model, name, batch, threads))
    return found


def outages(bench: Bench, options: Options, outage: NDArray[np.intp]) -> list[Contender]:
    from lightsim2grid.lightsim2grid_cpp import ContingencyAnalysisCPP

    model = model_of(bench)
    branch = bench.arrays.outage_branch[bench.arrays.outage_start[outage]]
    number = np.where(model.line[branch] >= 0, model.line[branch], model.n_line + model.trafo[branch])
    found = []
    for threads in sorted({1, options.threads}):
        for suffix, algorithm, policy in VARIANTS:
            batch = _prepared(ContingencyAnalysisCPP, model.lsgrid, algorithm, policy, threads)
            batch.add_multiple_n1(number.tolist())
            row = {int(one[0]): k for k, one in enumerate(batch.my_defaults())}
            order = np.array([row[int(k)] for k in number])
            found.append(_contender(bench, model, "ContingencyAnalysis" + suffix, batch, threads, order))
    return found


def hours_outages(
    bench: Bench,
    options: Options,
    p_mw: NDArray[np.float64],
    q_mvar: NDArray[np.float64],
    outage: NDArray[np.intp],
) -> list[Contender]:
    """Each row its own hour and outage."""
    from lightsim2grid.lightsim2grid_cpp import ScenarioSweepCPP

    model = model_of(bench)
    p, q = model.loads(bench, p_mw), model.loads(bench, q_mvar)
    branch = bench.arrays.outage_branch[bench.arrays.outage_start[outage]]
    case = np.arange(len(outage))
    lines, trafos = (np.zeros((len(outage), n), dtype=bool) for n in (model.n_line, model.n_trafo))
    for mask, at in ((lines, model.line[branch]), (trafos, model.trafo[branch])):
        mask[case[at >= 0], at[at >= 0]] = True
    found = []
    for threads in sorted({1, options.threads}):
        for suffix, algorithm, policy in VARIANTS:
            batch = _prepared(ScenarioSweepCPP, model.lsgrid, algorithm, policy, threads)
            batch.modify_load_p(p)
            batch.modify_load_q(q)
            batch.set_contingency_lines(lines)
            if model.n_trafo:
                batch.set_contingency_trafos(trafos)
            found.append(_contender(bench, model, "ScenarioSweep" + suffix, batch, threads))
    return found
