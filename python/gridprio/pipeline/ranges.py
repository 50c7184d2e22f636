"""The range of every effect: no draw changes a metric, a project or a connection by more (docs/theory/effect.md)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.effect import Ranges
from gridprio.model.plan import PlanProblem, PriorityTimeline
from gridprio.outcome import Evaluator, metric_ranges
from gridprio.search import earliest_months


def effect_ranges(evaluator: Evaluator, timelines: Sequence[PriorityTimeline]) -> Ranges:
    """From the states that are known, with two more in each year: nothing built, and all that can be built by then.

    Where these cannot be had (a seal that lacks them) the states that are known must do. Works with fixed starts
    alone have the same date in every plan of a draw.
    """
    n_month = evaluator.problem.arrays.n_month
    earliest = earliest_months(evaluator.problem, saved_months=_saved_months(evaluator.problem, timelines))
    [first] = earliest.in_service
    for table in evaluator.tables:
        years = list(range(table.n_year))
        built = [[project for project in table.area.serving if first[project] < 12 * (year + 1)] for year in years]
        keys = [table.key((), ()) for _ in years] + [table.key(projects, ()) for projects in built]
        table.fetch(evaluator.cells, keys, years * 2, None)
    rules = evaluator.walk_rules
    ready = np.array(
        [
            (d.requested_year - evaluator.study.settings.start_year) * 12 + d.connection_lead_months
            for d in evaluator.study.developments
        ],
        dtype=np.float64,
    )
    return Ranges(
        metric=metric_ranges(rules, [table.walk() for table in evaluator.tables], first),
        in_service_months=np.where(earliest.settled, 0, np.maximum(n_month - first, 0)).astype(np.float64),
        connected_months=np.clip(n_month - ready, 0, n_month),
    )


def _saved_months(problem: PlanProblem, timelines: Sequence[PriorityTimeline]) -> NDArray[np.int32]:
    """[phase], the most that support takes off in any timeline."""
    permit, land = (
        np.max([getattr(timeline, name).max(axis=0) for timeline in timelines], axis=0)
        for name in ("permit_months_saved", "land_months_saved")
    )
    name = np.array(problem.phase_name)
    saved: NDArray[np.int32] = np.where(name == "permit", permit[problem.phase_project], 0)
    saved += np.where(name == "land", land[problem.phase_project], 0)
    return saved
