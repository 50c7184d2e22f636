"""Which projects lift the limit of a headroom: with them, more fits in the hour and outage that limit it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridprio.cells.cache import CellArea
from gridprio.cells.executor import CellExecutor, cell_batch
from gridprio.cells.headroom import Headroom, queue_of, without_allowance
from gridprio.model.cell import Contingencies, HourlyInjections, Requests
from gridprio.model.rules import CellRules

MORE_SHARE, MORE_MW = 0.01, 0.01
"""With this much more than the headroom its limit is passed, and a project lifts it where this fits."""
States = Mapping[str, tuple[NDArray[np.bool_], HourlyInjections]]
"""Project -> branches in service and injections with it and all that it requires."""


def lifting_projects(
    area: CellArea,
    contingencies: Contingencies,
    states: States,
    found: Headroom,
    executor: CellExecutor,
    rules: CellRules,
) -> list[str]:
    """Projects with which more fits in the hour and after the outage that limit `found`; another limit may come next.

    `contingencies` are those that `found` was judged by.
    """
    k, hour = found.limit_contingency, max(found.limit_hour, 0)
    if k < 0 or not states:
        return []
    only = slice(hour, hour + 1)
    queue = queue_of([replace(found.point, profile=found.point.profile[only])])
    requested = Requests.in_given_order(queue, np.array([found.headroom_mw * (1 + MORE_SHARE) + MORE_MW]))
    masks, hourly = zip(*((mask, injections.at(only)) for mask, injections in states.values()), strict=True)
    batch = cell_batch(masks, hourly, [requested] * len(states))
    limiting = contingencies.intact_and(*([k] if k else []))
    results = executor.evaluate(area.grid, limiting, queue, batch, without_allowance(rules))
    return [project for project, held in zip(states, results.limit_contingency[:, 0], strict=True) if held < 0]
