"""What connects and what wants to: injections per hour and node, and the queue (docs/theory/demand.md)."""

from gridprio.demand.area_demand import StudyDemand
from gridprio.demand.connections import Connection, Place, connections_at_stations, peak_mw, q_per_p
from gridprio.demand.growth import GrowthFactors
from gridprio.demand.own_loads import own_connections
from gridprio.demand.profiles import Profiles, profiles_of
from gridprio.demand.queue import (
    allocation_order,
    claimed_mw,
    may_connect,
    queue_order,
    request_rows,
    request_sign,
    requested_mw,
    used_mw,
    waiting_rule,
)

__all__ = [
    "Connection",
    "GrowthFactors",
    "Place",
    "Profiles",
    "StudyDemand",
    "allocation_order",
    "claimed_mw",
    "connections_at_stations",
    "may_connect",
    "own_connections",
    "peak_mw",
    "profiles_of",
    "q_per_p",
    "queue_order",
    "request_rows",
    "request_sign",
    "requested_mw",
    "used_mw",
    "waiting_rule",
]
