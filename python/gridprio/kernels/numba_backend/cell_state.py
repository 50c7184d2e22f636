"""What the compiled cell kernels see: the grid, one cell, its base cases, the members of a stage; buffers of a thread.

Tuples of arrays, because compiled code takes no objects. Symbols: docs/theory/cells.md.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridprio.kernels.numba_backend import newton
from gridprio.kernels.numba_backend.lanes import LANES, zeros
from gridprio.kernels.numba_backend.load_flow import compiled
from gridprio.model.cell import Contingencies
from gridprio.model.grid import NODE_OUT, NODE_SLACK, GridArrays
from gridprio.model.rules import CellRules, leaves

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]


class Network(NamedTuple):
    """What cells share; the first three as `newton` takes them."""

    symbolic: tuple[Any, ...]
    branches: tuple[Any, ...]
    nodes: tuple[Any, ...]
    va_set: Floats
    start: NDArray[np.complex128]
    percent: Floats
    """[branch, 2], loading in percent per pu of current at each end, 0 where unrated"""
    rated: Floats
    """[branch], MVA, 0 where unrated"""


class Rules(NamedTuple):
    """The leaves of `CellRules` and the power base, as compiled code takes them."""

    loading_limit_percent: float
    interruption_max_mw: float
    security_min_kv: float
    maintenance_outages: bool
    tolerance_mva: float
    max_iterations: int
    base_mva: float

    @classmethod
    def of(cls, rules: CellRules, base_mva: float) -> Rules:
        """TypeError for a rule that has no field here."""
        return cls(**leaves(rules), base_mva=base_mva)


class Injections(NamedTuple):
    """Of one cell with what is served."""

    p_pu: Floats
    """[hour, node]"""
    q_pu: Floats
    exempt_mw: Floats
    """[hour, node], feed-in that may be taken off, requests included"""
    exempt_mvar: Floats
    """[hour, node], of requests alone"""
    imports: Bools
    """[hour]"""
    has_exempt: Bools
    """[hour]"""


class Topology(NamedTuple):
    closed: Bools
    """[contingency, branch]"""
    live: Bools
    """[contingency, node]"""
    warm: Floats
    """[hour, row, 2], last solved voltages of the intact grid"""
    is_warm: Bools
    """[hour]"""


class BaseCases(NamedTuple):
    """Cases without the queue. Branches above the limit are rows of `branch` and `percent`, from `first` of a case."""

    known: Bools
    """[hour, contingency], as all that follow"""
    converged: Bools
    worst_percent: Floats
    worst_branch: Ints
    first: Ints
    n_passed: Ints
    branch: Ints
    """[row]"""
    hour: Ints
    percent: Floats


class Members(NamedTuple):
    """Requests of one direction, in queue order."""

    node: Ints
    per_mw: Floats
    """[member, hour], injection in pu per MW served, with its sign"""
    q_per_p: Floats
    exempt: Bools
    """feed-in that may be taken off"""
    wish_mw: Floats
    served_mw: Floats
    at_mw: Floats
    """what is served in the cases that are solved"""


class Tiles(NamedTuple):
    """Buffers of one thread: a tile, one for take-off that shares its admittances, and loadings [branch, lane]."""

    first: tuple[Any, ...]
    second: tuple[Any, ...]
    loading: Floats
    second_loading: Floats
    cap: Floats


def network(grid: GridArrays) -> Network:
    """The analysed grid with its ratings."""
    ready = compiled(grid)
    percent = np.stack([grid.from_percent_per_pu, grid.to_percent_per_pu], axis=1)
    rated = np.where(np.isnan(percent).all(axis=1), 0.0, np.nan_to_num(grid.rating_mva))
    return Network(
        ready.tape, ready.branches, ready.nodes, grid.va_set_radian, ready.start, np.nan_to_num(percent), rated
    )


def tiles(grid: GridArrays) -> Tiles:
    s = compiled(grid).symbolic
    n, n_target, n_block = len(s.node_of), len(s.target_column), int(s.upper_start[-1])

    def own() -> list[Floats]:
        return [zeros(n, 2, LANES) for _ in range(4)]

    def factors() -> list[Floats]:
        return [zeros(n_block, 4, LANES), zeros(n_block, 4, LANES), zeros(n, 4, LANES)]

    shared = [*(zeros(m, LANES) for m in (n_target, n_target, n, n)), np.zeros((n, LANES), dtype=np.bool_)]
    first, second = ((*own(), *shared, *factors()) for _ in range(2))
    return Tiles(first, second, *(np.zeros((grid.n_branch, LANES)) for _ in range(3)))


def topology(grid: GridArrays, contingencies: Contingencies, mask: Bools, n_hour: int) -> Topology:
    """Closed branches and live nodes of each contingency; nothing is warm yet."""
    usable = (grid.node_kind[grid.from_node] != NODE_OUT) & (grid.node_kind[grid.to_node] != NODE_OUT)
    n = len(contingencies.start) - 1
    closed = np.repeat((mask & usable)[None], n, axis=0)
    live = np.zeros((n, grid.n_node), dtype=np.bool_)
    symbolic = compiled(grid).symbolic
    row = np.repeat(np.arange(n), np.diff(contingencies.start))
    closed[row, contingencies.branch] = False
    find_all_live(
        grid.from_node,
        grid.to_node,
        symbolic.incident_start,
        symbolic.incident,
        grid.node_kind == NODE_SLACK,
        closed,
        live,
    )
    return Topology(closed, live, np.zeros((n_hour, len(symbolic.node_of), 2)), np.zeros(n_hour, dtype=np.bool_))


@njit(**newton.FAST)
def find_all_live(from_node, to_node, incident_start, incident, slack, closed, live):
    """`newton.find_live` for each row."""
    for k in range(len(closed)):
        newton.find_live(live.shape[1], from_node, to_node, incident_start, incident, slack, closed[k], live[k])
