"""SMAA-2: how often each alternative takes each rank when weights or scores are not fixed.

Symbols and definitions: docs/theory/statistics.md, section 5.

R. Lahdelma and P. Salminen, Operations Research 49 (2001): rank acceptability, central weights and confidence factors;
the value function is additive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gridprio.errors import InputError, Problem

TIE = 1e-12
"""Values closer than this share of the largest value are a tie; they share their ranks equally."""
SAMPLES_AT_ONCE = 4096
"""Their values stay in the cache of a core; changes no share."""


@dataclass(frozen=True, eq=False)
class RankAcceptability:
    """Ranks under uncertain weights and scores; rank 0 is the first place."""

    alternatives: tuple[Any, ...]
    criteria: tuple[Any, ...]
    acceptability: NDArray[np.float64]
    """[alternative, rank], shares; rows and columns sum to one"""
    central_weights: NDArray[np.float64]
    """[alternative, criterion], mean weights with which it is first; NaN where it never is"""
    confidence_factor: NDArray[np.float64]
    """[alternative], share of score samples in which it is first under its central weights; NaN where it never is"""
    samples: int

    def to_frame(self) -> pd.DataFrame:
        """Acceptability with names: one row per alternative, columns rank_1, rank_2, ..."""
        columns = [f"rank_{r + 1}" for r in range(len(self.alternatives))]
        return pd.DataFrame(self.acceptability, index=pd.Index(self.alternatives, name="alternative"), columns=columns)

    def __repr__(self) -> str:
        return (
            f"RankAcceptability({len(self.alternatives)} alternatives, {len(self.criteria)} criteria, "
            f"{self.samples} samples)\n{self.to_frame().round(3)}"
        )

    def _repr_html_(self) -> str:
        return self.to_frame().map("{:.1%}".format).to_html()


def rank_acceptability(
    scores: ArrayLike | pd.DataFrame,
    weights: ArrayLike | Mapping[Any, float] | None = None,
    samples: int = 10_000,
    seed: int = 0,
) -> RankAcceptability:
    """Rank acceptability of alternatives by SMAA-2; more is better in every criterion.

    `scores` is [alternative, criterion] (a DataFrame keeps its names) or [sample, alternative, criterion] where scores
    are uncertain: each draw then takes one of these samples. `weights` is None (uniform on the simplex), one vector
    [criterion] or mapping by criterion, or drawn vectors [sample, criterion] that replace `samples`; they are scaled
    to sum to one. Raises InputError with all problems.
    """
    alternatives, criteria, table = _read_scores(scores)
    n_criteria = len(criteria)
    if samples < 1:
        raise InputError([_problem("samples", "at least one is needed", str(samples))])
    rng = np.random.default_rng(seed)
    drawn = _draw_weights(weights, criteria, samples, rng)
    pick = np.zeros(len(drawn), dtype=np.intp) if len(table) == 1 else rng.integers(len(table), size=len(drawn))

    acceptability = np.zeros((len(alternatives), len(alternatives)))
    times_first, weight_first = np.zeros(len(alternatives)), np.zeros((len(alternatives), n_criteria))
    for begin in range(0, len(drawn), SAMPLES_AT_ONCE):
        part = slice(begin, begin + SAMPLES_AT_ONCE)
        share = _rank_shares(_values(table[pick[part]], drawn[part]), acceptability)
        times_first += share.sum(axis=0)
        weight_first += share.T @ drawn[part]
    central = np.full((len(alternatives), n_criteria), np.nan)
    ever_first = times_first > 0
    central[ever_first] = weight_first[ever_first] / times_first[ever_first, None]
    confidence = np.full(len(alternatives), np.nan)
    for a in np.flatnonzero(ever_first).tolist():
        value = _values(table, central[a][None])
        confidence[a] = _rank_shares(value, np.zeros_like(acceptability))[:, a].mean()
    return RankAcceptability(
        alternatives, criteria, acceptability / len(drawn), central, confidence, samples=len(drawn)
    )


def _values(table: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """value[sample, alternative], summed criterion by criterion so that equal alternatives get equal values."""
    total = np.zeros((len(weights), table.shape[1]))
    for c in range(table.shape[2]):
        total = total + table[:, :, c] * weights[:, c, None]
    return total


def _rank_shares(value: NDArray[np.float64], acceptability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adds the samples to `acceptability`; returns [sample, alternative], the share of the first place.

    Values sorted from high to low; neighbours within the tie belong together and share the ranks that they take.
    """
    n_sample, n = value.shape
    order = np.argsort(-value, axis=1, kind="stable")
    high_to_low = np.take_along_axis(value, order, axis=1)
    tie = TIE * np.maximum(np.abs(high_to_low[:, [0, -1]]).max(axis=1), np.finfo(float).tiny)
    place = np.broadcast_to(np.arange(n), value.shape)
    opens, closes = np.ones((2, n_sample, n), dtype=np.bool_)
    opens[:, 1:] = closes[:, :-1] = high_to_low[:, :-1] - high_to_low[:, 1:] > tie[:, None]
    start = np.maximum.accumulate(np.where(opens, place, 0), axis=1)
    end = np.minimum.accumulate(np.where(closes, place, n)[:, ::-1], axis=1)[:, ::-1]
    size = end - start + 1
    for shift in range(int(size.max())):
        here = size > shift
        at, share = order[here] * n + start[here] + shift, 1 / size[here]
        acceptability += np.bincount(at, weights=share, minlength=n * n).reshape(n, n)
    first = np.empty(value.shape)
    np.put_along_axis(first, order, np.where(start == 0, 1 / size, 0.0), axis=1)
    return first


def _read_scores(scores: ArrayLike | pd.DataFrame) -> tuple[tuple[Any, ...], tuple[Any, ...], NDArray[np.float64]]:
    names = (tuple(scores.index), tuple(scores.columns)) if isinstance(scores, pd.DataFrame) else None
    try:
        table = np.asarray(scores, dtype=float)
    except (TypeError, ValueError):
        raise InputError([_problem("scores", "not a table of numbers", type(scores).__name__)]) from None
    if table.ndim not in (2, 3) or table.size == 0:
        expected = "[alternative, criterion] or [sample, alternative, criterion], none empty"
        raise InputError([_problem("scores", "wrong shape", str(table.shape), expected)])
    table = table[None] if table.ndim == 2 else table
    unnamed: tuple[tuple[Any, ...], tuple[Any, ...]] = tuple(range(table.shape[1])), tuple(range(table.shape[2]))
    alternatives, criteria = names or unnamed
    problems = [
        _problem("scores", f"alternative {alternatives[a]}, criterion {criteria[c]}: the score is not a finite number")
        for a, c in np.argwhere(~np.isfinite(table).all(axis=0))
    ]
    problems += [
        _problem("scores", f"{what} named more than once", ", ".join(sorted({str(x) for x in ids if ids.count(x) > 1})))
        for what, ids in (("alternatives", alternatives), ("criteria", criteria))
        if len(set(ids)) < len(ids)
    ]
    if problems:
        raise InputError(problems)
    return alternatives, criteria, table


def _draw_weights(
    weights: ArrayLike | Mapping[Any, float] | None, criteria: tuple[Any, ...], samples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    if weights is None:
        return rng.dirichlet(np.ones(len(criteria)), size=samples)
    if isinstance(weights, Mapping | pd.Series):
        strangers = [str(c) for c in weights.keys() if c not in criteria]  # noqa: SIM118 (a Series iterates over values)
        missing = [str(c) for c in criteria if c not in weights]
        if strangers or missing:
            text = "; ".join(
                f"{what} {', '.join(n)}" for what, n in (("unknown", strangers), ("missing", missing)) if n
            )
            raise InputError([_problem("weights", "do not match the criteria", text, ", ".join(map(str, criteria)))])
        weights = [weights[c] for c in criteria]
    given = np.atleast_2d(np.asarray(weights, dtype=float))
    if given.ndim != 2 or given.shape[1] != len(criteria):
        raise InputError([_problem("weights", "wrong shape", str(given.shape), f"{len(criteria)} criteria")])
    if not np.isfinite(given).all() or (given < 0).any() or (given.sum(axis=1) <= 0).any():
        raise InputError([_problem("weights", "must be finite, none below zero and not all zero")])
    scaled = given / given.sum(axis=1, keepdims=True)
    return np.repeat(scaled, samples, axis=0) if len(scaled) == 1 else scaled


def _problem(file: str, what: str, found: str = "", expected: str = "") -> Problem:
    return Problem(file=file, row=None, column=None, what=what, found=found, expected=expected)
