"""A number of points that no order can beat (docs/theory/search.md has the proof).

Per area and year the states that any plan can reach are simulated and each month takes the best of them, under the work
and money that there has been by then. Nothing is assumed of the grid: more projects may help or harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from gridprio.search.objective import Floats, Objective
from gridprio.search.reachable import AreaYear, reachable_areas
from gridprio.search.relaxation import Earliest, Effort, earliest_months, effort_of

PRICED_MONTH = 6
"""Month of a year for which the prices of scarce things are computed; they hold for a bound in any month."""


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

    Years are taken from the first on, area by area, as long as their reachable states fit; the rest of an area is
    bounded by 0, which every metric is at least.
    """
    problem = objective.evaluator.problem
    draws = [None] if objective.delay_months is None else list(objective.delay_months)
    earliest = [earliest_months(problem, delays) for delays in draws]
    in_service = np.stack([one.in_service for one in earliest])
    effort = effort_of(problem)
    first = Earliest(
        in_service=in_service.min(axis=0),
        works=np.stack([one.works for one in earliest]).min(axis=0),
        settled=np.logical_and.reduce([one.settled for one in earliest]),
        start=np.stack([one.start for one in earliest]).min(axis=0),
        finish=np.stack([one.finish for one in earliest]).min(axis=0),
    )
    areas = reachable_areas(objective, effort, first)
    n_year = problem.arrays.n_month // 12
    share = objective.scenario_share
    found, left, years = np.zeros(len(share)), most_states, [0] * len(areas)
    for year in range(n_year):
        open_areas = [k for k, area in enumerate(areas) if years[k] == year]
        parts: list[AreaYear] = []
        for k in open_areas:
            asked = areas[k].states(year, left)
            if asked is not None:
                left -= len(asked)
                years[k] = year + 1
                parts.append(areas[k].year(year, asked))
        if parts:
            found += _year_points(parts, effort, in_service, year)
        if progress is not None:
            progress((year + 1) / n_year)
    return Bound(
        points=float(found @ share),
        by_scenario=tuple(found.tolist()),
        years=tuple((area.name, count) for area, count in zip(areas, years, strict=True)),
        n_year=n_year,
        states=most_states - left,
    )


def _year_points(parts: Sequence[AreaYear], effort: Effort, in_service: NDArray[np.int64], year: int) -> Floats:
    """[scenario], mean over draws of the sum over the months of a year of the least points of all areas together."""
    n_scenario = parts[0].points.shape[1]
    found = np.zeros(n_scenario)
    for scenario in range(n_scenario):
        prices = np.stack([np.zeros(len(effort.work)), _prices(parts, effort, scenario, 12 * year + PRICED_MONTH)])
        for calendar in range(12):
            month = 12 * year + calendar
            least = [
                sum(_least(part, price, scenario, calendar, draw, month) for part in parts)
                - price @ effort.room[:, month]
                for price in prices
                for draw in in_service
            ]
            found[scenario] += np.max(np.reshape(least, (len(prices), len(in_service))), axis=0).mean()
    return found


def _least(
    part: AreaYear, price: Floats, scenario: int, calendar: int, earliest: NDArray[np.int64], month: int
) -> float:
    """Points of the best reachable state plus what it takes at these prices (weak duality: any prices >= 0 will do)."""
    possible = part.reachable[:, calendar] & ~(part.has & (earliest[part.projects] > month)).any(axis=1)
    return float((part.points[possible, scenario, calendar] + part.work[possible] @ price).min())


def _prices(parts: Sequence[AreaYear], effort: Effort, scenario: int, month: int) -> Floats:
    """[scarce] prices at which scarcity is shared between areas: duals of the choice of one mix of states per area."""
    if not len(effort.work):
        return np.zeros(0)
    calendar = month % 12
    states = [np.flatnonzero(part.reachable[:, calendar]) for part in parts]
    points = np.concatenate([part.points[own, scenario, calendar] for part, own in zip(parts, states, strict=True)])
    work = np.concatenate([part.work[own] for part, own in zip(parts, states, strict=True)]).T
    one_each = np.zeros((len(parts), len(points)))
    area = np.repeat(np.arange(len(parts)), [len(own) for own in states])
    one_each[area, np.arange(len(points))] = 1.0
    scale = np.maximum(work.max(axis=1, initial=0.0), 1.0)
    solved = linprog(
        points,
        A_ub=work / scale[:, None],
        b_ub=effort.room[:, month] / scale,
        A_eq=one_each,
        b_eq=np.ones(len(parts)),
        method="highs",
    )
    if solved.status != 0:  # no prices is a valid choice
        return np.zeros(len(effort.work))
    prices: Floats = np.maximum(-solved.ineqlin.marginals, 0.0) / scale
    return prices
