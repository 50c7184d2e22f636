"""One state per area, together within what there is: the least points (docs/theory/search.md).

    minimise sum over a of points_a[s_a]   subject to   sum over a of work_a[s_a] <= room

In each draw, which has its own work, room and possible states. By Lagrangian relaxation under prices that suit the mean
draw, and for a single draw enumeration of what they leave open. Any prices >= 0 and any set of choices that is gone
through give a lower bound, so nothing hangs on the tolerances of a solver.
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
COMMON_SHARE = 0.5
"""Of the draws, in which a state is possible that prices are made for."""
ROUNDING = 1e-9


@dataclass
class JointLeast:
    """Solves one month after the other; the states that mattered in the last one are where the next begins."""

    states: list[set[int]] = field(default_factory=list)
    """[area]"""

    def __call__(
        self,
        points: Sequence[Floats],
        has: Sequence[Floats],
        work: Sequence[Floats],
        room: Floats,
        possible: Sequence[Possible],
    ) -> Floats:
        """[draw] lower bounds; for a single draw the minimum itself, where the choices left open are few.

        `points` [area][state], infinite where a state is possible in no draw; `has` [area][state, project], 1 where it
        is in service; `work` [area][draw, scarce, project]; `room` [draw, scarce]; `possible` [area][draw, state].
        """
        mean_room = room.mean(axis=0)
        used = [state @ own.mean(axis=0).T for state, own in zip(has, work, strict=True)]
        # the states that most draws can be in; none is where they have nothing in common
        common = [
            np.where(own.mean(axis=0) >= COMMON_SHARE, value, np.inf)
            for own, value in zip(possible, points, strict=True)
        ]
        typical = [own if np.isfinite(own).any() else value for own, value in zip(common, points, strict=True)]
        most = sum(own[np.isfinite(value)].max(axis=0) for own, value in zip(used, typical, strict=True))
        bites = np.flatnonzero(most > mean_room)
        used = [own[:, bites] for own in used]
        prices = self._prices(typical, used, mean_room[bites]) if len(bites) else np.zeros(0)
        priced = -room[:, bites] @ prices
        for value, state, own, may in zip(points, has, work, possible, strict=True):
            per_project = np.einsum("s,dsp->dp", prices, own[:, bites])
            priced = priced + np.where(may, value + per_project @ state.T, np.inf).min(axis=1)
        if len(room) > 1 or not len(bites):
            return priced
        reduced = [value + own @ prices for value, own in zip(points, used, strict=True)]
        above = [value - value.min() for value in reduced]
        return np.maximum(priced, _enumerated(points, used, mean_room[bites], above, float(priced[0])))

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
