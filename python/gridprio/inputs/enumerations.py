"""Enumerations of the tables, and texts that hold amounts by name."""

from __future__ import annotations

import math
from enum import StrEnum

from gridprio.inputs.number_style import GROUPED, POINT
from gridprio.text import sentence


class Direction(StrEnum):
    DEMAND = "demand"
    FEED_IN = "feed_in"


class Directions(StrEnum):
    """One direction, or both."""

    DEMAND = "demand"
    FEED_IN = "feed_in"
    BOTH = "both"


class PublishedClass(StrEnum):
    """Official colour of the capacity map; amber is a shortage under investigation."""

    TRANSPARENT = "transparent"
    YELLOW = "yellow"
    AMBER = "amber"
    RED = "red"


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
    FLEXIBLE_CONTRACT = "flexible_contract"
    GROUP_CONTRACT = "group_contract"
    STORAGE = "storage"
    OUT_FOR_WORKS = "out_for_works"
    RAISE_GROUP_LIMIT = "raise_group_limit"
    AFTER_OUTAGE = "after_outage"


class BranchKind(StrEnum):
    OVERHEAD_LINE = "overhead_line"
    CABLE = "cable"
    TRANSFORMER = "transformer"


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


class Stance(StrEnum):
    SERVES = "serves"
    LEAVES = "leaves"
    HINDERS = "hinders"


UNITS_MIN, UNITS_MAX = 0.001, 1e6
"""Of crews and material: the planner counts thousandths."""


def named_units(text: str, name: str) -> dict[str, float]:
    """Amount by name from a text such as 'hv_primary:2 civil:0.5'; ValueError, in which `name` says what is named,
    where it is not that."""
    units: dict[str, float] = {}
    for word in text.replace(";", " ").split():
        named, colon, amount = word.rpartition(":")
        is_number = POINT.fullmatch(amount.replace(",", ".")) and not GROUPED.fullmatch(amount)
        value = float(amount.replace(",", ".")) if is_number else math.nan
        if not (colon and named and UNITS_MIN <= value <= UNITS_MAX):
            raise ValueError(sentence("problem.not_named_units", word=repr(word[:100]), name=name))
        if named in units:
            raise ValueError(sentence("problem.named_twice", name=name, named=repr(named)))
        units[named] = value
    return units


def crew_units(crews: str) -> dict[str, float]:
    """Units per month by crew type."""
    return named_units(crews, "crew_type")
