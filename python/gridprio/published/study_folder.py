"""A ready study folder from a publication: tables with source, date and marked assumptions, and what is not known."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from gridprio.errors import StoreError
from gridprio.inputs.number_style import GROUPED
from gridprio.published.findings import Findings, findings_of, findings_text, headline, unknowns
from gridprio.published.selection import Selection
from gridprio.published.study_areas import Origin, Rows, area_rows, capacity_rows, queue_rows, station_rows
from gridprio.published.study_projects import Horizon, make_horizon, phase_rows, project_capacity_rows, project_rows
from gridprio.published.windows import Widths, published_widths
from gridprio.text import say, sentence

README = {"nl": "leesmij.md", "en": "readme.md"}


def study_texts(
    selection: Selection, origin: Origin, slips: Mapping[tuple[str, str], tuple[float, float]]
) -> dict[str, str]:
    """Text by file name; the same publication, date and language give the same texts.

    `slips`: mean and standard deviation of moved dates in months by operator and phase; none where not calibrated.
    """
    widths = Widths(published_widths(selection.publication.projects.values()), slips)
    horizon = make_horizon(selection, origin)
    scenario = say("published.scenario")[origin.language]
    tables: dict[str, Rows] = {
        "areas": area_rows(selection, origin),
        "station_capacity": capacity_rows(selection, origin),
        "stations": station_rows(selection, origin),
        "projects": project_rows(selection, origin, horizon),
        "project_phases": phase_rows(selection, origin, horizon, widths),
        "project_capacity": project_capacity_rows(selection, origin),
        "developments": queue_rows(selection, origin),
        "scenarios": [{"scenario_id": "published", "name": scenario, "note": origin.source}],
    }
    texts = {f"{name}.csv": csv_text(list(rows[0]), rows) for name, rows in tables.items() if rows}
    found = findings_of(selection)
    texts["study.toml"] = _head(selection, origin, horizon, found)
    texts[README[origin.language]] = findings_text(found, origin)
    return texts


def write_study(folder: Path, texts: Mapping[str, str]) -> None:
    """Write a new folder; StoreError where something stands there already."""
    make_new(folder)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def make_new(folder: Path) -> None:
    """Make a folder; StoreError where something stands there already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(sentence("store.there_already", folder=str(folder), option="FOLDER"))
    folder.mkdir(parents=True, exist_ok=True)


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    """A table; what a row lacks is blank."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        text = f"{value:.17g}" if float(f"{value:.10g}") != value else f"{value:.10g}"
        return f"{text}0" if GROUPED.fullmatch(text) else text  # alone, 6.939 may have a thousands separator
    return "" if value is None else str(value)


def _head(selection: Selection, origin: Origin, horizon: Horizon, found: Findings) -> str:
    title = {"nl": f"{selection.province} uit openbare cijfers", "en": f"{selection.province} from public figures"}
    name = "".join(c if c.isalnum() else "-" for c in selection.province.lower())[:60]
    lines = ["[study]", f'name = "{name}"', 'mode = "stations"']
    lines += [f"title_{language} = {_toml(said)}" for language, said in title.items()]
    lines += ["fictional = true"] if origin.fictional else []
    lines += [f"sources = [{_toml(origin.source)}]", "remarks = ["]
    lines += [f"    {_toml(entry[origin.language])}," for entry in (*headline(found), *unknowns(found))]
    lines += ["]", "", "[settings]", f"start_year = {horizon.start_year}", f"end_year = {horizon.end_year}"]
    lines += ['order_basis = "unknown"']
    lines += [f'language = "{origin.language}"']
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
