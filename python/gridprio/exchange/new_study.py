"""A study written anew, as a folder of tables or as one workbook; reading it gives the same study."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from gridprio.errors import InputError, StoreError
from gridprio.exchange.study_cells import head_text, written_cells
from gridprio.exchange.workbook import MINIMAL, ORDER, Layout, write_workbook
from gridprio.inputs.columns import Row
from gridprio.inputs.contents import HEAD_FILE, MAP_FILE
from gridprio.inputs.read import inspect_as_written
from gridprio.inputs.schema import TABLES
from gridprio.inputs.study import Study
from gridprio.published.study_folder import csv_text, make_new
from gridprio.text import Language, sentence

ENGLISH_NAME = "my-province"
"""Of the example, and so of the workbook"""


def read_as_written(path: Path) -> Study:
    """InputError holds every problem found."""
    study, problems = inspect_as_written(path)
    if problems or study is None:
        raise InputError(problems)
    return study


def example_study(language: Language, *, full: bool) -> Study:
    """The invented example of a station study, with all tables or with those of a first answer."""
    with resources.as_file(resources.files("gridprio.exchange").joinpath("example")) as folder:
        study = read_as_written(folder)
    if not full:
        left_out: dict[str, Any] = {name: () for name in TABLES if name not in MINIMAL}
        study = replace(study, **left_out)
    if language == "en":
        study = _in_english(study)
    return replace(study, settings=study.settings.model_copy(update={"language": language}))


def _in_english(study: Study) -> Study:
    """The example with its words in English; ids and names of places stay."""
    text = resources.files("gridprio.exchange").joinpath("example_english.csv").read_text(encoding="utf-8")
    english = {row["dutch"]: row["english"] for row in csv.DictReader(text.splitlines())}

    def translated(row: Row) -> Row:
        words = {name: english[cell] for name, cell in row if isinstance(cell, str) and cell in english}
        return row.model_copy(update=words)

    tables: dict[str, Any] = {name: tuple(translated(row) for row in getattr(study, name)) for name in TABLES}
    return replace(study, head=study.head.model_copy(update={"name": ENGLISH_NAME}), **tables)


def example_layout(language: Language, *, full: bool) -> Layout:
    """Of a workbook with the example."""
    return Layout(language, ORDER if full else MINIMAL, all_columns=full, is_example=True)


def write_study_anew(folder: Path, study: Study, layout: Layout | None) -> Path:
    """Write `study` (as written) into a new folder, as a workbook where a layout is given; the path of its head.

    StoreError where the folder holds something, or the study is sealed.
    """
    if study.head.grid.startswith("sealed:"):
        raise StoreError(sentence("store.sealed_as_it_is"))
    make_new(folder)
    for beside in _files_beside(study):
        shutil.copyfile(beside, folder / beside.name)
    if layout is not None:
        place = folder / f"{study.head.name}.xlsx"
        write_workbook(place, study, layout)
        return place
    (folder / HEAD_FILE).write_text(head_text(study.head, study.settings), encoding="utf-8")
    for name, model in TABLES.items():
        if rows := [written_cells(row) for row in getattr(study, name)]:
            columns = [column for column in model.model_fields if any(column in row for row in rows)]
            (folder / f"{name}.csv").write_text(csv_text(columns, rows), encoding="utf-8", newline="\n")
    if study.profiles is not None:
        study.profiles.to_parquet(folder / "profiles.parquet")
    return folder / HEAD_FILE


def _files_beside(study: Study) -> Iterator[Path]:
    grid = study.folder / study.head.grid
    if study.head.mode == "grid" and grid.is_file():
        yield grid
    if study.municipalities is not None:
        yield study.folder / MAP_FILE
