"""What projects compete for: crews, permit desks, money and material."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gridprio.inputs import columns as of
from gridprio.inputs.columns import Id, Name, Row, Share, Year
from gridprio.inputs.enumerations import CrewKind, Lever


class Crew(Row):
    """A scarce team or permit desk: whole or fractional units per month."""

    crew_type: Annotated[Id, Field(description="name that phases use")]
    region: Annotated[Name, Field(description="blank = works everywhere")] = ""
    kind: Annotated[CrewKind, Field(description="team of people or desk that handles permits")] = CrewKind.CREW
    units: Annotated[of.Units, Field(description="units available per month in the first year")]
    growth_per_year: Annotated[of.UnitsChange, Field(description="units added each later year")] = 0.0
    share_taken: Annotated[Share, Field(description="share used by replacement and customer work")] = 0.0
    lever: Annotated[
        Lever | None, Field(description="who can enlarge it; blank = operator for a crew, province for a permit desk")
    ] = None


class Budget(Row):
    """What an operator can spend on its projects in a calendar year."""

    operator_id: Annotated[Id, Field(description="operator whose projects share it")]
    year: Annotated[Year, Field(description="year in which it can be spent")]
    budget_meur: Annotated[of.CostMeur, Field(description="million euro")]


class Delivery(Row):
    """Scarce material, such as transformers of a kind: what can be delivered in a calendar year."""

    material: Annotated[Id, Field(description="name that phases use")]
    operator_id: Annotated[Name, Field(description="operator to whom it is delivered; blank = whoever needs it")] = ""
    year: Annotated[Year, Field(description="year in which it can be drawn; what is left is gone")]
    units: Annotated[of.Units, Field(description="units delivered")]
