"""Every parameter of a study once: default, bounds, unit and help. CLI help, JSON Schema and docs come from here.

The same names stand in `study.toml` under [settings], after `--set`, in the manifest and in the kernels.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model

from gridprio.inputs import columns as of
from gridprio.inputs.columns import Id, Month, Name, Sentences, Share, Text, Texts, Year
from gridprio.model.metrics import DEFINITIONS

Plans = Annotated[int, Field(ge=0, le=100_000)]
StatusRule = Literal["head_start", "tiers", "reserved_share"]
Model = TypeVar("Model", bound=BaseModel)


def with_metrics(settings: type[Model]) -> type[Model]:
    """The settings, followed by the margins and the weights of all metrics."""
    fields = {
        margin.setting: Field(
            margin.default,
            ge=1e-6,
            le=1e9,
            description=f"change of {margin.change} that counts as negligible, {margin.unit}",
        )
        for margin in (metric.margin for metric in DEFINITIONS)
    }
    fields |= {
        metric.weight_setting: Field(metric.weight, ge=0, le=1e6, description=f"search: points per {metric.points_per}")
        for metric in DEFINITIONS
    }
    numbers: dict[str, Any] = {name: (float, field) for name, field in fields.items()}
    return create_model(settings.__name__, __base__=settings, __module__=settings.__module__, **numbers)


@with_metrics
class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    start_year: Annotated[Year, Field(description="first year of the horizon")] = 2026
    end_year: Annotated[Year, Field(description="last year of the horizon, inclusive")] = 2040

    order_basis: Annotated[
        Literal["before_status", "after_status", "unknown"],
        Field(description="whether the operator's order already contains the weighing of status"),
    ] = "unknown"
    rule: Annotated[
        StatusRule,
        Field(description="how status moves a project in the operator's order"),
    ] = "head_start"
    bindingness: Annotated[
        Share,
        Field(description="strength of rule head_start: key = rank - bindingness x n; 0 = status does nothing"),
    ] = 0.5
    bindingness_by_operator: Annotated[
        dict[Id, Share], Field(max_length=1000, description="bindingness per operator_id where it differs")
    ] = Field(default_factory=dict)
    reserved_share: Annotated[
        Share, Field(description="share of each crew kept for status projects under rule reserved_share")
    ] = 0.3
    status_from: Annotated[
        Month,
        Field(description="month from which status works where a project names none"),
    ] = "2026-01"

    hours: Annotated[Literal["representative", "all"], Field(description="hours per year that are simulated")] = (
        "representative"
    )
    hours_per_month: Annotated[
        int,
        Field(ge=2, le=744, description="representative hours per calendar month and area; always holds the extremes"),
    ] = 5
    hours_check_years: Annotated[
        int,
        Field(
            ge=0,
            le=100,
            description="years in which a run compares its representative hours with all hours; 0 = not at all",
        ),
    ] = 1
    loading_limit_percent: Annotated[
        float,
        Field(
            ge=1,
            le=1000,
            description="loading above which a branch is overloaded, percent; of the limit of its own where the grid "
            "gives one",
        ),
    ] = 100.0
    emergency_limit_percent: Annotated[
        float,
        Field(
            ge=1,
            le=1000,
            description="loading limit after an outage, percent of that of the intact grid, for branches to which the "
            "grid gives no emergency limit",
        ),
    ] = 100.0
    security_min_kv: Annotated[
        float,
        Field(
            ge=0,
            le=10_000,
            description="elements at or above this voltage must be able to fail one at a time in demand cases, kV; "
            "table security_rules takes its place",
        ),
    ] = 110.0
    interruption_max_mw: Annotated[
        of.PeakMw,
        Field(
            description="demand that a single outage may interrupt without counting as insecure, MW; also of rules in "
            "security_rules that say nothing else"
        ),
    ] = 100.0
    maintenance_outages: Annotated[
        bool,
        Field(
            description="single outages also with one other circuit out for maintenance, April to September; table "
            "security_rules takes its place"
        ),
    ] = False
    voltage_limits: Annotated[
        Literal["off", "report", "hold"],
        Field(
            description="headroom by the voltage limits of the grid: off = not worked out, report = in columns of its "
            "own (in representative hours), hold = also in headroom_mw, its class and what limits"
        ),
    ] = "report"
    taps: Annotated[
        Literal["fixed", "acting"],
        Field(
            description="tap changers and machines in every case: as the grid has them, or moved by its controllers "
            "and reactive limits, for about a hundred times the calculation"
        ),
    ] = "fixed"
    secure_works: Annotated[
        bool,
        Field(description="works on site only go on in months in which they add no insecure hour to the grid as given"),
    ] = False

    draws: Annotated[
        int,
        Field(
            ge=1,
            le=100_000,
            description="delay draws per order before a run looks at what they say, common to all orders; table `plan` "
            "holds these",
        ),
    ] = 20
    max_draws: Annotated[
        int,
        Field(
            ge=1,
            le=100_000,
            description="a run draws on, doubling, until the verdicts of its page are settled or it has made so many "
            "draws; no more than `draws` = never",
        ),
    ] = 640
    placebo_lists: Annotated[
        int,
        Field(
            ge=0,
            le=10_000,
            description="random lists, of as many projects per operator and carrier as have status, beside the effect "
            "of the real one; 0 = none",
        ),
    ] = 30
    curve_lists: Annotated[
        int,
        Field(
            ge=0,
            le=10_000,
            description="random lists beside the real one in the curves of dilution and bindingness; 39 is the least "
            "that gives a band at a `confidence` of 0.95; 0 = no curves",
        ),
    ] = 0
    curve_draws: Annotated[int, Field(ge=1, le=100_000, description="delay draws of the curves")] = 50
    seed: Annotated[int, Field(ge=0, le=2**53 - 1, description="seed of every random number")] = 0
    confidence: Annotated[float, Field(ge=0.5, le=0.9999, description="level of intervals")] = 0.95

    sensitivity: Annotated[
        bool,
        Field(
            description="switch every driver, and change every assumption within its range, one by one, and say which "
            "verdict turns"
        ),
    ] = False

    discount_rate: Annotated[float, Field(ge=0, le=0.5, description="real discount rate per year")] = 0.0225
    price_year: Annotated[Year, Field(description="year to which costs are discounted")] = 2026
    congestion_cost_eur_per_mwh: Annotated[
        float,
        Field(
            ge=0,
            le=100_000,
            description="cost of one MVAh of overload, EUR; an assumption unless the user has a figure",
        ),
    ] = 100.0

    search_scenario: Annotated[
        Name,
        Field(description="scenario_id that the search looks at; empty = all, by their weights, else equal shares"),
    ] = ""
    search_draws: Annotated[
        Plans, Field(description="first delay draws on which the search judges an order; 0 = planned dates")
    ] = 0
    search_orders: Annotated[
        Plans, Field(description="orders that a run tries to find a better one; 0 = no search")
    ] = 40
    random_orders: Annotated[Plans, Field(description="random lists that a search compares with")] = 10
    shapley_blocks: Annotated[
        Plans,
        Field(
            description="independent sets of four random orders of entry from which Shapley values are sampled where "
            "they cannot be exact; 1 gives no interval, 0 = no contributions",
        ),
    ] = 8
    price_orders: Annotated[
        Plans, Field(description="orders that a search tries anew for each shadow price; 0 = orders as they are")
    ] = 0
    bound_states: Annotated[
        int,
        Field(
            ge=0,
            le=1_000_000,
            description="states of an area in a year that the bound of a search may simulate, beside areas that are "
            "tabulated; 0 = no others",
        ),
    ] = 50
    table_states: Annotated[
        int,
        Field(
            ge=0,
            le=10_000_000,
            description="states of one area over all years up to which `gridprio tabulate` simulates them all",
        ),
    ] = 50_000

    scenarios: Annotated[Texts, Field(description="scenario_ids to run; empty = all")] = ()
    drivers: Annotated[Texts, Field(description="driver_ids that are switched on")] = ()
    language: Annotated[Literal["nl", "en"], Field(description="language of the page and the printed answer")] = "nl"


class StudyHead(BaseModel):
    """The [study] section of study.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[of.FileName, Field(description="short name; the run folder is called after it")]
    title_nl: Annotated[Text, Field(description="title on the Dutch page")] = ""
    title_en: Annotated[Text, Field(description="title on the English page")] = ""
    mode: Annotated[
        Literal["grid", "stations"],
        Field(description="whether cells come from a grid or from capacities of stations (station-study.md)"),
    ] = "grid"
    fictional: Annotated[bool, Field(description="invented data: every page and figure says so")] = False
    sources: Annotated[Sentences, Field(description="where the inputs come from, shown with the results")] = ()
    remarks: Annotated[
        Sentences, Field(description="what the inputs say by themselves or cannot tell, shown with the results")
    ] = ()
    grid: Annotated[
        Text, Field(description="grid file in the folder, or a source such as simbench:1-HV-mixed--2-no_sw")
    ] = "grid.json"
