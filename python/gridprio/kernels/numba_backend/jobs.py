"""Which cases of a batch share a factor: large groups of one state, in clusters of like cases around their mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.cases import Cases
from gridprio.kernels.constants import CLUSTER, CLUSTER_SAMPLE, LOW_PU, TOTALS_VARY_SHARE, TURN_COSINE
from gridprio.kernels.numba_backend.chord import Factor
from gridprio.kernels.numba_backend.network import Batch, Network, Results, new_solver, new_state
from gridprio.kernels.numba_backend.newton import CONVERGED, factorise
from gridprio.kernels.numba_backend.solve import solve_cases

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Jobs:
    near: list[tuple[Factor, Numbers]]
    """factors, and the cases that take chord steps on each"""
    rest: Numbers
    """cases that have a matrix of their own, in order of state"""


def jobs_of(
    network: Network, batch: Batch, cases: Cases, tolerance_pu: float, max_iterations: int, min_chord: int
) -> Jobs:
    """A factor for each cluster of states with at least `min_chord` cases; depends on the batch alone."""
    near: list[tuple[Factor, Numbers]] = []
    rest = [np.empty(0, dtype=np.int64)]
    for state in _states(cases):
        if len(state) < min_chord:
            rest.append(state)
            continue
        for cluster in _clusters(cases, state):
            factor = _factor(network, batch, cluster, tolerance_pu, max_iterations)
            if factor is None:
                rest.append(cluster)
            else:
                near.append((factor, cluster))
    return Jobs(near, np.concatenate(rest))


def _states(cases: Cases) -> list[Numbers]:
    """Cases of one mask and one outage, by mask, then outage, in each as given."""
    number = np.arange(cases.n_case)
    if len(cases.outage) == 1 and len(cases.branch_in_service) == 1:
        return [number]
    seen: dict[bytes, int] = {}
    mask = np.array([seen.setdefault(row.tobytes(), len(seen)) for row in cases.branch_in_service])
    mask, outage = (np.broadcast_to(x, cases.n_case) for x in (mask, cases.outage))
    order = np.lexsort((outage, mask))
    ends = np.flatnonzero((np.diff(mask[order]) != 0) | (np.diff(outage[order]) != 0)) + 1
    return np.split(order, ends)


def _clusters(cases: Cases, group: Numbers) -> list[Numbers]:
    """All as given; where totals vary clusters of equal size, by what is drawn or fed in, whichever varies more, as
    hours with like totals are like."""
    if len(group) <= CLUSTER or len(cases.p) == 1:
        return [group]
    totals = np.stack([np.maximum(sign * cases.p[group], 0.0).sum(axis=1) for sign in (-1, 1)])
    apart = totals.max(axis=1) - totals.min(axis=1)
    if apart.max() <= TOTALS_VARY_SHARE * totals.max(axis=1).sum():
        return [group]
    return np.array_split(group[np.argsort(totals[apart.argmax()], kind="stable")], -(-len(group) // CLUSTER))


def _factor(
    network: Network, batch: Batch, cluster: Numbers, tolerance_pu: float, max_iterations: int
) -> Factor | None:
    """Of the mean case of the cluster; None where it has no solution at which a grid runs."""
    mean = batch._replace(
        p=_mean(batch.p, cluster),
        q=_mean(batch.q, cluster),
        outage=_row(batch.outage, cluster[0]),
        mask=_row(batch.mask, cluster[0]),
    )
    state, solver = new_state(network), new_solver(network)
    v = np.empty((1, len(network.start)), np.complex128)
    out = Results(v, np.empty(1, np.uint8), np.zeros(1, np.int32), np.empty(1))
    solve_cases(network, mean, state, solver, np.zeros(1, np.int64), False, tolerance_pu, max_iterations, out)
    if out.status[0] != CONVERGED or not is_operable(network, v[0], state.closed):
        return None
    factorise(network, state, solver)
    return Factor.of(network, state, solver)


def is_operable(network: Network, v: NDArray[np.complex128], closed: NDArray[np.bool_]) -> bool:
    """No voltage is low and no closed branch has turned far between its ends, against the start of the grid.

    The mean of cases may have only a solution at which no grid runs, and all near it would follow.
    """
    if np.nanmin(np.abs(v), initial=1.0) < LOW_PU:
        return False
    rotation = v * network.start.conj()
    from_, to = rotation[network.from_node], rotation[network.to_node]
    turned = (from_ * to.conj()).real < TURN_COSINE * np.abs(from_) * np.abs(to)
    return not np.any(turned & closed)


def _row(array: NDArray[Any], case: int) -> NDArray[Any]:
    at = case % len(array)
    return array[at : at + 1]


def _mean(values: NDArray[np.float64], cluster: Numbers) -> NDArray[np.float64]:
    """`[1, column]`"""
    step = -(-len(cluster) // CLUSTER_SAMPLE)
    mean: NDArray[np.float64] = values[cluster[::step] % len(values)].mean(axis=0, keepdims=True)
    return mean
