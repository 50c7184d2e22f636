"""Several orders that are nearly as good as the best found, and what they share (docs/theory/search.md)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gridprio.search.compare import Compared, near_best


def search_room_table(compared: Compared) -> pd.DataFrame:
    """Table `search_room`: one row per searched project, by its place in the best found.

    `same_side_share`: of the other searched projects, those that stand on the same side of it, before or after, in
    every near-best order; 1 for all of it decided, also where the best found is the only one.
    """
    result, places = compared.result, compared.places
    lists = near_best(result)
    n = lists.shape[1]
    place = np.empty_like(lists)
    np.put_along_axis(place, lists, np.arange(n, dtype=lists.dtype)[None], axis=1)
    before = place[:, :, None] < place[:, None, :]
    decided = (before == before[0]).all(axis=0)
    whole = places.open_places[place] + 1
    ids = compared.objective.evaluator.project_ids
    table = pd.DataFrame(
        {
            "project_id": np.array([ids[row] for row in places.movable.tolist()], dtype=object),
            "best_place": whole[0],
            "first_place": whole.min(axis=0),
            "last_place": whole.max(axis=0),
            "same_side_share": (decided.sum(axis=1) - 1) / max(n - 1, 1),
            "near_best_orders": len(lists),
            "most_points_more_percent": float(
                100 * (result.values[len(lists) - 1] - result.best) / (abs(result.best) or 1.0)
            ),
        }
    )
    return table.sort_values("best_place", kind="stable").reset_index(drop=True)
