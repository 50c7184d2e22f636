"""Tables of a run about the grid: the base case, congestion and loading under the plans, and the lines on the map."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from gridprio.store.kinds import BOOL, FLOAT, INT, TEXT

GRID_TABLES: Mapping[str, Mapping[str, pa.DataType]] = {
    "base_case": {
        "area": TEXT,
        "year": INT,
        "scenario": TEXT,
        "outage": TEXT,
        "worst_branch": TEXT,
        "worst_loading_percent": FLOAT,
        "worst_limit_percent": FLOAT,
        "worst_hour": INT,
        "overload_mvah": FLOAT,
        "insecure_hours": FLOAT,
        "interrupted_mw": FLOAT,
        "interrupted_stations": TEXT,
        "unsolved_cases": INT,
    },
    "voltages": {
        "area": TEXT,
        "year": INT,
        "scenario": TEXT,
        "bus": INT,
        "station_id": TEXT,
        "outage": TEXT,
        "vm_pu": FLOAT,
        "limit_pu": FLOAT,
        "hour": INT,
        "hours": FLOAT,
    },
    "congestion": {
        "order_name": TEXT,
        "scenario": TEXT,
        "year": INT,
        "area": TEXT,
        "branch": TEXT,
        "direction": TEXT,
        "hours": FLOAT,
        "overload_mvah": FLOAT,
        "worst_loading_percent": FLOAT,
        "worst_limit_percent": FLOAT,
        "worst_outage": TEXT,
        "worst_hour": INT,
        "first_year": INT,
    },
    "branches": {
        "branch": TEXT,
        "own_name": TEXT,
        "from_station_id": TEXT,
        "to_station_id": TEXT,
        "from_kv": FLOAT,
        "to_kv": FLOAT,
        "name_nl": TEXT,
        "name_en": TEXT,
    },
    "branch_loading": {
        "order_name": TEXT,
        "scenario": TEXT,
        "year": INT,
        "area": TEXT,
        "branch": TEXT,
        "loading_percent": FLOAT,
        "overload_percent": FLOAT,
        "overload_outage": TEXT,
    },
    "lost_load": {
        "order_name": TEXT,
        "scenario": TEXT,
        "year": INT,
        "area": TEXT,
        "outage": TEXT,
        "interrupted_mw": FLOAT,
        "interrupted_hours": FLOAT,
        "not_accepted_hours": FLOAT,
        "islands": INT,
        "stations": TEXT,
        "unsolved_hours": FLOAT,
    },
    "grid_lines": {
        "branch": TEXT,
        "from_station_id": TEXT,
        "to_station_id": TEXT,
        "from_longitude": FLOAT,
        "from_latitude": FLOAT,
        "to_longitude": FLOAT,
        "to_latitude": FLOAT,
        "nominal_kv": FLOAT,
        "rating_mva": FLOAT,
        "in_service": BOOL,
        "added_by": TEXT,
        "removed_by": TEXT,
    },
}
"""Part of `gridprio.store.tables.RUN_TABLES`."""
