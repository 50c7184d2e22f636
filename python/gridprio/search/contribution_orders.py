"""Orders by what each project contributes on its planned date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gridprio.inputs.schema import Project
from gridprio.orders import Lists, Places, listed, per_cost, ranked_by


def contribution_orders(
    projects: Sequence[Project], places: Places, found: Mapping[str, Mapping[str, float]]
) -> dict[str, Lists]:
    """Whole lists; `found` has the points that each project saves by `pint`, `toot` and `shapley`, without capital,
    which stands below the line in `per_cost`."""
    rankings = {
        "benefit_cost": ranked_by(projects, per_cost(projects, found["pint"])),
        "pint": ranked_by(projects, found["pint"]),
        "toot": ranked_by(projects, found["toot"]),
        "shapley_cost": ranked_by(projects, per_cost(projects, found["shapley"])),
    }
    ids = [project.project_id for project in projects]
    return {name: listed(ids, places, ranking) for name, ranking in rankings.items()}
