"""What each project, or each status, adds: the three games of docs/theory/contributions.md, never mixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from gridprio.games import (
    Contributions,
    Sampling,
    Surrogate,
    every_coalition,
    exact_contributions,
    pair_interactions,
    sampled_contributions,
)
from gridprio.model.plan import NOT_PLANNED, PlanProblem
from gridprio.orders import operator_order, own_order, status_timeline
from gridprio.outcome import POINTS, POOLED, AreaValues, FixedDatesGame, ReplannedGame
from gridprio.plan import plan_months
from gridprio.search import Objective, tabulated_areas
from gridprio.search.reachable import MOST_PROJECTS

Floats = NDArray[np.float64]
FIXED_DATES, REPLANNED, STATUSES = "fixed_dates", "replanned", "statuses"
EXACT_SIMULATED, EXACT_PLANNED = 8, 13
"""Players up to which all coalitions are asked for: where cells are missing, and where each is a plan of its own; where
the full table of an area is there its projects are few enough."""
TOTAL = "total"
"""In column `area`: all areas together, with what is in none."""
UNIONS = ("operator", "province")
FIELDS = ("pint", "toot", "shapley", "low", "high")
Pairs = dict[tuple[int, int], Floats]
BatchValues = Callable[[NDArray[np.bool_]], Floats]


@dataclass(frozen=True, eq=False)
class AreaContributions:
    """What players add to the values of one area."""

    players: list[int]
    """places among all players; the others add nothing here"""
    found: Contributions
    pairs: Pairs
    """(place in `players`, later place) -> [value]; empty when sampled"""


@dataclass(frozen=True, eq=False)
class GameContributions:
    """One game, area by area."""

    game: str
    projects: list[int]
    """[player], rows of projects"""
    by_area: dict[str, AreaContributions]
    total: AreaContributions


class StudyGames:
    """The games of a study in its own order, on planned dates, without delays."""

    def __init__(self, objective: Objective) -> None:
        self.evaluator = objective.evaluator
        settings = self.evaluator.study.settings
        self._sampling = Sampling(settings.shapley_blocks, settings.confidence, settings.seed)
        self.values = AreaValues(self.evaluator, objective.weight, objective.scenario_share)
        self._tabulated = tabulated_areas(objective)
        study, ids = self.evaluator.study, self.evaluator.project_ids
        row = {project_id: k for k, project_id in enumerate(ids)}
        self._order = np.array([row[p] for p in own_order(study).project_ids], dtype=np.int32)
        self._players = projects_that_can_wait(self.evaluator.problem)

    def fixed_dates(self) -> GameContributions:
        """Area by area; exact where the full table is there, or players are few."""
        made = self.evaluator.schedule(self._order[None])
        months = plan_months(self.evaluator.problem, made.start, made.finish)
        projects = [row for row in self._players if months.in_service[0, row] != NOT_PLANNED]
        game = FixedDatesGame(self.evaluator, months, projects)
        by_area = {}
        for area, name in enumerate(self.values.areas):
            players = game.players_of(self.values, area)
            if players:
                by_area[name] = self._fixed_dates_of(game, area, players)
        return GameContributions(FIXED_DATES, projects, by_area, self._added_up(len(projects), by_area))

    @property
    def tabulated(self) -> bool:
        """Whether plans are looked up without simulating."""
        return all(self._tabulated)

    def replanned(self, fixed_dates: GameContributions) -> GameContributions:
        """Sampled, as crews are shared by all areas; the game of fixed dates, where it is exact, steadies it."""
        game = ReplannedGame(self.evaluator, self._order, self._players)

        def values(coalitions: NDArray[np.bool_]) -> Floats:
            return _side_by_side(game.worth(coalitions, self.values))

        return self._in_all_areas(REPLANNED, self._players, values, self._surrogate(fixed_dates))

    def statuses(self) -> GameContributions:
        """Statuses play, through order and support together; none where their effect is not established."""
        study, ids = self.evaluator.study, self.evaluator.project_ids
        order = operator_order(study.projects, study.settings.order_basis, study.project_phases)
        players = [k for k, project in enumerate(study.projects) if project.status]
        if not order.shows_status_effect:
            players = []

        def values(coalitions: NDArray[np.bool_]) -> Floats:
            timelines = [
                status_timeline(
                    order,
                    ids,
                    [ids[players[k]] for k in np.flatnonzero(one)],
                    study.settings,
                    channel="both",
                    name=STATUSES,
                )
                for one in coalitions
            ]
            made = self.evaluator.schedule(timelines)
            return _side_by_side(self.values(plan_months(self.evaluator.problem, made.start, made.finish)))

        return self._in_all_areas(STATUSES, players, values, None)

    def points(self, game: GameContributions) -> dict[str, dict[str, float]]:
        """`pint`, `toot` and `shapley` -> project id -> points, all areas together."""
        ids = [self.evaluator.project_ids[row] for row in game.projects]
        at, found = self.values.names.index((POOLED, POINTS)), game.total.found
        return {
            name: dict(zip(ids, getattr(found, name)[:, at].tolist(), strict=True))
            for name in ("pint", "toot", "shapley")
        }

    def _fixed_dates_of(self, game: FixedDatesGame, area: int, players: list[int]) -> AreaContributions:
        unions = [self._unions([int(game.players[k]) for k in players], kind) for kind in UNIONS]

        def values(coalitions: NDArray[np.bool_]) -> Floats:
            every = np.zeros((len(coalitions), len(game.players)), dtype=bool)
            every[:, players] = coalitions
            return game.worth(every, self.values, area)

        there = area >= len(self._tabulated) or self._tabulated[area]
        most = MOST_PROJECTS if there else EXACT_SIMULATED
        return AreaContributions(players, *self._contributed(values, len(players), unions, most))

    def _contributed(
        self,
        values: BatchValues,
        n: int,
        unions: Sequence[Sequence[int]],
        most: int,
        surrogate: Surrogate | None = None,
    ) -> tuple[Contributions, Pairs]:
        if n > most:
            return sampled_contributions(values, n, self._sampling, unions, surrogate), {}
        table = values(every_coalition(n))
        return exact_contributions(table, unions), pair_interactions(table)

    def _surrogate(self, fixed_dates: GameContributions) -> Surrogate | None:
        if not fixed_dates.total.found.exact:
            return None
        made = self.evaluator.schedule(self._order[None])
        months = plan_months(self.evaluator.problem, made.start, made.finish)
        game = FixedDatesGame(self.evaluator, months, self._players)
        shapley = np.zeros((len(self._players), len(self.values.areas), len(self.values.names)))
        place = {row: k for k, row in enumerate(self._players)}
        for name, area in fixed_dates.by_area.items():
            rows = [place[fixed_dates.projects[k]] for k in area.players]
            shapley[rows, self.values.areas.index(name)] = area.found.shapley

        def values(coalitions: NDArray[np.bool_]) -> Floats:
            found = [game.worth(coalitions, self.values, area) for area in range(len(self.values.areas))]
            return _side_by_side(np.stack(found, axis=1))

        return Surrogate(values, _side_by_side(shapley))

    def _in_all_areas(
        self, game: str, projects: list[int], values: BatchValues, surrogate: Surrogate | None
    ) -> GameContributions:
        """Of values side by side: of each area, and of all together."""
        if not projects:
            return GameContributions(game, [], {}, self._added_up(0, {}))
        unions = [self._unions(projects, kind) for kind in UNIONS]
        found, pairs = self._contributed(values, len(projects), unions, EXACT_PLANNED, surrogate)
        n_value, players = len(self.values.names), list(range(len(projects)))

        def part(at: int) -> AreaContributions:
            own = slice(at * n_value, (at + 1) * n_value)
            fields = {name: getattr(found, name)[:, own] for name in FIELDS}
            owen = tuple(each[:, own] for each in found.owen)
            chosen = Contributions(**fields, owen=owen, exact=found.exact)
            return AreaContributions(players, chosen, {pair: mean[own] for pair, mean in pairs.items()})

        parts = {name: part(at) for at, name in enumerate(self.values.areas)}
        return GameContributions(game, projects, parts, part(len(self.values.areas)))

    def _added_up(self, n: int, by_area: Mapping[str, AreaContributions]) -> AreaContributions:
        """Contributions are linear, so they add up over areas; so do the half-widths of intervals, which is wide."""
        own = list(by_area.values())

        def added(get: Callable[[Contributions], Floats]) -> Floats:
            whole = np.zeros((n, len(self.values.names)))
            for area in own:
                whole[area.players] += get(area.found)
            return whole

        pairs: Pairs = {}
        for area in own:
            for (i, j), mean in area.pairs.items():
                pair = area.players[i], area.players[j]
                pairs[pair] = pairs.get(pair, 0.0) + mean
        found = Contributions(
            **{name: added(attrgetter(name)) for name in FIELDS},
            owen=tuple(added(lambda found, k=k: found.owen[k]) for k in range(len(UNIONS))),  # type: ignore[misc]
            exact=all(area.found.exact for area in own),
        )
        return AreaContributions(list(range(n)), found, pairs)

    def _unions(self, projects: Sequence[int], kind: str) -> list[int]:
        """Masks of the players of each operator or province."""
        masks: dict[str, int] = {}
        for player, row in enumerate(projects):
            name = getattr(self.evaluator.study.projects[row], f"{kind}_id")
            masks[name] = masks.get(name, 0) | 1 << player
        return list(masks.values())


def _side_by_side(values: Floats) -> Floats:
    """[row, area, value] -> [row, values of each area, then those of all together]."""
    return np.concatenate([values.reshape(len(values), -1), values.sum(axis=1)], axis=1)


def projects_that_can_wait(problem: PlanProblem) -> list[int]:
    """Rows of the projects with a phase of which the start is not fixed."""
    arrays = problem.arrays
    rows: list[int] = np.unique(problem.phase_project[arrays.fixed_start < 0]).tolist()
    return rows
