"""Branches as other programs want them: series impedance, equal charging at both ends, tap and shift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benches.grids import Bench


@dataclass(frozen=True, eq=False)
class PiModels:
    """[branch] each, pu: [i_from; i_to] = [[(y + h)/|t|^2, -y/conj(t)], [-y/t, y + h]] [v_from; v_to]."""

    y: NDArray[np.complex128]
    h: NDArray[np.complex128]
    tap: NDArray[np.complex128]


def pi_models(bench: Bench, scale: NDArray[np.complex128] | None = None) -> PiModels:
    """The branches between nodes whose voltage is `scale` [node] times that of the node that stands for them.

    Raises ValueError where a branch is no such model; for the grids that are measured the form is exact.
    """
    arrays = bench.arrays
    scale = np.ones(arrays.n_node, dtype=complex) if scale is None else scale
    one, other = scale[arrays.from_node], scale[arrays.to_node]
    y_ff, y_tt = arrays.y_ff * np.abs(one) ** 2, arrays.y_tt * np.abs(other) ** 2
    y_ft, y_tf = arrays.y_ft * one.conj() * other, arrays.y_tf * one * other.conj()
    tap = np.sqrt(np.abs(y_tt) / np.abs(y_ff)) * np.exp(0.5j * np.angle(y_ft / y_tf))
    tap[np.abs(tap - 1) < 1e-13] = 1.0
    y = -y_tf * tap
    h = y_tt - y
    off = max(np.abs(y_ff * np.abs(tap) ** 2 - y - h).max(), np.abs(y_ft * tap.conj() + y).max())
    if off > 1e-9 * np.abs(y).max():
        raise ValueError(f"{bench.row.name}: a branch is no pi-model with equal ends (off by {off:.1e} pu)")
    return PiModels(y, h, tap)
