"""Random controls for random grids, built directly as frozen arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from gridprio.model.controls import ControlArrays, TapArrays
from gridprio.model.grid import NODE_OUT, NODE_PQ, NODE_PV, GridArrays


def no_controls(grid: GridArrays, **given: Any) -> ControlArrays:
    """Controls that can do nothing, except those given."""
    nothing: dict[str, Any] = {
        "q_min_pu": np.full(grid.n_node, -np.inf),
        "q_max_pu": np.full(grid.n_node, np.inf),
        "slack_weight": np.zeros(grid.n_node),
        "taps": TapArrays.none(),
        "max_control_iterations": 30,
    }
    return ControlArrays(**(nothing | given))


def random_limits(grid: GridArrays, rng: np.random.Generator) -> dict[str, Any]:
    """Narrow enough that some machines reach them."""
    middle, range_pu = rng.uniform(-0.02, 0.02, grid.n_node), rng.uniform(0, 0.1, grid.n_node)
    held = (grid.node_kind == NODE_PV) & (rng.random(grid.n_node) < 0.9)
    return {
        "q_min_pu": np.where(held, middle - range_pu, -np.inf),
        "q_max_pu": np.where(held, middle + range_pu, np.inf),
    }


def random_weights(grid: GridArrays, rng: np.random.Generator) -> dict[str, Any]:
    weight = rng.uniform(0, 1, grid.n_node) * (grid.node_kind != NODE_PQ) * (grid.node_kind != NODE_OUT)
    return {"slack_weight": weight}


def random_taps(grid: GridArrays, rng: np.random.Generator, n: int = 4, band: float = 0.02) -> dict[str, Any]:
    """`n` of the branches get a tap at their from side, kept by one or two controllers each on two levels."""
    n = min(n, grid.n_branch)
    branch = np.sort(rng.choice(grid.n_branch, n, replace=False)).astype(np.int32)
    low, high = -rng.integers(1, 6, n).astype(np.int32), rng.integers(1, 6, n).astype(np.int32)
    ports, direction = [], []
    for b, first, last in zip(branch, low, high, strict=True):
        step = rng.choice([0.0125, -0.0125])
        direction.append(1 if step > 0 else -1)
        t = 1 + step * np.arange(first, last + 1)
        ports.append(np.c_[grid.y_ff[b] / t**2, grid.y_ft[b] / t, grid.y_tf[b] / t, np.full(len(t), grid.y_tt[b])])
    transformer = np.r_[np.arange(n), rng.integers(0, n, n // 2)].astype(np.int32)
    node = np.where(rng.random(len(transformer)) < 0.9, grid.to_node[branch[transformer]], -1)
    middle = rng.uniform(0.97, 1.03, len(transformer))
    return {
        "taps": TapArrays(
            tap_min=low,
            tap_max=high,
            tap_pos=np.zeros(n, dtype=np.int32),
            branch_start=np.arange(n + 1, dtype=np.int32),
            branch=branch,
            position_first=low,
            port_start=np.cumsum([0, *map(len, ports)], dtype=np.int32),
            port=np.ascontiguousarray(np.concatenate(ports)),
            level_start=np.array([0, n, len(transformer)], dtype=np.int32),
            transformer=transformer,
            node=node.astype(np.int32),
            vm_lower_pu=middle - band / 2,
            vm_upper_pu=middle + band / 2,
            direction=np.array(direction, dtype=np.int8)[transformer],
        )
    }
