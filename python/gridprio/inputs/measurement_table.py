"""What an operator has measured, for the comparison of a run with it (docs/theory/measured.md)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gridprio.inputs import columns as of
from gridprio.inputs.columns import Row, Text, Year


class Measurement(Row):
    """What was measured in one year at a line or transformer; it decides nothing and is compared with the base case."""

    element: Annotated[
        Text,
        Field(
            min_length=1,
            description="line:12, trafo:3 (table:index of the net), or its own name in the net; group:group_limit_id",
        ),
    ]
    year: Annotated[Year, Field(description="year of the measurement")]
    highest_percent: Annotated[
        of.LoadingPercent | None, Field(description="highest loading of the year, % of the rating")
    ] = None
    highest_mva: Annotated[
        of.PeakMw | None, Field(description="the same in MVA of all circuits of the element, instead of percent")
    ] = None
    hours_above_limit: Annotated[of.HoursOfYear | None, Field(description="hours of the year above limit_percent")] = (
        None
    )
    limit_percent: Annotated[
        of.LoadingPercent | None,
        Field(
            description="loading from which its operator calls it a bottleneck, % of the rating, such as what leaves "
            "reserve for an outage; blank = the limit of the intact grid"
        ),
    ] = None
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""
