"""Rows of table `security_rules`: which outages the grid must bear, by element, voltage, direction and month."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from gridprio.inputs import columns as of
from gridprio.inputs.columns import CalendarMonth, Id, Row, Text, Texts
from gridprio.inputs.enumerations import BranchKind, Directions

INTERRUPTION = ("interruption_max_mw", "interruption_max_h", "restored_within_h")
"""Columns about demand that is interrupted."""


class OutageKind(StrEnum):
    SINGLE = "single"
    MAINTENANCE = "maintenance"


Kilovolts = Annotated[float, Field(ge=0, le=10_000)]
OutageHours = Annotated[float, Field(ge=0, le=8760)]


class SecurityRule(Row):
    """One rule of security: outages that the grid must bear, and for whose transport. The rules of this table take the
    place of the settings security_min_kv and maintenance_outages; what no rule names may overload and interrupt.

    An element counts by its highest nominal voltage, two elements that are out together by the lower of theirs. A row
    is about the elements it names, else about all of a kind, else about every one, those that projects add included.
    Of the rows for a direction in a month those that name the element count before those about its kind, and these
    before those about every one. Where several are left, the lowest of their limits of interrupted demand counts.
    """

    rule_id: Annotated[Id, Field(description="short unique name")]
    min_kv: Annotated[Kilovolts, Field(description="nominal voltage from which an outage is named, inclusive, kV")]
    below_kv: Annotated[
        Kilovolts | None, Field(description="voltage below which it is named, exclusive, kV; blank = no upper bound")
    ] = None
    kind: Annotated[
        BranchKind | None,
        Field(
            description="every element of this kind; lines by column type (ol, cs) of pandapower's table line; blank = "
            "every element, unless elements are named"
        ),
    ] = None
    elements: Annotated[
        Texts,
        Field(
            description="instead of a kind: elements of the net as table:index, such as 'line:12 trafo:3': line, "
            "trafo, trafo3w; all systems of a row with parallel, and what a project puts in its place"
        ),
    ] = ()
    to_below_kv: Annotated[
        Kilovolts | None,
        Field(
            description="beside kind transformer: voltage below which its other side lies, exclusive, kV (of three "
            "windings the second highest); blank = any"
        ),
    ] = None
    direction: Annotated[
        Directions, Field(description="transport that must go on without overload: demand, feed_in or both")
    ]
    outages: Annotated[
        OutageKind,
        Field(description="single, or maintenance: an outage while one other element is out for maintenance"),
    ] = OutageKind.SINGLE
    months: Annotated[
        tuple[CalendarMonth, ...],
        Field(
            description="calendar months in which it holds, e.g. '4 5 6'; blank = all, for maintenance April to "
            "September"
        ),
    ] = ()
    interruption_max_mw: Annotated[
        of.PeakMw | None,
        Field(description="demand that such an outage may interrupt, MW; blank = the setting interruption_max_mw"),
    ] = None
    interruption_max_h: Annotated[
        OutageHours | None,
        Field(
            description="hours that such an interruption may last; 0 = no interruption is accepted; blank = any time"
        ),
    ] = None
    restored_within_h: Annotated[
        OutageHours | None,
        Field(
            description="hours after which the demand is supplied again; more than interruption_max_h = no "
            "interruption is accepted; blank = taken to be in time"
        ),
    ] = None
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""

    @property
    def is_for_demand(self) -> bool:
        return self.direction is not Directions.FEED_IN

    def accepted_mw(self, most: float) -> float:
        """Demand that an outage may interrupt, MW: none where the interruption lasts too long.

        `most`: the setting interruption_max_mw.
        """
        longest = self.interruption_max_h
        if longest is not None and (longest == 0 or (self.restored_within_h or 0.0) > longest):
            return 0.0
        return most if self.interruption_max_mw is None else self.interruption_max_mw
