"""Cells: where they come from, who evaluates them and how they are kept; contingencies and headroom."""

from gridprio.cells.cache import AreaDemand, CellArea, CellCache, CellNeed, CellRow, state_hash
from gridprio.cells.cluster import ClusterExecutor
from gridprio.cells.contingencies import contingencies_for
from gridprio.cells.disk_cache import CellDiskCache, merge_cells
from gridprio.cells.executor import CellExecutor, LocalExecutor
from gridprio.cells.headroom import HeadroomPoint, colour_class, headroom_rows
from gridprio.cells.sealed import SealedCells, is_sealed
from gridprio.cells.simulated import SimulatedCells
from gridprio.cells.source import CellSource, CellValues, PlanArea, Progress, StateKey, StateYear, within
from gridprio.cells.stations import StationCells

__all__ = [
    "AreaDemand",
    "CellArea",
    "CellCache",
    "CellDiskCache",
    "CellExecutor",
    "CellNeed",
    "CellRow",
    "CellSource",
    "CellValues",
    "ClusterExecutor",
    "HeadroomPoint",
    "LocalExecutor",
    "PlanArea",
    "Progress",
    "SealedCells",
    "SimulatedCells",
    "StateKey",
    "StateYear",
    "StationCells",
    "colour_class",
    "contingencies_for",
    "headroom_rows",
    "is_sealed",
    "merge_cells",
    "state_hash",
    "within",
]
