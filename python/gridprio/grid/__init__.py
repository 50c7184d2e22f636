"""Grids: pandapower nets as frozen arrays, projects as masks on one union grid, electrical areas."""

from __future__ import annotations

from typing import Any

__all__ = ["read_grid"]


def __getattr__(name: str) -> Any:
    if name == "read_grid":
        from gridprio.grid.sources import read_grid

        return read_grid
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
