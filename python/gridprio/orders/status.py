"""What status does to an order, from the month in which it works (docs/theory/orders.md)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.inputs.enumerations import Carrier
from gridprio.inputs.months import month_index
from gridprio.inputs.moves import is_movable
from gridprio.inputs.schema import Project
from gridprio.inputs.settings import Settings
from gridprio.model.plan import CLAIM_HOLDER, CLAIM_OPEN, CLAIM_RESTRICTED, PriorityTimeline
from gridprio.orders.order import Order

CHANNELS: Mapping[str, frozenset[str]] = {
    "order": frozenset({"order"}),
    "permit": frozenset({"permit"}),
    "land": frozenset({"land"}),
    "support": frozenset({"permit", "land"}),
    "both": frozenset({"order", "permit", "land"}),
}
"""Channel -> the levers through which status works: the place in the order, permit months and land months saved."""
KEY_DECIMALS = 9
"""Keys that differ less are ties: rank - bindingness x n must not hang on the last bit."""


def movable_projects(projects: Sequence[Project]) -> tuple[str, ...]:
    """Projects whose place status can change: tiers 2 and 3, but no safety or security-of-supply works."""
    return tuple(p.project_id for p in projects if is_movable(p))


def apply_status(
    order: Order, status_projects: Collection[str], settings: Settings, month: int, *, status_from: str | None = None
) -> Order:
    """The order that holds in `month`, when `status_projects` have status, each from its own month on.

    Per operator and carrier the movable projects with an open phase share out the places that they hold together;
    all others keep their place.

    Rule `reserved_share` leaves the order as it is (the share acts in the plan). `status_from` replaces the month of
    every project. With every movable project in `status_projects` from one month the order is the one without status.
    """
    if settings.rule == "reserved_share":
        return order
    active = _active(order.projects, status_projects, settings, month, status_from)
    places: dict[tuple[str, Carrier], list[int]] = {}
    for place, project in enumerate(order.projects):
        if order.can_move(project):
            places.setdefault((project.operator_id, project.carrier), []).append(place)
    moved = list(order.projects)
    for (operator, _), own in places.items():
        bindingness = settings.bindingness_by_operator.get(operator, settings.bindingness)
        lead = len(own) * (1.0 if settings.rule == "tiers" else bindingness)
        keys = [
            (round(rank - lead * (order.projects[place].project_id in active), KEY_DECIMALS), rank)
            for rank, place in enumerate(own, start=1)
        ]
        for place, (_, rank) in zip(own, sorted(keys), strict=True):
            moved[place] = order.projects[own[rank - 1]]
    return order.reordered(moved)


def status_timeline(
    order: Order,
    project_ids: Sequence[str],
    status_projects: Collection[str],
    settings: Settings,
    *,
    channel: str = "order",
    status_from: str | None = None,
    name: str | None = None,
) -> PriorityTimeline:
    """The lists of all months in which status begins to work, in rows of `project_ids`.

    `channel`: of `CHANNELS`. `status_from` replaces the month of every project, which is how *all have status* is
    defined: every movable project from one and the same month.
    """
    levers = CHANNELS[channel]
    row = {project_id: k for k, project_id in enumerate(project_ids)}
    holders = [p for p in order.projects if p.project_id in status_projects]
    epochs = sorted({0, *(max(0, _works_from(p, settings, status_from)) for p in holders)})
    shape = (len(epochs), len(row))
    lists, claims = np.zeros(shape, np.int32), np.full(shape, CLAIM_OPEN, np.int32)
    permit, land = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    for epoch, month in enumerate(epochs):
        by_order = "order" in levers
        in_force = apply_status(order, status_projects, settings, month, status_from=status_from) if by_order else order
        lists[epoch] = [row[project_id] for project_id in in_force.project_ids]
        active = _active(order.projects, status_projects, settings, month, status_from)
        if by_order and settings.rule == "reserved_share":
            claims[epoch] = _claims(order, row, active)
        for project in holders:
            if project.project_id in active:
                at = epoch, row[project.project_id]
                permit[at] = project.support_permit_months if "permit" in levers else 0
                land[at] = project.support_land_months if "land" in levers else 0
    return PriorityTimeline(
        name=name or order.name,
        project_ids=tuple(project_ids),
        epoch_month=np.array(epochs, dtype=np.int32),
        project_order=lists,
        claim=claims,
        permit_months_saved=permit,
        land_months_saved=land,
    )


def _works_from(project: Project, settings: Settings, status_from: str | None) -> int:
    return month_index(status_from or project.status_from or settings.status_from, settings.start_year)


def _active(
    projects: Sequence[Project],
    status_projects: Collection[str],
    settings: Settings,
    month: int,
    status_from: str | None,
) -> set[str]:
    return {
        p.project_id
        for p in projects
        if p.project_id in status_projects and _works_from(p, settings, status_from) <= month
    }


def _claims(order: Order, row: dict[str, int], active: set[str]) -> NDArray[np.int32]:
    """Who is kept out of the reserve and for whom it is kept; nobody when one of the two groups is empty.

    What a project needs first (`requires`) is treated no worse than the project itself.
    """
    by_id = {p.project_id: p for p in order.projects}
    claim = {
        p.project_id: CLAIM_OPEN
        if not order.can_move(p)
        else CLAIM_HOLDER
        if p.project_id in active
        else CLAIM_RESTRICTED
        for p in order.projects
    }
    for level in (CLAIM_HOLDER, CLAIM_OPEN):
        reached = [project_id for project_id, value in claim.items() if value == level]
        while reached:
            for other in by_id[reached.pop()].requires:
                if claim.get(other) == CLAIM_RESTRICTED:
                    claim[other] = level
                    reached.append(other)
    values = np.zeros(len(row), dtype=np.int32)
    if {CLAIM_HOLDER, CLAIM_RESTRICTED} <= set(claim.values()):
        for project_id, value in claim.items():
            values[row[project_id]] = value
    return values
