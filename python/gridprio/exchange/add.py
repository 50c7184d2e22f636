"""Adding the cells of a request to a seal (docs/sealed-studies.md)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gridprio import __version__
from gridprio.cells import SealedCells, StateYear, is_sealed
from gridprio.cells.request import read_request
from gridprio.cells.sealed import cell_settings
from gridprio.errors import InputError, MissingCellsError, Problem
from gridprio.exchange.sealed_cells import cell_tables, study_digest, write_files, write_manifest
from gridprio.exchange.sealed_study import FOLDER
from gridprio.inputs import read_study
from gridprio.inputs.study import Study
from gridprio.outcome import Evaluator
from gridprio.pipeline.session import Session
from gridprio.store import Progress
from gridprio.store.whole import put_in_place, writing
from gridprio.text import sentence

GROWING = ("states", "months", "requests")
"""Tables of a seal that get rows."""


def add_to_seal(
    study: Study,
    folder: str | Path,
    request: str | Path,
    *,
    backend: str = "auto",
    threads: int | None = None,
    cells: str | Path | None = None,
    progress: Progress | None = None,
) -> tuple[int, int]:
    """Simulate the cells of a request and put the seal in `folder` in their place, whole; what it held stays.

    Gives back how many states of an area in a year, and cells, were added. `study`: the one that was sealed. InputError
    for another study, version or backend, and for a request that does not fit.
    """
    folder = Path(folder).absolute()
    sealed = SealedCells(_sealed_study(folder))
    with Session(study, backend, threads, cells) as session:
        _refuse_other(session, sealed)
        manifest = sealed.manifest
        names = [area["name"] for area in manifest["areas"]]
        asked = read_request(Path(request), study, session.cells.areas, names, manifest["scenarios"])
        new = [state for state in asked if not sealed.holds(state)]
        if not new:
            return 0, 0
        known = _simulated(session.evaluator, new, progress)
        held = {name: pd.read_parquet(sealed.folder / f"{name}.parquet") for name in GROWING}
        first = [int(held["months"].query("area == @area")["cell"].max()) + 1 for area in range(len(names))]
        added = cell_tables(session.evaluator, known, first)
    tables = {name: pd.concat([held[name], added[name]], ignore_index=True) for name in GROWING}
    with writing(folder):
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            shutil.copytree(folder, beside / "new")
            hashes = manifest["sha256"] | write_files(beside / "new" / FOLDER, tables)
            write_manifest(beside / "new" / FOLDER, manifest | {"sha256": hashes})
            put_in_place(beside / "new", folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return len(added["states"]), len(added["months"]) // 12


def _sealed_study(folder: Path) -> Study:
    study = read_study(folder)
    if not is_sealed(study):
        raise InputError(
            [Problem(folder.name, None, None, sentence("problem.not_sealed"), mend=sentence("remedy.name_sealed"))]
        )
    return study


def _refuse_other(session: Session, sealed: SealedCells) -> None:
    study, manifest = session.study, sealed.manifest
    if is_sealed(study):
        raise InputError(sentence("problem.add_needs_grid"))
    expected = {
        "gridprio": __version__,
        "backend": session.kernels.name,
        "drivers": list(study.settings.drivers),
        "cell_settings": cell_settings(study),
        "study": study_digest(study),
    }
    what, mend = sentence("problem.sealed_with_other"), sentence("remedy.add_as_sealed")
    problems = [
        Problem("seal.json", None, name, what, repr(manifest[name]), repr(value), mend)
        for name, value in expected.items()
        if manifest[name] != value
    ]
    if problems:
        raise InputError(problems)


def _simulated(
    evaluator: Evaluator, states: Sequence[StateYear], progress: Progress | None
) -> list[list[tuple[StateYear, int]]]:
    """By area the states with their first cell in the evaluator."""
    wanted, found = set(states), []
    for done, table in enumerate(evaluator.tables, start=1):
        own = [state for state in states if state.area == table.number]
        keys = [table.key(state.in_service, state.in_works) for state in own]
        problems = table.fetch(evaluator.cells, keys, [state.year for state in own], None)
        if problems:
            raise MissingCellsError(problems)
        found.append([(state, cell) for state, cell in table.states() if state in wanted])
        if progress is not None:
            progress("cells", done / len(evaluator.tables))
    return found
