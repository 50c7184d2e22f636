"""The study tables of a sealed study: those of the study without what tells of the grid or of withheld stations."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from gridprio.cells.sealed import SOURCE
from gridprio.exchange.withheld import WithheldStations
from gridprio.inputs.assumptions import moves_plans_alone
from gridprio.inputs.columns import Row
from gridprio.inputs.schema import TABLES
from gridprio.inputs.settings import Settings
from gridprio.inputs.study import Study

FOLDER = "sealed"
"""Of the cells, within the sealed study."""
GRID_TABLES = frozenset({"loads", "project_changes", "growth", "drivers"})
"""Tables that say what the grid is and carries, or that only act on it."""
GRID_COLUMNS = {"stations": {"buses": "0"}, "developments": {"power_factor": ""}}
"""Columns that do the same, with what stands there instead."""
FREE_TEXTS = frozenset(
    {"name", "note", "reason", "decision", "decided_by", "document", "informs", "principle", "source"}
)
"""Columns in which people write what they like, a station's name too."""
PLACES = ("longitude", "latitude")


def write_tables(study: Study, folder: Path, withheld: WithheldStations) -> None:
    folder.mkdir(parents=True)
    for table, model in TABLES.items():
        rows = _rows(study, table)
        if not rows or table in GRID_TABLES:
            continue
        instead = GRID_COLUMNS.get(table, {})
        columns = [column for column in model.model_fields if instead.get(column) != ""]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([instead.get(column) or _cell(row, column, withheld) for column in columns])
        (folder / f"{table}.csv").write_text(text.getvalue(), encoding="utf-8", newline="\n")
    if study.municipalities is not None:
        (folder / "municipalities.geojson").write_text(json.dumps(study.municipalities, ensure_ascii=False), "utf-8")
    head = study.head.model_dump(mode="json") | {"grid": SOURCE + FOLDER}
    own = study.settings.model_dump(mode="json") | {"drivers": []}
    usual = Settings().model_dump(mode="json")
    changed = {name: value for name, value in own.items() if value != usual[name]}
    sections = {"study": {name: _renamed(value, withheld) for name, value in head.items()}, "settings": changed}
    toml = "\n".join(f"[{name}]\n{_toml(values)}" for name, values in sections.items())
    (folder / "study.toml").write_text(toml, encoding="utf-8", newline="\n")


def _rows(study: Study, table: str) -> Sequence[Row]:
    """Of assumptions those on numbers that move plans alone: for others the seal has no cells."""
    if table == "assumptions":
        return [assumption for assumption in study.assumptions if moves_plans_alone(assumption)]
    rows: Sequence[Row] = getattr(study, table)
    return rows


def _renamed(value: Any, withheld: WithheldStations) -> Any:
    if isinstance(value, list):
        return [_renamed(entry, withheld) for entry in value]
    return withheld.without_names(value) if isinstance(value, str) else value


def _toml(values: dict[str, Any]) -> str:
    """Numbers, texts, lists of texts and one level of tables: what JSON and TOML write alike, but for tables."""

    def written(value: Any) -> str:
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{json.dumps(key)} = {written(entry)}" for key, entry in value.items()) + " }"
        return json.dumps(value, ensure_ascii=False)

    return "".join(f"{name} = {written(value)}\n" for name, value in values.items())


def _cell(row: Row, column: str, withheld: WithheldStations) -> str:
    """A cell of a table as it is read back."""
    if getattr(row, "station_id", "") in withheld.of_id and column in PLACES:
        return ""
    value = getattr(row, column)
    if column in ("station_id", "to_station_id"):
        return withheld.station(value)
    if column == "after" and value == ():
        return "none"
    return withheld.without_names(value) if column in FREE_TEXTS else _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return " ".join(map(_text, value))
    return value if isinstance(value, str) else repr(value)
