"""The game of fixed dates: what the projects of a plan are worth together, each at the month of that plan."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import NOT_PLANNED
from gridprio.model.walk import PlanMonths
from gridprio.outcome.evaluator import Evaluator
from gridprio.plan import served_months

COALITIONS_PER_CALL = 256
"""Bounds memory and changes no result."""


class FixedDatesGame:
    """Outcomes when only some of the players are built, each on its date; projects that do not play stay as planned.

    A coalition that breaks a requirement counts as its largest feasible subset.
    """

    def __init__(self, evaluator: Evaluator, months: PlanMonths, players: Sequence[int]) -> None:
        """`months` of one plan [1, project]; `players` are rows of projects."""
        self._evaluator, self._months = evaluator, months
        self.players = np.array(players, dtype=np.intp)
        ids = [evaluator.project_ids[row] for row in players]
        requires = {p.project_id: p.requires for p in evaluator.study.projects}
        self._needed = [[ids.index(other) for other in requires[one] if other in ids] for one in ids]

    def metrics(self, coalitions: NDArray[np.bool_], *, discounted: bool = False) -> NDArray[np.float64]:
        """[coalition, scenario, metric] of coalitions [coalition, player]."""
        inside = self.feasible(coalitions)
        different, row = np.unique(inside, axis=0, return_inverse=True)
        found = [
            self._evaluator.walk(self._planned(different[begin : begin + COALITIONS_PER_CALL]), discounted=discounted)
            for begin in range(0, len(different), COALITIONS_PER_CALL)
        ]
        metric: NDArray[np.float64] = np.concatenate([one.metric for one in found])[row.ravel()]
        return metric

    def connected_months(self, coalitions: NDArray[np.bool_]) -> tuple[NDArray[np.int32], bool]:
        """[coalition, scenario, development], NOT_PLANNED when not within the horizon; and whether a seal lacks no cell
        for them."""
        walk, inside = self._evaluator.walk, self.feasible(coalitions)
        found = [
            walk(self._planned(inside[begin : begin + COALITIONS_PER_CALL]), details=True, skip_missing=True)
            for begin in range(0, len(inside), COALITIONS_PER_CALL)
        ]
        is_known = not any(np.isnan(one.metric).any() for one in found)
        return np.concatenate([one.connected_month for one in found]), is_known

    def feasible(self, coalitions: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """[coalition, player] without those whose required players are absent."""
        inside = coalitions.copy()
        for _ in self.players:
            before = inside.copy()
            for player, others in enumerate(self._needed):
                if others:
                    inside[:, player] &= inside[:, others].all(axis=1)
            if (before == inside).all():
                break
        return inside

    def _planned(self, inside: NDArray[np.bool_]) -> PlanMonths:
        def kept(month: NDArray[np.int32]) -> NDArray[np.int32]:
            rows = np.repeat(month, len(inside), axis=0)
            rows[:, self.players] = np.where(inside, rows[:, self.players], NOT_PLANNED)
            return rows

        in_service = kept(self._months.in_service)
        built = PlanMonths(in_service, in_service, kept(self._months.work_start), kept(self._months.work_end))
        return served_months(self._evaluator.problem, built)
