"""What a person writes: one pydantic model per row of a table. Field descriptions feed the JSON Schema and the docs.

Conventions: ids are short texts; months of the calendar are written YYYY-MM (or a full date, or a year = January);
lists are separated by blanks or `;`; power is MW, feed-in and demand are both positive numbers with a `direction`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Direction(StrEnum):
    DEMAND = "demand"
    FEED_IN = "feed_in"


class Carrier(StrEnum):
    ELECTRICITY = "electricity"
    HEAT = "heat"
    HYDROGEN = "hydrogen"
    GAS = "gas"


class Maturity(StrEnum):
    RESEARCH = "research"
    EXPLORATION = "exploration"
    CONCRETE = "concrete"


class Stage(StrEnum):
    INITIATION = "initiation"
    DESIGN = "design"
    EXECUTION = "execution"


class Phase(StrEnum):
    STUDY = "study"
    PERMIT = "permit"
    LAND = "land"
    PROCUREMENT = "procurement"
    BUILD = "build"


class ChangeAction(StrEnum):
    """Reversible changes; the columns that each needs are named in `ProjectChange`."""

    ADD_BUS = "add_bus"
    ADD_LINE = "add_line"
    REPLACE_LINE = "replace_line"
    ADD_TRAFO = "add_trafo"
    REPLACE_TRAFO = "replace_trafo"
    SWITCH_ELEMENT = "switch_element"
    TRANSFER_LOAD = "transfer_load"
    CHANGE_DEMAND = "change_demand"
    CHANGE_FEED_IN = "change_feed_in"
    OUT_FOR_WORKS = "out_for_works"


class ConnectionClass(StrEnum):
    SMALL = "small"
    LARGE = "large"


class CrewKind(StrEnum):
    CREW = "crew"
    PERMIT_DESK = "permit_desk"


class Lever(StrEnum):
    PROVINCE = "province"
    MUNICIPALITY = "municipality"
    OPERATOR = "operator"
    STATE = "state"


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


Share = Annotated[float, Field(ge=0.0, le=1.0)]
NonNegative = Annotated[float, Field(ge=0.0)]
Positive = Annotated[float, Field(gt=0.0)]
Year = Annotated[int, Field(ge=1990, le=2100)]
Texts = Annotated[tuple[str, ...], Field(description="list separated by blanks or ;")]


class Station(Row):
    """A named group of buses where load and generation connect."""

    station_id: str
    name: str
    buses: Annotated[
        tuple[int, ...], Field(min_length=1, description="pandapower bus indices; connections attach to the first")
    ]
    operator_id: str = ""
    municipality_id: str = ""
    province_id: str = ""
    areas: Texts = ()
    longitude: Annotated[float | None, Field(ge=-180, le=180)] = None
    latitude: Annotated[float | None, Field(ge=-90, le=90)] = None


class Load(Row):
    """Existing connections of one sector at one station: what cannot be refused (autonomous)."""

    load_id: str
    station_id: str
    sector: str
    direction: Direction
    p_mw: Annotated[float, Field(ge=0, description="annual peak in the base year, MW (profile value 1)")]
    contracted_unused_mw: Annotated[float, Field(ge=0, description="contracted but not yet used, MW")] = 0.0
    uptake_end_year: Annotated[
        Year | None, Field(description="unused contract is taken up linearly until this year")
    ] = None
    profile: str
    power_factor: Annotated[float, Field(gt=0, le=1)] = 0.98
    exempt_feed_in: Annotated[bool, Field(description="feed-in that may be taken off after a fault")] = True


class Project(Row):
    """A project that competes for people, permits and money; its grid changes stand in `project_changes`."""

    project_id: str
    name: str
    operator_id: Annotated[str, Field(description="who executes it (budget and order of this operator)")]
    region: Annotated[str, Field(description="region of the crews it draws on; blank = any")] = ""
    province_id: str = ""
    municipality_id: str = ""
    station_id: str = ""
    carrier: Carrier = Carrier.ELECTRICITY
    maturity: Maturity
    stage: Stage = Stage.INITIATION
    tier: Annotated[
        int, Field(ge=0, le=3, description="0 running works, 1 offshore landing, 2 MIEK/pMIEK status, 3 the rest")
    ] = 3
    safety: Annotated[bool, Field(description="safety or security of supply: stays where the operator puts it")] = False
    operator_rank: Annotated[int | None, Field(ge=1, description="place in the order of its operator, 1 first")] = None
    need_year: Year | None = None
    request_date: Annotated[str | None, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] = None
    listed: bool = False
    status: bool = False
    status_from: Annotated[
        str | None, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", description="month from which the status works")
    ] = None
    support_permit_months: Annotated[int, Field(ge=0, description="permit months saved by status through support")] = 0
    support_land_months: Annotated[int, Field(ge=0, description="land months saved by status through support")] = 0
    cost_meur: NonNegative = 0.0
    requires: Annotated[Texts, Field(description="projects that must be in service before this one is built")] = ()
    excludes: Annotated[
        Texts, Field(description="projects of which only one is built; the first in the order wins")
    ] = ()
    decide_by_year: Year | None = None
    longitude: float | None = None
    latitude: float | None = None
    decision: str = ""
    decided_by: str = ""
    decided_on: str = ""
    document: str = ""
    reason: str = ""
    note: Annotated[str, Field(description="source or assumption, in words")] = ""


class ProjectPhase(Row):
    """One phase of a project; phases follow each other in the order study, permit, land, procurement, build
    unless `after` says otherwise (`permit` and `land` may run side by side when both are after `study`)."""

    project_id: str
    phase: Phase
    duration_months: Annotated[int, Field(ge=0)]
    after: Annotated[
        tuple[Phase, ...] | None,
        Field(
            description="phases of the same project that must be finished; blank = the one before; 'none' = no phase"
        ),
    ] = None
    lag_months: Annotated[int, Field(ge=0, description="waiting time after the last predecessor")] = 0
    crews: Annotated[str, Field(description="crew_type:units per month, e.g. 'hv_primary:2 civil:1'")] = ""
    start: Annotated[
        str | None, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", description="fixed start of running works (YYYY-MM)")
    ] = None
    earliest: Annotated[
        str | None, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", description="not before this month")
    ] = None
    work_months: Annotated[
        tuple[int, ...],
        Field(
            description="calendar months in which the phase may run, e.g. '4 5 6 7 8 9'; blank = all; it pauses in the others"
        ),
    ] = ()
    cost_share: Annotated[
        float, Field(ge=0, le=1, description="share of the project's cost spent evenly over this phase")
    ] = 0.0
    delay_mean_months: Annotated[float, Field(ge=0, description="mean of the drawn delay (gamma)")] = 0.0
    delay_sd_months: Annotated[float, Field(ge=0, description="standard deviation of the drawn delay")] = 0.0
    lever: Annotated[Lever | None, Field(description="who can shorten it")] = None


class ProjectChange(Row):
    """One reversible change. Which columns an action needs:

    add_bus: bus (new index), vn_kv, station_id optional; add_line: from_bus, to_bus, std_type, length_km, parallel;
    replace_line: element, std_type, parallel (uprating: same route, other conductor); add_trafo: from_bus (hv),
    to_bus (lv), std_type, parallel; replace_trafo: element, std_type, parallel;
    switch_element: element as 'switch:7', closed; transfer_load: station_id, to_station_id, share;
    change_demand / change_feed_in: station_id, p_mw (signed), profile; out_for_works: element, during phase build.
    """

    project_id: str
    action: ChangeAction
    element: Annotated[str, Field(description="existing element as table:index, e.g. line:12")] = ""
    bus: int | None = None
    from_bus: int | None = None
    to_bus: int | None = None
    vn_kv: Positive | None = None
    std_type: str = ""
    length_km: Positive | None = None
    parallel: Annotated[int, Field(ge=1)] = 1
    closed: bool | None = None
    station_id: str = ""
    to_station_id: str = ""
    share: Share | None = None
    p_mw: float | None = None
    profile: str = ""


class Crew(Row):
    """A scarce team or permit desk: whole or fractional units per month."""

    crew_type: str
    region: Annotated[str, Field(description="blank = works everywhere")] = ""
    kind: CrewKind = CrewKind.CREW
    units: Annotated[float, Field(ge=0, description="units available per month in the first year")]
    growth_per_year: Annotated[float, Field(description="units added each later year")] = 0.0
    share_taken: Annotated[float, Field(ge=0, le=1, description="share used by replacement and customer work")] = 0.0
    lever: Lever = Lever.OPERATOR


class Budget(Row):
    operator_id: str
    year: Year
    budget_meur: NonNegative


class Development(Row):
    """A spatial plan that wants capacity and can be made to wait."""

    development_id: str
    name: str
    station_id: str
    municipality_id: str = ""
    sector: str
    direction: Direction
    p_mw: Annotated[
        float | None,
        Field(gt=0, description="wished capacity at the station, MW; blank = from `size` and `mw_per_unit`"),
    ] = None
    size: Annotated[float | None, Field(gt=0, description="dwellings, hectares, charging points, ... ")] = None
    mw_per_unit: Annotated[float | None, Field(gt=0, description="MW per unit of size after coincidence")] = None
    dwellings: Annotated[int, Field(ge=0)] = 0
    profile: str
    power_factor: Annotated[float, Field(gt=0, le=1)] = 0.98
    requested_year: Year
    ramp_years: Annotated[int, Field(ge=0, description="years over which the wish grows to its full size")] = 0
    connection_lead_months: Annotated[int, Field(ge=0)] = 0
    connection_class: ConnectionClass = ConnectionClass.LARGE
    acm_category: Annotated[int | None, Field(ge=1, le=3)] = None
    request_date: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
    firm: Annotated[bool, Field(description="all or nothing")] = False
    exempt_feed_in: bool = True
    note: str = ""


class Scenario(Row):
    scenario_id: str
    name: str
    weight: Annotated[float | None, Field(ge=0, description="only when the user has one; all or none")] = None
    note: str = ""


class Growth(Row):
    """Growth of existing connections against the base year; years between are interpolated, outside held."""

    scenario_id: str
    sector: str
    year: Year
    factor: NonNegative


class Driver(Row):
    """A switchable influence that multiplies sectors in all scenarios (hydrogen, defence, housing pace, ...)."""

    driver_id: str
    sector: str
    year: Year
    factor: NonNegative


class Area(Row):
    area_id: str
    name: str
    kind: str = ""


class Municipality(Row):
    """Properties of one feature of `municipalities.geojson`."""

    municipality_id: str
    name: str
    province_id: str = ""


TABLES: dict[str, type[Row]] = {
    "stations": Station,
    "loads": Load,
    "projects": Project,
    "project_phases": ProjectPhase,
    "project_changes": ProjectChange,
    "crews": Crew,
    "budgets": Budget,
    "developments": Development,
    "scenarios": Scenario,
    "growth": Growth,
    "drivers": Driver,
    "areas": Area,
}
"""Tables by file or sheet name; `profiles` is wide (one column per profile, one row per time step) and read apart."""
