"""The study tables of a sealed study: those of the study without what tells of the grid or of withheld stations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gridprio.cells.sealed import SOURCE
from gridprio.exchange.study_cells import head_text, written_cell
from gridprio.exchange.withheld import WithheldStations
from gridprio.inputs.assumptions import moves_plans_alone
from gridprio.inputs.columns import Row
from gridprio.inputs.schema import TABLES
from gridprio.inputs.settings import Settings
from gridprio.inputs.study import Study
from gridprio.published.study_folder import csv_text

FOLDER = "sealed"
"""Of the cells, within the sealed study."""
GRID_TABLES = frozenset(
    {
        *("loads", "project_changes", "seasonal_ratings", "temperature_ratings", "group_limits", "outage_actions"),
        *("growth", "drivers", "measurements"),
    }
)
"""Tables that say what the grid is and carries, or that only act on it."""
GRID_COLUMNS = {"stations": {"buses": "0"}, "developments": {"power_factor": ""}}
"""Columns that do the same, with what stands there instead."""
FREE_TEXTS = frozenset(
    {"name", "note", "reason", "decision", "decided_by", "document", "informs", "principle", "source"}
)
"""Columns in which people write what they like, a station's name too."""
PLACES = ("longitude", "latitude", "published_class_demand", "published_class_feed_in")


def write_tables(study: Study, folder: Path, withheld: WithheldStations) -> None:
    folder.mkdir(parents=True)
    for table, model in TABLES.items():
        rows = _rows(study, table)
        if not rows or table in GRID_TABLES:
            continue
        instead = GRID_COLUMNS.get(table, {})
        columns = [column for column in model.model_fields if instead.get(column) != ""]
        cells = [{column: instead.get(column) or _cell(row, column, withheld) for column in columns} for row in rows]
        (folder / f"{table}.csv").write_text(csv_text(columns, cells), encoding="utf-8", newline="\n")
    if study.municipalities is not None:
        (folder / "municipalities.geojson").write_text(json.dumps(study.municipalities, ensure_ascii=False), "utf-8")
    said = {name: _renamed(getattr(study.head, name), withheld) for name in study.head.model_fields_set}
    head = study.head.model_copy(update=said | {"grid": SOURCE + FOLDER})
    own = study.settings.model_copy(update={"drivers": ()})
    settings = Settings(**own.model_dump(exclude_defaults=True))
    (folder / "study.toml").write_text(head_text(head, settings), encoding="utf-8", newline="\n")


def _rows(study: Study, table: str) -> Sequence[Row]:
    """Of assumptions those on numbers that move plans alone: for others the seal has no cells."""
    if table == "assumptions":
        return [assumption for assumption in study.assumptions if moves_plans_alone(assumption)]
    rows: Sequence[Row] = getattr(study, table)
    return rows


def _renamed(value: Any, withheld: WithheldStations) -> Any:
    if isinstance(value, tuple):
        return tuple(_renamed(entry, withheld) for entry in value)
    return withheld.without_names(value) if isinstance(value, str) else value


def _cell(row: Row, column: str, withheld: WithheldStations) -> Any:
    """A cell of a table as it is read back."""
    if getattr(row, "station_id", "") in withheld.of_id and column in PLACES:
        return None
    if column in ("station_id", "to_station_id"):
        return withheld.station(getattr(row, column))
    cell = written_cell(row, column)
    return withheld.without_names(cell) if column in FREE_TEXTS and cell is not None else cell
