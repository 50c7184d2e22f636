"""Table `externality`: whose statuses help or hurt whose developments (docs/theory/who.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.groups import groups_of
from gridprio.effect.status_effect import TOTAL
from gridprio.inputs.schema import Project
from gridprio.inputs.settings import Settings
from gridprio.inputs.study import Study
from gridprio.model.plan import PriorityTimeline
from gridprio.orders import Order, status_timeline
from gridprio.outcome import waiting_value

Floats = NDArray[np.float64]
OWNER = {"province": "province_id", "operator": "operator_id"}
"""Kind of group -> the column of `projects` that says whose a status is."""
Group = tuple[str, str]
COLUMNS = ("order_name", "scenario", "group_kind", "by_group", "on_group", "metric", "effect")


def status_groups(projects: Sequence[Project]) -> dict[Group, tuple[str, ...]]:
    """(kind, whose statuses) -> ids of the projects that keep theirs when those lose it; `total`: none does."""
    holders = [project for project in projects if project.status]
    found: dict[Group, tuple[str, ...]] = {}
    for kind, column in OWNER.items():
        for owner in sorted({getattr(project, column) for project in holders}):
            found[kind, owner] = tuple(p.project_id for p in holders if getattr(p, column) != owner)
        found[kind, TOTAL] = ()
    return found


def group_timelines(
    order: Order, project_ids: Sequence[str], groups: Mapping[Group, tuple[str, ...]], settings: Settings
) -> list[PriorityTimeline]:
    """The plans in which those of a group have no status, through order and support."""
    return [
        status_timeline(order, project_ids, others, settings, channel="both", name=f"without_{kind}_{owner}")
        for (kind, owner), others in groups.items()
    ]


def externality_table(
    study: Study, scenarios: Sequence[str], groups: Sequence[Group], change: Floats, order_name: str
) -> pd.DataFrame:
    """What the statuses of one group change for the developments of another, all others keeping theirs.

    `change` [group, scenario, development]: mean waiting over draws in MW-years with all statuses, less that without
    those of the group; below zero helps. Rows of `total` are the effect of all statuses; others need not add up to it.
    """
    on_groups = groups_of(study)
    rows = [
        (order_name, scenario, kind, owner, other, metric, float(own[at, members] @ value[members]))
        for (kind, owner), own in zip(groups, change, strict=True)
        for at, scenario in enumerate(scenarios)
        for (of_kind, other), members in on_groups.items()
        if of_kind == kind
        for metric, value in waiting_value(study).items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
