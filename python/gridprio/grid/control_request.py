"""The controls that a caller asks for, from what the grid brings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import InputError, Problem
from gridprio.model.controls import ControlArrays, GridControls, TapArrays
from gridprio.model.grid import NODE_PV, NODE_SLACK, Grid, GridArrays
from gridprio.text import sentence

MAX_CONTROL_ITERATIONS = 30
"""pandapower's `max_iter` of `run_control`."""

_ONE_SLACK: WeakKeyDictionary[GridArrays, GridArrays] = WeakKeyDictionary()


@dataclass(frozen=True)
class ControlRequest:
    """Keywords of `solve_load_flow`, named after pandapower's `runpp`."""

    enforce_q_lims: bool = False
    run_control: bool = False
    distributed_slack: bool = False
    max_control_iterations: int = MAX_CONTROL_ITERATIONS

    @property
    def asked(self) -> tuple[str, ...]:
        names = ("enforce_q_lims", "run_control", "distributed_slack")
        return tuple(name for name in names if getattr(self, name))


def control_arrays(grid: Grid, request: ControlRequest) -> tuple[GridArrays, ControlArrays | None]:
    """The arrays to solve and the controls on them; None when none is asked for.

    With a distributed slack only the first slack node keeps its angle, the others become PV nodes. Raises InputError
    where the grid does not allow what is asked.
    """
    if not request.asked:
        return grid.arrays, None
    brings = grid.controls
    if brings is None:
        what = sentence("problem.no_control_data")
        raise InputError([Problem("solve_load_flow", None, name, what) for name in request.asked])
    problems = [problem for name in request.asked for problem in brings.problems.get(name, ())]
    if problems:
        raise InputError(problems)
    arrays = _one_slack(grid.arrays) if request.distributed_slack else grid.arrays
    q_min, q_max = _no_limits(arrays)
    if request.enforce_q_lims:
        q_min, q_max = _node_limits(arrays, brings)
        # A slack node that gave up its angle keeps its voltage.
        kept = arrays.node_kind != grid.arrays.node_kind
        q_min[kept], q_max[kept] = -np.inf, np.inf
    return arrays, ControlArrays(
        q_min_pu=q_min,
        q_max_pu=q_max,
        slack_weight=_node_weights(arrays, brings) if request.distributed_slack else np.zeros(arrays.n_node),
        taps=brings.taps if request.run_control else TapArrays.none(),
        max_control_iterations=request.max_control_iterations,
    )


def _no_limits(arrays: GridArrays) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.full(arrays.n_node, -np.inf), np.full(arrays.n_node, np.inf)


def _node_limits(arrays: GridArrays, brings: GridControls) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`[node]` pu: machines at a node share in proportion to their ranges, so they reach their limits together.

    Machines that fix the angle count with their range but are never held; an ext_grid has none (pandapower).
    """
    q_min, q_max = np.zeros((2, arrays.n_node))
    np.add.at(q_min, brings.machine_node, brings.machine_q_min_mvar / arrays.base_mva)
    np.add.at(q_max, brings.machine_node, brings.machine_q_max_mvar / arrays.base_mva)
    held = np.zeros(arrays.n_node, dtype=np.bool_)
    held[brings.machine_node[~brings.machine_is_reference]] = True
    return np.where(held, q_min, -np.inf), np.where(held, q_max, np.inf)


def _node_weights(arrays: GridArrays, brings: GridControls) -> NDArray[np.float64]:
    weight = np.zeros(arrays.n_node)
    np.add.at(weight, brings.machine_node, brings.machine_slack_weight)
    return weight


def _one_slack(arrays: GridArrays) -> GridArrays:
    found = _ONE_SLACK.get(arrays)
    if found is None:
        kind = arrays.node_kind.copy()
        kind[np.flatnonzero(kind == NODE_SLACK)[1:]] = NODE_PV
        found = _ONE_SLACK[arrays] = replace(arrays, node_kind=kind)
    return found
