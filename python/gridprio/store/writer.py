"""RunWriter: tables and a manifest into a folder that is whole or says that it is not."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gridprio import __version__
from gridprio.errors import StoreError
from gridprio.inputs.study import Study
from gridprio.store.manifest import (
    COMPLETE,
    INTERRUPTED,
    INTERRUPTED_FILE,
    MANIFEST,
    RUNNING,
    SCHEMA_VERSION,
    manifest_of,
    manifest_text,
)
from gridprio.store.run import MAP_FILE
from gridprio.store.tables import checked_table, table_of_rows
from gridprio.store.whole import NEW, claim, earlier, put_in_place, release, write_whole, writing
from gridprio.text import Message, sentence

INPUT_COPIES = (
    "projects", "project_phases", "crews", "budgets", "deliveries", "stations", "developments", "scenarios", "areas",
    "criteria", "scores", "principles", "station_capacity", "project_capacity", "queue_rules",
    "measurements", "security_rules",
)  # fmt: skip
"""Tables of the study that a run keeps, so that it explains itself."""
_LIBRARIES = ("numpy", "pandas", "pandapower", "scipy", "numba", "pyarrow", "duckdb", "pydantic", "networkx")
_OWN_SUFFIXES = (".parquet", ".json", ".geojson", ".html", ".xlsx", ".gpkg", ".csv", ".svg", ".png", NEW)


Progress = Callable[[str, float], None]
"""Called with the name of a stage and the part of it that is done, 0 to 1."""


class RunWriter:
    """Write a run beside its place and move it there when it is whole; use as a context manager.

    Leaving it by an error, Ctrl-C included, leaves a folder with a file INTERRUPTED and status `interrupted` in its
    manifest: at `folder`, or beside it as NAME.partial when `folder` holds an earlier run, which is kept.
    `progress` is told the stage and which part of it is done, 0 to 1.
    """

    def __init__(
        self,
        folder: str | Path,
        study: Study,
        *,
        backend: str,
        threads: int,
        progress: Progress | None = None,
    ) -> None:
        self.folder = Path(folder).absolute()
        self.partial = self.folder.with_name(self.folder.name + ".partial")
        self._progress = progress
        _refuse_foreign(self.folder)
        self._study = study
        self.manifest: dict[str, Any] = {
            "product": "gridprio",
            "schema_version": SCHEMA_VERSION,
            "status": RUNNING,
            "stage": "start",
            "study": study.head.model_dump(mode="json"),
            "study_place": _seen_from(self.folder, study),
            "settings": study.settings.model_dump(mode="json"),
            "seed": study.settings.seed,
            "backend": backend,
            "threads": threads,
            "versions": versions(),
            "inputs": dict(study.input_hashes),
            "wall_time_s": {},
            "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "messages": [],
            "files": {},
        }
        self._lock = claim(self.folder)
        try:
            _make_empty(self.partial)
            _clear_earlier(self.folder)
            self._save_manifest()
        except BaseException:
            release(self._lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                try:
                    self._finish()
                except BaseException as late:
                    self._interrupt(late)
                    raise
            else:
                self._interrupt(error)
        finally:
            release(self._lock)

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[float], None]]:
        """Name what is being done, and time it; a stage that comes back adds to its time.

        Gives a function that is told which part of the stage is done, 0 to 1.
        """

        def advance(part: float) -> None:
            if self._progress is not None:
                self._progress(name, part)

        self.manifest["stage"] = name
        self._save_manifest()
        advance(0.0)
        began = time.perf_counter()
        yield advance
        spent: dict[str, float] = self.manifest["wall_time_s"]
        spent[name] = round(spent.get(name, 0.0) + time.perf_counter() - began, 3)
        advance(1.0)

    def message(self, sentence: Message) -> None:
        """Something that a reader of the results should know, as a code with parameters."""
        self.manifest["messages"].append(sentence.as_json())

    def comparison(self, *, established: bool, reason: str, order: str) -> None:
        """Whether the effect of status can be told from the operator's order, why not, and the order compared."""
        self.manifest["comparison"] = {"established": established, "reason": reason, "order": order}

    def cells(self, origin: Mapping[str, Any]) -> None:
        """Where the cells came from, and how many were reused."""
        self.manifest["cells"] = dict(origin)

    def write(self, name: str, frame: pd.DataFrame | pa.Table) -> None:
        """One table, checked against its contract; equal tables give equal bytes."""
        path = self.partial / f"{name}.parquet"
        with writing(path):
            write_parquet(checked_table(name, frame), path)
            self.manifest["files"][path.name] = sha256(path.read_bytes()).hexdigest()

    def _write_inputs(self) -> None:
        for name in INPUT_COPIES:
            rows = getattr(self._study, name)
            if rows:
                self.write(name, table_of_rows(name, rows))
        if self._study.municipalities is not None:
            text = json.dumps(self._study.municipalities, ensure_ascii=False, separators=(",", ":"))
            write_whole(self.partial / MAP_FILE, text)
            self.manifest["files"][MAP_FILE] = sha256(text.encode()).hexdigest()

    def _finish(self) -> None:
        self.manifest["stage"] = "finish"
        self._write_inputs()
        self.manifest["status"] = COMPLETE
        self._save_manifest()
        self._move()

    def _interrupt(self, error: BaseException) -> None:
        reason = "stopped by the user" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"
        self.manifest |= {"status": INTERRUPTED, "reason": reason}
        text = f"This run is not complete. Stage reached: {self.manifest['stage']}. Reason: {reason}\n"
        with suppress(StoreError):  # where nothing can be written the folder stays `running`, which says the same
            self._save_manifest()
            write_whole(self.partial / INTERRUPTED_FILE, text)
            before = manifest_of(self.folder)
            if before is None or before.get("status") != COMPLETE:
                self._move()

    def _move(self) -> None:
        put_in_place(self.partial, self.folder)

    def _save_manifest(self) -> None:
        write_whole(self.partial / MANIFEST, manifest_text(self.manifest))


def write_parquet(table: pa.Table, path: Path) -> None:
    """Same table, same bytes: no metadata of the writer's session, fixed compression and row groups."""
    pq.write_table(
        table.replace_schema_metadata(None),
        path,
        compression="zstd",
        compression_level=3,
        version="2.6",
        row_group_size=1 << 20,
        store_schema=False,
    )


def _seen_from(folder: Path, study: Study) -> str:
    """Where the study lies as seen from the run, with `/`; empty where it cannot be reached from there."""
    try:
        return Path(os.path.relpath(study.place.absolute(), folder)).as_posix()
    except ValueError:  # another drive
        return ""


def versions() -> dict[str, str]:
    """gridprio, Python and the libraries that results depend on."""
    found = {"gridprio": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def _refuse_foreign(folder: Path) -> None:
    """A folder may only be replaced when it is empty or a run and holds nothing else."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise StoreError(sentence("store.is_a_file", folder=str(folder)))
    with writing(folder):
        entries = sorted(path for path in folder.iterdir() if path.name != INTERRUPTED_FILE)
    if not entries:
        return
    if manifest_of(folder) is None:
        raise StoreError(sentence("store.not_empty", folder=str(folder)))
    foreign = [path.name for path in entries if path.is_dir() or path.suffix not in _OWN_SUFFIXES]
    if foreign:
        raise StoreError(sentence("store.holds_more", folder=str(folder), files=", ".join(foreign[:5])))


def _clear_earlier(folder: Path) -> None:
    """After a replacement that was killed: put the run back that it took away, or remove what it left."""
    with writing(folder):
        for path in earlier(folder):
            if not folder.exists() and manifest_of(path) is not None:
                path.rename(folder)
            elif manifest_of(path) is not None or not any(path.iterdir()):
                shutil.rmtree(path, ignore_errors=True)


def _make_empty(partial: Path) -> None:
    """The working folder, without what a killed run left in it; StoreError where it is none of gridprio."""
    with writing(partial):
        if partial.exists():
            ours = partial.is_dir() and (manifest_of(partial) or all(p.suffix == NEW for p in partial.iterdir()))
            if not ours:
                raise StoreError(sentence("store.in_the_way", folder=str(partial)))
        partial.mkdir(exist_ok=True)
        for path in partial.iterdir():
            path.unlink()
