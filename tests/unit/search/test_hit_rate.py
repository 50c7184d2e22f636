"""How often the optimum over all lists is found, on random studies of everything that a plan can contain."""

from __future__ import annotations

import numpy as np
import pytest

from gridprio.orders import given_orders
from gridprio.search import MOST_EXACT, Budget, compare_orders, explore
from tests.effort import times
from tests.mixed_studies import mixed
from tests.search_studies import every_permutation, searched, study_of

DEFAULT = Budget(2_000)
"""What `gridprio search` tries where nobody says how many."""
STUDIES, SEEDS = times(4, 10), times(3, 5)
ROUNDING = 1e-9


@pytest.mark.slow
def test_lists_alone_find_the_optimum_of_random_studies_for_nearly_every_seed() -> None:
    hits, tried, chosen = 0, 0, 0
    for number in range(STUDIES):
        objective, places = searched(study_of(mixed(7, number)), number, regular=number % 2 == 0)
        every = every_permutation(len(places.open_places))
        values = objective(places.whole(every))
        chosen += len(np.unique(values)) > 50
        place = {row.tobytes(): k for k, row in enumerate(every)}

        def known(lists: np.ndarray, values: np.ndarray = values, place: dict[bytes, int] = place) -> np.ndarray:
            return values[[place[row.tobytes()] for row in np.ascontiguousarray(lists, dtype=np.int32)]]

        for seed in range(SEEDS):
            found = explore(known, every[:1], DEFAULT, seed).best
            assert found >= values.min()
            hits, tried = hits + (found == values.min()), tried + 1
    assert chosen > STUDIES / 2  # a real choice
    assert hits >= 0.95 * tried


@pytest.mark.slow
def test_a_search_finds_the_optimum_of_random_studies_and_proves_it() -> None:
    for number in range(times(6, 12)):
        objective, places = searched(study_of(mixed(7, number), search_draws=number % 3), number)
        every = every_permutation(len(places.open_places))
        best = float(objective(places.whole(every)).min())
        given = given_orders(objective.evaluator.study, places, objective.evaluator.project_ids)
        compared = compare_orders(objective, places, given, [], DEFAULT, most_exact=MOST_EXACT)
        assert compared.exact and compared.pooled("best_found") == pytest.approx(best, rel=ROUNDING, abs=ROUNDING)
        for name in compared.lists:
            assert compared.pooled(name) >= best - ROUNDING * (1 + abs(best))
        assert compared.bound.points <= best + ROUNDING * (1 + abs(best))
