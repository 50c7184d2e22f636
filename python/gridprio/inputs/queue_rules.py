"""Rows of table `queue_rules`: who goes first in the waiting list, from which date, by which source."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from gridprio.inputs import columns as of
from gridprio.inputs.columns import Id, Month, Row, Text, Texts
from gridprio.inputs.enumerations import ConnectionClass, Direction


class QueueRuleKind(StrEnum):
    """What a rule does to the requests that it is about."""

    PRIORITY = "priority"
    MUNICIPAL_ORDER = "municipal_order"
    HOLDS_ROOM = "holds_room"
    WAITS = "waits"


class QueueRule(Row):
    """One dated rule of the waiting list.

    A rule `priority` needs rank, and `holds_room` years_ahead. By `municipal_order` requests of one municipality share
    their places by municipality_rank. By `waits` requests without priority are offered nothing until until_date.
    """

    rule_id: Annotated[Id, Field(description="short unique name")]
    rule: Annotated[QueueRuleKind, Field(description="what it does")]
    direction: Annotated[Direction, Field(description="direction of the requests")] = Direction.DEMAND
    purposes: Annotated[Texts, Field(description="purposes of the requests, as in developments; blank = any")] = ()
    connection_class: Annotated[
        ConnectionClass | None, Field(description="class of their connections; blank = both")
    ] = None
    rank: Annotated[
        int | None, Field(ge=0, le=1000, description="place among the priorities, the lowest first; equal ones by date")
    ] = None
    needs_contract: Annotated[
        bool, Field(description="only requests whose contract_from has come by the end of the year")
    ] = False
    years_ahead: Annotated[
        int | None, Field(ge=1, le=50, description="years before requested_year from which a request holds room")
    ] = None
    from_date: Annotated[
        Month | None, Field(description="first day on which the rule is in force; blank = always was")
    ] = None
    until_date: Annotated[
        Month | None, Field(description="first day on which it is no longer in force; blank = none is known")
    ] = None
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""


NEEDED: Mapping[QueueRuleKind, str] = MappingProxyType(
    {
        QueueRuleKind.PRIORITY: "rank",
        QueueRuleKind.HOLDS_ROOM: "years_ahead",
        QueueRuleKind.WAITS: "until_date",
    }
)
"""Column that a rule cannot do without."""
