"""Rules of tables: which must be there, what names a row, and which columns the action of a project change asks for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gridprio.inputs.enumerations import ChangeAction

TABLE_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "stations": ("station_id",),
        "loads": ("load_id",),
        "projects": ("project_id",),
        "project_phases": ("project_id", "phase"),
        "project_changes": ("project_id",),
        "seasonal_ratings": ("rating_id",),
        "temperature_ratings": ("rating_id",),
        "group_limits": ("group_limit_id",),
        "security_rules": ("rule_id",),
        "outage_actions": ("action_id",),
        "crews": ("crew_type", "region"),
        "budgets": ("operator_id", "year"),
        "deliveries": ("material", "operator_id", "year"),
        "developments": ("development_id",),
        "queue_rules": ("rule_id",),
        "spatial_plans": ("plan_id",),
        "key_figures": ("key_figure_id",),
        "scenarios": ("scenario_id",),
        "growth": ("scenario_id", "sector", "year"),
        "drivers": ("driver_id", "sector", "year"),
        "assumptions": ("table", "row", "column"),
        "areas": ("area_id",),
        "station_capacity": ("area_id", "direction", "year", "scenario_id"),
        "project_capacity": ("project_id", "area_id", "direction"),
        "criteria": ("criterion_id",),
        "scores": ("project_id", "criterion_id"),
        "principles": ("project_id", "principle"),
        "measurements": ("element",),
    }
)
"""Columns that name a row; no two rows may share them (a project may have several changes)."""

REQUIRED_TABLES = ("stations", "projects", "project_phases", "scenarios")
"""Tables that a study cannot do without; the others may be absent, which means empty."""

STATION_TABLES = ("areas", "station_capacity")
"""Tables that a study of stations cannot do without either."""

CHANGE_COLUMNS: Mapping[ChangeAction, tuple[str, ...]] = MappingProxyType(
    {
        ChangeAction.ADD_BUS: ("bus", "vn_kv"),
        ChangeAction.ADD_LINE: ("from_bus", "to_bus", "std_type", "length_km"),
        ChangeAction.REPLACE_LINE: ("element", "std_type"),
        ChangeAction.ADD_TRAFO: ("from_bus", "to_bus", "std_type"),
        ChangeAction.REPLACE_TRAFO: ("element", "std_type"),
        ChangeAction.SWITCH_ELEMENT: ("element", "closed"),
        ChangeAction.TRANSFER_LOAD: ("station_id", "to_station_id", "share"),
        ChangeAction.CHANGE_DEMAND: ("station_id", "p_mw", "profile"),
        ChangeAction.CHANGE_FEED_IN: ("station_id", "p_mw", "profile"),
        ChangeAction.FLEXIBLE_CONTRACT: ("development_id",),
        ChangeAction.GROUP_CONTRACT: ("members", "p_mw"),
        ChangeAction.STORAGE: ("p_mw", "e_mwh"),
        ChangeAction.OUT_FOR_WORKS: ("element",),
        ChangeAction.RAISE_GROUP_LIMIT: ("group_limit_id", "limit_mva"),
        ChangeAction.AFTER_OUTAGE: ("outage",),
    }
)
"""Columns that each action cannot do without."""
