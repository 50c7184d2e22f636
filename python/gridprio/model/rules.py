"""What decides a result: frozen records that kernels get whole, and that digests and seals cover field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, Literal, TypeVar, get_type_hints

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
class OutageRules:
    """Which outages security requires; kernels see them as `Contingencies`."""

    security_min_kv: float
    """elements at or above this nominal voltage must be able to fail"""
    maintenance_outages: bool
    """also together with one other element that is out for maintenance"""


@dataclass(frozen=True, kw_only=True)
class CellRules:
    """What judges a cell."""

    loading_limit_percent: float
    """of what the grid allows a branch (`GridArrays.limit_percent`)"""
    emergency_limit_percent: float
    """after an outage, of the limit in the intact grid, where the grid gives no limit after an outage"""
    interruption_max_mw: float
    """demand that a required outage may interrupt, MW"""
    outages: OutageRules
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
