"""Information model of the capacity map (Netbeheer Nederland): v1.3 as its schema says, v2.1 as published.

What is read is written back with the same content: keys that are absent stay absent, and keys that only v2.1 files
bring are kept although no schema explains them. Schema: github.com/Netbeheer-Nederland/im-capaciteitskaart, 1.3.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gridprio.errors import InputError, Problem
from gridprio.inputs.values import as_seen
from gridprio.text import sentence

V1_3 = "http://data.netbeheernederland.nl/capaciteitskaart/v1.3.0"
V2_1 = "http://data.netbeheernederland.nl/data-product/dp-capaciteitskaart"

Number = Annotated[int | float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
DateText = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Constraint = Literal["transparant", "yellow", "amber", "red"]
"""Official colour: available, limited, under investigation, shortage."""
CONSTRAINTS: tuple[Constraint, ...] = ("transparant", "yellow", "amber", "red")
"""In the order of the codes 0 to 3 of the map."""


class _Closed(BaseModel):
    """Of v1.3, whose schema allows no other keys."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _Open(BaseModel):
    """Of v2.1, of which no schema is public: other keys are kept as they are."""

    model_config = ConfigDict(extra="allow", strict=True)


class _Named(BaseModel):
    description: str | None = None
    m_rid: str | None = None
    names: list[dict[str, Any]] | None = None


class Interval(_Closed):
    """Days (the end exclusive), or a year with or without a quarter."""

    start: DateText | None = None
    end: DateText | None = None
    year: int | None = None
    quarter: Annotated[int, Field(ge=1, le=4)] | None = None


class TimeSchedule(_Named, _Closed):
    schedule_interval: Interval
    type: Literal["actual", "earliest", "estimate", "immediate", "latest", "request"] | None = None


class _Work(_Named):
    project_name: str
    time_schedules: list[TimeSchedule]
    type: str | None = None


class Work(_Work, _Closed):
    status_kind: Literal["cancelled", "completed", "inProgress", "scheduled"] | None = None


class OpenWork(_Work, _Open):
    status_kind: str | None = None


class PostcodeArea(_Named, _Closed):
    postcode: str
    substation_short_code: str | None = None
    demand_constraint: Constraint
    generation_constraint: Constraint


class Capacities(BaseModel):
    """Per direction, MW: what is there (available), contracted or offered (quoted), forecast, and in the queue."""

    demand_available_capacity: Number | None = None
    demand_quoted_capacity: Number | None = None
    demand_forecast_capacity: Number | None = None
    demand_capacity_in_queue: Number | None = None
    demand_requests_in_queue: Count | Number | None = None
    generation_available_capacity: Number | None = None
    generation_quoted_capacity: Number | None = None
    generation_forecast_capacity: Number | None = None
    generation_capacity_in_queue: Number | None = None
    generation_requests_in_queue: Count | Number | None = None


class AreaCapacity(Capacities, _Open):
    """Capacities of one year (v2.1)."""

    capacity_interval: Interval
    description: str | None = None


class _Area(_Named):
    short_code: str
    type: Literal["energy_area", "congestion_area"] | None = None
    demand_alleviation_year: int | None = None
    generation_alleviation_year: int | None = None
    demand_constraint: Constraint | None = None
    generation_constraint: Constraint | None = None
    demand_energy_area_short_code: str | None = None
    generation_energy_area_short_code: str | None = None
    postcode_areas: list[PostcodeArea] | None = None


class EnergyArea(_Area, Capacities, _Closed):
    works: list[Work]


class OpenEnergyArea(_Area, Capacities, _Open):
    area_capacity: list[AreaCapacity] = Field(default_factory=list)
    works: list[OpenWork] = Field(default_factory=list)


class UpdateInfo(_Closed):
    date: DateText
    type: Literal["KI", "ATC", "BTC", "WR", "NU", "JC"]


class HeatmapDataSet(_Closed):
    """Root of v1.3; Dublin Core terms and the areas."""

    conforms_to: str
    creator: str
    identifier: str
    issued: DateText
    energy_areas: list[EnergyArea]
    contributor: str | None = None
    coverage: str | None = None
    date: DateText | None = None
    description: str | None = None
    format: str | None = None
    language: str | None = None
    publisher: str | None = None
    rights: str | None = None
    title: str | None = None
    updated: list[UpdateInfo] | None = None
    valid: Interval | None = None


class Region(_Open):
    description: str | None = None
    energy_areas: list[OpenEnergyArea]


class GeographicalRegion(_Open):
    description: str | None = None
    regions: list[Region]


class DataProduct(_Open):
    """Root of v2.1: a region per operator."""

    conforms_to: str
    identifier: str
    version: Annotated[str, Field(pattern=r"^2\.")]
    geographical_regions: list[GeographicalRegion]


Document = HeatmapDataSet | DataProduct


def is_information_model(parsed: Any) -> bool:
    known = parsed.get("conforms_to") if isinstance(parsed, dict) else None
    return isinstance(known, str) and "capaciteitskaart" in known


def read_document(file: str, parsed: Mapping[str, Any]) -> Document:
    """A parsed file by the version that it names; InputError holds every problem, with the path of its key."""
    kind: type[Document] = HeatmapDataSet if "energy_areas" in parsed else DataProduct
    try:
        return kind.model_validate(parsed)
    except ValidationError as error:
        raise InputError(
            [
                Problem(
                    file,
                    None,
                    ".".join(str(part) for part in detail["loc"]),
                    sentence("problem.not_allowed"),
                    as_seen(detail["input"]) if detail["type"] != "missing" else sentence("found.nothing"),
                    sentence("expected.by_information_model", rule=detail["msg"], version=_version(kind)),
                    sentence("remedy.download_anew"),
                )
                for detail in error.errors(include_url=False)
            ]
        ) from None


def _version(kind: type[Document]) -> str:
    return "1.3" if kind is HeatmapDataSet else "2.1"


def document_text(document: Document) -> str:
    """As JSON; keys that were not set are not written."""
    content = document.model_dump(mode="json", exclude_unset=True)
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
