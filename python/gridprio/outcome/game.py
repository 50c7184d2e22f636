"""Games of projects: what the projects of a coalition are worth together (docs/theory/contributions.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import NOT_PLANNED, PlanProblem
from gridprio.model.walk import PlanMonths
from gridprio.outcome.by_area import AreaValues
from gridprio.outcome.evaluator import Evaluator
from gridprio.plan import plan_months, served_months

COALITIONS_PER_CALL = 256
"""Bounds memory and changes no result."""
Coalitions = NDArray[np.bool_]
Floats = NDArray[np.float64]


class ProjectGame:
    """Who plays, and what a coalition is: one that breaks a requirement counts as its largest feasible subset.

    Projects that do not play stay as planned.
    """

    def __init__(self, evaluator: Evaluator, players: Sequence[int]) -> None:
        """`players` are rows of projects."""
        self._evaluator = evaluator
        self.players = np.array(players, dtype=np.intp)
        ids = [self._evaluator.project_ids[row] for row in players]
        projects = {project.project_id: project for project in self._evaluator.study.projects}
        self._needed = [[ids.index(other) for other in projects[one].requires if other in ids] for one in ids]
        self._until = [[ids.index(other) for other in projects[one].until_projects if other in ids] for one in ids]

    def feasible(self, coalitions: Coalitions) -> Coalitions:
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


class FixedDatesGame(ProjectGame):
    """Each project of a coalition comes into service on the date of one plan."""

    def __init__(self, evaluator: Evaluator, months: PlanMonths, players: Sequence[int]) -> None:
        """`months` of the plan [1, project]."""
        super().__init__(evaluator, players)
        self._months = months

    def players_of(self, values: AreaValues, area: int) -> list[int]:
        """Players (by their place) on whom the values of an area depend; the others are dummies there."""
        own = set(values.projects(area))
        found: set[int] = set()
        left = [player for player, row in enumerate(self.players.tolist()) if row in own]
        while left:
            player = left.pop()
            if player not in found:
                found.add(player)
                left += self._needed[player] + self._until[player]
        return sorted(found)

    def worth(self, coalitions: Coalitions, values: AreaValues, area: int) -> Floats:
        """[coalition, value] of coalitions of all players [coalition, player]."""
        inside = self.feasible(coalitions)
        different, row = np.unique(inside, axis=0, return_inverse=True)
        found = [
            values(self._planned(different[begin : begin + COALITIONS_PER_CALL]), [area])[:, 0]
            for begin in range(0, len(different), COALITIONS_PER_CALL)
        ]
        return np.concatenate(found)[row.ravel()]

    def connected_months(self, coalitions: Coalitions) -> tuple[NDArray[np.int32], bool]:
        """[coalition, scenario, development], NOT_PLANNED when not within the horizon; and whether a seal lacks no cell
        for them."""
        walk, inside = self._evaluator.walk, self.feasible(coalitions)
        found = [
            walk(self._planned(inside[begin : begin + COALITIONS_PER_CALL]), details=True, skip_missing=True)
            for begin in range(0, len(inside), COALITIONS_PER_CALL)
        ]
        is_known = not any(np.isnan(one.metric).any() for one in found)
        return np.concatenate([one.connected_month for one in found]), is_known

    def metrics(self, coalitions: Coalitions, *, discounted: bool) -> Floats:
        """[coalition, scenario, metric], NaN where a seal lacks cells."""
        walk, inside = self._evaluator.walk, self.feasible(coalitions)
        found = [
            walk(self._planned(inside[begin : begin + COALITIONS_PER_CALL]), discounted=discounted, skip_missing=True)
            for begin in range(0, len(inside), COALITIONS_PER_CALL)
        ]
        return np.concatenate([one.metric for one in found])

    def _planned(self, inside: Coalitions) -> PlanMonths:
        def kept(month: NDArray[np.int32]) -> NDArray[np.int32]:
            rows = np.repeat(month, len(inside), axis=0)
            rows[:, self.players] = np.where(inside, rows[:, self.players], NOT_PLANNED)
            return rows

        in_service = kept(self._months.in_service)
        built = PlanMonths(in_service, in_service, kept(self._months.work_start), kept(self._months.work_end))
        return served_months(self._evaluator.problem, built)


class ReplannedGame(ProjectGame):
    """The projects of a coalition are planned anew in one order, as if the other players were not there."""

    def __init__(self, evaluator: Evaluator, order: NDArray[np.integer], players: Sequence[int]) -> None:
        """`order` [place] is a whole priority list."""
        super().__init__(evaluator, players)
        self._order = order

    def worth(self, coalitions: Coalitions, values: AreaValues) -> Floats:
        """[coalition, area, value]"""
        inside = self.feasible(coalitions)
        different, row = np.unique(inside, axis=0, return_inverse=True)
        found = [
            values(self._planned(different[begin : begin + COALITIONS_PER_CALL]))
            for begin in range(0, len(different), COALITIONS_PER_CALL)
        ]
        return np.concatenate(found)[row.ravel()]

    def _planned(self, inside: Coalitions) -> PlanMonths:
        problem = self._evaluator.problem
        made = [
            self._evaluator.schedule(self._order[None], problem=without_projects(problem, self.players[~one]))
            for one in inside
        ]
        start, finish = (np.concatenate([getattr(one, name) for one in made]) for name in ("start", "finish"))
        return plan_months(problem, start, finish)


def without_projects(problem: PlanProblem, absent: NDArray[np.intp]) -> PlanProblem:
    """The same with projects that can begin nothing within the horizon, so they take nothing."""
    arrays = problem.arrays
    gone = np.isin(problem.phase_project, absent)
    earliest = np.where(gone, arrays.n_month + 1, arrays.earliest).astype(arrays.earliest.dtype)
    return replace(problem, arrays=replace(arrays, earliest=earliest))
