"""Types of the columns of tables: what a row forbids, and bounds that many columns share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from gridprio.inputs.enumerations import named_units
from gridprio.inputs.months import DATE_PATTERN, date_checked, year_first


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


Share = Annotated[float, Field(ge=0.0, le=1.0)]
NonNegative = Annotated[float, Field(ge=0.0)]
Positive = Annotated[float, Field(gt=0.0)]
Year = Annotated[int, Field(ge=1990, le=2100)]
Texts = tuple[str, ...]
PROSE = "prose"
"""Marks text that may hold blanks: a list of it in one cell is separated by `;` or line breaks alone."""
Sentences = tuple[Annotated[str, PROSE], ...]
Id = Annotated[str, Field(min_length=1)]
Month = Annotated[str, Field(pattern=DATE_PATTERN), AfterValidator(date_checked), BeforeValidator(year_first)]
"""YYYY-MM, YYYY-MM-DD or YYYY (= January), kept so; also written DD-MM-YYYY. See `months.month_index`."""
CalendarMonth = Annotated[int, Field(ge=1, le=12)]


def units_checked(name: str) -> AfterValidator:
    """The text with one blank between entries and decimal points, whatever it was written with."""
    return AfterValidator(
        lambda text: " ".join(f"{named}:{units:.10g}" for named, units in named_units(text, name).items())
    )
