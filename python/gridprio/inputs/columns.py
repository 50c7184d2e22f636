"""Types of the columns of tables and of settings: what a row forbids, and the bounds of every number and text.

A bound is the widest value that makes sense in the field (docs/decisions/0016-bounds.md). All calculations are finite
within the bounds; what lies beyond is a slip of unit or of the keyboard.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from gridprio.inputs.enumerations import named_units
from gridprio.inputs.months import DATE_PATTERN, date_checked, year_first
from gridprio.inputs.texts import file_name_checked, id_checked, one_line_checked, text_checked


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


Text = Annotated[str, Field(max_length=2000), AfterValidator(text_checked)]
Id = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(id_checked)]
Name = Annotated[str, Field(max_length=100), AfterValidator(id_checked)]
"""An id that may be blank."""
FileName = Annotated[Id, AfterValidator(file_name_checked)]
Texts = Annotated[tuple[Id, ...], Field(max_length=1000)]

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Factor = Annotated[float, Field(ge=0.0, le=1000.0)]
Weight = Annotated[float, Field(ge=0.0, le=1e6)]
Score = Annotated[float, Field(ge=-1e6, le=1e6)]
AnyNumber = Annotated[float, Field(ge=-1e6, le=1e6)]
PowerFactor = Annotated[float, Field(ge=0.1, le=1.0)]

PEAK_MAX_MW = 100_000.0
PeakMw = Annotated[float, Field(ge=0.0, le=PEAK_MAX_MW)]
RequestMw = Annotated[float, Field(ge=1e-6, le=PEAK_MAX_MW)]
ChangeMw = Annotated[float, Field(ge=-PEAK_MAX_MW, le=PEAK_MAX_MW)]
EnergyMwh = Annotated[float, Field(ge=1e-6, le=1e6)]
NominalKv = Annotated[float, Field(ge=0.1, le=1500.0)]
LengthKm = Annotated[float, Field(ge=0.001, le=10_000.0)]
LoadingPercent = Annotated[float, Field(ge=0.0, le=1000.0)]
HoursOfYear = Annotated[float, Field(ge=0.0, le=8784.0)]
BusIndex = Annotated[int, Field(ge=0, le=2**31 - 1)]
Longitude = Annotated[float, Field(ge=-180.0, le=180.0)]
Latitude = Annotated[float, Field(ge=-90.0, le=90.0)]

LandHa = Annotated[float, Field(ge=0.0, le=10_000.0)]
CostMeur = Annotated[float, Field(ge=0.0, le=100_000.0)]
Units = Annotated[float, Field(ge=0.0, le=1e6)]
UnitsChange = Annotated[float, Field(ge=-1e6, le=1e6)]

Year = Annotated[int, Field(ge=1990, le=2100)]
PROSE = "prose"
"""Marks text that may hold blanks: a list of it in one cell is separated by `;` or line breaks alone."""
Sentences = Annotated[tuple[Annotated[Text, PROSE, AfterValidator(one_line_checked)], ...], Field(max_length=1000)]
Months = Annotated[int, Field(ge=0, le=600)]
DelayMonths = Annotated[float, Field(ge=0.0, le=600.0)]
Month = Annotated[str, Field(pattern=DATE_PATTERN), AfterValidator(date_checked), BeforeValidator(year_first)]
"""YYYY-MM, YYYY-MM-DD or YYYY (= January), kept so; also written DD-MM-YYYY. See `months.month_index`."""
CalendarMonth = Annotated[int, Field(ge=1, le=12)]
AcmCategory = Annotated[int, Field(ge=1, le=3)]
HourOfDay = Annotated[int, Field(ge=0, le=23)]
PublishedYear = Annotated[int, Field(ge=1990, le=2089)]
"""The capacity map writes a year from 2090 on where a date was withdrawn."""

Source = Annotated[Text, Field(description="where the row comes from")]
SourceDate = Annotated[Month | None, Field(description="date of that source")]
Assumed = Annotated[bool, Field(description="holds an assumption and not only published figures; say which in note")]


def units_checked(name: str) -> AfterValidator:
    """The text with one blank between entries and decimal points, whatever it was written with."""
    return AfterValidator(
        lambda text: " ".join(f"{named}:{units:.10g}" for named, units in named_units(text, name).items())
    )
