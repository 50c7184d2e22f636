"""Rankings of projects from given numbers, best first, to compare the operator's with (docs/theory/orders.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from gridprio.inputs.schema import Project
from gridprio.inputs.weighing import Criterion, Score


def ranked_by(projects: Sequence[Project], value: Mapping[str, float]) -> tuple[str, ...]:
    """Project ids from the highest value to the lowest, ties as given; projects without a value are left out."""
    own = [p.project_id for p in projects if p.project_id in value]
    return tuple(sorted(own, key=lambda project_id: -value[project_id]))


def per_cost(projects: Sequence[Project], benefit: Mapping[str, float]) -> dict[str, float]:
    """Benefit per MEUR. What costs nothing comes first when it helps and last when it harms."""
    cost = {p.project_id: p.cost_meur for p in projects}
    return {
        project_id: value / cost[project_id]
        if cost[project_id] > 0
        else math.copysign(math.inf, value)
        if value
        else 0.0
        for project_id, value in benefit.items()
    }


def societal_scores(criteria: Sequence[Criterion], scores: Sequence[Score]) -> dict[str, float]:
    """Weighted mean of a project's scores, on the user's own scale and with the user's own weights."""
    weight = {c.criterion_id: c.weight for c in criteria}
    total = sum(weight.values())
    found: dict[str, float] = {}
    for score in scores:
        share = weight[score.criterion_id] / total if total else 0.0
        found[score.project_id] = found.get(score.project_id, 0.0) + share * score.score
    return found
