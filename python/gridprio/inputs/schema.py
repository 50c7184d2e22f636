"""What a person writes: one pydantic model per row of a table. Field descriptions feed the JSON Schema and the docs.

Conventions: ids are short texts; months of the calendar are written YYYY-MM (or a full date, or a year = January);
lists are separated by blanks or `;`; power is MW, feed-in and demand are both positive numbers with a `direction`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from gridprio.inputs import columns as of
from gridprio.inputs.columns import CalendarMonth, Id, Month, Name, Row, Share, Text, Texts, Year, units_checked
from gridprio.inputs.enumerations import (
    Carrier,
    ChangeAction,
    ConnectionClass,
    Direction,
    Lever,
    Maturity,
    Phase,
    PublishedClass,
    Stage,
)
from gridprio.inputs.measurement_table import Measurement
from gridprio.inputs.outage_actions import Closes, Opens, Outage, OutageAction, Taps
from gridprio.inputs.queue_rules import QueueRule
from gridprio.inputs.ratings import GroupLimit, LimitMva, SeasonalRating, TemperatureRating
from gridprio.inputs.resource_tables import Budget, Crew, Delivery
from gridprio.inputs.scenario_tables import Assumption, Driver, Growth, Scenario
from gridprio.inputs.security_rules import SecurityRule
from gridprio.inputs.spatial_tables import KeyFigure, SpatialPlan
from gridprio.inputs.station_tables import Area, ProjectCapacity, StationCapacity
from gridprio.inputs.weighing import Criterion, Principle, Score


class Station(Row):
    """A named group of buses where load and generation connect."""

    station_id: Annotated[Id, Field(description="short unique name")]
    name: Annotated[Text, Field(description="name that people read")]
    buses: Annotated[
        tuple[of.BusIndex, ...],
        Field(description="pandapower bus indices; connections attach to the first; blank in a study of stations"),
    ] = ()
    operator_id: Annotated[Name, Field(description="grid operator of the station")] = ""
    municipality_id: Annotated[Name, Field(description="municipality it stands in")] = ""
    province_id: Annotated[Name, Field(description="province it stands in")] = ""
    areas: Annotated[Texts, Field(description="feeding areas, energy hubs, business parks, regions it belongs to")] = ()
    longitude: Annotated[of.Longitude | None, Field(description="degree, WGS84")] = None
    latitude: Annotated[of.Latitude | None, Field(description="degree, WGS84")] = None
    published_class_demand: Annotated[
        PublishedClass | None, Field(description="official colour for demand; decides nothing, beside the computed one")
    ] = None
    published_class_feed_in: Annotated[PublishedClass | None, Field(description="the same for feed-in")] = None
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False


class Load(Row):
    """Existing connections of one sector at one station: what cannot be refused (autonomous)."""

    load_id: Annotated[Id, Field(description="short unique name")]
    station_id: Annotated[Id, Field(description="station where it is connected")]
    sector: Annotated[Id, Field(description="sector that growth and drivers act on, such as households or industry")]
    direction: Annotated[Direction, Field(description="takes from (demand) or feeds into (feed_in) the grid")]
    p_mw: Annotated[of.PeakMw, Field(description="annual peak in the base year, MW (profile value 1)")]
    contracted_unused_mw: Annotated[of.PeakMw, Field(description="contracted but not yet used, MW")] = 0.0
    uptake_end_year: Annotated[
        Year | None, Field(description="unused contract is taken up linearly until this year")
    ] = None
    profile: Annotated[Id, Field(description="column of profiles")]
    power_factor: Annotated[
        of.PowerFactor, Field(description="cos phi; demand draws reactive power, feed-in delivers it")
    ] = 0.98
    exempt_feed_in: Annotated[bool, Field(description="feed-in that may be taken off after a fault")] = True


class Project(Row):
    """A project that competes for people, permits and money; its grid changes stand in `project_changes`.

    A project without phases (most research) informs and is not planned.
    """

    project_id: Annotated[Id, Field(description="short unique name")]
    name: Annotated[Text, Field(description="name that people read")]
    operator_id: Annotated[Id, Field(description="who executes it (budget and order of this operator)")]
    region: Annotated[Name, Field(description="region of the crews it draws on; blank = any")] = ""
    province_id: Annotated[Name, Field(description="province that weighs it")] = ""
    province_shares: Annotated[
        Text,
        Field(
            description="provinces that share it with the part of each, e.g. 'north:0.6 south:0.4'; blank = province_id"
        ),
        units_checked("province_id"),
    ] = ""
    municipality_id: Annotated[Name, Field(description="municipality where it is built")] = ""
    station_id: Annotated[
        Name, Field(description="station that it belongs to, for the map and the months of its areas without works")
    ] = ""
    carrier: Annotated[
        Carrier, Field(description="energy carrier; status of electricity projects does not move other carriers")
    ] = Carrier.ELECTRICITY
    maturity: Annotated[Maturity, Field(description="how far it is thought out")]
    stage: Annotated[Stage, Field(description="how far the operator is")] = Stage.INITIATION
    tier: Annotated[
        int, Field(ge=0, le=3, description="0 running works, 1 offshore landing, 2 MIEK/pMIEK status, 3 the rest")
    ] = 3
    safety: Annotated[bool, Field(description="safety or security of supply: stays where the operator puts it")] = False
    operator_rank: Annotated[
        int | None, Field(ge=1, le=100_000, description="place in the order of its operator, 1 first")
    ] = None
    need_year: Annotated[Year | None, Field(description="year in which it is needed, for the reconstructed order")] = (
        None
    )
    request_date: Annotated[Month | None, Field(description="date on which it was asked for")] = None
    listed: Annotated[bool, Field(description="described in the pMIEK; left out, a project with status is listed")] = (
        False
    )
    status: Annotated[bool, Field(description="has pMIEK status (the label), not only listed")] = False
    status_from: Annotated[Month | None, Field(description="month from which the status works")] = None
    support_permit_months: Annotated[of.Months, Field(description="permit months saved by status through support")] = 0
    support_land_months: Annotated[of.Months, Field(description="land months saved by status through support")] = 0
    cost_meur: Annotated[of.CostMeur, Field(description="capital cost, million euro of price_year")] = 0.0
    requires: Annotated[Texts, Field(description="projects that must be in service before this one is built")] = ()
    excludes: Annotated[
        Texts, Field(description="projects of which only one is built; the first in the order wins")
    ] = ()
    size_of: Annotated[
        Name,
        Field(
            description="name that the sizes of one project share; of these the first in the order that fits in the "
            "horizon is built"
        ),
    ] = ""
    security_groups: Annotated[
        Texts, Field(description="works on site of two projects in one group are never going on in the same month")
    ] = ()
    until: Annotated[
        Month | None, Field(description="a temporary solution: in service until this month, then removed")
    ] = None
    until_projects: Annotated[
        Texts, Field(description="a temporary solution: removed when the first of these projects is in service")
    ] = ()
    land_ha: Annotated[of.LandHa, Field(description="land that it needs, hectares")] = 0.0
    planning_status: Annotated[
        Text, Field(description="how far the land use plan is, e.g. reserved, in procedure, none")
    ] = ""
    decide_by_year: Annotated[
        Year | None, Field(description="year in which must be decided, for projects that are not planned yet")
    ] = None
    informs: Annotated[
        Text,
        Field(description="what a project that changes neither grid nor demand informs: a decision, other projects"),
    ] = ""
    delivered_on: Annotated[
        Month | None,
        Field(
            description="month in which it came into service; a delivered project has no phases and no changes, since "
            "the grid holds it"
        ),
    ] = None
    longitude: Annotated[of.Longitude | None, Field(description="degree, WGS84")] = None
    latitude: Annotated[of.Latitude | None, Field(description="degree, WGS84")] = None
    decision: Annotated[Text, Field(description="what was decided about it")] = ""
    decided_by: Annotated[Text, Field(description="who decided")] = ""
    decided_on: Annotated[Text, Field(description="when")] = ""
    document: Annotated[Text, Field(description="where the decision stands")] = ""
    reason: Annotated[Text, Field(description="why, in the words of the decision")] = ""
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False

    @model_validator(mode="before")
    @classmethod
    def _status_implies_listed(cls, given: Any) -> Any:
        if isinstance(given, dict) and "listed" not in given and "status" in given:
            return {**given, "listed": given["status"]}
        return given


class ProjectPhase(Row):
    """One phase of a project; phases follow each other in the order study, permit, land, procurement, build
    unless `after` says otherwise (`permit` and `land` may run side by side when both are after `study`)."""

    project_id: Annotated[Id, Field(description="project it is part of")]
    phase: Annotated[Phase, Field(description="which phase; each once per project")]
    duration_months: Annotated[of.Months, Field(description="months of work without delay")]
    after: Annotated[
        tuple[Phase, ...] | None,
        Field(
            description="phases of the same project that must be finished; blank = the one before; 'none' = no phase"
        ),
    ] = None
    lag_months: Annotated[of.Months, Field(description="waiting time after the last predecessor")] = 0
    crews: Annotated[
        Text,
        Field(description="crew_type:units per month, e.g. 'hv_primary:2 civil:1'"),
        units_checked("crew_type"),
    ] = ""
    materials: Annotated[
        Text,
        Field(description="material:units drawn from the deliveries of the year in which it starts, e.g. 'trafo:1'"),
        units_checked("material"),
    ] = ""
    valid_months: Annotated[
        of.Months | None,
        Field(
            description="a phase after this one must start within so many months of its end, e.g. of a permit that "
            "lapses; blank = it does not lapse"
        ),
    ] = None
    start: Annotated[Month | None, Field(description="fixed start of running works (YYYY-MM)")] = None
    earliest: Annotated[Month | None, Field(description="not before this month")] = None
    work_months: Annotated[
        tuple[CalendarMonth, ...],
        Field(
            description="calendar months in which it may run, e.g. '4 5 6 7 8 9'; blank = all; it pauses in the others"
        ),
    ] = ()
    cost_share: Annotated[
        Share,
        Field(description="share of the project's cost, spent evenly over this phase; 0 in all phases = all on build"),
    ] = 0.0
    delay_mean_months: Annotated[of.DelayMonths, Field(description="mean of the drawn delay (gamma)")] = 0.0
    delay_sd_months: Annotated[of.DelayMonths, Field(description="standard deviation of the drawn delay")] = 0.0
    lever: Annotated[Lever | None, Field(description="who can shorten it")] = None
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False


class ProjectChange(Row):
    """One reversible change of the grid or of the demand; the action says which columns it needs.

    add_bus: bus (new index), vn_kv, station_id optional; add_line: from_bus, to_bus, std_type, length_km, parallel;
    replace_line: element, std_type, parallel (uprating: same route, other conductor); add_trafo: from_bus (hv),
    to_bus (lv), std_type, parallel; replace_trafo: element, std_type, parallel;
    switch_element: element as 'switch:7', closed; transfer_load: station_id, to_station_id, share;
    change_demand / change_feed_in: station_id, p_mw (signed), profile; flexible_contract: development_id and either
    hours_percent or hours_of_day; group_contract: members, p_mw (right that they share); storage: station_id or members
    (of a group_contract), p_mw, e_mwh, efficiency_percent; out_for_works: element, during phase build;
    raise_group_limit: group_limit_id, limit_mva; after_outage: outage, and closes, opens or taps. A line or transformer
    that is added may name the group it belongs to; a replacement takes over its place.
    """

    project_id: Annotated[Id, Field(description="project it is part of")]
    action: Annotated[ChangeAction, Field(description="what changes")]
    element: Annotated[Name, Field(description="existing element as table:index, e.g. line:12")] = ""
    bus: Annotated[of.BusIndex | None, Field(description="index of the new bus")] = None
    from_bus: Annotated[of.BusIndex | None, Field(description="bus index; high-voltage side of a transformer")] = None
    to_bus: Annotated[of.BusIndex | None, Field(description="bus index; low-voltage side of a transformer")] = None
    vn_kv: Annotated[of.NominalKv | None, Field(description="nominal voltage of the new bus, kV")] = None
    std_type: Annotated[Name, Field(description="type from the library")] = ""
    length_km: Annotated[of.LengthKm | None, Field(description="length of the new line, km")] = None
    parallel: Annotated[int, Field(ge=1, le=100, description="number of systems side by side")] = 1
    closed: Annotated[bool | None, Field(description="position after the change")] = None
    station_id: Annotated[Name, Field(description="station that gains or loses load, or has the storage")] = ""
    to_station_id: Annotated[Name, Field(description="station that takes over the load")] = ""
    share: Annotated[Share | None, Field(description="part of the load that moves, 0 to 1")] = None
    p_mw: Annotated[
        of.ChangeMw | None,
        Field(
            description="change of the annual peak, MW, negative where it falls; right of a group; power of a storage"
        ),
    ] = None
    profile: Annotated[Name, Field(description="column of profiles")] = ""
    development_id: Annotated[Name, Field(description="request that has the contract")] = ""
    members: Annotated[
        of.Texts, Field(description="requests of one station that share a right to transport, or a storage behind it")
    ] = ()
    hours_percent: Annotated[
        float | None,
        Field(ge=1.0, le=100.0, description="hours of a year with the right to transport, percent, e.g. 85"),
    ] = None
    hours_of_day: Annotated[
        tuple[of.HourOfDay, ...], Field(description="hours with the right to transport, 0 is from 00:00 to 01:00")
    ] = ()
    group_limit_id: Annotated[
        Name, Field(description="group whose limit rises, or that the added line or transformer belongs to")
    ] = ""
    limit_mva: Annotated[
        LimitMva | None, Field(description="limit of the group from then on, MVA; of several projects the highest")
    ] = None
    outage: Outage = ""
    closes: Closes = ()
    opens: Opens = ()
    taps: Taps = ()
    e_mwh: Annotated[of.EnergyMwh | None, Field(description="energy that a full storage can deliver, MWh")] = None
    efficiency_percent: Annotated[
        float, Field(ge=20.0, le=100.0, description="energy that a storage delivers of what it draws, percent")
    ] = 85.0


class Development(Row):
    """A spatial plan that wants capacity and can be made to wait."""

    development_id: Annotated[Id, Field(description="short unique name")]
    name: Annotated[Text, Field(description="name that people read")]
    station_id: Annotated[Id, Field(description="station where it wants to connect")]
    municipality_id: Annotated[Name, Field(description="municipality where it is built")] = ""
    sector: Annotated[Id, Field(description="sector, such as dwellings or industry")]
    direction: Annotated[Direction, Field(description="takes from (demand) or feeds into (feed_in) the grid")]
    p_mw: Annotated[
        of.RequestMw | None,
        Field(description="requested capacity at the station, MW; blank = from `size` and `mw_per_unit`"),
    ] = None
    size: Annotated[float | None, Field(ge=0.001, le=1e7, description="dwellings, hectares, charging points, ... ")] = (
        None
    )
    mw_per_unit: Annotated[of.RequestMw | None, Field(description="MW per unit of size after coincidence")] = None
    key_figure_id: Annotated[
        Name, Field(description="key figure that gives mw_per_unit, and the profile where that is blank")
    ] = ""
    dwellings: Annotated[int, Field(ge=0, le=10_000_000, description="dwellings that wait for it")] = 0
    profile: Annotated[
        Name, Field(description="column of profiles; blank, in a study of stations, is a level load")
    ] = ""
    power_factor: Annotated[
        of.PowerFactor, Field(description="cos phi; demand draws reactive power, feed-in delivers it")
    ] = 0.98
    requested_year: Annotated[Year, Field(description="first year in which it wants capacity")]
    ramp_years: Annotated[
        int, Field(ge=0, le=50, description="years over which the request grows to its full size")
    ] = 0
    connection_lead_months: Annotated[
        of.Months, Field(description="months of connecting, from January of requested_year, beside works on the grid")
    ] = 0
    connection_class: Annotated[ConnectionClass, Field(description="small (kleinverbruik) or large")] = (
        ConnectionClass.LARGE
    )
    acm_category: Annotated[
        of.AcmCategory | None,
        Field(description="for requests without purpose: 1 congestion softener, 2 safety, 3 basic needs; blank = none"),
    ] = None
    purpose: Annotated[
        Name,
        Field(
            description="purpose as queue_rules names it: congestion_softener, safety, dwellings, education, care, "
            "drinking_water, heat, ...; blank = none that gives priority"
        ),
    ] = ""
    contract_from: Annotated[
        Month | None, Field(description="month from which it softens congestion by contract with its operator")
    ] = None
    municipality_rank: Annotated[
        int | None, Field(ge=1, le=100_000, description="place in the order list of its municipality, 1 first")
    ] = None
    request_date: Annotated[Month, Field(description="place in the queue")]
    firm: Annotated[bool, Field(description="all or nothing")] = False
    exempt_feed_in: Annotated[bool, Field(description="feed-in that may be taken off after a fault")] = True
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False


def full_request_mw(development: Development) -> float:
    """`p_mw`, else size times MW per unit (after coincidence)."""
    if development.p_mw is not None:
        return development.p_mw
    assert development.size is not None
    assert development.mw_per_unit is not None
    return development.size * development.mw_per_unit


TABLES: dict[str, type[Row]] = {
    "stations": Station,
    "loads": Load,
    "projects": Project,
    "project_phases": ProjectPhase,
    "project_changes": ProjectChange,
    "seasonal_ratings": SeasonalRating,
    "temperature_ratings": TemperatureRating,
    "group_limits": GroupLimit,
    "security_rules": SecurityRule,
    "outage_actions": OutageAction,
    "crews": Crew,
    "budgets": Budget,
    "deliveries": Delivery,
    "developments": Development,
    "queue_rules": QueueRule,
    "spatial_plans": SpatialPlan,
    "key_figures": KeyFigure,
    "scenarios": Scenario,
    "growth": Growth,
    "drivers": Driver,
    "assumptions": Assumption,
    "areas": Area,
    "station_capacity": StationCapacity,
    "project_capacity": ProjectCapacity,
    "criteria": Criterion,
    "scores": Score,
    "principles": Principle,
    "measurements": Measurement,
}
"""Tables by file or sheet name; `profiles` is wide (one column per profile, one row per time step) and read apart."""
