"""A number of points that no order can beat (docs/theory/search.md has the proof).

Per area and year the states that any plan can reach are simulated and each month takes the best of them, under the work
and money that there has been by then. Nothing is assumed of the grid: more projects may help or harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gridprio.search.area_points import AreaYear, areas_points
from gridprio.search.joint import JointLeast
from gridprio.search.objective import Floats, Objective
from gridprio.search.reachable import PlanLimits, ReachableStates, plan_limits, reachable_states


@dataclass(frozen=True)
class Bound:
    """No order has fewer points."""

    points: float
    by_scenario: tuple[float, ...]
    years: tuple[tuple[str, int], ...]
    """per area the number of years of which all reachable states were simulated; after them the area counts as 0"""
    n_year: int
    states: int
    """state-years simulated or looked up"""

    @property
    def whole(self) -> bool:
        """Whether every year of every area was simulated."""
        return all(years == self.n_year for _, years in self.years)

    @property
    def share(self) -> float:
        """Of the area-years, those that were simulated."""
        return sum(years for _, years in self.years) / max(1, self.n_year * len(self.years))


def lower_bound(objective: Objective, most_states: int, progress: Callable[[float], None] | None = None) -> Bound:
    """The bound of an objective for every list without status; at most `most_states` state-years are asked for.

    Areas of which every reachable state is there already are covered whole, and count for nothing. Of the others years
    are taken from the first on, area by area, as long as their reachable states fit; the rest of an area is bounded by
    0, which every metric is at least.
    """
    problem, cells = objective.evaluator.problem, objective.evaluator.cells
    limits = plan_limits(problem, objective.delay_months)
    areas = reachable_states(cells.areas, limits)
    points = areas_points(objective, areas)
    n_year = problem.arrays.n_month // 12
    there = [_tabulated(objective, area) for area in areas]
    found, left, years = np.zeros(len(objective.scenario_share)), most_states, [0] * len(areas)
    states = 0
    for year in range(n_year):
        parts: list[AreaYear] = []
        for k, area in enumerate(areas):
            if years[k] < year or not (area.countable and (there[k] or left)):
                continue
            asked = area.of_year(year)
            if not there[k]:
                if len(asked) > left or any(cells.problem(state) is not None for state in asked):
                    continue
                left -= len(asked)
            states, years[k] = states + len(asked), year + 1
            parts.append(points[k].year(year, asked))
        if parts:
            found += _year_points(parts, limits, year)
        if progress is not None:
            progress((year + 1) / n_year)
    return Bound(
        points=float(found @ objective.scenario_share),
        by_scenario=tuple(found.tolist()),
        years=tuple((area.area.name, count) for area, count in zip(areas, years, strict=True)),
        n_year=n_year,
        states=states,
    )


def tabulated_areas(objective: Objective) -> list[bool]:
    """[area], whether no cell of the states that its plans can reach is missing."""
    limits = plan_limits(objective.evaluator.problem, objective.delay_months)
    return [_tabulated(objective, area) for area in reachable_states(objective.evaluator.cells.areas, limits)]


def _tabulated(objective: Objective, area: ReachableStates) -> bool:
    n_year = objective.evaluator.problem.arrays.n_month // 12
    missing = objective.evaluator.cells.missing
    if not area.countable or missing(area.of_year(n_year - 1)[-1:]):
        return False
    return not any(missing(area.of_year(year)) for year in range(n_year))


def _year_points(parts: Sequence[AreaYear], limits: PlanLimits, year: int) -> Floats:
    """[scenario], mean over draws of the sum over the months of a year of the least points of all areas together."""
    n_scenario = parts[0].points.shape[1]
    has = [part.has.astype(float) for part in parts]
    work = [limits.effort.work[:, :, part.projects] * part.counted for part in parts]
    joint = [JointLeast() for _ in range(n_scenario)]
    found = np.zeros(n_scenario)
    for calendar, month in enumerate(range(12 * year, 12 * year + 12)):
        late = (limits.in_service > month).astype(float)
        possible = [
            part.reachable[:, calendar] & (late[:, part.projects] @ state.T == 0.0)
            for part, state in zip(parts, has, strict=True)
        ]
        for scenario in range(n_scenario):
            points = [
                np.where(own.any(axis=0), part.points[:, scenario, calendar], np.inf)
                for part, own in zip(parts, possible, strict=True)
            ]
            found[scenario] += joint[scenario](points, has, work, limits.effort.room[:, :, month], possible).mean()
    return found
