"""The power mismatch of anybody's voltages, from the admittances alone: plain NumPy, no code of any contender."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benches.grids import Bench
from gridprio.model.grid import NODE_PQ, NODE_PV, NODE_SLACK

AT_ONCE = 128
"""Cases that are checked together, which bounds the memory."""


def mismatch(
    bench: Bench,
    p_mw: NDArray[np.float64],
    q_mvar: NDArray[np.float64],
    outage: NDArray[np.intp] | None = None,
) -> Callable[[NDArray[np.complex128], NDArray[np.intp]], float]:
    """Largest mismatch in pu over all cases: P and Q at PQ nodes, P and |v| at PV nodes, v at slack nodes.

    Of a power, what its sum here may be off by is taken off: a unit roundoff of the sum of sizes for every product
    in it (Higham 2002, Accuracy and Stability of Numerical Algorithms, (3.4)); with admittances of 1e7 pu some 1e-8 pu.

    `p_mw`, `q_mvar` [case or 1, bus]; `outage` [case], rows of `grid.outage_ids`, each of one branch. NaN counts as
    infinite: nobody gets away with leaving a case out.
    """

    def residual(v: NDArray[np.complex128], rows: NDArray[np.intp]) -> float:
        worst = 0.0
        for first in range(0, len(rows), AT_ONCE):
            part = rows[first : first + AT_ONCE]
            p, q = (x[part] if len(x) > 1 else x for x in (p_mw, q_mvar))
            gone = None if outage is None else outage[part]
            worst = max(worst, _worst(bench, v[first : first + AT_ONCE], p, q, gone))
        return worst

    return residual


def _worst(
    bench: Bench,
    v: NDArray[np.complex128],
    p_mw: NDArray[np.float64],
    q_mvar: NDArray[np.float64],
    outage: NDArray[np.intp] | None,
) -> float:
    arrays = bench.arrays
    current = (bench.ybus @ v.T).T
    if outage is not None:
        case = np.arange(len(v))
        b = arrays.outage_branch[arrays.outage_start[outage]]
        f, t = arrays.from_node[b], arrays.to_node[b]
        current[case, f] -= arrays.y_ff[b] * v[case, f] + arrays.y_ft[b] * v[case, t]
        current[case, t] -= arrays.y_tf[b] * v[case, f] + arrays.y_tt[b] * v[case, t]
    given = (bench.node_power(p_mw) + 1j * bench.node_power(q_mvar)) / arrays.base_mva
    s = v * current.conj() - given
    pq, pv, slack = (arrays.node_kind == kind for kind in (NODE_PQ, NODE_PV, NODE_SLACK))
    fixed = arrays.vm_set_pu * np.exp(1j * arrays.va_set_radian)
    size = np.abs(v)
    unit = np.finfo(float).eps / 2
    products = np.diff(bench.ybus.indptr) + 1
    rounding = unit * products * size * (abs(bench.ybus) @ size.T).T
    parts = [
        (np.abs(s.real) - rounding)[:, pq | pv],
        (np.abs(s.imag) - rounding)[:, pq],
        np.abs(np.abs(v[:, pv]) - arrays.vm_set_pu[pv]),
        np.abs(v[:, slack] - fixed[slack]),
    ]
    worst = max(float(part.max(initial=0.0)) for part in parts)
    return worst if np.isfinite(v).all() else float("inf")
