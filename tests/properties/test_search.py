"""What holds for every study, order and cell: the bound is below the exact value, and that below what search finds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridprio.search.bound import lower_bound
from gridprio.search.exact import exact_lists
from gridprio.search.explore import Budget, explore
from tests.plan_studies import studies
from tests.search_studies import every_permutation, searched, study_of

ROUNDING = 1e-9
"""Relative; sums of the bound run in another order than those of the kernels."""


@settings(deadline=None, max_examples=60)
@given(studies(), st.integers(0, 10_000), st.integers(0, 2))
def test_bound_exact_and_search_stand_in_order(rows: SimpleNamespace, seed: int, draws: int) -> None:
    objective, places = searched(study_of(rows, search_draws=draws), seed)
    n = len(places.open_places)
    every = objective(places.whole(every_permutation(n)))
    best = float(every.min())
    bound = lower_bound(objective, 10_000)
    assert bound.whole
    assert bound.points <= best + ROUNDING * (1 + abs(best))
    less = lower_bound(objective, 20)
    assert less.points <= bound.points + ROUNDING * (1 + abs(best))
    found = explore(lambda p: objective(places.whole(p)), np.arange(n)[None], Budget(30), seed)
    assert best - ROUNDING * (1 + abs(best)) <= found.best <= every[0] + ROUNDING * (1 + abs(best))
    if objective.delay_months is None:
        exact = exact_lists(objective.evaluator, places, 10_000)
        assert exact is not None and len(exact) <= len(every)
        assert float(objective(places.whole(exact)).min()) == best


@settings(deadline=None, max_examples=30)
@given(studies(), st.integers(0, 10_000))
def test_every_plan_of_every_list_is_among_the_distinct_ones(rows: SimpleNamespace, seed: int) -> None:
    objective, places = searched(study_of(rows), seed)
    exact = exact_lists(objective.evaluator, places, 10_000)
    assert exact is not None

    def plans(permutations: np.ndarray) -> set[bytes]:
        made = objective.evaluator.schedule(places.whole(permutations))
        return {row.tobytes() for row in np.hstack([made.start, made.finish])}

    assert plans(exact) == plans(every_permutation(len(places.open_places)))
