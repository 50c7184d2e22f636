"""Files and folders that are whole or not there."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gridprio.errors import StoreError
from gridprio.text import sentence, system_words

LOCK = ".lock"
NEW = ".new"
"""Ending of a file that is being written."""
CLAIMS = 1000
"""Times that a folder may be moved away while it is being claimed."""
OLD = ".old-"
"""In the name of a folder that is being replaced."""


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """StoreError where the system cannot write: a full disk, a folder that may not be written, a name that is taken."""
    try:
        yield
    except OSError as error:
        raise StoreError(sentence("store.cannot_write", place=str(place), why=system_words(error))) from error


def write_whole(path: Path, content: str | bytes) -> None:
    """Write beside `path` and rename; whoever reads meets the old content or the new. StoreError where it fails."""
    beside = path.with_name(f"{path.name}.{os.getpid()}{NEW}")
    with writing(path):
        try:
            beside.write_bytes(content.encode() if isinstance(content, str) else content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def claim(folder: Path) -> IO[str]:
    """Make `folder` and hold its lock, which the system frees when the process ends in any way; StoreError if held.

    The lock moves with the folder, so a holder may rename it. A lock that was opened before such a move is of no
    folder any more: it is tried again.
    """
    for _ in range(CLAIMS):
        with writing(folder):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except FileExistsError:
                if folder.exists() and not folder.is_dir():
                    raise
                continue  # moved away while pathlib looked whether it is a folder
            try:
                lock = (folder / LOCK).open("w", encoding="utf-8")
            except FileNotFoundError:
                continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StoreError(sentence("store.in_use", folder=str(folder))) from None
        try:
            if os.path.samestat(os.fstat(lock.fileno()), (folder / LOCK).stat()):
                return lock
        except FileNotFoundError:
            pass
        lock.close()
    raise StoreError(sentence("store.comes_and_goes", folder=str(folder)))


def put_in_place(made: Path, place: Path) -> None:
    """Rename `made`, whose lock the caller holds, to `place`, without the lock; what stood there goes afterwards.

    From the moment it is renamed others may claim `made` anew and replace `place`, so what is done later keeps to
    folders that are this one's own.
    """
    with writing(place):
        own = os.open(made, os.O_RDONLY | os.O_DIRECTORY)
        try:
            old = Path(tempfile.mkdtemp(prefix=place.name + OLD, dir=place.parent))
            if place.exists():
                place.rename(old)
            made.rename(place)
            os.unlink(LOCK, dir_fd=own)
        finally:
            os.close(own)
    shutil.rmtree(old, ignore_errors=True)


def earlier(place: Path) -> list[Path]:
    """What stood at `place` before replacements that were killed, the last one first."""
    names = [path for path in place.parent.iterdir() if path.name.startswith(place.name + OLD)]
    return sorted((path for path in names if path.is_dir()), key=lambda path: path.stat().st_mtime, reverse=True)
