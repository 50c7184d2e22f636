"""Cells on disk, by the content of everything that went into them, so that no change of an input can be overlooked.

A file holds cells of one area: `VERSION-SHA256.npz`, named by who computed it and by what it contains. Files are
written beside their place and renamed; a file whose content does not fit its name is refused, and so is any file of
another version or kind. Nothing is ever changed in place, so several runs may share a folder. What a killed run was
writing goes after a day.
"""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import StoreError
from gridprio.model.cell import CellResults, Contingencies, HourlyInjections, Requests
from gridprio.model.grid import GridArrays
from gridprio.model.rules import CellRules, leaves
from gridprio.text import Message, message, sentence

FORMAT = "3"
"""Of the files; another one is another version."""
KEY_BYTES = 20
STALE_S = 86_400.0
"""A new file that is older was left by a process that ended while it wrote."""
FILE_MAX_BYTES = 1_000_000_000
"""Of the arrays in a file; `PUT_AT_ONCE` cells of the largest areas are less."""
PUT_AT_ONCE = 2048
"""New cells after which they are written without being asked."""

FIELDS = tuple(field.name for field in fields(CellResults))
Row = tuple[CellResults, int]


def digest(parts: Iterable[object]) -> bytes:
    """Of arrays (with type and shape), numbers, texts and records of these, in this order."""
    found = blake2b(digest_size=KEY_BYTES)
    for part in parts:
        if is_dataclass(part):
            found.update(digest(vars(part).values()))
        elif isinstance(part, np.ndarray):
            found.update(f"{part.dtype.str}{part.shape}".encode())
            found.update(np.ascontiguousarray(part).tobytes())
        else:
            found.update(f"\x1f{part!r}".encode())
    return found.digest()


def area_digest(grid: GridArrays, contingencies: Contingencies, rules: CellRules) -> bytes:
    """What all cells of an area share; `outage_elements` decide the contingencies, and nothing beside."""
    read = (value for name, value in vars(grid).items() if name != "outage_elements")
    return digest([*read, *vars(contingencies).values(), *leaves(rules).items()])


def demand_digest(hourly: HourlyInjections, requests: Requests) -> bytes:
    """What all cells of an area share that have the same year, scenario and injection changes."""
    return digest([*vars(hourly).values(), *vars(requests.queue).values(), requests.claimed_mw, requests.order])


def cell_digest(area: bytes, mask: NDArray[np.bool_], demand: bytes) -> bytes:
    return digest([area, mask, demand])


class CellDiskCache:
    """Cells that earlier runs have left in a folder, and those of this run."""

    def __init__(self, folder: Path, version: str) -> None:
        """Reads what is there; `version` of whoever evaluates cells. `refused` says what could not be used."""
        self.folder = folder
        self.version = digest([FORMAT, version]).hex()[:12]
        self.refused: list[Message] = []
        self.not_written = ""
        self.reused = 0
        self._rows: dict[bytes, Row] = {}
        self._new: list[tuple[list[bytes], CellResults]] = []
        others = 0
        self._remove_stale()
        for path in sorted(folder.glob("*.npz")) if folder.is_dir() else ():
            if not path.is_file():
                self.refused.append(message("cells.damaged", file=path.name))
            elif path.name.startswith(self.version + "-"):
                self._read(path)
            else:
                others += 1
        if others:
            self.refused.append(message("cells.other_version", n=others))

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def take(self, key: bytes) -> Row | None:
        """Results and row in them of a cell that an earlier run left."""
        found = self._rows.get(key)
        self.reused += found is not None
        return found

    def put(self, keys: Sequence[bytes], results: CellResults) -> None:
        """Cells of one area that were computed now; they are written by `flush`, or when there are many."""
        self._new.append((list(keys), results))
        if sum(len(new) for new, _ in self._new) >= PUT_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what is new, one file per area shape; `not_written` says why that was not possible."""
        by_shape: dict[tuple[int, ...], list[tuple[list[bytes], CellResults]]] = {}
        for keys, results in self._new:
            shape = results.branch_overload_mvah.shape[1], results.allocated_mw.shape[1]
            by_shape.setdefault(shape, []).append((keys, results))
        self._new.clear()
        try:
            for parts in by_shape.values():
                self._write([key for keys, _ in parts for key in keys], joined_results([part for _, part in parts]))
        except OSError as error:
            self.not_written = str(error)

    def _write(self, keys: Sequence[bytes], results: CellResults) -> None:
        content = io.BytesIO()
        key = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), KEY_BYTES)
        np.savez_compressed(content, key=key, **vars(results))
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.version}-{sha256(content.getvalue()).hexdigest()}.npz"
        _write_beside(self.folder / name, content.getvalue())

    def _remove_stale(self) -> None:
        with suppress(OSError):
            for path in self.folder.glob("*.new"):
                if path.stat().st_mtime < time.time() - STALE_S:
                    path.unlink()

    def _read(self, path: Path) -> None:
        try:
            content = path.read_bytes()
        except OSError as error:
            self.refused.append(message("cells.unreadable", file=path.name, error=error.strerror or str(error)))
            return
        if sha256(content).hexdigest() != path.stem.partition("-")[2]:
            self.refused.append(message("cells.damaged", file=path.name))
            return
        try:
            results, keys = _stored(content)
        except Exception as error:
            self.refused.append(message("cells.unreadable", file=path.name, error=str(error)))
            return
        for row, key in enumerate(keys):
            self._rows[key.tobytes()] = results, row


def merge_cells(parts: Sequence[Path], folder: Path, version: str) -> int:
    """Copy the cells of other folders into `folder`; the number of files that were not there.

    Raises StoreError, before anything is copied, for a part without cells, with a file that is damaged, or with one of
    another version of the code that computed it.
    """
    files: dict[str, Path] = {}
    for part in parts:
        cells = CellDiskCache(part, version)
        if cells.refused:
            raise StoreError(sentence("cells.part_refused", part=str(part), why=cells.refused))
        own = {path.name: path for path in part.glob(f"{cells.version}-*.npz")}
        if not own:
            raise StoreError(sentence("cells.part_empty", part=str(part)))
        files |= own
    new = [path for name, path in sorted(files.items()) if not (folder / name).exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in new:
        _write_beside(folder / path.name, path.read_bytes())
    return len(new)


def _write_beside(path: Path, content: bytes) -> None:
    """A whole file or none."""
    beside = path.with_name(f"{path.stem}.{os.getpid()}.new")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _stored(content: bytes) -> tuple[CellResults, NDArray[np.uint8]]:
    """Cells of a file and their keys; ValueError where they are not of one length."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > FILE_MAX_BYTES:
            raise ValueError("unpacks to too much")
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        results = CellResults(**{name: stored[name] for name in FIELDS})
        keys = stored["key"]
    lengths = {len(values) for values in vars(results).values()} | {len(keys)}
    if len(lengths) > 1 or keys.dtype != np.uint8 or keys.shape[1:] != (KEY_BYTES,):
        raise ValueError("arrays of different length")
    return results, keys


def joined_results(parts: Sequence[CellResults]) -> CellResults:
    """Results of one area below each other."""
    return CellResults(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in FIELDS})


def results_of_rows(rows: Sequence[Row]) -> CellResults:
    """Cells of one area, wherever they stand, below each other."""
    parts = {id(results): results for results, _ in rows}
    places: dict[int, list[int]] = {part: [] for part in parts}
    for place, (results, _) in enumerate(rows):
        places[id(results)].append(place)
    chosen = {part: np.array([rows[place][1] for place in own], dtype=np.intp) for part, own in places.items()}
    back = np.argsort(np.concatenate([np.array(own, dtype=np.intp) for own in places.values()]))

    def gathered(name: str) -> NDArray[Any]:
        below: NDArray[Any] = np.concatenate([getattr(results, name)[chosen[part]] for part, results in parts.items()])
        return below[back]

    return CellResults(**{name: gathered(name) for name in FIELDS})
