"""Loads and generation of the net itself: without table `loads` all of it, else what that table does not stand for."""

from __future__ import annotations

from collections.abc import Mapping

from gridprio.demand.connections import Connection, Place
from gridprio.model.grid import Grid, OwnElement

_SIGN = {"load": -1, "sgen": 1, "storage": -1}
"""Element tables that connect at a bus, and the sign of their p_mw as injection."""


def own_connections(grid: Grid, place_of_bus: Mapping[int, Place], known: Mapping[str, int]) -> list[Connection]:
    """Every load, static generator and storage of the net, and as a constant what other elements inject.

    `known`: names of the profiles at hand. A load whose q has no profile follows that of its p.
    """
    found: list[Connection] = []
    explained = {int(bus): [0.0, 0.0] for bus in grid.bus_ids}
    for element in grid.own_elements:
        if element.table not in _SIGN or element.bus not in place_of_bus:
            continue
        sign = _SIGN[element.table]
        explained[element.bus][0] += sign * element.p_mw
        explained[element.bus][1] += sign * element.q_mvar
        profile = element.p_profile if element.p_profile in known else ""
        found.append(
            Connection(
                place=place_of_bus[element.bus],
                station_id="",
                sector=element.kind,
                sign=sign,
                p_mw=element.p_mw,
                profile=profile,
                exempt=element.table == "sgen",
                q_mvar=element.q_mvar,
                q_profile=element.q_profile if profile and element.q_profile in known else profile,
            )
        )
    for element in grid.own_elements:
        if element.table == "gen" and element.bus in place_of_bus:
            explained[element.bus][0] += element.p_mw
            found.append(_generator(element, place_of_bus, known))
    return found + _others(grid, place_of_bus, explained)


def _generator(element: OwnElement, place_of_bus: Mapping[int, Place], known: Mapping[str, int]) -> Connection:
    """It follows the profile that the net names, of the net (`gen:NAME`) or of the study (`NAME`), else none."""
    names = element.p_profile, element.p_profile.removeprefix("gen:")
    profile = next((name for name in names if name in known), "")
    return Connection(place_of_bus[element.bus], "", "gen", 1, element.p_mw, profile)


def _others(grid: Grid, place_of_bus: Mapping[int, Place], explained: Mapping[int, list[float]]) -> list[Connection]:
    others = []
    for bus, p_mw, q_mvar in zip(grid.bus_ids, grid.p_mw, grid.q_mvar, strict=True):
        p, q = p_mw - explained[int(bus)][0], q_mvar - explained[int(bus)][1]
        if int(bus) in place_of_bus and max(abs(p), abs(q)) > 1e-9:
            others.append(Connection(place_of_bus[int(bus)], "", "", 1, float(p), "", q_mvar=float(q)))
    return others
