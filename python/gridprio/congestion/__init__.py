"""Cells on demand: contingencies by rule, remembered results, headroom."""

from gridprio.congestion.book import AreaDemand, CellArea, CellBook, CellNeed, CellRow, state_hash
from gridprio.congestion.contingencies import contingencies_for
from gridprio.congestion.headroom import HeadroomPoint, colour_class, headroom_rows
from gridprio.congestion.shelf import CellShelf

__all__ = [
    "AreaDemand",
    "CellArea",
    "CellBook",
    "CellNeed",
    "CellRow",
    "CellShelf",
    "HeadroomPoint",
    "colour_class",
    "contingencies_for",
    "headroom_rows",
    "state_hash",
]
