"""Sealing: cells, headroom and plan data without the grid, to hand over (docs/sealed-studies.md)."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import is_sealed
from gridprio.cells.sealed import SEAL, developments_digest
from gridprio.effect import StatusOrders, status_orders
from gridprio.errors import InputError, Problem, StoreError
from gridprio.exchange.sealed_cells import write_cells
from gridprio.exchange.sealed_study import FOLDER, write_tables
from gridprio.exchange.withheld import Withheld, WithheldStations
from gridprio.inputs import read_study
from gridprio.inputs.hierarchy import is_stations
from gridprio.inputs.study import Study
from gridprio.orders import Order
from gridprio.outcome import Evaluator
from gridprio.pipeline.headroom import session_headroom
from gridprio.pipeline.ranges import effect_ranges
from gridprio.pipeline.reach import binding_projects
from gridprio.pipeline.schedules import make_schedules
from gridprio.pipeline.session import Session
from gridprio.store import Progress
from gridprio.store.whole import writing

RULES = ("head_start", "tiers", "reserved_share")


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


@dataclass(frozen=True, eq=False)
class Hold:
    """Orders whose cells are held, beside everything that a run plans and every status rule; without delays."""

    lists: NDArray[np.integer] | None = None
    """[order, place], rows of the study's projects"""
    random: int = 0
    """how many drawn ones (`random_lists`)"""
    seed: int = 0


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
        orders = _hold(evaluator, hold or Hold(), progress)
        session.close()
        headroom = _withheld_headroom(session_headroom(session, progress), withheld)
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


def _hold(evaluator: Evaluator, hold: Hold, progress: Progress | None) -> int:
    """Evaluate everything whose cells are to be held; gives back how many orders that were."""

    def advance(part: float) -> None:
        if progress is not None:
            progress("cells", part)

    schedules = make_schedules(evaluator)
    planned = [*schedules.timelines, *schedules.placebo]
    evaluator.evaluate(planned, evaluator.delay_months, progress=advance)
    effect_ranges(evaluator, planned)
    compared = _rules(evaluator, schedules.order)
    for orders in (schedules.orders, *compared):
        binding_projects(evaluator, orders)
    rules = [timeline for orders in compared for timeline in orders.timelines]
    for delays in (evaluator.delay_months, None):
        evaluator.evaluate(rules, delays, progress=advance)
    drawn = random_lists(len(evaluator.project_ids), hold.random, hold.seed)
    lists = drawn if hold.lists is None else np.concatenate([np.asarray(hold.lists), drawn])
    evaluator.evaluate(lists, progress=advance)
    return len(planned) + len(rules) + len(lists)


def random_lists(n_project: int, count: int, seed: int) -> NDArray[np.intp]:
    """Priority lists drawn evenly, `[order, place]`; a longer draw begins with a shorter one of the same seed."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    return np.array([rng.permutation(n_project) for _ in range(count)], dtype=np.intp).reshape(count, n_project)


def _refuse(study: Study, folder: Path, withhold: Withheld) -> None:
    if is_sealed(study):
        raise InputError("this study is sealed already")
    if is_stations(study):
        raise InputError("a study of stations holds no grid: hand over the study itself")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"{folder} is there already and is left as it is. Give another --out.")
    known = {station.station_id for station in study.stations}
    unknown = [] if withhold == "all" else sorted(set(withhold) - known)
    if unknown:
        found, expected = ", ".join(unknown), "station_id of table stations, or all"
        raise InputError([Problem("withhold", None, None, "no such station", found, expected)])


def _rules(evaluator: Evaluator, order: Order) -> list[StatusOrders]:
    """The comparison of a run under every status rule."""
    study = evaluator.study
    holders = [p.project_id for p in study.projects if p.status]
    return [
        status_orders(order, evaluator.project_ids, holders, study.settings.model_copy(update={"rule": rule}))
        for rule in RULES
    ]


def _withheld_headroom(headroom: pd.DataFrame, withheld: WithheldStations) -> pd.DataFrame:
    """Headroom without what limits it."""
    told = headroom[["station_id", "direction", "sector", "year", "scenario", "headroom_mw", "colour_class"]]
    return told.assign(station_id=[withheld.station(station) for station in told["station_id"]])


def _check(study: Study, folder: Path) -> None:
    """What was written is read as what it stands for; then the digest of the developments as sealed is added."""
    sealed = read_study(folder)
    for table in ("project_phases", "crews", "budgets", "deliveries", "scenarios"):
        if getattr(sealed, table) != getattr(study, table):
            raise StoreError(f"table {table} is not read back as it was written; nothing is sealed")
    path = folder / FOLDER / SEAL
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["developments"] = developments_digest(sealed)
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
