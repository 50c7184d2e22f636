"""Files and folders that are whole or not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from filelock import BaseFileLock, FileLock, Timeout

from gridprio.errors import StoreError
from gridprio.text import sentence

LOCK = ".lock"
"""Ending of the file beside a folder that says who writes it."""
NEW = ".new"
"""Ending of a file that is being written."""
OLD = ".old-"
"""In the name of a folder that is being replaced."""


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """StoreError where the system cannot write: a full disk, a folder that may not be written, a name that is taken."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise StoreError(sentence("store.cannot_write", place=str(place), why=why)) from error


def write_whole(path: Path, content: str | bytes) -> None:
    """Write beside `path` and rename; whoever reads meets the old content or the new. StoreError where it fails."""
    beside = path.with_name(f"{path.name}.{os.getpid()}{NEW}")
    with writing(path):
        try:
            beside.write_bytes(content.encode() if isinstance(content, str) else content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def claim(folder: Path) -> BaseFileLock:
    """Hold the lock beside `folder`, which the system frees when the process ends in any way; StoreError if held.

    It lies beside the folder because Windows renames no folder with an open file in it. Its holder alone writes the
    folder, replaces it, and makes others that begin with its name.
    """
    beside = folder.resolve().with_name(folder.resolve().name + LOCK)
    lock = FileLock(beside, thread_local=False)
    with writing(folder):
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.touch()  # where no file can be made, filelock takes that for a lock that another holds
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise StoreError(sentence("store.in_use", folder=str(folder))) from None
    return lock


def release(lock: BaseFileLock) -> None:
    """Let others claim the folder; the file of the lock goes."""
    with suppress(PermissionError):  # on Windows, where an open file stays and filelock removes it
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()


def put_in_place(made: Path, place: Path) -> None:
    """Rename the folder `made` to `place`; what stood there is moved away first and removed afterwards."""
    old = place.with_name(f"{place.name}{OLD}{uuid4().hex}")
    with writing(place):
        if place.exists():
            place.rename(old)
        made.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def earlier(place: Path) -> list[Path]:
    """What stood at `place` before replacements that were killed, the last one first."""
    names = [path for path in place.parent.iterdir() if path.name.startswith(place.name + OLD)]
    return sorted((path for path in names if path.is_dir()), key=lambda path: path.stat().st_mtime, reverse=True)
