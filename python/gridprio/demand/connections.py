"""Existing connections: what is drawn and fed in already and cannot be refused."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridprio.demand.growth import GrowthFactors
from gridprio.inputs.enumerations import Direction
from gridprio.inputs.schema import Load

PROJECT_POWER_FACTOR = 0.98
"""of demand and feed-in that a project adds or takes away (assumption)"""


@dataclass(frozen=True)
class Place:
    """Where something connects: an electrical area and a node in its numbering."""

    area: int
    node: int


@dataclass(frozen=True)
class Connection:
    """Existing load or generation at one node."""

    place: Place
    station_id: str
    """empty where it belongs to no station (loads of the net itself)"""
    sector: str
    sign: int
    """-1 demand, +1 feed-in"""
    p_mw: float
    """annual peak in the base year; below zero where something is taken away"""
    profile: str
    """empty = constant"""
    q_per_p: float = 0.0
    """MVAr per MW, same sign as p"""
    unused_mw: float = 0.0
    uptake_end_year: int | None = None
    exempt: bool = False
    """feed-in that may be taken off after a fault"""
    q_mvar: float = 0.0
    """reactive power with a profile of its own, beside `q_per_p`"""
    q_profile: str = ""


def q_per_p(power_factor: float) -> float:
    """MVAr per MW at a power factor: demand draws reactive power, feed-in delivers it."""
    return math.tan(math.acos(power_factor))


def connections_at_stations(loads: Sequence[Load], places: Mapping[str, Place]) -> list[Connection]:
    """Rows of table `loads` at the place of their station."""
    found = []
    for load in loads:
        sign = -1 if load.direction == Direction.DEMAND else 1
        found.append(
            Connection(
                place=places[load.station_id],
                station_id=load.station_id,
                sector=load.sector,
                sign=sign,
                p_mw=load.p_mw,
                profile=load.profile,
                q_per_p=q_per_p(load.power_factor),
                unused_mw=load.contracted_unused_mw,
                uptake_end_year=load.uptake_end_year,
                exempt=sign > 0 and load.exempt_feed_in,
            )
        )
    return found


def peak_mw(
    connection: Connection, growth: GrowthFactors, scenario: str, year: int, start_year: int, end_year: int
) -> float:
    """Peak in a year: grown existing use, plus contracted capacity that is taken up.

    Uptake runs linearly from nothing in `start_year` to all in `uptake_end_year` (blank: the end of the horizon).
    """
    last = connection.uptake_end_year or end_year
    share = 1.0 if year >= last else max(0.0, (year - start_year) / (last - start_year))
    return connection.p_mw * growth.existing(scenario, connection.sector, year) + connection.unused_mw * share
