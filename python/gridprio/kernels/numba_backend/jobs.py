"""Which cases of a batch share a factor: large groups of one state, in clusters of like cases around their mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.cases import Cases
from gridprio.kernels.numba_backend.chord import LOW_PU, Factor
from gridprio.kernels.numba_backend.lanes import LANES
from gridprio.kernels.numba_backend.newton import CONVERGED
from gridprio.kernels.numba_backend.tile import Batch, Network, Results, factorise, solve_tiles, tile_of
from gridprio.kernels.reference.load_flow import live_parts
from gridprio.model.grid import GridArrays

MIN_CHORD = 32
"""A group of at least so many cases of one state is worth a factor of its own."""
CLUSTER = 1024
"""Cases that share a base case where their totals vary, at most."""
VARY = 0.1
"""Totals vary when they are further apart than this part of all that is drawn and fed in."""
TURN = 0.34
"""Cosine of the angle by which the ends of a branch may turn against each other."""
SAMPLE = 32
"""Cases that make up the mean of a cluster."""

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
        clusters = _clusters(cases, state)
        for first in range(0, len(clusters), LANES):
            some = clusters[first : first + LANES]
            for cluster, factor in zip(
                some, _factors(network, batch, cases, some, tolerance_pu, max_iterations), strict=True
            ):
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
    if apart.max() <= VARY * totals.max(axis=1).sum():
        return [group]
    group = group[np.argsort(totals[apart.argmax()], kind="stable")]
    count = -(-len(group) // CLUSTER)
    width = -(-len(group) // (count * LANES)) * LANES
    return np.split(group, range(width, len(group), width))


def _factors(
    network: Network, batch: Batch, cases: Cases, clusters: list[Numbers], tolerance_pu: float, max_iterations: int
) -> list[Factor | None]:
    """Of the mean case of each of at most eight clusters of one state; None where it has no solution."""
    n, grid = len(clusters), cases.grid
    case = clusters[0][0]
    closed = closed_in(cases, case)
    means = batch._replace(
        p=np.stack([_mean(batch.p, cluster) for cluster in clusters]),
        q=np.stack([_mean(batch.q, cluster) for cluster in clusters]),
        outage=_row(batch.outage, case),
        mask=_row(batch.mask, case),
    )
    tile = tile_of(network.symbolic, keep=True)
    out = Results(
        np.empty((n, len(network.start)), np.complex128), np.empty(n, np.uint8), np.zeros(n, np.int32), np.empty(n)
    )
    solve_tiles(network, means, tile, np.arange(n), False, tolerance_pu, max_iterations, out)
    factorise(network.symbolic, network.nodes, tile)
    good = [out.status[lane] == CONVERGED and is_operable(network, grid, out.v_pu[lane], closed) for lane in range(n)]
    return [
        Factor.of_lane(network, tile, lane, np.isfinite(out.v_pu[lane])) if good[lane] else None for lane in range(n)
    ]


def closed_in(cases: Cases, case: int) -> NDArray[np.bool_]:
    """[branch]"""
    _, _, outage, mask = cases.row(case)
    return live_parts(cases.grid, mask, outage)[0]


def is_operable(network: Network, grid: GridArrays, v: NDArray[np.complex128], closed: NDArray[np.bool_]) -> bool:
    """No voltage is low and no closed branch has turned far between its ends, against the start of the grid.

    The mean of cases may have only a solution at which no grid runs, and all near it would follow.
    """
    if np.nanmin(np.abs(v), initial=1.0) < LOW_PU:
        return False
    rotation = v * network.start.conj()
    from_, to = rotation[grid.from_node], rotation[grid.to_node]
    turned = (from_ * to.conj()).real < TURN * np.abs(from_) * np.abs(to)
    return not np.any(turned & closed)


def _row(array: NDArray[Any], case: int) -> NDArray[Any]:
    at = case % len(array)
    return array[at : at + 1]


def _mean(values: NDArray[np.float64], cluster: Numbers) -> NDArray[np.float64]:
    step = -(-len(cluster) // SAMPLE)
    mean: NDArray[np.float64] = values[cluster[::step] % len(values)].mean(axis=0)
    return mean
