"""Loading limits of branches: normal on the intact grid, emergency after an outage, and those of one direction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gridprio.model.cell import DIRECTION_MW
from gridprio.model.grid import GridArrays

if TYPE_CHECKING:
    import pandas as pd

MONTHS = 12


def limit_percent(
    grid: GridArrays, loading_limit_percent: float, emergency_limit_percent: float
) -> NDArray[np.float64]:
    """`[intact grid or an outage, limit class, branch]`, loading above which a branch is overloaded.

    `loading_limit_percent` of what the grid allows a branch in the class; where the grid gives it no limit after an
    outage, `emergency_limit_percent` of its limit in the intact grid.
    """
    limits = rated_limit_percent(grid, loading_limit_percent, emergency_limit_percent)
    return np.ascontiguousarray(limits[:, None, :] * (grid.rating_percent.T / 100.0))


def rated_limit_percent(
    grid: GridArrays, loading_limit_percent: float, emergency_limit_percent: float
) -> NDArray[np.float64]:
    """`[intact grid or an outage, branch]`, the same of the rating itself, of any month and temperature."""
    emergency = emergency_limits(grid, emergency_limit_percent)
    return loading_limit_percent * (np.stack([grid.limit_percent, emergency]) / 100.0)


def emergency_limits(grid: GridArrays, emergency_limit_percent: float) -> NDArray[np.float64]:
    """`[branch]`, loading after an outage that the grid allows, else `emergency_limit_percent` of that before it."""
    own = grid.outage_limit_percent
    return np.where(np.isnan(own), grid.limit_percent * (emergency_limit_percent / 100.0), own)


def lifted(grid: GridArrays, v_pu: NDArray[np.complex128]) -> NDArray[np.bool_]:
    """`[case, row of one_way_limits]`, active power flows the other way, so that the limit does not hold.

    `v_pu[case, node]`. Where less than `DIRECTION_MW` flows, it holds whatever the way. A branch whose limit does not
    hold counts as not loaded in that case (docs/theory/grid-model.md, Limits of one direction).
    """
    branch, way = grid.one_way_limits.T
    power = power_into(grid, branch, v_pu[:, grid.from_node[branch]], v_pu[:, grid.to_node[branch]])
    against: NDArray[np.bool_] = way * power.real * grid.base_mva < -DIRECTION_MW
    return against


def power_into(
    grid: GridArrays, branch: NDArray[Any], v_from: NDArray[np.complex128], v_to: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    """Power into the `from` side of closed branches, pu, from the voltages of their ends, pu."""
    into: NDArray[np.complex128] = v_from * np.conj(grid.y_ff[branch] * v_from + grid.y_ft[branch] * v_to)
    return into


def of_limit(table: pd.DataFrame) -> pd.Series[float]:
    """The worst loadings of a table over their limits: what branches are ranked by, the largest first."""
    return table["worst_loading_percent"] / table["worst_limit_percent"]
