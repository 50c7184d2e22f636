"""Rows of what may come: scenarios, growth, switchable drivers, and numbers that are assumed within a range."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gridprio.inputs import columns as of
from gridprio.inputs.columns import Id, Row, Text, Year


class Scenario(Row):
    """A course that demand and feed-in may take; one is enough, and it has no probability unless you give weights."""

    scenario_id: Annotated[Id, Field(description="short unique name")]
    name: Annotated[Text, Field(description="name that people read")]
    weight: Annotated[of.Weight | None, Field(description="only when the user has one; all or none")] = None
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""


class Growth(Row):
    """Growth of existing connections against the base year; years between are interpolated, outside held."""

    scenario_id: Annotated[Id, Field(description="scenario it belongs to")]
    sector: Annotated[Id, Field(description="sector of loads that grows")]
    year: Annotated[Year, Field(description="year of the factor")]
    factor: Annotated[of.Factor, Field(description="times the base year")]


class Driver(Row):
    """A switchable influence that multiplies sectors in all scenarios (hydrogen, defence, housing pace, ...)."""

    driver_id: Annotated[Id, Field(description="name used in the setting drivers")]
    sector: Annotated[Id, Field(description="sector that it multiplies")]
    year: Annotated[Year, Field(description="year of the factor; between years interpolated, outside held")]
    factor: Annotated[of.Factor, Field(description="multiplies all scenarios when the driver is on")]


class Assumption(Row):
    """A number of the study that is missing or assumed, and the range in which it may lie."""

    table: Annotated[Id, Field(description="table of the number, or settings")]
    row: Annotated[
        Text, Field(description="key of the row, its parts separated by blanks, e.g. 'K01 permit'; blank for settings")
    ] = ""
    column: Annotated[Id, Field(description="column or setting")]
    low: Annotated[of.AnyNumber, Field(description="lowest value that it may have")]
    high: Annotated[of.AnyNumber, Field(description="highest value that it may have")]
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""
