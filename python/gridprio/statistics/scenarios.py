"""Across scenarios: pooling with the user's weights only, regret, and the mean of the worst cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


def pooled_differences(differences: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Weighted mean over scenarios per draw, [draw], from differences[scenario, draw] and the user's weights[scenario].

    Draws are common to all scenarios, so pooling comes before the interval. There are no default weights.
    """
    d = np.asarray(differences, dtype=float)
    if d.ndim != 2:
        raise ValueError(f"differences must be [scenario, draw]; found shape {d.shape}")
    pooled: NDArray[np.float64] = normalised_weights(weights, d.shape[0]) @ d
    return pooled


def normalised_weights(weights: ArrayLike, n: int) -> NDArray[np.float64]:
    """Weights that sum to one; raises ValueError unless there are n, none negative, and not all zero."""
    w = np.asarray(weights, dtype=float)
    if w.shape != (n,) or not np.isfinite(w).all() or (w < 0).any() or w.sum() <= 0:
        raise ValueError(f"needs {n} finite weights, none below zero and not all zero; found {w.tolist()}")
    scaled: NDArray[np.float64] = w / w.sum()
    return scaled


def cvar(values: ArrayLike, level: float = 0.9, weights: ArrayLike | None = None) -> float:
    """Mean of the worst (largest) `1 - level` share of the values (Rockafellar and Uryasev 2000).

    Values count equally, or by `weights`; an atom that straddles the level counts for the part beyond it.
    """
    if not 0 <= level < 1:
        raise ValueError(f"level must be at least 0 and below 1; found {level}")
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"values must be one-dimensional and not empty; found shape {x.shape}")
    w = normalised_weights(np.ones(x.size) if weights is None else weights, x.size)
    worst_first = np.argsort(-x, kind="stable")
    tail = 1 - level
    before = np.concatenate([[0.0], np.cumsum(w[worst_first])[:-1]])
    part = np.clip(tail - before, 0.0, w[worst_first])
    return float(part @ x[worst_first] / part.sum())


@dataclass(frozen=True)
class Regret:
    """Regret of each alternative: its outcome less the best outcome in the same scenario."""

    regret: NDArray[np.float64]
    """[alternative, scenario], never negative"""
    worst: NDArray[np.float64]
    """[alternative]"""
    worst_scenario: NDArray[np.intp]
    """[alternative], the first scenario with the worst regret"""
    expected: NDArray[np.float64] | None
    """[alternative]; None without weights, because scenarios have no probabilities of their own"""
    cvar: NDArray[np.float64] | None
    """[alternative]; None without weights"""


def regret(outcomes: ArrayLike, *, weights: ArrayLike | None = None, level: float = 0.9) -> Regret:
    """Regret from outcomes[alternative, scenario] of a metric where less is better."""
    x = np.asarray(outcomes, dtype=float)
    if x.ndim != 2 or x.size == 0 or not np.isfinite(x).all():
        raise ValueError(f"outcomes must be finite and [alternative, scenario]; found shape {x.shape}")
    missed = x - x.min(axis=0)
    worst_scenario = missed.argmax(axis=1)
    expected = tail = None
    if weights is not None:
        w = normalised_weights(weights, x.shape[1])
        expected = missed @ w
        tail = np.array([cvar(row, level, w) for row in missed])
    return Regret(missed, missed.max(axis=1), worst_scenario, expected, tail)
