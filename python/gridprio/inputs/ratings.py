"""Ratings beside those of single branches: of part of the year, and of several branches together."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from gridprio.inputs import columns as of
from gridprio.inputs.columns import CalendarMonth, Id, Row, Text, Texts
from gridprio.inputs.enumerations import BranchKind, Directions
from gridprio.inputs.texts import one_word_checked

COLDEST_C, HOTTEST_C = -60.0, 60.0
"""Beyond every temperature of the air; a series in kelvin or fahrenheit is found by it."""


Celsius = Annotated[float, Field(ge=COLDEST_C, le=HOTTEST_C)]


class _BranchRating(Row):
    """What a row is about: the branches it names, else all of a kind."""

    rating_id: Annotated[Id, Field(description="short unique name")]
    kind: Annotated[
        BranchKind | None,
        Field(description="every branch of this kind; lines by column type (ol, cs) of pandapower's table line"),
    ] = None
    elements: Annotated[
        Texts,
        Field(
            description="instead of a kind: elements of the net as table:index, such as 'line:12 trafo:3'; "
            "a group of group_limits as group:group_limit_id"
        ),
    ] = ()


class SeasonalRating(_BranchRating):
    """What branches may carry in some months, in percent of their rating: an overhead line in cold air, a cable in dry
    soil. The limit in the intact grid and the one after an outage both change by it. A month without a row is 100.

    A row is about the branches it names, else about all of a kind, those that projects add included. Where both have
    a month, the row that names the branch counts.
    """

    months: Annotated[
        tuple[CalendarMonth, ...],
        Field(min_length=1, description="calendar months in which it holds, e.g. '11 12 1 2'"),
    ]
    rating_percent: Annotated[float, Field(ge=10.0, le=300.0, description="what they may carry, percent of the rating")]
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""


class TemperatureRating(_BranchRating):
    """What branches may carry by the ambient temperature of the hour, in percent of their rating: an overhead line by
    IEEE 738 or CIGRE TB 601, a transformer by its hot spot (IEC 60076-7). The limit in the intact grid and the one
    after an outage both change by it. Between points it is interpolated, below the first it is that of the first; a
    temperature above the last is refused.

    A row is about the branches it names, else about all of a kind, those that projects add included. What names the
    branch counts before what is about its kind, in this table and in seasonal_ratings alike; of a kind, and of a branch
    that is named, only one of the two tables may speak.
    """

    temperature: Annotated[
        Id, Field(description="column of profiles with the ambient temperature of every step, °C; no profile of loads")
    ]
    temperatures_c: Annotated[
        tuple[Celsius, ...], Field(min_length=2, max_length=100, description="points: °C, ascending, e.g. '0 10 20 30'")
    ]
    rating_percents: Annotated[
        tuple[Annotated[float, Field(ge=10.0, le=300.0)], ...],
        Field(
            min_length=2,
            max_length=100,
            description="what they may carry at each point, percent of the rating, never rising, e.g. "
            "'120 113 107 100'",
        ),
    ]
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""


LimitMva = Annotated[float, Field(ge=0.01, le=100_000.0)]
GroupId = Annotated[Id, AfterValidator(one_word_checked)]


class GroupLimit(Row):
    """What branches that end at one bus may carry together: a shared cable, bay, current transformer or busbar, or what
    the operator of the grid above makes available where it feeds an area.

    It counts as the rating of one branch between the bus and the ends of the group. It is on their summed current, at
    nominal voltage, in both directions alike unless the row names one. What differs by direction takes two rows.
    """

    group_limit_id: Annotated[GroupId, Field(description="short unique name, without blanks and colons")]
    name: Annotated[Text, Field(description="name that people read")]
    elements: Annotated[
        Texts,
        Field(
            min_length=1,
            description="elements of the net as table:index, such as 'trafo:3 trafo:4': line, trafo, trafo3w, "
            "impedance; each once, all systems of a row with parallel together",
        ),
    ]
    bus: Annotated[
        of.BusIndex | None, Field(description="bus where they meet; blank where they meet at one place alone")
    ] = None
    direction: Annotated[
        Directions,
        Field(
            description="hours in which it holds: demand (active power flows away from the feeding side), feed_in "
            "(towards it) or both; the feeding side is that of the higher voltage of transformers, else that of "
            "the external grid"
        ),
    ] = Directions.BOTH
    limit_mva: Annotated[LimitMva, Field(description="what they may carry together without an end, MVA")]
    emergency_limit_mva: Annotated[
        LimitMva | None,
        Field(description="the same after an outage, MVA; blank = limit_mva by the setting emergency_limit_percent"),
    ] = None
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""
