"""The orders that a study of status compares: without, through each channel, and without one project at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.effect.distinct import DistinctTimelines
from gridprio.inputs.settings import Settings
from gridprio.model.plan import PriorityTimeline
from gridprio.orders import CHANNELS, Order, status_timeline

WITHOUT, WITH = "without_status", "with_status"


@dataclass(frozen=True, eq=False)
class StatusOrders:
    """Timelines without repetition, and which one every comparison reads."""

    timelines: tuple[PriorityTimeline, ...]
    without: int
    """row of `timelines`"""
    with_all: dict[str, int]
    """channel -> row"""
    with_others: dict[tuple[str, str], int]
    """(channel, project) -> row: all have status but this one"""


def status_orders(
    order: Order,
    project_ids: Sequence[str],
    status_projects: Sequence[str],
    settings: Settings,
    prefix: str = "",
    matters: NDArray[np.bool_] | None = None,
) -> StatusOrders:
    """Everything that is planned to tell what status does, starting from `order`.

    `prefix` stands before the names of the plans without and with status. `matters` [project]: those whose place can
    matter (`place_matters`); timelines that differ in the places of others alone are one. None = all.
    """
    matters = np.ones(len(project_ids), dtype=np.bool_) if matters is None else matters
    distinct = DistinctTimelines(matters)

    def row(name: str, holders: Sequence[str], channel: str) -> int:
        timeline = status_timeline(order, project_ids, holders, settings, channel=channel, name=prefix + name)
        return distinct.row(timeline)

    without = row(WITHOUT, (), "both")
    with_all = {
        channel: row(WITH if channel == "both" else f"with_{channel}", status_projects, channel)
        for channel in ("both", "order", "support", "permit", "land")
    }
    with_others = {
        (channel, project): row(f"{channel}_but_{project}", [p for p in status_projects if p != project], channel)
        for channel in CHANNELS
        for project in status_projects
    }
    return StatusOrders(tuple(distinct.timelines), without, with_all, with_others)
