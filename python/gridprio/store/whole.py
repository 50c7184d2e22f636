"""Files and folders that are whole or not there."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gridprio.errors import StoreError

LOCK = ".lock"
NEW = ".new"
"""Ending of a file that is being written."""


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """StoreError where the system cannot write: a full disk, a folder that may not be written, a name that is taken."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise StoreError(f"cannot write {place}: {why}. Make room or give another place, then run again.") from error


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
    while True:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / LOCK).open("w", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StoreError(f"another run is writing {folder}; wait for it or give another --out.") from None
        try:
            if os.path.samestat(os.fstat(lock.fileno()), (folder / LOCK).stat()):
                return lock
        except FileNotFoundError:
            pass
        lock.close()


def put_in_place(made: Path, place: Path) -> None:
    """Rename `made` to `place`; what stands there goes only when the new one does."""
    old = earlier(place)
    with writing(place):
        if place.exists():
            shutil.rmtree(old, ignore_errors=True)
            place.rename(old)
        made.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def restore_earlier(place: Path) -> None:
    """Undo a replacement that was killed between its two renames."""
    if earlier(place).is_dir() and not place.exists():
        with writing(place):
            earlier(place).rename(place)


def earlier(place: Path) -> Path:
    """Where what stood at `place` is while it is replaced."""
    return place.with_name(place.name + ".old")
