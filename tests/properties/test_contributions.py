"""Axioms of contributions on the games as a study makes them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from gridprio.games import every_coalition, exact_contributions, pair_interactions
from gridprio.outcome import AreaValues, FixedDatesGame, ReplannedGame
from gridprio.pipeline.contributions import StudyGames, projects_that_can_wait
from gridprio.plan import plan_months
from tests.plan_studies import studies
from tests.search_studies import searched, study_of

WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""Studies are large; making them smaller takes minutes."""


def tables_of(rows: SimpleNamespace, seed: int, players: list[int] | None = None) -> tuple[list[int], list[np.ndarray]]:
    """Rows of the players, and the values of all coalitions with fixed dates and planned anew."""
    objective, places = searched(study_of(rows), seed)
    values = AreaValues(objective.evaluator, objective.weight, objective.scenario_share)
    players = projects_that_can_wait(objective.evaluator.problem) if players is None else players
    coalitions = every_coalition(len(players))
    made = objective.evaluator.schedule(places.base[None])
    fixed = FixedDatesGame(
        objective.evaluator, plan_months(objective.evaluator.problem, made.start, made.finish), players
    )
    replanned = ReplannedGame(objective.evaluator, places.base, players)
    areas = range(len(values.areas))
    return players, [
        sum(fixed.worth(coalitions, values, area) for area in areas),
        replanned.worth(coalitions, values).sum(axis=1),
    ]


@settings(deadline=None, max_examples=25, phases=WITHOUT_SHRINKING)
@given(studies(most=5), st.integers(0, 10_000))
def test_axioms_hold_for_games_of_studies(rows: SimpleNamespace, seed: int) -> None:
    players, tables = tables_of(rows, seed)
    n = len(players)
    assume(n > 1)
    every = [1 << k for k in range(n)]
    for table in tables:
        found = exact_contributions(table, [every, [(1 << n) - 1]])
        scale = 1e-9 * (1 + np.abs(table).max())
        assert found.shapley.sum(axis=0) == pytest.approx(table[-1] - table[0], abs=scale)
        for owen in found.owen:
            assert owen == pytest.approx(found.shapley, abs=scale)
        for k in range(n):
            added = table.reshape(-1, 2, 1 << k, table.shape[1])
            is_dummy = (added[:, 1] == added[:, 0]).all(axis=(0, 1))
            for values in (found.pint, found.toot, found.shapley):
                assert (values[k, is_dummy] == 0).all()
        for (i, j), mean in pair_interactions(table).items():
            masks = np.arange(1 << n)
            swapped = masks & ~(1 << i | 1 << j) | (masks >> i & 1) << j | (masks >> j & 1) << i
            twins = (table[swapped] == table).all(axis=0)
            assert found.shapley[i, twins] == pytest.approx(found.shapley[j, twins], abs=scale)
            with_j, without_j = (
                exact_contributions(table[[m for m in masks if (m >> j & 1) == bit]]).shapley[i] for bit in (1, 0)
            )
            assert mean == pytest.approx(with_j - without_j, abs=10 * scale)


@settings(deadline=None, max_examples=15, phases=WITHOUT_SHRINKING)
@given(studies(most=5), st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_the_players_does_not_matter(rows: SimpleNamespace, seed: int, random: object) -> None:
    players, tables = tables_of(rows, seed)
    assume(len(players) > 1)
    shuffled = list(players)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    _, others = tables_of(rows, seed, shuffled)
    for table, other in zip(tables, others, strict=True):
        found, again = exact_contributions(table).shapley, exact_contributions(other).shapley
        place = [shuffled.index(row) for row in players]
        assert again[place] == pytest.approx(found, abs=1e-9 * (1 + np.abs(table).max()))


@settings(deadline=None, max_examples=20, phases=WITHOUT_SHRINKING)
@given(studies(most=5), st.integers(0, 10_000))
def test_contributions_of_a_study_by_area_are_those_of_its_whole_games(rows: SimpleNamespace, seed: int) -> None:
    """The split by areas loses nothing, with requirements, sizes and temporary solutions across areas too."""
    objective, _ = searched(study_of(rows), seed)
    games = StudyGames(objective)
    found = games.fixed_dates()
    assume(found.projects)
    _, (fixed, _) = tables_of(rows, seed, found.projects)  # what has no date does not play
    _, (_, replanned) = tables_of(rows, seed)
    whole = exact_contributions(fixed)
    for name in ("pint", "toot", "shapley"):
        own = getattr(found.total.found, name)
        assert own == pytest.approx(getattr(whole, name), abs=1e-9 * (1 + np.abs(fixed).max())), name
    again = games.replanned(found)
    expected = exact_contributions(replanned).shapley
    assert again.total.found.shapley == pytest.approx(expected, abs=1e-9 * (1 + np.abs(replanned).max()))
    by_area = sum(part.found.shapley for part in again.by_area.values())
    assert by_area == pytest.approx(expected, abs=1e-8 * (1 + np.abs(replanned).max()))
