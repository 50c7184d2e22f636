"""What a municipality says of its spatial plans, and the key figures (kengetallen) that turn it into megawatts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gridprio.inputs import columns as of
from gridprio.inputs.columns import Id, Month, Name, Row, Text, Year
from gridprio.inputs.enumerations import ConnectionClass, Direction

Amount = Annotated[float, Field(ge=0.0, le=1e7)]


class KeyFigure(Row):
    """Megawatts per unit of a spatial plan after coincidence, with the range in which they may lie."""

    key_figure_id: Annotated[
        Id, Field(description="short unique name; for a number of spatial_plans the name of its column")
    ]
    name: Annotated[Text, Field(description="name that people read")]
    unit: Annotated[Name, Field(description="what one unit is: dwelling, ha, charging_point, m2, ...")] = ""
    mw_per_unit: Annotated[of.RequestMw, Field(description="MW per unit at the station, after coincidence")]
    low_mw_per_unit: Annotated[of.RequestMw | None, Field(description="least that it may be, MW")] = None
    high_mw_per_unit: Annotated[of.RequestMw | None, Field(description="most that it may be, MW")] = None
    direction: Annotated[Direction, Field(description="takes from (demand) or feeds into (feed_in) the grid")]
    sector: Annotated[Id, Field(description="sector, such as dwellings or industry")]
    profile: Annotated[Name, Field(description="column of profiles; not used in a study of stations")] = ""
    connection_class: Annotated[ConnectionClass, Field(description="small (kleinverbruik) or large")] = (
        ConnectionClass.LARGE
    )
    acm_category: Annotated[
        int | None, Field(ge=1, le=3, description="1 congestion softener, 2 safety, 3 basic needs; blank = none")
    ] = None
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""


class SpatialPlan(Row):
    """A spatial plan in the numbers that a municipality has; each becomes a development by the key figure of its
    name."""

    plan_id: Annotated[Id, Field(description="short unique name")]
    name: Annotated[Text, Field(description="name that people read")]
    station_id: Annotated[Id, Field(description="station where it wants to connect")]
    municipality_id: Annotated[Name, Field(description="municipality where it is built")] = ""
    requested_year: Annotated[Year, Field(description="first year in which it wants capacity")]
    ramp_years: Annotated[
        int, Field(ge=0, le=50, description="years over which the request grows to its full size")
    ] = 0
    request_date: Annotated[Month, Field(description="place in the queue")]
    dwellings: Annotated[int, Field(ge=0, le=10_000_000, description="dwellings")] = 0
    business_park_ha: Annotated[Amount, Field(description="business park, hectares to be issued")] = 0.0
    charging_points: Annotated[Amount, Field(description="charging points")] = 0.0
    utility_m2: Annotated[Amount, Field(description="offices, schools, shops and care, m2 of floor")] = 0.0
    solar_ha: Annotated[Amount, Field(description="solar park, hectares")] = 0.0
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""


PLAN_NUMBERS = ("dwellings", "business_park_ha", "charging_points", "utility_m2", "solar_ha")
"""Columns of a plan that a key figure of the same name turns into megawatts."""


class Municipality(Row):
    """Properties of one feature of `municipalities.geojson`."""

    municipality_id: Annotated[Id, Field(description="short unique name")]
    name: Annotated[Text, Field(description="name that people read")]
    province_id: Annotated[Name, Field(description="province it lies in")] = ""
