"""Ratings that hold in part of the year."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gridprio.inputs import columns as of
from gridprio.inputs.columns import CalendarMonth, Id, Row, Text, Texts
from gridprio.inputs.enumerations import BranchKind


class SeasonalRating(Row):
    """What branches may carry in some months, in percent of their rating: an overhead line in cold air, a cable in dry
    soil. The limit in the intact grid and the one after an outage both change by it. A month without a row is 100.

    A row is about the branches it names, else about all of a kind, those that projects add included. Where both have
    a month, the row that names the branch counts.
    """

    rating_id: Annotated[Id, Field(description="short unique name")]
    kind: Annotated[
        BranchKind | None,
        Field(description="every branch of this kind; lines by column type (ol, cs) of pandapower's table line"),
    ] = None
    elements: Annotated[
        Texts, Field(description="instead of a kind: elements of the net as table:index, such as 'line:12 trafo:3'")
    ] = ()
    months: Annotated[
        tuple[CalendarMonth, ...],
        Field(min_length=1, description="calendar months in which it holds, e.g. '11 12 1 2'"),
    ]
    rating_percent: Annotated[float, Field(ge=10.0, le=300.0, description="what they may carry, percent of the rating")]
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""
