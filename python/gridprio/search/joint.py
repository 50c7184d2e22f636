"""One state per area, together within what there is: the least points (docs/theory/search.md).

    minimise sum over a of points_a[s_a]   subject to   sum over a of work_a[s_a] <= room

In cases that differ in which states are possible. By Lagrangian relaxation, and enumeration of what its prices leave
open. Any prices >= 0 and any set of choices that is gone through give a lower bound, so nothing hangs on the tolerances
of a solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Possible = NDArray[np.bool_]

MOST_CHOICES = 200_000
"""Combinations of states of which all are gone through at once."""
MOST_ROUNDS = 30
"""Rounds in which the linear program learns of states that it lacks."""
ROUNDING = 1e-9


@dataclass
class JointLeast:
    """Solves one month after the other; the states that mattered in the last one are where the next begins."""

    states: list[set[int]] = field(default_factory=list)
    """[area]"""

    def __call__(
        self, points: Sequence[Floats], work: Sequence[Floats], room: Floats, possible: Sequence[Possible]
    ) -> Floats:
        """[case] lower bounds; for a single case the minimum itself, where the choices left open are few.

        `points` [area][state], infinite where a state is possible in no case; `work` [area][state, scarce]; `possible`
        [area][case, state]. Prices and choices are those of all states of all cases; a case then takes the best that
        these prices leave it.
        """
        most = sum(own[np.isfinite(value)].max(axis=0) for own, value in zip(work, points, strict=True))
        bites = np.flatnonzero(most > room)
        work, room = [own[:, bites] for own in work], room[bites]
        prices = self._prices(points, work, room) if len(bites) else np.zeros(0)
        reduced = [value + own @ prices for value, own in zip(points, work, strict=True)]
        priced = sum(_least_of(value, own) for value, own in zip(reduced, possible, strict=True)) - prices @ room
        if not len(bites):
            return priced
        least = sum(float(value.min()) for value in reduced) - float(prices @ room)
        above = [value - value.min() for value in reduced]
        return np.maximum(priced, _enumerated(points, work, room, above, least))

    def _prices(self, points: Sequence[Floats], work: Sequence[Floats], room: Floats) -> Floats:
        """[scarce], duals of the mix of states per area that is best, by column generation."""
        possible = [np.flatnonzero(np.isfinite(value)) for value in points]
        before = self.states or [set() for _ in points]
        scale = np.maximum(np.max([own.max(axis=0) for own in work], axis=0), 1.0)
        columns = [
            sorted(
                {
                    *(own & set(there.tolist())),
                    int(value.argmin()),
                    int(there[(use / scale)[there].sum(axis=1).argmin()]),
                }
            )
            for own, there, value, use in zip(before, possible, points, work, strict=True)
        ]
        prices = np.zeros(len(room))
        for _ in range(MOST_ROUNDS):
            prices, mixed = _mixed(points, [own / scale for own in work], room / scale, columns)
            prices = prices / scale
            new = [int((value + own @ prices).argmin()) for value, own in zip(points, work, strict=True)]
            if all(state in own for state, own in zip(new, columns, strict=True)):
                break
            columns = [sorted({*own, state}) for own, state in zip(columns, new, strict=True)]
        self.states = mixed
        return prices


def _least_of(value: Floats, possible: Possible) -> Floats:
    """[case], of the states that are possible in it."""
    different, case = np.unique(possible, axis=0, return_inverse=True)
    least: Floats = np.where(different, value, np.inf).min(axis=1)[case]
    return least


def _mixed(
    points: Sequence[Floats], work: Sequence[Floats], room: Floats, columns: Sequence[Sequence[int]]
) -> tuple[Floats, list[set[int]]]:
    """Prices, and the states of the mix, of the linear program over some states; what is too much costs a lot."""
    area = np.repeat(np.arange(len(columns)), [len(own) for own in columns])
    cost = np.concatenate([value[list(own)] for value, own in zip(points, columns, strict=True)])
    use = np.concatenate([value[list(own)] for value, own in zip(work, columns, strict=True)])
    dear = 10.0 * (1.0 + float(np.ptp(cost)))
    excess = -np.eye(len(room))
    solved = linprog(
        np.concatenate([cost, np.full(len(room), dear)]),
        A_ub=np.hstack([use.T, excess]),
        b_ub=room,
        A_eq=np.hstack([np.equal.outer(np.arange(len(columns)), area), np.zeros((len(columns), len(room)))]),
        b_eq=np.ones(len(columns)),
        method="highs",
    )
    if solved.status != 0:  # no prices is a valid choice
        return np.zeros(len(room)), [set(own) for own in columns]
    in_mix = solved.x[: len(cost)] > ROUNDING
    chosen = np.concatenate([np.array(own, dtype=np.intp) for own in columns])
    return np.maximum(-solved.ineqlin.marginals, 0.0), [
        set(chosen[in_mix & (area == at)].tolist()) for at in range(len(columns))
    ]


def _enumerated(
    points: Sequence[Floats], work: Sequence[Floats], room: Floats, above: Sequence[Floats], least: float
) -> float:
    """The minimum, or the points below which no choice fits: those that stay within a gap of the relaxed minimum are
    gone through, and the gap widens until one fits or they are too many."""
    finite = np.sort(np.concatenate([value[np.isfinite(value)] for value in above]))
    proven, gap = least, max(float(finite[min(len(finite) - 1, 8 * len(above))]), ROUNDING)
    widest = sum(float(value[np.isfinite(value)].max()) for value in above)
    while True:
        open_states = [np.flatnonzero(value <= gap) for value in above]
        if np.prod([float(len(own)) for own in open_states]) > MOST_CHOICES:
            return proven
        found = _best_choice(points, work, room, above, open_states, gap)
        if found <= least + gap or gap >= widest:
            return found
        proven, gap = least + gap, 1.5 * gap


def _best_choice(
    points: Sequence[Floats],
    work: Sequence[Floats],
    room: Floats,
    above: Sequence[Floats],
    open_states: Sequence[Rows],
    gap: float,
) -> float:
    """Least points of the choices within the gap that fit; infinite when none does."""
    slack = room + ROUNDING * (1.0 + np.abs(room))
    total, used, over = np.zeros(1), np.zeros((1, len(room))), np.zeros(1)
    for at, states in enumerate(open_states):
        more = over[:, None] + above[at][states]
        row, column = np.nonzero(more <= gap)
        fits = np.ones(len(row), dtype=bool)
        for scarce in range(len(room)):
            fits[fits] = used[row[fits], scarce] + work[at][states[column[fits]], scarce] <= slack[scarce]
        row, state = row[fits], states[column[fits]]
        total, over = total[row] + points[at][state], more[row, column[fits]]
        used = used[row] + work[at][state]
    return float(total.min(initial=np.inf))
