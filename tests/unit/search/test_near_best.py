"""What near-best orders share, on lists of which it can be counted."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from gridprio.orders import Places
from gridprio.search import search_room_table
from gridprio.search.explore import Budget, explore


def room(permutations: list[list[int]], values: list[float], base: list[int], open_places: list[int]):
    places = Places(np.array(base, dtype=np.int32), np.array(open_places, dtype=np.intp))
    result = SimpleNamespace(
        permutations=np.array(permutations, dtype=np.int32), values=np.array(values), best=values[0]
    )
    ids = [f"p{k}" for k in range(len(base))]
    objective = SimpleNamespace(evaluator=SimpleNamespace(project_ids=ids))
    return search_room_table(SimpleNamespace(result=result, places=places, objective=objective))


def test_only_what_stands_alike_in_every_near_order_is_shared() -> None:
    # p3 is fixed at the second place of the whole list; the third list has 2 % more points and does not count
    table = room([[0, 1, 2], [0, 2, 1], [2, 1, 0]], [100.0, 100.5, 102.0], [0, 3, 1, 2], [0, 2, 3])
    found = table.set_index("project_id")
    assert found.index.tolist() == ["p0", "p1", "p2"]
    assert found[["best_place", "first_place", "last_place"]].values.tolist() == [[1, 1, 1], [3, 3, 4], [4, 3, 4]]
    assert found["same_side_share"].tolist() == [1, 0.5, 0.5]
    assert (found["near_best_orders"] == 2).all() and (found["most_points_more_percent"] == 0.5).all()


def test_a_lone_best_order_is_decided_and_a_search_keeps_the_best_first() -> None:
    table = room([[1, 0]], [7.0], [0, 1], [0, 1])
    assert table["project_id"].tolist() == ["p1", "p0"] and (table["same_side_share"] == 1).all()
    result = explore(lambda lists: lists[:, 0] * 2.0 + lists[:, 1], np.array([[2, 1, 0]], np.int32), Budget(6), 0)
    assert (result.values == np.sort(result.values)).all() and len(np.unique(result.values)) == len(result.values)
    assert (result.permutations[0] == result.permutation).all() and result.values[0] == result.best == 1


def test_nothing_to_search_is_a_table_without_rows() -> None:
    table = room([[]], [7.0], [0, 1], [])
    assert table.empty and not np.issubdtype(table["project_id"].dtype, np.number)
