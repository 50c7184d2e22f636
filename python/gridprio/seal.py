"""Sealing: cells, headroom and plan data without the grid, to hand over (docs/sealed-studies.md)."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from gridprio import __version__
from gridprio.effect import status_orders
from gridprio.errors import InputError, Problem, StoreError
from gridprio.headroom import study_headroom
from gridprio.inputs import read_study
from gridprio.inputs.schema import TABLES, Row
from gridprio.inputs.settings import Settings
from gridprio.inputs.study import Study
from gridprio.kernels.select import get_kernels
from gridprio.model.plan import PriorityTimeline
from gridprio.orders import Order
from gridprio.outcome import Evaluator, StateYear
from gridprio.plan import build_problem
from gridprio.sealed import FORMAT, SEAL, SOURCE, cell_settings, developments_digest, is_sealed
from gridprio.store import Progress
from gridprio.store.writer import write_parquet
from gridprio.study import evaluator_of, make_schedules, open_cells

FOLDER = "sealed"
"""Of the cells, within the sealed study."""
GRID_TABLES = frozenset({"loads", "project_changes", "growth", "drivers"})
"""Tables that say what the grid is and carries, or that only act on it."""
GRID_COLUMNS = {"stations": {"buses": "0"}, "developments": {"power_factor": ""}}
"""Columns that do the same, with what stands there instead."""
FREE_TEXTS = frozenset({"name", "note", "reason", "decision", "decided_by", "document"})
"""Columns in which people write what they like, a station's name too."""
PLACES = ("longitude", "latitude")
RULES = ("head_start", "tiers", "reserved_share")
Withheld = Collection[str] | Literal["all"]


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
    folder, hidden = Path(out).absolute(), _Hidden(study, withhold)
    _refuse(study, folder, withhold)
    kernels, threads = get_kernels(backend), threads or os.cpu_count() or 1
    ground = open_cells(study, kernels, threads, cells)
    problem = build_problem(study)
    with evaluator_of(study, ground.source, problem, kernels, threads) as evaluator:
        orders = _hold(evaluator, hold or Hold(), progress)
    headroom = study_headroom(study, backend, threads, progress)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        _write_tables(study, partial, hidden)
        states, count = _write_cells(evaluator, partial / FOLDER, _told(headroom, hidden), ground.changing_projects)
        _check(study, partial)
        left = _left(partial, hidden)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Sealed(folder, orders, states, count, left)


def _hold(evaluator: Evaluator, hold: Hold, progress: Progress | None) -> int:
    """Evaluate everything whose cells are to be held; gives back how many orders that were."""

    def advance(part: float) -> None:
        if progress is not None:
            progress("cells", part)

    schedules = make_schedules(evaluator.study, evaluator)
    evaluator.outcomes(schedules.plans, advance)
    rules = _rules(evaluator, schedules.order)
    for delays in (evaluator.delay_months, None):
        evaluator.evaluate(rules, delays, progress=advance)
    drawn = random_lists(len(evaluator.project_ids), hold.random, hold.seed)
    lists = drawn if hold.lists is None else np.concatenate([np.asarray(hold.lists), drawn])
    evaluator.evaluate(lists, progress=advance)
    return len(schedules.plans) + len(rules) + len(lists)


def random_lists(n_project: int, count: int, seed: int) -> NDArray[np.intp]:
    """Priority lists drawn evenly, `[order, place]`; a longer draw begins with a shorter one of the same seed."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    return np.array([rng.permutation(n_project) for _ in range(count)], dtype=np.intp).reshape(count, n_project)


def _refuse(study: Study, folder: Path, withhold: Withheld) -> None:
    if is_sealed(study):
        raise InputError("this study is sealed already")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"{folder} is there already and is left as it is. Give another --out.")
    known = {station.station_id for station in study.stations}
    unknown = [] if withhold == "all" else sorted(set(withhold) - known)
    if unknown:
        found, expected = ", ".join(unknown), "station_id of table stations, or all"
        raise InputError([Problem("withhold", None, None, "no such station", found, expected)])


def _rules(evaluator: Evaluator, order: Order) -> list[PriorityTimeline]:
    """The comparison of a run under every status rule."""
    study = evaluator.study
    holders = [p.project_id for p in study.projects if p.status]
    found: list[PriorityTimeline] = []
    for rule in RULES:
        settings = study.settings.model_copy(update={"rule": rule})
        found += status_orders(order, evaluator.project_ids, holders, settings).timelines
    return found


class _Hidden:
    """Withheld stations and what stands instead of their ids and names."""

    def __init__(self, study: Study, withhold: Withheld) -> None:
        self.of_id = {
            station.station_id: f"station-{number}"
            for number, station in enumerate(study.stations, start=1)
            if withhold == "all" or station.station_id in withhold
        }
        names = {s.name: self.of_id[s.station_id] for s in study.stations if s.station_id in self.of_id}
        self._of_word = names | self.of_id
        # The longest first, so that no part of a name is left.
        words = sorted(map(re.escape, self._of_word), key=lambda word: (-len(word), word))
        self._words = re.compile(rf"(?<!\w)({'|'.join(words)})(?!\w)") if words else None

    def station(self, station_id: str) -> str:
        return self.of_id.get(station_id, station_id)

    def told(self, text: str) -> str:
        """Free text without the names."""
        return text if self._words is None else self._words.sub(lambda word: self._of_word[word[0]], text)

    def left_in(self, text: str) -> list[str]:
        """Names and ids that still stand in a text."""
        return [] if self._words is None else sorted(set(self._words.findall(text)))

    def cell(self, row: Row, column: str) -> str:
        """A cell of a table as it is read back."""
        if getattr(row, "station_id", "") in self.of_id and column in PLACES:
            return ""
        value = getattr(row, column)
        if column in ("station_id", "to_station_id"):
            return self.station(value)
        if column == "after" and value == ():
            return "none"
        return self.told(value) if column in FREE_TEXTS else _text(value)


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


def _write_tables(study: Study, folder: Path, hidden: _Hidden) -> None:
    folder.mkdir(parents=True)
    for table, model in TABLES.items():
        rows: Sequence[Row] = getattr(study, table)
        if not rows or table in GRID_TABLES:
            continue
        instead = GRID_COLUMNS.get(table, {})
        columns = [column for column in model.model_fields if instead.get(column) != ""]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([instead.get(column) or hidden.cell(row, column) for column in columns])
        (folder / f"{table}.csv").write_text(text.getvalue(), encoding="utf-8", newline="\n")
    if study.municipalities is not None:
        (folder / "municipalities.geojson").write_text(json.dumps(study.municipalities, ensure_ascii=False), "utf-8")
    head = study.head.model_dump(mode="json") | {"grid": SOURCE + FOLDER}
    own = study.settings.model_dump(mode="json") | {"drivers": []}
    usual = Settings().model_dump(mode="json")
    changed = {name: value for name, value in own.items() if value != usual[name]}
    sections = {"study": {name: _renamed(value, hidden) for name, value in head.items()}, "settings": changed}
    toml = "\n".join(f"[{name}]\n{_toml(values)}" for name, values in sections.items())
    (folder / "study.toml").write_text(toml, encoding="utf-8", newline="\n")


def _renamed(value: Any, hidden: _Hidden) -> Any:
    if isinstance(value, list):
        return [_renamed(entry, hidden) for entry in value]
    return hidden.told(value) if isinstance(value, str) else value


def _toml(values: dict[str, Any]) -> str:
    """Numbers, texts, lists of texts and one level of tables: what JSON and TOML write alike, but for tables."""

    def written(value: Any) -> str:
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{json.dumps(key)} = {written(entry)}" for key, entry in value.items()) + " }"
        return json.dumps(value, ensure_ascii=False)

    return "".join(f"{name} = {written(value)}\n" for name, value in values.items())


def _told(headroom: pd.DataFrame, hidden: _Hidden) -> pd.DataFrame:
    """Headroom without what limits it."""
    told = headroom[["station_id", "direction", "sector", "year", "scenario", "headroom_mw", "colour_class"]]
    return told.assign(station_id=[hidden.station(station) for station in told["station_id"]])


def _write_cells(
    evaluator: Evaluator, folder: Path, headroom: pd.DataFrame, changing: frozenset[str]
) -> tuple[int, int]:
    """Tables of the seal and its manifest; gives back the number of state-years and of cells."""
    study, scenarios = evaluator.study, evaluator.scenarios
    parts: dict[str, list[pd.DataFrame]] = {"states": [], "months": [], "requests": [], "energy": []}
    areas = []
    for table in evaluator.tables:
        ids = [study.developments[row].development_id for row in table.area.development_rows]
        known = [(state, cell // len(scenarios)) for state, cell in table.states()]
        parts["states"].append(_states_table(study, known))
        first = {cell: state for state, cell in reversed(known)}
        if first:
            months, requests = _cells_tables(evaluator, table.number, first, ids)
            parts["months"].append(months)
            parts["requests"].append(requests)
        energy = {"development_id": np.repeat(ids, 12), "month": np.tile(np.arange(1, 13), len(ids))}
        parts["energy"].append(pd.DataFrame(energy | {"energy_h": table.area.energy_h.ravel()}))
        serving, working = (
            [study.projects[p].project_id for p in rows] for rows in (table.area.serving, table.area.working)
        )
        areas.append({"name": f"area-{table.number + 1}", "serving": serving, "working": working, "requests": ids})
    tables = {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()} | {"headroom": headroom}
    folder.mkdir()
    hashes = {}
    for name, frame in tables.items():
        path = folder / f"{name}.parquet"
        write_parquet(pa.Table.from_pandas(frame, preserve_index=False), path)
        hashes[name] = sha256(path.read_bytes()).hexdigest()
    manifest = {
        "format": FORMAT,
        "gridprio": __version__,
        "backend": evaluator.kernels.name,
        "scenarios": list(scenarios),
        "areas": areas,
        "changing_projects": sorted(changing),
        "cell_settings": cell_settings(study.settings),
        "drivers": list(study.settings.drivers),
        "sha256": hashes,
    }
    (folder / SEAL).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return len(tables["states"]), len(tables["months"]) // 12


def _states_table(study: Study, known: Sequence[tuple[StateYear, int]]) -> pd.DataFrame:
    def ids(rows: Sequence[int]) -> str:
        return " ".join(study.projects[row].project_id for row in rows)

    columns = ["area", "in_service", "in_works", "year", "cell"]
    rows = [(s.area, ids(s.in_service), ids(s.in_works), s.year, cell) for s, cell in known]
    return pd.DataFrame(rows, columns=columns)


def _cells_tables(
    evaluator: Evaluator, area: int, first: dict[int, StateYear], ids: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every cell once, by cell, scenario and month or request."""
    numbers = sorted(first)
    found = evaluator.cells.values([first[number] for number in numbers])
    n_scenario, n_request = len(evaluator.scenarios), len(ids)

    def axes(inner: Sequence[Any], name: str) -> dict[str, Any]:
        return {
            "area": area,
            "cell": np.repeat(numbers, n_scenario * len(inner)),
            "scenario": np.tile(np.repeat(evaluator.scenarios, len(inner)), len(numbers)),
            name: np.tile(np.asarray(inner), len(numbers) * n_scenario),
        }

    months = axes(range(1, 13), "month") | {
        "overload_mvah": found.overload_mvah.ravel(),
        "insecure_hours": found.insecure_hours.ravel(),
    }
    requests = axes(ids, "development_id") | {
        "served_mw": found.served_mw.ravel(),
        "wish_mw": found.wish_mw.ravel(),
        "held": (found.limit[..., 1] >= 0).ravel(),
    }
    columns = ["area", "cell", "scenario", "development_id", "served_mw", "wish_mw", "held"]
    return pd.DataFrame(months), pd.DataFrame(requests, columns=columns) if n_request else pd.DataFrame(columns=columns)


def _left(folder: Path, hidden: _Hidden) -> tuple[str, ...]:
    """Texts in which a withheld name still stands, by file."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".parquet":
            found += [f"{path.name}: {name}" for name in hidden.left_in(path.read_text(encoding="utf-8"))]
    return tuple(found)


def _check(study: Study, folder: Path) -> None:
    """What was written is read as what it stands for; then the digest of the developments as sealed is added."""
    sealed = read_study(folder)
    for table in ("project_phases", "crews", "budgets", "deliveries", "scenarios"):
        if getattr(sealed, table) != getattr(study, table):
            raise StoreError(f"table {table} is not read back as it was written; nothing is sealed")
    path = folder / FOLDER / SEAL
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["developments"] = developments_digest(sealed.developments)
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
