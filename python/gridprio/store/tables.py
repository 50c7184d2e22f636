"""The tables of a run: their columns and types, checked when written (docs/run-folder.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gridprio.errors import CalculationError, StoreError
from gridprio.inputs.columns import Row
from gridprio.inputs.schema import TABLES
from gridprio.inputs.values import kind_of
from gridprio.model.metrics import METRIC_COLUMNS
from gridprio.store.grid_tables import GRID_TABLES
from gridprio.store.kinds import BOOL, FLOAT, INT, TEXT
from gridprio.store.ledger_tables import LEDGER_TABLES
from gridprio.text import sentence

_CHANNELS = ("order", "permit", "land", "support", "both")
_INTERVAL = {"mean": FLOAT, "low95": FLOAT, "high95": FLOAT}

RUN_TABLES: Mapping[str, Mapping[str, pa.DataType]] = {
    "plan": {
        "order_name": TEXT,
        "scenario": TEXT,
        "draw": INT,
        "project_id": TEXT,
        "phase": TEXT,
        "start_month": INT,
        "finish_month": INT,
        "binding_constraint": TEXT,
    },
    "cells": {
        "area": TEXT,
        "state_hash": TEXT,
        "year": INT,
        "scenario": TEXT,
        "month": INT,
        "overload_mvah": FLOAT,
        "insecure_hours": FLOAT,
        "served_mw_demand": FLOAT,
        "served_mw_feed_in": FLOAT,
        "waiting_mw_demand": FLOAT,
        "waiting_mw_feed_in": FLOAT,
    },
    **GRID_TABLES,
    "outcomes": {"order_name": TEXT, "scenario": TEXT, "draw": INT, **dict.fromkeys(METRIC_COLUMNS, FLOAT)},
    "status_effect": {
        "scenario": TEXT,
        "channel": TEXT,
        "project_id": TEXT,
        "metric": TEXT,
        **_INTERVAL,
        "probability_better": FLOAT,
        "margin": FLOAT,
        "verdict": TEXT,
        "reason": TEXT,
        "lever": TEXT,
        "without_status": FLOAT,
        "with_status": FLOAT,
        "draws": INT,
        "further_draws": FLOAT,
    },
    "placebo": {
        "scenario": TEXT,
        "channel": TEXT,
        "metric": TEXT,
        "list": TEXT,
        "mean": FLOAT,
        "rank": INT,
        "lists": INT,
        "p_value": FLOAT,
        "draws": INT,
    },
    "dilution": {
        "order_name": TEXT,
        "scenario": TEXT,
        "n_status": INT,
        "kind": TEXT,
        "metric": TEXT,
        **_INTERVAL,
    },
    "bindingness": {
        "order_name": TEXT,
        "scenario": TEXT,
        "bindingness": FLOAT,
        "kind": TEXT,
        "metric": TEXT,
        **_INTERVAL,
    },
    "connections": {
        "order_name": TEXT,
        "scenario": TEXT,
        "development_id": TEXT,
        "direction": TEXT,
        "requested_year": FLOAT,
        "earliest_year": FLOAT,
        "year_without_status": FLOAT,
        "year_with_status": FLOAT,
        "low95": FLOAT,
        "high95": FLOAT,
        "served_share_without_status": FLOAT,
        "served_share_with_status": FLOAT,
        "limiting_element": TEXT,
        "lifted_by_project": TEXT,
    },
    "reach": {
        "order_name": TEXT,
        "project_id": TEXT,
        "status": BOOL,
        "plan_month": FLOAT,
        **{f"month_with_{name}": FLOAT for name in _CHANNELS},
        **{f"earliest_by_{name}": FLOAT for name in _CHANNELS},
        **{f"movable_months_{name}": FLOAT for name in _CHANNELS},
    },
    "reach_months": {
        "order_name": TEXT,
        "project_id": TEXT,
        "cause_kind": TEXT,
        "cause": TEXT,
        "phase": TEXT,
        "lever": TEXT,
        "whose_project": TEXT,
        "whose_operator": TEXT,
        "months": FLOAT,
    },
    "why_not": {
        "order_name": TEXT,
        "project_id": TEXT,
        "constraint": TEXT,
        "lever": TEXT,
        "whose_project": TEXT,
        "whose_operator": TEXT,
        "months_sooner": FLOAT,
        "binding": BOOL,
    },
    "flips": {
        "order_name": TEXT,
        "project_id": TEXT,
        "kind": TEXT,
        "name": TEXT,
        "year": INT,
        "amount": FLOAT,
        "unit": TEXT,
        "lever": TEXT,
        "months_sooner": FLOAT,
        "into_plan": BOOL,
        "smallest": BOOL,
    },
    "distribution": {
        "order_name": TEXT,
        "scenario": TEXT,
        "group_kind": TEXT,
        "group_id": TEXT,
        "metric": TEXT,
        "without_status": FLOAT,
        "with_status": FLOAT,
        "effect": FLOAT,
        "low95": FLOAT,
        "high95": FLOAT,
    },
    "goal_shift": {
        "order_name": TEXT,
        "scenario": TEXT,
        "metric": TEXT,
        "goals": INT,
        "saved": FLOAT,
        "saved_low95": FLOAT,
        "saved_high95": FLOAT,
        "added": FLOAT,
        "added_low95": FLOAT,
        "added_high95": FLOAT,
        "saved_per_added": FLOAT,
    },
    "lorenz": {
        "order_name": TEXT,
        "scenario": TEXT,
        "side": TEXT,
        "place": INT,
        "development_id": TEXT,
        "asked_share": FLOAT,
        "waiting_share": FLOAT,
    },
    "inequality": {
        "order_name": TEXT,
        "scenario": TEXT,
        "side": TEXT,
        "gini": FLOAT,
        "worst_tenth_share": FLOAT,
        "worst_development_id": TEXT,
        "worst_waiting_share": FLOAT,
    },
    "externality": {
        "order_name": TEXT,
        "scenario": TEXT,
        "group_kind": TEXT,
        "by_group": TEXT,
        "on_group": TEXT,
        "metric": TEXT,
        "effect": FLOAT,
    },
    "orders": {"order_name": TEXT, "place": INT, "project_id": TEXT, "searched": BOOL},
    "search": {
        "order_name": TEXT,
        "scenario": TEXT,
        "points": FLOAT,
        "best_found_points": FLOAT,
        "bound_points": FLOAT,
        "exact": BOOL,
    },
    "search_history": {"orders": INT, "plans": INT, "best_found_points": FLOAT, "bound_points": FLOAT},
    "shadow_prices": {
        "lever": TEXT,
        "kind": TEXT,
        "name": TEXT,
        "year": INT,
        "amount": FLOAT,
        "unit": TEXT,
        "order_name": TEXT,
        "basis": TEXT,
        "metric": TEXT,
        "change": FLOAT,
        "anomaly": BOOL,
    },
    "contribution": {
        "game": TEXT,
        "scenario": TEXT,
        "metric": TEXT,
        "project_id": TEXT,
        "pint": FLOAT,
        "toot": FLOAT,
        "shapley": FLOAT,
        "low95": FLOAT,
        "high95": FLOAT,
        "exact": BOOL,
        "area": TEXT,
        "owen_operator": FLOAT,
        "owen_province": FLOAT,
    },
    "interaction": {
        "game": TEXT,
        "scenario": TEXT,
        "metric": TEXT,
        "area": TEXT,
        "project_id": TEXT,
        "other_project_id": TEXT,
        "interaction": FLOAT,
    },
    **LEDGER_TABLES,
    "headroom": {
        "station_id": TEXT,
        "direction": TEXT,
        "sector": TEXT,
        "year": INT,
        "scenario": TEXT,
        "headroom_mw": FLOAT,
        "limiting_branch": TEXT,
        "limiting_outage": TEXT,
        "limiting_hour": INT,
        "colour_class": TEXT,
        "published_class": TEXT,
        "voltage_headroom_mw": FLOAT,
        "voltage_bus": INT,
        "voltage_limit_pu": FLOAT,
        "voltage_outage": TEXT,
        "voltage_hour": INT,
    },
}
"""Columns that a table must have, in this order; more columns may follow."""


def checked_table(name: str, frame: pd.DataFrame | pa.Table) -> pa.Table:
    """`frame` in the column order and types of its contract; StoreError where it does not fit.

    NaN becomes null in columns of numbers, a missing text becomes empty; columns of no contract keep their own type.
    """
    contract = RUN_TABLES.get(name)
    if contract is None and name not in TABLES:
        known = ", ".join(sorted({*RUN_TABLES, *TABLES}))
        raise StoreError(f"table {name!r} has no contract in gridprio.store.tables; known: {known}")
    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    contract = contract or {}
    missing = [column for column in contract if column not in table.column_names]
    if missing:
        raise StoreError(
            f"table {name!r} lacks the columns {', '.join(missing)}; it has {', '.join(table.column_names)}"
        )
    extra = [column for column in table.column_names if column not in contract]
    columns = {column: _fitted(name, column, table[column], kind) for column, kind in contract.items()}
    columns |= {column: _plain(table[column]) for column in extra}
    return pa.table(columns)


def _fitted(name: str, column: str, values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    values = _plain(values)
    if kind == TEXT:
        if not (pa.types.is_string(values.type) or pa.types.is_null(values.type)):
            raise StoreError(f"table {name!r}, column {column!r}: found {values.type}, expected text")
        return pc.fill_null(values.cast(TEXT), "")
    _refuse_infinite(name, column, values)
    try:
        cast = values.cast(kind)
    except pa.ArrowInvalid as error:
        raise StoreError(f"table {name!r}, column {column!r}: expected {kind}, found {values.type}: {error}") from None
    if kind != FLOAT and cast.null_count:
        raise StoreError(f"table {name!r}, column {column!r}: {cast.null_count} values are missing, expected {kind}")
    return cast


def _refuse_infinite(name: str, column: str, values: pa.ChunkedArray) -> None:
    if not pa.types.is_floating(values.type):
        return
    row = pc.index(pc.fill_null(pc.is_inf(values), False), True).as_py()
    if row >= 0:
        said = {"place": f"{name}.parquet, row {row}", "what": column, "value": str(values[row])}
        raise CalculationError(sentence("calculation.not_finite", **said))


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dictionaries (categories) and large strings as what they stand for, in one chunk."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_large_string(values.type):
        values = values.cast(TEXT)
    return pa.chunked_array([values.combine_chunks()], type=values.type)


def table_of_rows(name: str, rows: Sequence[Row]) -> pa.Table:
    """Input rows as a table with the columns of the input schema; lists as text separated by blanks."""
    kinds = {"int": INT, "float": FLOAT, "bool": BOOL}
    model = TABLES[name]
    return pa.table(
        {
            column: pa.array(
                [_cell(getattr(row, column)) for row in rows], type=kinds.get(kind_of(spec.annotation), TEXT)
            )
            for column, spec in model.model_fields.items()
        }
    )


def _cell(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return " ".join(str(_cell(entry)) for entry in value)
    return value
