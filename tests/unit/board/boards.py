"""A small board: two projects of one operator that share a crew, and one of another."""

from __future__ import annotations

from pathlib import Path

from gridprio.board.board import Board
from gridprio.board.open import open_board
from tests.station_studies import Changes, write_station_study

SMALL: Changes = {
    "assumptions.csv": "table,row,column,low,high\ncrews,hv,units,0.5,1.8\n",
    "study.toml": [("draws = 2\nmax_draws = 2", "draws = 2\nmax_draws = 2\nbindingness = 0.6\ncurve_lists = 0")],
}


def small_board(folder: Path, changes: Changes | None = None) -> Board:
    study = write_station_study(folder / "study", {**SMALL, **(changes or {})})
    return open_board(study, out=folder / "board", backend="reference")
