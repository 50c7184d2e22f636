"""power-grid-model on the very matrix that gridprio solves; only grids without PV nodes, of which it has none.

It stops when voltages move less than its tolerance, not on a mismatch, so it is given the loosest power of ten that
brings the mismatch of a sample below the tolerance of everyone. Columns of numbers in and out, topology kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benches.check import mismatch
from benches.grids import TOLERANCE_PU, Bench, spread
from benches.pi_model import pi_models
from benches.registry import Contender, Options
from gridprio.model.grid import NODE_PV, NODE_SLACK

METHODS = (("Newton", "newton_raphson"), ("iterative current", "iterative_current"))
SAMPLE = 64
MAX_ITERATIONS = 100
VOLT = 1e3
"""Rated voltage of every node: the grid is handed over in per unit."""
IDEAL_SK_VA = 1e20
"""Short-circuit power of sources, so large that they hold their voltage."""


def time_series(
    bench: Bench, options: Options, p_mw: NDArray[np.float64], q_mvar: NDArray[np.float64]
) -> list[Contender]:
    if (bench.arrays.node_kind == NODE_PV).any():
        return []
    model, loads = _model(bench)
    p, q = (-1e6 * bench.node_power(x)[:, loads] for x in (p_mw, q_mvar))
    found = []
    for name, method in METHODS:
        tolerance = _loosest(bench, model, method, (p, q), mismatch(bench, p_mw, q_mvar))
        for threads in sorted({1, options.threads}):
            run = _run(model, method, tolerance, threads, p, q)
            found.append(Contender(f"power-grid-model {name}", run, _phasors, threads))
    return found


def _run(
    model: Any, method: str, tolerance: float, threads: int, p: NDArray[np.float64], q: NDArray[np.float64]
) -> Callable[[], Any]:
    def run() -> Any:
        return model.calculate_power_flow(
            calculation_method=method,
            error_tolerance=tolerance,
            max_iterations=MAX_ITERATIONS,
            update_data={"sym_load": {"p_specified": p, "q_specified": q}},
            output_component_types={"node": {"u_pu", "u_angle"}},
            threading=-1 if threads == 1 else threads,
        )

    return run


def _phasors(found: Any) -> NDArray[np.complex128]:
    node = found["node"]
    return np.asarray(node["u_pu"] * np.exp(1j * node["u_angle"]))


def _loosest(bench: Bench, model: Any, method: str, power: Any, residual: Any) -> float:
    rows = np.array(spread(len(power[0]), SAMPLE))
    p, q = (np.ascontiguousarray(x[rows]) for x in power)
    for tolerance in 10.0 ** -np.arange(3.0, 15.0):
        if residual(_phasors(_run(model, method, tolerance, 1, p, q)()), rows) <= TOLERANCE_PU:
            return float(tolerance)
    raise RuntimeError(f"{bench.row.name}: power-grid-model {method} does not reach {TOLERANCE_PU} pu")


def _model(bench: Bench) -> tuple[Any, NDArray[np.intp]]:
    """Its model, and the nodes of its loads; node and branch numbers are ours, the rest follow."""
    from power_grid_model import PowerGridModel, initialize_array

    arrays, base = bench.arrays, bench.arrays.base_mva
    n, m = arrays.n_node, arrays.n_branch
    ids = iter(np.split(np.arange(4 * (n + m)), [n, n + m, 2 * n + m, 3 * n + m]))
    nodes = initialize_array("input", "node", n)
    nodes["id"], nodes["u_rated"] = next(ids), VOLT
    pi = pi_models(bench)
    branches = initialize_array("input", "generic_branch", m)
    branches["id"] = next(ids)
    branches["from_node"], branches["to_node"] = arrays.from_node, arrays.to_node
    branches["from_status"] = branches["to_status"] = 1
    branches["r1"], branches["x1"] = (1 / pi.y).real / base, (1 / pi.y).imag / base
    branches["g1"], branches["b1"] = 2 * pi.h.real * base, 2 * pi.h.imag * base
    branches["k"], branches["theta"], branches["sn"] = np.abs(pi.tap), np.angle(pi.tap), 1e6
    slack = np.flatnonzero(arrays.node_kind == NODE_SLACK)
    sources = initialize_array("input", "source", len(slack))
    sources["id"], sources["node"], sources["status"] = next(ids)[: len(slack)], slack, 1
    sources["u_ref"], sources["u_ref_angle"] = arrays.vm_set_pu[slack], arrays.va_set_radian[slack]
    sources["sk"], sources["rx_ratio"] = IDEAL_SK_VA, 0.1
    loads = np.setdiff1d(np.arange(n), slack)
    load = initialize_array("input", "sym_load", len(loads))
    load["id"], load["node"], load["status"], load["type"] = next(ids)[: len(loads)], loads, 1, 0
    load["p_specified"], load["q_specified"] = 0.0, 0.0
    shunted = np.flatnonzero(arrays.y_shunt)
    shunts = initialize_array("input", "shunt", len(shunted))
    shunts["id"], shunts["node"], shunts["status"] = next(ids)[: len(shunted)], shunted, 1
    shunts["g1"], shunts["b1"] = arrays.y_shunt[shunted].real * base, arrays.y_shunt[shunted].imag * base
    data = {"node": nodes, "generic_branch": branches, "source": sources, "sym_load": load, "shunt": shunts}
    return PowerGridModel(data), loads
