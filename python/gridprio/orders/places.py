"""What a search may change in a list: the places of movable projects; all others keep theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import PlanProblem
from gridprio.orders.order import Order

Lists = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Places:
    """A whole list, and the places in it that movable projects share out."""

    base: Lists
    """[place], rows of projects"""
    open_places: NDArray[np.intp]
    """[movable], ascending"""

    @property
    def movable(self) -> Lists:
        """[movable], rows of projects in the order of the base list; searched permutations are over these."""
        return self.base[self.open_places]

    def whole(self, permutations: NDArray[np.integer]) -> Lists:
        """[order, place] lists of permutations [order, movable] of 0..n-1: entry k stands k-th of the movable ones."""
        lists = np.tile(self.base, (len(permutations), 1))
        lists[:, self.open_places] = self.movable[permutations]
        return np.ascontiguousarray(lists, dtype=np.int32)

    def permutation(self, whole: Lists) -> Lists:
        """[movable]: the permutation with the movable projects in the order of another whole list."""
        row = {int(project): k for k, project in enumerate(self.movable)}
        return np.array([row[int(p)] for p in whole if int(p) in row], dtype=np.int32)


def search_places(problem: PlanProblem, order: Order) -> Places:
    """Open to search: movable projects of which a place can matter."""
    row = {project_id: k for k, project_id in enumerate(problem.project_ids)}
    base = np.array([row[project_id] for project_id in order.project_ids], dtype=np.int32)
    matters = place_matters(problem)
    by_id = {project.project_id: project for project in order.projects}
    places = [
        place
        for place, project in enumerate(order.project_ids)
        if order.can_move(by_id[project]) and matters[row[project]]
    ]
    return Places(base, np.array(places, dtype=np.intp))


def place_matters(problem: PlanProblem) -> NDArray[np.bool_]:
    """[project], whether its place in a list can change any plan.

    A project that uses nothing scarce, requires nothing, is required by nobody, excludes nobody and bridges nothing is
    placed alike in every list and changes nothing for others.
    """
    arrays = problem.arrays
    matters = (np.diff(arrays.exclude_start) > 0) | (np.diff(arrays.until_start) > 0)
    matters[arrays.until] = True
    for phase in range(arrays.n_phase):
        owner = problem.phase_project[phase]
        before = arrays.predecessor[arrays.predecessor_start[phase] : arrays.predecessor_start[phase + 1]]
        linked = problem.phase_project[before]
        foreign = linked[linked != owner]
        matters[foreign] = True
        scarce = arrays.need_start[phase + 1] > arrays.need_start[phase] or arrays.phase_budget[phase] >= 0
        scarce |= bool(arrays.material_start[phase + 1] > arrays.material_start[phase])
        matters[owner] |= bool(scarce or len(foreign))
    return matters


def moved_to_front(places: Places, ranked: Sequence[int]) -> Lists:
    """[movable] permutation of project rows given best first; movable projects that are not named come after, as in
    the base list."""
    named = [row for row in ranked if row in set(places.movable.tolist())]
    rest = [row for row in places.movable.tolist() if row not in set(named)]
    at = {row: k for k, row in enumerate(places.movable.tolist())}
    return np.array([at[row] for row in (*named, *rest)], dtype=np.int32)
