"""A board of a study, or of a run and the study that it was made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from gridprio.board.board import Board
from gridprio.errors import InputError, StoreError
from gridprio.inputs.read import checked_study, inspect_as_written
from gridprio.inputs.settings import Settings
from gridprio.inputs.study import Study
from gridprio.store.manifest import manifest_of
from gridprio.store.run import read_run
from gridprio.text import sentence


def open_board(
    place: Path, *, study: Path | None = None, out: Path | None = None, cells: Path | None = None, backend: str = "auto"
) -> Board:
    """The board of a run folder, which holds its log, or of a study, with its log in `out` or `runs/NAME-board`.

    `study`: that of the run, where it lies elsewhere now. `cells`: folder of cells that runs share; None is the one
    beside the study. InputError for a study that cannot be run; StoreError for a run of other inputs.
    """
    if place.is_dir() and manifest_of(place) is not None:
        run = read_run(place)
        source = study or place / run.manifest.get("study_place", "")
        if not source.exists() or source.resolve() == place.resolve():
            raise StoreError(sentence("store.board_needs_study", folder=str(place), study=str(source)))
        written, folder = _of_run(_as_written(source), run.manifest, place), out or place
    else:
        written = _as_written(place)
        folder = out or Path("runs") / f"{written.head.name}-board"
    return Board(written, folder, cells or written.folder / ".gridprio" / "cells", backend)


def _as_written(place: Path) -> Study:
    written, problems = inspect_as_written(place)
    if problems or written is None:
        raise InputError(problems)
    return written


def _of_run(written: Study, manifest: dict[str, Any] | Any, folder: Path) -> Study:
    """The study under the settings of the run; StoreError where its files are others now."""
    now, then = dict(written.input_hashes), dict(manifest["inputs"])
    files = [name for name in sorted({*now, *then}) if now.get(name) != then.get(name)]
    if files:
        raise StoreError(sentence("store.board_of_other_inputs", file=str(folder), files=files))
    read = checked_study(written)
    changed = {
        name: value
        for name, value in manifest["settings"].items()
        if value != read.settings.model_dump(mode="json").get(name)
    }
    settings = Settings.model_validate({**written.settings.model_dump(exclude_unset=True), **changed})
    return replace(written, settings=settings)
