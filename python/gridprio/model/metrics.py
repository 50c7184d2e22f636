"""The metrics of a plan, each a record from which its settings, its column and its place in the kernels follow.

What a metric adds up is in `kernels/reference/walk.py` and `rust/gridprio-planner/src/walk/metrics.rs`; what it is
called for people is in `text/catalogue/words.toml`. Less is better, for every metric (docs/theory/outcome.md).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Margin:
    """A change that counts as negligible: a setting, which metrics of one kind share."""

    setting: str
    default: float
    change: str
    """of what"""
    unit: str


@dataclass(frozen=True)
class Metric:
    """One number per plan, scenario and draw."""

    name: str
    """also the name of its column"""
    margin: Margin
    weight: float
    """default of its weight in the search, points per unit"""
    points_per: str
    """the unit that a weight stands for, in words"""
    waits: bool = False
    """whether it counts developments that wait"""
    column_added_later: bool = False
    """whether its column follows those of the first metrics; columns of a table keep their places"""

    @property
    def weight_setting(self) -> str:
        return f"weight_{self.name}"


_WAITING = Margin("margin_waiting_mw_years", 1.0, "waiting", "MW-years")
_COST = Margin("margin_cost_meur", 0.5, "cost", "MEUR")

DEFINITIONS = (
    Metric("waiting_mw_years_demand", _WAITING, 1.0, "MW-year of demand that waits, discounted", waits=True),
    Metric("waiting_mw_years_feed_in", _WAITING, 1.0, "MW-year of feed-in that waits, discounted", waits=True),
    Metric(
        "waiting_dwelling_years",
        Margin("margin_waiting_dwelling_years", 100.0, "waiting", "dwelling-years"),
        0.01,
        "dwelling-year of waiting, discounted",
        waits=True,
    ),
    Metric(
        "overload_mvah",
        Margin("margin_overload_mvah", 100.0, "overload", "MVAh"),
        0.01,
        "MVAh of overload, discounted",
    ),
    Metric(
        "insecure_hours",
        Margin("margin_insecure_hours", 24.0, "insecure hours", "h"),
        0.0,
        "insecure hour, discounted",
        column_added_later=True,
    ),
    Metric(
        "shortfall_mw_years",
        Margin("margin_shortfall_mw_years", 1.0, "shortfall", "MW-years"),
        1.0,
        "MW-year of shortfall, discounted",
    ),
    Metric("capital_cost_meur", _COST, 0.0, "MEUR of capital cost, discounted"),
    Metric("congestion_cost_meur", _COST, 0.0, "MEUR of congestion cost; it holds overload and shortfall too"),
)
METRICS = tuple(metric.name for metric in DEFINITIONS)
"""Their place is the last axis of `WalkResults.metric`."""
WAITING = tuple(metric.name for metric in DEFINITIONS if metric.waits)
"""In the order of the columns of `WalkRules.waiting_value`."""
METRIC_COLUMNS = tuple(metric.name for metric in sorted(DEFINITIONS, key=lambda metric: metric.column_added_later))
"""In the order of table `outcomes`."""
