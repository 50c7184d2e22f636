"""Areas, and what a study of stations says instead of a grid (docs/station-study.md)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gridprio.inputs import columns as of
from gridprio.inputs.columns import CalendarMonth, Id, Name, Row, Text, Texts, Year
from gridprio.inputs.enumerations import Direction


class Area(Row):
    """A feeding area of a study of stations, or a group of stations that people speak of."""

    area_id: Annotated[Id, Field(description="short unique name")]
    name: Annotated[Text, Field(description="name that people read")]
    kind: Annotated[Name, Field(description="regional, transmission, energy hub, business park, region, ...")] = ""
    no_works_months: Annotated[
        tuple[CalendarMonth, ...],
        Field(
            description="calendar months (its peak) in which works on site of projects at its stations pause, e.g. "
            "'11 12 1 2'; a build phase with work_months of its own keeps to these"
        ),
    ] = ()
    parents: Annotated[
        Texts, Field(description="areas directly above: what connects here must fit there and above them too")
    ] = ()
    operator_id: Annotated[Name, Field(description="operator that publishes its figures")] = ""
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""


class StationCapacity(Row):
    """Megawatts of an area in one direction, from a year until the next row of the same; before the first row that
    one holds."""

    area_id: Annotated[Id, Field(description="area of table areas")]
    direction: Annotated[Direction, Field(description="takes from (demand) or feeds into (feed_in) the grid")]
    year: Annotated[Year, Field(description="first year in which the row holds")]
    scenario_id: Annotated[
        Name, Field(description="scenario for which it holds; blank = every one without rows of its own")
    ] = ""
    capacity_mw: Annotated[of.PeakMw, Field(description="transport capacity that is present, without projects, MW")]
    contracted_mw: Annotated[of.PeakMw, Field(description="needed or contracted by who has a contract, MW")] = 0.0
    queue_mw: Annotated[
        of.PeakMw | None, Field(description="published queue, MW; sizes projects whose megawatts are not published")
    ] = None
    published_year: Annotated[
        of.PublishedYear | None, Field(description="year in which congestion ends, as its operator publishes it")
    ] = None
    published_year_above: Annotated[
        of.PublishedYear | None, Field(description="the same as the operator of the grid above publishes it")
    ] = None
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""


class ProjectCapacity(Row):
    """What a project in service adds to an area in one direction, or that it is needed there."""

    project_id: Annotated[Id, Field(description="project of table projects")]
    area_id: Annotated[Id, Field(description="area to which it adds, or where it is needed")]
    direction: Annotated[Direction, Field(description="takes from (demand) or feeds into (feed_in) the grid")]
    added_mw: Annotated[
        of.PeakMw | None, Field(description="MW that it adds; blank = needed for the published year, MW not published")
    ] = None
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""
