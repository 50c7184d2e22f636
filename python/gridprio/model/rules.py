"""What decides a result: frozen records that kernels get whole, and that digests and seals cover field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar, get_type_hints

from gridprio.model.cell import CASE_DEMAND
from gridprio.model.grid import OutageElement
from gridprio.model.months import ALL_MONTHS

MAINTENANCE_MONTHS = sum(1 << month for month in range(3, 9))
"""April to September"""
Record = TypeVar("Record")


@dataclass(frozen=True)
class LoadFlowOptions:
    """When an AC load flow counts as solved, and when it is given up."""

    tolerance_mva: float = 1e-8
    """largest power mismatch of a bus, MVA"""
    max_iterations: int = 30


@dataclass(frozen=True)
class ScreenRules:
    """What counts as a violation, and how far below the limit a screen may leave a branch to its linear prediction."""

    loading_limit_percent: float
    margin_percent: float = 0.0
    """of the limit; without a meaning for backends that solve every pair"""
    load_flow: LoadFlowOptions = LoadFlowOptions()


@dataclass(frozen=True)
class SecurityRule:
    """Outages of some elements, in a range of voltages, that security requires for a direction in some months."""

    min_kv: float
    """nominal voltage of the outage, inclusive"""
    below_kv: float | None
    """the same, exclusive; None = no upper bound"""
    direction: int
    """CASE_DEMAND | CASE_FEED_IN"""
    maintenance: bool
    """of two elements, one of which is out for maintenance; else of one"""
    months: int
    """bit m set = calendar month m (0 = January)"""
    interruption_max_mw: float
    """demand that such an outage may interrupt; without a meaning in a rule for feed-in alone"""
    kind: str = ""
    """of the element that goes out; empty = every one"""
    elements: tuple[str, ...] = ()
    """instead of a kind, names of the elements (`OutageElement.name`), sorted"""
    to_below_kv: float | None = None
    """nominal voltage of a transformer after its highest, exclusive; None = no upper bound"""

    def names(self, kv: float) -> bool:
        return self.min_kv <= kv and (self.below_kv is None or kv < self.below_kv)

    def is_about(self, element: OutageElement) -> bool:
        if self.elements:
            return element.name in self.elements
        if self.to_below_kv is not None and (element.to_kv is None or element.to_kv >= self.to_below_kv):
            return False
        return self.kind in ("", element.kind)

    @property
    def closeness(self) -> int:
        """Of several rules for one direction those count that are closest to an element: they name it, or its kind."""
        return 2 if self.elements else 1 if self.kind else 0


@dataclass(frozen=True, kw_only=True)
class OutageRules:
    """Which outages security requires; kernels see them as `Contingencies`."""

    security_min_kv: float
    """elements at or above this nominal voltage must be able to fail"""
    maintenance_outages: bool
    """also together with one other element that is out for maintenance"""
    interruption_max_mw: float
    """demand that a required outage may interrupt, MW"""
    security_rules: tuple[SecurityRule, ...] | None = None
    """where given, these alone count, and none of the fields above"""

    @property
    def in_force(self) -> tuple[SecurityRule, ...]:
        """The rules as given, else those that the other fields stand for: reserve for demand alone."""
        if self.security_rules is not None:
            return self.security_rules
        of_demand = self.security_min_kv, None, CASE_DEMAND
        single = SecurityRule(*of_demand, False, ALL_MONTHS, self.interruption_max_mw)
        pairs = SecurityRule(*of_demand, True, MAINTENANCE_MONTHS, self.interruption_max_mw)
        return (single, pairs) if self.maintenance_outages else (single,)

    @property
    def of_single_outages(self) -> OutageRules:
        """Without those that ask for an outage during maintenance."""
        return replace(self, security_rules=tuple(rule for rule in self.in_force if not rule.maintenance))


@dataclass(frozen=True, kw_only=True)
class CellRules:
    """What judges a cell."""

    loading_limit_percent: float
    """of what the grid allows a branch (`GridArrays.limit_percent`)"""
    emergency_limit_percent: float
    """after an outage, of the limit in the intact grid, where the grid gives no limit after an outage"""
    outages: OutageRules
    taps: Literal["fixed", "acting"] = "fixed"
    """whether tap controllers and reactive limits act in every case; kernels see them as `GridArrays.controls`"""
    negligible_percent: float = 1.0
    """loading above a limit that requests without influence may add together before they are held back"""
    margin_percent: float = 2.0
    """of the limit; how far below it a screen may rule a case out. 100 solves every case; without a meaning for
    backends that do so anyway"""
    load_flow: LoadFlowOptions = LoadFlowOptions(max_iterations=15)


@dataclass(frozen=True, kw_only=True)
class HourRules:
    """Which years a study simulates, and which hours stand for a year."""

    start_year: int
    end_year: int
    """inclusive"""
    hours: Literal["representative", "all"]
    hours_per_month: int


def record_from(kind: type[Record], values: Mapping[str, Any]) -> Record:
    """A record filled by the names of its fields, nested ones too; what has no value keeps its default.

    Raises KeyError where a field has neither a default nor a value.
    """
    types = get_type_hints(kind)

    def value(name: str) -> Any:
        return record_from(types[name], values) if is_dataclass(types[name]) else values[name]

    given = {f.name for f in fields(kind) if f.default is MISSING or f.name in values}  # type: ignore[arg-type]
    return kind(**{name: value(name) for name in given})


def leaves(record: object) -> dict[str, Any]:
    """Every value of a record and of the records in it, by name; names are unique."""
    found: dict[str, Any] = {}
    for field in fields(record):  # type: ignore[arg-type]
        value = getattr(record, field.name)
        inner = leaves(value) if is_dataclass(value) else {field.name: value}
        if twice := found.keys() & inner.keys():
            raise ValueError(f"{type(record).__name__} holds {', '.join(sorted(twice))} twice")
        found |= inner
    return found
