"""What a project's changes add to the existing connections of an area (docs/theory/demand.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gridprio.demand.connections import PROJECT_POWER_FACTOR, Connection, Place, q_per_p
from gridprio.demand.contracts import CONTRACTS, members_of
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.schema import Development, ProjectChange


def areas_changed(
    change: ProjectChange, places: Mapping[str, Place], developments: Mapping[str, Development]
) -> list[int]:
    """Areas whose injections or requests a change touches; `places` by station."""
    at_station = change.action is ChangeAction.STORAGE and not change.members
    if at_station or change.action in (ChangeAction.CHANGE_DEMAND, ChangeAction.CHANGE_FEED_IN):
        return [places[change.station_id].area]
    if change.action is ChangeAction.TRANSFER_LOAD:
        return sorted({places[change.station_id].area, places[change.to_station_id].area})
    if change.action in CONTRACTS or change.action is ChangeAction.STORAGE:
        return sorted({places[developments[name].station_id].area for name in members_of(change)})
    return []


def added_by(
    change: ProjectChange, area: int, places: Mapping[str, Place], connections: Sequence[Sequence[Connection]]
) -> list[Connection]:
    """Connections that a change adds in an area; taking away is negative power. Contracts and storage add none.

    `places` by station, `connections` [area], those that exist.
    """
    if change.action is ChangeAction.TRANSFER_LOAD:
        return _transferred(change, area, places, connections)
    if change.action not in (ChangeAction.CHANGE_DEMAND, ChangeAction.CHANGE_FEED_IN):
        return []
    assert change.p_mw is not None
    return [
        Connection(
            place=places[change.station_id],
            station_id=change.station_id,
            sector="",
            sign=-1 if change.action is ChangeAction.CHANGE_DEMAND else 1,
            p_mw=change.p_mw,
            profile=change.profile,
            q_per_p=q_per_p(PROJECT_POWER_FACTOR),
            exempt=change.action is ChangeAction.CHANGE_FEED_IN,
        )
    ]


def _transferred(
    change: ProjectChange, area: int, places: Mapping[str, Place], connections: Sequence[Sequence[Connection]]
) -> list[Connection]:
    """A share of every existing connection of a station, taken off there and added at the other one."""
    assert change.share is not None
    leaves, comes = places[change.station_id], places[change.to_station_id]
    pieces = []
    for connection in connections[leaves.area]:
        if connection.station_id != change.station_id:
            continue
        for place, share in ((leaves, -change.share), (comes, change.share)):
            if place.area == area:
                pieces.append(
                    replace(
                        connection,
                        place=place,
                        p_mw=connection.p_mw * share,
                        q_mvar=connection.q_mvar * share,
                        unused_mw=connection.unused_mw * share,
                    )
                )
    return pieces
