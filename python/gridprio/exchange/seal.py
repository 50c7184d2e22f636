"""Sealing: cells, headroom and plan data without the grid, to hand over (docs/sealed-studies.md)."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gridprio.cells import is_sealed
from gridprio.cells.sealed import SEAL, developments_digest
from gridprio.errors import InputError, Problem, StoreError
from gridprio.exchange.held import Hold, hold_cells
from gridprio.exchange.sealed_cells import write_cells, write_manifest
from gridprio.exchange.sealed_study import FOLDER, write_tables
from gridprio.exchange.withheld import Withheld, WithheldStations
from gridprio.inputs import read_study
from gridprio.inputs.hierarchy import is_stations
from gridprio.inputs.study import Study
from gridprio.pipeline.headroom import session_headroom
from gridprio.pipeline.session import Session
from gridprio.store import Progress
from gridprio.store.whole import writing
from gridprio.text import sentence


@dataclass(frozen=True)
class Sealed:
    """What was sealed."""

    folder: Path
    orders: int
    """different timelines and lists, each under the draws that it was sealed for"""
    states: int
    """states of an area in a year"""
    cells: int
    """cells of all scenarios"""
    left: tuple[str, ...]
    """where the name or id of a withheld station still stands: in ids, names of municipalities and the like"""


def seal_study(
    study: Study,
    out: str | Path,
    *,
    hold: Hold | None = None,
    withhold: Withheld = (),
    backend: str = "auto",
    threads: int | None = None,
    cells: str | Path | None = None,
    progress: Progress | None = None,
) -> Sealed:
    """Write a study without its grid to the new folder `out`.

    `withhold`: stations whose name, id and place stay with the operator. `cells`: folder of cells that runs share.
    InputError for a study that cannot be run, StoreError for a folder that is there already.
    """
    folder, withheld = Path(out).absolute(), WithheldStations(study, withhold)
    _refuse(study, folder, withhold)
    with Session(study, backend, threads, cells) as session:
        evaluator = session.evaluator
        orders = hold_cells(evaluator, hold or Hold(), progress)
        session.close()
        headroom = _withheld_headroom(session_headroom(session, progress, with_projects=False), withheld)
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    partial = beside / folder.name
    try:
        with writing(folder):
            write_tables(study, partial, withheld)
            states, count = write_cells(evaluator, partial / FOLDER, headroom)
        _check(study, partial)
        left = withheld.left_in_files(partial)
        with writing(folder):
            partial.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Sealed(folder, orders, states, count, left)


def _refuse(study: Study, folder: Path, withhold: Withheld) -> None:
    if is_sealed(study):
        raise InputError(sentence("problem.sealed_already"))
    if is_stations(study):
        raise InputError(sentence("problem.stations_not_sealed"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(sentence("store.there_already", folder=str(folder), option="--out"))
    known = {station.station_id for station in study.stations}
    unknown = [] if withhold == "all" else sorted(set(withhold) - known)
    if unknown:
        found, expected = ", ".join(unknown), sentence("expected.station_or_all")
        raise InputError([Problem("withhold", None, None, sentence("problem.no_station"), found, expected)])


def _withheld_headroom(headroom: pd.DataFrame, withheld: WithheldStations) -> pd.DataFrame:
    """Headroom without what limits it."""
    told = headroom[["station_id", "direction", "sector", "year", "scenario", "headroom_mw", "colour_class"]]
    return told.assign(station_id=[withheld.station(station) for station in told["station_id"]])


def _check(study: Study, folder: Path) -> None:
    """What was written is read as what it stands for; then the digest of the developments as sealed is added."""
    sealed = read_study(folder)
    for table in ("project_phases", "crews", "budgets", "deliveries", "scenarios"):
        if getattr(sealed, table) != getattr(study, table):
            raise StoreError(sentence("store.sealed_otherwise", table=table))
    path = folder / FOLDER / SEAL
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["developments"] = developments_digest(sealed)
    write_manifest(path.parent, manifest)
