"""Grids: pandapower nets as frozen arrays, projects as masks on one union grid, electrical areas.

Names are loaded on first use, so that pandapower and networkx are imported only where a grid is read (PEP 562).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "read_grid": "gridprio.grid.sources",
    "read_net": "gridprio.grid.sources",
    "is_grid": "gridprio.grid.sources",
    "inspect_grid": "gridprio.grid.inspection",
    "Inspection": "gridprio.grid.inspection",
    "Finding": "gridprio.grid.net",
    "net_findings": "gridprio.grid.net",
    "own_profiles": "gridprio.grid.own_elements",
    "leave_out_connections": "gridprio.grid.own_elements",
    "build_union": "gridprio.grid.union",
    "study_union": "gridprio.grid.union",
    "UnionGrid": "gridprio.grid.union",
    "split_areas": "gridprio.grid.areas",
    "splitting_outages": "gridprio.grid.areas",
    "Area": "gridprio.grid.areas",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)
